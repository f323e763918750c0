#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: walk.sh [DIR]
#
# From nothing to a verified quote, with README's commands and no others: a
# Debian that measures (kernel trim, ima_policy=tcb) and has a TPM is booted to
# its systemd, and what stands in README's section "On a machine" is run as it
# stands there, in one shell. Its output has to be README's, but for numbers and
# digests; a line "..." stands for any. Then the machine is shut down and booted
# again, and its units have to have done what docs/systemd.md says.
#
# DIR has the Debian packages; without it they are built from a tarball. Run by
# tests/packages.sh; it needs root and takes minutes.
#
# shellcheck disable=SC2317 # functions are called by the name in a variable

# Its mounts are its own: nobody else sees them, and none is left behind.
if [ "$(id -u)" -eq 0 ] && [ -z "${PACKAGES_MOUNTS:-}" ] &&
	unshare --mount true 2>/dev/null; then
	PACKAGES_MOUNTS=own exec unshare --mount --propagation private \
		bash "$0" "$@"
fi

# shellcheck source=tests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
# shellcheck source=tests/packages/root.sh
. "$TESTS_DIR/packages/root.sh"
# shellcheck source=tests/vm/lib.sh
. "$TESTS_DIR/vm/lib.sh"

DEBS=${1:-$SCRATCH/debs}
ROOT=$SCRATCH/root
IMA=/sys/kernel/security/integrity/ima
export VM_MEM=1024 VM_TIMEOUT=${VM_TIMEOUT:-600}
export VM_BOOT_TIMEOUT=${VM_BOOT_TIMEOUT:-1200}

trap 'vm_cleanup; root_end "$ROOT"; lib_cleanup' EXIT

# --- README ---

# section - README's section, from its heading to the next one
section() {
	awk '/^## / { inside = $0 == "## On a machine" } inside' \
		"$TOP_SRCDIR/README.md"
}

# split DIR - N.run and N.want of each command: "# COMMAND" in an indented
# block, on to the next one or the end of the block
split() {
	section | awk -v dir="$1" '
		function name(what) { return sprintf("%s/%02d.%s", dir, n, what) }
		!/^    / { n += open; open = 0; more = 0; next }
		{ line = substr($0, 5) }
		!more && line ~ /^# / {
			n += open
			open = 1
			printf "" >name("want")
			line = substr(line, 3)
			more = 1
		}
		more {
			print line >name("run")
			more = line ~ /\\$/
			next
		}
		open { print line >name("want") }'
}

# script DIR - all of them for one shell, that says after each how it ended
script() {
	local run
	echo "cd /root"
	for run in "$1"/*.run; do
		cat "$run"
		echo "rc=\$?; echo; echo \"@@ ${run##*/} \$rc\""
	done
}

# settled - without what is another one each time
settled() {
	sed -E 's/[0-9a-f]{32,}/HEX/g; s/[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z/DATE/g
		s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g
		s/[0-9]+/N/g; s/[ \t]+/ /g; s/ $//'
}

# meets WANT GOT - line by line; "..." stands for any number of lines
meets() {
	awk 'NR == FNR { want[++wants] = $0; next }
		{ got[++gots] = $0 }
		function match_from(w, g) {
			if (w > wants)
				return g > gots
			if (want[w] == "...") {
				for (; g <= gots + 1; g++)
					if (match_from(w + 1, g))
						return 1
				return 0
			}
			return g <= gots && want[w] == got[g] &&
				match_from(w + 1, g + 1)
		}
		END { exit !match_from(1, 1) }' \
		<(settled <"$1") <(settled <"$2")
}

# --- a Debian on a disk ---

# prepare - what is in $ROOT becomes a machine: without what it can do
# without, with the packages' files, and with a service that answers us
prepare() {
	rm -rf "$ROOT"/usr/lib/gcc "$ROOT"/usr/share/{doc,man,locale,i18n} \
		"$ROOT"/usr/include "$ROOT"/var/lib/apt/lists/* \
		"$ROOT"/var/cache/apt/archives/*.deb "$ROOT/usr/sbin/policy-rc.d"
	# Who sits at the machine says yes.
	echo 'APT::Get::Assume-Yes "true";' \
		>"$ROOT/etc/apt/apt.conf.d/90yes"
	find "$DEBS" -maxdepth 1 -name 'evmctl-snapshot_*.deb' \
		-exec cp {} "$ROOT/root" \;
	cat >"$ROOT/etc/systemd/system/vm.service" <<-END
	[Unit]
	Description=Answer the host
	[Service]
	ExecStart=/bin/sh /run/vm/init serve
	[Install]
	WantedBy=multi-user.target
	END
	root_run "$ROOT" systemctl enable -q vm.service
	# What takes a guest's time and is none of our business.
	root_run "$ROOT" systemctl mask -q apt-daily.timer \
		apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service getty@tty1.service \
		serial-getty@ttyS0.service
}

# No sleep where systemd can be waited for.
is_up() {
	vm_run w "systemctl is-system-running --wait"
}

# --- stories ---

story_readme() {
	local run want n=0
	mkdir "$SCRATCH/steps"
	split "$SCRATCH/steps"
	script "$SCRATCH/steps" >"$SCRATCH/script"
	vm_put w "$SCRATCH/script" /run/script
	vm_run w "bash /run/script 2>&1" >"$SCRATCH/said"
	for run in "$SCRATCH"/steps/*.run; do
		want=${run%.run}.want
		step "$run" "$want" && n=$((n + 1))
	done
	expect_rc 0 "README has a way to go" test "$n" -gt 8
}

# step RUN WANT - how it ended, and what it said
step() {
	local name got=${1%.run}.got rc
	name="# $(tr -s '\\\n ' ' ' <"$1" | sed 's/ $//')"
	awk -v mark="@@ ${1##*/} " '
		index($0, mark) == 1 { exit }
		/^@@ / { text = ""; blank = ""; next }
		/^$/ { blank = blank "\n"; next }
		{ text = text blank $0 "\n"; blank = "" }
		END { printf "%s", text }' "$SCRATCH/said" >"$got"
	rc=$(sed -n "s/^@@ ${1##*/} //p" "$SCRATCH/said")
	sed 's/^/# | /' "$got"
	if [ "$rc" != 0 ]; then
		fail "$name" "exit ${rc:-unknown}: $(lib_shown "$got")"
	elif [ -s "$2" ] && ! meets "$2" "$got"; then
		fail "$name" "not what README has: $(lib_shown "$got")"
	else
		ok "$name"
	fi
}

