// SPDX-License-Identifier: GPL-2.0-or-later
/* compare.c - are records those that a checkpoint covers? */
#include "compare.h"

#include <string.h>

int compare_changed(const struct state_covered *c, struct error *err)
{
	return error_set(err, E_CHANGED,
			 "records %llu..%llu are not those that were proven",
			 (unsigned long long)covered_from(c),
			 (unsigned long long)c->last);
}

bool compare_is_last(const struct state_covered *c, const struct record *rec)
{
	uint8_t digest[SHA256_SIZE];

	return rec->raw_len == c->last_bytes &&
	       !digest_sha256(rec->raw, rec->raw_len, digest) &&
	       !memcmp(digest, c->last_sha256, SHA256_SIZE);
}

int compare_begin(struct comparing *cmp, const struct state_covered *c,
		  uint64_t from, struct error *err)
{
	*cmp = (struct comparing){ .c = c, .from = from };
	if (hash_stream_new(&cmp->before, HASH_SHA256) ||
	    hash_stream_new(&cmp->block, HASH_SHA256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return E_OK;
}

void compare_free(struct comparing *cmp)
{
	hash_stream_free(cmp->before);
	hash_stream_free(cmp->block);
}

int compare_add(struct comparing *cmp, const struct record *rec,
		uint64_t number, struct error *err)
{
	if (number < covered_from(cmp->c))
		return E_OK;
	if (hash_stream_add(number < cmp->c->first ? cmp->before : cmp->block,
			    rec->raw, rec->raw_len))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	if (number == cmp->c->last)
		cmp->last = compare_is_last(cmp->c, rec);
	return E_OK;
}

/* What is there only in part has no digest. */
static bool is_same(struct comparing *cmp, int *rc)
{
	const struct state_covered *c = cmp->c;
	uint8_t digest[SHA256_SIZE];

	*rc = E_CRYPTO;
	if (c->before_bytes && cmp->from <= c->before_first) {
		if (hash_stream_end(cmp->before, digest))
			return false;
		if (memcmp(digest, c->before_sha256, SHA256_SIZE)) {
			*rc = E_OK;
			return false;
		}
	}
	if (cmp->from <= c->first && hash_stream_peek(cmp->block, digest))
		return false;
	*rc = E_OK;
	return cmp->last && (cmp->from > c->first ||
			     !memcmp(digest, c->sha256, SHA256_SIZE));
}

int compare_end(struct comparing *cmp, struct coverage *coverage,
		struct error *err)
{
	bool same;
	int rc;

	same = is_same(cmp, &rc);
	if (rc)
		return error_set(err, rc, "libcrypto failed to hash");
	if (!same)
		return compare_changed(cmp->c, err);
	if (coverage && cmp->from <= cmp->c->first) {
		coverage_go_on(coverage, cmp->block, cmp->c);
		cmp->block = NULL;
	}
	return E_OK;
}
