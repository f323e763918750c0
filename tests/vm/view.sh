#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: view.sh [KIND]...
#
# evmctl snapshot mount on real kernels of each KIND (default: stage): an agent
# that opened the list once and 20 snapshots; PCR 10 and a quote are the judge.
# And what it costs under tcb that root opens the view.

set -u
HERE=$(dirname "$(readlink -f "$0")")
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=tests/vm/lib.sh
. "$HERE/lib.sh"
# shellcheck source=tests/vm/results.sh
. "$VM_HERE/results.sh"

: "${EVMCTL:=$TOP/build/evmctl}"
VM_FILES=("$EVMCTL:/usr/bin/evmctl")
for tool in createek createak evictcontrol flushcontext readpublic quote; do
	VM_FILES+=("/usr/bin/tpm2_$tool")
done
export VM_TIMEOUT=${VM_TIMEOUT:-120}
IMA=/sys/kernel/security/integrity/ima
STORE=/data/shards
VIEW=/run/view
HANDLE=0x81010002
NONCE=0badcafe
kind=

# busybox' cat asks for sendfile(), which gives nothing of a file whose size
# is said to be 0: see docs/keylime.md.
guest()
{
	vm_run v "all() { dd if=\$1 bs=64k 2>/dev/null; }
		$1"
}

mount_view()
{
	guest "mkdir -p $VIEW 2>/dev/null; evmctl snapshot mount --shard-dir $STORE $* $VIEW"
}

# One that holds the list open, and reads what comes, until /run/stop is there.
agent()
{
	guest "(exec 5<$VIEW/ascii_runtime_measurements
		until [ -e /run/stop ]; do
			dd bs=64k 2>/dev/null; usleep 20000
		done <&5
		dd bs=64k <&5 2>/dev/null; echo > /run/stopped) >/tmp/held 2>/tmp/held.err &"
}

# 20 snapshots, each of 25 records and what comes with it.
rounds()
{
	guest "r=0
		while [ \$r -lt 20 ]; do
			r=\$((r + 1)); i=0
			while [ \$i -lt 25 ]; do
				i=\$((i + 1)); f=/root/\$RANDOM.\$i.\$r
				echo \$f >\$f; : <\$f; rm \$f
			done
			evmctl snapshot --shard-dir $STORE >/tmp/took 2>&1 ||
				cat /tmp/took
		done"
}

# On tmpfs, so that making a quote does not measure the quote.
make_quote()
{
	guest "export TPM2TOOLS_TCTI=device:/dev/tpm0; cd /tmp || exit
		tpm2_createek -Q -c ek.ctx -G rsa &&
		tpm2_createak -Q -C ek.ctx -c ak.ctx -G rsa -g sha256 \
			-s rsassa >/dev/null && tpm2_flushcontext -Q -t &&
		tpm2_evictcontrol -Q -C o -c ak.ctx $HANDLE >/dev/null &&
		tpm2_readpublic -Q -c $HANDLE -o ak.pub >/dev/null &&
		tpm2_quote -Q -c $HANDLE -l sha256:10+sha1:10 -q $NONCE \
			-m msg -s sig -g sha256"
}

judged()
{
	guest "evmctl ima_measurement --quote /tmp/msg --signature /tmp/sig \
		--ak /tmp/ak.pub --nonce $NONCE \
		$VIEW/binary_runtime_measurements" >"$VM_DIR/out" 2>&1
	same "$kind: the view leads to the quoted PCRs: $1" "$?" 0
	grep '^verified' "$VM_DIR/out" | sed 's/^/# /'
	grep -q '^verified: records 1\.\.' "$VM_DIR/out"
	same "$kind: from record 1 on: $1" "$?" 0
	guest "evmctl ima_measurement $VIEW/binary_runtime_measurements" \
		>"$VM_DIR/out" 2>&1
	same "$kind: and to the TPM's own: $1" "$?" 0
}

