// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * publish.c - the agreed directory: append, in the order that is the promise
 *
 *	1. fsync the .ima under its .tmp name
 *	2. rename it to its range, fsync the directory
 *	3. write and fsync the .json under a .tmp name, rename it: the commit
 *	4. fsync the directory
 *
 * Nothing is changed once it bears its name. No file is ever open for writing
 * under a name that somebody reads: that would put a violation into the very
 * list that is kept.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "port/file.h"
#include "store.h"

#define DRAFT_BUFFER (64U << 10)

struct draft {
	const struct store *st;
	int fd;			/* -1 once synced, or not to be */
	char name[SHARD_NAME_MAX];
	uint64_t first, records, bytes;
	struct hash_stream *sha256;
	uint8_t digest[SHA256_SIZE];
	uint8_t *buf;		/* NULL once sealed */
	size_t used;
	bool durable;		/* its bytes */
	bool published;
};

/* To the group that may read it, which the umask may not have allowed. */
static int give(const struct store *st, int fd, struct error *err)
{
	if (fchmod(fd, 0440) < 0)
		return error_errno(err, E_IO, "setting the mode");
	if (st->group != GROUP_AS_IS && fchown(fd, (uid_t)-1, st->group) < 0)
		return error_errno(err, E_IO, "giving it to group %lu",
				   (unsigned long)st->group);
	return E_OK;
}

int store_create(const struct store *st, const char *name, struct error *err)
{
	int fd = openat(st->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
			O_NOFOLLOW, 0440);
	int saved = errno;

	if (fd < 0) {
		error_errno(err, E_IO, "creating");
	} else if (give(st, fd, err)) {
		saved = errno;
		close(fd);
		unlinkat(st->fd, name, 0);
		fd = -1;
	}
	if (fd < 0)
		error_subject(err, "%s/%s", st->path, name);
	errno = saved;		/* create_draft() asks */
	return fd;
}

/* A number that no other draft in this directory has. */
static int create_draft(struct draft *d, struct error *err)
{
	for (unsigned int n = 0; n < 1000; n++) {
		snprintf(d->name, sizeof(d->name), ".tmp.%012llu.%ld.%u.ima",
			 (unsigned long long)d->first, (long)getpid(), n);
		d->fd = store_create(d->st, d->name, err);
		if (d->fd >= 0)
			return E_OK;
		if (errno != EEXIST)
			break;
	}
	return E_IO;
}

int draft_new(struct draft **ret, const struct store *st, uint64_t first,
	      struct error *err)
{
	struct draft *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return error_set(err, E_NOMEM, "out of memory");
	d->st = st;
	d->fd = -1;
	d->first = first;
	d->buf = malloc(DRAFT_BUFFER);
	if (!d->buf)
		rc = error_set(err, E_NOMEM, "out of memory");
	else if ((rc = hash_stream_new(&d->sha256, HASH_SHA256)))
		error_set(err, rc, "libcrypto failed to hash");
	else
		rc = create_draft(d, err);
	if (rc) {
		d->published = true;	/* there is nothing to unlink */
		draft_free(d);
		return rc;
	}
	*ret = d;
	return E_OK;
}

void draft_free(struct draft *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	if (!d->published)
		unlinkat(d->st->fd, d->name, 0);
	hash_stream_free(d->sha256);
	free(d->buf);
	free(d);
}

/* Hashed in what is written at once, not record by record. */
static int write_out(struct draft *d, const void *bytes, size_t len,
		     struct error *err)
{
	int rc = hash_stream_add(d->sha256, bytes, len);

	if (rc)
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	rc = file_write(d->fd, bytes, len, err);
	if (rc)
		error_subject(err, "%s/%s", d->st->path, d->name);
	return rc;
}

static int flush(struct draft *d, struct error *err)
{
	int rc = write_out(d, d->buf, d->used, err);

	d->used = 0;
	return rc;
}

int draft_add(struct draft *d, const void *raw, size_t len, struct error *err)
{
	int rc = E_OK;

	if (len > DRAFT_BUFFER - d->used)
		rc = flush(d, err);
	if (!rc && len > DRAFT_BUFFER) {
		rc = write_out(d, raw, len, err);
	} else if (!rc) {
		memcpy(d->buf + d->used, raw, len);
		d->used += len;
	}
	if (rc)
		return rc;
	d->records++;
	d->bytes += len;
	return E_OK;
}

uint64_t draft_bytes(const struct draft *d)
{
	return d->bytes;
}

uint64_t draft_first(const struct draft *d)
{
	return d->first;
}

uint64_t draft_last(const struct draft *d)
{
	return d->first + d->records - 1;
}

