// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-quote.c - quotes, keys and signatures that must be taken or refused
 *
 * What a TPM made comes from tests/data/quotes. What no TPM would make is made
 * here, with a key of the test's own and a valid signature, so that it is the
 * content that is refused.
 */
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/ak.h"
#include "format/attest.h"
#include "format/signature.h"
#include "quote.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Files */

static uint8_t *load(char *path, struct quote_blob *ret, const char *name)
{
	uint8_t *bytes = path ? unit_read(path, &ret->len) : NULL;

	free(path);
	ret->bytes = bytes;
	ret->name = name;
	return bytes;
}

static uint8_t *fixture(const char *key, const char *rest,
			struct quote_blob *ret, const char *name)
{
	char rel[64];

	snprintf(rel, sizeof(rel), "quotes/%s%s", key, rest);
	return load(unit_data(rel), ret, name);
}

struct files {
	uint8_t *owned[3];
	struct quote_blob attest, signature, ak;
};

/* A quote of tests/data/quotes: FORM is tss or plain, AK pub, tpmt or pem. */
static bool files_load(struct files *f, const char *key, const char *form,
		       const char *ak)
{
	char rest[32];

	snprintf(rest, sizeof(rest), ".%s.msg", form);
	f->owned[0] = fixture(key, rest, &f->attest, "attest");
	snprintf(rest, sizeof(rest), ".%s.sig", form);
	f->owned[1] = fixture(key, rest, &f->signature, "signature");
	snprintf(rest, sizeof(rest), ".%s", ak);
	f->owned[2] = fixture(key, rest, &f->ak, "ak");
	return CHECK(f->owned[0] && f->owned[1] && f->owned[2]);
}

static void files_free(struct files *f)
{
	for (size_t i = 0; i < ROWS(f->owned); i++)
		free(f->owned[i]);
}

/* The nonce of all quotes in tests/data/quotes, "only once, we hope". */
static const uint8_t nonce[] = "only once, we hope";
#define NONCE_LEN (sizeof(nonce) - 1)

static const struct {
	const char *key, *scheme;
	enum hash_id hash;
} keys[] = {
	{ "rsassa", "rsassa", HASH_SHA256 },
	{ "rsapss", "rsapss", HASH_SHA256 },
	{ "p256", "ecdsa", HASH_SHA256 },
	{ "p384", "ecdsa", HASH_SHA384 },
	{ "p521", "ecdsa", HASH_SHA512 },
};

static const char *const forms[] = { "tss", "plain" };
static const char *const aks[] = { "pub", "tpmt", "pem" };

static int open_files(const struct files *f, struct quote *q,
		      struct error *err)
{
	return quote_open(q, &f->attest, &f->signature, &f->ak, nonce,
			  NONCE_LEN, err);
}

/* Taken */

static void check_quote(const struct quote *q, size_t key, bool pem)
{
	CHECK_STR(q->scheme, keys[key].scheme);
	CHECK_INT(q->digest_alg, keys[key].hash);
	CHECK_INT(q->ak_kind, pem ? QUOTE_AK_PEM : QUOTE_AK_RESTRICTED);
	CHECK(q->nonce_checked);
	CHECK(q->safe);
	CHECK_INT(q->restart_count, 0);
	CHECK(q->clock > 0);
	CHECK_INT(q->selection.count, 2);
	CHECK_INT(q->selection.bank[0].alg, 0x0004);
	CHECK_INT(q->selection.bank[0].mask, 1U << 10);
	CHECK_INT(q->selection.bank[1].alg, 0x000b);
	CHECK_INT(q->selection.bank[1].mask, 1U << 0 | 1U << 10);
	CHECK_INT(strlen(q->ak_sha256), 64);
}

static void quotes_of_every_scheme_are_taken(void)
{
	for (size_t k = 0; k < ROWS(keys); k++) {
		char first[65] = "";

		for (size_t i = 0; i < ROWS(forms) * ROWS(aks); i++) {
			const char *form = forms[i / ROWS(aks)];
			const char *ak = aks[i % ROWS(aks)];
			struct quote q = { .scheme = NULL };
			struct error err = { 0 };
			struct files f;

			unit_case("%s.%s with .%s", keys[k].key, form, ak);
			if (files_load(&f, keys[k].key, form, ak)) {
				CHECK_INT(open_files(&f, &q, &err), E_OK);
				CHECK_STR(err.reason, "");
				check_quote(&q, k, !strcmp(ak, "pem"));
				if (!first[0])
					memcpy(first, q.ak_sha256, 65);
				CHECK_STR(q.ak_sha256, first);
			}
			files_free(&f);
		}
	}
}

/* The digest of the SubjectPublicKeyInfo, made by other means. */
static void ak_is_named_by_its_spki(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der;
	char hex[65], *name, *header;
	struct quote q = { .scheme = NULL };
	struct files f;
	size_t n;
	long len;
	BIO *bio;

	if (files_load(&f, "p256", "tss", "pem")) {
		bio = BIO_new_mem_buf(f.ak.bytes, (int)f.ak.len);
		CHECK(PEM_read_bio(bio, &name, &header, &der, &len));
		CHECK(EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len,
				   digest, &n));
		hex_encode(hex, digest, n);
		CHECK_INT(open_files(&f, &q, NULL), E_OK);
		CHECK_STR(q.ak_sha256, hex);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
		BIO_free(bio);
	}
	files_free(&f);
}

static void digest_of_the_right_values_is_the_quote_s(void)
{
	static const char *const values[] = { "serialized", "values", "yaml" };
	struct hasher *h;

	if (!CHECK(!hasher_new(&h, HASH_ALL, NULL)))
		return;
	for (size_t i = 0; i < ROWS(keys) * ROWS(values); i++) {
		size_t k = i / ROWS(values);
		const char *form = values[i % ROWS(values)];
		uint8_t out[HASH_SIZE_MAX];
		struct pcr_selection missing = { .count = 9 };
		struct pcr_values v;
		struct quote_blob pcrs;
		struct quote q;
		struct files f;
		uint8_t *bytes = fixture("pcrs.", form, &pcrs, "pcrs");

		unit_case("%s with pcrs.%s", keys[k].key, form);
		if (CHECK(bytes) && files_load(&f, keys[k].key, "tss", "pub")) {
			CHECK_INT(open_files(&f, &q, NULL), E_OK);
			CHECK_INT(pcrs_parse_quoted(bytes, pcrs.len,
						    &q.selection, &v, NULL),
				  E_OK);
			CHECK_INT(quote_digest(&q, h, &v, out, &missing), E_OK);
			CHECK_INT(missing.count, 0);
			CHECK_MEM(out, q.pcr_digest,
				  hash_row(keys[k].hash)->size);
			v.bank[HASH_SHA256].value[0][31] ^= 1;
			CHECK_INT(quote_digest(&q, h, &v, out, NULL), E_OK);
			CHECK(memcmp(out, q.pcr_digest,
				     hash_row(keys[k].hash)->size));
		}
		files_free(&f);
		free(bytes);
	}
	hasher_free(h);
}

