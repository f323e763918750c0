// SPDX-License-Identifier: GPL-2.0-or-later
/* target-options.c - the options that say what a list should lead to */
#include "cmd/target-options.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "format/keylime.h"
#include "port/file.h"
#include "port/tpm-sysfs.h"
#include "port/tpm.h"

static const char verb[] = "ima_measurement";

/* PCR files, quotes, signatures and keys are a few kilobytes. */
#define FILE_MAX (1U << 20)

/* What is read of a TPM at first; more, where records turn out to need it. */
#define TPM_PCRS (1U << 10)

static int set_nonce(struct target_args *args, const char *value)
{
	size_t chars = strlen(value);

	if (!chars) {
		say(verb, "--nonce is empty: that would check nothing");
		return EVMCTL_USAGE;
	}
	free(args->nonce);
	args->nonce_len = chars / 2;
	args->nonce = malloc(chars / 2 + 1);
	if (!args->nonce) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	if (hex_decode(args->nonce, chars / 2, value, chars)) {
		say(verb, "--nonce: '%s' is not hexadecimal, two digits a byte",
		    value);
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

static int set_bank(struct target_args *args, const char *value)
{
	args->bank = hash_by_name(value);
	if (args->bank < 0) {
		say(verb, "--verify-bank: there is no bank '%s'", value);
		return EVMCTL_USAGE;
	}
	args->has_bank = true;
	return EVMCTL_OK;
}

static int add_string(const char **list, size_t *count, size_t max,
		      const char *value)
{
	if (*count == max) {
		say(verb, "'%s' is one too many", value);
		return EVMCTL_USAGE;
	}
	list[(*count)++] = value;
	return EVMCTL_OK;
}

int target_option(struct target_args *args, int option, const char *value)
{
	switch (option) {
	case TOPT_TCTI:
		args->tcti = value;
		break;
	case TOPT_PCRS:
		return add_string(args->pcrs, &args->pcrs_count,
				  sizeof(args->pcrs) / sizeof(args->pcrs[0]),
				  value);
	case TOPT_PCR:
		return add_string(args->pcr, &args->pcr_count,
				  sizeof(args->pcr) / sizeof(args->pcr[0]),
				  value);
	case TOPT_QUOTE:
		args->quote = value;
		break;
	case TOPT_SIGNATURE:
		args->signature = value;
		break;
	case TOPT_AK:
		args->ak = value;
		break;
	case TOPT_NONCE:
		return set_nonce(args, value);
	case TOPT_QUOTE_PCRS:
		args->quote_pcrs = value;
		break;
	case TOPT_KEYLIME_QUOTE:
		args->keylime = value;
		break;
	case TOPT_VERIFY_BANK:
		return set_bank(args, value);
	case TOPT_HWTPM:
		args->hwtpm = true;
		break;
	case TOPT_SYSFS:
		args->sysfs = value;
		break;
	}
	return EVMCTL_OK;
}

bool target_is_classic(int option)
{
	return option == TOPT_PCRS || option == TOPT_VERIFY_BANK ||
	       option == TOPT_HWTPM;
}

void target_args_release(struct target_args *args)
{
	free(args->nonce);
}

void target_release(struct loaded_target *t)
{
	for (size_t i = 0; i < sizeof(t->file) / sizeof(t->file[0]); i++)
		free(t->file[i]);
}

/* --- PCR values --- */

/* "[ALG,]FILE", where a file name may have a comma too. */
static const char *split_alg(const char *value, int *id)
{
	const char *comma = strchr(value, ',');
	char name[16];

	*id = HASH_SHA1;
	if (!comma || (size_t)(comma - value) >= sizeof(name))
		return value;
	memcpy(name, value, (size_t)(comma - value));
	name[comma - value] = '\0';
	if (hash_by_name(name) < 0)
		return value;
	*id = hash_by_name(name);
	return comma + 1;
}

/* Where there is no such file, one of the two may be misspelled or missing. */
static void no_pcrs_file(const char *value, struct error *err)
{
	size_t n = strcspn(value, ",");

	if (hash_by_name(value) >= 0)
		error_set(err, E_ABSENT,
			  "No such file or directory: a bank's name goes before one, %s,FILE",
			  value);
	else if (value[n] && !memchr(value, '/', n))
		error_set(err, E_ABSENT,
			  "No such file or directory, nor is '%.*s' a bank",
			  (int)n, value);
}

static int read_pcrs_file(const char *value, struct pcr_values *ret,
			  struct error *err)
{
	uint8_t *bytes;
	size_t len;
	int id, rc;

	value = split_alg(value, &id);
	rc = file_read(AT_FDCWD, value, FILE_MAX, &bytes, &len, err);
	if (!rc) {
		rc = pcrs_parse_text((const char *)bytes, len, id, ret, err);
		free(bytes);
	} else if (rc == E_ABSENT) {
		no_pcrs_file(value, err);
	}
	if (rc)
		error_subject(err, "%s", value);
	return rc;
}

int pcrs_option_file(const char *value, struct pcr_values *ret)
{
	struct error err = { 0 };

	if (!read_pcrs_file(value, ret, &err))
		return EVMCTL_OK;
	say_error(verb, &err);
	return EVMCTL_FAILED;
}

int pcrs_option_value(const char *value, struct pcr_values *ret)
{
	struct error err = { 0 };

	if (!pcrs_parse_one(value, ret, &err))
		return EVMCTL_OK;
	error_subject(&err, "%s", value);
	say_error(verb, &err);
	return EVMCTL_USAGE;
}

/* Whatever the reason: there is nothing to compare with. */
static int no_pcrs(struct loaded_target *t, struct error *err)
{
	t->no_pcrs = true;
	err->code = E_UNDECIDED;
	return E_UNDECIDED;
}

static int load_given(const struct target_args *args,
		      struct loaded_target *ret, struct error *err)
{
	struct pcr_values *values = &ret->target.values;

	for (size_t i = 0; i < args->pcrs_count; i++)
		if (read_pcrs_file(args->pcrs[i], values, err))
			return no_pcrs(ret, err);
	for (size_t i = 0; i < args->pcr_count; i++) {
		int rc = pcrs_parse_one(args->pcr[i], values, err);

		if (rc) {
			error_subject(err, "%s", args->pcr[i]);
			return rc;
		}
	}
	ret->target.zero_will_do = args->pcr_count && !args->pcrs_count;
	return E_OK;
}

/* --- the TPM --- */

/* PCRs into @t and, where it is wanted, the clock; it follows the PCRs. */
static int read_device(const char *tcti, bool want_clock, uint32_t pcrs,
		       struct loaded_target *t, struct error *err)
{
	struct tpm *tpm;
	uint32_t counter;
	int rc = tpm_open(&tpm, tcti, err);

	if (rc)
		return rc;
	rc = tpm_read_pcrs(tpm, pcrs, &t->target.values, &counter, err);
	if (!rc && want_clock) {
		rc = tpm_read_clock(tpm, &t->tpm_clock, err);
		t->has_tpm_clock = !rc;
	}
	tpm_close(tpm);
	return rc;
}

/*
 * The machine's own TPM: a TPM 1.2 shows itself in sysfs alone; a TPM 2.0 whose
 * device we may not open, or that this build cannot talk to, in sysfs too.
 */
static int read_own(const struct target_args *args, struct loaded_target *t,
		    uint32_t pcrs, struct error *err)
{
	struct pcr_values *ret = &t->target.values;
	const char *class = args->sysfs ? args->sysfs : SYSFS_CLASS;
	int rc = sysfs_read_legacy(class, pcrs, ret, err);

	if (rc != E_ABSENT)
		return rc;
	rc = read_device(TPM_OWN, args->want_clock, pcrs, t, err);
	if (rc && !sysfs_read_banks(class, pcrs, ret, NULL))
		rc = E_OK;
	return rc;
}

static int read_tpm(const struct target_args *args, struct loaded_target *t,
		    uint32_t pcrs, struct error *err)
{
	bool own = args->hwtpm || (!args->tcti && !tpm_from_environment());
	int rc = own ? read_own(args, t, pcrs, err) :
		read_device(args->tcti, args->want_clock, pcrs, t, err);

	if (!rc)
		t->pcrs = pcrs;
	return rc;
}

static void keep_bank(const struct target_args *args, struct target *target)
{
	for (int i = 0; i < HASH_COUNT && args->has_bank; i++)
		if (i != args->bank)
			target->values.bank[i].mask = 0;
}

bool target_is_live(const struct target_args *args)
{
	return !args->quote && !args->keylime && !args->pcrs_count &&
	       !args->pcr_count;
}

bool target_wants_more(const struct target_args *args,
		       const struct loaded_target *t, uint32_t uncovered)
{
	(void)args;
	return t->pcrs && uncovered & ~t->pcrs;
}

int target_reload(const struct target_args *args, struct loaded_target *t,
		  uint32_t more, struct error *err)
{
	int rc;

	if (!t->pcrs)
		return E_OK;
	rc = read_tpm(args, t, t->pcrs | more, err);
	keep_bank(args, &t->target);
	return rc;
}

/* --- a quote --- */

static int read_blob(const char *name, uint8_t **bytes,
		     struct quote_blob *ret, struct error *err)
{
	int rc = file_read(AT_FDCWD, name, FILE_MAX, bytes, &ret->len, err);

	if (rc)
		error_subject(err, "%s", name);
	ret->bytes = *bytes;
	ret->name = name;
	return rc;
}

static int check_quote(const struct target_args *args,
		       struct loaded_target *t,
		       const struct quote_blob *attest,
		       const struct quote_blob *signature, struct error *err)
{
	int rc = quote_open(&t->quote, attest, signature, &t->ak, args->nonce,
			    args->nonce_len, err);

	if (rc)
		return rc;
	t->has_quote = t->has_clock = true;
	t->clock = t->quote.clock;
	t->target.quote = &t->quote;
	return E_OK;
}

static int check_quoted_values(struct loaded_target *t,
			       const struct quote_blob *blob,
			       struct error *err)
{
	struct pcr_values *values = calloc(1, sizeof(*values));
	int rc;

	if (!values)
		return error_set(err, E_NOMEM, "out of memory");
	rc = pcrs_parse_quoted(blob->bytes, blob->len, &t->quote.selection,
			       values, err);
	if (!rc)
		rc = target_from_quote(&t->target, &t->quote, values, err);
	if (rc)
		error_subject(err, "%s", blob->name);
	free(values);
	return rc == E_ABSENT ? E_UNDECIDED : rc;
}

static int load_quote(const struct target_args *args,
		      struct loaded_target *ret, struct error *err)
{
	struct quote_blob attest, signature, values;
	int rc;

	if (!args->signature || !args->ak)
		return error_set(err, E_USAGE,
				 "--quote needs --signature and --ak: nothing unsigned is believed");
	if (read_blob(args->quote, &ret->file[0], &attest, err) ||
	    read_blob(args->signature, &ret->file[1], &signature, err))
		return E_IO;
	rc = check_quote(args, ret, &attest, &signature, err);
	if (rc || !args->quote_pcrs)
		return rc;
	if (read_blob(args->quote_pcrs, &ret->file[3], &values, err))
		return E_IO;
	return check_quoted_values(ret, &values, err);
}

/* The string itself, or a file that holds it. */
static int read_keylime(const char *value, struct keylime_quote *ret,
			struct error *err)
{
	uint8_t *bytes;
	size_t len;
	int rc;

	if (keylime_is_quote(value)) {
		rc = keylime_parse(value, strlen(value), ret, err);
		error_subject(err, "--keylime-quote");
		return rc;
	}
	rc = file_read(AT_FDCWD, value, FILE_MAX, &bytes, &len, err);
	error_subject(err, "%s", value);
	if (rc)
		return E_IO;
	rc = keylime_parse((const char *)bytes, len, ret, err);
	error_subject(err, "%s", value);
	free(bytes);
	return rc;
}

static int load_keylime(const struct target_args *args,
			struct loaded_target *ret, struct error *err)
{
	static const char *const names[KEYLIME_PARTS] = {
		"the quote's attestation", "the quote's signature",
		"the quote's PCR values"
	};
	static const size_t place[KEYLIME_PARTS] = { 0, 1, 3 };
	struct quote_blob blob[KEYLIME_PARTS];
	struct keylime_quote q;
	int rc;

	if (!args->ak)
		return error_set(err, E_USAGE,
				 "--keylime-quote needs --ak: nothing unsigned is believed");
	rc = read_keylime(args->keylime, &q, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < KEYLIME_PARTS; i++) {
		blob[i] = (struct quote_blob){ q.part[i], q.len[i], names[i] };
		ret->file[place[i]] = q.part[i];
	}
	rc = check_quote(args, ret, &blob[KEYLIME_ATTEST],
			 &blob[KEYLIME_SIGNATURE], err);
	if (!rc)
		rc = check_quoted_values(ret, &blob[KEYLIME_PCRS], err);
	return rc;
}

static int check_usage(const struct target_args *args, struct error *err)
{
	bool values = args->pcrs_count || args->pcr_count;

	bool quote = args->quote || args->keylime;

	if (args->keylime && (args->quote || args->signature ||
			      args->quote_pcrs))
		return error_set(err, E_USAGE,
				 "--keylime-quote stands for --quote, --signature and --quote-pcrs");
	if (!quote && (args->signature || args->nonce || args->quote_pcrs))
		return error_set(err, E_USAGE,
				 "--signature, --nonce and --quote-pcrs go with --quote");
	if (quote && (values || args->has_bank))
		return error_set(err, E_USAGE,
				 "a quote goes without --pcrs, --pcr and --verify-bank");
	if (args->tcti && (values || quote))
		return error_set(err, E_USAGE,
				 "--tcti goes without --pcrs, --pcr and a quote");
	if (args->tcti && args->hwtpm)
		return error_set(err, E_USAGE,
				 "--hwtpm is this machine's own TPM: it goes without --tcti");
	return E_OK;
}

int target_load_chunk(const struct target_args *args,
		      const struct chunk_quote *quote,
		      struct loaded_target *ret, struct error *err)
{
	const struct quote_blob attest = {
		quote->attest, quote->attest_len, "the quote",
	};
	const struct quote_blob signature = {
		quote->signature, quote->signature_len, "the quote's signature",
	};
	int rc;

	if (!args->ak)
		return error_set(err, E_USAGE,
				 "a chunk with a quote needs --ak: nothing unsigned is believed");
	if (read_blob(args->ak, &ret->file[2], &ret->ak, err))
		return E_IO;
	rc = check_quote(args, ret, &attest, &signature, err);
	if (!rc)
		rc = target_from_quote(&ret->target, &ret->quote, &quote->pcrs,
				       err);
	return rc == E_ABSENT ? E_UNDECIDED : rc;
}

int target_load(const struct target_args *args, struct loaded_target *ret,
		struct error *err)
{
	int rc = check_usage(args, err);

	if (rc)
		return rc;
	if (args->ak && read_blob(args->ak, &ret->file[2], &ret->ak, err))
		return E_IO;
	if (args->quote)
		return load_quote(args, ret, err);
	if (args->keylime)
		return load_keylime(args, ret, err);
	if (args->pcrs_count || args->pcr_count)
		rc = load_given(args, ret, err);
	else if (read_tpm(args, ret, TPM_PCRS, err))
		return no_pcrs(ret, err);
	if (rc)
		return rc;
	keep_bank(args, &ret->target);
	if (target_banks(&ret->target))
		return E_OK;
	error_set(err, E_UNDECIDED, "nothing to compare: no value of %s",
		  args->has_bank ? hash_row((unsigned int)args->bank)->name :
		  "any bank");
	return no_pcrs(ret, err);
}
