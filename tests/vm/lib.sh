# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real kernels for the tests, under QEMU with a software TPM. To be sourced by
# a bash script; everything started goes when that script ends. README.md
# tells how to use it.
#
#	vm_disk NAME SIZE [DIR]	  an ext4 for NAME's /data, kept till the end; empty,
#				  or with what is in DIR
#	vm_start NAME KIND [ARG]  boot KIND (stage, trim, copy), ARG: command line
#	vm_run NAME COMMAND	  run in the guest: its stdout, stderr and status
#	vm_put NAME FILE PATH	  copy FILE into the guest
#	vm_get NAME PATH	  a guest's file, to stdout
#	vm_kill NAME		  cut the power
#	vm_reboot NAME		  reboot -f
#	vm_kexec NAME [COMMAND]	  load; run COMMAND; execute, into the same kernel
#	vm_stop NAME [COMMAND]	  sync and power off, or how COMMAND does it
#	vm_add NAME N		  N new records of PCR 10
#	vm_side_by_side WORD...	  this script with each WORD, at the same time
#
# All return 0 or, after a message, 1; vm_start 77 where such a kernel or a
# program is missing; vm_run the command's status, or 125 when the guest did
# not answer.
#
#	VM_FILES	array: what mkinitramfs shall put into the initramfs
#	VM_INITRD	an initramfs made before, instead
#	VM_MEM		guest memory in MiB (512)
#	VM_CPUS		guest processors (1)
#	VM_TIMEOUT	seconds a command may take (300)
#	VM_BOOT_TIMEOUT	seconds a boot may take (600)
#	VM_JOBS		how many at the same time (as many as processors)
#	VM_ACCEL	kvm or tcg; unset: kvm if a guest comes up with it
#
# A panic is noticed at once; the times are for a host that has no time.
# One command at a time for each VM. vm_start must not run in a subshell.

VM_HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
VM_DIR=$(mktemp -d "${TMPDIR:-/tmp}/vm.XXXXXX") || exit 1
# no_timer_check: on a busy host the timer's interrupts come too late for the
# kernel's trial of them, and it panics.
VM_CMDLINE="console=ttyS0 quiet no_timer_check rootfstype=ramfs"
VM_CMDLINE+=" ima_policy=tcb ima_hash=sha256"
# i440fx has its interrupts' routing (_PRT) made by a loop of AML, which takes a
# guest of a busy host seconds; ACPI ends a loop after 30 (AE_AML_LOOP_TIMEOUT),
# and a guest was seen to hang behind that. q35 has tables instead.
VM_MACHINE=q35,sata=off,smbus=off
VM_MAIL_SIZE=256M
VM_FILES=()
PATH=$PATH:/usr/sbin:/sbin
declare -A VM_ARGS VM_QEMU VM_TPM VM_IN VM_OUT

vm_cleanup()
{
	local pid

	for pid in "${VM_QEMU[@]}" "${VM_TPM[@]}"; do
		vm_end "$pid" KILL
	done
	rm -rf "$VM_DIR"
}
trap vm_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# vm_say NAME MESSAGE: what failed
vm_say()
{
	echo "vm $1: $2" >&2
	return 1
}

# vm_fail NAME MESSAGE: the same, with the end of the guest's console
vm_fail()
{
	(cd "$VM_DIR/$1" && tail -qn 15 qemu.log console.log) 2>/dev/null |
		sed "s/^/vm $1: | /" >&2
	vm_say "$1" "$2"
}

vm_running()
{
	[ -n "${VM_QEMU[$1]:-}" ] && kill -0 "${VM_QEMU[$1]}" 2>/dev/null
}

# vm_crashed NAME: did its kernel panic? Says so, too
vm_crashed()
{
	local panic

	panic=$(grep -a "Kernel panic" "$VM_DIR/$1/console.log") || return 1
	vm_fail "$1" "crashed: ${panic%%$'\n'*}" || :
}

vm_need_running()
{
	vm_running "$1" || vm_say "$1" "is not running"
}

# vm_bound SIGNAL COMMAND...: start it so that it gets SIGNAL when this shell
# dies; its process id is $!
vm_bound()
{
	setpriv --pdeathsig "$1" -- "${@:2}" </dev/null &
}

