// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * advice.c - what to do next, where an error is one that many people meet
 *
 * Whoever finds an error does not know what the program is called with; here
 * it is known. A row names an error by what is in its reason; tests/advice.test
 * sees that each reason is still one that somebody gives.
 */
#include "cmd/advice.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const struct row {
	int code;
	const char *verb;	/* NULL: any */
	const char *subject;	/* the end of it; NULL: any */
	const char *reason;	/* in it */
	const char *next;
	bool unprivileged;	/* only if we are not root */
} rows[] = {
	{ E_IO, NULL, NULL, "Permission denied", "try it as root", true },
	{ E_IO, NULL, NULL, "Operation not permitted", "try it as root", true },
	{ E_ABSENT, NULL, "binary_runtime_measurements", "No such file",
	  "is IMA in the kernel, and securityfs mounted?", false },
	{ E_ABSENT, NULL, NULL, "binary_runtime_measurements: No such file",
	  "is IMA in the kernel, and securityfs mounted?", false },
	{ E_ABSENT, NULL, "shards", "No such file",
	  "'evmctl snapshot' makes the first, --shard-dir names others",
	  false },
	{ E_BUSY, NULL, NULL, "held open by",
	  "try again, or wait longer: --wait", false },
	{ E_BUSY, NULL, NULL, "locked by another process",
	  "try again, or wait longer: --wait", false },
	{ E_IO, NULL, NULL, "bytes of disk are free",
	  "free some, or set retain_bytes", false },
	{ E_IO, NULL, NULL, "not by root or by us",
	  "chown it, or choose another --shard-dir", false },
	{ E_IO, NULL, NULL, "can be written to by others",
	  "chmod go-w", false },
	{ E_TPM, NULL, NULL, "", "is it there, and is it the one? --tcti names it",
	  false },
	{ E_UNDECIDED, NULL, NULL, "no TPM tells",
	  "name one: --tcti; or 'evmctl snapshot clean --boot', if theirs is over",
	  false },
	{ E_UNDECIDED, NULL, NULL, "nothing tells whether they are the same",
	  "name a TPM, which does: --tcti", false },
	{ E_UNDECIDED, NULL, NULL, "the shards were taken with a TPM",
	  "name it: --tcti", false },
	{ E_UNDECIDED, NULL, NULL, "a snapshot is overdue", "'evmctl snapshot'",
	  false },
	{ E_UNDECIDED, NULL, NULL, "a snapshot will tell", "'evmctl snapshot'",
	  false },
	{ E_UNDECIDED, "ima_measurement", NULL, "this host has no TPM",
	  "name PCR values, --pcrs or --pcr; or a quote, --quote", false },
	{ E_UNDECIDED, "ima_measurement", NULL, "connecting",
	  "is it there? --tcti takes a name and where, as device:/dev/tpmrm0",
	  false },
	{ E_UNDECIDED, "ima_measurement", NULL, "is no PCR value",
	  "a file of them has lines PCR-10: HEX, or is what tpm2_pcrread prints",
	  false },
	{ E_FORMAT, NULL, NULL, "is no TPM2B_PUBLIC",
	  "--ak takes what tpm2_createak -u writes, or PEM", false },
	{ E_INCOMPLETE, NULL, NULL, "is no TPM2B_PUBLIC",
	  "--ak takes what tpm2_createak -u writes, or PEM", false },
	{ E_UNDECIDED, NULL, NULL, "there is no TPM to quote",
	  "name one: --tcti", false },
	{ E_CHANGED, NULL, NULL, "do not lie on the list's replay",
	  "the next snapshot tells whether that was a moment's", false },
	{ E_CHANGED, "ima_measurement", NULL, "no record leads to the",
	  "-vv shows the PCRs after each record", false },
	{ E_CHANGED, NULL, NULL, "the nonce is not ours",
	  "--nonce takes in hexadecimal what the quote was asked for with",
	  false },
	{ E_GAP, "ima_measurement", NULL, "were discarded",
	  "--from nearest starts behind them", false },
	{ E_GAP, "ima_measurement", NULL, "are not here", "--from nearest starts behind them",
	  false },
	{ E_GAP, "ima_measurement", NULL, "records are missing after",
	  "--from nearest starts behind them", false },
	{ E_UNDECIDED, NULL, NULL, "records extend PCR",
	  "they are to be in it, too: tpm2_quote -l", false },
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

const char *advice(const char *verb, const struct error *err)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		if (r->code == err->code && (!r->verb || !strcmp(r->verb, verb)) &&
		    strstr(err->reason, r->reason) &&
		    (!r->subject || ends_with(err->subject, r->subject)) &&
		    (!r->unprivileged || geteuid()))
			return r->next;
	}
	return NULL;
}