int store_sync_close(int fd, struct error *err)
{
	int rc = E_OK;

	if (fsync(fd) < 0)
		rc = error_errno(err, E_IO, "syncing");
	if (close(fd) < 0 && !rc)
		rc = error_errno(err, E_IO, "closing");
	return rc;
}

int draft_seal(struct draft *d, struct error *err)
{
	int rc = flush(d, err);

	if (rc)
		return rc;
	if (hash_stream_end(d->sha256, d->digest)) {
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
		error_subject(err, "%s/%s", d->st->path, d->name);
	}
	/* There may be thousands of sealed ones. */
	hash_stream_free(d->sha256);
	free(d->buf);
	d->sha256 = NULL;
	d->buf = NULL;
	return rc;
}

int draft_sync(struct draft *d, struct error *err)
{
	int rc;

	if (d->durable)
		return E_OK;
	/* A second fsync() would not tell again what the first one did. */
	rc = d->fd < 0 ? error_set(err, E_IO, "could not be synced") :
			 store_sync_close(d->fd, err);
	d->fd = -1;
	d->durable = !rc;
	if (rc)
		error_subject(err, "%s/%s", d->st->path, d->name);
	return rc;
}

int draft_records(const struct draft *d, struct list **ret, struct error *err)
{
	return list_open(ret, d->st->fd, d->name, d->name,
			 LIST_STORED | LIST_OURS, err);
}

static int sync_dir(const struct store *st, struct error *err)
{
	if (fsync(st->fd) < 0) {
		error_errno(err, E_IO, "syncing the directory");
		error_subject(err, "%s", st->path);
		return E_IO;
	}
	return E_OK;
}

int store_rename_new(const struct store *st, const char *from, const char *to,
		     struct error *err)
{
	int saved;

	if (renameat2(st->fd, from, st->fd, to, RENAME_NOREPLACE) == 0)
		return E_OK;
	/* Not every file system knows the flag; then the lock must do. */
	if (errno == EINVAL && faccessat(st->fd, to, F_OK,
					 AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT && renameat(st->fd, from, st->fd, to) == 0)
		return E_OK;
	saved = errno;
	error_errno(err, E_IO, "renaming to %s", to);
	error_subject(err, "%s/%s", st->path, from);
	errno = saved;		/* store_set_aside() asks */
	return E_IO;
}

static int write_file(const struct store *st, const char *tmp,
		      const char *bytes, size_t len, struct error *err)
{
	int fd, rc;

	/* Of a run that had our process id and died. */
	unlinkat(st->fd, tmp, 0);
	fd = store_create(st, tmp, err);
	if (fd < 0)
		return E_IO;
	rc = file_write(fd, bytes, len, err);
	if (rc)
		close(fd);
	else
		rc = store_sync_close(fd, err);
	if (rc) {
		unlinkat(st->fd, tmp, 0);
		error_subject(err, "%s/%s", st->path, tmp);
	}
	return rc;
}

int store_write_json(const struct store *st, uint64_t first, uint64_t last,
		     const char *text, size_t len, struct error *err)
{
	char tmp[SHARD_NAME_MAX], name[SHARD_NAME_MAX];
	int rc;

	snprintf(tmp, sizeof(tmp), ".tmp.%012llu.%ld.json",
		 (unsigned long long)first, (long)getpid());
	shard_name(name, first, last, "json");
	rc = write_file(st, tmp, text, len, err);
	if (rc)
		return rc;
	rc = store_rename_new(st, tmp, name, err);
	if (rc) {
		unlinkat(st->fd, tmp, 0);
		return rc;
	}
	return sync_dir(st, err);
}

/*
 * Write the aggregate beside its records: the commit. Its digest is kept, so
 * that the next one's prev is known without opening it: under the tcb policy
 * what root opens becomes a record.
 */
static int commit(struct store *st, const struct aggregate *agg,
		  struct error *err)
{
	char *text;
	size_t len;
	int rc;

	rc = aggregate_write(agg, &text, &len, err);
	if (rc)
		return rc;
	st->has_newest = false;
	rc = sha256_of(text, len, st->newest, err);
	if (!rc)
		rc = store_write_json(st, agg->first, agg->last, text, len,
				      err);
	free(text);
	st->has_newest = !rc;
	return rc;
}

/* prev: the digest of the newest aggregate's file. */
static int set_prev(const struct store *st, struct aggregate *agg,
		    struct error *err)
{
	struct aggregate *last;
	int rc;

