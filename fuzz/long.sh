#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# long.sh - every fuzz target for so long a time of a processor
#
#	fuzz/long.sh [SECONDS [NAME...]]	(600 seconds, all targets)
#
# One target after another, until each has spent SECONDS of CPU time, as the
# kernel accounts it, in this run and those before: a line of
# TOP_BUILDDIR/fuzzers/spent/NAME for each has the seconds and the inputs that
# were tried. Then what was found is merged into found/NAME, and the table of
# fuzz/coverage.md is printed.
set -u

# shellcheck source=fuzz/fuzzers.sh
. "$(dirname "$0")/fuzzers.sh"
WANTED=${1:-600}
[ $# -eq 0 ] || shift
TIMEFORMAT='%U %S'

# spent NAME - seconds and inputs, of all runs
spent() {
	awk '{ cpu += $1; n += $2 } END { printf "%d %d\n", cpu, n }' \
		"spent/$1" 2>/dev/null || echo "0 0"
}

# once NAME SECONDS - fuzz, and note what it took
once() {
	local rc user kernel
	{ time fuzz "$1" "$2"; } 2>"spent/$1.time"
	rc=$?
	read -r user kernel <"spent/$1.time"
	awk -v user="$user" -v kernel="$kernel" \
		'/^stat::number_of_executed_units:/ { n = $2 }
		 END { print user + kernel, n + 0 }' \
		"found/$1.log" >>"spent/$1"
	rm -f "spent/$1.time"
	return "$rc"
}

# merge NAME - leave those in found/NAME that reach more than fuzz/corpus/NAME
merge() {
	local all=found/$1.all
	rm -rf "$all"
	cp -r "$TOP_SRCDIR/fuzz/corpus/$1" "$all" &&
		"fuzz/fuzz-$1" -merge=1 -rss_limit_mb=1024 -max_len=16384 \
			"$all" "found/$1" >"found/$1.merge.log" 2>&1 || return
	find "$TOP_SRCDIR/fuzz/corpus/$1" -type f -printf '%P\n' |
		(cd "$all" && xargs -d '\n' rm -f) &&
		rm -rf "found/$1" && mv "$all" "found/$1"
}

# row NAME
row() {
	local cpu inputs
	read -r cpu inputs < <(spent "$1")
	echo "| $1 | $cpu | $inputs | $((inputs / (cpu ? cpu : 1))) |" \
		"$(find "found/$1" "$TOP_SRCDIR/fuzz/corpus/$1" -type f | wc -l) |"
}

build >"$TOP_BUILDDIR/fuzzers.log" 2>&1 || {
	echo "the build failed, see $TOP_BUILDDIR/fuzzers.log" >&2
	exit 1
}
mkdir -p spent
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # names
	set -- $(targets)
fi
failed=0
for name; do
	read -r cpu _ < <(spent "$name")
	while [ "$cpu" -lt "$WANTED" ]; do
		if ! once "$name" $((WANTED - cpu + 1)); then
			why "$name"
			echo "not ok - $name (see $FUZZERS/found/$name.log)"
			failed=1
			break
		fi
		read -r cpu _ < <(spent "$name")
	done
	merge "$name" || failed=1
done
echo "| target | CPU seconds | inputs tried | each second | corpus |"
echo "| --- | --- | --- | --- | --- |"
for name; do row "$name"; done
exit "$failed"
