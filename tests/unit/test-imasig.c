// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-imasig.c - file signatures, through libimaevm
 *
 * Built twice: as the installed library has it, and against imaevm2/imaevm.h,
 * the library's calls since 1.5.
 */
#include <stdlib.h>
#include <unistd.h>

#include "format/filesig.h"
#include "records.h"
#include "sigcases.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct signer signers[SIGNERS];
static char dir[] = "/tmp/test-imasig.XXXXXX";
static char keys[3 * sizeof(dir) + 64];

static void clean_up(void)
{
	char path[sizeof(dir) + 16];

	for (int i = 0; i < SIGNERS; i++) {
		snprintf(path, sizeof(path), "%s/%d.der", dir, i);
		unlink(path);
		signer_free(&signers[i]);
	}
	rmdir(dir);
}

/* Keys and certificates, once. @keys is what --key would get. */
static void make_keys(void)
{
	static const char *const curves[SIGNERS] = { NULL, "P-256", NULL };
	char path[sizeof(dir) + 16];

	if (signers[0].key)
		return;
	MUST(mkdtemp(dir));
	for (int i = 0; i < SIGNERS; i++) {
		signer_make(&signers[i], curves[i]);
		snprintf(path, sizeof(path), "%s/%d.der", dir, i);
		signer_save(&signers[i], path);
	}
	snprintf(keys, sizeof(keys), "%s/%d.der, %s/%d.der", dir, BY_EC, dir,
		 BY_RSA);
	atexit(clean_up);
}

static void signatures_are_judged(void)
{
	struct imasig *ctx;

	make_keys();
	if (!CHECK(!imasig_open(&ctx, keys, NULL)))
		return;
	for (size_t i = 0; i < SIGCASES; i++) {
		uint8_t value[1024], digest[64];
		struct template_signature sig = sigcase_make(&sigcases[i],
							     signers, value,
							     digest);

		unit_case("%s", sigcases[i].name);
		CHECK_INT(imasig_verify(ctx, &sig), sigcases[i].want);
	}
	imasig_close(ctx);
	imasig_close(NULL);
}

static void keys_that_are_none_are_refused(void)
{
	static const struct {
		const char *name, *list;
		int want;
	} rows[] = {
		{ "a file that is not there", "/nowhere/x.der", E_IO },
		{ "a file that is no key", "/etc/passwd", E_IO },
		{ "the second one", NULL, E_IO },
	};

	make_keys();
	for (size_t i = 0; i < ROWS(rows); i++) {
		char list[sizeof(keys) + 32];
		struct error err = { 0 };
		struct imasig *ctx;

		snprintf(list, sizeof(list), "%s%s",
			 rows[i].list ? rows[i].list : keys,
			 rows[i].list ? "" : ",/nowhere/y.der");
		unit_case("%s", rows[i].name);
		CHECK_INT(imasig_open(&ctx, list, &err), rows[i].want);
		CHECK(err.subject[0] == '/');
	}
}

/* --- the value, byte by byte --- */

