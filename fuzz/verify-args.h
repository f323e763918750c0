/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify-args.h - the files of fuzz-verify's inputs, and what is done with them
 *
 * An input has one part for each file, in this order; an empty part is no
 * file. Which command line it is comes before the first part.
 */
#ifndef VERIFY_ARGS_H
#define VERIFY_ARGS_H

#include "words.h"

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

static const struct words verify_args[] = {
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

#endif
