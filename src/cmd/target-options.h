/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target-options.h - the options that say what a list should lead to */
#ifndef CMD_TARGET_OPTIONS_H
#define CMD_TARGET_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/options.h"
#include "format/chunk.h"
#include "port/tpm.h"
#include "quote.h"
#include "target.h"

enum {
	TOPT_TCTI, TOPT_PCRS, TOPT_PCR, TOPT_QUOTE, TOPT_SIGNATURE, TOPT_AK,
	TOPT_NONCE, TOPT_QUOTE_PCRS, TOPT_KEYLIME_QUOTE, TOPT_VERIFY_BANK,
	TOPT_HWTPM, TOPT_SYSFS, TARGET_OPTIONS
};

#define TARGET_OPTION_ROWS \
	[TOPT_TCTI] = { "tcti", 0, OPTION_VALUE, "CONF", \
		"compare with the TPM there, as for tpm2-tools (the default)" }, \
	[TOPT_PCRS] = { "pcrs", 0, OPTION_VALUE, "[ALG,]FILE", \
		"compare with a file: evmctl's form, or tpm2_pcrread's YAML" }, \
	[TOPT_PCR] = { "pcr", 0, OPTION_VALUE, "BANK:INDEX=HEX", \
		"compare with one value; repeatable" }, \
	[TOPT_QUOTE] = { "quote", 0, OPTION_VALUE, "FILE", \
		"compare with a quote: raw TPMS_ATTEST" }, \
	[TOPT_SIGNATURE] = { "signature", 0, OPTION_VALUE, "FILE", \
		"its signature: TPMT_SIGNATURE, or plain" }, \
	[TOPT_AK] = { "ak", 0, OPTION_VALUE, "FILE", \
		"the key it must be of: TPM2B_PUBLIC, or PEM" }, \
	[TOPT_NONCE] = { "nonce", 0, OPTION_VALUE, "HEX", \
		"the qualifying data it must have" }, \
	[TOPT_QUOTE_PCRS] = { "quote-pcrs", 0, OPTION_VALUE, "FILE", \
		"the values behind it: any of tpm2_quote's forms" }, \
	[TOPT_KEYLIME_QUOTE] = { "keylime-quote", 0, OPTION_VALUE, \
		"FILE|STRING", \
		"all three as Keylime's agents send them: r...:...:..." }, \
	[TOPT_VERIFY_BANK] = { "verify-bank", 0, OPTION_VALUE, "ALG", \
		"compare this bank alone" }, \
	[TOPT_HWTPM] = { "hwtpm", 0, OPTION_FLAG, NULL, \
		"compare with this machine's own TPM, 1.2 or 2.0" }, \
	[TOPT_SYSFS] = { "sysfs", 0, OPTION_VALUE, "DIR", NULL }

/* What the options said; strings are the command line's. */
struct target_args {
	const char *tcti;
	bool hwtpm;			/* whatever the environment says */
	const char *sysfs;		/* in the place of SYSFS_CLASS */
	const char *pcrs[HASH_COUNT * 2];
	size_t pcrs_count;
	const char *pcr[HASH_COUNT * PCR_COUNT];
	size_t pcr_count;
	const char *quote, *signature, *ak, *quote_pcrs, *keylime;
	uint8_t *nonce;
	size_t nonce_len;
	int bank;		/* with has_bank: a hash_id */
	bool has_bank;
	bool want_clock;	/* of the TPM, if it is the target */
};

/* What they named, read. */
struct loaded_target {
	struct target target;
	struct quote quote;
	bool has_quote;
	struct quote_blob ak;	/* len 0: none was named */
	bool has_clock;
	uint64_t clock;
	bool has_tpm_clock;	/* read after the PCRs, if wanted */
	struct tpm_clock tpm_clock;
	bool no_pcrs;		/* there was nothing to compare with */
	uint32_t pcrs;		/* read from the TPM; 0: not from a TPM */
	uint8_t *file[4];	/* bytes that quote refers to */
};

/*
 * Read and check what was named. Returns 0 or an error: E_USAGE for options
 * that do not go together, E_UNDECIDED where there is nothing to compare
 * with, else what is wrong with a quote.
 */
int target_load(const struct target_args *args, struct loaded_target *ret,
		struct error *err);

/* The same for the quote in a chunk, which --ak and --nonce must fit. */
int target_load_chunk(const struct target_args *args,
		      const struct chunk_quote *quote,
		      struct loaded_target *ret, struct error *err);

/* Each returns an exit code, after saying what is wrong. */
int target_option(struct target_args *args, int option, const char *value);
int pcrs_option_file(const char *value, struct pcr_values *ret);
int pcrs_option_value(const char *value, struct pcr_values *ret);

/* Whether today's evmctl has the option too. */
bool target_is_classic(int option);

/* Whether it is a TPM that is read, and read again. */
bool target_is_live(const struct target_args *args);

/* Records extend PCRs of the TPM that were not read. */
bool target_wants_more(const struct target_args *args,
		       const struct loaded_target *t, uint32_t uncovered);

/* Read the TPM again, with @more PCRs; nothing to do for other targets. */
int target_reload(const struct target_args *args, struct loaded_target *t,
		  uint32_t more, struct error *err);

void target_release(struct loaded_target *t);
void target_args_release(struct target_args *args);

#endif