static void digest_says_what_is_missing(void)
{
	struct quote q = {
		.digest_alg = HASH_SHA256,
		.selection = { 3, { { 0x000b, 1U << 1 | 1U << 2 | 1U << 3 },
				    { 0x0004, 1U << 10 },
				    { 0x000c, 1U << 5 } } },
	};
	struct pcr_values v = { 0 };
	struct pcr_selection missing = { 0 };
	uint8_t out[HASH_SIZE_MAX] = { 0 }, none[HASH_SIZE_MAX] = { 0 };
	struct hasher *h;

	if (!CHECK(!hasher_new(&h, HASH_ALL, NULL)))
		return;
	v.bank[HASH_SHA256].mask = 1U << 2;
	v.bank[HASH_SHA1].mask = 1U << 10;
	CHECK_INT(quote_digest(&q, h, &v, out, &missing), E_ABSENT);
	CHECK_INT(missing.count, 2);
	CHECK_INT(missing.bank[0].alg, 0x000b);
	CHECK_INT(missing.bank[0].mask, 1U << 1 | 1U << 3);
	CHECK_INT(missing.bank[1].alg, 0x000c);
	CHECK_INT(missing.bank[1].mask, 1U << 5);
	CHECK_INT(quote_digest(&q, h, &v, out, NULL), E_ABSENT);
	CHECK_MEM(out, none, sizeof(out));

	q.selection.bank[1].alg = 0x0027;
	CHECK_INT(quote_digest(&q, h, &v, out, &missing), E_UNSUPPORTED);
	CHECK_INT(missing.count, 3);
	CHECK_INT(missing.bank[1].alg, 0x0027);
	CHECK_MEM(out, none, sizeof(out));
	hasher_free(h);
}

static void attestation_with_a_size_in_front_is_taken(void)
{
	uint8_t sized[2 + ATTEST_SIZE_MAX + 1] = { 0 };
	struct quote q;
	struct files f;

	if (files_load(&f, "p256", "tss", "pub")) {
		sized[1] = (uint8_t)f.attest.len;
		memcpy(sized + 2, f.attest.bytes, f.attest.len);
		f.attest.bytes = sized;
		f.attest.len += 2;
		CHECK_INT(open_files(&f, &q, NULL), E_OK);
		f.attest.len++;
		CHECK_INT(open_files(&f, &q, NULL), E_FORMAT);
		f.attest.len -= 2;
		CHECK_INT(open_files(&f, &q, NULL), E_INCOMPLETE);
	}
	files_free(&f);
}

static void nonce_is_not_checked_where_none_is_given(void)
{
	struct quote q = { .nonce_checked = true };
	struct files f;

	if (files_load(&f, "p256", "tss", "pub")) {
		CHECK_INT(quote_open(&q, &f.attest, &f.signature, &f.ak, NULL,
				     0, NULL), E_OK);
		CHECK(!q.nonce_checked);
	}
	files_free(&f);
}

/* Reading and writing are each other's inverse, on what a TPM wrote. */
static void attestation_is_written_as_a_tpm_does(void)
{
	for (size_t k = 0; k < ROWS(keys); k++) {
		uint8_t out[ATTEST_SIZE_MAX];
		struct attest a;
		struct cursor body;
		struct files f;
		size_t len = 0;

		unit_case("%s", keys[k].key);
		if (files_load(&f, keys[k].key, "tss", "pub")) {
			body = cursor_over(f.attest.bytes, f.attest.len, true);
			CHECK_INT(attest_parse(&body, &a, NULL), E_OK);
			CHECK_INT(attest_write(&a, out, &len), E_OK);
			CHECK_INT(len, f.attest.len);
			CHECK_MEM(out, f.attest.bytes, len);
		}
		files_free(&f);
	}
}

/* Refused: what a TPM made, but the wrong one */

static const struct {
	const char *name, *attest, *signature, *ak;
	int code;
	const char *subject, *reason;
} mixed[] = {
	{ "a decryption key", "rsassa.tss.msg", "rsassa.tss.sig", "ek.pub",
	  E_UNSUPPORTED, "ak", "is a decryption key" },
	{ "a key that is not restricted", "open.tss.msg", "open.tss.sig",
	  "open.pub", E_UNSUPPORTED, "ak",
	  "is not restricted, so that it could sign what no TPM made" },
	{ "the same, bare", "open.plain.msg", "open.plain.sig", "open.tpmt",
	  E_UNSUPPORTED, "ak",
	  "is not restricted, so that it could sign what no TPM made" },
	{ "sha1", "sha1.tss.msg", "sha1.tss.sig", "sha1.pub", E_UNSUPPORTED,
	  "signature", "is made with sha1, which is not accepted" },
	{ "sha1, PEM", "sha1.tss.msg", "sha1.tss.sig", "sha1.pem",
	  E_UNSUPPORTED, "signature",
	  "is made with sha1, which is not accepted" },
	{ "sha1, plain", "sha1.plain.msg", "sha1.plain.sig", "sha1.pub",
	  E_UNSUPPORTED, "signature",
	  "is made with sha1, which is not accepted" },
	{ "sha1, plain, PEM", "sha1.plain.msg", "sha1.plain.sig", "sha1.pem",
	  E_UNSUPPORTED, "signature", "the quote's digest has 20 bytes, as "
	  "no accepted hash makes them" },
	{ "another quote's signature", "p256.tss.msg", "p256.plain.sig",
	  "p256.pub", E_CHANGED, "signature",
	  "is not the AK's signature of the quote" },
	{ "another key", "p256.tss.msg", "p256.tss.sig", "open.pem",
	  E_CHANGED, "signature", "is not the AK's signature of the quote" },
	{ "another RSA key", "rsassa.tss.msg", "rsassa.tss.sig", "rsapss.pem",
	  E_CHANGED, "signature", "is not the AK's signature of the quote" },
	{ "another RSA key, plain", "rsassa.plain.msg", "rsassa.plain.sig",
	  "rsapss.pem", E_CHANGED, "signature",
	  "is not the AK's signature of the quote" },
	{ "the key's own scheme", "rsassa.tss.msg", "rsassa.tss.sig",
	  "rsapss.pub", E_CHANGED, "signature", "is of scheme 0x0014 with "
	  "hash 0x000b, the key's own are 0x0016 with 0x000b" },
	{ "an ECC key, an RSA signature", "rsassa.tss.msg", "rsassa.tss.sig",
	  "p256.pub", E_CHANGED, "signature",
	  "is of scheme rsassa, which is not one for ECC keys" },
	{ "an RSA key, an ECDSA signature", "p256.tss.msg", "p256.tss.sig",
	  "rsassa.pem", E_CHANGED, "signature",
	  "is of scheme ecdsa, which is not one for RSA keys" },
	{ "no attestation", "p256.tss.sig", "p256.tss.sig", "p256.pub",
	  E_CHANGED, "attest", "begins with 0x0018000b, not with the magic "
	  "of what a TPM made" },
	{ "no key", "p256.tss.msg", "p256.tss.sig", "p256.tss.msg",
	  E_INCOMPLETE, "ak",
	  "is no TPM2B_PUBLIC: its size and that of the file differ" },
};

static void quotes_that_do_not_belong_together_are_refused(void)
{
	static const struct quote none;

	for (size_t i = 0; i < ROWS(mixed); i++) {
		struct quote q = none;
		struct error err = { 0 };
		struct files f;

		unit_case("%s", mixed[i].name);
		f.owned[0] = fixture("", mixed[i].attest, &f.attest, "attest");
		f.owned[1] = fixture("", mixed[i].signature, &f.signature,
				     "signature");
		f.owned[2] = fixture("", mixed[i].ak, &f.ak, "ak");
		if (CHECK(f.owned[0] && f.owned[1] && f.owned[2])) {
			CHECK_INT(open_files(&f, &q, &err), mixed[i].code);
			CHECK_INT(err.code, mixed[i].code);
			CHECK_STR(err.subject, mixed[i].subject);
			CHECK_STR(err.reason, mixed[i].reason);
			CHECK_MEM(&q, &none, sizeof(q));
		}
		files_free(&f);
	}
}

