# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kernel.sh - a kernel and a TPM for story tests, and evmctl snapshot on them;
# to be read after lib.sh
#
# The kernel is tests/fake-kernel, the TPM is swtpm. Variables:
#	KIND		of the kernel: stage, trim or copy
#	IMA		its directory
#	SHARDS		the store
#	CONF		a directory for shards.conf, empty at first
#	RUN		for the cache, on a tmpfs where there is one

IMA=$SCRATCH/ima
SHARDS=$SCRATCH/shards
CONF=$SCRATCH/conf
FAKE=$SCRATCH/fake-kernel
KIND=stage
RUN=$(mktemp -d /dev/shm/evmctl-test.XXXXXX 2>/dev/null) ||
	RUN=$(mktemp -d "$SCRATCH/run.XXXXXX") || exit 1
kernel_runs=
mkdir -p "$CONF" "$IMA"

trap 'stop_kernel; rm -rf "$RUN"; lib_cleanup' EXIT

# have_kernel - all that is needed, the fake kernel built; false with WHY
have_kernel() {
	local built=$TOP_BUILDDIR/tests/fake-kernel/fake-kernel flags
	need_commands fusermount3 swtpm || return
	[ ! -x "$built" ] || { FAKE=$built && return; }
	need_commands pkg-config "${CC:-cc}" || return
	# shellcheck disable=SC2034 # for the caller's skip
	WHY="no libfuse3 to build the fake kernel with"
	flags=$(pkg-config --cflags --libs fuse3 libcrypto 2>/dev/null) ||
		return
	# shellcheck disable=SC2086 # flags are words
	(cd "$TESTS_DIR/fake-kernel" && ${CC:-cc} -std=gnu11 -O1 -o "$FAKE" \
		main.c fs.c nodes.c control.c list.c seq.c record.c tpm.c \
		$flags -pthread)
}

stop_kernel() {
	[ -n "$kernel_runs" ] || return 0
	fusermount3 -u "$IMA" 2>/dev/null || fusermount3 -uz "$IMA"
	kernel_runs=
}

# power_on KIND - a new TPM, a new kernel, no shards and no configuration
power_on() {
	KIND=$1
	stop_kernel
	chmod -R u+w "$SHARDS" 2>/dev/null
	rm -rf "$SHARDS" "$SCRATCH/tpm" "$CONF" "${RUN:?}"/*
	mkdir -p "$CONF"
	start_swtpm "$SCRATCH/tpm" || return
	"$FAKE" --kind "$KIND" --algos sha1,sha256,sha384,sha512 \
		--swtpm "$SCRATCH/.tpm" "$IMA" || return
	kernel_runs=yes
}

# kernel COMMAND... - each of them said to the fake kernel
kernel() {
	local command
	for command; do
		echo "$command" >"$IMA/.control" ||
			fail "the fake kernel takes '$command'" "refused"
	done
}

# reboot - the TPM is reset, then the kernel starts anew
reboot() {
	start_swtpm "$SCRATCH/tpm" || fail "the TPM starts again" "$WHY"
	kernel reboot
}

# snapshot ACTION ARGS... - on this kernel, with this configuration
snapshot() {
	local action=$1
	shift
	"$EVMCTL" snapshot "$action" --config "$CONF" --ima-dir "$IMA" \
		--shard-dir "$SHARDS" --kernel "$KIND" --run-dir "$RUN" "$@"
}

# field NAME [FILE] - the first value of that name in JSON
field() {
	grep -o "\"$1\":[^,}]*" "${2:-$OUT}" | head -n 1 | cut -d: -f2- |
		tr -d '"'
}

# object NAME - the members of the first object of that name, on $OUT
object() {
	grep -o "\"$1\":{[^}]*}" "$OUT" | head -n 1 | cut -d: -f2-
}

# range FIRST LAST - a shard's name without its ending
range() {
	printf '%012d-%012d' "$1" "$2"
}

# one_line NAME - the last stderr is one line, and from the verb
one_line() {
	expect_text "$1: one line on stderr" \
		"$(grep -c '^evmctl [a-z_]*: ' "$ERR")/$(wc -l <"$ERR")" 1/1
}

# tree DIR - names, modes, times and contents of all that is in it
tree() {
	(cd "$1" && find . -printf '%p %m %i %T@\n' | sort &&
		find . -type f -exec sha256sum {} + | sort)
}

# run_stories - every function story_*; each says that it came to its end, for
# what stops bash stops a story
run_stories() {
	local story all ended=
	all=$(declare -F | sed -n 's/.* story_//p')
	for story in $all; do
		"story_$story"
		ended=$ended$story$'\n'
	done
	expect_text "every story came to its end" "$ended" "$all"$'\n'
}