# vm_end PID SIGNAL: end a process that we started, and wait for it
vm_end()
{
	kill "-$2" "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

#
# The guest's second serial port: see init for what is said there.
#

# vm_line NAME DEADLINE: the next line from the guest, in VM_LINE. Fails when
# the deadline (of $SECONDS) has passed or nothing can come any more.
vm_line()
{
	local part status

	VM_LINE=
	while :; do
		status=0
		IFS= read -r -t 1 -u "${VM_OUT[$1]}" part || status=$?
		VM_LINE+=$part
		[ $status -ne 0 ] || return 0
		if ! vm_running "$1"; then
			vm_fail "$1" "qemu has ended"
			return 1
		elif vm_crashed "$1"; then
			return 1
		elif [ "$SECONDS" -ge "$2" ]; then
			vm_fail "$1" "no answer in time"
			return 1
		fi
	done
}

# vm_wait_ready NAME SECONDS
vm_wait_ready()
{
	local deadline=$((SECONDS + $2))

	while vm_line "$1" $deadline; do
		[[ $VM_LINE != *"vm-ready "* ]] || return 0
	done
	return 1
}

# vm_send NAME ID COMMAND
vm_send()
{
	local LC_ALL=C

	if [ ${#3} -gt 32768 ]; then
		vm_say "$1" "command too long, use vm_put"
		return 1
	fi
	printf 'vm-run %s %d\n%s' "$2" ${#3} "$3" >&"${VM_IN[$1]}"
}

# vm_take NAME SIZE: that many bytes of an answer
vm_take()
{
	[ "$2" -eq 0 ] ||
		timeout "${VM_TIMEOUT:-300}" head -c "$2" <&"${VM_OUT[$1]}"
}

vm_run()
{
	local name=$1 id=$EPOCHREALTIME-$BASHPID deadline
	local word rid status outsize errsize

	vm_need_running "$name" && vm_send "$name" "$id" "$2" || return 125
	deadline=$((SECONDS + ${VM_TIMEOUT:-300}))
	while vm_line "$name" $deadline; do
		read -r word rid status outsize errsize <<<"$VM_LINE"
		[ "$word" = vm-done ] || continue
		if [ "$rid" != "$id" ]; then	# of one that was given up
			vm_take "$name" $((outsize + errsize)) >/dev/null
			continue
		fi
		vm_take "$name" "$outsize" && vm_take "$name" "$errsize" >&2 &&
			return "$status"
		vm_say "$name" "answer cut short"
		return 125
	done
	vm_say "$name" "while running: $2"
	return 125
}

#
# Files go over a raw block device that both sides see.
#

vm_put()
{
	local size mode path

	vm_need_running "$1" || return 1
	size=$(stat -L -c %s "$2") && mode=$(stat -L -c %a "$2") || return 1
	cat "$2" 1<>"$VM_DIR/$1/mail" || return 1
	path=$(printf %q "$3")
	vm_run "$1" "blockdev --flushbufs \$vm_mail &&
		head -c $size \$vm_mail >$path && chmod $mode $path" && return
	vm_say "$1" "cannot put '$2'"
}

vm_get()
{
	local size

	size=$(vm_run "$1" "cat $(printf %q "$2") >/run/vm/get &&
		dd if=/run/vm/get of=\$vm_mail bs=1M conv=fsync 2>/run/vm/dd &&
		stat -c %s /run/vm/get; s=\$?; rm -f /run/vm/get; exit \$s") &&
		head -c "$size" "$VM_DIR/$1/mail" && return
	vm_say "$1" "cannot get '$2'"
}

#
# Starting and ending.
#

# vm_need: are the programs here? 77 if not
vm_need()
{
	local tool

	for tool in qemu-system-x86_64 swtpm swtpm_setup setpriv busybox cpio; do
		command -v $tool >/dev/null || {
			echo "vm: not installed: $tool" >&2
			return 77
		}
	done
}

# vm_init NAME: its directory, with a new TPM
vm_init()
{
	local dir=$VM_DIR/$1

	[ ! -d "$dir/tpm" ] || return 0
	mkdir -p "$dir/tpm" && mkfifo "$dir/port.in" "$dir/port.out" &&
	truncate -s $VM_MAIL_SIZE "$dir/mail" || return 1
	timeout 300 swtpm_setup --tpm2 --tpmstate "$dir/tpm" --overwrite \
		--pcr-banks sha1,sha256,sha384,sha512 >"$dir/swtpm.log" 2>&1 &&
		return
	cat "$dir/swtpm.log" >&2
	rm -rf "$dir"
	vm_say "$1" "cannot make a TPM"
}

vm_disk()
{
	vm_init "$1" && truncate -s "$2" "$VM_DIR/$1/data" &&
		mkfs.ext4 -q -F -m 0 ${3:+-d "$3"} "$VM_DIR/$1/data"
}

# vm_start_tpm NAME: power for the TPM; what it had in memory is gone
vm_start_tpm()
{
	local dir=$VM_DIR/$1 i

	[ -z "${VM_TPM[$1]:-}" ] || vm_end "${VM_TPM[$1]}" KILL
	rm -f "$dir/tpm.sock"
	vm_bound KILL swtpm socket --tpm2 --tpmstate dir="$dir/tpm" \
		--ctrl type=unixio,path="$dir/tpm.sock" >"$dir/swtpm.log" 2>&1
	VM_TPM[$1]=$!
	for ((i = 0; i < 6000; i++)); do
		[ ! -S "$dir/tpm.sock" ] || return 0
		sleep 0.01
	done
	cat "$dir/swtpm.log" >&2
	vm_say "$1" "swtpm does not start"
}

# vm_disk_options NAME: qemu's options for the disks, in VM_DISKS
vm_disk_options()
{
	local disk file

	VM_DISKS=()
	for disk in mail data; do
		file=$VM_DIR/$1/$disk
		[ ! -e "$file" ] ||
			VM_DISKS+=(-drive "if=none,format=raw,id=$disk,file=$file"
				-device "virtio-blk-pci,drive=$disk,serial=$disk")
	done
}

# vm_boot NAME ACCEL SECONDS
vm_boot()
{
	local dir=$VM_DIR/$1 accel fd data

	vm_start_tpm "$1" && vm_disk_options "$1" || return 1
	case $2 in
	kvm) accel=(-accel kvm -cpu host) ;;
	*) accel=(-accel "tcg,thread=multi" -cpu max) ;;
	esac
	for fd in "${VM_IN[$1]:-}" "${VM_OUT[$1]:-}"; do
		[ -z "$fd" ] || exec {fd}>&-
	done
	rm -f "$dir"/port.{in,out}
	mkfifo "$dir"/port.{in,out} || return 1
	exec {fd}<>"$dir/port.in" && VM_IN[$1]=$fd
	exec {fd}<>"$dir/port.out" && VM_OUT[$1]=$fd
	: >"$dir/console.log"
	data=$(test ! -e "$dir/data" || echo vm_data=1)
	vm_bound KILL qemu-system-x86_64 -machine "$VM_MACHINE" \
		-nodefaults -no-user-config -display none \
		"${accel[@]}" -m "${VM_MEM:-512}" -smp "${VM_CPUS:-1}" \
		-kernel "$dir/kernel" -initrd "$dir/initrd" \
		-append "$VM_CMDLINE $data ${VM_ARGS[$1]}" \
		-chardev file,id=console,path="$dir/console.log" \
		-serial chardev:console \
		-chardev pipe,id=port,path="$dir/port" -serial chardev:port \
		-chardev socket,id=tpm,path="$dir/tpm.sock" \
		-tpmdev emulator,id=tpm,chardev=tpm -device tpm-crb,tpmdev=tpm \
		"${VM_DISKS[@]}" >"$dir/qemu.log" 2>&1
	VM_QEMU[$1]=$!
	vm_wait_ready "$1" "$3" || { vm_kill "$1"; return 1; }
}

# vm_initramfs: make it once
vm_initramfs()
{
	[ -z "${VM_INITRD:-}" ] || return 0
	"$VM_HERE/mkinitramfs" "$VM_DIR/initramfs" "${VM_FILES[@]}" &&
		VM_INITRD=$VM_DIR/initramfs
}

vm_start()
{
	local name=$1 kernel modules limit=${VM_BOOT_TIMEOUT:-600}

	if vm_running "$name"; then
		vm_say "$name" "runs already"
		return 1
	fi
	vm_need || return
	kernel=$("$VM_HERE/fetch-kernels" "$2") || return
	vm_initramfs && vm_init "$name" || return 1
	ln -sf "$(readlink -f "$kernel")" "$VM_DIR/$name/kernel"
	modules=${kernel/%vmlinuz-*/modules-${kernel##*/vmlinuz-}.cpio}
	[ "$2" != stage ] || modules=/dev/null
	cat "$modules" "$VM_INITRD" >"$VM_DIR/$name/initrd" || return 1
	VM_ARGS[$name]=${3:-}

	if [ -z "${VM_ACCEL:-}" ]; then
		export VM_ACCEL=tcg
		if [ -w /dev/kvm ] && vm_boot "$name" kvm 20 2>/dev/null; then
			VM_ACCEL=kvm
			return 0
		fi
	fi
	vm_boot "$name" "$VM_ACCEL" "$limit"
}

vm_kill()
{
	[ -z "${VM_QEMU[$1]:-}" ] || vm_end "${VM_QEMU[$1]}" KILL
	unset "VM_QEMU[$1]"
}

vm_stop()
{
	local status=0

	if vm_running "$1"; then
		if vm_crashed "$1"; then
			status=1
		elif ! vm_send "$1" stop "${2:-sync; poweroff -f}" ||
		     ! timeout "${VM_TIMEOUT:-120}" tail -s 0.05 \
				--pid="${VM_QEMU[$1]}" -f /dev/null; then
			vm_fail "$1" "does not power off" || status=1
		fi
	fi
	vm_kill "$1"
	[ -z "${VM_TPM[$1]:-}" ] || vm_end "${VM_TPM[$1]}" TERM
	unset "VM_TPM[$1]"
	return $status
}

vm_reboot()
{
	vm_need_running "$1" && vm_send "$1" reboot "reboot -f" &&
		vm_wait_ready "$1" "${VM_BOOT_TIMEOUT:-600}"
}

vm_kexec()
{
	local dir=$VM_DIR/$1

	if ! vm_put "$1" "$dir/kernel" /run/kernel ||
	   ! vm_put "$1" "$dir/initrd" /run/initrd ||
	   ! vm_run "$1" "kexec -s -l /run/kernel --initrd=/run/initrd \
			--reuse-cmdline && rm /run/kernel /run/initrd"; then
		vm_say "$1" "cannot load a kernel"
		return 1
	fi
	if [ -n "${2:-}" ] && ! vm_run "$1" "$2"; then
		vm_say "$1" "failed between load and execute: $2"
		return 1
	fi
	vm_send "$1" kexec "kexec -e" &&
		vm_wait_ready "$1" "${VM_BOOT_TIMEOUT:-600}"
}

# One file, written and read again: a record each time. To start a program for
# each would take several times as long as the record itself.
vm_add()
{
	vm_run "$1" "f=/root/new; i=0; while [ \$i -lt $2 ]; do
			i=\$((i + 1)); echo $EPOCHREALTIME.\$i >\$f; : <\$f
		done"
}

# vm_side_by_side WORD...: a guest uses one processor, and waits for its TPM
# much of the time. Prints what each printed, in the order of the words, and
# adds up their last lines; false if one of them failed.
vm_side_by_side()
{
	local word i pids=() line sum=(0 0 0) rc=0

	for word; do
		while [ "$(jobs -rp | wc -l)" -ge "${VM_JOBS:-$(nproc)}" ]; do
			wait -n || :
		done
		vm_bound TERM bash "$0" "$word" \
			>"$VM_DIR/${#pids[@]}.log" 2>&1
		pids+=($!)
	done
	for i in "${!pids[@]}"; do
		wait "${pids[i]}" || rc=1
		line=$(tail -n 1 "$VM_DIR/$i.log")
		if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
			sum=($((sum[0] + BASH_REMATCH[1])) \
				$((sum[1] + BASH_REMATCH[2])) \
				$((sum[2] + BASH_REMATCH[3])))
			sed '$d' "$VM_DIR/$i.log"
		else
			cat "$VM_DIR/$i.log"
			echo "not ok - ${*:i + 1:1}: died"
			sum[1]=$((sum[1] + 1))
		fi
	done
	echo "${sum[0]} passed, ${sum[1]} failed, ${sum[2]} skipped"
	return $rc
}