/* As PEM nobody can tell what the key may sign: taken, and told as such. */
static void unrestricted_key_as_pem_is_of_unknown_kind(void)
{
	struct quote q = { .ak_kind = QUOTE_AK_RESTRICTED };
	struct files f;

	if (files_load(&f, "open", "tss", "pem")) {
		CHECK_INT(open_files(&f, &q, NULL), E_OK);
		CHECK_INT(q.ak_kind, QUOTE_AK_PEM);
	}
	files_free(&f);
}

static void nonce_that_is_not_ours_is_refused(void)
{
	static const struct {
		const char *name, *nonce;
		size_t len;
	} rows[] = {
		{ "another", "only once, we hopf", 18 },
		{ "shorter", "only once, we hope", 17 },
		{ "longer", "only once, we hope", 19 },
		{ "none", "", 0 },
		{ "longer than any", "only once, we hope, but here comes a "
		  "text that no quote can hold, whatever it tries", 80 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		static const struct quote none;
		struct quote q = none;
		struct error err = { 0 };
		struct files f;

		unit_case("%s", rows[i].name);
		if (files_load(&f, "p256", "tss", "pub")) {
			CHECK_INT(quote_open(&q, &f.attest, &f.signature,
					     &f.ak,
					     (const uint8_t *)rows[i].nonce,
					     rows[i].len, &err), E_CHANGED);
			CHECK_STR(err.subject, "attest");
			CHECK_STR(err.reason, "the nonce is not ours");
			CHECK_MEM(&q, &none, sizeof(q));
		}
		files_free(&f);
	}
}

/* Refused: any length, any bit */

/* @blob's first @n bytes, and @more zeros, in an exact allocation. */
static int open_resized(const struct files *f, size_t which, size_t n,
			size_t more, struct error *err)
{
	struct files g = *f;
	struct quote_blob *blobs[] = { &g.attest, &g.signature, &g.ak };
	uint8_t *copy = calloc(n + more ? n + more : 1, 1);
	struct quote q;
	int rc = E_NOMEM;

	if (copy) {
		memcpy(copy, blobs[which]->bytes, n);
		blobs[which]->bytes = copy;
		blobs[which]->len = n + more;
		rc = open_files(&g, &q, err);
	}
	free(copy);
	return rc;
}

static bool refusal(int rc)
{
	return rc == E_CHANGED || rc == E_FORMAT || rc == E_INCOMPLETE ||
	       rc == E_UNSUPPORTED || rc == E_LIMIT;
}

/* A PEM without its last newline is whole. */
static bool whole_pem(const struct files *f, size_t which, size_t n)
{
	return which == 2 && f->ak.bytes[0] == '-' && n == f->ak.len - 1;
}

static void cut_anywhere(const char *key, const char *form, const char *ak)
{
	struct files f;

	if (files_load(&f, key, form, ak)) {
		const size_t lens[] = { f.attest.len, f.signature.len,
					f.ak.len };

		for (size_t which = 0; which < ROWS(lens); which++) {
			struct error err = { 0 };

			for (size_t n = 0; n < lens[which]; n++) {
				unit_case("%s.%s with .%s, file %zu cut at %zu",
					  key, form, ak, which, n);
				if (!whole_pem(&f, which, n))
					CHECK(refusal(open_resized(&f, which,
								   n, 0,
								   &err)));
			}
			unit_case("%s.%s with .%s, file %zu and more", key,
				  form, ak, which);
			CHECK(refusal(open_resized(&f, which, lens[which], 1,
						   &err)));
		}
	}
	files_free(&f);
}

static void files_cut_anywhere_or_with_more_behind_are_refused(void)
{
	for (size_t k = 0; k < ROWS(keys); k++) {
		cut_anywhere(keys[k].key, "tss", "pub");
		cut_anywhere(keys[k].key, "plain", "tpmt");
		cut_anywhere(keys[k].key, "plain", "pem");
	}
}

static void flip_anywhere(const char *key, const char *form, const char *ak)
{
	struct files f;

	if (files_load(&f, key, form, ak)) {
		for (size_t which = 0; which < 2; which++) {
			size_t len = which ? f.signature.len : f.attest.len;

			for (size_t bit = 0; bit < 8 * len; bit++) {
				struct error err = { 0 };
				uint8_t *at = &f.owned[which][bit / 8];
				uint8_t mask = (uint8_t)(1 << bit % 8);

				unit_case("%s.%s with .%s, file %zu, bit %zu",
					  key, form, ak, which, bit);
				*at ^= mask;
				CHECK(refusal(open_resized(&f, which, len, 0,
							   &err)));
				CHECK(err.reason[0]);
				*at ^= mask;
			}
		}
		unit_case("%s.%s with .%s, not flipped", key, form, ak);
		CHECK_INT(open_resized(&f, 0, f.attest.len, 0, NULL), E_OK);
	}
	files_free(&f);
}

static void files_with_any_bit_flipped_are_refused(void)
{
	for (size_t k = 0; k < ROWS(keys); k++)
		for (size_t i = 0; i < ROWS(forms); i++)
			flip_anywhere(keys[k].key, forms[i],
				      i ? "pem" : "pub");
}

/* Of a key some bits may change, such as the policy's; nothing may break. */
static void keys_with_any_bit_flipped_are_survived(void)
{
	for (size_t k = 0; k < ROWS(keys) * ROWS(aks); k++) {
		const char *ak = aks[k % ROWS(aks)];
		struct files f;

		if (files_load(&f, keys[k / ROWS(aks)].key, "tss", ak)) {
			for (size_t bit = 0; bit < 8 * f.ak.len; bit++) {
				uint8_t mask = (uint8_t)(1 << bit % 8);
				int rc;

				unit_case("%s.%s, bit %zu",
					  keys[k / ROWS(aks)].key, ak, bit);
				f.owned[2][bit / 8] ^= mask;
				rc = open_resized(&f, 2, f.ak.len, 0, NULL);
				CHECK(!rc || refusal(rc));
				f.owned[2][bit / 8] ^= mask;
			}
		}
		files_free(&f);
	}
}

static void nothing_is_left_in_libcrypto_s_error_queue(void)
{
	struct files f;

	if (files_load(&f, "p256", "plain", "pem")) {
		ERR_clear_error();
		CHECK(open_resized(&f, 1, 40, 0, NULL));
		CHECK(open_resized(&f, 2, 40, 0, NULL));
		CHECK(!ERR_peek_error());
	}
	files_free(&f);
}

/* Made here */

static EVP_PKEY *p256(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static EVP_PKEY *rsa(size_t bits)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
}

/* Sign with @key; @salt is -1 for any but RSAPSS. To be freed. */
static uint8_t *sign(EVP_PKEY *key, const char *hash, int salt,
		     const uint8_t *bytes, size_t len, size_t *ret_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	uint8_t *sig = NULL;

	CHECK(EVP_DigestSignInit_ex(ctx, &pctx, hash, NULL, NULL, key,
				    NULL) == 1);
	if (salt >= 0) {
		CHECK(EVP_PKEY_CTX_set_rsa_padding(pctx,
						   RSA_PKCS1_PSS_PADDING) == 1);
		CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) == 1);
	}
	CHECK(EVP_DigestSign(ctx, NULL, ret_len, bytes, len) == 1);
	sig = malloc(*ret_len);
	CHECK(EVP_DigestSign(ctx, sig, ret_len, bytes, len) == 1);
	EVP_MD_CTX_free(ctx);
	return sig;
}

