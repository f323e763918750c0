// SPDX-License-Identifier: GPL-2.0-or-later
/* confirmed.c - up to which shard all hooks have said that they are done */
#include "confirmed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

#define LINK "confirmed"
#define NEW ".confirmed"	/* the next one, before it is renamed */

static int open_dir(const struct store *st)
{
	return openat(st->fd, CONFIRMED_DIR, O_RDONLY | O_DIRECTORY |
		      O_CLOEXEC | O_NOFOLLOW);
}

static int failed(const struct store *st, const char *what, struct error *err)
{
	error_errno(err, E_IO, "%s", what);
	error_subject(err, "%s/" CONFIRMED_DIR, st->path);
	return E_IO;
}

uint64_t confirmed_last(const struct store *st)
{
	char target[SHARD_NAME_MAX], name[SHARD_NAME_MAX];
	int fd = open_dir(st);
	ssize_t n = -1;

	if (fd >= 0) {
		n = readlinkat(fd, LINK, target, sizeof(target) - 1);
		close(fd);
	}
	if (n < 0)
		return 0;
	target[n] = '\0';
	for (size_t i = st->count; i && i--; ) {
		shard_name(name, st->shard[i].first, st->shard[i].last, "");
		name[strlen(name) - 1] = '\0';
		if (!strcmp(name, target))
			return st->shard[i].last;
	}
	/* All that it can be of then is the last that was discarded. */
	snprintf(name, sizeof(name), "-%012llu",
		 (unsigned long long)st->discarded);
	return st->discarded && n == 25 && !strcmp(target + 12, name) ?
	       st->discarded : 0;
}

int confirmed_lock(const struct store *st, int *ret, struct error *err)
{
	int fd, rc;

	if (mkdirat(st->fd, CONFIRMED_DIR, 0750) < 0 && errno != EEXIST)
		return failed(st, "making the directory", err);
	fd = open_dir(st);
	if (fd < 0)
		return failed(st, "opening", err);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		rc = errno == EWOULDBLOCK ?
		     error_set(err, E_BUSY, "another process runs the hooks") :
		     failed(st, "locking", err);
		error_subject(err, "%s/" CONFIRMED_DIR, st->path);
		close(fd);
		return rc;
	}
	*ret = fd;
	return E_OK;
}

int confirmed_mark(const struct store *st, const struct shard *s, int *ret,
		   struct error *err)
{
	char name[SHARD_NAME_MAX];
	int rc;

	shard_name(name, s->first, s->last, "json");
	*ret = openat(st->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*ret >= 0)
		return E_OK;
	rc = errno == ENOENT ? E_ABSENT : E_IO;
	error_errno(err, rc, "opening");
	error_subject(err, "%s/%s", st->path, name);
	return rc;
}

/* As long as it is open, no other file has its inode. */
static bool is_there(const struct store *st, int mark, const struct shard *s)
{
	char name[SHARD_NAME_MAX];
	struct stat was, is;

	shard_name(name, s->first, s->last, "json");
	return fstat(mark, &was) == 0 &&
	       fstatat(st->fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0 &&
	       was.st_dev == is.st_dev && was.st_ino == is.st_ino;
}

static int set(int fd, const struct shard *s, struct error *err)
{
	char target[SHARD_NAME_MAX];

	shard_name(target, s->first, s->last, "");
	target[strlen(target) - 1] = '\0';
	if ((unlinkat(fd, NEW, 0) < 0 && errno != ENOENT) ||
	    symlinkat(target, fd, NEW) < 0 ||
	    renameat(fd, NEW, fd, LINK) < 0 || fsync(fd) < 0) {
		error_errno(err, E_IO, "noting what is confirmed");
		error_subject(err, CONFIRMED_DIR);
		return E_IO;
	}
	return E_OK;
}

int confirmed_set(const struct store *st, int fd, int mark,
		  const struct shard *s, struct error *err)
{
	int rc;

	/* Nobody clears it between the look and the link. */
	while (flock(st->fd, LOCK_SH) < 0)
		if (errno != EINTR)
			return failed(st, "locking the store", err);
	rc = is_there(st, mark, s) ? set(fd, s, err) :
	     error_set(err, E_CHANGED, "is not the shard that it was");
	flock(st->fd, LOCK_UN);
	return rc;
}

int confirmed_clear(const struct store *st, struct error *err)
{
	int fd = open_dir(st), rc = E_OK;

	if (fd < 0)
		return errno == ENOENT ? E_OK : failed(st, "opening", err);
	if ((unlinkat(fd, LINK, 0) < 0 && errno != ENOENT) || fsync(fd) < 0)
		rc = failed(st, "forgetting what was confirmed", err);
	close(fd);
	return rc;
}
