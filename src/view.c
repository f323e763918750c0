// SPDX-License-Identifier: GPL-2.0-or-later
/* view.c - the one list as files of bytes */
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "format/show.h"
#include "view-inner.h"

struct view_file {
	struct view *view;
	struct form form;
	unsigned int generation;
};

int view_new(struct view **ret, const struct stitch_options *options,
	     struct error *err)
{
	struct view *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return error_set(err, E_NOMEM, "out of memory");
	pthread_mutex_init(&v->lock, NULL);
	v->ascii_known = 1;
	v->sizes_fd = -1;
	for (size_t i = 0; i < OPEN_SHARDS; i++)
		v->shard[i].fd = -1;
	v->run_dir = options->run_dir ? strdup(options->run_dir) : NULL;
	rc = stitch_new(&v->stitch, options, err);
	if (!rc)
		rc = hasher_new(&v->hasher, HASH_ALL, err);
	if (rc) {
		view_free(v);
		return rc;
	}
	sizes_load(v);
	*ret = v;
	return E_OK;
}

void view_free(struct view *v)
{
	if (!v)
		return;
	index_free(v);
	sizes_free(v);
	hasher_free(v->hasher);
	stitch_free(v->stitch);
	free(v->run_dir);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

/* --- looking, and waiting --- */

/*
 * Between a snapshot's last shard and what it leaves for the next one there
 * is a moment in which little is known.
 */
#define UNDECIDED_PAUSES 20
#define PAUSE_FIRST (5 * 1000 * 1000L)
#define PAUSE_LAST (100 * 1000 * 1000L)

/* With the lock held, which is let go of while the list is waited for. */
static int look(struct view *v, view_give_up give_up, void *ctx,
		struct error *err)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST };
	int undecided = 0, rc;

	for (;;) {
		rc = stitch_refresh(v->stitch, err);
		if (rc != E_BUSY &&
		    (rc != E_UNDECIDED || undecided++ >= UNDECIDED_PAUSES))
			break;
		if (give_up && give_up(ctx))
			break;
		pthread_mutex_unlock(&v->lock);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&v->lock);
		if (pause.tv_nsec < PAUSE_LAST)
			pause.tv_nsec *= 2;
	}
	return rc ? rc : index_sync(v, err);
}

int view_open(struct view *v, const struct form *form, view_give_up give_up,
	      void *ctx, struct view_file **ret, struct error *err)
{
	struct view_file *f;
	int rc;

	if (!(hasher_has(v->hasher) & HASH_BIT(form->bank)))
		return error_set(err, E_UNSUPPORTED, "libcrypto has no %s",
				 hash_row(form->bank)->name);
	f = malloc(sizeof(*f));
	if (!f)
		return error_set(err, E_NOMEM, "out of memory");
	pthread_mutex_lock(&v->lock);
	rc = look(v, give_up, ctx, err);
	*f = (struct view_file){ v, *form, v->generation };
	pthread_mutex_unlock(&v->lock);
	if (rc)
		free(f);
	else
		*ret = f;
	return rc;
}

void view_close(struct view_file *f)
{
	free(f);
}

int view_count(struct view *v, view_give_up give_up, void *ctx,
	       uint64_t *ret, struct error *err)
{
	int rc;

	pthread_mutex_lock(&v->lock);
	rc = look(v, give_up, ctx, err);
	*ret = stitch_last(v->stitch);
	pthread_mutex_unlock(&v->lock);
	return rc;
}

/* --- bytes --- */

static int open_shard(struct view *v, size_t i, int *ret, struct error *err)
{
	size_t part = 0;
	int rc;

	for (size_t n = 0; n < OPEN_SHARDS; n++) {
		if (v->shard[n].fd >= 0 && v->shard[n].span == i) {
			*ret = v->shard[n].fd;
			return E_OK;
		}
	}
	while (part < stitch_parts(v->stitch) &&
	       stitch_part(v->stitch, part)->first != v->span[i].start.record)
		part++;
	if (part == stitch_parts(v->stitch))
		return error_set(err, E_GAP,
				 "record %llu is not there any more",
				 (unsigned long long)v->span[i].start.record);
	rc = stitch_part_open(v->stitch, part, ret, err);
	if (rc)
		return rc;
	if (v->shard[v->shard_next].fd >= 0)
		close(v->shard[v->shard_next].fd);
	v->shard[v->shard_next].span = i;
	v->shard[v->shard_next].fd = *ret;
	v->shard_next = (v->shard_next + 1) % OPEN_SHARDS;
	return E_OK;
}

