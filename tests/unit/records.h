/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records.h - records of any kind, made for a test, and what they lead to
 *
 * Shares no code with src/: it is what the parser and the replay are held
 * against.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/pcrs.h"
#include "format/record.h"

struct bytes {
	uint8_t *at;
	size_t len, room;
	/* Of the last record: what its template digest covers, its start. */
	uint8_t covered[2048];
	size_t covered_len, last;
};

static inline void bytes_put(struct bytes *b, const void *more, size_t n)
{
	if (n > b->room - b->len) {
		b->room = 2 * (b->len + n);
		b->at = realloc(b->at, b->room);
		if (!b->at)
			abort();
	}
	if (n)
		memcpy(b->at + b->len, more, n);
	b->len += n;
}

static inline void bytes_u32(struct bytes *b, uint32_t v, bool big_endian)
{
	uint8_t p[4];

	for (unsigned int i = 0; i < 4; i++)
		p[big_endian ? 3 - i : i] = (uint8_t)(v >> 8 * i);
	bytes_put(b, p, 4);
}

static inline void bytes_free(struct bytes *b)
{
	free(b->at);
	memset(b, 0, sizeof(*b));
}

static inline void digest_into(uint8_t *out, unsigned int bank, const void *p,
			       size_t n)
{
	size_t len;

	if (!EVP_Q_digest(NULL, hash_row(bank)->evp, NULL, p, n, out, &len))
		abort();
}

/* One record to make; what is zero takes a sensible value. */
struct made {
	struct list_layout layout;	/* 20 bytes, little-endian */
	uint32_t pcr;
	const char *template;		/* "ima-ng" */
	const void *name;		/* of the file: "/file" */
	size_t name_len;		/* strlen(name) */
	uint8_t seed;			/* of its digest */
	bool violation, wrong_digest;
	bool padded_digest;		/* in the list: SHA-1 with zeros */
	bool pcr_zero;
};

static inline void made_data(struct bytes *data, const struct made *m,
			     const char *template, const void *name, size_t n)
{
	bool big = m->layout.big_endian;
	uint8_t digest[32];

	memset(digest, m->violation ? 0 : m->seed, sizeof(digest));
	if (!strcmp(template, "ima")) {
		bytes_put(data, digest, 20);
		bytes_u32(data, (uint32_t)n, big);
		bytes_put(data, name, n);
		return;
	}
	bytes_u32(data, 8 + 32, big);
	bytes_put(data, "sha256:", 8);
	bytes_put(data, digest, 32);
	bytes_u32(data, (uint32_t)n + 1, big);
	bytes_put(data, name, n);
	bytes_put(data, "", 1);
	if (!strcmp(template, "ima-sig") || !strcmp(template, "ima-buf")) {
		bytes_u32(data, 3, big);
		bytes_put(data, "\x03\x02\x04", 3);
	}
}

/* What the digest covers, which of the legacy template is not the data. */
static inline void made_covered(struct bytes *b, const struct bytes *data,
				const char *template)
{
	b->covered_len = data->len;
	if (!strcmp(template, "ima")) {
		memset(b->covered, 0, 20 + 256);
		memcpy(b->covered, data->at, 20);
		memcpy(b->covered + 20, data->at + 24, data->len - 24);
		b->covered_len = 20 + 256;
		return;
	}
	if (data->len > sizeof(b->covered))
		abort();
	memcpy(b->covered, data->at, data->len);
}

static inline void made_digest(uint8_t out[HASH_SIZE_MAX],
			       const struct bytes *b, const struct made *m,
			       size_t size)
{
	memset(out, 0, HASH_SIZE_MAX);
	if (m->violation)
		return;
	for (unsigned int i = 0; i < HASH_SM3_256; i++)
		if (hash_row(i)->size == size)
			digest_into(out, m->padded_digest ? HASH_SHA1 : i,
				    b->covered, b->covered_len);
	if (m->wrong_digest)
		out[7] ^= 1;
}

static inline void bytes_record(struct bytes *b, const struct made *m)
{
	const char *template = m->template ? m->template : "ima-ng";
	const void *name = m->name ? m->name : "/file";
	size_t size = m->layout.digest_size ? m->layout.digest_size : 20;
	uint32_t pcr = m->pcr || m->pcr_zero ? m->pcr : 10;
	uint8_t digest[HASH_SIZE_MAX];
	struct bytes data = { .len = 0 };
	bool big = m->layout.big_endian;

	made_data(&data, m, template, name,
		  m->name_len ? m->name_len : strlen(name));
	made_covered(b, &data, template);
	made_digest(digest, b, m, size);
	b->last = b->len;
	bytes_u32(b, pcr, big);
	bytes_put(b, digest, size);
	bytes_u32(b, (uint32_t)strlen(template), big);
	bytes_put(b, template, strlen(template));
	if (strcmp(template, "ima"))
		bytes_u32(b, (uint32_t)data.len, big);
	bytes_put(b, data.at, data.len);
	bytes_free(&data);
}

/* How a bank is extended. */
enum rule { OWN_HASH, PADDED_SHA1, ALL_ONES, ALL_ZERO, SHORT_ONES };

/* Extend the model's PCR as the last record of @b would. */
static inline void model_extend(struct pcr_values *v, unsigned int bank,
				unsigned int pcr, const struct bytes *b,
				enum rule rule)
{
	uint8_t both[2 * HASH_SIZE_MAX] = { 0 };
	size_t size = hash_row(bank)->size;

	memcpy(both, v->bank[bank].value[pcr], size);
	if (rule == ALL_ONES)
		memset(both + size, 0xff, size);
	else if (rule == SHORT_ONES)
		memset(both + size, 0xff, 20);
	else if (rule != ALL_ZERO)
		digest_into(both + size, rule == OWN_HASH ? bank : HASH_SHA1,
			    b->covered, b->covered_len);
	digest_into(v->bank[bank].value[pcr], bank, both, 2 * size);
	v->bank[bank].mask |= 1U << pcr;
}

#endif
