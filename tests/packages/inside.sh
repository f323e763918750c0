#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inside.sh first|second - the units under a systemd that runs, in a container
# whose list is a copy in /srv/ima; tests/packages.sh starts it
#
# shellcheck disable=SC2317 # functions are called by the name in a variable
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

IMA=/srv/ima
STORE=/var/lib/ima/shards
WHOLE=$(dirname "$0")/../data/k61-sigv2/binary_runtime_measurements
OTHER=$(dirname "$0")/../data/k61-sigv2-many/binary_runtime_measurements
VIEW=/run/ima-shards-view

# list BYTES - the kernel's list is the first of them
list() {
	head -c "$1" "$WHOLE" >"$IMA/new"
	mv "$IMA/new" "$IMA/binary_runtime_measurements"
}

# last - the last record that is stored
last() {
	evmctl snapshot list --json | grep -o '"last":[0-9]*' | tail -n 1 |
		cut -d: -f2
}

# as GROUP COMMAND... - a user of that group, and no other
as() {
	local group
	group=$(getent group "$1" | cut -d: -f3)
	shift
	setpriv --reuid 4242 --regid 4242 --groups "$group" -- "$@"
}


# probe - what the sandbox of ima-snapshot.service lets through
probe() {
	mkdir -p /run/systemd/system/ima-snapshot.service.d
	cat >/run/systemd/system/ima-snapshot.service.d/zz-probe.conf <<-'END'
	[Service]
	ExecStart=
	ExecStart=/srv/probe
	END
	cat >/srv/probe <<-'END'
	#!/bin/bash
	exec >/run/ima-shards/probe
	grep -E '^(CapEff|CapBnd|NoNewPrivs|Groups):' /proc/self/status
	for dir in / /etc /usr /var/lib /tmp /var/lib/ima/shards; do
		{ : >"$dir/probe"; } 2>/dev/null && echo "writes $dir"
		rm -f "$dir/probe" 2>/dev/null
	done
	ls /root >/dev/null 2>&1 && echo "sees /root"
	tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '
	chown 1:1 /var/lib/ima/shards 2>/dev/null && echo "chowns"
	mknod /run/ima-shards/null c 1 3 2>/dev/null && echo "mknods"
	exit 0
	END
	chmod 755 /srv/probe
	systemctl daemon-reload
	systemctl start ima-snapshot.service
	rm -r /run/systemd/system/ima-snapshot.service.d
	systemctl daemon-reload
}

first() {
	expect_rc 0 "the timer is enabled" systemctl is-enabled ima-snapshot.timer
	expect_rc 0 "so is the unit for boots" \
		systemctl is-enabled ima-shards-boot.service
	expect_rc 1 "that for a kexec is not" \
		systemctl is-enabled ima-snapshot-kexec.service
	expect_rc 0 "the timer has a snapshot taken" \
		evmctl snapshot wait --after 0 --timeout 600
	expect_text "with the records that there are" "$(last)" 10
	expect_rc 0 "ima-shards-boot has run before" \
		systemctl is-active ima-shards-boot.service
	expect_text "the store is the group's to read" \
		"$(stat -c '%a %U %G' "$STORE")" "750 root ima-shards"
	expect_text "so is a shard" \
		"$(stat -c '%a %U %G' "$STORE"/*-*.json | sort -u)" \
		"440 root ima-shards"
	expect_rc 0 "a user in the group reads it" \
		as ima-shards evmctl snapshot check --shard-dir "$STORE"
	expect_rc 125 "another user does not" \
		as tss evmctl snapshot check --shard-dir "$STORE"
	expect_text "the cache is there for the next run" \
		"$(find /run/ima-shards -type f | wc -l)" 1

	expect_rc 0 "without new records" systemctl start ima-snapshot.service
	expect_text "there is no new shard" "$(last)" 10
	list "$ALL"
	expect_rc 0 "with new ones" systemctl start ima-snapshot.service
	expect_text "there is" "$(last)" 51

	probe
	cp /run/ima-shards/probe "$OUT"
	expect_out "the sandbox has one capability" '^CapBnd:.0*200000$'
	expect_out "and gets no other" '^NoNewPrivs:.1$'
	expect_text "it writes to the store and its own /tmp" \
		"$(grep ^writes "$OUT" | tr '\n' ' ')" \
		"writes /tmp writes /var/lib/ima/shards "
	expect_text "it sees no home, no network, and has nothing of root" \
		"$(grep -vE '^([A-Z]|writes)' "$OUT" | tr '\n' ' ')" "lo "

	expect_rc 0 "the view" systemctl start ima-shards-view.service
	expect_rc 0 "is mounted where others see it" \
		cmp "$VIEW/binary_runtime_measurements" "$WHOLE"
	expect_rc 0 "it stops" systemctl stop ima-shards-view.service
	expect_rc 32 "and nothing is left" mountpoint -q "$VIEW"

	head -c "$ALL" "$WHOLE" >"$IMA/new"
	printf 'no record at all\377\377\377\377' >>"$IMA/new"
	mv "$IMA/new" "$IMA/binary_runtime_measurements"
	expect_rc 1 "a list that is malformed" systemctl start ima-snapshot.service
	expect_text "fails the unit, for all to see" \
		"$(systemctl is-failed ima-snapshot.service)" failed
	expect_text "with its exit code" \
		"$(systemctl show -P ExecMainStatus ima-snapshot.service)" 1
	list "$ALL"
	expect_rc 0 "the next one goes on" systemctl start ima-snapshot.service
}

second() {
	expect_rc 0 "ima-shards-boot has run" \
		systemctl is-active ima-shards-boot.service
	expect_rc 0 "a snapshot of the new boot is taken" \
		evmctl snapshot wait --after 0 --timeout 600
	cut -c1-12 <<<"$(cd "$STORE" && echo 0*.ima)" >"$OUT"
	expect_out "the shards begin anew" '^000000000001$'
	expect_rc 0 "and are right" evmctl snapshot check
	journalctl -b -u ima-shards-boot.service -o cat >"$OUT"
	expect_out "the old ones had been removed before it" '^removed 2 shards$'

	expect_rc 0 "the unit for a kexec" \
		systemctl start ima-snapshot-kexec.service
	before=$(last)
	cp "$OTHER" "$IMA/binary_runtime_measurements"
	expect_rc 0 "takes a snapshot as it stops" \
		systemctl stop ima-snapshot-kexec.service
	expect_rc 0 "of all that there is" test "$(last)" -gt "$before"
}

ALL=$(stat -c %s "$WHOLE")
"$1"
summary
