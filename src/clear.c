// SPDX-License-Identifier: GPL-2.0-or-later
/* clear.c - the agreed directory: remove or archive what it holds */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"
#include "store.h"

/* To another file system: copy, make it durable, only then unlink. */
static int copy_over(const struct store *st, const char *name, int to,
		     struct error *err)
{
	char buf[64 << 10];
	int in = -1, out = -1, rc;
	ssize_t n = 0;

	rc = file_open_regular(st->fd, name, false, &in, err);
	if (rc)
		return rc;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		     O_NOFOLLOW, 0440);
	if (out < 0)
		rc = error_errno(err, E_IO, "creating in the archive");
	while (!rc && (n = read(in, buf, sizeof(buf))) > 0)
		rc = file_write(out, buf, (size_t)n, err);
	if (!rc && (n < 0 || fsync(out) < 0))
		rc = error_errno(err, E_IO, "copying to the archive");
	close(in);
	if (out >= 0)
		close(out);
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
		if (errno == EXDEV)
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

/* What was set aside of that boot, and its marker of discarded records. */
static bool is_leftover(const char *name)
{
	return !strncmp(name, ".orphan.", 8) || !strncmp(name, ".tmp.", 5) ||
	       !strncmp(name, "unparsed-", 9) ||
	       !strncmp(name, "000000000000-", 13);
}

static int drop_leftovers(const struct store *st, int to, struct error *err)
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
			rc = drop(st, entry->d_name, to, err);
	closedir(dir);
	return rc;
}

/* <archive>/<boot id of the newest aggregate>, which is hostile bytes. */
static int open_archive(const struct store *st, const char *archive, int *ret,
			struct error *err)
{
	struct aggregate *last = calloc(1, sizeof(*last));
	char *path = NULL;
	int rc = E_NOMEM;

	*ret = -1;
	if (!last)
		return error_set(err, rc, "out of memory");
	if (store_aggregate(st, st->count - 1, last, NULL, NULL) ||
	    strchr(last->boot_id, '/') || last->boot_id[0] == '.' ||
	    !last->boot_id[0])
		strcpy(last->boot_id, "unknown");
	if (asprintf(&path, "%s/%s", archive, last->boot_id) < 0) {
		path = NULL;
		error_set(err, rc, "out of memory");
	} else {
		rc = dir_make(path, 0750, err);
	}
	if (!rc) {
		*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*ret < 0) {
			rc = error_errno(err, E_IO, "%s", "");
			error_subject(err, "%s", path);
		}
	}
	free(path);
	free(last);
	return rc;
}

int store_clear(struct store *st, const char *archive, struct error *err)
{
	int to = -1, rc = E_OK;

	if (archive && st->count)
		rc = open_archive(st, archive, &to, err);
	for (size_t i = st->count; i-- > 0 && !rc; )
		rc = drop_shard(st, &st->shard[i], to, err);
	for (size_t i = st->orphans; i-- > 0 && !rc; )
		rc = drop_shard(st, &st->orphan[i], to, err);
	if (!rc)
		rc = drop_leftovers(st, to, err);
	if (to >= 0) {
		if (!rc && fsync(to) < 0)
			rc = error_errno(err, E_IO, "syncing the archive");
		close(to);
	}
	if (!rc && fsync(st->fd) < 0)
		rc = error_errno(err, E_IO, "syncing the directory");
	return rc ? rc : store_reload(st, err);
}