static int read_shard(struct view *v, size_t i, uint64_t at, void *to,
		      size_t n, struct error *err)
{
	uint8_t *p = to;
	int fd, rc = open_shard(v, i, &fd, err);

	while (!rc && n) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, E_IO, "reading a shard");
		if (!got)
			return error_set(err, E_CHANGED,
					 "shard of records %llu..: ends early",
					 (unsigned long long)
					 v->span[i].start.record);
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return rc;
}

/* Where the span's bytes are in memory; NULL: not all of it is. */
static const uint8_t *in_memory(const struct view *v, const struct span *s)
{
	struct stitch_recent r;

	stitch_recent(v->stitch, &r);
	if (s->start.record < r.first ||
	    s->start.record + s->count > r.first + r.count)
		return NULL;
	return r.bytes + r.start[s->start.record - r.first];
}

int view_bytes(struct view *v, size_t i, uint64_t at, size_t want,
	       const uint8_t **ret, size_t *len, struct error *err)
{
	const struct span *s = &v->span[i];
	const uint8_t *memory = in_memory(v, s);
	int rc;

	if (want > s->binary - at)
		want = (size_t)(s->binary - at);
	*len = want;
	if (memory) {
		*ret = memory + at;
		return E_OK;
	}
	v->scratch.len = 0;
	if (want > v->scratch.room) {
		uint8_t *more = realloc(v->scratch.at, want);

		if (!more)
			return error_set(err, E_NOMEM, "out of memory");
		v->scratch.at = more;
		v->scratch.room = want;
	}
	rc = read_shard(v, i, at, v->scratch.at, want, err);
	*ret = v->scratch.at;
	return rc;
}

/* --- reading --- */

/* Where the bytes of a form go, from some byte on. */
struct sink {
	uint64_t skip;
	uint8_t *at;
	size_t room;
};

static void put(void *ctx, const char *bytes, size_t len)
{
	struct sink *s = ctx;

	if (s->skip >= len) {
		s->skip -= len;
		return;
	}
	bytes += s->skip;
	len -= (size_t)s->skip;
	s->skip = 0;
	if (len > s->room)
		len = s->room;
	memcpy(s->at, bytes, len);
	s->at += len;
	s->room -= len;
}

/* The last point of the span at or before @offset of the form. */
static struct point find_point(const struct span *s, const struct form *f,
			       uint64_t offset)
{
	size_t low = 0, high = s->points;
	struct point at = s->start;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		struct point p = s->point[mid];

		p.record += s->start.record;
		p.binary += s->start.binary;
		p.ascii += s->start.ascii;
		if (form_offset(f, &p) <= offset) {
			low = mid;
			at = p;
		} else {
			high = mid;
		}
	}
	return at;
}

static uint64_t length_of(const struct form *f, const struct record *rec,
			  const struct list_layout *layout)
{
	const struct show show = { 0 };

	return form_extra(f) + (f->ascii ? show_length(&show, rec, layout) :
				rec->raw_len);
}

static int put_record(struct view *v, const struct form *f,
		      const struct record *rec, bool padded,
		      struct sink *sink, struct error *err)
{
	const struct list_layout *layout = stitch_layout(v->stitch);
	int rc;

	if (sink->skip) {
		uint64_t len = length_of(f, rec, layout);

		if (len <= sink->skip) {
			sink->skip -= len;
			return E_OK;
		}
	}
	rc = form_write(f, rec, layout, padded, v->hasher, put, sink);
	return rc ? error_set(err, rc, "libcrypto failed to hash") : E_OK;
}

