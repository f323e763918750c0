// SPDX-License-Identifier: GPL-2.0-or-later
/* shards.c - the agreed directory: locate, lock, list, read */
#include "shards.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "port/file.h"
#include "store.h"

void store_close(struct store *st)
{
	if (!st)
		return;
	if (st->fd >= 0)
		close(st->fd);
	free(st->path);
	free(st->shard);
	free(st->orphan);
	free(st->old);
	free(st);
}

/* Twelve digits. */
static bool name_number(const char *s, uint64_t *ret)
{
	char digits[13];

	if (strnlen(s, 12) < 12)
		return false;
	memcpy(digits, s, 12);
	digits[12] = '\0';
	return !number_parse(digits, ret);
}

/* <first>-<last>.ima or .json; nothing else is ours to see. */
static bool parse_name(const char *name, struct shard *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!name_number(name, &ret->first) || name[12] != '-' ||
	    !name_number(name + 13, &ret->last) || ret->last < ret->first)
		return false;
	if (!strcmp(name + 25, ".ima"))
		ret->records = true;
	else if (!strcmp(name + 25, ".json"))
		ret->committed = true;
	else
		return false;
	return true;
}

static int by_range(const void *a, const void *b)
{
	const struct shard *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return 0;
}

struct names {
	struct shard *list;
	size_t count, room;
};

static int names_add(struct names *n, const struct shard *s)
{
	if (n->count == n->room) {
		size_t room = n->room ? 2 * n->room : 64;
		struct shard *more = realloc(n->list, room * sizeof(*more));

		if (!more)
			return E_NOMEM;
		n->list = more;
		n->room = room;
	}
	n->list[n->count++] = *s;
	return E_OK;
}

static int read_names(int dirfd, struct names *names, struct error *err)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int rc = E_OK;

	if (!dir) {
		error_errno(err, E_IO, "listing");
		if (fd >= 0)
			close(fd);
		return E_IO;
	}
	for (errno = 0; !rc && (entry = readdir(dir)); errno = 0) {
		struct shard s;

		if (parse_name(entry->d_name, &s) && names_add(names, &s))
			rc = error_set(err, E_NOMEM, "out of memory");
	}
	if (!rc && errno)
		rc = error_errno(err, E_IO, "listing");
	closedir(dir);
	return rc;
}

/* The .ima and the .json of one range become one entry. */
static void join(struct names *n)
{
	size_t out = 0;

	if (n->count)
		qsort(n->list, n->count, sizeof(*n->list), by_range);
	for (size_t i = 0; i < n->count; i++) {
		struct shard *last = out ? &n->list[out - 1] : NULL;

		if (last && !by_range(last, &n->list[i])) {
			last->records |= n->list[i].records;
			last->committed |= n->list[i].committed;
		} else {
			n->list[out++] = n->list[i];
		}
	}
	n->count = out;
}

/* The greatest marker; they sort before all shards. */
static uint64_t discarded_in(const struct names *all)
{
	uint64_t last = 0;

	for (size_t i = 0; i < all->count && !all->list[i].first; i++)
		if (all->list[i].committed)
			last = all->list[i].last;
	return last;
}

int store_reload(struct store *st, struct error *err)
{
	struct names all = { 0 }, committed = { 0 }, orphans = { 0 };
	struct names old = { 0 };
	uint64_t discarded;
	int rc = read_names(st->fd, &all, err);

	if (!rc)
		join(&all);
	discarded = discarded_in(&all);
	for (size_t i = 0; i < all.count && !rc; i++) {
		const struct shard *s = &all.list[i];

		if (!s->committed)
			rc = names_add(&orphans, s);
		else if (s->last > discarded)
			rc = names_add(&committed, s);
		else if (s->first || s->last != discarded)
			rc = names_add(&old, s);
		if (rc)
			error_set(err, rc, "out of memory");
	}
	free(all.list);
	if (rc) {
		free(committed.list);
		free(orphans.list);
		free(old.list);
		error_subject(err, "%s", st->path);
		return rc;
	}
	free(st->shard);
	free(st->orphan);
	free(st->old);
	st->old = old.list;
	st->olds = old.count;
	st->shard = committed.list;
	st->count = committed.count;
	st->orphan = orphans.list;
	st->orphans = orphans.count;
	st->discarded = discarded;
	st->has_newest = false;
	return E_OK;
}

int store_new(struct store **ret, const char *path, int fd,
		     struct error *err)
{
	struct store *st = calloc(1, sizeof(*st));

