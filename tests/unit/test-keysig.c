// SPDX-License-Identifier: GPL-2.0-or-later
/* test-keysig.c - file signatures, judged by keys in this kernel */
#include <errno.h>
#include <keyutils.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/keysig.h"
#include "sigcases.h"

#define RING "test-keysig"

static struct signer signers[SIGNERS];
static key_serial_t ring = -1;

static void free_signers(void)
{
	for (int i = 0; i < SIGNERS; i++)
		signer_free(&signers[i]);
}

/*
 * A keyring in this process alone, with the keys of the first two signers.
 * Returns what is missing, or NULL.
 */
static const char *make_ring(void)
{
	static const char *const curves[SIGNERS] = { NULL, "P-256", NULL };
	static char why[128];

	if (ring >= 0)
		return NULL;
	ring = add_key("keyring", RING, NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	if (ring < 0) {
		snprintf(why, sizeof(why), "keyrings of the kernel: %s",
			 strerror(errno));
		return why;
	}
	for (int i = 0; i < SIGNERS; i++)
		signer_make(&signers[i], curves[i]);
	atexit(free_signers);
	return NULL;
}

static key_serial_t load(enum signed_by by, key_serial_t to)
{
	return add_key("asymmetric", "test", signers[by].cert,
		       (size_t)signers[by].cert_len, to);
}

/* Whether the kernel can do it with that key at all. */
static bool usable(enum signed_by by)
{
	struct keyctl_pkey_query query;
	key_serial_t key = load(by, ring);

	return key >= 0 && !keyctl_pkey_query(key, by == BY_EC ?
		"enc=x962 hash=sha256" : "enc=pkcs1 hash=sha256", &query) &&
		query.supported_ops & KEYCTL_SUPPORTS_VERIFY;
}

static void judge_cases(enum signed_by by, bool strangers)
{
	struct keysig *ctx;

	if (!CHECK(!keysig_open(&ctx, "%:" RING, NULL)))
		return;
	for (size_t i = 0; i < SIGCASES; i++) {
		const struct sigcase *c = &sigcases[i];
		uint8_t value[1024], digest[64];
		struct template_signature sig;
		enum imasig_result got = IMASIG_RESULTS;

		if (c->by != by && !(strangers && c->by == BY_STRANGER))
			continue;
		sig = sigcase_make(c, signers, value, digest);
		unit_case("%s", c->name);
		CHECK_INT(keysig_verify(ctx, &sig, &got, NULL), E_OK);
		CHECK_INT(got, c->want);
	}
	keysig_close(ctx);
}

static void signatures_are_judged_by_rsa_keys(void)
{
	const char *why = make_ring();

	if (why)
		SKIP(why);
	if (!usable(BY_RSA))
		SKIP("asymmetric keys in the kernel, RSA");
	judge_cases(BY_RSA, true);
}

static void signatures_are_judged_by_elliptic_curves(void)
{
	const char *why = make_ring();

	if (why)
		SKIP(why);
	if (!usable(BY_EC))
		SKIP("asymmetric keys in the kernel, elliptic curves");
	judge_cases(BY_EC, false);
}

static void keyrings_that_cannot_be_asked_are_undecided(void)
{
	static const struct {
		const char *name;
		int want;
		const char *reason;
	} rows[] = {
		{ "%:no-such-keyring-anywhere", E_UNDECIDED,
		  "there is no such keyring" },
		{ "2147483646", E_UNDECIDED, "there is no such keyring" },
		{ "99999999999", E_UNDECIDED, "there is no such keyring" },
		{ "%:", E_USAGE, "is no keyring" },
		{ "@x", E_USAGE, "is no keyring" },
		{ ".ima", E_USAGE, "is no keyring" },
		{ "0", E_USAGE, "is no keyring" },
		{ "", E_USAGE, "is no keyring" },
	};
	const char *why = make_ring();

	if (why)
		SKIP(why);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		struct keysig *ctx;

		unit_case("%s", rows[i].name);
		CHECK_INT(keysig_open(&ctx, rows[i].name, &err), rows[i].want);
		CHECK(!strncmp(err.reason, rows[i].reason,
			       strlen(rows[i].reason)));
		CHECK_STR(err.subject, rows[i].name);
	}
	keysig_close(NULL);
}

static void keyrings_are_found_by_name_and_number(void)
{
	const char *why = make_ring();
	struct keysig *ctx;
	char number[16];

	if (why)
		SKIP(why);
	snprintf(number, sizeof(number), "%d", ring);
	for (int i = 0; i < 4; i++) {
		const char *const names[] = { "%:" RING, "%keyring:" RING,
					      number, "@p" };

		unit_case("%s", names[i]);
		if (CHECK_INT(keysig_open(&ctx, names[i], NULL), E_OK))
			keysig_close(ctx);
	}
}

/* A key that grants nothing but to be seen: like those in .ima. */
static void a_key_without_the_permission_is_named(void)
{
	const char *why = make_ring();
	struct template_signature sig;
	uint8_t value[1024], digest[64];
	enum imasig_result got;
	struct error err = { 0 };
	struct keysig *ctx;
	char id[16];
	key_serial_t key;

	if (why)
		SKIP(why);
	if (!usable(BY_RSA))
		SKIP("asymmetric keys in the kernel, RSA");
	key = load(BY_RSA, ring);
	CHECK(!keyctl_setperm(key, KEY_POS_VIEW | KEY_POS_SETATTR |
			      KEY_USR_VIEW));
	sig = sigcase_make(&sigcases[0], signers, value, digest);
	snprintf(id, sizeof(id), "%02x%02x%02x%02x", value[3], value[4],
		 value[5], value[6]);
	if (CHECK(!keysig_open(&ctx, "%:" RING, NULL))) {
		CHECK_INT(keysig_verify(ctx, &sig, &got, &err), E_UNDECIDED);
		CHECK(strstr(err.reason, id));
		CHECK(strstr(err.reason, "'search'"));
		keysig_close(ctx);
	}
	keyctl_unlink(key, ring);
}

/* What the child saw is its exit code: nothing of CHECK's would come back. */
static int try_as_somebody_else(void)
{
	struct error err = { 0 };
	struct keysig *ctx;

	if (find_key_by_type_and_desc("keyring", RING, 0) != ring)
		return 10;
	if (keysig_open(&ctx, "%:" RING, &err) != E_UNDECIDED)
		return 11;
	return strstr(err.reason, "does not possess") &&
	       strstr(err.reason, "'search'") ? 0 : 12;
}

/*
 * A keyring that is there, in /proc/keys, but that this process does not
 * possess, as is .ima for all of them: here its parent's own.
 */
static void a_keyring_that_is_not_possessed_is_refused(void)
{
	const char *why = make_ring();
	int status;
	pid_t pid;

	if (why)
		SKIP(why);
	pid = fork();
	if (!pid)
		_exit(try_as_somebody_else());
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) == 10)
		SKIP("the keyring in /proc/keys");
	CHECK_INT(WEXITSTATUS(status), 0);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(signatures_are_judged_by_rsa_keys),
	TEST(signatures_are_judged_by_elliptic_curves),
	TEST(keyrings_that_cannot_be_asked_are_undecided),
	TEST(keyrings_are_found_by_name_and_number),
	TEST(a_key_without_the_permission_is_named),
	TEST(a_keyring_that_is_not_possessed_is_refused),
	{ NULL, NULL }
};
