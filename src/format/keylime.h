/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keylime.h - the one string in which Keylime's agents send a TPM quote */
#ifndef FORMAT_KEYLIME_H
#define FORMAT_KEYLIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Limit of a whole string: an attestation and a signature take a kilobyte
 * each at most, values of all 24 PCRs in 16 banks less than 40.
 */
#define KEYLIME_MAX (256U << 10)

enum keylime_part {
	KEYLIME_ATTEST,		/* TPMS_ATTEST, as quote_open() takes it */
	KEYLIME_SIGNATURE,	/* TPMT_SIGNATURE, likewise */
	KEYLIME_PCRS,		/* for pcrs_parse_quoted() */
	KEYLIME_PARTS
};

struct keylime_quote {
	uint8_t *part[KEYLIME_PARTS];	/* owned */
	size_t len[KEYLIME_PARTS];
};

/*
 * Does @text look like the string itself, rather than a file's name? It then
 * begins with 'r' and has no byte that the string cannot have.
 */
bool keylime_is_quote(const char *text);

/*
 * Take the @len bytes at @text apart, which may end with a line's end. What is
 * in the parts is for their own parsers to say. Sets all of @ret, only on
 * success. E_UNSUPPORTED for another kind of quote, E_FORMAT with the part to
 * blame, E_LIMIT, E_NOMEM.
 */
int keylime_parse(const char *text, size_t len, struct keylime_quote *ret,
		  struct error *err);

/* Takes what is all zero. */
void keylime_free(struct keylime_quote *q);

#endif
