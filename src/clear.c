// SPDX-License-Identifier: GPL-2.0-or-later
/* clear.c - the agreed directory: remove or archive what it holds */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confirmed.h"
#include "port/file.h"
#include "port/trusted.h"
#include "store.h"

/* All of @in; what is there of it under that name is not yet a copy. */
static int copy_all(int in, int to, const char *name, struct error *err)
{
	char buf[64 << 10];
	ssize_t n = 0;
	int out, rc = E_OK;

	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		     O_NOFOLLOW, 0440);
	if (out < 0)
		return error_errno(err, E_IO, "creating in the archive");
	while (!rc && (n = read(in, buf, sizeof(buf))) > 0)
		rc = file_write(out, buf, (size_t)n, err);
	if (!rc && (n < 0 || fsync(out) < 0))
		rc = error_errno(err, E_IO, "copying to the archive");
	if (close(out) < 0 && !rc)
		rc = error_errno(err, E_IO, "copying to the archive");
	return rc;
}

/*
 * To another file system: copy, make it durable, only then unlink. What bears
 * the name there is whole: a copy that fails, for want of space, leaves
 * nothing.
 */
static int copy_over(const struct store *st, const char *name, int to,
		     struct error *err)
{
	char tmp[NAME_MAX + 1];
	int in = -1, rc;

	rc = file_open_regular(st->fd, name, FILE_INSIDE | FILE_OURS, &in, err);
	if (rc)
		return rc;
	snprintf(tmp, sizeof(tmp), ".copy.%.240s", name);
	rc = copy_all(in, to, tmp, err);
	if (!rc && (renameat(to, tmp, to, name) < 0 || fsync(to) < 0))
		rc = error_errno(err, E_IO, "copying to the archive");
	if (rc)
		unlinkat(to, tmp, 0);
	close(in);
	return rc;
}

/* @to: the archive's directory, or -1 to remove. */
static int drop(const struct store *st, const char *name, int to,
		struct error *err)
{
	int rc = E_OK;

	if (to >= 0) {
		if (renameat2(st->fd, name, to, name, RENAME_NOREPLACE) == 0)
			return E_OK;
		/* EINVAL: a file system that does not know the flag. */
		if (errno == EXDEV || errno == EINVAL)
			rc = copy_over(st, name, to, err);
		else if (errno != ENOENT)
			rc = error_errno(err, E_IO, "archiving");
	}
	if (!rc && unlinkat(st->fd, name, 0) < 0 && errno != ENOENT)
		rc = error_errno(err, E_IO, "removing");
	if (rc)
		error_subject(err, "%s/%s", st->path, name);
	return rc;
}

/* The .json last: while it is there, the next run knows whose boot this is. */
static int drop_shard(const struct store *st, const struct shard *s, int to,
		      struct error *err)
{
	char name[SHARD_NAME_MAX];
	int rc;

	shard_name(name, s->first, s->last, "ima");
	rc = drop(st, name, to, err);
	shard_name(name, s->first, s->last, "json");
	return rc ? rc : drop(st, name, to, err);
}

int store_drop(const struct store *st, const struct shard *s,
	       struct error *err)
{
	return drop_shard(st, s, -1, err);
}

/* What was set aside of that boot, and its marker of discarded records. */
static bool is_leftover(const char *name)
{
	return !strncmp(name, ".orphan.", 8) || !strncmp(name, ".tmp.", 5) ||
	       !strncmp(name, "unparsed-", 9) ||
	       !strncmp(name, "000000000000-", 13);
}

typedef int (*leftover)(const struct store *st, const char *name, int to,
			struct error *err);

/* Each of them is given to @take, until it does not return 0. */
static int each_leftover(const struct store *st, int to, leftover take,
			 struct error *err)
{
	int fd = openat(st->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int rc = E_OK;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return error_errno(err, E_IO, "listing");
	}
	while (!rc && (entry = readdir(dir)))
		if (is_leftover(entry->d_name))
			rc = take(st, entry->d_name, to, err);
	closedir(dir);
	return rc;
}

static int is_one(const struct store *st, const char *name, int to,
		  struct error *err)
{
	(void)st;
	(void)name;
	(void)to;
	(void)err;
	return 1;
}

