# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# root.sh - a small Debian to install packages in; to be read after lib.sh
#
#	have_root		make the tree once, below ~/.cache; else WHY
#	root_new DIR		DIR is such a Debian, whatever is done to it
#				is gone with root_end
#	root_run DIR COMMAND	in it, without network
#	root_end DIR
#
# Environment: DEBIAN_ROOT, a tree made before; VM_MIRROR, a mirror of Debian.

ROOT_SUITE=bookworm
# What the packages need, what is used to try them, and what makes a machine.
ROOT_PACKAGES='systemd systemd-sysv dbus ima-evm-utils gcc libc6-dev
pkg-config libjson-c5 libeconf0 libtss2-esys-3.0.2-0 libtss2-rc0
libtss2-tctildr0 libtss2-tcti-device0 libfuse3-3 fuse3 libkeyutils1 libseccomp2
libcap2 rpm udev kmod tpm2-tools dpkg-dev apt-utils'
: "${DEBIAN_ROOT:=${XDG_CACHE_HOME:-$HOME/.cache}/evmctl-snapshot/root-$ROOT_SUITE}"

# shellcheck source=tests/vm/apt.sh
. "$TOP_SRCDIR/tests/vm/apt.sh"

# root_make DIR - from nothing: four minutes, most of them network
root_make() {
	local mirror=${VM_MIRROR:-$(private_apt_mirror)}
	debootstrap --variant=minbase "$ROOT_SUITE" "$1" \
		"${mirror:-http://deb.debian.org/debian}" || return
	# Nothing is started because it was installed.
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	# shellcheck disable=SC2086 # words
	DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -qy \
		--no-install-recommends $ROOT_PACKAGES || return
	# The one that is installed again.
	find "$1/var/cache/apt/archives" -name '*.deb' \
		! -name 'ima-evm-utils_*' -delete
	echo "$ROOT_PACKAGES" >"$1/.packages"
}

have_root() {
	local made=$DEBIAN_ROOT.$$
	WHY="not root"
	[ "$(id -u)" -eq 0 ] || return
	need_commands unshare mount || return
	[ "$(cat "$DEBIAN_ROOT/.packages" 2>/dev/null)" != \
		"$ROOT_PACKAGES" ] || return 0
	need_commands debootstrap || return
	mkdir -p "${made%/*}"
	# shellcheck disable=SC2034
	if ! root_make "$made" >"$SCRATCH/root.log" 2>&1 </dev/null; then
		rm -rf "$made"
		WHY="no Debian to be had: $(tail -n 1 "$SCRATCH/root.log")"
		return 1
	fi
	rm -rf "$DEBIAN_ROOT"
	mv "$made" "$DEBIAN_ROOT"
}

# An overlay, its upper layer on a tmpfs.
root_new() {
	mkdir -p "$1" "$1.layer" &&
		mount -t tmpfs root "$1.layer" &&
		mkdir "$1.layer/upper" "$1.layer/work" &&
		mount -t overlay root -o "lowerdir=$DEBIAN_ROOT,\
upperdir=$1.layer/upper,workdir=$1.layer/work" "$1"
}

root_end() {
	local dir
	for dir in "$1" "$1.layer"; do
		! mountpoint -q "$dir" || umount -q "$dir" || umount -l "$dir"
	done
	rmdir "$1" "$1.layer" 2>/dev/null
}

root_run() {
	local dir=$1
	shift
	# shellcheck disable=SC2016 # for the shell that is started
	unshare --net --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" &&
		exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"' \
		"$dir" "$@"
}
