# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What selftest.sh is written in: saying what came of a test, starting and
# stopping the TPM and the file system, and a replay with nothing but openssl.
#
# Uses: T, a temporary directory; M, the mount point; FAKE, POKE, the binaries.

# shellcheck disable=SC2034 # the summary is the caller's
passed=0 failed=0 skipped=0

# --- saying ---------------------------------------------------------------

ok() {
	passed=$((passed + 1))
	echo "ok - $1"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok - $1"
	[ -n "$2" ] && echo "#   $2"
}

skip() {
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# same NAME WANTED GOT
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted '${2:0:200}', got '${3:0:200}'"
	fi
}

differ() {
	if [ "$2" != "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "both are '${2:0:200}'"
	fi
}

# A size of 0 says nothing about these files, so have cmp read pipes.
same_file() {
	local said
	if said=$(cmp <(cat "$2") <(cat "$3") 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$said"
	fi
}

# pokes NAME ERRNO STEP...: the steps end with this errno, "" for none
pokes() {
	local name=$1 wanted=$2 got
	shift 2
	got=$("$POKE" "$@" 2>&1 >/dev/null)
	same "$name" "$wanted" "$got"
}

# --- the world ------------------------------------------------------------

build() {
	local w="-std=gnu11 -Wall -Wextra -O2" flags
	flags=$(pkg-config --cflags --libs fuse3 libcrypto) || return
	# shellcheck disable=SC2086 # flags are words
	(cd "$SRC" && ${CC:-cc} $w -o "$T/fake-kernel" main.c fs.c nodes.c \
		control.c list.c seq.c record.c tpm.c $flags -pthread &&
		${CC:-cc} $w -o "$T/poke" poke.c) || return
	FAKE=$T/fake-kernel
	POKE=$T/poke
}

# A process that is not our child can only be asked whether it is there.
gone() {
	while kill -0 "$1" 2>/dev/null; do
		:
	done
}

tpm_start() {
	mkdir -p "$T/tpm"
	swtpm socket --tpm2 --tpmstate "dir=$T/tpm" --daemon \
		--pid "file=$T/tpm.pid" --server "type=unixio,path=$T/tpm.sock" \
		--ctrl "type=unixio,path=$T/tpm.sock.ctrl" \
		--flags not-need-init,startup-clear
}

tpm_stop() {
	local pid
	[ -s "$T/tpm.pid" ] || return
	pid=$(cat "$T/tpm.pid")
	kill "$pid" 2>/dev/null
	gone "$pid"
	rm -f "$T/tpm.pid"
}

fake_start() {
	"$FAKE" "$@" "$M" || { not_ok "mount $*"; exit 1; }
	fake_pid=$(sed 's/.*"pid":\([0-9]*\).*/\1/' "$M/.control")
}

fake_stop() {
	fusermount3 -u "$M" && gone "$fake_pid"
}

control() {
	echo "$1" > "$M/.control"
}

state() {
	sed "s/.*\"$1\":\([^,}]*\)[,}].*/\1/" "$M/.control"
}

count() {
	cat "$M/runtime_measurements_count"
}

# An empty list, nothing staged.
drain() {
	"$POKE" "o:rw:$STAGED" 'w:D\n' c 2>/dev/null
	"$POKE" "o:rw:$STAGED" 'w:A\n' 'w:D\n' 2>/dev/null
}

# --- an independent replay ------------------------------------------------

# number HEX: a u32 in the host's byte order
LITTLE=$(printf '\1\0\0\0' | od -An -tu4 | tr -d ' ')
number() {
	if [ "$LITTLE" = 1 ]; then
		echo $((16#${1:6:2}${1:4:2}${1:2:2}${1:0:2}))
	else
		echo $((16#$1))
	fi
}

digest() { # ALGO HEX
	# shellcheck disable=SC2001 # "&" in a substitution needs bash 5.2
	printf '%b' "$(sed 's/../\\x&/g' <<<"$2")" |
		openssl dgst "-$1" -binary | od -An -v -tx1 | tr -d ' \n'
}

repeat() { # CHARACTER TIMES
	printf "%$2s" '' | tr ' ' "$1"
}

hex_len() {
	case $1 in
	sha1) echo 40 ;;
	sha256) echo 64 ;;
	sha384) echo 96 ;;
	sha512) echo 128 ;;
	esac
}

# replay LIST ALGO PCR: the value to which a list in sha1 layout leads
replay() {
	local hex pos=0 len value pcr event
	hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
	value=$(repeat 0 "$(hex_len "$2")")
	while [ "$pos" -lt "${#hex}" ]; do
		pcr=$(number "${hex:pos:8}")
		event=${hex:pos+8:40}
		pos=$((pos + 48))
		len=$(number "${hex:pos:8}")
		pos=$((pos + 8 + 2 * len))
		len=$(number "${hex:pos:8}")
		if [ "$event" = "$(repeat 0 40)" ]; then
			event=$(repeat f "$(hex_len "$2")")
		else
			event=$(digest "$2" "${hex:pos+8:2*len}")
		fi
		pos=$((pos + 8 + 2 * len))
		[ "$pcr" = "$3" ] && value=$(digest "$2" "$value$event")
	done
	echo "$value"
}

pcr() { # ALGO PCR
	tpm2_pcrread -T "swtpm:path=$T/tpm.sock" -Q -o "$T/pcr" "$1:$2" &&
		od -An -v -tx1 "$T/pcr" | tr -d ' \n'
}

replays() { # NAME [BANK...]
	local bank name=$1
	shift
	cat "$M/.untouched" > "$T/untouched"
	for bank in "$@"; do
		same "$name: .untouched replays to PCR 10, $bank" \
			"$(replay "$T/untouched" "$bank" 10)" "$(pcr "$bank" 10)"
	done
}