/* Every length that is not the whole, and every length field that lies. */
static void cut_and_stretched_values_are_refused(void)
{
	uint8_t value[1024], digest[64] = { 0 };
	struct filesig s;
	size_t len;

	make_keys();
	len = signer_sign(&signers[BY_EC], 3, 2, KERNEL_SHA256, digest, value);
	CHECK_INT(filesig_parse(value, len, &s), E_OK);
	CHECK_INT(s.sig_len, len - 9);
	CHECK_INT(s.algo, KERNEL_SHA256);
	for (size_t n = 0; n < len; n++) {
		unit_case("cut to %zu bytes", n);
		CHECK_INT(filesig_parse(value, n, &s), E_FORMAT);
	}
	unit_case("a byte behind");
	CHECK_INT(filesig_parse(value, len + 1, &s), E_FORMAT);
	for (unsigned int bit = 0; bit < 16; bit++) {
		unit_case("bit %u of the length", bit);
		value[7 + bit / 8] ^= (uint8_t)(1U << bit % 8);
		CHECK_INT(filesig_parse(value, len, &s), E_FORMAT);
		value[7 + bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	unit_case("length 0");
	value[7] = value[8] = 0;
	CHECK_INT(filesig_parse(value, 9, &s), E_FORMAT);
}

static void algorithms_have_the_kernel_s_names(void)
{
	CHECK_STR(filesig_algo(KERNEL_SHA1), "sha1");
	CHECK_STR(filesig_algo(KERNEL_SHA256), "sha256");
	CHECK_STR(filesig_algo(17), "sm3");
	CHECK_STR(filesig_algo(22), "sha3-512");
	CHECK(!filesig_algo(23));
	CHECK(!filesig_algo(255));
}

/* --- where templates have it --- */

static const uint8_t hash[4] = "HASH";

static void put_field(struct bytes *b, const void *bytes, size_t len)
{
	bytes_u32(b, (uint32_t)len, false);
	bytes_put(b, bytes, len);
}

static const struct {
	const char *template;
	const char *prefix;
	const char *field[8];		/* behind digest and name */
	int want;
	enum digest_kind kind;
	const char *sig;
	bool other;
} placed[] = {
	{ "ima-ng", "md5:", { NULL }, 0, DIGEST_UNSAID, "", false },
	{ "ima-sig", "md5:", { "s" }, 1, DIGEST_UNSAID, "s", false },
	{ "ima-sig", "md5:", { "" }, 0, DIGEST_UNSAID, "", false },
	{ "ima-sigv2", "ima:md5:", { "s" }, 1, DIGEST_IMA, "s", false },
	{ "ima-sigv2", "verity:md5:", { "s" }, 1, DIGEST_VERITY, "s", false },
	{ "ima-modsig", "md5:", { "s", "md5:", "m" }, 1, DIGEST_UNSAID, "s",
	  true },
	{ "ima-modsig", "md5:", { "", "md5:", "m" }, 1, DIGEST_UNSAID, "",
	  true },
	{ "ima-modsig", "md5:", { "s", "", "" }, 1, DIGEST_UNSAID, "s",
	  false },
	{ "ima-modsig", "md5:", { "", "", "" }, 0, DIGEST_UNSAID, "", false },
	{ "evm-sig", "md5:", { "e", "n", "l", "v", "u", "g", "m" }, 1,
	  DIGEST_UNSAID, "", true },
	{ "evm-sig", "md5:", { "", "", "", "", "u", "g", "m" }, 0,
	  DIGEST_UNSAID, "", false },
	{ "d-ng|n-ng|sig", "md5:", { "s" }, 1, DIGEST_UNSAID, "s", false },
	{ "ima-sig", "md5:", { NULL }, -1, DIGEST_UNSAID, "", false },
	{ "ima-ng", "md5:", { "s" }, -1, DIGEST_UNSAID, "", false },
	{ "ima-sig", "md5:", { "s", "t" }, -1, DIGEST_UNSAID, "s", false },
};

static void each_template_has_it_in_its_place(void)
{
	for (size_t i = 0; i < ROWS(placed); i++) {
		struct bytes data = { .len = 0 }, field = { .len = 0 };
		struct list_layout layout = { 20, false };
		struct template_signature sig;
		struct record rec = { .name = placed[i].template };

		unit_case("row %zu, %s", i, placed[i].template);
		bytes_put(&field, placed[i].prefix,
			  strlen(placed[i].prefix) + 1);
		bytes_put(&field, hash, sizeof(hash));
		put_field(&data, field.at, field.len);
		put_field(&data, "/name", 6);
		for (size_t j = 0; j < 8 && placed[i].field[j]; j++)
			put_field(&data, placed[i].field[j],
				  strlen(placed[i].field[j]));
		rec.name_len = strlen(rec.name);
		rec.data = data.at;
		rec.data_len = data.len;
		CHECK_INT(template_signed(&rec, &layout, &sig),
			  placed[i].want);
		CHECK_INT(sig.kind, placed[i].kind);
		CHECK_INT(sig.other, placed[i].other);
		CHECK_INT(sig.sig_len, strlen(placed[i].sig));
		if (CHECK_INT(sig.digest_len, sizeof(hash)))
			CHECK_MEM(sig.digest, hash, sizeof(hash));
		bytes_free(&data);
		bytes_free(&field);
	}
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(signatures_are_judged),
	TEST(keys_that_are_none_are_refused),
	TEST(cut_and_stretched_values_are_refused),
	TEST(algorithms_have_the_kernel_s_names),
	TEST(each_template_has_it_in_its_place),
	{ NULL, NULL }
};