/* The boot id of the newest aggregate, which is hostile bytes. */
static void boot_name(const struct store *st, char ret[BOOT_ID_MAX])
{
	struct aggregate *last = calloc(1, sizeof(*last));

	snprintf(ret, BOOT_ID_MAX, "unknown");
	if (last && st->count &&
	    !store_aggregate(st, st->count - 1, last, NULL, NULL) &&
	    last->boot_id[0] && last->boot_id[0] != '.' &&
	    !strchr(last->boot_id, '/'))
		memcpy(ret, last->boot_id, BOOT_ID_MAX);
	free(last);
}

/* More often than that nobody clears within one boot. */
#define ARCHIVES_MAX 1000

struct archive {
	int above, fd;		/* -1: none */
	char name[BOOT_ID_MAX + 16];
};

static int make_in(struct archive *a, const char *boot)
{
	snprintf(a->name, sizeof(a->name), "%s", boot);
	for (int n = 1; n < ARCHIVES_MAX; n++) {
		if (mkdirat(a->above, a->name, 0750) == 0)
			return openat(a->above, a->name, O_RDONLY |
				      O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (errno != EEXIST)
			break;
		snprintf(a->name, sizeof(a->name), "%s.%d", boot, n);
	}
	return -1;
}

/* <archive>/<boot id>, or <boot id>.<n>: one that nothing is in yet. */
static int open_archive(const struct store *st, const char *archive,
			struct archive *ret, struct error *err)
{
	char boot[BOOT_ID_MAX];
	int rc = trusted_dir_open(archive, &ret->above, err);

	if (rc == E_ABSENT) {
		rc = dir_make(archive, 0750, err);
		if (!rc)
			rc = trusted_dir_open(archive, &ret->above, err);
	}
	if (!rc) {
		boot_name(st, boot);
		ret->fd = make_in(ret, boot);
		if (ret->fd < 0 || fsync(ret->above) < 0)
			rc = error_errno(err, E_IO,
					 "making a directory in the archive");
	}
	if (rc)
		error_subject(err, "%s", archive);
	return rc;
}

/*
 * A directory into which nothing could be put goes again: whoever tries until
 * there is space again would make one after the other.
 */
static int close_archive(struct archive *a, int rc, struct error *err)
{
	if (a->fd >= 0) {
		if (!rc && fsync(a->fd) < 0)
			rc = error_errno(err, E_IO, "syncing the archive");
		close(a->fd);
		if (rc)
			unlinkat(a->above, a->name, AT_REMOVEDIR);
	}
	if (a->above >= 0)
		close(a->above);
	return rc;
}

/* A run that died may have left no shard, and yet what belongs to them. */
static int open_archive_if(const struct store *st, const char *archive,
			   struct archive *ret, struct error *err)
{
	int any = st->count || st->orphans || st->olds;

	if (!any)
		any = each_leftover(st, -1, is_one, err);
	return any > 0 ? open_archive(st, archive, ret, err) : any;
}

/*
 * What was discarded before goes first: without shards behind it, it would be
 * no state that a run leaves.
 */
static int drop_all(const struct store *st, int to, struct error *err)
{
	int rc = E_OK;

	for (size_t i = st->olds; i && i-- && !rc; )
		rc = drop_shard(st, &st->old[i], to, err);
	for (size_t i = st->count; i && i-- && !rc; )
		rc = drop_shard(st, &st->shard[i], to, err);
	for (size_t i = st->orphans; i && i-- && !rc; )
		rc = drop_shard(st, &st->orphan[i], to, err);
	return rc ? rc : each_leftover(st, to, drop, err);
}

int store_clear(struct store *st, const char *archive, struct error *err)
{
	struct archive to = { .above = -1, .fd = -1 };
	int rc = E_OK;

	if (archive)
		rc = open_archive_if(st, archive, &to, err);
	/* What is numbered from 1 again is confirmed by nobody. */
	if (!rc)
		rc = confirmed_clear(st, err);
	if (!rc)
		rc = drop_all(st, to.fd, err);
	rc = close_archive(&to, rc, err);
	if (!rc && fsync(st->fd) < 0)
		rc = error_errno(err, E_IO, "syncing the directory");
	return rc ? rc : store_reload(st, err);
}