/* @pem must have room for it. */
static size_t public_pem(EVP_PKEY *key, char *pem, size_t room)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	CHECK(PEM_write_bio_PUBKEY(bio, key) == 1);
	n = BIO_read(bio, pem, (int)room);
	BIO_free(bio);
	return n > 0 ? (size_t)n : 0;
}

/* An attestation as a TPM would make it, of which a test changes something. */
static struct attest usual(void)
{
	static const uint8_t name[34] = { 0x00, 0x0b, 0x5e };
	static const uint8_t digest[HASH_SIZE_MAX] = { 0xd1 };

	return (struct attest){
		.magic = ATTEST_MAGIC,
		.type = ATTEST_QUOTE,
		.signer = cursor_over(name, sizeof(name), true),
		.extra = cursor_over(nonce, NONCE_LEN, true),
		.clock = 12345,
		.reset_count = 7,
		.restart_count = 3,
		.safe = true,
		.firmware = 0x2019102300163636,
		.selection = { 1, { { 0x000b, 1U << 10 } } },
		.digest = cursor_over(digest, 32, true),
	};
}

/* Open @bytes, well signed over with @hash by @key, whose PEM is the AK. */
static int open_signed(EVP_PKEY *key, const char *hash, int salt,
		       const uint8_t *bytes, size_t len, struct quote *q,
		       struct error *err)
{
	struct quote_blob attest = { bytes, len, "attest" };
	struct quote_blob signature = { .name = "signature" };
	struct quote_blob ak = { .name = "ak" };
	char pem[2048];
	uint8_t *sig = sign(key, hash, salt, bytes, len, &signature.len);
	int rc;

	ak.bytes = (uint8_t *)pem;
	ak.len = public_pem(key, pem, sizeof(pem));
	signature.bytes = sig;
	rc = quote_open(q, &attest, &signature, &ak, nonce, NONCE_LEN, err);
	free(sig);
	return rc;
}

static void made_quote_is_taken(void)
{
	struct attest a = usual();
	uint8_t bytes[ATTEST_SIZE_MAX];
	EVP_PKEY *key = p256();
	struct error err = { 0 };
	struct quote q;
	size_t len;

	CHECK_INT(attest_write(&a, bytes, &len), E_OK);
	CHECK_INT(open_signed(key, "SHA256", -1, bytes, len, &q, &err), E_OK);
	CHECK_STR(err.reason, "");
	CHECK_INT(q.clock, 12345);
	CHECK_INT(q.reset_count, 7);
	CHECK_INT(q.restart_count, 3);
	CHECK(q.safe);
	EVP_PKEY_free(key);
}

static void rsapss_salt_of_any_length_is_taken(void)
{
	static const int salts[] = { 0, 1, 20, 32, 222 };
	struct attest a = usual();
	uint8_t bytes[ATTEST_SIZE_MAX];
	EVP_PKEY *key = rsa(2048);
	struct quote q = { .scheme = NULL };
	size_t len;

	CHECK_INT(attest_write(&a, bytes, &len), E_OK);
	for (size_t i = 0; i < ROWS(salts); i++) {
		unit_case("salt %d", salts[i]);
		CHECK_INT(open_signed(key, "SHA256", salts[i], bytes, len, &q,
				      NULL), E_OK);
		CHECK_STR(q.scheme, "rsapss");
	}
	EVP_PKEY_free(key);
}

/* What a signature covers, and still is no quote for us. */

static void magic(struct attest *a)
{
	a->magic = 0xff544348;
}

static void type_certify(struct attest *a)
{
	a->type = 0x8017;
}

static void other_nonce(struct attest *a)
{
	static const uint8_t other[] = "only once, we hopf";

	a->extra = cursor_over(other, NONCE_LEN, true);
}

static void no_nonce(struct attest *a)
{
	a->extra.left = 0;
}

static void part_of_nonce(struct attest *a)
{
	a->extra.left--;
}

static void no_banks(struct attest *a)
{
	a->selection.count = 0;
}

static void no_pcrs(struct attest *a)
{
	a->selection.bank[0].mask = 0;
}

static void bank_twice(struct attest *a)
{
	a->selection.bank[1] = a->selection.bank[0];
	a->selection.count = 2;
}

static void bank_twice_apart(struct attest *a)
{
	a->selection.bank[1].alg = 0x000c;
	a->selection.bank[1].mask = 1U << 10;
	a->selection.bank[2].alg = 0x000b;
	a->selection.bank[2].mask = 1U << 11;
	a->selection.count = 3;
}

static void digest_48(struct attest *a)
{
	a->digest.left = 48;
}

static void digest_64(struct attest *a)
{
	a->digest.left = 64;
}

static void digest_20(struct attest *a)
{
	a->digest.left = 20;
}

static void digest_none(struct attest *a)
{
	a->digest.left = 0;
}

static const struct {
	const char *name;
	void (*change)(struct attest *a);
	int code;
	const char *subject, *reason;
} contents[] = {
	{ "magic", magic, E_CHANGED, "attest", "begins with 0xff544348, not "
	  "with the magic of what a TPM made" },
	{ "type", type_certify, E_CHANGED, "attest",
	  "is an attestation of type 0x8017, not a quote" },
	{ "nonce", other_nonce, E_CHANGED, "attest", "the nonce is not ours" },
	{ "no nonce", no_nonce, E_CHANGED, "attest", "the nonce is not ours" },
	{ "part of the nonce", part_of_nonce, E_CHANGED, "attest",
	  "the nonce is not ours" },
	{ "selection without banks", no_banks, E_UNSUPPORTED, "attest",
	  "selects no PCR" },
	{ "selection without PCRs", no_pcrs, E_UNSUPPORTED, "attest",
	  "selects no PCR" },
	{ "bank twice", bank_twice, E_UNSUPPORTED, "attest",
	  "selects from bank 0x000b twice" },
	{ "bank twice, apart", bank_twice_apart, E_UNSUPPORTED, "attest",
	  "selects from bank 0x000b twice" },
	{ "digest of 20 bytes", digest_20, E_UNSUPPORTED, "signature", "the "
	  "quote's digest has 20 bytes, as no accepted hash makes them" },
	{ "no digest", digest_none, E_UNSUPPORTED, "signature", "the "
	  "quote's digest has 0 bytes, as no accepted hash makes them" },
	/* Plain, so that the digest tells the hash: SHA-384, which it isn't. */
	{ "digest of 48 bytes", digest_48, E_CHANGED, "signature",
	  "is not the AK's signature of the quote" },
	{ "digest of 64 bytes", digest_64, E_CHANGED, "signature",
	  "is not the AK's signature of the quote" },
};

static void signed_content_refusals(void)
{
	EVP_PKEY *key = p256();

	for (size_t i = 0; i < ROWS(contents); i++) {
		static const struct quote none;
		struct attest a = usual();
		uint8_t bytes[ATTEST_SIZE_MAX];
		struct quote q = none;
		struct error err = { 0 };
		size_t len = 0;

		unit_case("%s", contents[i].name);
		contents[i].change(&a);
		CHECK_INT(attest_write(&a, bytes, &len), E_OK);
		CHECK_INT(open_signed(key, "SHA256", -1, bytes, len, &q, &err),
			  contents[i].code);
		CHECK_STR(err.subject, contents[i].subject);
		CHECK_STR(err.reason, contents[i].reason);
		CHECK_MEM(&q, &none, sizeof(q));
	}
	EVP_PKEY_free(key);
}

