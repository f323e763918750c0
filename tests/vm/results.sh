# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the scripts here print of each check, and at their end: as
# tests/lib.sh has it for those that need no guest.
#
#	ok NAME			fail NAME DETAIL	skip NAME WHY
#	same NAME GOT WANT	at_most NAME GOT LIMIT	check NAME COMMAND...
#	boot NAME KIND [ARG]	vm_start, counted where it does not
#	finish			the last command: counts, exit code

passed=0 failed=0 skipped=0

ok()
{
	echo "ok - $1"
	passed=$((passed + 1))
}

fail()
{
	echo "not ok - $1 ($2)"
	failed=$((failed + 1))
}

skip()
{
	echo "skip - $1 ($2)"
	skipped=$((skipped + 1))
}

same()
{
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "got '$2', want '$3'"; fi
}

at_most()
{
	if [ "$2" -le "$3" ]; then ok "$1: $2"; else fail "$1" "$2, over $3"; fi
}

check()
{
	if "${@:2}"; then ok "$1"; else fail "$1" "${*:2}: exit $?"; fi
}

boot()
{
	vm_start "$@"
	case $? in
	0) return 0 ;;
	77) skip "$2" "no such kernel, or a program is missing" ;;
	*) fail "$2: boots" "no answer" ;;
	esac
	return 1
}

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}
