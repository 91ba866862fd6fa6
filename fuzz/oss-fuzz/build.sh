#!/bin/bash -eu
# What OSS-Fuzz and ClusterFuzzLite run: builds all fuzz targets from $SRC/counterproof, and leaves in $OUT for each
#
#     TARGET                    the program
#     TARGET.options            how the engine is to run it: the longest input, the dictionary
#     TARGET.dict               words that inputs are made of, where it has any
#     TARGET_seed_corpus.zip    seeds and regressions
#
# COUNTERPROOF_TOOLCHAIN names a nightly toolchain where the default one is none (in their image it is).
# COUNTERPROOF_FUZZ_PROGRAM names a program with all targets, as fuzz/any.rs is, that was built already: nothing is
# built then, and each TARGET is a few lines that call it. Such a TARGET can be run, but no engine instruments it.
cd "$SRC/counterproof"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -n "${COUNTERPROOF_FUZZ_PROGRAM:-}" ]; then
    cp "$COUNTERPROOF_FUZZ_PROGRAM" "$OUT/counterproof_targets"
    any=$OUT/counterproof_targets
else
    cargo ${COUNTERPROOF_TOOLCHAIN:+"+$COUNTERPROOF_TOOLCHAIN"} fuzz build
    built=${CARGO_TARGET_DIR:-fuzz/target}/$(uname -m)-unknown-linux-gnu/release
    any=$built/any
fi
# What the engine is given: it is written by the targets themselves, so that nothing here is kept by hand.
FUZZ_WRITE=$work "$any"

for folder in "$work"/*/; do
    target=$(basename "$folder")
    if [ -n "${COUNTERPROOF_FUZZ_PROGRAM:-}" ]; then
        # The comment is what their infrastructure knows a target by.
        cat >"$OUT/$target" <<END
#!/bin/sh
# LLVMFuzzerTestOneInput
FUZZ_TARGET=$target exec "\$(dirname "\$0")/counterproof_targets" "\$@"
END
        chmod +x "$OUT/$target"
    else
        cp "$built/$target" "$OUT/$target"
    fi
    {
        echo '[libfuzzer]'
        # Flags as on a command line: -max_len=9 becomes max_len = 9.
        tr ' ' '\n' <"$folder/flags" | sed -n 's/^-\([a-z_]*\)=/\1 = /p'
        [ ! -s "$folder/dict" ] || echo "dict = $target.dict"
    } >"$OUT/$target.options"
    [ ! -s "$folder/dict" ] || cp "$folder/dict" "$OUT/$target.dict"
    for regression in "fuzz/regressions/$target"/*; do
        [ ! -f "$regression" ] || cp "$regression" "$folder/seeds/regression-$(basename "$regression")"
    done
    # A zip that is there is added to.
    rm -f "$OUT/${target}_seed_corpus.zip"
    find "$folder/seeds" -type f | LC_ALL=C sort | zip -q -j -X "$OUT/${target}_seed_corpus.zip" -@
done
