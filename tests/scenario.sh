# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# scenario.sh - one story of snapshots, for any machine that can play it
#
# scenario KIND prints what came of each step, in words that are the same for
# every machine with a kernel of that kind, be it the fake one or a real one:
# exit codes, verdicts, and whether all, some or none of it is there, but no
# numbers of records, and no times. It is compared with scenario.expected.KIND.
#
# Who reads this defines how the machine is used:
#
#	h_run COMMAND		run a shell command there: its output and status
#	h_add N			N or a few more new records
#	h_violation		a violation
#	h_foreign		somebody extends PCR 10
#	h_hold			a process named "sleep" opens the list to read
#	h_release		it ends
#	h_reboot
#	h_kexec carry|lost [COMMAND]	load; run COMMAND; execute
#
# and sets
#
#	H_EVMCTL, H_FAULT	the program, tests/tools/fault
#	H_IMA			the directory of the kernel's lists
#	H_STORE			a directory for shards, which is not there yet;
#				a reboot and a kexec leave it
#	H_TAKE			more arguments of "snapshot take"; and H_VERIFY
#	H_TMP			a directory that is not measured
#	H_TAIL			records that come while the shards are verified,
#				at most: to read a shard may be measured
#	H_FEW			records that come of themselves between two
#				steps, at most

s_kind=
s_last=0	# the last record that was seen to be stored

# s_field NAME TEXT - the first value of that name in JSON
s_field() {
	grep -o "\"$1\":[^,}]*" <<<"$2" | head -n 1 | cut -d: -f2- | tr -d '"'
}

# s_number NAME TEXT - 0 where it is not there
s_number() {
	local n
	n=$(grep -o "\"$1\":[0-9]*" <<<"$2" | head -n 1)
	echo "${n##*:}" | grep . || echo 0
}

# s_amount N - with those left out that come of themselves
s_amount() {
	if [ "$1" -le "$H_FEW" ]; then echo none; else echo some; fi
}

s_kernel_has() {
	local list n=0
	for list in "$H_IMA"/ascii_runtime_measurements{,_staged}; do
		n=$((n + $(h_run "cat $list 2>/dev/null | wc -l")))
	done
	s_amount "$n"
}

# s_is_stored - the last record that is in the store, or 0; with those that have
# no aggregate yet
s_is_stored() {
	local last
	last=$(h_run "ls $H_STORE 2>/dev/null" | sed -n 's/.*-0*\([0-9]*\)\.ima$/\1/p' |
		sort -n | tail -n 1)
	echo "${last:-0}"
}

# s_on FIRST - how a snapshot's first record follows what was stored before
s_on() {
	if [ "$1" -eq $((s_last + 1)) ]; then
		echo "goes on"
	elif [ "$1" -eq 1 ]; then
		echo "begins anew"
	else
		echo "record $1 behind $s_last"
	fi
}

# s_matched WORD
s_matched() {
	case $1 in
	true) echo matched ;;
	false) echo "does not match" ;;
	*) echo "not checked" ;;
	esac
}

# s_said TEXT - the lines on stderr that belong to the story
s_said() {
	grep -o -e 'held open by sleep' -e "the shards' boot is over" \
		-e 'finished a shard' -e 'a gap begins' -e 'kexec-lost' \
		-e 'pcr-mismatch' -e 'fit nowhere' -e 'stored, but the kernel keeps it' \
		<<<"$1" | uniq | sed 's/^/    said: /'
}

s_take_words() {
	echo "$H_EVMCTL snapshot take --ima-dir $H_IMA --shard-dir $H_STORE" \
		"$H_TAKE"
}

# take NAME ARGS...
take() {
	local name=$1 out err rc text=
	shift
	s_last=$(s_is_stored)
	err=$(h_run "$(s_take_words) --json $* >$H_TMP/scenario.out" 2>&1)
	rc=$?
	out=$(h_run "cat $H_TMP/scenario.out")
	if [ -z "$out" ]; then
		text=
	elif [ "$(s_number shards "$out")" -eq 0 ]; then
		text=", nothing new"
	else
		text=", $(s_on "$(s_number first "$out")"), TPM: $(s_matched \
			"$(s_field matched "$out")")"
	fi
	echo "  $name: exit $rc$text; the kernel has $(s_kernel_has)"
	s_said "$err"
	s_last=$(s_is_stored)
}

# rest - until nothing is new: what the tools themselves have added is stored
rest() {
	local i
	for ((i = 0; i < 8; i++)); do
		h_run "$(s_take_words)" 2>/dev/null | grep -q '^nothing new' &&
			break
	done
	[ "$i" -lt 8 ] || echo "  never comes to rest"
	s_last=$(s_is_stored)
}

