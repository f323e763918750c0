// SPDX-License-Identifier: GPL-2.0-or-later
/* test-keylime.c - Keylime's quote string, taken apart */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/keylime.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* An exact copy, so that tools see a byte too many. */
static int parse(const char *text, size_t len, struct keylime_quote *q,
		 struct error *err)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	if (!copy)
		abort();
	memcpy(copy, text, len);
	rc = keylime_parse(copy, len, q, err);
	free(copy);
	return rc;
}

static void parts_are_told_apart(void)
{
	static const char *const rows[] = {
		"rYXR0ZXN0:c2ln:cGNycw==", "rYXR0ZXN0:c2ln:cGNycw==\n",
		"rYXR0ZXN0:c2ln:cGNycw==\r\n"
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct keylime_quote q = { 0 };
		struct error err = { 0 };

		unit_case("row %zu", i);
		if (!CHECK_INT(parse(rows[i], strlen(rows[i]), &q, &err),
			       E_OK))
			continue;
		CHECK_INT(q.len[KEYLIME_ATTEST], 6);
		CHECK_MEM(q.part[KEYLIME_ATTEST], "attest", 6);
		CHECK_INT(q.len[KEYLIME_SIGNATURE], 3);
		CHECK_MEM(q.part[KEYLIME_SIGNATURE], "sig", 3);
		CHECK_INT(q.len[KEYLIME_PCRS], 4);
		CHECK_MEM(q.part[KEYLIME_PCRS], "pcrs", 4);
		keylime_free(&q);
		CHECK(!q.part[0] && !q.len[2]);
	}
}

static void refusals(void)
{
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} rows[] = {
		{ "", E_FORMAT, "is empty" },
		{ "\n", E_FORMAT, "is empty" },
		{ "YXR0ZXN0:c2ln:cGNycw==", E_FORMAT,
		  "does not begin with 'r', as Keylime's quotes do" },
		{ "dYXR0ZXN0:c2ln:cGNycw==", E_UNSUPPORTED,
		  "is a deep quote, of TPM 1.2" },
		{ "r", E_FORMAT, "nothing follows the attestation" },
		{ "rYXR0ZXN0", E_FORMAT, "nothing follows the attestation" },
		{ "rYXR0ZXN0:c2ln", E_FORMAT, "nothing follows the signature" },
		{ "rYXR0ZXN0:c2ln:cGNycw==:cGNycw==", E_FORMAT,
		  "more follows the PCR values" },
		{ "r:c2ln:cGNycw==", E_FORMAT,
		  "nothing stands for the attestation" },
		{ "rYXR0ZXN0::cGNycw==", E_FORMAT,
		  "nothing stands for the signature" },
		{ "rYXR0ZXN0:c2ln:", E_FORMAT,
		  "nothing stands for the PCR values" },
		{ "rYXR0ZXN:c2ln:cGNycw==", E_FORMAT,
		  "base64 of the attestation is malformed" },
		{ "rYXR0ZXN0:c2l!:cGNycw==", E_FORMAT,
		  "base64 of the signature is malformed" },
		{ "rYXR0ZXN0:c2ln:cGNycw", E_FORMAT,
		  "base64 of the PCR values is malformed" },
		{ "rYXR0ZXN0:c2ln:cGNycx==", E_FORMAT,
		  "base64 of the PCR values is malformed" },
		{ "rYXR0ZXN0:c2ln:cGNy cw==", E_FORMAT,
		  "base64 of the PCR values is malformed" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct keylime_quote q = { .len = { 7, 7, 7 } };
		struct error err = { 0 };

		unit_case("'%s'", rows[i].text);
		CHECK_INT(parse(rows[i].text, strlen(rows[i].text), &q, &err),
			  rows[i].rc);
		CHECK_STR(err.reason, rows[i].why);
		CHECK(!q.part[0] && q.len[0] == 7);
	}
}

static void too_long_is_refused(void)
{
	char *text = malloc(KEYLIME_MAX + 1);
	struct keylime_quote q = { 0 };
	struct error err = { 0 };

	if (!text)
		abort();
	memset(text, 'A', KEYLIME_MAX + 1);
	text[0] = 'r';
	CHECK_INT(parse(text, KEYLIME_MAX + 1, &q, &err), E_LIMIT);
	CHECK_STR(err.reason, "a quote of 262145 bytes, over 262144");
	free(text);
}

/* No cut of a string is another one, but for a last group left out. */
static void cut_anywhere_is_refused_or_shorter(void)
{
	static const char text[] = "rYXR0ZXN0:c2ln:cGNycw==";
	size_t ends = strlen(text) - strlen("cw==");

	for (size_t n = 0; n < strlen(text); n++) {
		struct keylime_quote q = { 0 };
		int rc = parse(text, n, &q, NULL);

		unit_case("%zu bytes", n);
		CHECK_INT(rc, n == ends ? E_OK : E_FORMAT);
		keylime_free(&q);
	}
}

static void any_byte_in_any_place_is_survived(void)
{
	static const char text[] = "rYXR0ZXN0:c2ln:cGNycw==";
	char copy[sizeof(text)];

	for (size_t i = 0; i < strlen(text); i++) {
		for (int byte = 0; byte < 256; byte++) {
			struct keylime_quote q = { 0 };

			memcpy(copy, text, sizeof(text));
			copy[i] = (char)byte;
			if (!parse(copy, strlen(text), &q, NULL))
				CHECK(q.part[KEYLIME_PCRS]);
			keylime_free(&q);
		}
	}
}

static void strings_and_names_are_told_apart(void)
{
	CHECK(keylime_is_quote("rYXR0ZXN0:c2ln:cGNycw=="));
	CHECK(keylime_is_quote("rYXR0ZXN0:c2ln"));
	CHECK(!keylime_is_quote("rYXR0ZXN0"));
	CHECK(!keylime_is_quote("./rYXR0ZXN0:c2ln:cGNycw=="));
	CHECK(!keylime_is_quote("quote.keylime"));
	CHECK(!keylime_is_quote("r.txt:old"));
	CHECK(!keylime_is_quote(""));
}

#define TEST(fn) { #fn, fn }
const struct unit_test unit_tests[] = {
	TEST(parts_are_told_apart),
	TEST(refusals),
	TEST(too_long_is_refused),
	TEST(cut_anywhere_is_refused_or_shorter),
	TEST(any_byte_in_any_place_is_survived),
	TEST(strings_and_names_are_told_apart),
	{ NULL, NULL }
};
