/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view-inner.h - what view.c and view-index.c share, and nobody else */
#ifndef VIEW_INNER_H
#define VIEW_INNER_H

#include <pthread.h>

#include "tail.h"
#include "view.h"

#define SIZE_UNKNOWN UINT64_MAX

/* So many records lie between two points of the index, at most. */
#define POINT_RECORDS 64

/* Where a record begins in the two sha1 forms. */
struct point {
	uint64_t record, binary, ascii;
};

/* A shard; or, the last one, what is in no shard yet. */
struct span {
	struct point start;		/* its ascii: SIZE_UNKNOWN at first */
	uint64_t count, binary, ascii;	/* records, bytes */
	struct point *point;		/* relative to start; or NULL */
	size_t points;
};

#define OPEN_SHARDS 8

struct view {
	pthread_mutex_t lock;
	struct stitch *stitch;
	struct hasher *hasher;
	char *run_dir;
	unsigned int generation;	/* that the index is of */
	struct span *span;		/* one for a shard, and the tail */
	size_t spans;			/* without the tail */
	size_t ascii_known;		/* spans whose start.ascii is known */
	struct tail_bytes scratch;
	struct {
		size_t span;
		int fd;
	} shard[OPEN_SHARDS];		/* open ones; fd -1: none */
	size_t shard_next;
	struct view_size *size;		/* view-sizes.c */
	size_t sizes;
	int sizes_fd;			/* to append to, or -1 */
};

/* The tail is the span behind the last shard. */
static inline struct span *view_tail(const struct view *v)
{
	return &v->span[v->spans];
}

/* view-index.c: make the index be of what stitch has. */
int index_sync(struct view *v, struct error *err);
void index_free(struct view *v);

/* Have the points of span @i. */
int index_scan(struct view *v, size_t i, struct error *err);

/*
 * The span with byte @offset of form @f; v->spans + 1 behind the end. Spans
 * of which the ascii size is not known are read.
 */
int index_find(struct view *v, const struct form *f, uint64_t offset,
	       size_t *ret, struct error *err);

/* Where record @p begins in form @f. */
static inline uint64_t form_offset(const struct form *f,
				   const struct point *p)
{
	return (f->ascii ? p->ascii : p->binary) +
	       (p->record - 1) * form_extra(f);
}

/*
 * Bytes of span @i from its byte @at on, @want of them or as many as there
 * are, from memory or the shard; valid until the next call.
 */
int view_bytes(struct view *v, size_t i, uint64_t at, size_t want,
	       const uint8_t **ret, size_t *len, struct error *err);

/*
 * view-sizes.c: how long shards are as ASCII, remembered on a tmpfs, so that
 * who comes next need not read them all. Shards never change.
 */
void sizes_load(struct view *v);
void sizes_free(struct view *v);
bool sizes_find(const struct view *v, const struct stitch_part *part,
		uint64_t *ascii);
void sizes_add(struct view *v, const struct stitch_part *part,
	       uint64_t ascii);

#endif
