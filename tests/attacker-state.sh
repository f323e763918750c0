# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# attacker-state.sh - what may be handed to a verifier that remembers: rows of
# attacker.test, read by it
#
# It has proven records 1..22 with the quote "was", in $E/state; with a key in
# $E/keyed. The quote "now" is over records 1..27. What an attack needs and is
# not to be had it says in SKIP.
#
# shellcheck disable=SC2317 # attacks are called by the name in a variable

# NAME				CODE	REASON
# shellcheck disable=SC2034 # for attacker.test
STATE_ROWS='
an_older_quote			1	is older than that of the last run
same_quote_twice		1	the one of the last run: its clock is still
quote_before_the_last_reset	1	from before the TPM.s last reset
ak_swapped			1	the AK is [0-9a-f]+, not
ak_of_another_machine		1	the AK is [0-9a-f]+, not
other_pcrs_and_nothing_new	3	extend PCR 10, which the quote does not cover
history_shortened		1	has 17 records, fewer than the 22 that were
record_removed_before_it	1	not those that were proven
record_altered_before_it	1	records 1..22 are not those that were proven
record_altered_in_a_shard	1	records 1..22 are not those that were proven
record_removed_behind_it	1	no record leads to the quoted PCRs
new_records_left_out		1	no record leads to the quoted PCRs
state_edited			125	damaged: not what its digest says
state_cut_off			125	damaged: no seal at its end
keyed_state_edited		1	not what was sealed with this key
keyed_state_replaced		1	is not sealed with a key
state_of_another_machine	1	the AK is [0-9a-f]+, not
state_rolled_back		1	rolled back, or removed
state_removed			1	rolled back, or removed
new_boot_claimed_in_shards	1	has 7 records, fewer than the 22 that were
new_boot_claimed_in_boot_id	1	ends before record 22, up to which it was
new_boot_claimed_in_a_chunk	1	a new boot is believed only from a quote
chunks_in_another_order		3	begins with record 24, but 23 is the next
chunk_left_out			3	begins with record 25, but 24 is the next
chunk_with_less_to_come		1	speaks of 26 records in all, there were 27
chunk_with_an_earlier_end	1	speaks of 26 records in all, there were 27
chunk_at_an_earlier_end		1	speaks of 26 records in all, there were 27
chunk_altered			1	no record leads to the quoted PCRs
chunk_over_proven_altered	1	not those that were proven
chunk_with_an_older_quote	1	is older than that of the last run
chunk_with_the_quote_of_another	1	signature
'

# --- the machine, at the moments that are needed ---

# prove STATE QUOTE KEY STORE LIST ARGS... - an honest run, in the world
prove() {
	"$EVMCTL" ima_measurement --state "$W/$1" --quote "$W/$2.msg" \
		--signature "$W/$2.sig" --ak "$W/$3.ak" --nonce "$NONCE" \
		"${@:4}" >>"$W/log" 2>&1
}

# remember_world - record 22 is the last one, and in a shard
remember_world() {
	quote was "$SELECTION" "$NONCE" || return
	: >"$W/nothing"
	echo secret >"$W/key" && chmod 600 "$W/key"
	prove state was machine --shard-dir "$SHARDS" "$W/nothing" &&
		prove keyed was machine --shard-dir "$SHARDS" \
			--state-key "$W/key" "$W/nothing" &&
		prove other.state other other "$W/other.list"
}

# chunk NAME AFTER ARGS...
chunk() {
	snapshot export --after "$2" -o "$W/$1.chunk" "${@:3}" \
		>>"$W/log" 2>&1
}

# second_key - another one of the same TPM, and its quote
second_key() {
	tpm2_createek -Q -G ecc -c "$W/ek2.ctx" && tpm2_flushcontext -t &&
		tpm2_createak -Q -G ecc -g sha256 -s ecdsa -C "$W/ek2.ctx" \
		-c "$W/ak2.ctx" -u "$W/second.ak" &&
		tpm2_flushcontext -t &&
		tpm2_quote -Q -c "$W/ak2.ctx" -l "$SELECTION" -q "$NONCE" \
			-g sha256 -m "$W/second.msg" -s "$W/second.sig" &&
		tpm2_flushcontext -t
} >>"$W/log" 2>&1

