// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-verify.c - evmctl ima_measurement over a directory in memory */
#include <unistd.h>

#include "evmctl-snapshot.h"
#include "fault.h"
#include "verify-args.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	const size_t how = len ? *bytes % ROWS(verify_args) : 0;
	struct part p[ROWS(verify_files)];
	char *argv[ARGS_MAX + 1];
	int code;

	verify_parts(p, bytes + !!len, len - !!len, verify_args[how].key);
	fault_tpm(p[FILE_TPM].bytes, p[FILE_TPM].len);
	fault_keyring(p[FILE_KEYRING].bytes, p[FILE_KEYRING].len);
	code = evmctl_ima_measurement(words_argv("ima_measurement",
				      verify_args, how, argv), argv, 0);
	FUZZ_NEVER(code < 0 || (code > EVMCTL_UNDECIDED &&
				code != EVMCTL_FAILED));
	FUZZ_NEVER(!access(memory_path("state.tmp"), F_OK) &&
		   !fault_failed(FAULT_SYSTEM));
	for (size_t i = 0; i < ROWS(p); i++)
		free(p[i].bytes);
}
