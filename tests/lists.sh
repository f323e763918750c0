# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables for whoever reads this
#
# lists.sh - measurement lists made byte for byte, and the PCRs they lead to,
# computed with openssl alone; to be read after lib.sh
#
# Call new_list, then add and add_violation; $L is the list, PCR[BANK] what it
# leads to. pcrs_files makes files of that, and PCRS the options that name them.

BANKS='sha1 sha256 sha384 sha512'

L=$SCRATCH/list		# the list under test
declare -A PCR		# what PCR 10 of each bank is after it

repeat() { # CHARACTER TIMES
	printf "%$2s" '' | tr ' ' "$1"
}

hex_len() { # BANK
	case $1 in
	sha1) echo 40 ;;
	sha256) echo 64 ;;
	sha384) echo 96 ;;
	sha512) echo 128 ;;
	esac
}

hex() { # TEXT
	printf %s "$1" | xxd -p | tr -d '\n'
}

le32() { # NUMBER
	printf '%08x' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/'
}

field() { # HEX: with its length before it
	echo "$(le32 $((${#1} / 2)))$1"
}

digest() { # BANK HEX
	xxd -r -p <<<"$2" | openssl dgst "-$1" -binary | xxd -p | tr -d '\n'
}

new_list() {
	local bank
	: >"$L"
	for bank in $BANKS; do
		PCR[$bank]=$(repeat 0 "$(hex_len "$bank")")
	done
}

# add TEMPLATE DATA-HEX [BANK] - a record, with that bank's digest (sha1)
add() {
	local bank
	xxd -r -p <<<"$(le32 10)$(digest "${3:-sha1}" "$2")$(field \
		"$(hex "$1")")$(field "$2")" >>"$L"
	for bank in $BANKS; do
		PCR[$bank]=$(digest "$bank" \
			"${PCR[$bank]}$(digest "$bank" "$2")")
	done
}

# add_violation DATA-HEX [f|0] - extended with ones; or zeros
add_violation() {
	local bank
	xxd -r -p <<<"$(le32 10)$(repeat 0 40)$(field "$(hex ima-ng)")$(field \
		"$1")" >>"$L"
	for bank in $BANKS; do
		PCR[$bank]=$(digest "$bank" \
			"${PCR[$bank]}$(repeat "${2:-f}" "$(hex_len "$bank")")")
	done
}

FILE_DIGEST=$(repeat a 64)

# ng NAME-HEX - the data of an ima-ng record
ng() {
	echo "$(field "$(hex sha256:)00$FILE_DIGEST")$(field "${1}00")"
}

# ng_sig NAME SIGNATURE-HEX - of an ima-sig record
ng_sig() {
	echo "$(ng "$(hex "$1")")$(field "$2")"
}

# pcrs_file BANK VALUE - as evmctl reads it, PCR 10 alone not zero
pcrs_file() {
	local i
	for ((i = 0; i < 24; i++)); do
		if [ "$i" -eq 10 ]; then
			printf 'PCR-10: %s\n' "$2"
		else
			printf 'PCR-%02d: %s\n' "$i" "$(repeat 0 "$(hex_len \
				"$1")")"
		fi
	done >"$SCRATCH/pcrs.$1"
}

# pcrs_files BANK... - of the list made here
pcrs_files() {
	local bank
	PCRS=()
	for bank; do
		pcrs_file "$bank" "${PCR[$bank]}"
		PCRS+=(--pcrs "$bank,$SCRATCH/pcrs.$bank")
	done
}

# --- file signatures ---

# make_keys - two RSA keys; KEYID is the first one's, as IMA writes it
make_keys() {
	local n
	for n in 1 2; do
		openssl genpkey -quiet -algorithm RSA -pkeyopt \
			rsa_keygen_bits:2048 -out "$SCRATCH/key$n.pem" 2>/dev/null ||
			openssl genrsa -out "$SCRATCH/key$n.pem" 2048 2>/dev/null
		openssl req -x509 -new -key "$SCRATCH/key$n.pem" -subj /CN=test \
			-days 30 -outform DER -out "$SCRATCH/key$n.der" \
			2>/dev/null
	done
	KEYID=$(openssl rsa -in "$SCRATCH/key1.pem" -RSAPublicKey_out \
		-outform DER 2>/dev/null | openssl dgst -sha1 -binary |
		tail -c 4 | xxd -p)
}

# signature DIGEST-HEX - a security.ima value of key 1 over a sha256 digest
signature() {
	local sig
	sig=$(xxd -r -p <<<"$1" | openssl pkeyutl -sign -inkey \
		"$SCRATCH/key1.pem" -pkeyopt digest:sha256 | xxd -p |
		tr -d '\n')
	printf '030204%s%04x%s' "$KEYID" $((${#sig} / 2)) "$sig"
}
