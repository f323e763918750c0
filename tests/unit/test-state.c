// SPDX-License-Identifier: GPL-2.0-or-later
/* test-state.c - a verifier's state: what is read, and what must not be */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/state.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define H32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Every key there is, without the seal; the refusals change one place. */
static const char full[] =
"{\"type\":\"ima_verifier_state\",\"version\":1,\"generation\":3,"
"\"basis\":\"quote\",\"ak\":\"" H32 "\",\"clock\":{\"clock\":81234,"
"\"reset_count\":7,\"restart_count\":1},\"boot_id\":"
"\"3363deeb-3620-437e-8036-5d1c288d5d10\",\"boot_reset_count\":5,"
"\"record\":400,\"bytes\":51412,\"pcrs\":{\"sha256\":{\"10\":\"" H32 "\"}},"
"\"extend\":{\"sha256\":\"sha1-padded\"},\"foreign\":[9],\"violations\":2,"
"\"first_sha256\":\"" H32 "\",\"covered\":{\"first\":300,\"last\":400,"
"\"bytes\":12000,\"sha256\":\"" H32 "\",\"before\":{\"first\":200,"
"\"bytes\":13000,\"sha256\":\"" H32 "\"},\"last_bytes\":120,"
"\"last_sha256\":\"" H32 "\"},\"pending\":{\"first\":401,\"last\":500,"
"\"bytes\":9000,\"remaining_records\":40,\"remaining_bytes\":4100,"
"\"boot_id\":null,\"boot_reset_count\":null}";

static const struct state_key key = { (const uint8_t *)"secret", 6 };

/* @text with its seal, to be freed. */
static char *sealed(const char *text, const struct state_key *with)
{
	uint8_t seal[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1], *ret;

	if (with)
		digest_hmac_sha256(with->bytes, with->len, text, strlen(text),
				   seal);
	else
		digest_sha256(text, strlen(text), seal);
	hex_encode(hex, seal, sizeof(seal));
	if (asprintf(&ret, "%s,\"%s\":\"%s\"}\n", text,
		     with ? "hmac_sha256" : "sha256", hex) < 0)
		return NULL;
	return ret;
}

static int parse(const char *text, size_t len, const struct state_key *with,
		 struct state *ret, struct error *err)
{
	/* Exact, so that tools see a byte too many. */
	uint8_t *exact = malloc(len ? len : 1);
	int rc;

	if (!CHECK(exact))
		return E_NOMEM;
	memcpy(exact, text, len);
	rc = state_parse(exact, len, with, ret, err);
	free(exact);
	return rc;
}

static int parse_sealed(const char *text, const struct state_key *made,
			const struct state_key *with, struct state *ret,
			struct error *err)
{
	char *line = sealed(text, made);
	int rc = parse(line, strlen(line), with, ret, err);

	free(line);
	return rc;
}

static void every_key_is_read(void)
{
	const struct state_proven *p;
	struct error err = { 0 };
	struct state s;

	CHECK_INT(parse_sealed(full, NULL, NULL, &s, &err), E_OK);
	CHECK_STR(err.reason, "");
	p = &s.proven;
	CHECK_INT(s.generation, 3);
	CHECK_INT(p->basis, BASIS_QUOTE);
	CHECK_STR(p->ak, H32);
	CHECK_INT(p->clock.clock, 81234);
	CHECK_INT(p->clock.reset_count, 7);
	CHECK_INT(p->clock.restart_count, 1);
	CHECK_STR(p->boot.boot_id, "3363deeb-3620-437e-8036-5d1c288d5d10");
	CHECK_INT(p->boot.reset_count, 5);
	CHECK_INT(p->record, 400);
	CHECK_INT(p->bytes, 51412);
	CHECK_INT(p->pcrs.bank[HASH_SHA256].mask, 1U << 10);
	CHECK_INT(p->padded, HASH_BIT(HASH_SHA256));
	CHECK_INT(p->foreign, 1U << 9);
	CHECK_INT(p->violations, 2);
	CHECK_INT(p->first_sha256[31], 31);
	CHECK_INT(p->covered.first, 300);
	CHECK_INT(p->covered.bytes, 12000);
	CHECK_INT(p->covered.before_first, 200);
	CHECK_INT(p->covered.before_bytes, 13000);
	CHECK_INT(p->covered.last_bytes, 120);
	CHECK_INT(covered_from(&p->covered), 200);
	CHECK(s.pending.present);
	CHECK_INT(s.pending.first, 401);
	CHECK_INT(s.pending.last, 500);
	CHECK_INT(s.pending.remaining_records, 40);
	CHECK(!s.pending.boot.boot_id[0]);
	CHECK(!s.pending.boot.has_reset_count);
	CHECK(!s.pending.new_boot);
}

