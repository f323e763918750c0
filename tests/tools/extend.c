// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extend.c - plays the kernel's part: extends a TPM with a list's records
 *
 * Usage: extend TCTI LIST FROM TO
 *
 * Records FROM..TO of a list in sha1 layout are extended into every bank of
 * the TPM that TCTI leads to, each bank with its own hash of the record's
 * data, a violation with ones: what Linux does since 5.8. One line goes to
 * standard output, "TO OFFSET", where OFFSET is the byte behind record TO.
 * It shares no code with what it is to test. A record is
 *
 *	u32 pcr, u8 digest[20], u32 length, name, u32 length, data
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define RECORD_DIGEST 20
#define PCRS 24

static const struct {
	TPM2_ALG_ID alg;
	const char *evp;
	uint16_t size;
} banks[] = {
	{ TPM2_ALG_SHA1, "SHA1", 20 },
	{ TPM2_ALG_SHA256, "SHA256", 32 },
	{ TPM2_ALG_SHA384, "SHA384", 48 },
	{ TPM2_ALG_SHA512, "SHA512", 64 },
};

#define BANKS (sizeof(banks) / sizeof(banks[0]))

struct bytes {
	uint8_t *at;
	size_t left;
};

struct record {
	uint32_t pcr;
	bool violation;
	struct bytes data;
};

struct tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "extend: %s: %s\n", what, why);
	return -1;
}

/* --- the list --- */

static int read_file(const char *name, struct bytes *ret)
{
	FILE *f = fopen(name, "rb");
	size_t size = 1U << 16, n = 0, got = 0;
	uint8_t *buf = malloc(size), *more;

	while (f && buf && (got = fread(buf + n, 1, size - n, f)) > 0) {
		n += got;
		if (n < size)
			continue;
		size *= 2;
		more = realloc(buf, size);
		if (!more)
			free(buf);
		buf = more;
	}
	if (!f || !buf || ferror(f)) {
		if (f)
			fclose(f);
		free(buf);
		return fail(name, strerror(errno));
	}
	fclose(f);
	ret->at = buf;
	ret->left = n;
	return 0;
}

static bool take(struct bytes *from, size_t n, struct bytes *ret)
{
	if (n > from->left)
		return false;
	*ret = (struct bytes){ from->at, n };
	from->at += n;
	from->left -= n;
	return true;
}

static bool take_u32(struct bytes *from, uint32_t *ret)
{
	struct bytes b;

	if (!take(from, sizeof(*ret), &b))
		return false;
	memcpy(ret, b.at, sizeof(*ret));
	return true;
}

static bool next_record(struct bytes *list, struct record *ret)
{
	static const uint8_t zero[RECORD_DIGEST];
	struct bytes digest, name;
	uint32_t n;

	if (!take_u32(list, &ret->pcr) || ret->pcr >= PCRS ||
	    !take(list, RECORD_DIGEST, &digest) ||
	    !take_u32(list, &n) || !take(list, n, &name) ||
	    /* Its data has no length, and is hashed in another way. */
	    (name.left == 3 && !memcmp(name.at, "ima", 3)) ||
	    !take_u32(list, &n) || !take(list, n, &ret->data))
		return false;
	ret->violation = !memcmp(digest.at, zero, sizeof(zero));
	return true;
}

/* --- the TPM --- */

static int tpm_failed(const char *what, TSS2_RC rc)
{
	return fail(what, Tss2_RC_Decode(rc));
}

static int open_tpm(struct tpm *tpm, const char *conf)
{
	TSS2_RC rc = Tss2_TctiLdr_Initialize(conf, &tpm->tcti);

	if (!rc)
		rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	return rc ? tpm_failed(conf, rc) : 0;
}

static void close_tpm(struct tpm *tpm)
{
	if (tpm->esys)
		Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_TctiLdr_Finalize(&tpm->tcti);
}

/* What to extend; banks that the TPM has not allocated it ignores. */
static int digests_of(const struct record *rec, TPML_DIGEST_VALUES *ret)
{
	ret->count = BANKS;
	for (size_t i = 0; i < BANKS; i++) {
		TPMT_HA *ha = &ret->digests[i];
		uint8_t *to = (uint8_t *)&ha->digest;

		ha->hashAlg = banks[i].alg;
		if (rec->violation)
			memset(to, 0xff, banks[i].size);
		else if (!EVP_Q_digest(NULL, banks[i].evp, NULL, rec->data.at,
				       rec->data.left, to, NULL))
			return fail(banks[i].evp, "libcrypto refuses");
	}
	return 0;
}

static int extend(struct tpm *tpm, const struct record *rec)
{
	TPML_DIGEST_VALUES digests = { 0 };
	TSS2_RC rc;

	if (digests_of(rec, &digests))
		return -1;
	rc = Esys_PCR_Extend(tpm->esys, ESYS_TR_PCR0 + rec->pcr,
			     ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			     &digests);
	return rc ? tpm_failed("extending a PCR", rc) : 0;
}

/* --- all of it --- */

static int extend_records(struct tpm *tpm, struct bytes list,
			  unsigned long from, unsigned long to)
{
	const uint8_t *start = list.at;
	struct record rec;

	for (unsigned long n = 1; n <= to; n++) {
		if (!next_record(&list, &rec))
			return fail("the list",
				    "has too few records, or others than here");
		if (n >= from && extend(tpm, &rec))
			return -1;
	}
	printf("%lu %zu\n", to, (size_t)(list.at - start));
	return 0;
}

int main(int argc, char *argv[])
{
	struct bytes list = { 0 };
	struct tpm tpm = { 0 };
	unsigned long from, to;
	int rc;

	if (argc != 5) {
		fprintf(stderr, "usage: extend TCTI LIST FROM TO\n");
		return 2;
	}
	from = strtoul(argv[3], NULL, 10);
	to = strtoul(argv[4], NULL, 10);
	rc = read_file(argv[2], &list);
	if (!rc)
		rc = open_tpm(&tpm, argv[1]);
	if (!rc)
		rc = extend_records(&tpm, list, from, to);
	close_tpm(&tpm);
	free(list.at);
	return rc ? 1 : 0;
}
