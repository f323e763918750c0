// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - the replay alone: PCR values after every record
 *
 * Usage: replay LIST own|padded
 *
 * "RECORD BANK:PCR VALUE" for each record and bank, of the PCR that the record
 * extends: banks with their own hash of the data, or with padded SHA-1 as
 * kernels before 5.8, violations too.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "port/list.h"
#include "replay.h"

#define BANKS (HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256) | \
	       HASH_BIT(HASH_SHA384) | HASH_BIT(HASH_SHA512))

static void show(const struct replay *r, uint64_t n, uint32_t pcr)
{
	static struct pcr_values values;
	char hex[2 * HASH_SIZE_MAX + 1];

	memset(&values, 0, sizeof(values));
	replay_values(r, &values);
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		if (!(values.bank[i].mask & 1U << pcr))
			continue;
		hex_encode(hex, values.bank[i].value[pcr], hash_row(i)->size);
		printf("%llu %s:%u %s\n", (unsigned long long)n,
		       hash_row(i)->name, pcr, hex);
	}
}

static int all(struct list *list, struct replay *r, struct error *err)
{
	struct record rec;
	uint64_t n = 0;
	int rc;

	while (!(rc = list_next(list, &rec, err)) &&
	       !(rc = replay_record(r, &rec, list_layout(list), err)))
		show(r, ++n, rec.pcr);
	return rc == LIST_END ? E_OK : rc;
}

int main(int argc, char *argv[])
{
	struct reading readings[HASH_COUNT] = { 0 };
	struct error err = { 0 };
	struct replay *r = NULL;
	struct list *list = NULL;
	int rc;

	if (argc != 3)
		return 2;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		readings[i] = (struct reading){
			.padded = strcmp(argv[2], "own") ? UINT64_MAX : 0,
			.short_violations = true,
		};
	rc = list_open(&list, AT_FDCWD, argv[1], argv[1], 0, &err);
	if (!rc)
		rc = replay_new(&r, BANKS, &err);
	if (!rc)
		rc = replay_start(r, NULL, readings, false, &err);
	if (!rc)
		rc = all(list, r, &err);
	if (rc)
		fprintf(stderr, "replay: %s: %s\n", argv[1], err.reason);
	replay_free(r);
	list_close(list);
	return rc ? 1 : 0;
}