# send_world - all 27 are there
send_world() {
	local quoted=(--quote --ak-handle "$HANDLE" --nonce "$NONCE")
	quote zeros sha256:23 "$NONCE" &&
		chunk all 0 "${quoted[@]}" && chunk 1 22 --max-bytes 1 &&
		chunk 2 23 --max-bytes 1 && chunk 3 24 "${quoted[@]}" &&
		chunk 3-unquoted 24 && second_key
}

# --- the verifier's commands ---

# remembers NAME [KEY [NONCE]] - as quoted, with what it remembers
remembers() {
	quoted "$@"
	and --state "$E/state"
}

# whole NUMBER... - these records of all 27 are the list, there are no shards
whole() {
	cat "$W"/store/*.ima "$W/list" >"$E/all"
	pick "$E/all" "$@" >"$E/list"
	rm -f "$E"/store/*
}

# receives CHUNK... - of the evidence
receives() {
	COMMAND=("$EVMCTL" ima_measurement --json --state "$E/state"
		--ak "$W/machine.ak" --nonce "$NONCE" --chunk "${@/#/$E/}")
}

# received CHUNK... - honest ones, before the attack
received() {
	receives "$@"
	"${COMMAND[@]}" >"$SCRATCH/received" 2>&1
	[ $? -eq 3 ] || fail "what comes before the attack" \
		"$(lib_shown "$SCRATCH/received")"
}

# reline CHUNK SED - its first line
reline() {
	{ head -n 1 "$E/$1" | sed -E "$2" && tail -n +2 "$E/$1"; } >"$E/more"
	mv "$E/more" "$E/$1"
}

# rechunk CHUNK FILE - it has those records, and says so
rechunk() {
	local line sum
	sum=$(sha256sum <"$2" | cut -d' ' -f1)
	line=$(head -n 1 "$E/$1" | sed -E "s/\"bytes\":[0-9]+,\"sha256\":\"[0-9a-f]+\"/\"bytes\":$(stat \
		-c %s "$2"),\"sha256\":\"$sum\"/")
	{ echo "$line" && cat "$2"; } >"$E/$1"
}

# --- quotes ---

attack_an_older_quote() {
	remembers old machine "$OLD_NONCE"
}

attack_same_quote_twice() {
	remembers was
}

attack_quote_before_the_last_reset() {
	remembers boot1 machine "$OLD_NONCE"
}

# It is true, and by a key that its holder may have made today.
attack_ak_swapped() {
	remembers second second
}

attack_ak_of_another_machine() {
	remembers other other
}

# PCR 23 is zero on every machine, and says nothing of what is new.
attack_other_pcrs_and_nothing_new() {
	: >"$E/list"
	remembers zeros
}

# --- what was there before ---

attack_history_shortened() {
	: >"$E/list"
	rm "$(ima 4)" "$(json 4)"
	remembers now
}

attack_record_removed_before_it() {
	whole {1..8} {10..27}
	remembers now
}

attack_record_altered_before_it() {
	whole {1..27}
	patch $(($(ends "$E/list" | sed -n 9p) - 3)) 58 "$E/list"
	remembers now
}

attack_record_altered_in_a_shard() {
	chmod u+w "$(ima 2)"
	patch $(($(ends "$(ima 2)" | sed -n 2p) - 3)) 58 "$(ima 2)"
	reseal
	remembers now
}

attack_record_removed_behind_it() {
	relist 1 2 4 5
	remembers now
}

attack_new_records_left_out() {
	relist
	remembers now
}

# --- the state ---

attack_state_edited() {
	sed -i 's/"record":22/"record":21/' "$E/state"
	remembers now
}

attack_state_cut_off() {
	truncate -s -9 "$E/state"
	remembers now
}

attack_keyed_state_edited() {
	sed 's/"record":22/"record":21/' "$W/keyed" >"$E/state"
	remembers now
	and --state-key "$W/key"
}

# By one that is right, and that anybody can write.
attack_keyed_state_replaced() {
	remembers now
	and --state-key "$W/key"
}

attack_state_of_another_machine() {
	cp "$W/other.state" "$E/state"
	remembers now
}

# in_a_keyring COMMANDS - in a session of its own, with a key, after runs that
# left E/first and E/state; they may change it, then comes the attack
in_a_keyring() {
	local key=(--state-key %user:evmctl-attacked)
	if ! keyctl session - keyctl add user evmctl-test x @s >/dev/null 2>&1
	then
		SKIP="the kernel gives no session keyring"
		return
	fi
	rm "$E/state"
	remembers was machine "$NONCE" "${key[@]}"
	{
		echo 'keyctl add user evmctl-attacked secret @s >/dev/null'
		printf '%q ' "${COMMAND[@]}" | sed "s|$(
			printf %q "$E/list")|$(printf %q "$W/nothing")|"
		echo '>/dev/null || exit 99'
		echo "cp $E/state $E/first"
		remembers now machine "$NONCE" "${key[@]}"
		printf '%q ' "${COMMAND[@]}"
		echo '>/dev/null || exit 98'
		echo "$1"
		printf '%q ' "${COMMAND[@]}"
	} >"$E/ring"
	COMMAND=(keyctl session - bash "$E/ring")
}

attack_state_rolled_back() {
	in_a_keyring "cp $E/first $E/state"
}

attack_state_removed() {
	in_a_keyring "rm $E/state"
}

# --- a boot is whatever shards, files and chunks call it ---

attack_new_boot_claimed_in_shards() {
	rm "$E"/store/*
	cp -a "$W/store/$(range 1 7)".* "$E/store"
	edit "$(json 1)" 's/("boot_id":")[^"]*/\199999999-8888-7777-6666-5/'
	: >"$E/list"
	remembers now
}

