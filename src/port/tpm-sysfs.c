// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tpm-sysfs.c - PCR values of the machine's own TPM, as the kernel shows them
 *
 * drivers/char/tpm/tpm-sysfs.c: pcrs_show, "PCR-00: AA BB ..." for a TPM 1.2;
 * pcr_value_show, one value in upper-case hexadecimal, for a TPM 2.0.
 */
#include "port/tpm-sysfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "port/file.h"
#include "port/tpm.h"

/* A sysfs attribute is a page at most. */
#define ATTRIBUTE_MAX 65536

/* Extends between two readings, one after another, before giving up. */
#define READINGS_MAX 10

/* Here, since a build without tpm2-tss has to know whose TPM is meant, too. */
const char *tpm_from_environment(void)
{
	static const char *const names[] = { "TPM2TOOLS_TCTI", "TCTI" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

/* By the names that tss2-tctildr(3) takes; one may lead to another. */
bool tpm_is_program(const char *tcti)
{
	return !strncmp(tcti, "cmd", 3) || strstr(tcti, ":cmd") ||
	       strstr(tcti, "tcti-cmd");
}

typedef int (*read_once)(const char *class, uint32_t pcrs,
			 struct pcr_values *ret, struct error *err);

static int read_attribute(const char *path, uint8_t **ret, size_t *len,
			  struct error *err)
{
	int rc = file_read(AT_FDCWD, path, ATTRIBUTE_MAX, ret, len, err);

	if (rc)
		error_subject(err, "%s", path);
	return rc;
}

static int read_legacy_file(const char *path, uint32_t pcrs,
			    struct pcr_values *ret, struct error *err)
{
	uint8_t *text;
	size_t len;
	int rc = read_attribute(path, &text, &len, err);

	if (rc)
		return rc;
	rc = pcrs_parse_text((const char *)text, len, HASH_SHA1, ret, err);
	if (rc)
		error_subject(err, "%s", path);
	ret->bank[HASH_SHA1].mask &= pcrs;
	free(text);
	return rc;
}

static int legacy_once(const char *class, uint32_t pcrs,
		       struct pcr_values *ret, struct error *err)
{
	static const char *const places[] = {
		"tpm/tpm0/pcrs", "tpm/tpm0/device/pcrs",
		"misc/tpm0/device/pcrs"
	};
	char path[PATH_MAX];
	int rc = E_ABSENT;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", class, places[i]);
		rc = read_legacy_file(path, pcrs, ret, err);
		if (rc != E_ABSENT)
			break;
	}
	return rc;
}

static int read_value(const char *class, enum hash_id bank, unsigned int pcr,
		      struct pcr_values *ret, struct error *err)
{
	struct pcr_bank *b = &ret->bank[bank];
	char path[PATH_MAX];
	uint8_t *text;
	size_t len;
	int rc;

	snprintf(path, sizeof(path), "%s/tpm/tpm0/pcr-%s/%u", class,
		 hash_row(bank)->name, pcr);
	rc = read_attribute(path, &text, &len, err);
	if (rc)
		return rc;
	if (len && text[len - 1] == '\n')
		len--;
	rc = hex_decode(b->value[pcr], hash_row(bank)->size,
			(const char *)text, len);
	free(text);
	if (rc) {
		error_set(err, rc, "is no value of %s", hash_row(bank)->name);
		error_subject(err, "%s", path);
		return rc;
	}
	b->mask |= 1U << pcr;
	return E_OK;
}

/* Banks that are not allocated have no directory. */
static int banks_once(const char *class, uint32_t pcrs,
		      struct pcr_values *ret, struct error *err)
{
	bool any = false;

	for (unsigned int bank = 0; bank < HASH_COUNT; bank++) {
		for (uint32_t m = pcrs; m; m &= m - 1) {
			int rc = read_value(class, bank,
					    (unsigned int)__builtin_ctz(m), ret,
					    err);

			if (rc && rc != E_ABSENT)
				return rc;
			any |= !rc;
		}
	}
	return any ? E_OK : E_ABSENT;
}

/* Each value is read by itself: two whole readings have to agree. */
static int read_steady(read_once once, const char *class, uint32_t pcrs,
		       struct pcr_values *ret, struct error *err)
{
	struct pcr_values *v = calloc(2, sizeof(*v));
	int rc = E_BUSY;

	if (!v)
		return error_set(err, E_NOMEM, "out of memory");
	error_set(err, E_BUSY, "the PCRs do not come to rest");
	for (int i = 0; i < READINGS_MAX; i++) {
		struct pcr_values *now = &v[i % 2];

		memset(now, 0, sizeof(*now));
		rc = once(class, pcrs, now, err);
		if (rc)
			break;
		rc = E_BUSY;
		if (i && !memcmp(&v[0], &v[1], sizeof(v[0]))) {
			*ret = *now;
			rc = E_OK;
			break;
		}
	}
	free(v);
	return rc;
}

int sysfs_read_legacy(const char *class, uint32_t pcrs,
		      struct pcr_values *ret, struct error *err)
{
	return read_steady(legacy_once, class, pcrs, ret, err);
}

int sysfs_read_banks(const char *class, uint32_t pcrs, struct pcr_values *ret,
		     struct error *err)
{
	return read_steady(banks_once, class, pcrs, ret, err);
}