static void what_is_written_is_the_same_again(void)
{
	char *line = sealed(full, NULL), *again = NULL;
	size_t len = 0;
	struct state s;

	CHECK_INT(parse(line, strlen(line), NULL, &s, NULL), E_OK);
	if (CHECK_INT(state_write(&s, NULL, &again, &len, NULL), E_OK)) {
		CHECK_INT(len, strlen(line));
		CHECK_STR(again, line);
	}
	free(again);
	free(line);
	line = sealed(full, &key);
	if (CHECK_INT(state_write(&s, &key, &again, &len, NULL), E_OK))
		CHECK_STR(again, line);
	free(again);
	free(line);
}

static const char nothing[] =
"{\"type\":\"ima_verifier_state\",\"version\":1,\"generation\":1,"
"\"record\":0,\"pending\":null";

static void nothing_proven_is_a_state_too(void)
{
	char *line = sealed(nothing, NULL), *again = NULL;
	size_t len = 0;
	struct state s;

	CHECK_INT(parse(line, strlen(line), NULL, &s, NULL), E_OK);
	CHECK_INT(s.proven.record, 0);
	CHECK(!s.pending.present);
	if (CHECK_INT(state_write(&s, NULL, &again, &len, NULL), E_OK))
		CHECK_STR(again, line);
	free(again);
	free(line);
}

/* --- refused --- */

static const struct state_key other = { (const uint8_t *)"Secret", 6 };

static void seals(void)
{
	struct error err = { 0 };
	struct state s;

	CHECK_INT(parse_sealed(full, &key, &key, &s, &err), E_OK);
	CHECK_INT(parse_sealed(full, &key, &other, &s, &err), E_CHANGED);
	CHECK_STR(err.reason, "not what was sealed with this key");
	CHECK_INT(parse_sealed(full, NULL, &key, &s, &err), E_CHANGED);
	CHECK_STR(err.reason, "is not sealed with a key");
	CHECK_INT(parse_sealed(full, &key, NULL, &s, &err), E_USAGE);
	CHECK_STR(err.reason,
		  "is sealed with a key: name it with --state-key");
	CHECK_INT(parse(full, strlen(full), NULL, &s, &err), E_FORMAT);
	CHECK_STR(err.reason, "damaged: no seal at its end");
	CHECK_INT(parse(full, strlen(full), &key, &s, &err), E_FORMAT);
}

#define NO_KEY(key) "key '" key "' is missing or wrong"

/* Sealed as it should be: whoever has the key may still be wrong. */
static const struct refusal {
	const char *name, *from, *to;
	int rc;
	const char *reason;
} refusals[] = {
	{ "another type", "ima_verifier_state", "snapshot_aggregate",
	  E_FORMAT, NO_KEY("type") },
	{ "version 2", "\"version\":1", "\"version\":2", E_UNSUPPORTED,
	  "version 2 of the format" },
	{ "no generation", "generation", "gen", E_FORMAT,
	  NO_KEY("generation") },
	{ "negative generation", "\"generation\":3", "\"generation\":-3",
	  E_FORMAT, NO_KEY("generation") },
	{ "another basis", "\"quote\"", "\"faith\"", E_FORMAT,
	  NO_KEY("basis") },
	{ "no AK", "\"ak\"", "\"AK\"", E_FORMAT, NO_KEY("ak") },
	{ "a short AK", "\"ak\":\"00", "\"ak\":\"", E_FORMAT, NO_KEY("ak") },
	{ "no clock", "\"clock\":{", "\"klock\":{", E_FORMAT,
	  NO_KEY("clock") },
	{ "negative clock", "81234", "-1", E_FORMAT, NO_KEY("clock") },
	{ "reset_count over 32 bits", "\"reset_count\":7",
	  "\"reset_count\":4294967296", E_FORMAT, NO_KEY("reset_count") },
	{ "no restart_count", "restart_count", "restarts", E_FORMAT,
	  NO_KEY("restart_count") },
	{ "boot_id is a number", "\"3363deeb-3620-437e-8036-5d1c288d5d10\"",
	  "3", E_FORMAT, NO_KEY("boot_id") },
	{ "no boot_reset_count", "\"boot_reset_count\":5,", "", E_FORMAT,
	  NO_KEY("boot_reset_count") },
	{ "no record", "\"record\":400,", "", E_FORMAT, NO_KEY("record") },
	{ "record over twelve digits", "\"record\":400",
	  "\"record\":1000000000000", E_FORMAT, NO_KEY("record") },
	{ "another record than is covered", "\"record\":400",
	  "\"record\":401", E_FORMAT, NO_KEY("covered") },
	{ "fewer bytes than are covered", "51412", "11999", E_FORMAT,
	  NO_KEY("covered") },
	{ "fewer bytes than are covered and before", "51412", "24999",
	  E_FORMAT, NO_KEY("covered") },
	{ "no PCR", "{\"sha256\":{\"10\":\"" H32 "\"}}", "{}", E_FORMAT,
	  NO_KEY("pcrs") },
	{ "extend by another rule", "sha1-padded", "md5", E_FORMAT,
	  NO_KEY("extend") },
	{ "foreign 24", "[9]", "[24]", E_FORMAT, NO_KEY("foreign") },
	{ "no violations", "violations", "v", E_FORMAT,
	  NO_KEY("violations") },
	{ "no first_sha256", "first_sha256", "f", E_FORMAT,
	  NO_KEY("first_sha256") },
	{ "nothing covered", "covered", "c", E_FORMAT, NO_KEY("covered") },
	{ "covered from behind its end", "\"first\":300", "\"first\":401",
	  E_FORMAT, NO_KEY("covered") },
	{ "before is not before", "\"first\":200", "\"first\":300", E_FORMAT,
	  NO_KEY("before") },
	{ "before has no bytes", "13000", "0", E_FORMAT, NO_KEY("before") },
	{ "a last record longer than all", "\"last_bytes\":120",
	  "\"last_bytes\":12001", E_FORMAT, NO_KEY("covered") },
	{ "no word of what is pending", "pending", "p", E_FORMAT,
	  NO_KEY("pending") },
	{ "pending does not go on", "\"first\":401", "\"first\":402",
	  E_FORMAT, NO_KEY("pending") },
	{ "pending ends before it begins", "\"last\":500", "\"last\":399",
	  E_FORMAT, NO_KEY("pending") },
	{ "pending of a new boot is not from boot",
	  "\"remaining_bytes\":4100",
	  "\"remaining_bytes\":4100,\"new_boot\":true,\"clock\":{\"clock\":1,"
	  "\"reset_count\":8,\"restart_count\":0}", E_FORMAT,
	  NO_KEY("pending") },
	{ "a key twice", "\"record\":400", "\"record\":400,\"record\":400",
	  E_FORMAT, "a key is there twice, or has a NUL" },
};

