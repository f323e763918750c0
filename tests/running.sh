# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# running.sh - what ./run-tests and tests/configurations have in common
#
# Both are a table of groups, NAME WHEN WHAT, and a function group_NAME for
# each; their last command is "run_groups TABLE ARG...". packages_of NAME says
# which of Debian's packages a group wants.
#
# Variables:
#	TOP_SRCDIR, SHARED_DATA		as in tests/lib.sh
#	LOGS				a directory: what each program printed
#	TEST_TIMEOUT			seconds for each test program
#	FULL				set by --full, for the tests as well
#	RUNNER, THROUGH			words: what runs the unit tests, if
#					they do not run by themselves; and a
#					program that runs evmctl so

set -u

TOP_SRCDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$TOP_SRCDIR" || exit 1
: "${BUILD:=$TOP_SRCDIR/build}"
: "${SHARED_DATA:=$TOP_SRCDIR/../shared/data}"
: "${TEST_TIMEOUT:=900}"
export TOP_SRCDIR BUILD SHARED_DATA TEST_TIMEOUT
export LC_ALL=C

passed=0
failed=0
skipped=0
SKIPS=()
FAILURES=()
RUNNER=()
THROUGH=

say() {
	printf '%s\n' "$*"
}

# Results.

# note_failure WHAT - one more, with a line for the end
note_failure() {
	failed=$((failed + 1))
	FAILURES+=("$1")
}

# note_skip WHAT WHY - the same for what could not be done
note_skip() {
	say "skip - $1 ($2)"
	skipped=$((skipped + 1))
	SKIPS+=("$1: $2")
}

# skip_group WHY - all of this group
skip_group() {
	note_skip "$group" "$1"
}