# cut_short WORD ARGS... - a take that is killed in the place of the first
# system call whose line has the word; see tests/tools/fault.c
cut_short() {
	local word=$1
	shift
	h_run "$H_FAULT -f '$word' kill:1 $(s_take_words) $* >/dev/null 2>&1"
	echo "  take, killed: exit $?"
}

# verify - from the nearest aggregate and from boot
verify() {
	local from out rc range
	s_last=$(s_is_stored)
	for from in nearest boot; do
		out=$(h_run "$H_EVMCTL ima_measurement --ima-dir $H_IMA \
			--shard-dir $H_STORE --from $from --json $H_VERIFY \
			2>/dev/null")
		rc=$?
		range=
		if [ "$(s_field verdict "$out")" = verified ]; then
			range=", from $(s_from "$from" "$out") to $(s_to "$out")"
		fi
		echo "  verify, $from: exit $rc," \
			"$(s_field verdict "$out")$range"
	done
}

# s_from FROM JSON - where the proven range begins
s_from() {
	if [ "$(s_number proven_from "$2")" -eq 1 ]; then
		echo "record 1"
	elif [ "$(s_number proven_from "$2")" -le $((s_last + 1)) ]; then
		echo "a shard's end"
	else
		echo "record $(s_number proven_from "$2") behind $s_last"
	fi
}

s_to() {
	if [ "$(s_number unproven_tail "$1")" -le "$H_TAIL" ] &&
		[ "$(s_number proven_to "$1")" -ge "$s_last" ]; then
		echo "the end"
	else
		echo "record $(s_number proven_to "$1") of $s_last"
	fi
}

# --- the story ---

# Records cross each other's way only from here on: what the tools add of
# themselves is stored, and what follows is new.

act_grow() {
	local i
	h_add 100
	take "the first take"
	for i in 1 2 3 4; do
		h_add $((i * 100))
		take "take $i"
	done
	rest
	take "nothing new"
	verify
	h_add 100
	verify
}

act_small_shards() {
	h_add 200
	take "shards of 4 KiB" --shard-size 4K
	verify
}

act_burst() {
	h_add 20000
	take "20000 records"
	take "and then"
	verify
}

act_keep() {
	h_add 100
	take "--keep" --keep
	verify
	h_add 100
	take "what was kept, and more"
	verify
}

# Between the records' file and its aggregate; between that and the delete.
act_killed() {
	h_add 100
	cut_short ".json $H_STORE/"
	h_add 100
	verify
	take "the next"
	verify
	h_add 100
	case $s_kind in
	stage) cut_short "measurements_sha1_staged D" ;;
	trim) cut_short "write $H_IMA/binary_runtime_measurements_sha1 " ;;
	copy) return ;;
	esac
	h_add 100
	verify
	take "the next"
	verify
	h_add 100
	take "and the next"
}

act_reader() {
	h_add 100
	h_hold
	take "while somebody reads, --wait 1" --wait 1
	h_release
	take "when he is gone"
	verify
}

act_violation() {
	h_add 100
	h_violation
	verify
	take "a violation"
	verify
}

act_stray() {
	rest
	h_add 100
	h_foreign
	h_add 2
	take "somebody has extended the PCR"
	verify
	h_add 100
	take "the next"
	h_add 100
	take "and the next"
	verify
	h_add 100
	take "and so on"
	verify
}

act_reboot() {
	h_add 100
	take "before it"
	h_reboot
	h_add 100
	take "after it"
	h_add 100
	verify
	take "and on"
	verify
}

# Some of it is in shards, some still in the kernel.
act_kexec_carry() {
	h_add 100
	take "before it"
	h_add 100
	h_kexec carry
	take "after it"
	verify
	h_add 100
	take "and on"
	verify
	h_add 100
	cut_short "measurements_sha1_staged D"
	h_add 100
	h_kexec carry
	h_add 100
	take "after one with a batch left staged"
	verify
}

act_load_take_execute() {
	h_add 100
	h_kexec carry "$(s_take_words) >$H_TMP/scenario.out 2>&1"
	h_add 100
	take "after it"
	verify
}

act_kexec_lost() {
	rest
	h_add 100
	h_kexec lost
	h_add 100
	take "after it"
	h_add 100
	take "the next"
	verify
	h_add 100
	take "and on"
	verify
}

# scenario KIND
scenario() {
	local act
	s_kind=$1
	: "${H_TAKE:=}" "${H_VERIFY:=}"
	for act in grow small_shards burst keep killed reader violation \
		kexec_carry load_take_execute stray reboot kexec_lost reboot; do
		case $s_kind/$act in
		*/kexec_carry | */load_take_execute)
			[ "$s_kind" = stage ] || continue ;;
		esac
		echo "${act//_/ }"
		"act_$act"
	done
}
