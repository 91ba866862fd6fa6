#!/bin/sh
# Every target for SECONDS (default 20), from its seeds, in a corpus that is thrown away. Goes on after a crash and
# fails at the end. Usage: fuzz/smoke.sh [SECONDS [TARGET ...]]
# Up to 30 seconds: one program with all targets, and two targets side by side. Longer: a program for each target, one
# after the other, its speed beside its floor; a floor that is missed fails where FUZZ_FLOORS is set, on a machine
# that does nothing else.
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-20}
[ $# -gt 0 ] && shift
cargo test --quiet --test fuzz_replay seeds_are_written || exit 2
given=${CARGO_TARGET_DIR:-target}/tmp/fuzz
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-fuzz/target}/$host/release
if [ "$seconds" -le 30 ]; then
    # Mostly building: with several units both cores build, and the programs are a little slower.
    cargo +nightly fuzz build --codegen-units 16 any || exit 2
    program=any
else
    cargo +nightly fuzz build --codegen-units 1 || exit 2
    program=
fi
# What `cargo fuzz run` says, too: a Rust program defines some symbols twice.
export ASAN_OPTIONS="detect_odr_violation=0:malloc_context_size=4:$ASAN_OPTIONS"

stat() { sed -n "s/^stat::$2: *//p" "$given/$1/log"; }

# Fuzzes one target and says how that went in one line; what is wrong is left in files beside its seeds.
fuzz() {
    target=$1 folder=$given/$1
    rm -f "$folder/failed" "$folder/slow"
    mkdir -p "fuzz/artifacts/$target"
    dictionary=
    [ -s "$folder/dict" ] && dictionary="-dict=$folder/dict" # libFuzzer refuses an empty one
    # shellcheck disable=SC2046,SC2086 # the flags are words
    FUZZ_TARGET=$target "$programs/${program:-$target}" "$folder/seeds" $dictionary $(cat "$folder/flags") \
        "-artifact_prefix=fuzz/artifacts/$target/" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
        -print_funcs=0 -print_final_stats=1 2>"$folder/log" >/dev/null || touch "$folder/failed"
    rate=$(stat "$target" average_exec_per_sec) floor=
    if [ -z "$program" ]; then
        floor=$(cat "$folder/floor")
        [ "${rate:-0}" -ge "$floor" ] || touch "$folder/slow"
        floor=$(printf ' (floor %6s)' "$floor")
    fi
    printf '%-18s %9s executions, %7s/s%s, %4s MB\n%s' "$target" "$(stat "$target" number_of_executed_units)" \
        "$rate" "$floor" "$(stat "$target" peak_rss_mb)" \
        "$(grep -E '^(SUMMARY|thread|assertion|artifact_prefix)' "$folder/log" | sed 's/$/\n/')"
}

# Every second of the targets, beginning with the first or with the second.
every_second() {
    turn=$1
    shift
    for target in "$@"; do
        [ "$turn" -eq 0 ] && fuzz "$target"
        turn=$((1 - turn))
    done
}

targets=${*:-$(cargo +nightly fuzz list | grep -vx any)}
if [ -n "$program" ]; then
    # shellcheck disable=SC2086 # names are words
    { every_second 0 $targets & every_second 1 $targets & wait; }
else
    for target in $targets; do fuzz "$target"; done
fi
failed= slow=
for target in $targets; do
    [ -e "$given/$target/failed" ] && failed="$failed $target"
    [ -e "$given/$target/slow" ] && slow="$slow $target"
done
[ -z "$slow" ] || echo "below the floor (or busy):$slow"
[ -z "$failed" ] || { echo "failed:$failed (what they print: the log in their folder)"; exit 1; }
[ -z "$slow" ] || [ -z "${FUZZ_FLOORS:-}" ] || exit 1
