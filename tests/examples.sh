# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# examples.sh - a machine for the examples of README and manual pages; to be
# read after lib.sh
#
# The machine is a real list, tests/data/k61-sigv2-many, and a software TPM
# that is extended with it. Its directory is $M; there "evmctl" is the program
# under test with this machine's directories in the place of the host's, so
# that commands can be run as they are written.

M=$SCRATCH/machine
REAL_LIST=$TOP_SRCDIR/tests/data/k61-sigv2-many/binary_runtime_measurements

# need_examples - true if there is all that it takes; else WHY
need_examples() {
	need_commands python3 swtpm tpm2_createak tpm2_quote || return
	# shellcheck disable=SC2034 # for the caller's skip
	WHY="built without tpm2-tss"
	[ -x "$TOP_BUILDDIR/tests/tools/extend" ]
}

# make_front - "evmctl", as a page has it
make_front() {
	mkdir -p "$M/bin"
	cat >"$M/bin/evmctl" <<-END
		#!/bin/sh
		verb=\$1
		case \$verb in
		snapshot) set -- "\$@" --run-dir "$M/run" ;;
		ima_measurement) ;;
		*) exec "$EVMCTL" "\$@" ;;
		esac
		exec "$EVMCTL" "\$@" --config "$M/conf" --ima-dir "$M/ima"
	END
	chmod +x "$M/bin/evmctl"
}

# make_prelude - what the hidden commands of a page can do
make_prelude() {
	cat >"$M/prelude" <<-END
		PATH=$M/bin:\$PATH
		TOP_SRCDIR=$TOP_SRCDIR
		REAL=$REAL_LIST
		EXTEND=$TOP_BUILDDIR/tests/tools/extend
		at=0
	END
	cat >>"$M/prelude" <<-'END'
		# measure TO - records up to TO are in the list and in the TPM
		measure() {
			local bytes
			[ "$1" -gt "$at" ] || return 0
			read -r at bytes < <("$EXTEND" "$TPM2TOOLS_TCTI" \
				"$REAL" $((at + 1)) "$1")
			head -c "$bytes" "$REAL" >ima/binary_runtime_measurements
			[ "$at" = "$1" ]
		}

		# shards TO... - a snapshot after each of these records
		shards() {
			local to
			for to; do
				measure "$to" && evmctl snapshot >/dev/null ||
					return
			done
		}

		# page NAME BLOCK - that block of a manual page
		page() {
			python3 "$TOP_SRCDIR/tests/transcript.py" block "$2" \
				"$TOP_SRCDIR/man/$1"
		}

		# flip FILE OFFSET - the lowest bit of that byte
		flip() {
			local byte
			byte=$(od -An -tu1 -j "$2" -N 1 "$1")
			chmod u+w "$1"
			printf "\\$(printf %o $((byte ^ 1)))" |
				dd of="$1" bs=1 seek="$2" conv=notrunc \
					status=none
		}
	END
}

# make_ak - an attestation key at 0x81010002, its public part in ak.pub
make_ak() {
	tpm2_createek -Q -G ecc -c "$M/ek.ctx" && tpm2_flushcontext -t &&
		tpm2_createak -Q -G ecc -g sha256 -s ecdsa -C "$M/ek.ctx" \
			-c "$M/ak.ctx" -u "$M/ak.pub" &&
		tpm2_flushcontext -t &&
		tpm2_evictcontrol -Q -C o -c "$M/ak.ctx" 0x81010002 &&
		tpm2_flushcontext -t
} >"$SCRATCH/.ak.log" 2>&1

# make_examples - the machine, powered on, nothing measured; false with WHY
make_examples() {
	rm -rf "$M"
	start_swtpm || return
	mkdir -p "$M/ima" "$M/conf" "$M/run"
	echo 11111111-2222-3333-4444-555555555555 >"$M/ima/boot_id"
	: >"$M/ima/binary_runtime_measurements"
	echo "shard_dir = $M/shards" >"$M/conf/shards.conf"
	make_front
	make_prelude
	: >"$SCRATCH/.ak.log"
	make_ak && return
	# shellcheck disable=SC2034
	WHY="no attestation key: $(lib_shown "$SCRATCH/.ak.log")"
	return 1
}

# run_examples NAME PAGE - each command of it, a result each
run_examples() {
	local name=$1 result command wrong n=0
	while IFS=$'\t' read -r result command wrong; do
		n=$((n + 1))
		if [ "$result" = ok ]; then
			ok "$name: $command"
		else
			fail "$name: $command" "$wrong"
		fi
	done < <(cd "$M" && PRELUDE=$M/prelude python3 \
		"$TOP_SRCDIR/tests/transcript.py" run "$2" 2>&1)
	[ "$n" -gt 0 ] || fail "$name: has examples" "none was found"
}
