#!/bin/sh
# Line coverage of the floors that hold the protocol, by seeds, regressions and corpora of all targets together.
# Usage: fuzz/coverage.sh [TARGET ...]; CORPUS is a folder of folders named like the targets (default fuzz/corpus).
cd "$(dirname "$0")/.." || exit 2
corpora=${CORPUS:-fuzz/corpus}
built=${CARGO_TARGET_DIR:-target}
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
llvm=$(rustc +nightly --print sysroot)/lib/rustlib/$host/bin
[ -x "$llvm/llvm-cov" ] || { echo 'first: rustup component add llvm-tools --toolchain nightly'; exit 2; }
cargo test --quiet --test fuzz_replay seeds_are_written || exit 2

profiles= objects=
for target in ${*:-$(cargo +nightly fuzz list)}; do
    given=$built/tmp/fuzz/$target
    inputs=$given/seeds
    for folder in "fuzz/regressions/$target" "$corpora/$target"; do
        [ -d "$folder" ] && inputs="$inputs $folder"
    done
    # shellcheck disable=SC2086 # the folders are words
    cargo +nightly fuzz coverage "$target" $inputs >"$given/coverage-log" 2>&1 ||
        { tail -n 20 "$given/coverage-log"; exit 1; }
    binary=$(find "$built" fuzz/target -path "*/coverage/*/release/$target" -type f 2>/dev/null | head -n 1)
    profiles="$profiles fuzz/coverage/$target/coverage.profdata"
    objects="$objects --object=$binary"
done
# shellcheck disable=SC2086 # words again
"$llvm/llvm-profdata" merge --sparse $profiles -o "$built/tmp/fuzz/all.profdata" || exit 1
# shellcheck disable=SC2086
"$llvm/llvm-cov" export --summary-only --instr-profile="$built/tmp/fuzz/all.profdata" $objects |
    python3 -c '
import json, sys
floors = {name: [0, 0] for name in ("wire", "text", "crypto", "client", "server")}
files = json.load(sys.stdin)["data"][0]["files"]
short = []
for file in files:
    _, found, path = file["filename"].rpartition("/src/")
    floor = path.split("/")[0]
    if not found or floor not in floors:
        continue
    lines = file["summary"]["lines"]
    floors[floor][0] += lines["covered"]
    floors[floor][1] += lines["count"]
    if lines["covered"] < lines["count"]:
        short.append("  %-30s %4d of %4d" % (path, lines["covered"], lines["count"]))
everything = [sum(column) for column in zip(*floors.values())]
for name, (covered, count) in [*floors.items(), ("all", everything)]:
    print("%-8s %5d of %5d lines, %6.2f %%" % (name, covered, count, 100 * covered / max(count, 1)))
print("not whole:", *sorted(short), sep="\n")
'
