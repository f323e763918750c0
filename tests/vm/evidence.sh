#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: evidence.sh [KIND]...
#
# What only a real machine can show, on kernels of each KIND (default: stage,
# trim and copy): shards verified against a quote that was made in the guest,
# from the nearest aggregate and from boot; and what comes after a snapshot
# that was killed at each of its steps, and after a power cut there.

set -u
HERE=$(dirname "$(readlink -f "$0")")
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=tests/vm/lib.sh
. "$HERE/lib.sh"
# shellcheck source=tests/vm/results.sh
. "$VM_HERE/results.sh"
[ $# -gt 0 ] || set -- stage trim copy
[ $# -eq 1 ] || { vm_side_by_side "$@"; exit; }

: "${EVMCTL:=$TOP/build/evmctl}"
fault=${TOP_BUILDDIR:-$TOP/build}/tests/tools/fault
VM_FILES=("$EVMCTL:/usr/bin/evmctl" "$fault:/usr/bin/fault")
for tool in createek createak evictcontrol flushcontext readpublic \
	quote; do
	VM_FILES+=("/usr/bin/tpm2_$tool")
done
export VM_TIMEOUT=${VM_TIMEOUT:-900}
STORE=/data/shards
IMA=/sys/kernel/security/integrity/ima
HANDLE=0x81010002
NONCE=0badcafe
TPM="TPM2TOOLS_TCTI=device:/dev/tpm0"
kind=

guest()		{ vm_run v "$1"; }
add()		{ vm_add v "$1"; }
take()		{ guest "evmctl snapshot --shard-dir $STORE" >"$VM_DIR/out" 2>&1; }
verify()	{ guest "evmctl ima_measurement --shard-dir $STORE $*" \
			>"$VM_DIR/out" 2>&1; }

# On tmpfs, so that making a quote does not measure the quote.
make_quote()
{
	guest "export $TPM; cd /tmp || exit
		[ -e ak.pub ] || tpm2_readpublic -Q -c $HANDLE -o ak.pub \
			2>/dev/null || {
		tpm2_createek -Q -c ek.ctx -G rsa &&
		tpm2_createak -Q -C ek.ctx -c ak.ctx -G rsa -g sha256 \
			-s rsassa >/dev/null && tpm2_flushcontext -Q -t &&
		tpm2_evictcontrol -Q -C o -c ak.ctx $HANDLE &&
		tpm2_readpublic -Q -c $HANDLE -o ak.pub >/dev/null; } || exit
		tpm2_quote -Q -c $HANDLE -l sha256:10 -q $NONCE -m msg -s sig \
			-g sha256"
}

# quoted WHEN: the quote holds, from the nearest aggregate and from boot
quoted()
{
	local nearest args="--quote /tmp/msg --signature /tmp/sig \
		--ak /tmp/ak.pub --nonce $NONCE"

	verify "$args"
	nearest=$?
	verify "$args --from boot"
	same "$kind: a quote, $1: nearest, boot" "$nearest, $?" "0, 0"
}

quotes()
{
	take
	add 40
	take
	add 10
	make_quote || fail "$kind: a quote" "not to be had"
	add 5
	quoted "with the list ahead of it"
	take
	quoted "with all of it in shards"
}

# steps: where a snapshot may end, each by a word of the call that is not made
steps()
{
	case $kind in
	stage) echo "measurements_sha1_staged A" ;;
	esac
	echo ".ima $STORE/"
	echo ".json $STORE/"
	case $kind in
	stage) echo "measurements_sha1_staged D" ;;
	trim) echo "write $IMA/binary_runtime_measurements_sha1 " ;;
	esac
}

# A snapshot is killed in the place of each step, then it goes on; and again,
# but the power goes with it: whatever the disk has then, the machine comes up,
# and the store serves.
killed()
{
	local word after words killed=0 on=0 up=0

	mapfile -t words < <(steps)
	for word in "${words[@]}"; do
		for after in on up; do
			add 100
			guest "fault -f '$word' kill:1 evmctl snapshot \
				--shard-dir $STORE >/dev/null 2>&1"
			[ $? -ne 137 ] || killed=$((killed + 1))
			if [ $after = up ]; then
				vm_kill v
				vm_start v "$kind" >/dev/null || break 2
			fi
			add 10
			take
			verify --from boot && declare "$after=$((${!after} + 1))"
		done
	done
	same "$kind: killed at each step, twice" "$killed" $((2 * ${#words[@]}))
	same "$kind: and then from boot" "$on" ${#words[@]}
	same "$kind: after a power cut, too" "$up" ${#words[@]}
}

one_kind()
{
	kind=$1
	vm_disk v 64M
	boot v "$kind" || return
	quotes
	killed
	vm_stop v
}

one_kind "$1"
finish