	if (st) {
		st->fd = fd;
		st->group = GROUP_AS_IS;
		st->path = strdup(path);
	}
	if (!st || !st->path) {
		if (!st)
			close(fd);
		store_close(st);
		return error_set(err, E_NOMEM, "out of memory");
	}
	*ret = st;
	return E_OK;
}

int store_open(struct store **ret, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	struct store *st;

	if (fd < 0) {
		rc = error_errno(err, errno == ENOENT ? E_ABSENT : E_IO, "%s",
				 "");
		error_subject(err, "%s", path);
		return rc;
	}
	rc = store_new(&st, path, fd, err);
	if (rc)
		return rc;
	rc = store_reload(st, err);
	if (rc) {
		store_close(st);
		return rc;
	}
	*ret = st;
	return E_OK;
}

void shard_name(char ret[SHARD_NAME_MAX], uint64_t first, uint64_t last,
		const char *ending)
{
	snprintf(ret, SHARD_NAME_MAX, "%012llu-%012llu.%s",
		 (unsigned long long)first, (unsigned long long)last, ending);
}

void store_named(const struct store *st, const char *name, struct error *err)
{
	error_subject(err, "%s/%s", st->path, name);
}

int store_free(const struct store *st, uint64_t *ret, struct error *err)
{
	struct statvfs fs;

	if (fstatvfs(st->fd, &fs) < 0) {
		error_errno(err, E_IO, "asking for free space");
		error_subject(err, "%s", st->path);
		return E_IO;
	}
	*ret = (uint64_t)fs.f_bavail * fs.f_frsize;
	return E_OK;
}

const char *store_volatile(const struct store *st)
{
	struct statfs fs;

	if (fstatfs(st->fd, &fs) < 0)
		return NULL;
	switch ((unsigned long)fs.f_type) {
	case TMPFS_MAGIC:
		return "tmpfs";
	case RAMFS_MAGIC:
		return "ramfs";
	case OVERLAYFS_SUPER_MAGIC:
		return "overlay";
	}
	return NULL;
}

const char *store_path(const struct store *st)
{
	return st->path;
}

int store_dirfd(const struct store *st)
{
	return st->fd;
}

size_t store_count(const struct store *st)
{
	return st->count;
}

const struct shard *store_shard(const struct store *st, size_t i)
{
	return &st->shard[i];
}

uint64_t store_last(const struct store *st)
{
	uint64_t last = st->discarded;

	/* Hostile names can overlap. */
	for (size_t i = 0; i < st->count; i++)
		if (st->shard[i].last > last)
			last = st->shard[i].last;
	return last;
}

uint64_t store_discarded(const struct store *st)
{
	return st->discarded;
}

int store_follows(const struct store *st, size_t i, struct error *err)
{
	const struct shard *s = &st->shard[i];
	uint64_t before = i ? st->shard[i - 1].last : st->discarded;
	int rc;

	if (s->first == before + 1)
		return E_OK;
	if (s->first <= before)
		rc = error_set(err, E_CHANGED,
			       "records %llu..%llu are in two shards",
			       (unsigned long long)s->first,
			       (unsigned long long)(before < s->last ?
						    before : s->last));
	else
		rc = error_set(err, E_GAP, "no shard has records %llu..%llu",
			       (unsigned long long)before + 1,
			       (unsigned long long)s->first - 1);
	error_subject(err, "%s", st->path);
	return rc;
}

size_t store_find(const struct store *st, uint64_t number)
{
	for (size_t i = st->count; i && i--; )
		if (st->shard[i].first <= number)
			return number <= st->shard[i].last ? i : st->count;
	return st->count;
}

/*
 * Whoever only reads may have a copy that others own: a proof does not rest on
 * whose file it is. But who appends, and deletes from the kernel what is
 * there, relies on the store.
 */
static unsigned int file_flags(const struct store *st)
{
	return FILE_INSIDE | (st->writing ? FILE_OURS : 0);
}

int sha256_of(const void *bytes, size_t len, uint8_t ret[SHA256_SIZE],
	      struct error *err)
{
	struct hash_stream *s;
	int rc = hash_stream_new(&s, HASH_SHA256);

	if (!rc) {
		rc = hash_stream_add(s, bytes, len);
		if (!rc)
			rc = hash_stream_end(s, ret);
		hash_stream_free(s);
	}
	return rc ? error_set(err, rc, "libcrypto failed to hash") : E_OK;
}

