#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.sh - packages for Debian and for rpm: built from the tarball, without
# git; installed in a small Debian, used, removed; the units, under a systemd
# that runs; autopkgtest; and a machine, from README's first command to a quote
#
# Part of "make check-packages", not of ./run-tests: it takes minutes, and the
# first time it fetches a Debian. Needs root. packages/root.sh says more.
#
# shellcheck disable=SC2317 # functions are called by the name in a variable

# Its mounts are its own: nobody else sees them, or takes them away, and none
# is left behind.
if [ "$(id -u)" -eq 0 ] && [ -z "${PACKAGES_MOUNTS:-}" ] &&
	unshare --mount true 2>/dev/null; then
	PACKAGES_MOUNTS=own exec unshare --mount --propagation private \
		bash "$0" "$@"
fi

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/packages/root.sh
. "$TESTS_DIR/packages/root.sh"

ROOT=$SCRATCH/root
DIST=$SCRATCH/dist
VERSION=$(sed -n 's/^#define EVMCTL_SNAPSHOT_VERSION "\(.*\)"$/\1/p' \
	"$TOP_SRCDIR/src/evmctl-snapshot.h")
TARBALL=$TOP_BUILDDIR/evmctl-snapshot-$VERSION.tar.gz

trap 'root_end "$ROOT"; lib_cleanup' EXIT

# with_log NAME COMMAND... - exit 0 expected; what it said is kept if not
with_log() {
	local name=$1
	shift
	"$@" >"$SCRATCH/log" 2>&1
	expect_rc 0 "$name" test $? -eq 0 || tail -n 30 "$SCRATCH/log" | sed 's/^/# /'
}

# dpkg_in ARGS... / sum_in PATH - in $ROOT
dpkg_in() {
	root_run "$ROOT" dpkg "$@"
}
sum_in() {
	sha256sum <"$ROOT/$1"
}

# add_results NAME <OUTPUT - the lines and counts of a script that ran elsewhere
add_results() {
	local line last='' name why
	while read -r line; do
		last=$line
		name=${line#* - }
		why=${name##* (}
		case $line in
		'ok - '*) ok "$name" ;;
		'not ok - '*) fail "${name% (*}" "${why%)}" ;;
		'skip - '*) skip "${name% (*}" "${why%)}" ;;
		'#'*) echo "$line" ;;
		esac
	done
	expect_rc 0 "$1: it came to its end" grep -qE \
		'^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' <<<"$last"
}

# --- versions that have to agree ---

story_versions() {
	expect_text "debian/changelog has the version" \
		"$(sed -n '1s/.*(\(.*\)-[0-9]*).*/\1/p' \
			"$TOP_SRCDIR/debian/changelog")" "$VERSION"
	expect_text "the spec has it" \
		"$(sed -n 's/^Version:\t*//p' \
			"$TOP_SRCDIR/rpm/evmctl-snapshot.spec")" "$VERSION"
	expect_text "debian's symbols are those of the map" \
		"$(sed -n 's/^ \(imashards_[a-z_]*\)@.*/\1/p' \
			"$TOP_SRCDIR/debian/libimashards0.symbols")" \
		"$(sed -n '/^global:/,/^local:/s/^\t\([a-z_]*\);$/\1/p' \
			"$TOP_SRCDIR/src/imashards.map")"
}

# --- Debian ---

