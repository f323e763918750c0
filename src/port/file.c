// SPDX-License-Identifier: GPL-2.0-or-later
/* file.c - files below a directory descriptor */
#include "port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_check_ours(const struct stat *st, struct error *err)
{
	mode_t others = st->st_mode & (S_IWGRP | S_IWOTH);
	uid_t self = geteuid();

	if (st->st_uid && st->st_uid != self)
		return error_set(err, E_IO,
				 "is owned by user %lu, not by root or by us",
				 (unsigned long)st->st_uid);
	if (self && st->st_gid == getegid())
		others &= (mode_t)~S_IWGRP;
	if (others)
		return error_set(err, E_IO,
				 "can be written to by others (mode %04o)",
				 (unsigned int)st->st_mode & 07777);
	return E_OK;
}

int file_check_alone(int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, E_IO, "%s", "");
	if (!S_ISREG(st.st_mode))
		return error_set(err, E_IO, "is not a regular file");
	if (st.st_nlink > 1)
		return error_set(err, E_IO, "has another name: a hard link");
	return file_check_ours(&st, err);
}

int file_check_kind(const struct stat *st, struct error *err)
{
	if (S_ISREG(st->st_mode))
		return E_OK;
	return error_set(err, E_IO, S_ISDIR(st->st_mode) ? "is a directory" :
			 S_ISLNK(st->st_mode) ? "is a symbolic link" :
						"is not a regular file");
}

static int check_opened(int fd, unsigned int flags, struct error *err)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return error_errno(err, E_IO, "%s", "");
	rc = file_check_kind(&st, err);
	return !rc && flags & FILE_OURS ? file_check_ours(&st, err) : rc;
}

int file_open_regular(int dirfd, const char *name, unsigned int flags,
		      int *ret, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = openat(dirfd, name, O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
			(flags & FILE_WRITE ? O_RDWR : O_RDONLY) |
			(flags & FILE_INSIDE ? O_NOFOLLOW : 0));
	int rc;

	if (fd < 0 && errno == ENOENT)
		return error_errno(err, E_ABSENT, "%s", "");
	if (fd < 0 && errno == EBUSY)
		return error_errno(err, E_BUSY, "%s", "");
	if (fd < 0 && errno == ELOOP && flags & FILE_INSIDE)
		return error_set(err, E_IO, "is a symbolic link");
	if (fd < 0)
		return error_errno(err, E_IO, "%s", "");
	rc = check_opened(fd, flags, err);
	if (rc) {
		close(fd);
		return rc;
	}
	*ret = fd;
	return E_OK;
}

int file_read_fd(int fd, size_t max, uint8_t **ret, size_t *len,
		 struct error *err)
{
	size_t size = 4096, n = 0;
	uint8_t *buf = malloc(size + 1), *more;
	ssize_t got = 0;

	while (buf) {
		got = read(fd, buf + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
		if (n > max) {
			free(buf);
			return error_set(err, E_LIMIT, "over %zu bytes", max);
		}
		if (n < size)
			continue;
		size *= 2;
		more = realloc(buf, size + 1);
		if (!more)
			free(buf);
		buf = more;
	}
	if (!buf)
		return error_set(err, E_NOMEM, "out of memory");
	if (got < 0) {
		error_errno(err, E_IO, "reading");
		free(buf);
		return E_IO;
	}
	buf[n] = '\0';
	*ret = buf;
	*len = n;
	return E_OK;
}

int file_read_as(int dirfd, const char *name, unsigned int flags, size_t max,
		 uint8_t **ret, size_t *len, struct error *err)
{
	int fd, rc = file_open_regular(dirfd, name, flags, &fd, err);

	if (rc)
		return rc;
	rc = file_read_fd(fd, max, ret, len, err);
	close(fd);
	return rc;
}

int file_read(int dirfd, const char *name, size_t max, uint8_t **ret,
	      size_t *len, struct error *err)
{
	return file_read_as(dirfd, name, 0, max, ret, len, err);
}

int file_write(int fd, const void *bytes, size_t len, struct error *err)
{
	const uint8_t *p = bytes;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, E_IO, "writing");
		p += n;
		len -= (size_t)n;
	}
	return E_OK;
}

static int sync_parent(const char *path)
{
	char *copy = strdup(path), *slash;
	int fd, rc = -1;

	if (!copy)
		return -1;
	slash = strrchr(copy, '/');
	if (slash == copy)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		rc = fsync(fd);
		close(fd);
	}
	free(copy);
	return rc;
}

/* One level, whose parent is there. */
static int make_one(const char *path, mode_t mode, struct error *err)
{
	if (mkdir(path, mode) < 0) {
		if (errno == EEXIST)
			return E_OK;
		return error_errno(err, E_IO, "creating directory '%s'", path);
	}
	if (sync_parent(path) < 0)
		return error_errno(err, E_IO, "syncing above '%s'", path);
	return E_OK;
}

int dir_make(const char *path, mode_t mode, struct error *err)
{
	char *copy = strdup(path);
	int rc = E_OK;

	if (!copy)
		return error_set(err, E_NOMEM, "out of memory");
	for (char *p = copy + 1; *p && !rc; p++) {
		if (*p != '/' || p[-1] == '/')
			continue;
		*p = '\0';
		rc = make_one(copy, mode, err);
		*p = '/';
	}
	if (!rc)
		rc = make_one(copy, mode, err);
	free(copy);
	return rc;
}

int dir_sync_above(const char *path, struct error *err)
{
	char *copy = strdup(path), *slash = copy;
	int rc = E_OK;

	if (!copy)
		return error_set(err, E_NOMEM, "out of memory");
	while (slash && *copy && !rc) {
		/* What we cannot read we have not made. */
		if (sync_parent(copy) < 0 && errno != EACCES)
			rc = error_errno(err, E_IO, "syncing above '%s'", copy);
		slash = strrchr(copy, '/');
		if (slash)
			*slash = '\0';
	}
	free(copy);
	return rc;
}
