#!/bin/sh
# Every target for SECONDS (default 20), from its seeds, in a corpus that is thrown away; its speed beside its floor.
# Goes on after a crash and fails at the end. Usage: fuzz/smoke.sh [SECONDS [TARGET ...]]
# A floor that is missed fails where FUZZ_FLOORS is set: on a machine that does nothing else.
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-20}
[ $# -gt 0 ] && shift
# A short run is mostly building: with several units both cores build, and the programs are a little slower.
units=1
[ "$seconds" -gt 30 ] || units=16
cargo test --quiet --test fuzz_replay seeds_are_written || exit 2
cargo +nightly fuzz build --codegen-units $units || exit 2
export ASAN_OPTIONS="malloc_context_size=4:$ASAN_OPTIONS"
failed= slow=
for target in ${*:-$(cargo +nightly fuzz list)}; do
    given=${CARGO_TARGET_DIR:-target}/tmp/fuzz/$target
    dictionary=
    [ -s "$given/dict" ] && dictionary="-dict=$given/dict" # libFuzzer refuses an empty one
    # shellcheck disable=SC2046,SC2086 # the flags are words
    cargo +nightly fuzz run --codegen-units $units "$target" "$given/seeds" -- $dictionary $(cat "$given/flags") \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_funcs=0 -print_final_stats=1 2>"$given/log" ||
        failed="$failed $target"
    stat() { sed -n "s/^stat::$1: *//p" "$given/log"; }
    rate=$(stat average_exec_per_sec) floor=$(cat "$given/floor")
    printf '%-16s %9s executions, %7s/s (floor %6s), %4s MB\n' \
        "$target" "$(stat number_of_executed_units)" "$rate" "$floor" "$(stat peak_rss_mb)"
    [ "${rate:-0}" -ge "$floor" ] || slow="$slow $target"
    grep -E "^(SUMMARY|thread|assertion|artifact_prefix)" "$given/log"
done
[ -z "$slow" ] || echo "below the floor (or busy):$slow"
[ -z "$failed" ] || { echo "failed:$failed (what they print: the log in their folder)"; exit 1; }
[ -z "$slow" ] || [ -z "${FUZZ_FLOORS:-}" ] || exit 1
