# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# verifier.sh - a machine that is quoted, and a verifier that remembers; to be
# read after lib.sh
#
# The machine is a list of mklist's, W/full, and a software TPM that is
# extended with it; what it has measured so far is in W/ima. Variables:
#	W	the directory of both
#	HANDLE	of the machine's attestation key; its public part in W/ak.pub

W=$SCRATCH/w
HANDLE=0x81010010
NONCE=00112233445566778899aabbccddeeff
mkdir -p "$W/ima"

# need_machine - true if there is all that it takes; else WHY
need_machine() {
	need_commands swtpm tpm2_createak tpm2_quote || return
	# shellcheck disable=SC2034 # for the caller's skip
	WHY="built without tpm2-tss"
	[ -x "$TOP_BUILDDIR/tests/tools/extend" ]
}

# make_machine RECORDS MKLIST-ARGS... - nothing measured yet
make_machine() {
	local n=$1
	shift
	start_swtpm "$SCRATCH/tpm" || return
	make_key || return
	"$TOP_BUILDDIR/tests/tools/mklist" --records "$n" "$@" >"$W/full"
	MEASURED=0
	echo 11111111-2222-3333-4444-555555555555 >"$W/ima/boot_id"
	: >"$W/ima/binary_runtime_measurements"
}

# make_key - at $HANDLE, in the place of one that is there
make_key() {
	tpm2_evictcontrol -Q -C o -c "$HANDLE"
	tpm2_createek -Q -G ecc -c "$W/ek.ctx" && tpm2_flushcontext -t &&
		tpm2_createak -Q -G ecc -g sha256 -s ecdsa -C "$W/ek.ctx" \
			-c "$W/ak.ctx" -u "$W/ak.pub" &&
		tpm2_flushcontext -t &&
		tpm2_evictcontrol -Q -C o -c "$W/ak.ctx" "$HANDLE" &&
		tpm2_flushcontext -t
} >"$SCRATCH/.key.log" 2>&1

# measure_to RECORD - the machine goes on to it
measure_to() {
	local at
	[ "$1" -gt "$MEASURED" ] || return 0
	at=$("$TOP_BUILDDIR/tests/tools/extend" "$TCTI" "$W/full" \
		$((MEASURED + 1)) "$1") || return
	head -c "${at#* }" "$W/full" >"$W/ima/binary_runtime_measurements"
	MEASURED=$1
}

# restart - a TPM reset: nothing is measured
restart() {
	start_swtpm "$SCRATCH/tpm" || return
	MEASURED=0
	: >"$W/ima/binary_runtime_measurements"
}

# quote_as NAME - the TPM signs, into W/NAME.msg and W/NAME.sig
quote_as() {
	tpm2_quote -Q -c "$HANDLE" -l sha256:10 -q "$NONCE" -g sha256 \
		-m "$W/$1.msg" -s "$W/$1.sig" >"$SCRATCH/.quote.log" 2>&1 &&
		tpm2_flushcontext -t
}

# remember NAME LIST ARGS... - verify it against that quote
remember() {
	local name=$1 list=$2
	shift 2
	"$EVMCTL" ima_measurement --json --state "$W/state" \
		--quote "$W/$name.msg" --signature "$W/$name.sig" \
		--ak "$W/ak.pub" --nonce "$NONCE" "$@" "$list"
}

# number NAME - of the last JSON
number() {
	sed -n "s/.*\"$1\":\\([^,}]*\\).*/\\1/p" "$OUT"
}
