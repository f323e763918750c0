#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smoke.sh - every fuzz target under libFuzzer, ASan and UBSan for some seconds
#
#	make fuzz-smoke
#	fuzz/smoke.sh [SECONDS [NAME...]]	(10 seconds, all targets)
#
# Builds with clang in TOP_BUILDDIR/fuzzers. What a target finds is added to
# TOP_BUILDDIR/fuzzers/found/NAME, which the next run begins with, and what
# makes it fail is kept in TOP_BUILDDIR/fuzzers/failed.
set -u

TOP_SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
: "${TOP_BUILDDIR:=$TOP_SRCDIR/build}"
FUZZERS=$TOP_BUILDDIR/fuzzers
SECONDS_EACH=${1:-10}
[ $# -eq 0 ] || shift
FLAGS='-g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined'

passed=0
failed=0
skipped=0

summary() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

# has_runtime - clang can link libFuzzer and the sanitizers
has_runtime() {
	local dir rc
	dir=$(mktemp -d) || return
	echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' \
		>"$dir/t.c"
	clang -fsanitize=fuzzer,address,undefined -o "$dir/t" "$dir/t.c" \
		>/dev/null 2>&1
	rc=$?
	rm -rf "$dir"
	return "$rc"
}

build() {
	mkdir -p "$FUZZERS" && cd "$FUZZERS" || return
	[ -e Makefile ] || "$TOP_SRCDIR/configure" CC=clang CFLAGS="$FLAGS" \
		CPPFLAGS=-D_FORTIFY_SOURCE=0 --enable-werror || return
	make -j"$(nproc)" FUZZ_ENGINE=-fsanitize=fuzzer FUZZ_MAIN= fuzz-programs
}

# fuzz NAME
fuzz() {
	local name=$1
	mkdir -p "found/$name" failed
	"fuzz/fuzz-$name" -max_total_time="$SECONDS_EACH" -timeout=20 \
		-rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
		-dict="$TOP_SRCDIR/fuzz/dict/$name.dict" \
		-artifact_prefix="failed/$name-" "found/$name" \
		"$TOP_SRCDIR/fuzz/corpus/$name" >"found/$name.log" 2>&1
	echo $? >"found/$name.rc"
}

if ! command -v clang >/dev/null || ! has_runtime; then
	echo "skip - fuzzing (clang and its runtime: clang, libclang-rt-14-dev)"
	skipped=1
	summary
fi
if ! build >"$TOP_BUILDDIR/fuzzers.log" 2>&1; then
	echo "not ok - fuzzing (the build, see $TOP_BUILDDIR/fuzzers.log)"
	failed=1
	summary
fi
cd "$FUZZERS" || exit
if [ $# -eq 0 ]; then
	for name in "$TOP_SRCDIR"/fuzz/fuzz-*.c; do
		name=${name##*/fuzz-}
		set -- "$@" "${name%.c}"
	done
fi

# As many at a time as there are processors.
for name; do
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	fuzz "$name" &
done
wait

for name; do
	said=$(sed -n 's/^Done \([0-9]* runs\) in .*/\1/p' "found/$name.log")
	if [ "$(cat "found/$name.rc")" -eq 0 ] && [ -n "$said" ]; then
		echo "ok - $name ($said)"
		passed=$((passed + 1))
	else
		grep -E -A 12 'ERROR|runtime error' "found/$name.log" |
			head -n 20 | sed 's/^/# /'
		echo "not ok - $name (see $FUZZERS/found/$name.log)"
		failed=$((failed + 1))
	fi
done
summary
