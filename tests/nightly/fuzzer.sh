#!/bin/sh
# Behaves like libFuzzer with the program of all targets, as far as `fuzz nightly` looks. In the folder STANDIN each run
# leaves a line in `runs`; and `plans/TARGET` says what a slice of that target does:
#   good     finds two inputs                    crash    panics at once, always in the same way
#   once     panics while `broken` is there      hang     runs into the time limit of an input
#   slow     runs until it is told to end        dies     ends with exit code 1 at once, and says why
#   faints   the same after its first inputs
#   loses    as good; what is merged is never written
#   turns    as crash; shrinks into what fails otherwise with one seed, as it did with another
#   full     from its second slice on, the state of the night can't be written
set -u
plan() { cat "$STANDIN/plans/$1"; }

if [ -n "${FUZZ_WRITE:-}" ]; then
    for target in $(ls "$STANDIN/plans"); do
        mkdir -p "$FUZZ_WRITE/$target/seeds"
        printf seed >"$FUZZ_WRITE/$target/seeds/000"
        : >"$FUZZ_WRITE/$target/dict"
        echo '-max_len=64' >"$FUZZ_WRITE/$target/flags"
        echo 100 >"$FUZZ_WRITE/$target/floor"
    done
    exit 0
fi

echo "$$ $FUZZ_TARGET $*" >>"$STANDIN/runs"
merge= minimize= artifacts= exact= seconds=1 files= folders=
for word in "$@"; do
    case $word in
    -merge=1) merge=1 ;;
    -minimize_crash=1) minimize=1 ;;
    -artifact_prefix=*) artifacts=${word#*=} ;;
    -exact_artifact_path=*) exact=${word#*=} ;;
    -max_total_time=*) seconds=${word#*=} ;;
    -*) ;;
    *) if [ -d "$word" ]; then folders="$folders $word"; else files="$files $word"; fi ;;
    esac
done

stats() {
    echo "stat::number_of_executed_units: $1" >&2
    echo 'stat::average_exec_per_sec:     1000' >&2
    echo 'stat::slowest_unit_time_sec:    0' >&2
    echo 'stat::peak_rss_mb:              50' >&2
}

# $1: a number that differs from input to input.
panics() {
    cat >&2 <<END
thread '<unnamed>' ($$) panicked at src/oracles/wire.rs:$1:5:
VER-8: $1 bytes are accepted twice
stack backtrace:
   0: __rustc[0123456789abcdef]::rust_begin_unwind
   1: core::panicking::panic_fmt
   2: counterproof_oracles::wire::frame
             at ./src/oracles/wire.rs:$1:5
   3: any::__libfuzzer_sys_run
==$$== ERROR: libFuzzer: deadly signal
    #0 0x55d$1 in __sanitizer_print_stack_trace (/any+0x1)
SUMMARY: libFuzzer: deadly signal
END
}

# Leaves $1 as what failed.
leaves() {
    [ -z "$artifacts" ] || printf '%s' "$1" >"${artifacts}crash-$$"
    stats 77
    exit 77
}

if [ -n "$minimize" ]; then
    case $(plan "$FUZZ_TARGET"):$* in
    turns:*-seed=1\ *) printf o >"$exact" ;;
    *) printf f >"$exact" ;;
    esac
    exit 0
fi
if [ -n "$merge" ]; then
    set -- $folders
    into=$1
    shift
    count=0
    for file in $(find "$@" -type f); do
        [ ! -e "$into/${file##*/}" ] || continue
        count=$((count + 1))
        [ "$(plan "$FUZZ_TARGET")" = loses ] || cp "$file" "$into"
    done
    echo "MERGE-OUTER: $count new files with 7 new features added; 3 new coverage edges" >&2
    exit 0
fi
if [ -n "$files" ]; then
    for file in $files; do
        case $(plan "$FUZZ_TARGET"):$(head -c 1 "$file") in
        crash:f | turns:f) panics 7; exit 77 ;;
        turns:o) echo 'Killed by another failure' >&2; echo '==1== ERROR: libFuzzer: deadly signal' >&2; exit 77 ;;
        once:f) [ ! -e "$STANDIN/broken" ] || { panics 7; exit 77; } ;;
        hang:h) echo 'ALARM: working on the last Unit for 6 seconds' >&2
            echo "==$$== ERROR: libFuzzer: timeout after 6 seconds" >&2
            exit 70 ;;
        esac
    done
    exit 0
fi

set -- $folders
tonight=$1
[ "$(plan "$FUZZ_TARGET")" != dies ] || { echo 'error while loading shared libraries: no' >&2; exit 1; }
printf '#4\tINITED cov: 100 ft: 200 corp: 3/30b exec/s: 0 rss: 40Mb\n' >&2
case $(plan "$FUZZ_TARGET") in
faints) echo 'Killed' >&2; exit 1 ;;
crash | turns) sleep 0.05; panics $$; leaves "fails $$" ;;
once) if [ -e "$STANDIN/broken" ]; then sleep 0.05; panics $$; leaves "fails $$"; fi ;;
hang) echo "==$$== ERROR: libFuzzer: timeout after 6 seconds" >&2; leaves hangs ;;
slow) sleep 300 & wait ;;
full)
    if [ -e "$STANDIN/once-full" ]; then rm -f "$STANDIN/state"; ln -sf /dev/full "$STANDIN/night/state.json"; fi
    : >"$STANDIN/once-full" ;;
esac
printf one >"$tonight/one-$FUZZ_TARGET"
printf two >"$tonight/two-$$"
printf '#900\tNEW    cov: 117 ft: 230 corp: 5/40b exec/s: 900 rss: 41Mb L: 3/3 MS: 1 InsertByte-\n' >&2
echo 'slowest: 12 ms' >&2
[ -z "${FUZZ_SLOWEST:-}" ] || printf slow >"$FUZZ_SLOWEST"
sleep "${PACE:-0.2}"
printf '#1000\tDONE   cov: 117 ft: 230 corp: 5/40b exec/s: 1000 rss: 41Mb\n' >&2
stats 1000