static void state_refusals(void)
{
	for (size_t i = 0; i < ROWS(refusals); i++) {
		const struct refusal *r = &refusals[i];
		const char *at = strstr(full, r->from);
		struct error err = { 0 };
		struct state s;
		char *text;

		unit_case("%s", r->name);
		if (!CHECK(at) ||
		    asprintf(&text, "%.*s%s%s", (int)(at - full), full, r->to,
			     at + strlen(r->from)) < 0)
			continue;
		CHECK_INT(parse_sealed(text, &key, &key, &s, &err), r->rc);
		CHECK_STR(err.reason, r->reason);
		free(text);
	}
}

static void truncations_are_refused(void)
{
	for (int keyed = 0; keyed <= 1; keyed++) {
		const struct state_key *with = keyed ? &key : NULL;
		char *line = sealed(full, with);
		struct state s;

		for (size_t n = 0; n < strlen(line); n++) {
			unit_case("%zu bytes, keyed %d", n, keyed);
			CHECK_INT(parse(line, n, with, &s, NULL), E_FORMAT);
		}
		free(line);
	}
}

static void flipped_bits_are_refused(void)
{
	for (int keyed = 0; keyed <= 1; keyed++) {
		const struct state_key *with = keyed ? &key : NULL;
		char *line = sealed(full, with);
		size_t len = strlen(line);
		struct state s;

		for (size_t bit = 0; bit < 8 * len; bit++) {
			int rc;

			/* The case of a seal's digit says nothing. */
			if (bit % 8 == 5 && bit / 8 + 67 >= len &&
			    bit / 8 + 3 < len &&
			    strchr("abcdef", line[bit / 8]))
				continue;
			line[bit / 8] = (char)(line[bit / 8] ^ 1 << bit % 8);
			unit_case("bit %zu, keyed %d", bit, keyed);
			rc = parse(line, len, with, &s, NULL);
			CHECK(rc == E_FORMAT || (keyed && rc == E_CHANGED));
			line[bit / 8] = (char)(line[bit / 8] ^ 1 << bit % 8);
		}
		free(line);
	}
}

static void bytes_behind_it_are_refused(void)
{
	char *line = sealed(full, NULL), *more;
	struct state s;

	if (CHECK(asprintf(&more, "%s\n", line) > 0)) {
		CHECK_INT(parse(more, strlen(more), NULL, &s, NULL),
			  E_FORMAT);
		free(more);
	}
	free(line);
}

static void huge_state_is_refused(void)
{
	char *huge = calloc(1, STATE_MAX + 1);
	struct state s;

	CHECK_INT(state_parse((uint8_t *)huge, STATE_MAX + 1, NULL, &s, NULL),
		  E_LIMIT);
	free(huge);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(every_key_is_read),
	TEST(what_is_written_is_the_same_again),
	TEST(nothing_proven_is_a_state_too),
	TEST(seals),
	TEST(state_refusals),
	TEST(truncations_are_refused),
	TEST(flipped_bits_are_refused),
	TEST(bytes_behind_it_are_refused),
	TEST(huge_state_is_refused),
	{ NULL, NULL }
};
