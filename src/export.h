/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export.h - the list in instalments: the next chunk of it
 *
 * Calling sequence: export_open(), which decides what the chunk holds,
 * export_write() any number of times, export_close(). Nothing is deleted or
 * staged, and no lock is kept; a snapshot may be taken meanwhile.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/chunk.h"
#include "snapshot.h"

/* TPM 2.0 Part 2: TPM2B_DATA holds a TPMT_HA, of which this is surely one. */
#define EXPORT_NONCE_MAX 64

struct export_options {
	const struct snapshot_options *snapshot;
	uint64_t after;		/* the chunk begins with the record behind */
	uint64_t max_bytes;	/* of records; one larger stands alone */
	uint32_t ak_handle;	/* persistent; 0: no quote */
	uint8_t nonce[EXPORT_NONCE_MAX];
	size_t nonce_len;
};

struct export;

/*
 * Look at shards and lists, and make up the chunk behind record @after, over
 * which @options must last. It ends with the list, with max_bytes, or where a
 * gap begins, which no replay crosses. If it ends with the list and a quote is
 * asked for, it carries one, over values that a replay up to a record from
 * @after on was seen to meet: signed first, then the list was read.
 *
 * Returns 0; E_UNDECIDED where there is no record @after, where the kernel's
 * list does not go on from the shards, or there is no TPM to quote; E_GAP
 * where the records were discarded; E_CHANGED (a shard is not its aggregate's,
 * the quote is never met); E_BUSY, E_ABSENT, E_IO, E_TPM, E_LIMIT, E_NOMEM.
 */
int export_open(struct export **ret, const struct export_options *options,
		struct error *err);
void export_close(struct export *e);	/* takes NULL */

/* What its line says. */
const struct chunk *export_chunk(const struct export *e);

/* Write line and records to @fd. E_IO, E_CHANGED, E_NOMEM. */
int export_write(struct export *e, int fd, struct error *err);

#endif
