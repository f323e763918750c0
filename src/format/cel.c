// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cel.c - a record in the Canonical Event Log Format of the TCG
 *
 *	TLV:	type (1) | length (4, big-endian) | value
 *
 *	0 recnum (8, big-endian)
 *	1 pcr (1)
 *	3 digests: for each a TLV whose type is its TPM_ALG_ID
 *	7 ima_template:	0 template_name, without a NUL
 *			1 template_data
 *
 *	JSON:	{"recnum":N,"pcr":N,"digests":[{"hashAlg":"sha256",
 *		"digest":HEX},...],"content_type":"ima_template","content":
 *		{"template_name":TEXT,"template_data":HEX}}
 */
#include "format/cel.h"

#include <stdio.h>
#include <string.h>

enum { CEL_RECNUM = 0, CEL_PCR = 1, CEL_DIGESTS = 3, CEL_IMA_TEMPLATE = 7 };
enum { IMA_TEMPLATE_NAME = 0, IMA_TEMPLATE_DATA = 1 };

#define HEADER 5U	/* of a TLV */
#define RECNUM_SIZE 8U
#define PCR_SIZE 1U

struct out {
	show_put put;
	void *ctx;
};

struct digests {
	size_t count;
	enum hash_id bank[HASH_COUNT];
	uint8_t at[HASH_COUNT][HASH_SIZE_MAX];
};

static int make_digest(enum hash_id bank, bool padded,
		       const struct record *rec,
		       const struct list_layout *layout, struct hasher *h,
		       uint8_t ret[HASH_SIZE_MAX])
{
	size_t size = hash_row(bank)->size;
	int rc;

	/* A kernel that pads digests has but 20 of these, and pads them too. */
	if (rec->violation) {
		memset(ret, 0, size);
		memset(ret, 0xff, padded ? hash_row(HASH_SHA1)->size : size);
		return E_OK;
	}
	if (bank == HASH_SHA1) {
		memcpy(ret, rec->digest, size);
		return E_OK;
	}
	rc = show_digest_of(h, bank, padded, rec, layout, ret);
	return rc < 0 ? rc : E_OK;
}

static int make_digests(const struct cel *f, unsigned int padded,
			const struct record *rec,
			const struct list_layout *layout, struct hasher *h,
			struct digests *ret)
{
	int rc = E_OK;

	ret->count = 0;
	for (unsigned int i = 0; i < HASH_COUNT && !rc; i++) {
		if (!(f->banks & HASH_BIT(i)))
			continue;
		ret->bank[ret->count] = (enum hash_id)i;
		rc = make_digest((enum hash_id)i, padded & HASH_BIT(i), rec,
				 layout, h, ret->at[ret->count]);
		ret->count++;
	}
	return rc;
}

/* --- TLV --- */

static void put_header(const struct out *o, uint8_t type, size_t len)
{
	const uint8_t bytes[HEADER] = {
		type, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len,
	};

	o->put(o->ctx, (const char *)bytes, sizeof(bytes));
}

static void put_value(const struct out *o, uint8_t type, const void *value,
		      size_t len)
{
	put_header(o, type, len);
	if (len)
		o->put(o->ctx, value, len);
}

static void write_tlv(const struct out *o, uint64_t recnum,
		      const struct record *rec, const struct digests *d)
{
	const uint8_t pcr = (uint8_t)rec->pcr;
	uint8_t number[RECNUM_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < RECNUM_SIZE; i++)
		number[i] = (uint8_t)(recnum >> 8 * (RECNUM_SIZE - 1 - i));
	put_value(o, CEL_RECNUM, number, sizeof(number));
	put_value(o, CEL_PCR, &pcr, PCR_SIZE);
	for (size_t i = 0; i < d->count; i++)
		len += HEADER + hash_row(d->bank[i])->size;
	put_header(o, CEL_DIGESTS, len);
	for (size_t i = 0; i < d->count; i++)
		put_value(o, (uint8_t)hash_row(d->bank[i])->tpm, d->at[i],
			  hash_row(d->bank[i])->size);
	put_header(o, CEL_IMA_TEMPLATE,
		   2 * HEADER + rec->name_len + rec->data_len);
	put_value(o, IMA_TEMPLATE_NAME, rec->name, rec->name_len);
	put_value(o, IMA_TEMPLATE_DATA, rec->data, rec->data_len);
}

/* --- JSON --- */

static void put_text(const struct out *o, const char *text)
{
	o->put(o->ctx, text, strlen(text));
}

static void put_digits(const struct out *o, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char hex[1024];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		hex[n++] = digits[bytes[i] >> 4];
		hex[n++] = digits[bytes[i] & 15];
		if (n == sizeof(hex) || i + 1 == len) {
			o->put(o->ctx, hex, n);
			n = 0;
		}
	}
}

/* A template's name is printable. */
static void put_name(const struct out *o, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '"' || name[i] == '\\')
			put_text(o, "\\");
		o->put(o->ctx, name + i, 1);
	}
}

static void write_json(const struct out *o, uint64_t recnum,
		       const struct record *rec, const struct digests *d)
{
	char head[80];

	snprintf(head, sizeof(head), "{\"recnum\":%llu,\"pcr\":%u,\"digests\":[",
		 (unsigned long long)recnum, (unsigned int)rec->pcr);
	put_text(o, head);
	for (size_t i = 0; i < d->count; i++) {
		snprintf(head, sizeof(head),
			 "%s{\"hashAlg\":\"%s\",\"digest\":\"", i ? "," : "",
			 hash_row(d->bank[i])->name);
		put_text(o, head);
		put_digits(o, d->at[i], hash_row(d->bank[i])->size);
		put_text(o, "\"}");
	}
	put_text(o, "],\"content_type\":\"ima_template\",\"content\":{\"template_name\":\"");
	put_name(o, rec->name, rec->name_len);
	put_text(o, "\",\"template_data\":\"");
	put_digits(o, rec->data, rec->data_len);
	put_text(o, "\"}}\n");
}

int cel_write(const struct cel *f, uint64_t recnum, const struct record *rec,
	      const struct list_layout *layout, unsigned int padded,
	      struct hasher *h, show_put put, void *ctx)
{
	const struct out o = { put, ctx };
	struct digests d;
	int rc;

	if (rec->raw_len > UINT32_MAX - 3 * HEADER)
		return E_LIMIT;
	rc = make_digests(f, padded, rec, layout, h, &d);
	if (rc)
		return rc;
	if (f->tlv)
		write_tlv(&o, recnum, rec, &d);
	else
		write_json(&o, recnum, rec, &d);
	return E_OK;
}
