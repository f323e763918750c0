# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# musl.sh - libcrypto and json-c for musl, to be sourced
#
#	musl_make	build both, where $MUSL/lib and $MUSL/include have them
#			then; made once
#
# Debian has no library for musl but musl itself. It has the sources of both,
# and of each the tests want the plainest there is. The kernel's headers are as
# good there as here. Environment: MUSLS, where they are kept; VM_MIRROR.

: "${MUSLS:=${XDG_CACHE_HOME:-$HOME/.cache}/evmctl-snapshot/musl}"
MUSL=$MUSLS/root

# shellcheck source=tests/vm/apt.sh
. "$TOP_SRCDIR/tests/vm/apt.sh"

musl_headers() {
	local name arch
	arch=$(gcc -print-multiarch)
	mkdir -p "$MUSL/include" "$MUSL/lib"
	for name in linux asm-generic "$arch/asm"; do
		cp -rL "/usr/include/$name" "$MUSL/include/" || return
	done
}

# What needs a thread, a module or the other half of OpenSSL is left out.
musl_libcrypto() (
	cd "$1" || exit
	./Configure linux-generic64 CC=musl-gcc -O1 "-I$MUSL/include" \
		no-asm no-async no-dso no-engine no-legacy no-module no-shared \
		no-ssl no-tests no-tls &&
		make -j"$(nproc)" build_generated libcrypto.a &&
		cp -r include/openssl "$MUSL/include/" &&
		cp libcrypto.a "$MUSL/lib/"
)

musl_json_c() {
	cmake -S "$1" -B "$1/build" -DCMAKE_C_COMPILER=musl-gcc \
		-DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF \
		-DCMAKE_INSTALL_PREFIX="$MUSL" -DCMAKE_INSTALL_LIBDIR=lib &&
		make -C "$1/build" -j"$(nproc)" install
}

musl_make() {
	local PRIVATE_APT_SUITES=bookworm PRIVATE_APT_TYPES='deb deb-src'
	[ ! -e "$MUSLS/made" ] || return 0
	rm -rf "$MUSLS"
	musl_headers && private_apt_setup "$MUSLS/apt" &&
		private_apt_source openssl "$MUSLS/openssl" &&
		private_apt_source json-c "$MUSLS/json-c" &&
		musl_libcrypto "$MUSLS/openssl" && musl_json_c "$MUSLS/json-c" &&
		rm -rf "$MUSLS/apt" "$MUSLS/openssl" "$MUSLS/json-c" &&
		touch "$MUSLS/made"
}