/* Offsets into what usual() makes. */
#define AT_SIGNER 6
#define AT_EXTRA (AT_SIGNER + 2 + 34)
#define AT_SAFE (AT_EXTRA + 2 + NONCE_LEN + 16)
#define AT_BANKS (AT_SAFE + 1 + 8)
#define AT_OCTETS (AT_BANKS + 4 + 2)

static void signed_bytes_refusals(void)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		int code;
		const char *reason;
	} rows[] = {
		{ "safe is no boolean", AT_SAFE, 2, E_CHANGED,
		  "is not what a TPM writes" },
		{ "PCRs above 23", AT_OCTETS, 4, E_UNSUPPORTED, "selects PCRs "
		  "with 4 octets, not the 3 of PCRs 0 to 23" },
		{ "PCRs in too few octets", AT_OCTETS, 2, E_UNSUPPORTED,
		  "selects PCRs with 2 octets, not the 3 of PCRs 0 to 23" },
		{ "17 banks", AT_BANKS + 3, 17, E_LIMIT,
		  "selects from 17 banks, more than 16" },
		{ "a name too long", AT_SIGNER + 1, 67, E_LIMIT, "the signer's "
		  "name ends early or is longer than a name can be" },
		{ "a nonce too long", AT_EXTRA + 1, 67, E_LIMIT, "the nonce "
		  "ends early or is longer than a nonce can be" },
		{ "a digest too long", AT_OCTETS + 5, 65, E_LIMIT, "the digest "
		  "of the PCRs ends early or is longer than a digest can be" },
		{ "a digest cut", AT_OCTETS + 5, 33, E_INCOMPLETE, "the digest "
		  "of the PCRs ends early or is longer than a digest can be" },
		{ "left over", AT_OCTETS + 5, 31, E_FORMAT,
		  "bytes left over: 1" },
	};
	EVP_PKEY *key = p256();

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct attest a = usual();
		uint8_t bytes[ATTEST_SIZE_MAX];
		struct error err = { 0 };
		struct quote q;
		size_t len;

		unit_case("%s", rows[i].name);
		CHECK_INT(attest_write(&a, bytes, &len), E_OK);
		bytes[rows[i].at] = rows[i].value;
		CHECK_INT(open_signed(key, "SHA256", -1, bytes, len, &q, &err),
			  rows[i].code);
		CHECK_STR(err.subject, "attest");
		CHECK_STR(err.reason, rows[i].reason);
		CHECK(rows[i].at != AT_SAFE ||
		      (err.has_offset && err.offset == AT_SAFE));
	}
	EVP_PKEY_free(key);
}

/* Not plain: the hash is told, and the digest does not go with it. */
static void digest_of_another_size_than_the_hash_is_refused(void)
{
	struct attest a = usual();
	struct quote_blob attest = { .name = "attest" };
	struct quote_blob signature = { .name = "signature" };
	struct quote_blob ak = { .name = "ak" };
	uint8_t bytes[ATTEST_SIZE_MAX], tss[6 + 256] = { 0, 0x14, 0, 0x0b, 1 };
	char pem[2048];
	EVP_PKEY *key = rsa(2048);
	struct error err = { 0 };
	struct quote q;
	uint8_t *sig;
	size_t len;

	a.digest.left = 48;
	CHECK_INT(attest_write(&a, bytes, &attest.len), E_OK);
	sig = sign(key, "SHA256", -1, bytes, attest.len, &len);
	if (CHECK_INT(len, 256)) {
		memcpy(tss + 6, sig, len);
		attest.bytes = bytes;
		signature.bytes = tss;
		signature.len = sizeof(tss);
		ak.bytes = (uint8_t *)pem;
		ak.len = public_pem(key, pem, sizeof(pem));
		CHECK_INT(quote_open(&q, &attest, &signature, &ak, nonce,
				     NONCE_LEN, &err), E_CHANGED);
		CHECK_STR(err.reason, "the digest of the PCRs has 48 bytes, "
			  "the signature's hash makes 32");
	}
	free(sig);
	EVP_PKEY_free(key);
}

static void writing_more_than_a_tpm_could_is_refused(void)
{
	static const uint8_t many[ATTEST_NAME_MAX + 1];
	uint8_t bytes[ATTEST_SIZE_MAX];
	struct attest a;
	size_t len = 99;

	a = usual();
	a.signer = cursor_over(many, sizeof(many), true);
	CHECK_INT(attest_write(&a, bytes, &len), E_LIMIT);
	a = usual();
	a.extra = cursor_over(many, sizeof(many), true);
	CHECK_INT(attest_write(&a, bytes, &len), E_LIMIT);
	a = usual();
	a.digest = cursor_over(many, HASH_SIZE_MAX + 1, true);
	CHECK_INT(attest_write(&a, bytes, &len), E_LIMIT);
	a = usual();
	a.selection.count = PCR_SELECTIONS_MAX + 1;
	CHECK_INT(attest_write(&a, bytes, &len), E_LIMIT);
	CHECK_INT(len, 99);

	a = usual();
	a.signer = cursor_over(many, ATTEST_NAME_MAX, true);
	a.extra = cursor_over(many, ATTEST_EXTRA_MAX, true);
	a.digest = cursor_over(many, HASH_SIZE_MAX, true);
	a.selection.count = PCR_SELECTIONS_MAX;
	CHECK_INT(attest_write(&a, bytes, &len), E_OK);
	CHECK_INT(len, ATTEST_SIZE_MAX);
}

/* Keys */

static int load_key(const void *bytes, size_t len, struct error *err)
{
	struct ak ak = { .key = NULL };
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	if (len)
		memcpy(copy, bytes, len);
	rc = ak_load(copy, len, &ak, err);
	CHECK(!rc == !!ak.key);
	ak_release(&ak);
	free(copy);
	return rc;
}

/* Take @key away, as PEM, and see it refused. */
static void check_bad_key(const char *name, EVP_PKEY *key, int code,
			  const char *reason)
{
	struct error err = { 0 };
	char pem[2048];
	size_t len;

	unit_case("%s", name);
	if (!CHECK(key))
		return;
	len = public_pem(key, pem, sizeof(pem));
	CHECK_INT(load_key(pem, len, &err), code);
	CHECK_STR(err.reason, reason);
	EVP_PKEY_free(key);
}

