// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-quote.c - an attestation, a signature and an AK: none of them trusted */
#include "fault.h"
#include "fuzz.h"
#include "quote.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part p[] = { part_take(&bytes, &len), part_take(&bytes, &len),
			    part_take(&bytes, &len), part_rest(bytes, len) };
	struct quote_blob attest = { p[0].bytes, p[0].len, "attest" };
	struct quote_blob signature = { p[1].bytes, p[1].len, "signature" };
	struct quote_blob ak = { p[2].bytes, p[2].len, "ak" };
	static struct pcr_values values;
	uint8_t digest[HASH_SIZE_MAX];
	struct error err = { 0 };
	struct pcr_selection missing;
	struct hasher *h = NULL;
	struct quote q;

	if (quote_open(&q, &attest, &signature, &ak,
		       p[3].len ? p[3].bytes : NULL, p[3].len, &err))
		fuzz_error(&err);
	else if (!hasher_new(&h, HASH_ALL, &err))
		quote_digest(&q, h, &values, digest, &missing);
	hasher_free(h);
	for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++)
		free(p[i].bytes);
}