# In every form as many records as there are said to be, and no other.
agreed()
{
	local left

	left=$(guest "cd $VIEW; all=\$(all runtime_measurements_count)
		for f in ascii_*; do
			head -n \$all \$f | cut -d' ' -f 1,3- | sha1sum
		done | sort -u | wc -l")
	same "$kind: all banks say the same" "$left" 1
	guest "touch /run/stop; until [ -e /run/stopped ]; do usleep 20000; done
		all $VIEW/ascii_runtime_measurements >/tmp/now
		head -c \$(stat -c %s /tmp/held) /tmp/now | cmp - /tmp/held &&
			test ! -s /tmp/held.err && test -s /tmp/held"
	same "$kind: who held the list has what it shows now" "$?" 0
	echo "# $(guest "wc -l </tmp/held; all $VIEW/runtime_measurements_count
		wc -l <$IMA/ascii_runtime_measurements" | tr '\n' ' ')records" \
		"held, shown, still in the kernel"
}

killed()
{
	guest "kill -9 \$(pidof evmctl); head -n 1 $VIEW/violations" \
		>"$VM_DIR/out" 2>&1
	same "$kind: killed: an error" "$?" 1
	guest "evmctl snapshot --wait 0 --shard-dir $STORE" >"$VM_DIR/out" 2>&1
	same "$kind: killed: the kernel's list is free" "$?" 0
	mount_view
	judged "killed, and mounted again"
}

# Records that an action of root's adds to the list: COMMAND, run once before.
cost()
{
	guest "count() { all $VIEW/runtime_measurements_count; }
		run() { $1; }
		count >/tmp/before; count >/tmp/before
		run >/tmp/out 2>&1; count >/tmp/between
		run >/tmp/out 2>&1; run >/tmp/out 2>&1; count >/tmp/after
		echo \$((\$(cat /tmp/between) - \$(cat /tmp/before))) \
			\$((\$(cat /tmp/after) - \$(cat /tmp/between)))"
}

# Root opens the view: a record for each file, once, and none with the rule.
tcb()
{
	local fresh open took rule

	# Who makes a bank's form reads shards; that is not the reader's doing.
	fresh=$(cost "all $VIEW/ascii_runtime_measurements_sha256")
	echo "# tcb, root: records at the first reading of" \
		"$(guest "ls $STORE/*.ima | wc -l") shards through a new view," \
		"at two more: $fresh"
	open=$(cost "all $VIEW/binary_runtime_measurements_sha384")
	took=$(cost "evmctl snapshot --shard-dir $STORE;
		all $VIEW/ascii_runtime_measurements_sha384")
	echo "# tcb, root: records at the first open of a file, at two more:" \
		"$open; each after a snapshot: $took"
	same "$kind: tcb: who reads again adds nothing" "${open#* }" 0
	same "$kind: tcb: nor after an idle snapshot" "${took#* }" 0
	guest "printf '%s\n' 'dont_measure fsmagic=0x65735546' \
		'dont_measure fsmagic=0x73636673' \
		'dont_measure fsmagic=0x1021994' \
		'measure func=FILE_CHECK mask=^MAY_READ euid=0' \
		>/tmp/policy; cat /tmp/policy >$IMA/policy"
	same "$kind: a policy with the rule" "$?" 0
	rule=$(cost "all $VIEW/ascii_runtime_measurements_sha512")
	echo "# with dont_measure fsmagic=0x65735546: $rule"
	same "$kind: with the rule: none" "$rule" "0 0"
}

bound()
{
	guest "umount $VIEW"
	mount_view --bind
	guest "all $IMA/ascii_runtime_measurements >/tmp/bound
		all $VIEW/ascii_runtime_measurements >/tmp/now
		head -c \$(stat -c %s /tmp/bound) /tmp/now | cmp - /tmp/bound &&
		head -n 1 /tmp/bound | grep -q boot_aggregate"
	same "$kind: bound over the kernel's file" "$?" 0
	guest "evmctl snapshot --wait 0 --shard-dir $STORE" >"$VM_DIR/out" 2>&1
	same "$kind: bound: a snapshot" "$?" 0
	guest "umount $VIEW && i=0; while grep -q ima-shards /proc/mounts; do
			i=\$((i + 1)); [ \$i -lt 100 ] || exit 1
			usleep 20000; done"
	same "$kind: unmounted: nothing is bound any more" "$?" 0
}

one_kind()
{
	kind=$1
	vm_disk v 64M
	boot v "$kind" || return
	same "$kind: mounted" "$(mount_view 2>&1)" ""
	agent
	same "$kind: snapshots" "$(rounds 2>&1)" ""
	make_quote || fail "$kind: a quote" "not to be had"
	judged "20 snapshots"
	agreed
	killed
	bound
	mount_view
	tcb
	vm_stop v
}

[ $# -gt 0 ] || set -- stage
for one; do
	one_kind "$one"
done
finish
