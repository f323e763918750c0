#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: evidence.sh [KIND]...
#
# What only a real machine can show, on kernels of each KIND (default: stage,
# trim and copy): shards verified against a quote that was made in the guest,
# from the nearest aggregate and from boot; and power cuts within snapshots.

set -u
HERE=$(dirname "$(readlink -f "$0")")
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=lib.sh
. "$HERE/lib.sh"

: "${EVMCTL:=$TOP/build/evmctl}"
VM_FILES=("$EVMCTL:/usr/bin/evmctl")
for tool in createek createak evictcontrol flushcontext readpublic \
	quote; do
	VM_FILES+=("/usr/bin/tpm2_$tool")
done
export VM_TIMEOUT=${VM_TIMEOUT:-240}
STORE=/data/shards
HANDLE=0x81010002
NONCE=0badcafe
TPM="TPM2TOOLS_TCTI=device:/dev/tpm0"
passed=0 failed=0 skipped=0
kind=

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

# same NAME GOT WANT
same()
{
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "got '$2', want '$3'"; fi
}

guest()		{ vm_run v "$1"; }
take()		{ guest "evmctl snapshot --shard-dir $STORE" >"$VM_DIR/out" 2>&1; }
verify()	{ guest "evmctl ima_measurement --shard-dir $STORE $*" \
			>"$VM_DIR/out" 2>&1; }

add()
{
	guest "i=0; while [ \$i -lt $1 ]; do
			i=\$((i + 1)); f=/root/\$RANDOM.\$i.\$RANDOM
			echo \$f >\$f; : <\$f; rm \$f
		done"
}

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

# A power cut at a random moment of a snapshot, some times over: whatever the
# disk has then, the machine comes up, and the store serves.
power_cuts()
{
	local i pid rc=0
	for i in 1 2 3; do
		add 300
		guest "evmctl snapshot --shard-dir $STORE" >/dev/null 2>&1 &
		# Not an event that is waited for: the cut is to come anywhere.
		pid=$!
		sleep "0.$((RANDOM % 4))"
		vm_kill v
		# Nobody answers it any more.
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		vm_start v "$kind" >/dev/null || rc=1
		take
		verify --from boot || rc=1
	done
	same "$kind: after $i power cuts in snapshots, each time from boot" \
		"$rc" 0
}

one_kind()
{
	kind=$1
	vm_disk v 64M
	vm_start v "$kind"
	case $? in
	0) ;;
	77)
		skipped=$((skipped + 1))
		echo "skip - $kind (no such kernel)"
		return
		;;
	*)
		fail "$kind: boots" "no answer"
		return
		;;
	esac
	quotes
	power_cuts
	vm_stop v
}

[ $# -gt 0 ] || set -- stage trim copy
for one; do
	one_kind "$one"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
