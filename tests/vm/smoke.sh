#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: smoke.sh [KIND]...
#
# Does the harness do what the tests rely on, and do the kernels? Boots each
# KIND (default: stage, trim and copy).
#
# shellcheck disable=SC2317 # what check is given
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=tests/vm/results.sh
. "$VM_HERE/results.sh"
[ $# -gt 0 ] || set -- stage trim copy
[ $# -eq 1 ] || { vm_side_by_side "$@"; exit; }

# shellcheck disable=SC2034 # for lib.sh
VM_FILES=(/sbin/kexec)
IMA=/sys/kernel/security/integrity/ima

count()		{ vm_run "$1" "cat $IMA/runtime_measurements_count"; }
list()		{ vm_run "$1" "cat $IMA/ascii_runtime_measurements$2"; }
mode()		{ vm_run "$1" "stat -L -c %a $IMA/binary_runtime_measurements"; }
boot_id()	{ vm_run "$1" "cat /proc/sys/kernel/random/boot_id"; }
pcr10()		{ vm_run "$1" "cat /sys/class/tpm/tpm0/pcr-sha256/10"; }

has_list()
{
	local n

	n=$(count "$1") && [ "$n" -ge 1 ] && [ "$(list "$1" "" | wc -l)" = "$n" ] &&
		echo "# $1: $n records"
}

has_no_staged()	{ vm_run "$1" "! ls $IMA/*_staged >/dev/null 2>&1"; }
has_staged()	{ vm_run "$1" "test -e $IMA/binary_runtime_measurements_staged"; }
has_mode()	{ [ "$(mode "$1")" = "$2" ]; }

# Not zero, and another value after another record.
has_pcr10()
{
	local before after

	before=$(pcr10 "$1") && vm_add "$1" 1 && after=$(pcr10 "$1") &&
		[[ $before =~ [1-9A-F] ]] && [ "$before" != "$after" ]
}

keeps_status()
{
	local out

	out=$(vm_run "$1" "echo one; echo two >&2; exit 7" 2>&1)
	[ $? = 7 ] && [ "$out" = $'one\ntwo' ]
}

keeps_bytes()
{
	local dir=$VM_DIR/$1

	head -c 300001 /dev/urandom >"$dir/sent" &&
		vm_put "$1" "$dir/sent" /tmp/sent &&
		vm_get "$1" /tmp/sent >"$dir/got" &&
		cmp "$dir/sent" "$dir/got" &&
		vm_run "$1" "cat /tmp/sent" | cmp - "$dir/sent"
}

# All records at this time move to the staged list, and go with D.
stages()
{
	local list=$IMA/binary_runtime_measurements_staged before

	before=$(list "$1" "") &&
		vm_run "$1" "echo A >$list" &&
		[ "$(list "$1" _staged)" = "$before" ] &&
		[ "$(count "$1")" -lt "$(wc -l <<<"$before")" ] &&
		vm_run "$1" "echo D >$list" &&
		[ -z "$(list "$1" _staged)" ]
}

trims()
{
	local before

	vm_add "$1" 30 && before=$(list "$1" "") &&
		vm_run "$1" "echo 20 >$IMA/binary_runtime_measurements" &&
		[ "$(list "$1" "")" = "$(tail -n +21 <<<"$before")" ] &&
		[ "$(count "$1")" = $(($(wc -l <<<"$before") - 20)) ]
}

only_copies()
{
	local before

	vm_add "$1" 30 && before=$(list "$1" "") &&
		! vm_run "$1" "echo 20 >$IMA/binary_runtime_measurements" \
			2>/dev/null &&
		[ "$(list "$1" "")" = "$before" ]
}

# reboots NAME DATA: a new boot with its own list, what was synced still there
reboots()
{
	local before

	vm_run "$1" "echo $2 >/data/$2 && sync /data/$2" &&
		before=$(boot_id "$1") && vm_reboot "$1" &&
		[ "$(boot_id "$1")" != "$before" ] &&
		[ "$(list "$1" "" | grep -c boot_aggregate)" = 1 ] &&
		[ "$(vm_run "$1" "cat /data/$2")" = "$2" ]
}

# survives_power_cut NAME KIND
survives_power_cut()
{
	vm_run "$1" "dd if=/dev/urandom of=/data/kept bs=1k count=100 \
			conv=fsync 2>/tmp/dd && cp /data/kept /tmp/" &&
		vm_get "$1" /tmp/kept >"$VM_DIR/$1/kept" &&
		vm_kill "$1" && ! vm_run "$1" true 2>/dev/null &&
		vm_start "$1" "$2" &&
		vm_get "$1" /data/kept | cmp - "$VM_DIR/$1/kept"
}

# The list is carried over, with what was measured between load and execute,
# and a new boot_aggregate follows.
kexecs_with_list()
{
	local before after id n

	vm_run "$1" "echo between >/root/between" && vm_add "$1" 30 && before=$(list "$1" "") && id=$(boot_id "$1") &&
		vm_kexec "$1" ": </root/between" &&
		[ "$(boot_id "$1")" != "$id" ] &&
		after=$(list "$1" "") && n=$(wc -l <<<"$before") &&
		[ "$(head -n "$n" <<<"$after")" = "$before" ] &&
		[[ $after == */root/between*boot_aggregate* ]] &&
		[[ $(tail -n +$((n + 1)) <<<"$after") == *boot_aggregate* ]]
}

# Debian's kernels lack IMA_KEXEC
kexecs_without_list()
{
	local id

	vm_add "$1" 30 && id=$(boot_id "$1") && vm_kexec "$1" &&
		[ "$(boot_id "$1")" != "$id" ] && [ "$(count "$1")" -lt 30 ]
}

smoke()
{
	local vm=vm-$1 kind=$1 start

	vm_initramfs || exit 1
	check "$kind: makes a disk" vm_disk "$vm" 32M
	start=${EPOCHREALTIME//[!0-9]/}
	check "$kind: boots" vm_start "$vm" "$kind"
	vm_running "$vm" || return
	echo "# $vm: $(vm_run "$vm" "uname -r") booted with $VM_ACCEL in" \
		"$(((${EPOCHREALTIME//[!0-9]/} - start) / 1000)) ms"
	check "$kind: output and status of a command" keeps_status "$vm"
	check "$kind: files there and back" keeps_bytes "$vm"
	check "$kind: measurement list" has_list "$vm"
	check "$kind: PCR 10" has_pcr10 "$vm"
	case $kind in
	stage)
		check "$kind: list files of mode 0660" has_mode "$vm" 660
		check "$kind: has staged lists" has_staged "$vm"
		check "$kind: A, read, D" stages "$vm"
		check "$kind: N deletes N" trims "$vm"
		check "$kind: kexec carries the list" kexecs_with_list "$vm"
		;;
	trim)
		check "$kind: list files of mode 0660" has_mode "$vm" 660
		check "$kind: no staged lists" has_no_staged "$vm"
		check "$kind: N deletes N" trims "$vm"
		check "$kind: kexec loses the list" kexecs_without_list "$vm"
		;;
	copy)
		check "$kind: list files of mode 0440" has_mode "$vm" 440
		check "$kind: no staged lists" has_no_staged "$vm"
		check "$kind: N is refused" only_copies "$vm"
		check "$kind: kexec loses the list" kexecs_without_list "$vm"
		;;
	esac
	check "$kind: reboots" reboots "$vm" before-reboot
	check "$kind: data survive a power cut" survives_power_cut "$vm" "$kind"
	check "$kind: powers off" vm_stop "$vm"
}

if ! reason=$({ vm_need && "$VM_HERE/fetch-kernels" "$1"; } \
		2>&1 >/dev/null); then
	skip "$1" "${reason##*$'\n'}"
else
	smoke "$1"
fi
finish
