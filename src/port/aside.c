// SPDX-License-Identifier: GPL-2.0-or-later
/* aside.c - a file that is there whole, or not at all */
#include "port/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct aside {
	int fd, dirfd;
	char *path, *name, *temporary;	/* the names are in the directory */
};

/* What both parts of the path are made from: basename() changes its own. */
static int split(struct aside *a, const char *path)
{
	char *dir = strdup(path), *file = strdup(path), *temporary;

	a->path = strdup(path);
	if (dir && file && a->path) {
		a->dirfd = open(dirname(dir),
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		a->name = strdup(basename(file));
	}
	free(dir);
	free(file);
	if (!a->name ||
	    asprintf(&temporary, ".%s.%ld", a->name, (long)getpid()) < 0)
		return E_NOMEM;
	a->temporary = temporary;
	return E_OK;
}

int aside_open(struct aside **ret, const char *path, mode_t mode,
	       struct error *err)
{
	struct aside *a = calloc(1, sizeof(*a));
	int rc = E_OK;

	if (a)
		a->fd = a->dirfd = -1;
	if (!a || split(a, path))
		rc = error_set(err, E_NOMEM, "out of memory");
	/* What bears that name is of a process that is dead. */
	if (!rc && a->dirfd >= 0) {
		unlinkat(a->dirfd, a->temporary, 0);
		a->fd = openat(a->dirfd, a->temporary, O_WRONLY | O_CREAT |
			       O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	}
	if (!rc && a->fd < 0) {
		rc = error_errno(err, E_IO, "creating");
		error_subject(err, "%s", path);
	}
	if (rc) {
		aside_drop(a);
		return rc;
	}
	*ret = a;
	return E_OK;
}

int aside_fd(const struct aside *a)
{
	return a->fd;
}

/* Only a regular file may be replaced: a device or a link was not meant. */
static bool may_replace(const struct aside *a)
{
	struct stat st;

	return fstatat(a->dirfd, a->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       S_ISREG(st.st_mode);
}

int aside_commit(struct aside *a, struct error *err)
{
	int rc = E_OK;

	if (!may_replace(a))
		rc = error_set(err, E_IO, "is there, and no regular file");
	else if (fsync(a->fd) < 0)
		rc = error_errno(err, E_IO, "syncing");
	else if (renameat(a->dirfd, a->temporary, a->dirfd, a->name) < 0)
		rc = error_errno(err, E_IO, "renaming");
	else if (fsync(a->dirfd) < 0)
		rc = error_errno(err, E_IO, "syncing the directory of");
	if (rc)
		error_subject(err, "%s", a->path);
	aside_drop(a);
	return rc;
}

void aside_drop(struct aside *a)
{
	if (!a)
		return;
	if (a->fd >= 0) {
		/* After the rename there is nothing of that name. */
		unlinkat(a->dirfd, a->temporary, 0);
		close(a->fd);
	}
	if (a->dirfd >= 0)
		close(a->dirfd);
	free(a->path);
	free(a->name);
	free(a->temporary);
	free(a);
}
