#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every rule that fake-kernel claims to follow, one by one.
#
# Usage: selftest.sh [FAKE_KERNEL POKE]
#
# Without arguments both are compiled into a temporary directory. Needs FUSE;
# what needs swtpm and tpm2-tools is skipped without them. Exits with 77 if
# nothing can be tested at all.

export LC_ALL=C
SRC=$(cd "$(dirname "$0")" && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/fake-kernel.XXXXXX") || exit 99
M=$T/mnt
BANKS="sha1 sha256 sha384 sha512"
mkdir "$M"
# shellcheck source=tests/fake-kernel/selftest-lib.sh
. "$SRC/selftest-lib.sh"

cleanup() {
	[ -n "$holder" ] && kill "$holder" 2>/dev/null
	exec 3>&-
	fusermount3 -u "$M" 2>/dev/null || fusermount3 -uz "$M" 2>/dev/null
	tpm_stop
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# --- the tests ------------------------------------------------------------

test_files() {
	local f form tail bad=
	for form in binary ascii; do
		for tail in "" _staged; do
			for f in $BANKS; do
				f=${form}_runtime_measurements_$f$tail
				[ "$(stat -c %a "$M/$f")" = 660 ] || bad+=" $f"
			done
			f=${form}_runtime_measurements
			[ "$(readlink "$M/$f$tail")" = "${f}_sha1$tail" ] ||
				bad+=" $f$tail"
		done
	done
	same "stage: all list files with mode 0660, links to sha1" "" "$bad"
	same "count has mode 0440" 440 "$(stat -c %a "$M/runtime_measurements_count")"
	same "control has mode 0600" 600 "$(stat -c %a "$M/.control")"
	same "a boot begins with boot_aggregate" "10 ima-ng boot_aggregate" \
		"$(cut -d' ' -f1,3,5 "$M/ascii_runtime_measurements")"
}

test_records() {
	local bank want got
	control 'addname /a name'
	control 'addsig /signed'
	control 'addbuf some buffer 00fF10'
	control 'violation /opened twice'
	control 'add 1 pcr 11'
	want='10 ima-ng /a name
10 ima-sig /signed SIG
10 ima-buf some buffer 00ff10
10 ima-ng /opened twice
11 ima-ng /fake/file-00000001'
	got=$(tail -n 5 "$M/ascii_runtime_measurements" |
		sed 's/^\(..\) [0-9a-f]* \([a-z-]*\) sha256:[0-9a-f]* /\1 \2 /
		s/ 030204[0-9a-f]*$/ SIG/')
	same "ASCII form of every kind of record" "$want" "$got"
	same "a violation has a digest of zeros" \
		"$(repeat 0 128)" "$(grep -a twice \
		"$M/ascii_runtime_measurements_sha512" | cut -d' ' -f2)"
	same "violations counts them" 1 "$(cat "$M/violations")"
	control 'add 0'
	same "add 0 adds none" 6 "$(count)"
	for bank in $BANKS; do
		got=$(tail -n 1 "$M/ascii_runtime_measurements_$bank" |
			cut -d' ' -f2)
		want=$(tail -c 68 "$M/.untouched" | od -An -v -tx1 |
			tr -d ' \n')
		same "$bank: template digest is its own hash of the data" \
			"$(digest "$bank" "$want")" "$got"
	done
	cat "$LIST" > "$T/list"
	same_file ".untouched is the list while nothing is removed" \
		"$M/.untouched" "$T/list"
	control repeat
	same "repeat doubles the newest record" \
		"$(tail -n 1 "$M/ascii_runtime_measurements")" \
		"$(tail -n 2 "$M/ascii_runtime_measurements" | head -n 1)"
}

test_locks() {
	local a=$M/ascii_runtime_measurements_sha256
	pokes "lock: readers share" "" "o:r:$LIST" "o:r:$a" "o:r:$STAGED"
	pokes "lock: a reader keeps a writer out" EBUSY "o:r:$LIST" "o:rw:$a"
	pokes "lock: the holder opens more read-write" "" \
		"o:rw:$STAGED" "o:rw:$LIST" "o:w:$a"
	pokes "lock: the holder cannot open read-only" EBUSY \
		"o:rw:$STAGED" "o:r:$LIST"
	pokes "lock: half released is still held" EBUSY \
		"o:rw:$STAGED" "o:rw:$LIST" c "o:r:$LIST"
	pokes "lock: close releases it" "" "o:rw:$STAGED" c "o:r:$LIST"
	exec 3<>"$LIST"
	pokes "lock: another task cannot write" EBUSY "o:rw:$STAGED"
	pokes "lock: another task cannot read" EBUSY "o:r:$a"
	same "lock: count can be read all the same" 7 "$(count)"
	exec 3>&-
	sleep 1000 3<>"$LIST" &
	holder=$!
	while "$POKE" "o:r:$LIST" 2>/dev/null; do
		:
	done
	kill -KILL "$holder"
	wait "$holder" 2>/dev/null
	holder=
	pokes "lock: death of the holder releases it" "" "o:rw:$STAGED"
	if [ "$(id -u)" = 0 ] && setpriv --version >/dev/null 2>&1; then
		chmod 711 "$T"
		same "open for writing without privilege" EPERM "$(setpriv \
			--reuid 65534 --regid 0 --clear-groups \
			"$POKE" "o:rw:$LIST" 2>&1)"
		same "open for reading without privilege" "" "$(setpriv \
			--reuid 65534 --regid 0 --clear-groups \
			"$POKE" "o:r:$LIST" 2>&1)"
	else
		skip "open without privilege" "needs root and setpriv"
	fi
}

test_refusals() {
	local text
	for text in A '\n' 'AA\n' 'A\n\n' 'a\n' 'B\n' '5\n'; do
		pokes "staged file refuses '$text'" EINVAL "o:rw:$STAGED" "w:$text"
	done
	for text in 'A\n' 'D\n' '0\n' 1 '-1\n' '1x\n' ' 1\n' '0x1\n' \
		'000000000000000000001\n'; do
		pokes "list refuses '$text'" EINVAL "o:rw:$LIST" "w:$text"
	done
	pokes "list refuses a number out of range" ERANGE \
		"o:rw:$LIST" 'w:99999999999999999999\n'
	pokes "D with nothing staged" ENOENT "o:rw:$STAGED" 'w:D\n'
	pokes "N of more than there are" ENOENT "o:rw:$LIST" 'w:8\n'
	same "refusals removed nothing" 7 "$(count)"
	pokes "N in 21 bytes" "" "o:rw:$LIST" 'w:00000000000000000001\n'
	same "N removed one" 6 "$(count)"
	pokes "N through an ASCII file" "" \
		"o:w:$M/ascii_runtime_measurements_sha384" 'w:1\n'
	same "N removed another" 5 "$(count)"
}

test_stage() {
	cat "$LIST" > "$T/before"
	pokes "A" "" "o:rw:$STAGED" 'w:A\n'
	pokes "A with a batch staged" EEXIST "o:rw:$STAGED" 'w:A\n'
	same "count drops to 0 at A" 0 "$(count)"
	same_file "the staged list is the list before" "$STAGED" "$T/before"
	control 'add 3'
	same_file "the staged list does not grow" "$STAGED" "$T/before"
	same "count is of the current list" 3 "$(count)"
	tail -n 1 "$M/ascii_runtime_measurements" > "$T/last"
	pokes "N with a batch staged" "" "o:rw:$LIST" 'w:2\n'
	cat "$M/ascii_runtime_measurements" > "$T/now"
	same_file "N removes from the current list" "$T/last" "$T/now"
	same_file "and not from the staged one" "$STAGED" "$T/before"
	pokes "D" "" "o:rw:$STAGED" 'w:D\n'
	same "D empties the staged list" 0 "$(wc -c < "$STAGED")"
	same "D leaves the current list" 1 "$(count)"
	pokes "A and D in a row" "" "o:w:$STAGED" 'w:A\n' 'w:D\n'
	pokes "A with an empty list" ENOENT "o:rw:$STAGED" 'w:A\n'
	pokes "the file offset of a command is ignored" ENOENT \
		"o:rw:$STAGED" s:100 'w:D\n'
}

test_suspend() {
	control 'add 2'
	control suspend
	same "suspended is said" true "$(state suspended)"
	pokes "A while suspended" EACCES "o:rw:$STAGED" 'w:A\n'
	pokes "D while suspended" ESTALE "o:rw:$STAGED" 'w:D\n'
	pokes "N while suspended" ESTALE "o:rw:$LIST" 'w:1\n'
	control 'add 1' 2>/dev/null
	same "nothing is measured while suspended" 2 "$(count)"
	same "a refused control command is remembered" \
		'"add: No such device"' "$(state error)"
	control resume
	same "and forgotten at the next" null "$(state error)"
	pokes "A after resume" "" "o:rw:$STAGED" 'w:A\n' 'w:D\n'
}

# All records of one size here, so that record boundaries can be computed.
test_read() {
	local n size
	drain
	control 'add 100'
	cat "$LIST" > "$T/list"
	size=$(($(stat -c %s "$T/list") / 100))
	n=$("$POKE" "o:r:$LIST" n:1000000)
	same "a read returns whole records within a page" \
		$((4095 / size * size)) "$n"
	dd if="$LIST" of="$T/small" bs=37 status=none
	same_file "small reads give the same bytes" "$T/list" "$T/small"
	"$POKE" "o:r:$LIST" n:500 s:777 R | tail -n +2 > /dev/null
	"$POKE" "o:r:$LIST" s:777 R > "$T/tail"
	tail -c +778 "$T/list" > "$T/want"
	same_file "a read at any offset walks the list" "$T/want" "$T/tail"

	"$POKE" "o:rw:$LIST" r:1000000 'w:5\n' R > "$T/got"
	{ head -c "$n" "$T/list"; tail -c +$((n + 5 * size + 1)) "$T/list"; } \
		> "$T/want"
	same_file "after N the open descriptor skips N records" \
		"$T/want" "$T/got"
	cat "$LIST" > "$T/list"
	"$POKE" "o:rw:$LIST" r:1000000 'p:5\n' R > "$T/got"
	{ head -c "$n" "$T/list"; tail -c +$((n + 5 * size + 1)) "$T/list"; } \
		> "$T/want"
	same_file "the same if N comes by pwrite()" "$T/want" "$T/got"
	cat "$LIST" > "$T/list"
	"$POKE" "o:rw:$LIST" r:1000000 'w:5\n' s:0 R | tail -c "+$((n + 1))" \
		> "$T/got"
	tail -c +$((5 * size + 1)) "$T/list" > "$T/want"
	same_file "unless lseek() to 0 comes between" "$T/want" "$T/got"
	cat "$LIST" > "$T/list"
	"$POKE" "o:rw:$LIST" 'w:5\n' R > "$T/got"
	tail -c +$((5 * size + 1)) "$T/list" > "$T/want"
	same_file "nothing is skipped before the first read" "$T/want" "$T/got"
	cat "$LIST" > "$T/list"
	"$POKE" "o:rw:$LIST" r:10 'w:5\n' r:1000000 > "$T/got"
	{ head -c "$size" "$T/list"; tail -c +$((6 * size + 1)) "$T/list" |
		head -c $((n - size)); } > "$T/want"
	head -c "$n" "$T/got" > "$T/head"
	same_file "what was buffered before N is still handed out" \
		"$T/want" "$T/head"

	drain
	control 'big 10000'
	control 'add 1'
	same "a big record comes a page at a time" 4096 \
		"$("$POKE" "o:r:$LIST" n:1000000)"
	"$POKE" "o:r:$LIST" R > "$T/got"
	tail -c "$(stat -c %s "$T/got")" "$M/.untouched" > "$T/want"
	same_file "and completely" "$T/want" "$T/got"
	drain
	same "an empty list is an empty file" 0 "$("$POKE" "o:r:$LIST" n:100)"
}

test_duplicates() { # flushed or kept
	control 'addname /twice'
	control 'addname /twice'
	same "htable $1: a duplicate is not measured" 1 "$(state duplicates)"
	drain
	control 'addname /twice'
	if [ "$1" = flushed ]; then
		same "htable $1: measured again after D" 1 "$(count)"
		pokes "htable $1: N is refused" EINVAL "o:rw:$LIST" 'w:1\n'
	else
		same "htable $1: still a duplicate after D" 0 "$(count)"
	fi
}

test_kexec() {
	local id
	drain
	control 'add 4'
	"$POKE" "o:rw:$STAGED" 'w:A\n'
	control 'add 2'
	cat "$STAGED" "$LIST" > "$T/want"
	id=$(cat "$M/boot_id")
	control 'kexec carry'
	same "kexec carry: staged, current, boot_aggregate" 7 "$(count)"
	head -c "$(stat -c %s "$T/want")" "$LIST" > "$T/got"
	same_file "kexec carry: in that order" "$T/want" "$T/got"
	same "kexec carry: nothing is staged" 0 "$(state staged)"
	same "kexec: a new boot_aggregate is the last" boot_aggregate \
		"$(tail -n 1 "$M/ascii_runtime_measurements" | cut -d' ' -f5)"
	differ "kexec: a new boot_id" "$id" "$(cat "$M/boot_id")"
	same "boot_id is a uuid" 1 "$(grep -Exc \
		'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "$M/boot_id")"
	control suspend
	control 'kexec drop 3'
	same "kexec drop 3: the last three are missing" 5 "$(count)"
	same "kexec ends the suspension" false "$(state suspended)"
	id=$(state records)
	control 'kexec lost'
	same "kexec lost: only boot_aggregate" 1 "$(count)"
	same ".untouched goes on over a kexec" $((id + 1)) "$(state records)"
}

test_late() {
	local extends before
	extends=$(state extends)
	before=$(count)
	control 'late-extend on'
	control 'add 2'
	same "late-extend: the record is counted" $((before + 2)) "$(count)"
	same "late-extend: its extend is not done" $((extends + 1)) \
		"$(state extends)"
	control resume
	same "late-extend: the next control write does it" $((extends + 2)) \
		"$(state extends)"
	control 'add 1'
	pokes "late-extend: N" "" "o:rw:$LIST" 'w:1\n'
	same "late-extend: N is a barrier" $((extends + 3)) "$(state extends)"
	control 'late-extend off'
	control 'noextend 2'
	same "noextend: in the list and not extended" \
		"$((before + 4)) $((extends + 3))" "$(count) $(state extends)"
}

test_burst() {
	local before after extends
	before=$(state records)
	extends=$(state extends)
	control 'burst 2000'
	while [ "$(state records)" -lt $((before + 50)) ]; do
		:
	done
	pokes "burst: A meanwhile" "" "o:rw:$STAGED" 'w:A\n' 'w:D\n'
	control 'burst 0'
	after=$(state records)
	same "burst 0: nothing more is added" "$after" "$(state records)"
	same "burst: every record was extended" $((after - before)) \
		$(($(state extends) - extends))
}

test_refused_control() {
	local text
	for text in nonsense 'add' 'add x' 'add 1 pcr 24' 'addbuf x' \
		'addbuf x 123' 'kexec home' 'burst -1' 'late-extend' 'repeat 2'; do
		if control "$text" 2>/dev/null; then
			not_ok "control refuses '$text'"
		else
			ok "control refuses '$text'"
		fi
	done
}

test_other_kinds() {
	fake_start --kind trim --algos sha256
	same "trim: no staged files" "" "$(find "$M" -name '*staged*')"
	same "trim: a sha1 file without a sha1 bank" 660 \
		"$(stat -c %a "$LIST")"
	same "trim: no file of a missing bank" "" "$(find "$M" -name '*sha512*')"
	control 'add 3'
	pokes "trim: A" EINVAL "o:rw:$LIST" 'w:A\n'
	pokes "trim: N" "" "o:rw:$LIST" 'w:3\n'
	same "trim: N removed three" 1 "$(count)"
	fake_stop
	fake_start --kind trim --flush-htable
	pokes "trim, flush-htable: N is refused" EINVAL "o:rw:$LIST" 'w:1\n'
	fake_stop
	fake_start --kind copy
	same "copy: two plain list files" "$M/ascii_runtime_measurements
$M/binary_runtime_measurements" \
		"$(find "$M" -name '*measurements*' ! -name '*count' | sort)"
	LIST=$M/binary_runtime_measurements
	same "copy: mode 0440" 440 "$(stat -c %a "$LIST")"
	if [ "$(id -u)" = 0 ]; then
		pokes "copy: root opens read-write, write fails" EINVAL \
			"o:rw:$LIST" 'w:1\n'
		pokes "copy: there is no lock" "" "o:rw:$LIST" "o:r:$LIST"
	else
		skip "copy: root opens read-write" "needs root"
	fi
	same_file "copy: the list can be read" "$M/.untouched" "$LIST"
	fake_stop
}

test_tpm_records() {
	control 'addname /a'
	control 'addsig /b'
	control 'addbuf c 0123'
	control 'violation /d'
	control 'big 5000'
	control repeat
	control 'add 5'
	control 'add 2 pcr 11'
	# shellcheck disable=SC2086 # names of banks
	replays "all kinds of records" $BANKS
	same "pcr 11 is extended too" "$(replay "$T/untouched" sha256 11)" \
		"$(pcr sha256 11)"
}

test_tpm_removal() {
	"$POKE" "o:rw:$STAGED" 'w:A\n' 'w:D\n'
	control 'add 5'
	"$POKE" "o:rw:$LIST" 'w:2\n'
	control 'kexec drop 1'
	control 'add 1'
	replays "removed and lost in a kexec" sha256
}

test_tpm_interleaved() {
	local before
	before=$(state records)
	control 'burst 200'
	while [ "$(state records)" -lt $((before + 10)) ]; do
		pcr sha1 10 > /dev/null || { not_ok "TPM is shared"; break; }
	done
	control 'burst 0'
	replays "another TPM client meanwhile" sha256
}

test_tpm_late() {
	local value
	control 'late-extend on'
	value=$(pcr sha256 10)
	control 'add 1'
	same "late-extend: the PCR is a record behind" "$value" \
		"$(pcr sha256 10)"
	control 'late-extend off'
	replays "late-extend, done" sha256
}

test_tpm_reboot() {
	local id
	id=$(cat "$M/boot_id")
	"$POKE" "o:rw:$STAGED" 'w:A\n'
	tpm_stop
	if control 'add 1' 2>/dev/null; then
		not_ok "a TPM that is gone is an error"
	else
		ok "a TPM that is gone is an error"
	fi
	tpm_start
	control reboot
	same "reboot: only boot_aggregate" "1 0 1" \
		"$(count) $(state staged) $(state records)"
	differ "reboot: a new boot_id" "$id" "$(cat "$M/boot_id")"
	replays "reboot" sha256
}

# These two end the agreement, so they come last.
test_tpm_wrong() {
	local value
	control 'noextend 1'
	cat "$M/.untouched" > "$T/untouched"
	differ "noextend: the replay goes beyond the PCR" \
		"$(replay "$T/untouched" sha256 10)" "$(pcr sha256 10)"
	value=$(pcr sha256 10)
	control foreign
	differ "foreign: the PCR moves" "$value" "$(pcr sha256 10)"
	same_file "foreign: the list does not" "$T/untouched" "$M/.untouched"
}

# --- all of it ------------------------------------------------------------

if [ ! -c /dev/fuse ] || ! command -v fusermount3 >/dev/null; then
	echo "ok - fake-kernel # SKIP no FUSE"
	exit 77
fi
FAKE=$1 POKE=$2
if [ -z "$FAKE" ] && ! build; then
	echo "not ok - build"
	exit 1
fi
LIST=$M/binary_runtime_measurements_sha1
STAGED=${LIST}_staged

fake_start --algos sha1,sha256,sha384,sha512
test_files
test_records
test_locks
test_refusals
test_stage
test_suspend
test_read
test_duplicates kept
test_kexec
test_late
test_burst
test_refused_control
fake_stop

fake_start --flush-htable
test_duplicates flushed
fake_stop

if command -v swtpm >/dev/null && command -v tpm2_pcrread >/dev/null; then
	tpm_start
	fake_start --algos sha1,sha256,sha384,sha512 --swtpm "$T/tpm.sock"
	test_tpm_records
	test_tpm_removal
	test_tpm_interleaved
	test_tpm_late
	test_tpm_reboot
	test_tpm_wrong
	fake_stop
else
	skip "everything about the TPM" "needs swtpm and tpm2-tools"
fi

test_other_kinds

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
