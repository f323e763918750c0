// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view-index.c - where each shard begins in each form, and records within
 *
 * In the sha1 binary form a shard is as long as its file. How long it is as
 * ASCII is known once its records were seen: as they pass on their way from
 * the kernel, from the last time (view-sizes.c), or by reading it. All other
 * forms add a constant to each record.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/show.h"
#include "view-inner.h"

static void forget(struct view *v)
{
	for (size_t i = 0; i <= v->spans && v->span; i++)
		free(v->span[i].point);
	free(v->span);
	v->span = NULL;
	v->spans = 0;
	v->ascii_known = 1;
	for (size_t i = 0; i < OPEN_SHARDS; i++) {
		if (v->shard[i].fd >= 0)
			close(v->shard[i].fd);
		v->shard[i].fd = -1;
	}
}

void index_free(struct view *v)
{
	forget(v);
	free(v->scratch.at);
}

/* --- points --- */

/* One more record behind those that the span's points know. */
static int add_record(struct span *s, const struct record *rec,
		      const struct list_layout *layout, struct error *err)
{
	const struct show show = { 0 };

	if (s->count % POINT_RECORDS == 0) {
		struct point *more;

		/* Rooms are powers of two. */
		if (!(s->points & (s->points - 1))) {
			more = realloc(s->point, (s->points ? 2 * s->points :
					1) * sizeof(*more));
			if (!more)
				return error_set(err, E_NOMEM, "out of memory");
			s->point = more;
		}
		s->point[s->points++] = (struct point){
			s->count, s->binary, s->ascii };
	}
	s->count++;
	s->binary += rec->raw_len;
	s->ascii += show_length(&show, rec, layout);
	return E_OK;
}

#define WINDOW (64U << 10)

/* All records of a shard. @ret begins as zeros. */
static int scan_span(struct view *v, size_t i, struct span *ret,
		     struct error *err)
{
	const struct span *s = &v->span[i];
	size_t want = WINDOW;
	int rc = E_OK;

	while (!rc && ret->binary < s->binary) {
		const uint8_t *bytes;
		struct record rec;
		size_t len, at = 0, need = 0;

		rc = view_bytes(v, i, ret->binary, want, &bytes, &len, err);
		while (!rc && at < len &&
		       !(rc = record_parse(stitch_layout(v->stitch),
					   bytes + at, len - at, &rec, &need,
					   err))) {
			at += rec.raw_len;
			rc = add_record(ret, &rec, stitch_layout(v->stitch),
					err);
		}
		/* Cut by the window, not by the shard's end. */
		if (rc == E_INCOMPLETE && (at || len == want) &&
		    ret->binary + need <= s->binary) {
			want = need > WINDOW ? need : WINDOW;
			rc = E_OK;
		}
	}
	if (!rc && ret->count != s->count)
		rc = error_set(err, E_CHANGED,
			       "shard of records %llu..: has %llu, not %llu",
			       (unsigned long long)s->start.record,
			       (unsigned long long)ret->count,
			       (unsigned long long)s->count);
	return rc;
}

static const struct stitch_part *part_of(const struct view *v, size_t i)
{
	for (size_t p = stitch_parts(v->stitch); p && p--; )
		if (stitch_part(v->stitch, p)->first ==
		    v->span[i].start.record)
			return stitch_part(v->stitch, p);
	return NULL;
}

int index_scan(struct view *v, size_t i, struct error *err)
{
	struct span *s = &v->span[i], found = { .start = s->start };
	const struct stitch_part *part;
	int rc;

	if (s->point || i == v->spans || !s->count)
		return E_OK;
	rc = scan_span(v, i, &found, err);
	if (!rc && s->ascii != SIZE_UNKNOWN && s->ascii != found.ascii)
		rc = error_set(err, E_CHANGED,
			       "shard of records %llu..: is not what it was",
			       (unsigned long long)s->start.record);
	if (rc) {
		free(found.point);
		return rc;
	}
	*s = found;
	part = part_of(v, i);
	if (part)
		sizes_add(v, part, s->ascii);
	return E_OK;
}

/* --- spans --- */

/* Room for one more shard, and the tail behind it. */
static int add_span(struct view *v, const struct stitch_part *part,
		    struct error *err)
{
	struct span *more = realloc(v->span, (v->spans + 2) * sizeof(*more));
	struct span *s;

	if (!more)
		return error_set(err, E_NOMEM, "out of memory");
	v->span = more;
	s = &v->span[v->spans];
	free(s->point);
	s->point = NULL;
	s->points = 0;
	s->count = part->last - part->first + 1;
	s->binary = part->bytes;
	if (!sizes_find(v, part, &s->ascii))
		s->ascii = SIZE_UNKNOWN;
	s[1] = (struct span){
		.start = { part->last + 1, s->start.binary + s->binary,
			   SIZE_UNKNOWN } };
	v->spans++;
	return E_OK;
}