# add_counts NAME RC LOG - from the last line of a program that has run
add_counts() {
	local name=$1 rc=$2 log=$3 line p f s
	line=$(tail -n 1 "$log")
	if [[ ! $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
		say "not ok - $name (died: exit $rc, no summary)"
		note_failure "$name: died: exit $rc, no summary"
		return
	fi
	p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[3]}
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	mapfile -t -O ${#SKIPS[@]} SKIPS \
		< <(sed -n "s|^skip - |$name: |p" "$log")
	mapfile -t -O ${#FAILURES[@]} FAILURES \
		< <(sed -n "s|^not ok - |$name: |p" "$log")
	if [ "$f" -eq 0 ] && [ "$rc" -ne 0 ]; then
		say "not ok - $name (nothing failed, but exit $rc)"
		note_failure "$name: nothing failed, but exit $rc"
	fi
}

# run_test NAME PROGRAM... - a test program or script, streamed and counted
run_test() {
	local name=$1 log rc
	shift
	log=$LOGS/${name//\//-}.log
	say "== $name"
	timeout -k 10 "$TEST_TIMEOUT" "$@" </dev/null 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	[ "$rc" -ne 124 ] || say "$name: stopped after $TEST_TIMEOUT s"
	add_counts "$name" "$rc" "$log"
}

# step NAME COMMAND... - one command that is a test by itself
step() {
	local name=$1 log rc
	shift
	log=$LOGS/${name//[^a-z0-9-]/-}.log
	"$@" >"$log" 2>&1 </dev/null
	rc=$?
	if [ "$rc" -eq 0 ]; then
		say "ok - $name"
		passed=$((passed + 1))
		return 0
	fi
	tail -n 40 "$log" | sed 's/^/# /'
	say "not ok - $name (exit $rc, all of it in $log)"
	note_failure "$name: exit $rc"
	return 1
}

# What must be installed.

# missing_of PACKAGE... - those that dpkg does not have
missing_of() {
	local package
	command -v dpkg-query >/dev/null || return 0
	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] || printf ' %s' "$package"
	done
}

# Building.

# build_in DIR CONFIGURE-ARGS... - configure where that has not been done
# with the same words, make $GOALS: all, and what "make check" needs
build_in() (
	local goal
	mkdir -p "$1" && cd "$1" || exit
	shift
	if [ ! -e Makefile ] || [ "$(cat .configured 2>/dev/null)" != "$*" ] ||
		[ "$TOP_SRCDIR/configure" -nt config.status ]; then
		[ ! -e Makefile ] || make -s clean || exit
		"$TOP_SRCDIR/configure" "$@" && say "$*" >.configured || exit
	fi
	for goal in ${GOALS:-all check-programs}; do
		make -j"$(nproc)" "$goal" || exit
	done
)

# stale - is ./configure older than what it is made of, or not there?
stale() {
	local file
	for file in configure.ac Makefile.am */*.am \
		src/evmctl-snapshot.h m4/*.m4; do
		[ ! "$file" -nt configure ] || return 0
	done
	[ ! -e configure ] || [ ! -e Makefile.in ] || [ ! -e config.h.in ]
}

# configured - there is a ./configure that goes with the tree
configured() {
	! stale || step autoreconf autoreconf -fi
}

# Testing what was built.

# unit_tests DIR PREFIX [NAME...] - these unit tests of a build, or all of them
unit_tests() {
	local name dir=$1 prefix=$2
	shift 2
	# shellcheck disable=SC2046 # words
	[ $# -gt 0 ] || set -- $(made_unit_tests "$dir")
	[ $# -gt 0 ] || note_failure "$dir: no unit tests"
	for name; do
		TOP_BUILDDIR=$dir EVMCTL=${THROUGH:-$dir/evmctl} \
			run_test "${prefix}unit/$name" \
			"${RUNNER[@]}" "$dir/tests/unit/$name"
	done
}

# story_tests DIR PREFIX [NAME...] - these story tests, or all of them
story_tests() {
	local name dir=$1 prefix=$2
	shift 2
	[ $# -gt 0 ] || set -- tests/*.test
	for name; do
		name=$(basename "$name" .test)
		TOP_BUILDDIR=$dir EVMCTL=${THROUGH:-$dir/evmctl} \
			run_test "$prefix$name.test" "tests/$name.test"
	done
}

# made_unit_tests DIR - the names of those that the build has
made_unit_tests() {
	# shellcheck disable=SC2016 # make's variables
	make -s -C "$1" --eval 'list: ; @echo $(notdir $(UNIT_TESTS))' list
}

# The table.

# group_names WHEN - "default", or "all"
group_names() {
	say "$TABLE" | awk -v when="$1" \
		'NF && (when == "all" || $2 == when) { print $1 }'
}

# run_group NAME - with its time
run_group() {
	local group=$1 start=$SECONDS p=$passed f=$failed s=$skipped
	say "---- $group"
	"group_$group"
	say "---- $group: $((passed - p)) passed, $((failed - f)) failed," \
		"$((skipped - s)) skipped in $((SECONDS - start)) s"
}

# listing TITLE LINE...
listing() {
	[ $# -gt 1 ] || return
	say "$1:"
	shift
	printf '  %s\n' "$@"
}

finish() {
	say ''
	listing Skipped "${SKIPS[@]}"
	listing Failed "${FAILURES[@]}"
	say "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

usage() {
	say "usage: $0 [--list | --names | --packages] [--full | NAME...]" >&2
	say "names: $(group_names all | tr '\n' ' ')" >&2
	exit 2
}

# run_groups TABLE ARG... - what the words of a command line ask for
run_groups() {
	local arg wanted='' only=run name
	TABLE=$1
	shift
	for arg; do
		case $arg in
		--full)
			wanted="$wanted $(group_names all)"
			export FULL=1
			;;
		--list) say "$TABLE" | sed '/^$/d' && exit ;;
		--names | --packages) only=$arg ;;
		*)
			group_names all | grep -qxF -- "$arg" || usage
			wanted="$wanted $arg"
			;;
		esac
	done
	[ -n "$wanted" ] || wanted=$(group_names default)
	for name in $wanted; do
		case $only in
		--names) say "$name" ;;
		--packages) packages_of "$name" ;;
		esac
	done
	[ "$only" = run ] || exit 0
	mkdir -p "$LOGS" || exit 1
	# shellcheck disable=SC2086 # words
	prepare $wanted || { note_failure "packages are missing" && finish; }
	for name in $wanted; do
		run_group "$name"
	done
	finish
}
