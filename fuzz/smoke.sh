#!/bin/sh
# Every target for SECONDS (default 20), from its seeds, in a corpus that is thrown away.
# Goes on after a crash and fails at the end. Usage: fuzz/smoke.sh [SECONDS [TARGET ...]]
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-20}
[ $# -gt 0 ] && shift
cargo test --quiet --test fuzz_replay seeds_are_written || exit 2
cargo +nightly fuzz build || exit 2
failed=
for target in ${*:-$(cargo +nightly fuzz list)}; do
    given=${CARGO_TARGET_DIR:-target}/tmp/fuzz/$target
    echo "== $target"
    dictionary=
    [ -s "$given/dict" ] && dictionary="-dict=$given/dict" # libFuzzer refuses an empty one
    # shellcheck disable=SC2046,SC2086 # the flags are words
    cargo +nightly fuzz run "$target" "$given/seeds" -- $dictionary $(cat "$given/flags") \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 2>"$given/log" ||
        failed="$failed $target"
    grep -E "^(stat::number_of_executed_units|stat::average_exec_per_sec|stat::peak_rss_mb|SUMMARY|thread|assertion)|artifact_prefix" "$given/log"
done
[ -z "$failed" ] || { echo "failed:$failed (what they print: the log in their folder)"; exit 1; }
