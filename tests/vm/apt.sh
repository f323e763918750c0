# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian packages without touching the system: apt-get with its own sources,
# lists and cache below one directory. To be sourced.
#
#	private_apt_setup DIR	make DIR ready and fetch the package lists
#	private_apt_names ERE	names of the packages that match, oldest first
#	private_apt_get PKG	download PKG into DIR and print the file's path
#	private_apt_all PKG...	the same of several and all that they depend on
#	private_apt_source PKG DIR	unpack its authors' source as DIR
#
# The mirror is the one the machine itself uses; VM_MIRROR overrides it. They
# are packages for PRIVATE_APT_ARCH; PRIVATE_APT_TYPES is "deb deb-src" for
# sources as well.

PRIVATE_APT_SUITES="bookworm trixie-backports"
PRIVATE_APT_ARCH=amd64
PRIVATE_APT_TYPES=deb

private_apt()
{
	local cmd=$1 d=$PRIVATE_APT
	shift

	"$cmd" -o APT::Architecture="$PRIVATE_APT_ARCH" \
		-o APT::Architectures::="$PRIVATE_APT_ARCH" \
		-o Dir::Etc::SourceList=/dev/null \
		-o Dir::Etc::SourceParts="$d/sources" \
		-o Dir::State::Lists="$d/lists" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$d/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=2 -qq "$@"
}

# The first archive of the system's that also has a "-updates" suite: that is
# Debian's own, not a security archive and not a vendor's.
private_apt_mirror()
{
	apt-get update --print-uris 2>/dev/null |
		sed -n "s#^'\(.*\)/dists/[^/]*-updates/InRelease'.*#\1#p" |
		head -n 1
}

private_apt_setup()
{
	local mirror keyring

	PRIVATE_APT=$1
	command -v apt-get >/dev/null || { echo "no apt-get" >&2; return 1; }
	mirror=${VM_MIRROR:-$(private_apt_mirror)}
	if [ -z "$mirror" ]; then
		echo "no Debian mirror in the system's apt sources" >&2
		return 1
	fi
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$PRIVATE_APT"/{sources,lists/partial,cache/archives/partial}
	cat >"$PRIVATE_APT/sources/vm.sources" <<-EOF
	Types: $PRIVATE_APT_TYPES
	URIs: $mirror
	Suites: $PRIVATE_APT_SUITES
	Components: main
	Architectures: $PRIVATE_APT_ARCH
	Signed-By: $keyring
	EOF
	private_apt apt-get --error-on=any update >&2
}

private_apt_names()
{
	private_apt apt-cache pkgnames | grep -xE -- "$1" | sort -V
}

private_apt_get()
(
	mkdir -p "$PRIVATE_APT/debs" && cd "$PRIVATE_APT/debs" || exit 1
	private_apt apt-get download "$1" >&2 || exit 1
	set -- "$PWD/$1"_*.deb
	[ -f "$1" ] && echo "$1"
)

private_apt_all()
{
	private_apt apt-get install -y --download-only \
		--no-install-recommends "$@" >&2 || return
	find "$PRIVATE_APT/cache/archives" -name '*.deb'
}

private_apt_source()
(
	mkdir -p "$PRIVATE_APT/source" "$2" && cd "$PRIVATE_APT/source" || exit
	private_apt apt-get source --download-only "$1" >&2 &&
		tar x -f "$(find . -name "$1_*.orig.tar.?z")" --strip-components=1 -C "$2"
)
