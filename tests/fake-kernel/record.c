// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record: the bytes of one measurement
 *
 *	u32 pcr | template digest | u32 len, name | u32 len, data
 *
 * and data is a sequence of fields, each "u32 len, bytes". Integers are in
 * the host's order, as on a kernel booted without ima_canonical_fmt.
 */
#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-kernel.h"

#define SHA1	0
#define SHA256	1
#define SIG_LEN	256
#define BOOT_PCRS	10	/* PCRs in a boot aggregate */
#define BOOT_PCRS_SHA1	8	/* it had fewer in the days of SHA-1 */

const struct algo algos[ALGO_MAX] = {
	{ "sha1", 0x0004, 20 },
	{ "sha256", 0x000b, 32 },
	{ "sha384", 0x000c, 48 },
	{ "sha512", 0x000d, 64 },
};

void *must_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		abort();
	return p;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (b->cap - b->len < len) {
		b->cap = (b->len + len) * 2;
		b->data = realloc(b->data, b->cap);
		if (!b->data)
			abort();
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_u32(struct buf *b, uint32_t value)
{
	buf_add(b, &value, sizeof(value));
}

void buf_hex(struct buf *b, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		buf_add(b, &digits[p[i] >> 4], 1);
		buf_add(b, &digits[p[i] & 15], 1);
	}
}

void buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

int algo_find(const char *name, size_t len)
{
	for (int i = 0; i < ALGO_MAX; i++)
		if (strlen(algos[i].name) == len &&
		    !memcmp(algos[i].name, name, len))
			return i;
	return -1;
}

void algo_digest(int algo, const void *data, size_t len, unsigned char *out)
{
	const EVP_MD *md = EVP_get_digestbyname(algos[algo].name);

	if (!md || !EVP_Digest(data, len, out, NULL, md, NULL))
		abort();
}

static void field_add(struct buf *data, const void *field, size_t len)
{
	buf_u32(data, (uint32_t)len);
	buf_add(data, field, len);
}

/* d-ng: algorithm, colon, NUL, digest */
static void field_digest(struct buf *data, int algo,
			 const unsigned char *digest)
{
	struct buf field = { 0 };

	buf_str(&field, algos[algo].name);
	buf_add(&field, ":", 2);
	buf_add(&field, digest, algos[algo].size);
	field_add(data, field.data, field.len);
	buf_free(&field);
}

static void field_name(struct buf *data, const char *name)
{
	field_add(data, name, strlen(name) + 1);
}

/* Takes over the data. */
static struct record *record_new(uint32_t pcr, const char *tmpl,
				 struct buf *data)
{
	struct record *r = must_alloc(1, sizeof(*r));

	r->pcr = pcr;
	r->tmpl = tmpl;
	r->data = data->data;
	r->len = data->len;
	for (int i = 0; i < ALGO_MAX; i++)
		algo_digest(i, r->data, r->len, r->digest[i]);
	return r;
}

/* The digest of a file that does not exist: made from its name. */
static void file_digest(const char *name, unsigned char *digest)
{
	algo_digest(SHA256, name, strlen(name), digest);
}

struct record *record_ng(uint32_t pcr, const char *name)
{
	unsigned char digest[DIGEST_MAX];
	struct buf data = { 0 };

	file_digest(name, digest);
	field_digest(&data, SHA256, digest);
	field_name(&data, name);
	return record_new(pcr, "ima-ng", &data);
}

/* The signature has the right shape (v2, RSA 2048) and verifies nothing. */
struct record *record_sig(const char *name)
{
	unsigned char sig[9 + SIG_LEN] = { 3, 2, 4, 0xfa, 0x4e, 0, 1, 1, 0 };
	unsigned char digest[DIGEST_MAX];
	struct buf data = { 0 };

	file_digest(name, digest);
	for (size_t i = 0; i < SIG_LEN; i++)
		sig[9 + i] = (unsigned char)(digest[i % 32] ^ i);
	field_digest(&data, SHA256, digest);
	field_name(&data, name);
	field_add(&data, sig, sizeof(sig));
	return record_new(IMA_PCR, "ima-sig", &data);
}

