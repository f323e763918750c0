#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# coverage.sh - which lines the fuzz targets' inputs reach, the table of fuzz/coverage.md
#
#	fuzz/coverage.sh [-l] [DIR...]
#
# DIR: more inputs, DIR/NAME for target NAME, beside fuzz/corpus: what a long
# run has found. With -l the lines that are not reached come behind the table.
# Builds with clang in TOP_BUILDDIR/coverage.
set -eu

TOP_SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
: "${TOP_BUILDDIR:=$TOP_SRCDIR/build}"
COVERAGE=$TOP_BUILDDIR/coverage
WANTED='src/format src/base src/replay.c src/quote.c src/checkpoint.c'

# tool NAME - llvm's, whatever its version
tool() {
	compgen -c "$1" | sort -V | tail -n 1
}

build() {
	mkdir -p "$COVERAGE"
	cd "$COVERAGE"
	[ -e Makefile ] || "$TOP_SRCDIR/configure" CC=clang \
		CFLAGS='-g -O1 -fprofile-instr-generate -fcoverage-mapping' \
		CPPFLAGS=-D_FORTIFY_SOURCE=0
	make -j"$(nproc)" fuzz-programs
}

# of FILE... - "lines missed" of all of them
of() {
	# shellcheck disable=SC2086 # words
	"$(tool llvm-cov)" report $OBJECTS -instr-profile=all.profdata "$@" |
		awk '$1 == "TOTAL" { print $8, $9 }'
}

# row NAME FILE...
row() {
	local name=$1 lines missed
	shift
	read -r lines missed < <(of "$@")
	# Of what it does not know it reports everything.
	if [ $# -eq 1 ] && [ "$lines" -gt "$(wc -l <"$1")" ]; then
		echo "| \`$name\` | | | linked into no target |"
		return
	fi
	awk -v name="$name" -v n="$lines" -v m="$missed" 'BEGIN {
		printf "| `%s` | %d | %d | %.1f %% |\n", name, n, n - m,
			100 * (n - m) / n
	}'
}

# unreached FILE... - "FILE:LINE: text" of each
unreached() {
	local file
	for file; do
		# shellcheck disable=SC2086 # words
		"$(tool llvm-cov)" show $OBJECTS -instr-profile=all.profdata \
			"$file" | sed -nE "s#^ *([0-9]+)\| +0\|\s*#${file#"$TOP_SRCDIR/src/"}:\1: #p"
	done
}

list=
if [ "${1:-}" = -l ]; then
	list=yes
	shift
fi
extra=()
for dir; do extra+=("$(realpath "$dir")"); done
build >"$TOP_BUILDDIR/coverage.log" 2>&1
cd "$COVERAGE"
OBJECTS=
rm -f ./*.profraw
for target in "$TOP_SRCDIR"/fuzz/fuzz-*.c; do
	name=${target##*/fuzz-}
	name=${name%.c}
	inputs=("$TOP_SRCDIR/fuzz/corpus/$name")
	for dir in "${extra[@]}"; do
		[ ! -d "$dir/$name" ] || inputs+=("$dir/$name")
	done
	LLVM_PROFILE_FILE="$name.profraw" "fuzz/fuzz-$name" -sweep=511 \
		"$TOP_SRCDIR/fuzz/corpus/$name" >/dev/null
	LLVM_PROFILE_FILE="$name-all.profraw" "fuzz/fuzz-$name" \
		"${inputs[@]}" >/dev/null
	OBJECTS="$OBJECTS ${OBJECTS:+-object} fuzz/fuzz-$name"
done
"$(tool llvm-profdata)" merge -o all.profdata ./*.profraw

cat <<'END'
# What the fuzz targets reach

Lines of the formats, and of what is proven with them, that the targets of this
directory run through: each input of `fuzz/corpus` as it is and with every call
of a library failing in turn.

    fuzz/coverage.sh [DIR...]

| part | lines | reached | |
| --- | --- | --- | --- |
END
cd "$COVERAGE"
files=()
for part in $WANTED; do
	for file in $(find "$TOP_SRCDIR/$part" -name '*.c' | sort); do
		row "${file#"$TOP_SRCDIR/src/"}" "$file"
		files+=("$file")
	done
done
row "all of these" "${files[@]}"
[ -z "$list" ] || unreached "${files[@]}"
