// SPDX-License-Identifier: GPL-2.0-or-later
/* stitch.c - shards, staged list and current list as the one list they are */
#include "stitch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"
#include "port/holders.h"
#include "stitch-inner.h"
#include "store.h"

static bool copy(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return *ret || !text;
}

int stitch_new(struct stitch **ret, const struct stitch_options *options,
	       struct error *err)
{
	struct stitch *s = calloc(1, sizeof(*s));

	if (!s || !copy(&s->ima_dir, options->ima_dir) ||
	    !copy(&s->shard_dir, options->shard_dir) ||
	    !copy(&s->run_dir, options->run_dir)) {
		stitch_free(s);
		return error_set(err, E_NOMEM, "out of memory");
	}
	s->kernel = options->kernel;
	s->canonical = options->canonical;
	s->recent.first = 1;
	s->layout = (struct list_layout){
		.digest_size = 20,
		.big_endian = !options->canonical &&
			      __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	};
	*ret = s;
	return E_OK;
}

void stitch_free(struct stitch *s)
{
	if (!s)
		return;
	list_close(s->list);
	recent_free(&s->recent);
	free(s->part);
	free(s->ima_dir);
	free(s->shard_dir);
	free(s->run_dir);
	free(s);
}

/* --- looking --- */

uint64_t stitch_count(const struct stitch *s)
{
	uint64_t count;

	return kernel_count(s->ima_dir, &count, NULL) ? COUNT_UNKNOWN : count;
}

/* Are both lists what they were, as far as their first bytes tell? */
static int same_heads(const struct stitch *s, bool *ret, struct error *err)
{
	struct tail_head *head = malloc(sizeof(*head));
	enum kernel_kind kind;
	struct tail tail;
	int rc;

	*ret = false;
	if (!head)
		return error_set(err, E_NOMEM, "out of memory");
	rc = stitch_kind(s, &kind, err);
	if (!rc)
		rc = tail_open(&tail, s->ima_dir, kind, err);
	if (rc) {
		free(head);
		return rc;
	}
	rc = tail_head(&tail, true, head, err);
	*ret = !rc && head->len == s->staged.len &&
	       tail_same_head(head, &s->staged);
	if (*ret) {
		rc = tail_head(&tail, false, head, err);
		*ret = !rc && head->len == s->current.len &&
		       tail_same_head(head, &s->current);
	}
	tail_close(&tail);
	free(head);
	return rc;
}

/* Without reading more than a page of each list. */
static int unchanged(const struct stitch *s, bool *ret, struct error *err)
{
	*ret = s->known && dir_unchanged(&s->dir, s->shard_dir);
	if (!*ret || !s->ima_dir)
		return E_OK;
	*ret = s->count != COUNT_UNKNOWN && stitch_count(s) == s->count;
	return *ret ? same_heads(s, ret, err) : E_OK;
}

int stitch_refresh(struct stitch *s, struct error *err)
{
	bool same;
	int rc = unchanged(s, &same, err);

	return rc || same ? rc : stitch_look(s, err);
}

bool stitch_store_changed(const struct stitch *s)
{
	struct dir_seen is;

	dir_look(s->shard_dir, &is);
	return !dir_same(&s->dir, &is);
}

/* Pauses while another process holds a list: 5 ms, doubling up to 200 ms. */
#define PAUSE_FIRST (5 * 1000 * 1000L)
#define PAUSE_LAST (200 * 1000 * 1000L)

int stitch_refresh_wait(struct stitch *s, unsigned int wait,
			struct error *err)
{
	struct timespec now, end, pause = { .tv_nsec = PAUSE_FIRST };
	char who[HOLDERS_TEXT];
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)wait;
	while ((rc = stitch_refresh(s, err)) == E_BUSY) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec &&
						now.tv_nsec >= end.tv_nsec))
			break;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_LAST)
			pause.tv_nsec *= 2;
	}
	if (rc == E_BUSY) {
		holders_text(s->ima_dir, who, sizeof(who));
		error_set(err, E_BUSY, "held open by %s", who);
		error_subject(err, "%s", s->ima_dir);
	}
	return rc;
}

/* --- what there is --- */

uint64_t stitch_first(const struct stitch *s)
{
	return s->parts ? s->part[0].first : s->recent.first;
}