struct record *record_buf(const char *name, const void *bytes, size_t len)
{
	unsigned char digest[DIGEST_MAX];
	struct buf data = { 0 };

	algo_digest(SHA256, bytes, len, digest);
	field_digest(&data, SHA256, digest);
	field_name(&data, name);
	field_add(&data, bytes, len);
	return record_new(IMA_PCR, "ima-buf", &data);
}

struct record *record_violation(const char *name)
{
	static const unsigned char zeros[DIGEST_MAX];
	struct buf data = { 0 };
	struct record *r;

	field_digest(&data, SHA256, zeros);
	field_name(&data, name);
	r = record_new(IMA_PCR, "ima-ng", &data);
	r->violation = true;
	memset(r->digest, 0, sizeof(r->digest));
	return r;
}

/*
 * Over PCRs 0 to 9, which nobody has extended in a software TPM. A TPM with
 * no SHA-256 bank has the old kind.
 */
struct record *record_boot_aggregate(void)
{
	static const unsigned char zeros[BOOT_PCRS * DIGEST_MAX];
	int algo = options.banks[SHA256] ? SHA256 : SHA1;
	size_t pcrs = algo == SHA1 ? BOOT_PCRS_SHA1 : BOOT_PCRS;
	unsigned char digest[DIGEST_MAX];
	struct buf data = { 0 };

	algo_digest(algo, zeros, pcrs * algos[algo].size, digest);
	field_digest(&data, algo, digest);
	field_name(&data, "boot_aggregate");
	return record_new(IMA_PCR, "ima-ng", &data);
}

struct record *record_copy(const struct record *from)
{
	struct record *r = must_alloc(1, sizeof(*r));
	struct buf data = { 0 };

	buf_add(&data, from->data, from->len);
	*r = *from;
	r->data = data.data;
	return r;
}

void record_free(struct record *r)
{
	if (!r)
		return;
	free(r->data);
	free(r);
}

bool record_same(const struct record *a, const struct record *b)
{
	return a->pcr == b->pcr && !a->violation && !b->violation &&
	       !memcmp(a->digest[SHA256], b->digest[SHA256],
		       algos[SHA256].size);
}

void record_binary(const struct record *r, int algo, struct buf *out)
{
	buf_u32(out, r->pcr);
	buf_add(out, r->digest[algo], algos[algo].size);
	field_add(out, r->tmpl, strlen(r->tmpl));
	field_add(out, r->data, r->len);
}

/* The next field of a record that this file has made, so no doubts. */
static const unsigned char *field_next(const struct record *r, size_t *pos,
				       uint32_t *len)
{
	const unsigned char *field;

	memcpy(len, r->data + *pos, sizeof(*len));
	field = r->data + *pos + sizeof(*len);
	*pos += sizeof(*len) + *len;
	assert(*pos <= r->len);
	return field;
}

static void ascii_digest(const unsigned char *field, uint32_t len,
			 struct buf *out)
{
	size_t prefix = strlen((const char *)field);

	buf_str(out, (const char *)field);
	buf_hex(out, field + prefix + 1, len - prefix - 1);
}

/* An empty field still has its space in front: see ima-sig, unsigned. */
void record_ascii(const struct record *r, int algo, struct buf *out)
{
	const unsigned char *field;
	size_t pos = 0;
	uint32_t len;
	char pcr[16];

	snprintf(pcr, sizeof(pcr), "%2u ", r->pcr);
	buf_str(out, pcr);
	buf_hex(out, r->digest[algo], algos[algo].size);
	buf_str(out, " ");
	buf_str(out, r->tmpl);

	buf_str(out, " ");
	field = field_next(r, &pos, &len);
	ascii_digest(field, len, out);

	buf_str(out, " ");
	field = field_next(r, &pos, &len);
	buf_str(out, (const char *)field);	/* names are not escaped */

	while (pos < r->len) {
		buf_str(out, " ");
		field = field_next(r, &pos, &len);
		buf_hex(out, field, len);
	}
	buf_str(out, "\n");
}