/* Records of a span, from the point before @offset on, made into the form. */
static int make(struct view *v, const struct form *f, size_t i,
		uint64_t offset, struct sink *sink, struct error *err)
{
	const struct span *s = &v->span[i];
	struct point p = find_point(s, f, offset);
	uint64_t at = p.binary - s->start.binary;
	unsigned int padded = 0;
	size_t want = 64U << 10;
	int rc = E_OK;

	sink->skip = offset - form_offset(f, &p);
	if (f->bank != HASH_SHA1)
		rc = stitch_padded(v->stitch, s->start.record, &padded, err);
	while (!rc && sink->room && at < s->binary) {
		const uint8_t *bytes;
		size_t len, done = 0, need = 0;
		struct record rec;

		rc = view_bytes(v, i, at, want, &bytes, &len, err);
		while (!rc && sink->room && done < len &&
		       !(rc = record_parse(stitch_layout(v->stitch),
					   bytes + done, len - done, &rec,
					   &need, err))) {
			rc = put_record(v, f, &rec, padded & HASH_BIT(f->bank),
					sink, err);
			done += rec.raw_len;
		}
		at += done;
		if (rc == E_INCOMPLETE && at + need <= s->binary) {
			want = need > want ? need : want;
			rc = E_OK;
		}
	}
	return rc;
}

static bool is_as_stored(const struct form *f)
{
	return !f->ascii && f->bank == HASH_SHA1;
}

/* As stored: no record needs to be looked at. */
static int copy(struct view *v, size_t i, uint64_t at, struct sink *sink,
		struct error *err)
{
	const struct span *s = &v->span[i];
	const uint8_t *memory = in_memory(v, s);
	size_t n = sink->room;
	int rc = E_OK;

	if (n > s->binary - at)
		n = (size_t)(s->binary - at);
	if (memory)
		memcpy(sink->at, memory + at, n);
	else
		rc = read_shard(v, i, at, sink->at, n, err);
	if (!rc) {
		sink->at += n;
		sink->room -= n;
	}
	return rc;
}

static int fill(struct view *v, const struct form *f, uint64_t offset,
		struct sink *sink, struct error *err)
{
	const size_t size = sink->room;
	int rc = E_OK;

	while (!rc && sink->room) {
		uint64_t at = offset + (size - sink->room);
		size_t i;

		rc = index_find(v, f, at, &i, err);
		if (rc || i > v->spans)
			break;
		if (is_as_stored(f)) {
			rc = copy(v, i, at - v->span[i].start.binary, sink,
				  err);
			continue;
		}
		rc = index_scan(v, i, err);
		if (!rc)
			rc = make(v, f, i, at, sink, err);
	}
	/* What there is first; the error comes at its own byte. */
	return sink->room < size ? E_OK : rc;
}

static int check_generation(const struct view_file *f, struct error *err)
{
	if (f->generation == stitch_generation(f->view->stitch))
		return E_OK;
	return error_set(err, E_CHANGED,
			 "the list is not the one that was opened: a new boot, or its shards were removed");
}

int view_read(struct view_file *f, uint64_t offset, void *buf, size_t size,
	      view_give_up give_up, void *ctx, size_t *got, struct error *err)
{
	struct sink sink = { .at = buf, .room = size };
	struct view *v = f->view;
	int rc = E_OK;

	pthread_mutex_lock(&v->lock);
	/* Of what is known shards may be gone: then no more of it is shown. */
	if (stitch_store_changed(v->stitch) &&
	    !stitch_refresh(v->stitch, NULL))
		rc = index_sync(v, err);
	if (!rc)
		rc = check_generation(f, err);
	if (!rc)
		rc = fill(v, &f->form, offset, &sink, err);
	/* At the end, or a shard is not there: what is there now? */
	if (sink.room == size && (!rc || rc == E_GAP || rc == E_CHANGED)) {
		int was = rc;

		rc = look(v, give_up, ctx, err);
		if (!rc)
			rc = check_generation(f, err);
		if (!rc)
			rc = was ? was : fill(v, &f->form, offset, &sink, err);
	}
	pthread_mutex_unlock(&v->lock);
	*got = size - sink.room;
	return rc;
}