static EVP_PKEY *explicit_p256(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	CHECK(EVP_PKEY_keygen_init(ctx) == 1);
	CHECK(EVP_PKEY_CTX_set_group_name(ctx, "P-256") == 1);
	CHECK(EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE) ==
	      1);
	CHECK(EVP_PKEY_keygen(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *rsa_of_exponent_3(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	unsigned int bits = 2048, e = 3;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits),
		OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	CHECK(EVP_PKEY_keygen_init(ctx) == 1);
	CHECK(EVP_PKEY_CTX_set_params(ctx, params) == 1);
	CHECK(EVP_PKEY_keygen(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void keys_that_may_not_vouch_are_refused(void)
{
	check_bad_key("small RSA", rsa(1024), E_UNSUPPORTED,
		      "is an RSA key of 1024 bits, fewer than 2048");
	check_bad_key("RSA just below", rsa(2040), E_UNSUPPORTED,
		      "is an RSA key of 2040 bits, fewer than 2048");
	check_bad_key("exponent 3", rsa_of_exponent_3(), E_UNSUPPORTED,
		      "is an RSA key whose exponent is even or below 65537");
	check_bad_key("P-224", EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-224"),
		      E_UNSUPPORTED,
		      "is on a curve other than P-256, P-384, P-521");
	check_bad_key("secp256k1",
		      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
		      E_UNSUPPORTED,
		      "is on a curve other than P-256, P-384, P-521");
	check_bad_key("P-256 described", explicit_p256(), E_UNSUPPORTED,
		      "does not name its curve, but describes it");
	check_bad_key("Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		      E_UNSUPPORTED, "is neither an RSA nor an ECC key");
}

static void private_keys_are_refused(void)
{
	EVP_PKEY *key = p256();
	struct error err = { 0 };
	char pem[2048];
	int n;

	for (int traditional = 0; traditional < 2; traditional++) {
		BIO *bio = BIO_new(BIO_s_mem());

		unit_case("traditional %d", traditional);
		if (traditional)
			PEM_write_bio_PrivateKey_traditional(bio, key, NULL,
							     NULL, 0, NULL,
							     NULL);
		else
			PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL,
						 NULL);
		n = BIO_read(bio, pem, sizeof(pem));
		BIO_free(bio);
		CHECK_INT(load_key(pem, (size_t)n, &err), E_FORMAT);
		CHECK_STR(err.reason, "is a private key, and only the public "
			  "one belongs here");
	}
	EVP_PKEY_free(key);
}

/* @before, the PEM of p256, @behind. */
static void check_pem(const char *before, const char *behind, int code,
		      const char *reason)
{
	struct quote_blob pem;
	struct error err = { 0 };
	uint8_t *bytes = fixture("p256", ".pem", &pem, "ak");
	char text[1024];
	int n;

	unit_case("\"%s\" before, \"%s\" behind", before, behind);
	if (CHECK(bytes)) {
		n = snprintf(text, sizeof(text), "%s%.*s%s", before,
			     (int)pem.len, (char *)bytes, behind);
		CHECK_INT(load_key(text, (size_t)n, &err), code);
		CHECK_STR(err.reason, reason);
	}
	free(bytes);
}

static void pem_stands_alone(void)
{
	const char *lone = "is no TPM2B_PUBLIC: its size and that of the file "
			   "differ";

	check_pem("", "", E_OK, "");
	check_pem("", " \r\n\t\n", E_OK, "");
	check_pem("", "x", E_FORMAT, "something follows the key");
	check_pem("", "\n-----BEGIN PUBLIC KEY-----\n", E_FORMAT,
		  "something follows the key");
	check_pem("key:\n", "", E_INCOMPLETE, lone);
	check_pem("-----BEGIN CERTIFICATE-----\nAAAA\n"
		  "-----END CERTIFICATE-----\n", "", E_FORMAT,
		  "is no PEM of a PUBLIC KEY");
	check_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n"
		  "-----END PUBLIC KEY-----\n", "", E_FORMAT,
		  "something follows the key");
	check_pem("--\n-----BEGIN PUBLIC KEY-----\nAAAA\n"
		  "-----END PUBLIC KEY-----\n", "", E_FORMAT,
		  "something follows the key");
}

static void pem_content_refusals(void)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "-", "is no PEM" },
		{ "-----BEGIN PUBLIC KEY-----\n", "is no PEM" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n"
		  "-----END PUBLIC KEY-----\n",
		  "holds no SubjectPublicKeyInfo that libcrypto knows, or more "
		  "than one" },
		{ "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
		  "-----END PUBLIC KEY-----\n", "is no PEM of a PUBLIC KEY" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct error err = { 0 };

		unit_case("row %zu", i);
		CHECK_INT(load_key(rows[i].text, strlen(rows[i].text), &err),
			  E_FORMAT);
		CHECK_STR(err.reason, rows[i].reason);
	}
}

/* Two keys in the DER of one PEM. */
static void pem_with_more_in_its_der_is_refused(void)
{
	struct error err = { 0 };
	unsigned char *der = NULL;
	EVP_PKEY *key = p256();
	int len = i2d_PUBKEY(key, &der);
	unsigned char twice[512] = { 0 };
	BIO *bio = BIO_new(BIO_s_mem());
	char pem[1024];
	int n;

	if (CHECK(len > 0 && len < 256)) {
		memcpy(twice, der, (size_t)len);
		PEM_write_bio(bio, "PUBLIC KEY", "", twice, len + 1);
		n = BIO_read(bio, pem, sizeof(pem));
		CHECK_INT(load_key(pem, (size_t)n, &err), E_FORMAT);
		CHECK_STR(err.reason, "holds no SubjectPublicKeyInfo that "
			  "libcrypto knows, or more than one");
	}
	BIO_free(bio);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static void key_file_over_the_limit_is_refused(void)
{
	struct error err = { 0 };
	char *many = calloc(AK_FILE_MAX + 1, 1);

	if (CHECK(many)) {
		CHECK_INT(load_key(many, AK_FILE_MAX + 1, &err), E_LIMIT);
		CHECK_STR(err.reason, "is longer than 16384 bytes");
	}
	free(many);
}

/* TPM2B_PUBLIC: offsets common to both kinds, then of each. */
#define AT_TYPE 2
#define AT_ATTRIBUTES 6
#define AT_SCHEME 14
#define AT_HASH 16
#define AT_RSA_BITS 18
#define AT_RSA_EXPONENT 20
#define AT_ECC_CURVE 18
#define AT_ECC_X 22

static const struct {
	const char *name, *key;
	size_t at;
	uint32_t value;
	size_t size;
	int code;
	const char *subject, *reason;
} publics[] = {
	{ "not fixedTPM", "p256", AT_ATTRIBUTES, 0x00050070, 4, E_UNSUPPORTED,
	  "ak", "is not fixedTPM, so that it could be used outside of its "
	  "TPM" },
	{ "not restricted", "p256", AT_ATTRIBUTES, 0x00040072, 4,
	  E_UNSUPPORTED, "ak",
	  "is not restricted, so that it could sign what no TPM made" },
	{ "no signing key", "p256", AT_ATTRIBUTES, 0x00010072, 4,
	  E_UNSUPPORTED, "ak", "is no signing key" },
	{ "signs and decrypts", "p256", AT_ATTRIBUTES, 0x00070072, 4,
	  E_UNSUPPORTED, "ak", "is a decryption key" },
	{ "keyed hash", "p256", AT_TYPE, 0x0008, 2, E_UNSUPPORTED, "ak",
	  "is neither an RSA nor an ECC key of a known scheme" },
	{ "a scheme that nobody knows", "p256", AT_SCHEME, 0x0042, 2,
	  E_UNSUPPORTED, "ak",
	  "is neither an RSA nor an ECC key of a known scheme" },
	{ "SM2", "p256", AT_SCHEME, 0x001b, 2, E_UNSUPPORTED, "ak", "is a key "
	  "of scheme 0x001b, which is not RSASSA, RSAPSS or ECDSA" },
	{ "RSASSA of an ECC key", "p256", AT_SCHEME, 0x0014, 2, E_UNSUPPORTED,
	  "ak",
	  "is a key of scheme 0x0014, which is not RSASSA, RSAPSS or ECDSA" },
	{ "another hash", "p256", AT_HASH, 0x000c, 2, E_CHANGED, "signature",
	  "is of scheme 0x0018 with hash 0x000b, the key's own are 0x0018 "
	  "with 0x000c" },
	{ "RSAPSS by an RSASSA key", "rsassa", AT_SCHEME, 0x0016, 2, E_CHANGED,
	  "signature", "is of scheme 0x0014 with hash 0x000b, the key's own "
	  "are 0x0016 with 0x000b" },
	{ "a Barreto-Naehrig curve", "p256", AT_ECC_CURVE, 0x0010, 2,
	  E_UNSUPPORTED, "ak",
	  "is on curve 0x0010, not P-256, P-384 or P-521" },
	{ "a curve too small", "p384", AT_ECC_CURVE, 0x0003, 2, E_FORMAT, "ak",
	  "a coordinate is longer than its curve's" },
	{ "a point off the curve", "p384", AT_ECC_X + 2, 0x0badbeef, 4,
	  E_FORMAT, "ak", "libcrypto does not take it for a public key" },
	{ "exponent 3", "rsassa", AT_RSA_EXPONENT, 3, 4, E_UNSUPPORTED, "ak",
	  "is an RSA key whose exponent is even or below 65537" },
	{ "exponent 1", "rsassa", AT_RSA_EXPONENT, 1, 4, E_UNSUPPORTED, "ak",
	  "is an RSA key whose exponent is even or below 65537" },
	{ "even exponent", "rsassa", AT_RSA_EXPONENT, 0x10000, 4,
	  E_UNSUPPORTED, "ak",
	  "is an RSA key whose exponent is even or below 65537" },
	{ "another exponent", "rsassa", AT_RSA_EXPONENT, 0x10003, 4,
	  E_CHANGED, "signature", "is not the AK's signature of the quote" },
	{ "bits that are not the modulus'", "rsassa", AT_RSA_BITS, 3072, 2,
	  E_FORMAT, "ak", "the modulus is not as long as the key says" },
	{ "a modulus with zeros in front", "rsassa", AT_RSA_EXPONENT + 6, 0, 1,
	  E_UNSUPPORTED, "ak",
	  "is an RSA key of 2040 bits, fewer than 2048" },
};

static void public_area_refusals(void)
{
	for (size_t i = 0; i < ROWS(publics); i++) {
		struct error err = { 0 };
		struct quote q;
		struct files f;

		unit_case("%s", publics[i].name);
		if (files_load(&f, publics[i].key, "tss", "pub")) {
			uint8_t *at = f.owned[2] + publics[i].at;
			size_t n = publics[i].size;
			uint32_t v = publics[i].value;

			while (n && n--) {
				at[n] = (uint8_t)v;
				v >>= 8;
			}
			/* What decides is the bit length, whatever the byte. */
			if (publics[i].at == AT_RSA_EXPONENT + 6)
				at[1] = 0xff;
			CHECK_INT(open_files(&f, &q, &err), publics[i].code);
			CHECK_STR(err.subject, publics[i].subject);
			CHECK_STR(err.reason, publics[i].reason);
		}
		files_free(&f);
	}
}

/* A key without a scheme of its own signs with any that we accept. */
static void key_without_a_scheme_takes_the_signature_s(void)
{
	static const char *const names[] = { "p256", "rsapss" };

	for (size_t i = 0; i < ROWS(names) * ROWS(forms); i++) {
		const char *form = forms[i % ROWS(forms)];
		struct quote q = { .scheme = NULL };
		struct error err = { 0 };
		struct files f;

		unit_case("%s.%s", names[i / ROWS(forms)], form);
		if (files_load(&f, names[i / ROWS(forms)], form, "pub")) {
			uint8_t *pub = f.owned[2];

			pub[AT_SCHEME + 1] = 0x10;
			memmove(pub + AT_HASH, pub + AT_HASH + 2,
				f.ak.len - AT_HASH - 2);
			f.ak.len -= 2;
			pub[0] = (uint8_t)((f.ak.len - 2) >> 8);
			pub[1] = (uint8_t)(f.ak.len - 2);
			CHECK_INT(open_files(&f, &q, &err), E_OK);
			CHECK_STR(err.reason, "");
			CHECK_INT(q.ak_kind, QUOTE_AK_RESTRICTED);
		}
		files_free(&f);
	}
}

/* The parts of an EK, which has symmetric parameters and no scheme. */
static void decryption_key_is_read(void)
{
	struct quote_blob ek;
	struct ak_public p;
	uint8_t *bytes = fixture("ek", ".pub", &ek, "ek");

	if (!CHECK(bytes))
		return;
	CHECK_INT(ak_public_parse(bytes, ek.len, &p, NULL), E_OK);
	CHECK_INT(p.type, AK_TYPE_RSA);
	CHECK_INT(p.bits, 2048);
	CHECK_INT(p.exponent, 65537);
	CHECK_INT(p.scheme, SIGNATURE_NONE);
	CHECK(p.attributes & AK_DECRYPT);
	CHECK(!(p.attributes & AK_SIGN));
	free(bytes);
}

/* Signatures */

static void signature_refusals(void)
{
	static const struct {
		const char *name, *key;
		size_t at;
		uint8_t value;
		int code;
		const char *reason;
	} rows[] = {
		{ "ECDAA", "p256", 1, 0x1a, E_UNSUPPORTED, "is of scheme "
		  "0x001a, which is not RSASSA, RSAPSS or ECDSA" },
		{ "HMAC", "rsassa", 1, 0x05, E_UNSUPPORTED, "is of scheme "
		  "0x0005, which is not RSASSA, RSAPSS or ECDSA" },
		{ "no scheme", "rsassa", 1, 0x10, E_UNSUPPORTED, "is of scheme "
		  "0x0010, which is not RSASSA, RSAPSS or ECDSA" },
		{ "size one less", "p256", 5, 31, E_INCOMPLETE, "ends early" },
		{ "RSA size one more", "rsassa", 5, 1, E_INCOMPLETE,
		  "ends early" },
		{ "RSA size one less", "rsassa", 4, 0, E_FORMAT,
		  "bytes left over: 256" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct error err = { 0 };
		struct quote q;
		struct files f;

		unit_case("%s", rows[i].name);
		if (files_load(&f, rows[i].key, "tss", "pem")) {
			f.owned[1][rows[i].at] = rows[i].value;
			CHECK_INT(open_files(&f, &q, &err), rows[i].code);
			CHECK_STR(err.subject, "signature");
			CHECK_STR(err.reason, rows[i].reason);
		}
		files_free(&f);
	}
}

static void signature_of_a_hash_that_is_not_accepted_is_refused(void)
{
	static const struct {
		uint8_t hash;
		const char *reason;
	} rows[] = {
		{ 0x04, "is made with sha1, which is not accepted" },
		{ 0x12, "is made with sm3_256, which is not accepted" },
		{ 0x27, "is made with hash 0x0027, which is not accepted" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct error err = { 0 };
		struct quote q;
		struct files f;

		unit_case("hash 0x%02x", rows[i].hash);
		if (files_load(&f, "rsassa", "tss", "pem")) {
			f.owned[1][3] = rows[i].hash;
			CHECK_INT(open_files(&f, &q, &err), E_UNSUPPORTED);
			CHECK_STR(err.reason, rows[i].reason);
		}
		files_free(&f);
	}
}

/* A scheme that is named is the only one tried. */
static void signature_of_another_scheme_than_it_says_is_refused(void)
{
	static const char *const names[] = { "rsassa", "rsapss" };

	for (size_t i = 0; i < ROWS(names); i++) {
		struct error err = { 0 };
		struct quote q;
		struct files f;

		unit_case("%s", names[i]);
		if (files_load(&f, names[i], "tss", "pem")) {
			f.owned[1][1] = i ? SIGNATURE_RSASSA :
					    SIGNATURE_RSAPSS;
			CHECK_INT(open_files(&f, &q, &err), E_CHANGED);
			CHECK_STR(err.reason,
				  "is not the AK's signature of the quote");
		}
		files_free(&f);
	}
}

/* Two sized numbers of 32 bytes at @at: make the first @n bytes long. */
static void shift_sizes(uint8_t *at, uint8_t n)
{
	at[1] = n;
	at[2 + n] = 0;
	at[3 + n] = (uint8_t)(64 - n);
}

static void numbers_longer_than_the_curve_s_are_refused(void)
{
	static const uint8_t lens[] = { 31, 33 };

	for (size_t i = 0; i < ROWS(lens); i++) {
		struct error err = { 0 };
		struct quote q;
		struct files f;

		unit_case("length %u", lens[i]);
		if (files_load(&f, "p256", "tss", "pub")) {
			shift_sizes(f.owned[1] + 4, lens[i]);
			CHECK_INT(open_files(&f, &q, &err), E_FORMAT);
			CHECK_STR(err.reason, "is not as long as the key's "
				  "signatures are");
			shift_sizes(f.owned[2] + AT_ECC_X, lens[i]);
			CHECK_INT(open_files(&f, &q, &err), E_FORMAT);
			CHECK_STR(err.reason,
				  "a coordinate is longer than its curve's");
		}
		files_free(&f);
	}
}

static void rsa_signature_shorter_than_the_modulus_is_refused(void)
{
	struct error err = { 0 };
	struct quote q;
	struct files f;

	if (files_load(&f, "rsassa", "tss", "pub")) {
		f.owned[1][4] = 0;
		f.owned[1][5] = 255;
		f.signature.len--;
		CHECK_INT(open_files(&f, &q, &err), E_FORMAT);
		CHECK_STR(err.reason,
			  "is not as long as the key's signatures are");
	}
	files_free(&f);
}

/* r = s = 0 has passed for valid elsewhere. */
static void signature_of_zeros_is_refused(void)
{
	struct quote q;
	struct files f;

	if (files_load(&f, "p256", "tss", "pub")) {
		memset(f.owned[1] + 6, 0, 32);
		memset(f.owned[1] + 40, 0, 32);
		CHECK_INT(open_files(&f, &q, NULL), E_CHANGED);
		memset(f.owned[1] + 4, 0, 4);
		f.signature.len = 8;
		CHECK_INT(open_files(&f, &q, NULL), E_CHANGED);
	}
	files_free(&f);
	if (files_load(&f, "rsassa", "plain", "pem")) {
		memset(f.owned[1], 0, f.signature.len);
		CHECK_INT(open_files(&f, &q, NULL), E_CHANGED);
	}
	files_free(&f);
}

/* Real machines */

static void check_moment(const char *moment, const char *bank, const char *ak,
			 struct hasher *h)
{
	char rel[128];
	uint8_t out[HASH_SIZE_MAX], qualifying[16], *nonce_hex;
	struct quote_blob pcrs = { .len = 0 }, hex = { .len = 0 };
	struct pcr_values v;
	struct error err = { 0 };
	struct quote q;
	struct files f;
	uint8_t *values;

	unit_case("%s, %s, %s", moment, bank, ak);
	snprintf(rel, sizeof(rel), "%s/quote.%s.msg", moment, bank);
	f.owned[0] = load(unit_shared(rel), &f.attest, "attest");
	snprintf(rel, sizeof(rel), "%s/quote.%s.sig", moment, bank);
	f.owned[1] = load(unit_shared(rel), &f.signature, "signature");
	snprintf(rel, sizeof(rel), "%s/%s", moment, ak);
	f.owned[2] = load(unit_shared(rel), &f.ak, "ak");
	snprintf(rel, sizeof(rel), "%s/quote.%s.pcrs", moment, bank);
	values = load(unit_shared(rel), &pcrs, "pcrs");
	snprintf(rel, sizeof(rel), "%s/nonce.hex", moment);
	nonce_hex = load(unit_shared(rel), &hex, "nonce");
	if (CHECK(f.owned[0] && f.owned[1] && f.owned[2] && values &&
		  nonce_hex && hex.len >= 32)) {
		CHECK_INT(hex_decode(qualifying, 16, (char *)nonce_hex, 32),
			  E_OK);
		CHECK_INT(quote_open(&q, &f.attest, &f.signature, &f.ak,
				     qualifying, 16, &err), E_OK);
		CHECK_STR(err.reason, "");
		CHECK_INT(pcrs_parse_quoted(values, pcrs.len, &q.selection, &v,
					    &err), E_OK);
		CHECK_INT(quote_digest(&q, h, &v, out, NULL), E_OK);
		CHECK_MEM(out, q.pcr_digest, 32);
	}
	free(nonce_hex);
	free(values);
	files_free(&f);
}

static void quotes_of_real_machines_are_taken(void)
{
	static const char *const banks[] = { "sha1", "sha256", "sha384",
					     "sha512" };
	char *there = unit_shared("k61-sigv2/1-boot/ak.pub");
	struct hasher *h;

	if (!there)
		SKIP("shared data: k61-sigv2/1-boot");
	free(there);
	if (!CHECK(!hasher_new(&h, HASH_ALL, NULL)))
		return;
	for (size_t i = 0; i < ROWS(banks); i++) {
		check_moment("k61-sigv2/1-boot", banks[i], "ak.pub", h);
		check_moment("k61-sigv2/1-boot", banks[i], "ak.pem", h);
	}
	hasher_free(h);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(quotes_of_every_scheme_are_taken),
	TEST(ak_is_named_by_its_spki),
	TEST(digest_of_the_right_values_is_the_quote_s),
	TEST(digest_says_what_is_missing),
	TEST(attestation_with_a_size_in_front_is_taken),
	TEST(nonce_is_not_checked_where_none_is_given),
	TEST(attestation_is_written_as_a_tpm_does),
	TEST(quotes_that_do_not_belong_together_are_refused),
	TEST(unrestricted_key_as_pem_is_of_unknown_kind),
	TEST(nonce_that_is_not_ours_is_refused),
	TEST(files_cut_anywhere_or_with_more_behind_are_refused),
	TEST(files_with_any_bit_flipped_are_refused),
	TEST(keys_with_any_bit_flipped_are_survived),
	TEST(nothing_is_left_in_libcrypto_s_error_queue),
	TEST(made_quote_is_taken),
	TEST(rsapss_salt_of_any_length_is_taken),
	TEST(signed_content_refusals),
	TEST(signed_bytes_refusals),
	TEST(digest_of_another_size_than_the_hash_is_refused),
	TEST(writing_more_than_a_tpm_could_is_refused),
	TEST(keys_that_may_not_vouch_are_refused),
	TEST(private_keys_are_refused),
	TEST(pem_stands_alone),
	TEST(pem_content_refusals),
	TEST(pem_with_more_in_its_der_is_refused),
	TEST(key_file_over_the_limit_is_refused),
	TEST(public_area_refusals),
	TEST(key_without_a_scheme_takes_the_signature_s),
	TEST(decryption_key_is_read),
	TEST(signature_refusals),
	TEST(signature_of_a_hash_that_is_not_accepted_is_refused),
	TEST(signature_of_another_scheme_than_it_says_is_refused),
	TEST(numbers_longer_than_the_curve_s_are_refused),
	TEST(rsa_signature_shorter_than_the_modulus_is_refused),
	TEST(signature_of_zeros_is_refused),
	TEST(quotes_of_real_machines_are_taken),
	{ NULL, NULL }
};