uint64_t stitch_stored(const struct stitch *s)
{
	return s->parts ? s->part[s->parts - 1].last : s->discarded;
}

uint64_t stitch_last(const struct stitch *s)
{
	uint64_t last = recent_last(&s->recent), stored = stitch_stored(s);

	return last > stored ? last : stored;
}

unsigned int stitch_generation(const struct stitch *s)
{
	return s->generation;
}

const char *stitch_boot_id(const struct stitch *s)
{
	return s->boot_id;
}

size_t stitch_parts(const struct stitch *s)
{
	return s->parts;
}

const struct stitch_part *stitch_part(const struct stitch *s, size_t i)
{
	return &s->part[i];
}

void stitch_recent(const struct stitch *s, struct stitch_recent *ret)
{
	static const size_t none;

	*ret = (struct stitch_recent){
		.first = s->recent.first, .count = s->recent.count,
		.bytes = s->recent.bytes.at,
		.start = s->recent.start ? s->recent.start : &none,
	};
}

static void part_name(const struct stitch *s, size_t i,
		      char ret[SHARD_NAME_MAX])
{
	shard_name(ret, s->part[i].first, s->part[i].last, "ima");
}

/* Is the open @fd the file that was seen? */
static bool is_part(const struct stitch_part *p, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == p->inode &&
	       (uint64_t)st.st_size == p->bytes &&
	       st.st_mtim.tv_sec == p->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == p->mtime.tv_nsec;
}

int stitch_part_open(const struct stitch *s, size_t i, int *fd,
		     struct error *err)
{
	char name[SHARD_NAME_MAX];
	int dir = open(s->shard_dir, O_PATH | O_DIRECTORY | O_CLOEXEC), rc;

	part_name(s, i, name);
	if (dir < 0 && errno != ENOENT)
		rc = error_errno(err, E_IO, "%s", "");
	else
		rc = dir < 0 ? E_ABSENT :
		     file_open_regular(dir, name, FILE_INSIDE, fd, err);
	if (rc == E_ABSENT)
		rc = error_set(err, E_GAP, "the records are missing");
	if (dir >= 0)
		close(dir);
	if (!rc && !is_part(&s->part[i], *fd)) {
		rc = error_set(err, E_CHANGED, "is not the file that it was");
		close(*fd);
	}
	if (rc)
		error_subject(err, "%s/%s", s->shard_dir, name);
	return rc;
}

size_t stitch_find(const struct stitch *s, uint64_t number)
{
	size_t low = 0, high = s->parts;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->part[mid].last < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int read_padded(const struct stitch *s, struct stitch_part *p,
		       struct error *err)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	char name[SHARD_NAME_MAX], *path;
	uint8_t *bytes = NULL;
	size_t len;
	int rc;

	shard_name(name, p->first, p->last, "json");
	if (!agg || asprintf(&path, "%s/%s", s->shard_dir, name) < 0) {
		free(agg);
		return error_set(err, E_NOMEM, "out of memory");
	}
	rc = file_read_as(AT_FDCWD, path, FILE_INSIDE, AGGREGATE_MAX, &bytes,
			  &len, err);
	if (!rc)
		rc = aggregate_parse(bytes, len, agg, err);
	if (rc)
		error_subject(err, "%s", path);
	else
		p->padded = agg->padded;
	p->padded_known = !rc;
	free(bytes);
	free(path);
	free(agg);
	return rc;
}

int stitch_padded(struct stitch *s, uint64_t number, unsigned int *ret,
		  struct error *err)
{
	size_t i = stitch_find(s, number);
	int rc = E_OK;

	*ret = s->padded;
	if (i == s->parts)
		return E_OK;
	if (!s->part[i].padded_known)
		rc = read_padded(s, &s->part[i], err);
	if (!rc)
		*ret = s->part[i].padded;
	return rc;
}

/* --- one record after another --- */

static void leave_list(struct stitch *s)
{
	list_close(s->list);
	s->list = NULL;
}

static int open_part(struct stitch *s, const struct stitch_part *p,
		     const char *shown, struct error *err)
{
	int rc = list_open(&s->list, AT_FDCWD, shown, shown, LIST_STORED |
			   (s->canonical ? LIST_CANONICAL : 0), err);

	if (rc == E_ABSENT)
		rc = error_set(err, E_GAP, "the records are missing");
	else if (!rc && !is_part(p, list_fd(s->list)))
		rc = error_set(err, E_CHANGED, "is not the file that it was");
	if (rc)
		error_subject(err, "%s", shown);
	return rc;
}