int store_aggregate(const struct store *st, size_t i, struct aggregate *ret,
		    uint8_t digest[SHA256_SIZE], struct error *err)
{
	const struct shard *s = &st->shard[i];
	char name[SHARD_NAME_MAX];
	uint8_t *bytes;
	size_t len;
	int rc;

	shard_name(name, s->first, s->last, "json");
	rc = file_read_as(st->fd, name, file_flags(st), AGGREGATE_MAX, &bytes,
			  &len, err);
	if (!rc) {
		rc = aggregate_parse(bytes, len, ret, err);
		if (!rc && digest)
			rc = sha256_of(bytes, len, digest, err);
		free(bytes);
	}
	if (!rc && (ret->first != s->first || ret->last != s->last))
		rc = error_set(err, E_CHANGED, "is of records %llu..%llu",
			       (unsigned long long)ret->first,
			       (unsigned long long)ret->last);
	if (rc)
		store_named(st, name, err);
	return rc;
}

int store_check_prev(const struct store *st, size_t i,
		     const struct aggregate *agg, struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	char name[SHARD_NAME_MAX];
	uint8_t *bytes;
	size_t len;
	int rc;

	if (!i)
		return discarded_check_prev(st, agg, err);
	if (store_follows(st, i, NULL))
		return E_OK;
	shard_name(name, st->shard[i - 1].first, st->shard[i - 1].last,
		   "json");
	rc = file_read_as(st->fd, name, file_flags(st), AGGREGATE_MAX, &bytes,
			  &len, err);
	if (!rc) {
		rc = sha256_of(bytes, len, digest, err);
		free(bytes);
	}
	if (rc) {
		store_named(st, name, err);
		return rc;
	}
	if (agg->has_prev && !memcmp(digest, agg->prev, SHA256_SIZE))
		return E_OK;
	error_set(err, E_CHANGED, "prev is not the digest of %s", name);
	shard_name(name, st->shard[i].first, st->shard[i].last, "json");
	store_named(st, name, err);
	return E_CHANGED;
}

static int open_records(const struct store *st, const struct shard *s,
			struct list **ret, struct error *err)
{
	char name[SHARD_NAME_MAX], *shown;
	int rc;

	shard_name(name, s->first, s->last, "ima");
	if (asprintf(&shown, "%s/%s", st->path, name) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	rc = list_open(ret, st->fd, name, shown, LIST_STORED |
		       (st->writing ? LIST_OURS : 0), err);
	free(shown);
	return rc;
}

int store_records(const struct store *st, size_t i, struct list **ret,
		  struct error *err)
{
	return open_records(st, &st->shard[i], ret, err);
}

int store_orphan_records(const struct store *st, size_t i, struct list **ret,
			 struct error *err)
{
	return open_records(st, &st->orphan[i], ret, err);
}

size_t store_orphans(const struct store *st)
{
	return st->orphans;
}

const struct shard *store_orphan(const struct store *st, size_t i)
{
	return &st->orphan[i];
}

int store_listed(struct store *st, uint64_t first, uint64_t last,
		 struct error *err)
{
	struct shard *more;

	more = realloc(st->shard, (st->count + 1) * sizeof(*more));
	if (!more)
		return error_set(err, E_NOMEM, "out of memory");
	st->shard = more;
	more[st->count++] = (struct shard){ first, last, true, true };
	for (size_t i = 0; i < st->orphans; i++) {
		if (st->orphan[i].first != first || st->orphan[i].last != last)
			continue;
		memmove(&st->orphan[i], &st->orphan[i + 1],
			(st->orphans - i - 1) * sizeof(*st->orphan));
		st->orphans--;
		break;
	}
	return E_OK;
}

void store_set_newest(struct store *st, const uint8_t digest[SHA256_SIZE])
{
	memcpy(st->newest, digest, SHA256_SIZE);
	st->has_newest = true;
}

bool store_newest(const struct store *st, uint8_t digest[SHA256_SIZE])
{
	if (st->has_newest)
		memcpy(digest, st->newest, SHA256_SIZE);
	return st->has_newest;
}

int store_size(const struct store *st, size_t i, uint64_t *ret,
	       struct error *err)
{
	const struct shard *s = &st->shard[i];
	char name[SHARD_NAME_MAX];
	struct stat file;
	int rc;

	shard_name(name, s->first, s->last, "ima");
	if (fstatat(st->fd, name, &file, AT_SYMLINK_NOFOLLOW) == 0) {
		*ret = (uint64_t)file.st_size;
		return E_OK;
	}
	if (errno == ENOENT)
		rc = error_set(err, E_GAP, "the records are missing");
	else
		rc = error_errno(err, E_IO, "%s", "");
	store_named(st, name, err);
	return rc;
}
