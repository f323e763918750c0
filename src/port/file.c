// SPDX-License-Identifier: GPL-2.0-or-later
/* file.c - files below a directory descriptor */
#include "port/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open_regular(int dirfd, const char *name, bool write, int *ret,
		      struct error *err)
{
	struct stat st;
	int fd;

	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	fd = openat(dirfd, name, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC |
		    O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return error_errno(err, E_ABSENT, "%s", "");
	if (fd < 0 && errno == EBUSY)
		return error_errno(err, E_BUSY, "%s", "");
	if (fd < 0)
		return error_errno(err, E_IO, "%s", "");
	if (fstat(fd, &st) < 0) {
		error_errno(err, E_IO, "%s", "");
		close(fd);
		return E_IO;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, E_IO, S_ISDIR(st.st_mode) ?
				 "is a directory" : "is not a regular file");
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

int file_read(int dirfd, const char *name, size_t max, uint8_t **ret,
	      size_t *len, struct error *err)
{
	int fd, rc = file_open_regular(dirfd, name, false, &fd, err);

	if (rc)
		return rc;
	rc = file_read_fd(fd, max, ret, len, err);
	close(fd);
	return rc;
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
