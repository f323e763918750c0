# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# lib.sh - what a story test needs; read it with
#
#	# shellcheck source=tests/lib.sh
#	. "$(dirname "$0")/lib.sh"
#
# A story test is a bash script, NAME.test. It says "ok - NAME", "not ok -
# NAME (DETAIL)" or "skip - NAME (WHY)" through the functions here, and its
# last command is "summary": a script that ends without it has died.
#
# Do not call these functions in a subshell or at the end of a pipe: their
# counts would be lost. Standard input is empty unless redirected.
#
# Variables:
#	TOP_SRCDIR, TOP_BUILDDIR	where the sources are, and the build
#	EVMCTL				the program under test
#	SHARED_DATA			the shared measurement lists; may be
#					absent, see need_shared
#	SCRATCH				a directory of this script's own,
#					removed when it ends
#	OUT, ERR			files: what the last expect_rc wrote

set -u

TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${TOP_SRCDIR:=$(dirname "$TESTS_DIR")}"
: "${TOP_BUILDDIR:=$TOP_SRCDIR/build}"
: "${EVMCTL:=$TOP_BUILDDIR/evmctl}"
: "${SHARED_DATA:=$TOP_SRCDIR/../shared/data}"
export TOP_SRCDIR TOP_BUILDDIR EVMCTL SHARED_DATA
export LC_ALL=C

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/evmctl-test.XXXXXX") || exit 1
OUT=$SCRATCH/.stdout
ERR=$SCRATCH/.stderr
: >"$OUT"
: >"$ERR"

lib_passed=0
lib_failed=0
lib_skipped=0
lib_swtpm=

lib_cleanup() {
	stop_swtpm
	chmod -R u+rwX "$SCRATCH" 2>/dev/null
	rm -rf "$SCRATCH"
}
trap lib_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

exec </dev/null

# ok NAME
ok() {
	lib_passed=$((lib_passed + 1))
	echo "ok - $1"
}

# fail NAME DETAIL
fail() {
	lib_failed=$((lib_failed + 1))
	echo "not ok - $1 (${2:-})"
}

# skip NAME WHY
skip() {
	lib_skipped=$((lib_skipped + 1))
	echo "skip - $1 ($2)"
}

# summary - the last command of every script: counts, exit code
summary() {
	echo "$lib_passed passed, $lib_failed failed, $lib_skipped skipped"
	[ "$lib_failed" -eq 0 ]
	exit
}

# lib_shown FILE - the beginning of a file, on one line
lib_shown() {
	head -c 400 "$1" | tr '\n' '|' | tr -c '[:print:]' '?'
}

# expect_rc CODE NAME COMMAND... - run it, with $OUT and $ERR; true if as said
expect_rc() {
	local want=$1 name=$2 rc
	shift 2
	"$@" >"$OUT" 2>"$ERR"
	rc=$?
	if [ "$rc" -eq "$want" ]; then
		ok "$name"
		return 0
	fi
	fail "$name" "exit $rc, not $want; stdout: $(lib_shown "$OUT"); \
stderr: $(lib_shown "$ERR")"
	return 1
}

# lib_expect FILE WHAT NAME PATTERN
lib_expect() {
	if grep -Eq -- "$4" "$1"; then
		ok "$3"
		return 0
	fi
	fail "$3" "no '$4' in $2: $(lib_shown "$1")"
	return 1
}

# expect_out NAME PATTERN - a line of the last stdout matches (grep -E)
expect_out() {
	lib_expect "$OUT" stdout "$@"
}

# expect_err NAME PATTERN - a line of the last stderr matches
expect_err() {
	lib_expect "$ERR" stderr "$@"
}

# expect_same NAME FILE1 FILE2 - byte for byte
expect_same() {
	local diff
	if diff=$(cmp -- "$2" "$3" 2>&1); then
		ok "$1"
		return 0
	fi
	fail "$1" "$diff"
	return 1
}

# expect_text NAME GOT WANT - two strings
expect_text() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	fail "$1" "got '$2', want '$3'"
	return 1
}

# need_commands COMMAND... - true if all are here; else WHY says which is not
need_commands() {
	local command
	for command; do
		if ! command -v "$command" >/dev/null; then
			# shellcheck disable=SC2034 # for the caller's skip
			WHY="$command is not installed"
			return 1
		fi
	done
}

# need_fault - true if system calls can be made to go wrong here; else WHY
FAULT=$TOP_BUILDDIR/tests/tools/fault
need_fault() {
	"$FAULT" none true 2>/dev/null && return
	# shellcheck disable=SC2034
	WHY="no tests/tools/fault for this machine"
	return 1
}

# need_shared REL - true if that file of the shared data is here; else WHY
need_shared() {
	[ -e "$SHARED_DATA/$1" ] && return
	# shellcheck disable=SC2034
	WHY="no $1 in the shared data"
	return 1
}

# start_swtpm [STATE [TYPE]] - a software TPM with the banks sha1, sha256, sha384 and
# sha512, powered on with its state in the directory STATE (one of its own if
# none is given). TCTI, TPM2TOOLS_TCTI and TSS2_TCTI lead to it. Stop it and
# start it with the same STATE for a TPM Reset, or, after tpm2_shutdown, a TPM
# Restart; TYPE is TPM2_Startup's, clear or state, which resumes. False with WHY
# if none is to be had.
start_swtpm() {
	local state=${1:-$SCRATCH/.swtpm-$RANDOM$RANDOM} sock i
	need_commands swtpm || return 1
	stop_swtpm
	mkdir -p "$state"
	sock=$SCRATCH/.tpm	# its path has to fit in 108 bytes
	rm -f "$sock" "$sock.ctrl" "$sock.pid"
	swtpm socket --tpm2 --tpmstate "dir=$state" \
		--server "type=unixio,path=$sock" \
		--ctrl "type=unixio,path=$sock.ctrl" \
		--flags "not-need-init,startup-${2:-clear}" \
		--pid "file=$sock.pid" >"$SCRATCH/.swtpm.log" 2>&1 &
	lib_swtpm=$!
	for ((i = 0; i < 6000; i++)); do
		[ -S "$sock" ] && [ -s "$sock.pid" ] && break
		kill -0 "$lib_swtpm" 2>/dev/null || i=6000
		sleep 0.01
	done
	if [ "$i" -ge 6000 ]; then
		stop_swtpm
		# shellcheck disable=SC2034
		WHY="swtpm does not start: $(lib_shown "$SCRATCH/.swtpm.log")"
		return 1
	fi
	TCTI=swtpm:path=$sock
	TPM2TOOLS_TCTI=$TCTI
	TSS2_TCTI=$TCTI
	export TCTI TPM2TOOLS_TCTI TSS2_TCTI
}

# stop_swtpm - the power goes off
stop_swtpm() {
	[ -n "$lib_swtpm" ] || return 0
	kill "$lib_swtpm" 2>/dev/null
	wait "$lib_swtpm" 2>/dev/null
	lib_swtpm=
	unset TCTI TPM2TOOLS_TCTI TSS2_TCTI
	return 0
}
