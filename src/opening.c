// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * opening.c - the agreed directory, for writing: made, locked, and nobody
 * else's
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "port/file.h"
#include "port/trusted.h"
#include "store.h"

/* What is not there is another's to find. */
static int check_file(const struct store *st, const struct shard *s,
		      const char *ending, struct error *err)
{
	char name[SHARD_NAME_MAX];
	struct stat is;
	int rc;

	shard_name(name, s->first, s->last, ending);
	if (fstatat(st->fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0) {
		rc = file_check_kind(&is, err);
		if (!rc)
			rc = file_check_ours(&is, err);
	} else if (errno == ENOENT) {
		return E_OK;
	} else {
		rc = error_errno(err, E_IO, "%s", "");
	}
	if (rc)
		store_named(st, name, err);
	return rc;
}

/*
 * All of it, the records too, which are not read again: a snapshot that goes
 * on from them says that they are safe.
 */
static int check_files(const struct store *st, struct error *err)
{
	const struct shard marker = { .first = 0, .last = st->discarded };
	int rc = E_OK;

	for (size_t i = 0; i < st->count + st->orphans && !rc; i++) {
		const struct shard *s = i < st->count ? &st->shard[i] :
					&st->orphan[i - st->count];

		rc = check_file(st, s, "ima", err);
		if (!rc)
			rc = check_file(st, s, "json", err);
	}
	/* What was discarded is gone on from, too. */
	return rc || !st->discarded ? rc : check_file(st, &marker, "json", err);
}

/* flock() has no time-out of its own: try, and sleep a little between. */
static int lock(int fd, unsigned int wait, struct error *err)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)wait;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, E_IO, "locking");
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec ||
		    (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
			return error_set(err, E_BUSY,
					 "locked by another process");
		nanosleep(&pause, NULL);
	}
	return E_OK;
}

/*
 * What is above the shards' directory hides nothing, and lets a group in. The
 * modes are the format's, whatever our umask is.
 */
static int make(const char *path, struct error *err)
{
	char *above = strdup(path), *slash;
	mode_t saved;
	int rc = E_OK;

	if (!above)
		return error_set(err, E_NOMEM, "out of memory");
	saved = umask(0);
	for (size_t n = strlen(above); n > 1 && above[n - 1] == '/'; )
		above[--n] = '\0';
	slash = strrchr(above, '/');
	if (slash && slash != above) {
		*slash = '\0';
		rc = dir_make(above, 0755, err);
	}
	if (!rc)
		rc = dir_make(path, 0750, err);
	umask(saved);
	free(above);
	return rc;
}

/* Only where it is another's: a change would make the cache worthless. */
static int give(struct store *st, gid_t group, struct error *err)
{
	struct stat is;

	st->group = group;
	if (group == GROUP_AS_IS)
		return E_OK;
	if (fstat(st->fd, &is) < 0 ||
	    (is.st_gid != group && fchown(st->fd, (uid_t)-1, group) < 0))
		return error_errno(err, E_IO, "giving it to group %lu",
				   (unsigned long)group);
	return E_OK;
}

int store_open_write(struct store **ret, const char *path, gid_t group,
		     unsigned int wait, struct error *err)
{
	struct store *st = NULL;
	int fd, rc = trusted_dir_open(path, &fd, err);

	/* What is there of the path has been looked at by now. */
	if (rc == E_ABSENT) {
		rc = make(path, err);
		if (!rc)
			rc = trusted_dir_open(path, &fd, err);
		if (rc == E_ABSENT)
			rc = E_IO;
	}
	if (!rc)
		rc = store_new(&st, path, fd, err);
	if (!rc) {
		st->writing = true;
		rc = lock(st->fd, wait, err);
	}
	if (!rc)
		rc = give(st, group, err);
	if (!rc)
		rc = store_reload(st, err);
	if (!rc)
		rc = check_files(st, err);
	/* Whoever made the directories may have died before they lasted. */
	if (!rc && !st->count)
		rc = dir_sync_above(path, err);
	if (rc) {
		store_close(st);
		error_subject(err, "%s", path);
		return rc;
	}
	*ret = st;
	return E_OK;
}