story_debian_builds() {
	# A git that is asked says so.
	mkdir -p "$SCRATCH/no-git"
	printf '#!/bin/sh\necho "$*" >>%s/asked\nexit 127\n' "$SCRATCH" \
		>"$SCRATCH/no-git/git"
	chmod 755 "$SCRATCH/no-git/git"
	PATH=$SCRATCH/no-git:$PATH with_log "dpkg-buildpackage, from the tarball" \
		"$TESTS_DIR/packages/build-deb" "$TARBALL" "$DIST"
	expect_rc 1 "which needs no git" test -e "$SCRATCH/asked"
	if need_commands lintian; then
		lintian --allow-root "$DIST"/*.changes >"$OUT" 2>&1
		expect_text "lintian finds no error" \
			"$(grep -c '^E: ' "$OUT")" 0
		expect_text "and nothing else, but for a first upload and a tarball with debian/" \
			"$(grep '^[A-Z]: ' "$OUT" | grep -vE \
			'initial-upload-closes-no-bugs|no-debian-changes')" ""
	else
		skip "lintian" "$WHY"
	fi
}

store_in() {
	root_run "$ROOT" sh -c 'mkdir -p /srv/list &&
		cp /srv/tests/data/k61-sigv2/binary_runtime_measurements \
			/srv/list && evmctl snapshot take --ima-dir /srv/list \
			--tcti none --kernel copy'
}

story_debian_lives_with_ima_evm_utils() {
	local before utils store=$ROOT/var/lib/ima/shards
	before=$(sum_in usr/bin/evmctl)
	tar xf "$TARBALL" -C "$ROOT/srv" --strip-components=1
	find "$DIST" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' \
		-exec cp {} "$ROOT/tmp" \;
	with_log "the packages are installed" root_run "$ROOT" sh -c \
		'dpkg -i /tmp/*.deb'
	expect_text "the other evmctl steps aside" \
		"$(sum_in usr/bin/evmctl.ima-evm-utils)" "$before"
	expect_rc 1 "ours has its place" \
		grep -q "$before" <(sum_in usr/bin/evmctl)
	expect_rc 0 "dpkg agrees with every file" dpkg_in --verify \
		evmctl-snapshot libimashards0 libimashards-dev
	expect_rc 0 "completions are where each shell looks" ls \
		"$ROOT/usr/share/bash-completion/completions/evmctl" \
		"$ROOT/usr/share/zsh/vendor-completions/_evmctl" \
		"$ROOT/usr/share/fish/vendor_completions.d/evmctl.fish"
	expect_text "the vendor's group is set" \
		"$(root_run "$ROOT" evmctl snapshot status --json 2>/dev/null |
			grep -c ima-shards)" 1
	expect_rc 0 "a store in the usual place" store_in
	expect_text "is the group's to read" \
		"$(stat -c '%a' "$store"/*.json)/$(root_run "$ROOT" stat -c %G \
			"/var/lib/ima/shards")" 440/ima-shards

	utils=$(cd "$ROOT" && echo var/cache/apt/archives/ima-evm-utils_*.deb)
	with_log "ima-evm-utils goes" dpkg_in -r ima-evm-utils
	expect_rc 0 "ours stays" root_run "$ROOT" evmctl snapshot check
	with_log "ima-evm-utils comes again" dpkg_in -i "/$utils"
	expect_text "to the other name" \
		"$(sum_in usr/bin/evmctl.ima-evm-utils)" "$before"
	with_log "ours is installed again" root_run "$ROOT" sh -c \
		'dpkg -i /tmp/evmctl-snapshot_*.deb'
	expect_text "which changes nothing of it" \
		"$(sum_in usr/bin/evmctl.ima-evm-utils)" "$before"

	with_log "ours is removed" dpkg_in -r evmctl-snapshot \
		libimashards-dev libimashards0
	expect_text "evmctl is the first one again" \
		"$(sum_in usr/bin/evmctl)" "$before"
	expect_rc 0 "and runs" root_run "$ROOT" evmctl --version
	with_log "ours is purged" dpkg_in -P evmctl-snapshot
	expect_text "no diversion is left" \
		"$(root_run "$ROOT" dpkg-divert --list '*evmctl*')" ""
	expect_rc 0 "the shards are" test -e \
		"$store/000000000001-000000000051.ima"
	expect_rc 1 "nothing else is" test -e "$ROOT/usr/lib/ima" -o \
		-e "$ROOT/usr/bin/evmctl.ima-evm-utils"
}

# another_root - a Debian in which nothing has been done yet
another_root() {
	root_end "$ROOT"
	root_new "$ROOT" || fail "another Debian" "no overlay"
}

# In a Debian that has neither; apt installs them, with what debian/tests wants.
story_autopkgtest() {
	local source=$SCRATCH/source debs test
	if ! need_commands autopkgtest; then
		skip "autopkgtest" "$WHY"
		return
	fi
	another_root
	mkdir -p "$source"
	tar xf "$TARBALL" -C "$source" --strip-components=1
	mapfile -t debs < <(find "$DIST" -maxdepth 1 -name '*.deb' \
		! -name '*-dbgsym_*')
	# shellcheck disable=SC2016 # for the shell that is started
	with_log "autopkgtest" unshare --net --mount --pid --fork \
		--kill-child sh -c '
		root=$1 summary=$2 && shift 2 && mount -t proc proc /proc &&
		mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
		exec autopkgtest -B --summary-file "$summary" "$@" -- \
			chroot "$root"' \
		sh "$ROOT" "$SCRATCH/summary" "${debs[@]}" "$source"
	while read -r test; do
		expect_rc 0 "autopkgtest: $test" \
			grep -q "^$test  *PASS" "$SCRATCH/summary"
	done < <(sed -n 's/^Tests: //p' "$source/debian/tests/control")
}

# --- systemd ---

# override UNIT - its command with a list that is a copy
override() {
	mkdir -p "$ROOT/etc/systemd/system/$1.d"
	cat >"$ROOT/etc/systemd/system/$1.d/test.conf"
}

# units_for_a_copy - there is no IMA in a container
units_for_a_copy() {
	local args='--ima-dir /srv/ima --kernel copy --tcti none'
	override ima-snapshot.service <<-END
	[Unit]
	ConditionSecurity=
	[Service]
	ExecStart=
	ExecStart=/usr/bin/evmctl snapshot take --if-over $args
	END
	override ima-shards-boot.service <<-END
	[Unit]
	ConditionSecurity=
	[Service]
	ExecStart=
	ExecStart=/usr/bin/evmctl snapshot clean --boot $args
	END
	override ima-snapshot-kexec.service <<-END
	[Unit]
	ConditionSecurity=
	[Service]
	ExecStop=
	ExecStop=/usr/bin/evmctl snapshot take $args
	END
	override ima-shards-view.service <<-END
	[Unit]
	ConditionSecurity=
	[Service]
	ExecStart=
	ExecStart=/usr/bin/evmctl snapshot mount --foreground --ima-dir /srv/ima --kernel copy /run/ima-shards-view
	END
	override ima-snapshot.timer <<-END
	[Unit]
	ConditionSecurity=
	[Timer]
	OnBootSec=
	OnUnitInactiveSec=
	RandomizedDelaySec=0
	OnBootSec=1s
	END
}

# boot WHICH - the container, until inside.sh has come to its end
boot() {
	cat >"$ROOT/etc/systemd/system/story.service" <<-END
	[Unit]
	After=ima-shards-boot.service multi-user.target
	SuccessAction=poweroff-force
	FailureAction=poweroff-force
	[Service]
	Type=oneshot
	ExecStart=/srv/tests/packages/inside.sh $1
	StandardOutput=file:/srv/$1
	StandardError=file:/srv/$1.log
	TimeoutStartSec=5min
	END
	mkdir -p "$ROOT/etc/systemd/system/default.target.wants"
	ln -sf ../story.service \
		"$ROOT/etc/systemd/system/default.target.wants/"
	uuidgen_to "$ROOT/srv/ima/boot_id"
	timeout 600 systemd-nspawn -q -D "$ROOT" --register=no --keep-unit \
		--private-network --bind=/dev/fuse -b \
		</dev/null >"$SCRATCH/console" 2>&1
	if [ ! -s "$ROOT/srv/$1" ]; then
		: >"$ROOT/srv/$1"
		tail -n 30 "$SCRATCH/console" | sed 's/^/# /'
	fi
	add_results "$1" <"$ROOT/srv/$1"
}

uuidgen_to() {
	cat /proc/sys/kernel/random/uuid >"$1"
}

# ten - the bytes of the first ten records
ten() {
	mkdir -p "$SCRATCH/records"
	"$TOP_BUILDDIR/tests/tools/records" \
		"$TOP_SRCDIR/tests/data/k61-sigv2/binary_runtime_measurements" \
		"$SCRATCH/records" >/dev/null
	cat "$SCRATCH/records"/{1,2,3,4,5,6,7,8,9,10}.ima | wc -c
}

# control_groups - those that nspawn makes, and leaves
control_groups() {
	find /sys/fs/cgroup -type d '(' -name payload -o -name supervisor ')' |
		sort
}

story_units_under_systemd() {
	local before group
	if ! need_commands systemd-nspawn; then
		skip "units under systemd" "$WHY"
		return
	fi
	before=$(control_groups)
	if ! systemd-nspawn -q -D "$ROOT" --register=no --keep-unit \
		/bin/true >"$SCRATCH/console" 2>&1 </dev/null; then
		skip "units under systemd" \
			"systemd-nspawn: $(tail -n 1 "$SCRATCH/console")"
		return
	fi
	with_log "the packages are installed again" root_run "$ROOT" sh -c \
		'dpkg -i /tmp/*.deb && rm -r /var/lib/ima/shards/*'
	units_for_a_copy
	mkdir -p "$ROOT/srv/ima"
	head -c "$(ten)" \
		"$TOP_SRCDIR/tests/data/k61-sigv2/binary_runtime_measurements" \
		>"$ROOT/srv/ima/binary_runtime_measurements"
	boot first
	boot second
	while read -r group; do
		find "$group" -depth -type d -exec rmdir {} \;
	done < <(comm -13 <(echo "$before") <(control_groups))
	expect_text "no control group is left" "$(control_groups)" "$before"
}

# --- rpm ---

rpm_in() {
	root_run "$ROOT" rpm "$@"
}

# Debian's rpm knows of no packages that these could want: --nodeps.
story_rpm() {
	local before libdir test
	if ! need_commands rpmbuild; then
		skip "rpm" "$WHY"
		return
	fi
	another_root
	before=$(sum_in usr/bin/evmctl)
	with_log "rpmbuild, from the tarball" \
		"$TESTS_DIR/packages/build-rpm" "$TARBALL" "$SCRATCH/rpm"
	cp "$SCRATCH"/rpm/RPMS/*/*.rpm "$ROOT/tmp"
	with_log "the rpms are installed" root_run "$ROOT" sh -c \
		'rpm -i --nodeps /tmp/*.rpm'
	expect_rc 0 "rpm agrees with every file" rpm_in -V --nodeps \
		evmctl-snapshot libimashards libimashards-devel
	expect_text "the other evmctl is as it was" \
		"$(sum_in usr/bin/evmctl)" "$before"
	expect_rc 0 "the units run ours" grep -q \
		'^ExecStart=/usr/bin/evmctl-snapshot snapshot take' \
		"$ROOT/usr/lib/systemd/system/ima-snapshot.service"
	expect_rc 0 "completions are of its name" grep -qE \
		'^complete -F _evmctl evmctl evmctl-snapshot$' \
		"$ROOT/usr/share/bash-completion/completions/evmctl-snapshot"
	expect_text "in fish, too" "$(grep -c '^complete -c evmctl ' \
		"$ROOT/usr/share/fish/vendor_completions.d/evmctl-snapshot.fish")" 0
	expect_rc 0 "the group was made" grep -q '^ima-shards:' \
		"$ROOT/etc/group"
	# The very stories of autopkgtest, with our names of the two programs.
	tar xf "$TARBALL" -C "$ROOT/srv" --strip-components=1
	libdir=$(rpm_in -ql libimashards-devel | sed -n 's|/libimashards.so$||p')
	mkdir "$ROOT/srv/bin"
	ln -s /usr/bin/evmctl-snapshot "$ROOT/srv/bin/evmctl"
	ln -s /usr/bin/evmctl "$ROOT/srv/bin/evmctl.ima-evm-utils"
	for test in snapshot library; do
		with_log "the story of autopkgtest: $test" root_run "$ROOT" \
			env "PATH=/srv/bin:/usr/bin:/bin" \
			"LD_LIBRARY_PATH=$libdir" \
			"PKG_CONFIG_PATH=$libdir/pkgconfig" \
			sh -c "cd /srv && debian/tests/$test"
	done
	expect_rc 0 "the rpms are removed" rpm_in -e --nodeps evmctl-snapshot \
		libimashards libimashards-devel
	expect_rc 1 "nothing is left" test -e "$ROOT/usr/lib/ima" -o \
		-e "$ROOT/usr/bin/evmctl-snapshot" -o \
		-e "$ROOT/usr/include/imashards.h"
}

# --- a machine ---

story_walk() {
	root_end "$ROOT"
	add_results walk < <(bash "$TESTS_DIR/vm/walk.sh" "$DIST" 2>&1)
}

story_versions
if ! have_root; then
	skip "packages" "$WHY"
	summary
fi
if ! need_commands dpkg-buildpackage dh; then
	skip "packages" "$WHY"
	summary
fi
with_log "make dist" make -C "$TOP_BUILDDIR" dist
root_new "$ROOT" || { fail "a Debian to try them in" "no overlay"; summary; }
story_debian_builds
story_debian_lives_with_ima_evm_utils
story_units_under_systemd
story_autopkgtest
story_rpm
story_walk
expect_text "nothing is mounted any more" "$(grep -F "$SCRATCH" /proc/mounts)" ""
summary