/* Discarded since they were asked for: what follows has other numbers. */
static int not_there(const struct stitch *s, uint64_t number, uint64_t first,
		     struct error *err)
{
	error_set(err, E_GAP, "records %llu..%llu are not there any more",
		  (unsigned long long)number, (unsigned long long)first - 1);
	error_subject(err, "%s", s->shard_dir);
	return E_GAP;
}

/* The shard with @number, and its records up to there passed over. */
static int enter_part(struct stitch *s, uint64_t number, struct error *err)
{
	const struct stitch_part *p = &s->part[stitch_find(s, number)];
	char name[SHARD_NAME_MAX], *shown;
	struct record rec;
	int rc;

	if (p->first > number)
		return not_there(s, number, p->first, err);
	shard_name(name, p->first, p->last, "ima");
	if (asprintf(&shown, "%s/%s", s->shard_dir, name) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = open_part(s, p, shown, err);
	free(shown);
	s->list_end = p->last;
	s->list_generation = s->generation;
	for (uint64_t n = p->first; n < number && !rc; n++)
		rc = list_next(s->list, &rec, err);
	if (rc == LIST_END)
		rc = error_set(err, E_INCOMPLETE, "%s",
			       error_text(E_INCOMPLETE));
	/* Whoever asks again begins again: it is not at @number. */
	if (rc)
		leave_list(s);
	return rc;
}

int stitch_seek(struct stitch *s, uint64_t number, struct error *err)
{
	leave_list(s);
	if (number < stitch_first(s) || number > stitch_last(s) + 1) {
		error_set(err, E_ABSENT, "record %llu: there are %llu..%llu",
			  (unsigned long long)number,
			  (unsigned long long)stitch_first(s),
			  (unsigned long long)stitch_last(s));
		return E_ABSENT;
	}
	s->next = number;
	return E_OK;
}

/* One that is in memory; its bytes may move at the next refresh. */
static int next_recent(struct stitch *s, struct record *ret,
		       struct error *err)
{
	const struct recent *r = &s->recent;
	size_t i = (size_t)(s->next - r->first), need;

	leave_list(s);
	return record_parse(&s->layout, r->bytes.at + r->start[i],
			    r->start[i + 1] - r->start[i], ret, &need, err);
}

/* A shard ends where its name says. */
static int end_part(struct stitch *s, struct error *err)
{
	struct record rec;
	int rc = list_next(s->list, &rec, err);

	if (!rc) {
		rc = error_set(err, E_CHANGED, "goes on behind record %llu",
			       (unsigned long long)s->list_end);
		error_subject(err, "%s", list_name(s->list));
	}
	leave_list(s);
	return rc == LIST_END ? E_OK : rc;
}

static int next_stored(struct stitch *s, struct record *ret,
		       struct error *err)
{
	int rc = E_OK;

	if (s->list && s->list_generation != s->generation)
		leave_list(s);
	if (s->list && s->next > s->list_end)
		rc = end_part(s, err);
	if (!rc && !s->list)
		rc = enter_part(s, s->next, err);
	if (rc)
		return rc;
	rc = list_next(s->list, ret, err);
	if (rc == LIST_END) {
		rc = error_set(err, E_CHANGED, "ends before record %llu",
			       (unsigned long long)s->next);
		error_subject(err, "%s", list_name(s->list));
	}
	if (!rc && list_layout(s->list)->digest_size != 20) {
		rc = error_set(err, E_FORMAT, "is not in the sha1 layout");
		error_subject(err, "%s", list_name(s->list));
	}
	return rc;
}

int stitch_next(struct stitch *s, struct record *ret, struct error *err)
{
	int rc;

	if (s->next > stitch_last(s))
		return LIST_END;
	rc = s->next >= s->recent.first ? next_recent(s, ret, err) :
					  next_stored(s, ret, err);
	s->next += !rc;
	return rc;
}

const struct list_layout *stitch_layout(const struct stitch *s)
{
	return s->list ? list_layout(s->list) : &s->layout;
}
