// SPDX-License-Identifier: GPL-2.0-or-later
/* recent.c - records in memory: the last ones, and where each begins */
#include <stdlib.h>
#include <string.h>

#include "stitch-inner.h"

/* As much of what is in shards is kept; twice as much before some goes. */
#define RECENT_KEPT (4U << 20)

static int grow(struct recent *r, struct error *err)
{
	size_t room = r->room ? 2 * r->room : 1024;
	size_t *more = realloc(r->start, room * sizeof(*more));

	if (!more)
		return error_set(err, E_NOMEM, "out of memory");
	if (!r->start)
		more[0] = 0;
	r->start = more;
	r->room = room;
	return E_OK;
}

/* On failure nothing is added. */
int recent_add(struct recent *r, const struct list_layout *layout,
	       const uint8_t *bytes, size_t len, struct error *err)
{
	const size_t was = r->bytes.len;
	const uint64_t count = r->count;
	size_t at = 0, need = 0;
	int rc = r->start ? E_OK : grow(r, err);

	if (!rc)
		rc = tail_bytes_add(&r->bytes, bytes, len, err);
	while (!rc && at < len) {
		struct record rec;

		rc = record_parse(layout, bytes + at, len - at, &rec, &need,
				  err);
		if (rc) {
			error_place(err, r->count - count + 1, at);
			break;
		}
		if (r->count + 2 > r->room)
			rc = grow(r, err);
		if (rc)
			break;
		at += rec.raw_len;
		r->start[++r->count] = was + at;
	}
	if (rc) {
		r->bytes.len = was;
		r->count = count;
	}
	return rc;
}

void recent_clear(struct recent *r, uint64_t first)
{
	r->first = first;
	r->count = 0;
	r->bytes.len = 0;
}

void recent_forget(struct recent *r, uint64_t stored)
{
	uint64_t n = stored < r->first ? 0 : stored - r->first + 1, drop = 0;
	size_t bytes;

	if (n > r->count)
		n = r->count;
	if (!n || r->start[n] < 2 * RECENT_KEPT)
		return;
	while (r->start[n] - r->start[drop] > RECENT_KEPT)
		drop++;
	bytes = r->start[drop];
	memmove(r->bytes.at, r->bytes.at + bytes, r->bytes.len - bytes);
	r->bytes.len -= bytes;
	r->first += drop;
	r->count -= drop;
	for (uint64_t i = 0; i <= r->count; i++)
		r->start[i] = r->start[i + drop] - bytes;
}

void recent_free(struct recent *r)
{
	free(r->bytes.at);
	free(r->start);
}