	agg->has_prev = st->count;
	if (!st->count)
		return E_OK;
	if (st->has_newest) {
		memcpy(agg->prev, st->newest, SHA256_SIZE);
		return E_OK;
	}
	last = malloc(sizeof(*last));
	if (!last)
		return error_set(err, E_NOMEM, "out of memory");
	rc = store_aggregate(st, st->count - 1, last, agg->prev, err);
	free(last);
	return rc;
}

/* What the draft itself says of its shard. */
static int fill(const struct store *st, const struct draft *d,
		struct aggregate *agg, struct error *err)
{
	agg->first = d->first;
	agg->last = draft_last(d);
	agg->bytes = d->bytes;
	memcpy(agg->sha256, d->digest, SHA256_SIZE);
	if (agg->last > RECORD_NUMBER_MAX)
		return error_set(err, E_LIMIT, "no file name for record %llu",
				 (unsigned long long)agg->last);
	return set_prev(st, agg, err);
}

/* A commit is durable before the store says that it has it. */
static int commit_and_list(struct store *st, const struct aggregate *agg,
			   struct error *err)
{
	int rc = sync_dir(st, err);

	if (!rc)
		rc = commit(st, agg, err);
	if (!rc)
		rc = store_listed(st, agg->first, agg->last, err);
	return rc;
}

int store_publish(struct store *st, struct draft *d, struct aggregate *agg,
		  struct error *err)
{
	char name[SHARD_NAME_MAX];
	int rc = fill(st, d, agg, err);

	if (!rc)
		rc = draft_sync(d, err);
	if (rc)
		return rc;
	shard_name(name, agg->first, agg->last, "ima");
	rc = store_rename_new(st, d->name, name, err);
	if (rc)
		return rc;
	d->published = true;
	return commit_and_list(st, agg, err);
}

static int add_to_digest(void *ctx, const void *bytes, size_t len)
{
	return hash_stream_add(ctx, bytes, len);
}

static int digest_records(const struct store *st, const char *name,
			  uint8_t ret[SHA256_SIZE], struct error *err)
{
	struct hash_stream *sha256 = NULL;
	struct list *list;
	uint64_t bytes;
	int rc = list_open(&list, st->fd, name, name, LIST_STORED | LIST_OURS,
			   err);

	if (rc)
		return rc;
	rc = hash_stream_new(&sha256, HASH_SHA256);
	if (!rc)
		rc = list_rest(list, add_to_digest, sha256, &bytes, err);
	if (!rc)
		rc = hash_stream_end(sha256, ret);
	if (rc == E_CRYPTO)
		error_set(err, rc, "libcrypto failed to hash");
	hash_stream_free(sha256);
	list_close(list);
	return rc;
}

int store_finish(struct store *st, struct aggregate *agg, struct error *err)
{
	char name[SHARD_NAME_MAX];
	int rc = set_prev(st, agg, err);

	shard_name(name, agg->first, agg->last, "ima");
	if (!rc)
		rc = digest_records(st, name, agg->sha256, err);
	return rc ? rc : commit_and_list(st, agg, err);
}

int store_adopt(struct store *st, struct draft *d, struct aggregate *agg,
		struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	char name[SHARD_NAME_MAX];
	int rc = fill(st, d, agg, err);

	if (rc)
		return rc;
	shard_name(name, agg->first, agg->last, "ima");
	rc = digest_records(st, name, digest, err);
	if (!rc && memcmp(digest, d->digest, SHA256_SIZE))
		rc = error_set(err, E_CHANGED, "has other bytes");
	if (rc)
		goto named;
	return commit_and_list(st, agg, err);
named:
	error_subject(err, "%s/%s", st->path, name);
	return rc;
}

int store_set_aside(struct store *st, size_t i, char ret[SHARD_NAME_MAX],
		    struct error *err)
{
	char name[SHARD_NAME_MAX];
	unsigned int n = 0;
	int rc;

	shard_name(name, st->orphan[i].first, st->orphan[i].last, "ima");
	do {
		snprintf(ret, SHARD_NAME_MAX, ".orphan.%.40s.%u", name, n);
		rc = store_rename_new(st, name, ret, err);
	} while (rc && errno == EEXIST && n++ < 1000);
	if (!rc)
		rc = sync_dir(st, err);
	if (!rc)
		rc = store_reload(st, err);
	return rc;
}

static bool is_tmp(const char *name)
{
	return !strncmp(name, ".tmp.", 5);
}

static void sweep_one(const struct store *st, const char *name, bool keep)
{
	char aside[SHARD_NAME_MAX];

	if (!keep) {
		unlinkat(st->fd, name, 0);
		return;
	}
	snprintf(aside, sizeof(aside), ".orphan.%.50s", name + 5);
	store_rename_new(st, name, aside, NULL);
}

void store_sweep(const struct store *st, bool keep)
{
	int fd = openat(st->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;		/* the next run will try again */
	}
	while ((entry = readdir(dir)))
		if (is_tmp(entry->d_name))
			sweep_one(st, entry->d_name, keep);
	closedir(dir);
}

int store_sync(const struct store *st, struct error *err)
{
	return sync_dir(st, err);
}