static bool in_memory(const struct view *v, const struct span *s)
{
	struct stitch_recent r;

	stitch_recent(v->stitch, &r);
	return s->start.record >= r.first &&
	       s->start.record + s->count <= r.first + r.count;
}

/* Record @next is wanted; what there is begins at @first. */
static int check_gap(uint64_t next, uint64_t first, struct error *err)
{
	if (first <= next)
		return E_OK;
	return error_set(err, E_GAP,
			 "records %llu..%llu are not there any more: nothing is known of the places of what follows",
			 (unsigned long long)next,
			 (unsigned long long)first - 1);
}

static int add_shards(struct view *v, struct error *err)
{
	int rc = E_OK;

	for (size_t p = 0; p < stitch_parts(v->stitch) && !rc; p++) {
		const struct stitch_part *part = stitch_part(v->stitch, p);
		size_t i = v->spans;

		if (part->first < view_tail(v)->start.record)
			continue;
		rc = check_gap(view_tail(v)->start.record, part->first, err);
		if (!rc)
			rc = add_span(v, part, err);
		/* Now, while it costs no opening of the shard. */
		if (!rc && in_memory(v, &v->span[i]))
			rc = index_scan(v, i, err);
	}
	return rc;
}

/* What has come from the kernel since. */
static int extend_tail(struct view *v, struct error *err)
{
	struct span *tail = view_tail(v);
	struct stitch_recent r;
	int rc;

	stitch_recent(v->stitch, &r);
	/* All shards may have been discarded, and none have come since. */
	rc = check_gap(tail->start.record + tail->count, r.first, err);
	for (uint64_t n = tail->start.record + tail->count;
	     n < r.first + r.count && !rc; n++) {
		size_t at = r.start[n - r.first], need;
		struct record rec;

		rc = record_parse(stitch_layout(v->stitch), r.bytes + at,
				  r.start[n - r.first + 1] - at, &rec, &need,
				  err);
		if (!rc)
			rc = add_record(tail, &rec, stitch_layout(v->stitch),
					err);
	}
	return rc;
}

int index_sync(struct view *v, struct error *err)
{
	int rc;

	if (v->generation != stitch_generation(v->stitch))
		forget(v);
	v->generation = stitch_generation(v->stitch);
	if (!v->span) {
		v->span = calloc(1, sizeof(*v->span));
		if (!v->span)
			return error_set(err, E_NOMEM, "out of memory");
		v->span[0].start.record = 1;
	}
	rc = add_shards(v, err);
	return rc ? rc : extend_tail(v, err);
}

/* Know where span @i begins as ASCII. */
static int know_ascii(struct view *v, size_t i, struct error *err)
{
	int rc = E_OK;

	while (v->ascii_known <= i && !rc) {
		struct span *before = &v->span[v->ascii_known - 1];

		if (before->ascii == SIZE_UNKNOWN)
			rc = index_scan(v, v->ascii_known - 1, err);
		if (rc)
			break;
		v->span[v->ascii_known++].start.ascii =
			before->start.ascii + before->ascii;
	}
	return rc;
}

/* The last span that begins at or before @offset; the first where none does. */
static size_t search(const struct view *v, const struct form *f,
		     uint64_t offset, size_t known)
{
	size_t low = 0, high = known;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (form_offset(f, &v->span[mid].start) <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static uint64_t form_size(const struct form *f, const struct span *s)
{
	return (f->ascii ? s->ascii : s->binary) + s->count * form_extra(f);
}

int index_find(struct view *v, const struct form *f, uint64_t offset,
	       size_t *ret, struct error *err)
{
	size_t known = v->spans + 1, i;
	int rc = E_OK;

	/* As far as is needed, and no further. */
	while (f->ascii && !rc && v->ascii_known <= v->spans &&
	       form_offset(f, &v->span[v->ascii_known - 1].start) <= offset)
		rc = know_ascii(v, v->ascii_known, err);
	if (rc)
		return rc;
	if (f->ascii)
		known = v->ascii_known;
	i = search(v, f, offset, known);
	if (f->ascii && v->span[i].ascii == SIZE_UNKNOWN)
		rc = index_scan(v, i, err);
	if (rc)
		return rc;
	if (offset - form_offset(f, &v->span[i].start) >=
	    form_size(f, &v->span[i]))
		i = v->spans + 1;
	*ret = i;
	return E_OK;
}
