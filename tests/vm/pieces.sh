#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: bash pieces.sh [RECORDS]...
#
# A benchmark, run by hand: is a list better read in one go, or in pieces that
# are deleted one by one? Two programs, one with PIECE_RECORDS out of reach, one
# with 0, each take lists of that many records (default: 4k to 32k, for the guest's memory) on the
# kernel that can stage, without a TPM, ROUNDS (3) times in turns. Prints the
# least time of each, in ms. See docs/performance.md.

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

TOP=$(cd "$VM_HERE/../.." && pwd)
VM_TIMEOUT=${VM_TIMEOUT:-900}
: "${ROUNDS:=3}"
IMA=/sys/kernel/security/integrity/ima
[ $# -gt 0 ] || set -- 4096 8192 16384 32768

die()
{
	echo "$*" >&2
	exit 1
}

# build NAME PIECE_RECORDS
build()
{
	local dir=$VM_DIR/build

	mkdir -p "$dir" && cd "$dir" || return
	[ -e Makefile ] || "$TOP/configure" -q || return
	rm -f src/cmd/*verb-snapshot*
	make -s evmctl CPPFLAGS="-DPIECE_RECORDS=$2" && cp evmctl "../$1"
}

# take PROGRAM: its time in ms; nothing is left in the kernel
take()
{
	vm_run p "time sh -c '$1 snapshot --shard-dir /data/shards --tcti none \
			>/tmp/out 2>&1' &&
		[ \$(cat $IMA/runtime_measurements_count) -lt 100 ]" \
		2>"$VM_DIR/time" || return
	awk '/^real/ { sub("m", " "); sub("s", "");
		print int(($2 * 60 + $3) * 1000) }' "$VM_DIR/time" | grep .
}

least()
{
	sort -n | head -n 1
}

(build whole 1000000000 && build pieces 0) >"$VM_DIR/log" 2>&1 ||
	die "$(cat "$VM_DIR/log")"
# shellcheck disable=SC2034 # for lib.sh
VM_FILES=("$VM_DIR/whole" "$VM_DIR/pieces")
vm_disk p 256M && vm_start p stage || exit
# Whether a TPM has the records is the same for both, and takes long to prepare.
# shellcheck disable=SC2016 # for the guest
vm_run p 'dmesg -n 1; cd -P /sys/class/tpm/tpm0/device && pwd &&
	echo "${PWD##*/}" >driver/unbind' >/dev/null || exit
# The programs are measured when they are first used.
for how in whole pieces whole pieces; do
	take $how >/dev/null || die "$how: $(vm_run p "cat /tmp/out")"
done
printf '%8s %12s %12s\n' records "in one go" "in pieces"
for records; do
	for ((i = 0; i < ROUNDS; i++)); do
		for how in whole pieces; do
			vm_add p "$records" || exit
			ms=$(take $how) || die "$how: $(vm_run p "cat /tmp/out")"
			echo "$ms" >>"$VM_DIR/$how.$records"
		done
	done
	printf '%8d %12d %12d\n' "$records" \
		"$(least <"$VM_DIR/whole.$records")" \
		"$(least <"$VM_DIR/pieces.$records")"
done
vm_stop p
