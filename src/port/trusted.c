// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trusted.c - a directory that nobody else can change
 *
 * The way is walked name by name, each from the descriptor of the one before:
 * what was looked at is what is gone through, whatever is renamed meanwhile.
 */
#include "port/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"

/* As in the kernel (MAXSYMLINKS). */
#define LINKS_MAX 40

struct walk {
	int fd;			/* where we are, O_PATH */
	char *way;		/* what is still to go */
	unsigned int links;
};

/* The directory above the one that was asked for, as the kernel names it. */
static int refused_above(int fd, const struct error *why, struct error *err)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	name[n < 0 ? 0 : n] = '\0';
	return error_set(err, E_IO, "%s above it %s",
			 n < 0 ? "a directory" : name, why->reason);
}

static int check_above(int fd, const struct stat *st, struct error *err)
{
	struct stat is = *st;
	struct error why = { 0 };

	if (is.st_mode & S_ISVTX)
		is.st_mode &= (mode_t)~(S_IWGRP | S_IWOTH);
	return file_check_ours(&is, &why) ? refused_above(fd, &why, err) :
					    E_OK;
}

static int start_at(struct walk *w, const char *dir, struct error *err)
{
	struct stat st;

	if (w->fd >= 0)
		close(w->fd);
	w->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return error_errno(err, E_IO, "opening %s", dir);
	return check_above(w->fd, &st, err);
}

/* The link's text goes before what is left of the way. */
static int follow(struct walk *w, int link, const struct stat *st,
		  const char *rest, struct error *err)
{
	char text[PATH_MAX], *way;
	ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
	int rc = E_OK;

	if (n < 0)
		return error_errno(err, E_IO, "reading a link");
	text[n] = '\0';
	if (st->st_uid && st->st_uid != geteuid())
		return error_set(err, E_IO,
				 "a symbolic link on the way to it (to %s) is owned by user %lu",
				 text, (unsigned long)st->st_uid);
	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return error_errno(err, E_IO, "%s", "");
	}
	if (asprintf(&way, "%s/%s", text, rest) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	if (text[0] == '/')
		rc = start_at(w, "/", err);
	free(w->way);
	w->way = way;
	return rc;
}

static int enter(struct walk *w, const char *name, struct error *err)
{
	struct stat st;
	int fd, rc;

	/* Nothing but a name on the way: what is left of it is judged. */
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno == ENOENT ? E_ABSENT : E_IO,
				   "%s", "");
	if (fstat(fd, &st) < 0) {
		rc = error_errno(err, E_IO, "%s", "");
	} else if (S_ISLNK(st.st_mode)) {
		rc = follow(w, fd, &st, w->way, err);
	} else if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		rc = error_errno(err, E_IO, "%s", "");
	} else {
		close(w->fd);
		w->fd = fd;
		return w->way[0] ? check_above(fd, &st, err) : E_OK;
	}
	close(fd);
	return rc;
}

/* Take the next name off the way; false: there is none. */
static bool next_name(struct walk *w, char ret[NAME_MAX + 1], bool *too_long)
{
	size_t skip = strspn(w->way, "/"), n = strcspn(w->way + skip, "/");
	char *rest = w->way + skip + n;

	*too_long = n > NAME_MAX;
	if (!n || *too_long)
		return false;
	memcpy(ret, w->way + skip, n);
	ret[n] = '\0';
	rest += strspn(rest, "/");
	memmove(w->way, rest, strlen(rest) + 1);
	return true;
}

static int walk_all(struct walk *w, struct error *err)
{
	char name[NAME_MAX + 1];
	bool too_long;
	int rc = start_at(w, "/", err);

	while (!rc && next_name(w, name, &too_long))
		rc = enter(w, name, err);
	if (!rc && too_long) {
		errno = ENAMETOOLONG;
		rc = error_errno(err, E_IO, "%s", "");
	}
	return rc;
}

/* What is at the end must not be one in which everybody may make files. */
static int open_end(const struct walk *w, int *ret, struct error *err)
{
	struct stat st;
	int fd, rc;

	fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		rc = error_errno(err, E_IO, "%s", "");
	else
		rc = file_check_ours(&st, err);
	if (rc && fd >= 0)
		close(fd);
	if (!rc)
		*ret = fd;
	return rc;
}

static char *absolute(const char *path)
{
	char *here = path[0] == '/' ? strdup("") : getcwd(NULL, 0), *ret;

	if (!here || asprintf(&ret, "%s/%s", here, path) < 0)
		ret = NULL;
	free(here);
	return ret;
}

int trusted_dir_open(const char *path, int *ret, struct error *err)
{
	struct walk w = { .fd = -1, .way = absolute(path) };
	int rc;

	if (!w.way)
		return error_errno(err, E_NOMEM, "%s", "");
	rc = walk_all(&w, err);
	if (!rc)
		rc = open_end(&w, ret, err);
	if (w.fd >= 0)
		close(w.fd);
	free(w.way);
	return rc;
}
