/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify-args.h - the files of fuzz-verify's inputs, and what is done with them
 *
 * An input has one part for each file, in this order; an empty part is no
 * file. Which command line it is comes before the first part.
 */
#ifndef VERIFY_ARGS_H
#define VERIFY_ARGS_H

#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define ARGS_MAX 28
#define FILE_TPM 12
#define FILE_KEYRING 16

static const struct {
	const char *name;
	bool seal;
} verify_files[] = {
	{ "list", false },
	{ "quote", false }, { "signature", false }, { "ak", false },
	{ "values", false },
	{ "shards/000000000001-000000000002.ima", false },
	{ "shards/000000000001-000000000002.json", false },
	{ "shards/000000000003-000000000004.ima", false },
	{ "shards/000000000003-000000000004.json", false },
	{ "state", true }, { "state.pending", false },
	{ "key", false }, [FILE_TPM] = { "tpm", false },
	{ "chunk1", false }, { "chunk2", false }, { "keylime", false },
	[FILE_KEYRING] = { "keyring", false },
	{ "shards/000000000000-000000000002.json", false },
	{ "shards/000000000005-000000000006.ima", false },
	{ "shards/000000000005-000000000006.json", false },
};

#define NONCE "6f6e6365"
#define QUOTE "--quote", "@quote", "--signature", "@signature", "--ak", "@ak", \
	"--nonce", NONCE
#define VALUES "--quote-pcrs", "@values"
#define SHARDS "--shard-dir", "@shards", "@list"
#define STATE "--state", "@state"
#define IN_KEYRING "--state-key", "%user:k"

/* '@' stands for the directory; @key is what the state is sealed with. */
static const struct {
	const char *key;
	const char *arg[ARGS_MAX];
} verify_args[] = {
	{ NULL, { "@list", "--pcrs", "@values", "-v" } },
	{ NULL, { "@list", QUOTE, VALUES, "-v", "-v" } },
	{ NULL, { SHARDS, QUOTE, "--jobs", "2", "--json" } },
	{ NULL, { SHARDS, QUOTE, VALUES, STATE } },
	{ "k", { STATE, "--state-key", "@key", "--ak", "@ak", "--json",
		 "--chunk", "@chunk1", "@chunk2" } },
	{ NULL, { STATE, "--max-pending", "4K", QUOTE, "--chunk", "@chunk1" } },
	{ NULL, { SHARDS, "--tcti", "input", STATE, "-v", "-v" } },
	{ NULL, { SHARDS, "--from", "boot", "--pcrs", "@values",
		  "--verify-sig", "--key", "@ak" } },
	{ NULL, { "@list", "--keylime-quote", "@keylime", "--ak", "@ak" } },
	{ NULL, { "@list", "--reset-state", STATE, QUOTE, "--jobs", "3" } },
	{ NULL, { "@list", "--start-pcrs", "sha256,@values", "--canonical",
		  "--pcrs", "sha256,@values" } },
	{ NULL, { SHARDS, "--from", "3", "--tcti", "input", "--json" } },
	{ "k", { SHARDS, QUOTE, STATE, IN_KEYRING } },
	{ "k", { STATE, IN_KEYRING, "--ak", "@ak", "--nonce", NONCE, "--chunk",
		 "@chunk1", "@chunk2" } },
	{ "k", { "@list", QUOTE, "--reset-state", STATE, IN_KEYRING } },
	{ NULL, { SHARDS, STATE, "--pcrs", "@values", "--max-tail", "1",
		  "--fail-on-violation", "--require-boot" } },
	{ "k", { SHARDS, QUOTE, STATE, "--state-key", "@key", "--report",
		 "@page", "--require-quote", "--fail-on-signature" } },
	{ NULL, { SHARDS, "--start-pcrs", "sha1,@values", "--pcrs",
		  "sha1,@values", "--report", "@page" } },
	{ NULL, { SHARDS, QUOTE, "--from", "boot", "--jobs", "2" } },
};

/* The input's parts, to be freed, and the files that they are. */
static inline void verify_parts(struct part p[ROWS(verify_files)],
				const uint8_t *bytes, size_t len,
				const char *key)
{
	for (size_t i = 0; i < ROWS(verify_files); i++) {
		p[i] = part_take(&bytes, &len);
		if (verify_files[i].seal && p[i].len)
			fuzz_seal(&p[i], key);
		if (p[i].len)
			memory_file(verify_files[i].name, &p[i]);
	}
}

static inline char *verify_arg(const char *arg)
{
	const char *at = strchr(arg, '@');
	char *ret;
	size_t n = strlen(arg) + 200;

	if (posix_memalign((void **)&ret, 16, n))
		abort();
	snprintf(ret, n, "%.*s%s", (int)(at ? at - arg : (long)strlen(arg)),
		 arg, at ? memory_path(at + 1) : "");
	return ret;
}

/* The words, made once; their number. What is printed goes nowhere. */
static inline int verify_argv(size_t how, char **argv)
{
	static char *words[ROWS(verify_args)][ARGS_MAX + 1];
	int n = 1;

	if (!words[0][0]) {
		stdout = stderr = fopen("/dev/null", "w");
		for (size_t i = 0; i < ROWS(verify_args); i++) {
			words[i][0] = verify_arg("ima_measurement");
			for (size_t k = 0; verify_args[i].arg[k]; k++)
				words[i][k + 1] =
					verify_arg(verify_args[i].arg[k]);
		}
	}
	memcpy(argv, words[how], sizeof(words[how]));
	while (argv[n])
		n++;
	return n;
}

#endif
