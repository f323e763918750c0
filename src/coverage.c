// SPDX-License-Identifier: GPL-2.0-or-later
/* coverage.c - which bytes a replay has been over, to know them again */
#include "coverage.h"

#include <string.h>

int coverage_new(struct coverage *c)
{
	memset(c, 0, sizeof(*c));
	return hash_stream_new(&c->block, HASH_SHA256);
}

void coverage_free(struct coverage *c)
{
	hash_stream_free(c->block);
	hash_stream_free(c->from);
	memset(c, 0, sizeof(*c));
}

void coverage_go_on(struct coverage *c, struct hash_stream *block,
		    const struct state_covered *covered)
{
	hash_stream_free(c->from);
	c->from = block;
	c->from_covered = *covered;
}

int coverage_start(struct coverage *c, const struct state_covered *at)
{
	uint8_t unused[SHA256_SIZE];

	memset(&c->now, 0, sizeof(c->now));
	memset(&c->met, 0, sizeof(c->met));
	if (at && !c->from) {
		/* The block is not here to be gone on with. */
		c->now.covered.digest_size = at->digest_size;
		c->now.covered.before_first = at->first;
		c->now.covered.before_bytes = at->bytes;
		memcpy(c->now.covered.before_sha256, at->sha256, SHA256_SIZE);
	}
	if (!at || !c->from)
		return hash_stream_end(c->block, unused);
	c->now.covered = c->from_covered;
	return hash_stream_copy(c->block, c->from);
}

/* The block is full: it is the one before, now. */
static int new_block(struct coverage *c, uint64_t number)
{
	struct state_covered *covered = &c->now.covered;

	if (hash_stream_end(c->block, covered->before_sha256))
		return E_CRYPTO;
	covered->before_first = covered->first;
	covered->before_bytes = covered->bytes;
	covered->first = number;
	covered->bytes = 0;
	return E_OK;
}

static int add_to_block(struct coverage *c, const struct record *rec,
			uint64_t number)
{
	struct state_covered *covered = &c->now.covered;

	if (covered->bytes >= COVERAGE_BLOCK && new_block(c, number))
		return E_CRYPTO;
	if (!c->now.bytes && !covered->before_bytes && !covered->bytes)
		covered->digest_size = (uint8_t)record_digest_size(rec);
	else if (covered->digest_size != record_digest_size(rec))
		covered->digest_size = 0;
	if (!covered->bytes)
		covered->first = number;
	covered->bytes += rec->raw_len;
	covered->last = number;
	return hash_stream_add(c->block, rec->raw, rec->raw_len);
}

/* Digests are made only where they are wanted: at the records that are met. */
static int keep_met(struct coverage *c, const struct record *rec)
{
	struct state_covered *covered = &c->now.covered;

	covered->last_bytes = rec->raw_len;
	if (hash_stream_peek(c->block, covered->sha256) ||
	    digest_sha256(rec->raw, rec->raw_len, covered->last_sha256))
		return E_CRYPTO;
	c->met = c->now;
	return E_OK;
}

int coverage_add(struct coverage *c, const struct record *rec,
		 uint64_t number, bool met)
{
	if (!c->now.bytes &&
	    digest_sha256(rec->raw, rec->raw_len, c->now.first_sha256))
		return E_CRYPTO;
	if (add_to_block(c, rec, number))
		return E_CRYPTO;
	c->now.bytes += rec->raw_len;
	return met ? keep_met(c, rec) : E_OK;
}
