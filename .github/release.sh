#!/bin/sh
# Builds what a release consists of, into a folder: a program for this processor's Linux that needs no library, with its
# manual and completions for shells; the specification with the vectors; and the checksums of both. The workflow
# `release.yml` runs it on a tag, and anybody can run it at home:
#
#     .github/release.sh dist
#
# Needs the target (`rustup target add "$(uname -m)-unknown-linux-musl"`) and a C compiler for it (Debian: musl-tools).
# Times, owners, modes and order in the tarballs don't depend on the machine; the text in them is that of the commit.
set -eu
cd "$(dirname "$0")/.."
out=${1:?the folder to write to}
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
target=$(uname -m)-unknown-linux-musl
time=$(git log -1 --format=%ct)
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Keep this machine's paths out of the published program.
home=${CARGO_HOME:-$HOME/.cargo}
RUSTFLAGS="--remap-path-prefix=$home=cargo --remap-path-prefix=$PWD=counterproof --remap-path-prefix=$work=build -C strip=symbols" \
    cargo build --bin counterproof --release --locked --target "$target" --target-dir "$work/target"

# A folder of the release's name, whose files have one time and one owner.
pack() {
    tar --sort=name --mtime="@$time" --mode=u+rwX,go+rX,go-w --owner=0 --group=0 --numeric-owner -C "$work" -cf - "$1" | gzip -n -9 >"$out/$1.tar.gz"
}

program=counterproof-$version-$target
mkdir "$work/$program"
cp "$work/target/$target/release/counterproof" "$work/$program"
git archive HEAD README.md SPEC.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT | tar -x -C "$work/$program"
"$work/$program/counterproof" man --out "$work/$program/man" >/dev/null
mkdir "$work/$program/completions"
for shell in bash fish zsh; do
    "$work/$program/counterproof" completions $shell >"$work/$program/completions/counterproof.$shell"
done
pack "$program"

# What an implementation of the specification is written and tested from, without this program.
vectors=counterproof-vectors-$version
mkdir "$work/$vectors"
git archive HEAD SPEC.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT vectors | tar -x -C "$work/$vectors"
pack "$vectors"

cd "$out"
sha256sum "$program.tar.gz" "$vectors.tar.gz" | tee "SHA256SUMS-$target"
