# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# sysroot.sh - headers and libraries of another architecture, to be sourced
#
#	sysroot_make ARCH PACKAGE...	Debian's packages and all that these
#					depend on, unpacked in a directory,
#					which is $SYSROOT then; made once
#
# Nothing is installed, so it needs no root and the system keeps its one
# architecture. Environment: SYSROOTS, where they are kept; VM_MIRROR.

: "${SYSROOTS:=${XDG_CACHE_HOME:-$HOME/.cache}/evmctl-snapshot/sysroots}"

# shellcheck source=tests/vm/apt.sh
. "$TOP_SRCDIR/tests/vm/apt.sh"

# sysroot_unpack DIR PACKAGE...
sysroot_unpack() {
	local dir=$1 debs deb link
	shift
	private_apt_setup "$dir/apt" || return
	debs=$(private_apt_all "$@") || return
	# Where libraries lie and where links lead is one directory, as on a
	# Debian that is installed.
	mkdir -p "$dir/root/usr/lib"
	ln -s usr/lib "$dir/root/lib"
	for deb in $debs; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar x --keep-directory-symlink -C "$dir/root" || return
	done
	# An absolute link would lead to the libraries of this machine.
	find "$dir/root/usr" -type l -lname '/*' | while read -r link; do
		ln -snf --relative "$dir/root$(readlink "$link")" "$link"
	done
	rm -rf "$dir/apt"
}

sysroot_make() {
	local PRIVATE_APT_ARCH=$1 dir=$SYSROOTS/$1 PRIVATE_APT_SUITES=bookworm
	shift
	SYSROOT=$dir/root
	[ "$(cat "$dir/packages" 2>/dev/null)" != "$*" ] || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	sysroot_unpack "$dir" "$@" && echo "$*" >"$dir/packages"
}
