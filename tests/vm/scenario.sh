#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: scenario.sh [KIND]...
#
# The story of tests/scenario.sh on real kernels (default: stage, trim and
# copy): what came of each step is what came of it on the fake kernel, see
# tests/scenario.expected.KIND.
#
# shellcheck disable=SC2317 # the story calls what is defined here

set -u
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/vm/lib.sh
. "$HERE/lib.sh"
# shellcheck source=tests/vm/results.sh
. "$VM_HERE/results.sh"
[ $# -gt 0 ] || set -- stage trim copy
[ $# -eq 1 ] || { vm_side_by_side "$@"; exit; }

TOP=$(cd "$VM_HERE/../.." && pwd)
: "${TOP_BUILDDIR:=$TOP/build}" "${EVMCTL:=$TOP_BUILDDIR/evmctl}"
# shellcheck source=tests/scenario.sh
. "$TOP/tests/scenario.sh"

export VM_TIMEOUT=${VM_TIMEOUT:-900}
export LC_ALL=C
H_EVMCTL=evmctl
H_FAULT=fault
H_IMA=/sys/kernel/security/integrity/ima
H_STORE=/data/shards
H_TMP=/tmp
# Under tcb, who verifies measures what it reads for the first time in this boot:
# after a kexec both files of every shard, and the programs. More than 40 such
# records were seen behind a proof then, up to 12 otherwise.
H_TAIL=200
H_FEW=60	# the tools and their libraries, when they are first used

h_run()
{
	vm_run s "$1"
}

h_add()
{
	vm_add s "$1"
}

# Read while it is open for writing.
h_violation()
{
	vm_run s "exec 7>/root/violated; : </root/violated; exec 7>&-"
}

# TPM2_PCR_Extend of PCR 10, sha1 and sha256, with an empty password.
h_foreign()
{
	local sha1=0123456789012345678901234567890123456789 hex out

	hex=80020000005700000182 hex+=0000000a
	hex+=0000000940000009000000 hex+=0000
	hex+=00000002 hex+=0004$sha1 hex+=000b${sha1}012345678901234567890123
	hex=$(fold -w 2 <<<"$hex" | sed 's/^/\\x/' | tr -d '\n')
	out=$(vm_run s "exec 5<>/dev/tpmrm0; printf '$hex' >&5
		dd bs=4096 count=1 <&5 2>/dev/null | od -An -tx1 -N 10")
	[ "${out// /}" = 80020000001300000000 ] || echo "  not extended: $out"
}

h_hold()
{
	vm_run s "(exec /bin/sleep 1000 <$H_IMA/binary_runtime_measurements) \
			>/dev/null 2>&1 &
		echo \$! >/run/hold
		until grep -q sleep /proc/\$!/comm; do :; done"
}

h_release()
{
	vm_run s "kill \$(cat /run/hold)
		while [ -e /proc/\$(cat /run/hold)/fd/0 ]; do :; done"
}

h_reboot()
{
	vm_reboot s
}

# The list is carried over by kexec_file_load, if the kernel can; not by
# kexec_load.
h_kexec()
{
	local dir=$VM_DIR/s

	if [ "$1" = carry ]; then
		vm_kexec s "${2:-}"
		return
	fi
	vm_put s "$dir/kernel" /run/kernel && vm_put s "$dir/initrd" /run/initrd &&
		vm_run s "kexec -c -l /run/kernel --initrd=/run/initrd \
			--reuse-cmdline && rm /run/kernel /run/initrd" &&
		vm_send s kexec "kexec -e" &&
		vm_wait_ready s "${VM_BOOT_TIMEOUT:-90}"
}

# play KIND
play()
{
	local expected=$TOP/tests/scenario.expected.$1 story=$VM_DIR/story.$1

	vm_disk s 128M && boot s "$1" || return
	scenario "$1" >"$story"
	check "$1: as on the fake kernel" diff -u "$expected" "$story"
	vm_stop s
}

fault=$TOP_BUILDDIR/tests/tools/fault
if [ ! -x "$fault" ]; then
	fault=$VM_DIR/fault
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -o "$fault" \
		"$TOP/tests/tools/fault.c" || exit 1
fi
# shellcheck disable=SC2034 # for lib.sh
VM_FILES=("$EVMCTL:/usr/bin/evmctl" "$fault:/usr/bin/fault" /sbin/kexec)
if ! reason=$({ vm_need && "$VM_HERE/fetch-kernels" "$1"; } \
		2>&1 >/dev/null); then
	skip "$1" "${reason##*$'\n'}"
else
	play "$1"
fi
finish