story_units() {
	local before kept
	before=$(vm_run w "cat $IMA/runtime_measurements_count")
	expect_rc 0 "a snapshot by its unit" \
		vm_run w "systemctl start ima-snapshot.service"
	kept=$(vm_run w "cat $IMA/runtime_measurements_count")
	echo "# $before records in the kernel before it, $kept after"
	expect_rc 0 "has taken the records out of the kernel" \
		test "$kept" -lt 100
	expect_rc 0 "all shards are right" vm_run w "evmctl snapshot check"
	vm_run w "evmctl snapshot list" >"$OUT"
	expect_text "and match the TPM" "$(grep -c 'matched$' "$OUT")" \
		"$(grep -c '^ *[0-9]' "$OUT")"
	vm_run w "systemctl show -P NextElapseUSecMonotonic ima-snapshot.timer" \
		>"$OUT"
	expect_out "the timer will have more taken" '[1-9]'
	expect_text "no unit has failed" \
		"$(vm_run w "systemctl --failed --plain --no-legend")" ""
}

# The timer's first time is two minutes after boot; here it is at once.
story_reboot() {
	local id
	id=$(vm_run w "cat /proc/sys/kernel/random/boot_id")
	vm_run w "mkdir -p /etc/systemd/system/ima-snapshot.timer.d
		printf '[Timer]\nOnBootSec=\nOnUnitInactiveSec=\nOnBootSec=1s\n' \
			>/etc/systemd/system/ima-snapshot.timer.d/soon.conf
		echo RandomizedDelaySec=0 \
			>>/etc/systemd/system/ima-snapshot.timer.d/soon.conf"
	expect_rc 0 "shut down" vm_stop w "systemctl poweroff" || return
	expect_rc 0 "and booted again" vm_start w trim vm_root=1 || return
	expect_rc 0 "all units come up by themselves" is_up
	expect_rc 1 "it is another boot" test "$id" = \
		"$(vm_run w "cat /proc/sys/kernel/random/boot_id")"
	vm_run w "journalctl -b -o cat -u ima-shards-boot.service" >"$OUT"
	expect_out "ima-shards-boot has cleared the last boot's shards" \
		'^removed [0-9]+ shards?$'
	expect_rc 0 "the timer has a snapshot taken" \
		vm_run w "evmctl snapshot wait --after 0 --timeout 120"
	vm_run w "evmctl snapshot status" >"$OUT"
	expect_out "of this boot" "^boot: .*, the shards' too$"
	expect_text "which begins with record 1" \
		"$(vm_run w "ls /var/lib/ima/shards | head -n 1 | cut -c1-12")" \
		000000000001
	vm_run w "head -n 1 /run/ima-shards-view/ascii_runtime_measurements" \
		>"$OUT"
	expect_out "the view has what the kernel has let go" ' boot_aggregate *$'
	vm_run w "evmctl ima_measurement --shards --from boot --require-boot" \
		>"$OUT" 2>"$ERR"
	expect_out "verified from boot, by the machine's own TPM" \
		'^verified: records 1\.\.'
	expect_text "no unit has failed" \
		"$(vm_run w "systemctl --failed --plain --no-legend")" ""
}

# --- ---

if ! have_root || ! need_commands qemu-system-x86_64 swtpm_setup setpriv \
	busybox cpio mkfs.ext4; then
	skip "a machine" "$WHY"
	summary
fi
if ! "$VM_HERE/fetch-kernels" trim >/dev/null 2>"$ERR"; then
	skip "a machine" "$(tail -n 1 "$ERR")"
	summary
fi
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2016 # for the shell that is started
	expect_rc 0 "packages to install" sh -c '
		make -C "$1" dist >/dev/null &&
		"$2/packages/build-deb" "$1"/evmctl-snapshot-*.tar.gz "$3"' \
		sh "$TOP_BUILDDIR" "$TESTS_DIR" "$DEBS" || summary
fi
root_new "$ROOT" || { fail "a Debian" "no overlay"; summary; }
prepare
expect_rc 0 "a disk" vm_disk w 1500M "$ROOT"
root_end "$ROOT"
start=$SECONDS
vm_start w trim vm_root=1
case $? in
0) ok "Debian boots" ;;
77) skip "a machine" "a program is missing" && summary ;;
*) fail "Debian boots" "no answer" && summary ;;
esac
expect_rc 0 "to its end" is_up
echo "# in $((SECONDS - start)) s"
story_readme
story_units
story_reboot
expect_rc 0 "power off" vm_stop w
summary
