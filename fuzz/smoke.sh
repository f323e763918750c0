#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smoke.sh - every fuzz target under libFuzzer, ASan and UBSan for some seconds
#
#	make fuzz-smoke
#	fuzz/smoke.sh [SECONDS [NAME...]]	(10 seconds, all targets)
set -u

# shellcheck source=fuzz/fuzzers.sh
. "$(dirname "$0")/fuzzers.sh"
SECONDS_EACH=${1:-10}
[ $# -eq 0 ] || shift

passed=0
failed=0
skipped=0

summary() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
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
	# shellcheck disable=SC2046 # names
	set -- $(targets)
fi

# As many at a time as there are processors.
for name; do
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	{
		fuzz "$name" "$SECONDS_EACH"
		echo $? >"found/$name.rc"
	} &
done
wait

for name; do
	said=$(sed -n 's/^Done \([0-9]* runs\) in .*/\1/p' "found/$name.log")
	if [ "$(cat "found/$name.rc")" -eq 0 ] && [ -n "$said" ]; then
		echo "ok - $name ($said)"
		passed=$((passed + 1))
	else
		why "$name"
		echo "not ok - $name (see $FUZZERS/found/$name.log)"
		failed=$((failed + 1))
	fi
done
summary