attack_new_boot_claimed_in_boot_id() {
	mkdir "$E/ima"
	whole {1..9}
	mv "$E/list" "$E/ima/binary_runtime_measurements"
	echo 99999999-8888-7777-6666-555555555555 >"$E/ima/boot_id"
	remembers now
	unset 'COMMAND[-3]'	# the list: it is in the directory
	and --ima-dir "$E/ima"
}

attack_new_boot_claimed_in_a_chunk() {
	reline 1.chunk 's/("boot_id":")[^"]*/\199999999-8888-7777-6666-5/'
	receives 1.chunk
}

# --- chunks ---

attack_chunks_in_another_order() {
	receives 2.chunk 1.chunk 3.chunk
}

attack_chunk_left_out() {
	received 1.chunk
	receives 3.chunk
}

attack_chunk_with_less_to_come() {
	received 1.chunk
	reline 2.chunk 's/("remaining_records":)3/\12/'
	receives 2.chunk
}

# It ends a record earlier, and says that there never was another.
attack_chunk_with_an_earlier_end() {
	received 1.chunk 2.chunk
	pick "$W/list" 3 4 >"$E/two"
	rechunk 3.chunk "$E/two"
	reline 3.chunk 's/"last":27/"last":26/'
	receives 3.chunk
}

# The same, and there is more to come, as before.
attack_chunk_at_an_earlier_end() {
	received 1.chunk
	pick "$W/list" 3 >"$E/one"
	rechunk 3-unquoted.chunk "$E/one"
	reline 3-unquoted.chunk 's/"last":27/"last":25/
		s/"remaining_records":0,"remaining_bytes":0/"remaining_records":1,"remaining_bytes":90/'
	mv "$E/3-unquoted.chunk" "$E/short.chunk"
	receives 2.chunk short.chunk
}

attack_chunk_altered() {
	received 1.chunk
	pick "$W/list" 1 >"$E/one"
	rechunk 2.chunk "$E/one"
	receives 2.chunk 3.chunk
}

attack_chunk_over_proven_altered() {
	cat "$W"/store/*.ima "$W/list" >"$E/all"
	pick "$E/all" {1..8} 10 9 {11..27} >"$E/swapped"
	rechunk all.chunk "$E/swapped"
	receives all.chunk
}

attack_chunk_with_an_older_quote() {
	received 1.chunk 2.chunk
	receives 3-unquoted.chunk
	COMMAND=("${COMMAND[@]:0:7}" --nonce "$OLD_NONCE" --quote "$W/old.msg"
		--signature "$W/old.sig" --chunk "$E/3-unquoted.chunk")
}

attack_chunk_with_the_quote_of_another() {
	received 1.chunk 2.chunk
	receives 3-unquoted.chunk
	COMMAND=("${COMMAND[@]:0:9}" --quote "$W/other.msg"
		--signature "$W/other.sig" --chunk "$E/3-unquoted.chunk")
}
