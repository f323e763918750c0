/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stitch-inner.h - what stitch.c and stitch-look.c share, and nobody else */
#ifndef STITCH_INNER_H
#define STITCH_INNER_H

#include <sys/types.h>

#include "format/aggregate.h"
#include "stitch.h"
#include "tail.h"

/* Records in memory. */
struct recent {
	uint64_t first, count;
	struct tail_bytes bytes;
	size_t *start;		/* count + 1 */
	size_t room;		/* of start */
};

/* The store's directory as it was when it was listed. */
struct dir_seen {
	bool there, steady;
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
};

struct stitch {
	char *ima_dir, *shard_dir, *run_dir;
	enum kernel_kind kernel;
	bool canonical;

	bool known;		/* looked at once */
	bool ignored;		/* the store is of a boot that is over */
	struct dir_seen dir;
	char boot_id[BOOT_ID_MAX];
	struct tail_head staged, current;
	uint64_t current_len;		/* of the current list, in bytes */
	uint64_t count;			/* what the kernel says of it */
	struct stitch_part *part;
	size_t parts;
	uint64_t discarded;
	unsigned int padded;		/* of what is in no shard */
	struct recent recent;
	struct list_layout layout;
	unsigned int generation;

	/* stitch_next() */
	uint64_t next;
	struct list *list;	/* a shard's, or NULL */
	uint64_t list_end;	/* its last record */
	unsigned int list_generation;
};

/* stitch-look.c: all of it anew. */
int stitch_look(struct stitch *s, struct error *err);
bool dir_look(const char *path, struct dir_seen *ret);
bool dir_same(const struct dir_seen *was, const struct dir_seen *is);
bool dir_unchanged(const struct dir_seen *was, const char *path);
int stitch_kind(const struct stitch *s, enum kernel_kind *ret,
		struct error *err);

/* What the kernel counts now; COUNT_UNKNOWN of a copy of lists. */
#define COUNT_UNKNOWN UINT64_MAX
uint64_t stitch_count(const struct stitch *s);

/* The shard with @number, or the first behind it. */
size_t stitch_find(const struct stitch *s, uint64_t number);
bool stitch_same_part(const struct stitch_part *a,
		      const struct stitch_part *b);

/* recent.c: parse, add and forget. */
int recent_add(struct recent *r, const struct list_layout *layout,
	       const uint8_t *bytes, size_t len, struct error *err);
void recent_clear(struct recent *r, uint64_t first);
void recent_forget(struct recent *r, uint64_t stored);
void recent_free(struct recent *r);

static inline uint64_t recent_last(const struct recent *r)
{
	return r->first + r->count - 1;
}

/* Bytes from record @first (there, or the last + 1) to the end. */
static inline const uint8_t *recent_from(const struct recent *r,
					 uint64_t first, size_t *len)
{
	size_t at = r->start ? r->start[first - r->first] : 0;

	*len = r->bytes.len - at;
	return r->bytes.at + at;
}

#endif
