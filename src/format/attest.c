// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attest.c - TPMS_ATTEST of a quote, read and written
 *
 * Big-endian, without padding (TPM 2.0 Part 2, 10.12.12):
 *
 *	u32 magic			0xff544347, "\xffTCG"
 *	u16 type			0x8018, a quote
 *	u16 size, bytes			qualifiedSigner: u16 alg, digest
 *	u16 size, bytes			extraData: what the caller gave
 *	u64 clock, u32 resetCount, u32 restartCount, u8 safe
 *	u64 firmwareVersion
 *	u32 banks			pcrSelect
 *	banks x { u16 alg, u8 3, u8 select[3] }
 *	u16 size, bytes			pcrDigest
 *
 * A file may hold it as TPM2B_ATTEST, which has a u16 size in front.
 */
#include "format/attest.h"

#include <string.h>

static int head(struct cursor *c, struct attest *a)
{
	int rc = cursor_u32(c, &a->magic);

	return rc ? rc : cursor_u16(c, &a->type);
}

int attest_body(const uint8_t *bytes, size_t len, struct cursor *ret,
		struct error *err)
{
	struct cursor c = cursor_over(bytes, len, true), raw = c, body;
	struct attest sized, bare;
	uint16_t size;

	/* What begins with the magic is bare, even if a size would fit it. */
	if ((!head(&raw, &bare) && bare.magic == ATTEST_MAGIC) ||
	    cursor_u16(&c, &size)) {
		*ret = cursor_over(bytes, len, true);
		return E_OK;
	}
	raw = c;
	if (head(&raw, &sized) || sized.magic != ATTEST_MAGIC) {
		*ret = cursor_over(bytes, len, true);
		return E_OK;
	}
	if (cursor_child(&c, size, &body))
		return error_set(err, E_INCOMPLETE,
				 "has %zu of the %u bytes that it announces",
				 c.left, size);
	if (cursor_finish(&c))
		return error_set(err, E_FORMAT,
				 "bytes left over: %zu", c.left);
	*ret = body;
	return E_OK;
}

/* A TPM2B of at most @max bytes. */
static int sized_bytes(struct cursor *c, size_t max, struct cursor *ret)
{
	uint16_t size;
	int rc = cursor_u16(c, &size);

	if (rc)
		return rc;
	if (size > max)
		return E_LIMIT;
	return cursor_child(c, size, ret);
}

static int clock_info(struct cursor *c, struct attest *a)
{
	uint8_t safe;
	int rc = cursor_u64(c, &a->clock);

	if (!rc)
		rc = cursor_u32(c, &a->reset_count);
	if (!rc)
		rc = cursor_u32(c, &a->restart_count);
	if (!rc)
		rc = cursor_u8(c, &safe);
	if (!rc)
		a->safe = safe == 1;
	return rc;
}

static int body(struct cursor *c, struct attest *a, struct error *err)
{
	int rc = sized_bytes(c, ATTEST_NAME_MAX, &a->signer);

	if (rc)
		return error_set(err, rc, "the signer's name ends early or is "
				 "longer than a name can be");
	rc = sized_bytes(c, ATTEST_EXTRA_MAX, &a->extra);
	if (rc)
		return error_set(err, rc, "the nonce ends early or is longer "
				 "than a nonce can be");
	rc = clock_info(c, a);
	if (!rc)
		rc = cursor_u64(c, &a->firmware);
	if (rc)
		return error_set(err, rc, "ends within its clock");
	rc = pcrs_parse_selection(c, &a->selection, err);
	if (rc)
		return rc;
	rc = sized_bytes(c, HASH_SIZE_MAX, &a->digest);
	if (rc)
		return error_set(err, rc, "the digest of the PCRs ends early "
				 "or is longer than a digest can be");
	if (cursor_finish(c))
		return error_set(err, E_FORMAT,
				 "bytes left over: %zu", c->left);
	return E_OK;
}

int attest_parse(const struct cursor *bytes, struct attest *ret,
		 struct error *err)
{
	struct cursor c = *bytes;
	struct attest a = { 0 };
	int rc = head(&c, &a);

	if (rc)
		return error_set(err, rc, "is too short for an attestation");
	if (a.magic != ATTEST_MAGIC)
		return error_set(err, E_CHANGED, "begins with 0x%08x, not with "
				 "the magic of what a TPM made", a.magic);
	if (a.type != ATTEST_QUOTE)
		return error_set(err, E_CHANGED,
				 "is an attestation of type 0x%04x, not a "
				 "quote", a.type);
	rc = body(&c, &a, err);
	if (!rc)
		*ret = a;
	return rc;
}

/* The counterpart of a cursor: what does not fit is not written, and told. */
struct writer {
	uint8_t *at;
	size_t left;
	bool full;
};

static void put_bytes(struct writer *w, const uint8_t *bytes, size_t n)
{
	if (n > w->left) {
		w->full = true;
		return;
	}
	if (n)
		memcpy(w->at, bytes, n);
	w->at += n;
	w->left -= n;
}

static void put_integer(struct writer *w, size_t n, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	put_bytes(w, bytes, n);
}

static void put_sized(struct writer *w, const struct cursor *c)
{
	put_integer(w, 2, c->left);
	put_bytes(w, c->at, c->left);
}

static void put_selection(struct writer *w, const struct pcr_selection *sel)
{
	put_integer(w, 4, sel->count);
	for (size_t i = 0; i < sel->count; i++) {
		put_integer(w, 2, sel->bank[i].alg);
		put_integer(w, 1, PCR_COUNT / 8);
		for (unsigned int n = 0; n < PCR_COUNT; n += 8)
			put_integer(w, 1, sel->bank[i].mask >> n & 0xff);
	}
}

int attest_write(const struct attest *a, uint8_t *out, size_t *ret_len)
{
	struct writer w = { out, ATTEST_SIZE_MAX, false };

	if (a->signer.left > ATTEST_NAME_MAX ||
	    a->extra.left > ATTEST_EXTRA_MAX ||
	    a->digest.left > HASH_SIZE_MAX ||
	    a->selection.count > PCR_SELECTIONS_MAX)
		return E_LIMIT;
	put_integer(&w, 4, a->magic);
	put_integer(&w, 2, a->type);
	put_sized(&w, &a->signer);
	put_sized(&w, &a->extra);
	put_integer(&w, 8, a->clock);
	put_integer(&w, 4, a->reset_count);
	put_integer(&w, 4, a->restart_count);
	put_integer(&w, 1, a->safe);
	put_integer(&w, 8, a->firmware);
	put_selection(&w, &a->selection);
	put_sized(&w, &a->digest);
	if (w.full)
		return E_LIMIT;
	*ret_len = ATTEST_SIZE_MAX - w.left;
	return E_OK;
}
