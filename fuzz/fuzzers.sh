# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzzers.sh - sourced by smoke.sh and long.sh: the targets under libFuzzer
#
# Built with clang, ASan and UBSan in TOP_BUILDDIR/fuzzers. What a target finds
# is added to found/NAME there, which the next run begins with, and what makes
# it fail is kept in failed/.
TOP_SRCDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${TOP_BUILDDIR:=$TOP_SRCDIR/build}"
FUZZERS=$TOP_BUILDDIR/fuzzers
FLAGS='-g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined'

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

# build - and go there
build() {
	mkdir -p "$FUZZERS" && cd "$FUZZERS" || return
	[ -e Makefile ] || "$TOP_SRCDIR/configure" CC=clang CFLAGS="$FLAGS" \
		CPPFLAGS=-D_FORTIFY_SOURCE=0 --enable-werror || return
	make -j"$(nproc)" FUZZ_ENGINE=-fsanitize=fuzzer FUZZ_MAIN= fuzz-programs
}

# targets - the names of all of them
targets() {
	local name
	for name in "$TOP_SRCDIR"/fuzz/fuzz-*.c; do
		name=${name##*/fuzz-}
		echo "${name%.c}"
	done
}

# fuzz NAME SECONDS - where build() went to; the log is found/NAME.log
fuzz() {
	mkdir -p "found/$1" failed
	"fuzz/fuzz-$1" -max_total_time="$2" -timeout=60 \
		-rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
		-dict="$TOP_SRCDIR/fuzz/dict/$1.dict" \
		-artifact_prefix="failed/$1-" "found/$1" \
		"$TOP_SRCDIR/fuzz/corpus/$1" >"found/$1.log" 2>&1
}

# why NAME - the end of a run that failed
why() {
	grep -E -A 12 'ERROR|runtime error' "found/$1.log" | head -n 20 |
		sed 's/^/# /'
}
