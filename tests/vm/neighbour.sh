#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: neighbour.sh [PART]...
#
# A good neighbour on a real kernel that can stage, under ima_policy=tcb, with
# the store on ext4, which that policy measures:
#
#  - snapshots of an idle system come to rest: no record, no shard;
#  - fifty snapshots of a busy one, with readers on the store all along, leave
#    the kernel's list short, its memory free, and not one violation;
#  - shards and list are, by the TPM's word, all that was ever measured;
#  - 20,000 records in one go: our time beside that of cat, both measured.
#
# The last is done twice: the digests by which the kernel knows a file again are
# forgotten only with ima_flush_htable. PARTs are "busy", all of this, and
# "flush", the last with ima_flush_htable.
#
# FULL=1 takes 60 idle snapshots where 20 are taken otherwise.

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=tests/vm/results.sh
. "$VM_HERE/results.sh"
[ $# -gt 0 ] || set -- busy flush
[ $# -eq 1 ] || { vm_side_by_side "$@"; exit; }

TOP=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
: "${EVMCTL:=$TOP/build/evmctl}"
# shellcheck disable=SC2034 # for lib.sh
VM_FILES=("$EVMCTL:/usr/bin/evmctl")
export VM_TIMEOUT=${VM_TIMEOUT:-900}
IMA=/sys/kernel/security/integrity/ima
STORE="--shard-dir /data/shards"

guest()		{ vm_run n "$1"; }
value()		{ guest "cat $IMA/$1"; }
slab()		{ guest "awk '/^SUnreclaim/ { print \$2 }' /proc/meminfo"; }
shards()	{ guest "ls /data/shards | grep -c json"; }

idle()
{
	local before after i rounds=20

	[ -z "${FULL:-}" ] || rounds=60
	# The tools themselves are measured when they are first used.
	guest "evmctl snapshot $STORE; evmctl snapshot $STORE" >/dev/null
	before="$(value runtime_measurements_count) $(shards)"
	for ((i = 0; i < rounds; i++)); do
		guest "evmctl snapshot $STORE" >/dev/null || break
	done
	after="$(value runtime_measurements_count) $(shards)"
	same "$i snapshots of an idle system: no record, no shard" \
		"$after" "$before"
}

fifty()
{
	local i violations

	violations=$(value violations)
	guest "(while [ ! -e /tmp/stop ]; do cat /data/shards/* >/dev/null
		evmctl ima_measurement $STORE >/dev/null 2>&1; done) \
		>/dev/null 2>&1 &"
	for ((i = 0; i < 50; i++)); do
		vm_add n 20
		guest "evmctl snapshot $STORE --wait 60" >/dev/null || break
	done
	guest "touch /tmp/stop"
	same "50 snapshots with readers on the store" "$i" 50
	same "not one violation" "$(value violations)" "$violations"
	guest "evmctl snapshot $STORE --wait 60" >/dev/null
	at_most "records in the kernel after 50 snapshots" \
		"$(value runtime_measurements_count)" 30
	guest "evmctl ima_measurement $STORE --from boot --json" >"$VM_DIR/json" \
		2>/dev/null
	same "shards and list lead from boot to the TPM" \
		"$(grep -o '"verdict":"[a-z]*"' "$VM_DIR/json")" \
		'"verdict":"verified"'
}

# burst KEPT_AT_MOST: the list's memory, in percent, that the kernel may keep
burst()
{
	local before full after times

	before=$(slab)
	vm_add n 20000
	full=$(slab)
	guest "time cat $IMA/binary_runtime_measurements >/tmp/list" \
		2>"$VM_DIR/cat"
	guest "time evmctl snapshot $STORE" >"$VM_DIR/took" 2>"$VM_DIR/ours"
	same "20,000 records in one go" "$?" 0
	after=$(slab)
	times=$(awk '/^real/ { printf "%s ", $3 }' "$VM_DIR/cat" "$VM_DIR/ours")
	echo "# $(cat "$VM_DIR/took")"
	echo "# cat of the list, and the snapshot: $times"
	echo "# unreclaimable slab, kB: $before before, $full with the list," \
		"$after after the snapshot"
	at_most "percent of the list's memory is kept" \
		$((100 * (after > before ? after - before : 0) /
		(full - before))) "$1"
}

start()
{
	boot n stage "$@" || finish
}

vm_disk n 64M
case $1 in
busy)
	start
	idle
	fifty
	burst 100
	;;
flush)
	start ima_flush_htable
	guest "evmctl snapshot $STORE" >/dev/null
	burst 10
	;;
esac
vm_stop n
finish
