/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signing.h - have the TPM sign PCR values, and see that it signed those */
#ifndef SIGNING_H
#define SIGNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/pcrs.h"
#include "port/tpm.h"
#include "quote.h"

/* Signing takes a while, and PCRs may move: then once more. */
#define QUOTE_TRIES 8

/* A quote, and the key that made it. */
struct signing {
	struct tpm_quote quote;
	char ak[2 * 32 + 1];	/* SHA-256 of its SubjectPublicKeyInfo */
};

/*
 * As tpm_quote(), with the result checked as any quote is. *@over says whether
 * it is over @values, which were read before: PCRs may have moved since.
 */
int signing_quote(struct tpm *tpm, uint32_t handle, const uint8_t *nonce,
		  size_t nonce_len, const struct pcr_values *values,
		  struct signing *ret, bool *over, struct error *err);

#endif
