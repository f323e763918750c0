/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moments.h - the moments of the shared data: a list, and what goes before it
 *
 * Most lists begin at boot. Those that do not are in a table, as README.md of
 * the shared data tells them.
 */
#ifndef MOMENTS_H
#define MOMENTS_H

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/pcrs.h"
#include "port/list.h"
#include "unit.h"

#define IMA_PCR 10

struct part {
	const char *file;
	uint64_t count;		/* records; 0: all */
};

struct special {
	const char *dir;
	const char *before;	/* a moment whose PCR values it starts from */
	struct part part[6];	/* what its list goes on from */
	uint64_t skip;		/* records of the list that are in those */
	uint64_t records;	/* of parts and list together */
};

#define STAGES(dir)					\
	{ "k73-stage-kexec/" dir "/stage/001.ima", 0 },	\
	{ "k73-stage-kexec/" dir "/stage/002.ima", 0 },	\
	{ "k73-stage-kexec/" dir "/stage/003.ima", 0 }
#define PENDING "k73-stage-kexec/pending-at-kexec/2-pending/"

static const struct special specials[] = {
	{ "deb61cloud-kexec-nocarry/after/2-after-kexec",
	  "deb61cloud-kexec-nocarry/before/1-before-kexec", { { NULL, 0 } },
	  0, 51 },
	{ "k73-staging/1-after", NULL,
	  { { "k73-staging/t/shard1.ima", 0 },
	    { "k73-staging/t/shard2.ima", 0 },
	    { "k73-staging/t/cur.ima", 100 } }, 0, 691 },
	{ "k73-stage-kexec/before-kexec/1-quote", NULL,
	  { STAGES("before-kexec") }, 0, 1311 },
	{ "k73-stage-kexec/pending-at-kexec/1-quote", NULL,
	  { STAGES("pending-at-kexec") }, 0, 1311 },
	/* The kexec carried over the staged batch, and 21 of the 25 behind. */
	{ "k73-stage-kexec/after-kexec/3-after-kexec", NULL,
	  { STAGES("pending-at-kexec"), { PENDING "staged.ima", 0 },
	    { PENDING "current.ima", 0 } }, 54 + 21, 1398 },
	{ NULL, NULL, { { NULL, 0 } }, 0, 0 }
};

/* The row of @rel, or the last one, which is for those that begin at boot. */
static inline const struct special *special_of(const char *rel)
{
	const struct special *s = specials;

	while (s->dir && strcmp(s->dir, rel))
		s++;
	return s;
}

/* A list in memory. */
struct source {
	uint8_t *list;
	size_t len;
	size_t own;			/* where the moment's own begins */
	bool given;
	struct pcr_values start;	/* before the list, if given */
};

/* Reads @dir/@name. */
static inline uint8_t *read_below(const char *dir, const char *name,
				  size_t *len)
{
	uint8_t *bytes;
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	bytes = unit_read(path, len);
	free(path);
	return bytes;
}

/* PCR 10 of every bank of a moment. */
static inline void read_values(const char *dir, struct pcr_values *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		char name[40];
		size_t len, n = 2 * hash_row(i)->size;
		uint8_t *hex;

		snprintf(name, sizeof(name), "pcr-%s/%d", hash_row(i)->name,
			 IMA_PCR);
		hex = read_below(dir, name, &len);
		if (hex && len >= n &&
		    !hex_decode(ret->bank[i].value[IMA_PCR],
				hash_row(i)->size, (char *)hex, n))
			ret->bank[i].mask = 1U << IMA_PCR;
		free(hex);
	}
}

static inline void append(struct source *s, const uint8_t *bytes, size_t len)
{
	uint8_t *more = len ? realloc(s->list, s->len + len) : NULL;

	if (!more)
		return;
	memcpy(more + s->len, bytes, len);
	s->list = more;
	s->len += len;
}

/* Append what comes after @skip records, up to record @count or (0) all. */
static inline void append_records(struct source *s, const uint8_t *bytes,
				  size_t len, uint64_t skip, uint64_t count)
{
	size_t from = 0, to = len;
	struct record rec;
	struct list *list;
	uint64_t n = 0;

	if (!CHECK(!list_open_bytes(&list, bytes, len, "part", 0, NULL)))
		return;
	while (!list_next(list, &rec, NULL)) {
		n++;
		if (n == skip)
			from = (size_t)list_tell(list).offset;
		if (n == count)
			to = (size_t)list_tell(list).offset;
	}
	list_close(list);
	append(s, bytes + from, to - from);
}

static inline void append_part(struct source *s, const struct part *part)
{
	char *path = unit_shared(part->file);
	uint8_t *bytes = NULL;
	size_t len;

	if (path)
		bytes = unit_read(path, &len);
	free(path);
	if (CHECK(bytes))
		append_records(s, bytes, len, 0, part->count);
	free(bytes);
}

/* The list of the moment in @dir, with all that goes before it. */
static inline void source_read(struct source *s, const char *dir,
			       const struct special *sp)
{
	size_t len;
	uint8_t *bytes = read_below(dir, "binary_runtime_measurements", &len);

	memset(s, 0, sizeof(*s));
	if (sp->before) {
		char *before = unit_shared(sp->before);

		if (CHECK(before))
			read_values(before, &s->start);
		free(before);
		s->given = true;
	}
	for (const struct part *p = sp->part; p->file; p++)
		append_part(s, p);
	s->own = s->len;
	if (CHECK(bytes))
		append_records(s, bytes, len, sp->skip, 0);
	free(bytes);
}

static inline int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Call @fn for each file below @top whose name @want likes: its path. */
static inline size_t each_file(char *top, bool (*want)(const char *name),
			       void (*fn)(const char *top, const char *path))
{
	char *const tops[] = { top, NULL };
	FTS *fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t done = 0;
	FTSENT *f;

	if (!CHECK(fts))
		return 0;
	while ((f = fts_read(fts))) {
		if (f->fts_info != FTS_F || !want(f->fts_name))
			continue;
		fn(top, f->fts_path);
		done++;
	}
	fts_close(fts);
	return done;
}

static inline bool is_list(const char *name)
{
	return !strcmp(name, "binary_runtime_measurements");
}

#endif
