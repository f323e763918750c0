// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view-sizes.c - how long shards are as ASCII, remembered on a tmpfs
 *
 * A file "view-sizes" in the cache's directory (cache.h), a line for a shard:
 *
 *	<first> <last> <bytes> <inode> <ctime> <ns> <bytes as ASCII>\n
 *
 * Lines are appended whole; one that is no such line is passed over.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "port/file.h"
#include "view-inner.h"

#define SIZES_NAME "view-sizes"
#define SIZES_MAX (32U << 20)

struct view_size {
	struct stitch_part part;
	uint64_t ascii;
};

static int compare(const struct stitch_part *a, const struct stitch_part *b)
{
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool same(const struct stitch_part *a, const struct stitch_part *b)
{
	return a->first == b->first && a->last == b->last &&
	       a->bytes == b->bytes && a->inode == b->inode &&
	       a->ctime.tv_sec == b->ctime.tv_sec &&
	       a->ctime.tv_nsec == b->ctime.tv_nsec;
}

static bool parse(const char *line, struct view_size *ret)
{
	unsigned long long n[7];
	int end = 0;

	if (sscanf(line, "%llu %llu %llu %llu %llu %llu %llu%n", &n[0], &n[1],
		   &n[2], &n[3], &n[4], &n[5], &n[6], &end) != 7 || line[end])
		return false;
	*ret = (struct view_size){
		.part = { .first = n[0], .last = n[1], .bytes = n[2],
			  .inode = n[3], .ctime = { (time_t)n[4], (long)n[5] } },
		.ascii = n[6],
	};
	return true;
}

static int by_first(const void *a, const void *b)
{
	const struct view_size *x = a, *y = b;

	return compare(&x->part, &y->part);
}

static void keep(struct view *v, const struct view_size *size)
{
	struct view_size *more = realloc(v->size, (v->sizes + 1) *
					 sizeof(*more));

	if (!more)
		return;
	v->size = more;
	more[v->sizes++] = *size;
}

/* Now: who serves a view opens nothing to write to. */
static void open_to_add(struct view *v, int dir)
{
	int fd = openat(dir, SIZES_NAME, O_WRONLY | O_APPEND | O_CREAT |
			O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	if (file_check_alone(fd, NULL))
		close(fd);
	else
		v->sizes_fd = fd;
}

void sizes_load(struct view *v)
{
	int dir = cache_open_dir(v->run_dir, true);
	uint8_t *bytes = NULL;
	char *rest, *line;
	size_t len;

	if (dir < 0)
		return;
	if (!file_read_as(dir, SIZES_NAME, FILE_INSIDE | FILE_OURS,
			  SIZES_MAX, &bytes, &len, NULL)) {
		rest = (char *)bytes;
		while ((line = strsep(&rest, "\n"))) {
			struct view_size size;

			if (parse(line, &size))
				keep(v, &size);
		}
		if (v->sizes)
			qsort(v->size, v->sizes, sizeof(*v->size), by_first);
	}
	free(bytes);
	open_to_add(v, dir);
	close(dir);
}

void sizes_free(struct view *v)
{
	free(v->size);
	if (v->sizes_fd >= 0)
		close(v->sizes_fd);
}

bool sizes_find(const struct view *v, const struct stitch_part *part,
		uint64_t *ascii)
{
	size_t low = 0, high = v->sizes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&v->size[mid].part, part) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	/* Those of other boots may have the same numbers. */
	for (; low < v->sizes && v->size[low].part.first == part->first; low++)
		if (same(&v->size[low].part, part)) {
			*ascii = v->size[low].ascii;
			return true;
		}
	return false;
}

void sizes_add(struct view *v, const struct stitch_part *p, uint64_t ascii)
{
	char line[160];
	uint64_t known;
	int len;

	if (v->sizes_fd < 0 || sizes_find(v, p, &known))
		return;
	len = snprintf(line, sizeof(line),
		       "%llu %llu %llu %llu %llu %llu %llu\n",
		       (unsigned long long)p->first,
		       (unsigned long long)p->last,
		       (unsigned long long)p->bytes,
		       (unsigned long long)p->inode,
		       (unsigned long long)p->ctime.tv_sec,
		       (unsigned long long)p->ctime.tv_nsec,
		       (unsigned long long)ascii);
	file_write(v->sizes_fd, line, (size_t)len, NULL);
}
