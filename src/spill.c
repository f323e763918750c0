// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spill.c - the agreed directory: bytes of a list that are no records
 *
 * What follows the last whole record is evidence all the same. It is kept as
 * unparsed-<last>.bin, and grows with the kernel's list: the next run has the
 * same bytes and more, which take the place of the former. What begins
 * otherwise is kept beside it, as unparsed-<last>.<n>.bin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"
#include "store.h"

#define SPILLS_MAX 1000

struct spill {
	const struct store *st;
	int fd;			/* -1 once it is synced */
	uint64_t bytes;
	char tmp[SHARD_NAME_MAX];
};

int spill_new(struct spill **ret, const struct store *st, struct error *err)
{
	struct spill *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set(err, E_NOMEM, "out of memory");
	s->st = st;
	snprintf(s->tmp, sizeof(s->tmp), ".tmp.unparsed.%ld.bin",
		 (long)getpid());
	unlinkat(st->fd, s->tmp, 0);
	s->fd = store_create(st, s->tmp, err);
	if (s->fd < 0) {
		free(s);
		return E_IO;
	}
	*ret = s;
	return E_OK;
}

int spill_add(struct spill *s, const void *bytes, size_t len,
	      struct error *err)
{
	int rc = file_write(s->fd, bytes, len, err);

	s->bytes += len;
	if (rc)
		store_named(s->st, s->tmp, err);
	return rc;
}

void spill_drop(struct spill *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	unlinkat(s->st->fd, s->tmp, 0);
	free(s);
}

/* Up to the end of the shorter one. */
static bool same_bytes(int a, int b, uint64_t n)
{
	uint8_t left[8 << 10], right[8 << 10];

	for (uint64_t at = 0; at < n; ) {
		size_t len = n - at < sizeof(left) ? (size_t)(n - at) :
						     sizeof(left);
		ssize_t got = pread(a, left, len, (off_t)at);

		if (got <= 0 || pread(b, right, (size_t)got, (off_t)at) != got ||
		    memcmp(left, right, (size_t)got))
			return false;
		at += (uint64_t)got;
	}
	return true;
}

enum kept { KEPT_OTHER, KEPT_ALL, KEPT_LESS };

/* What is kept under that name, beside what is to be kept. */
static enum kept compare(const struct spill *s, const char *name)
{
	enum kept ret = KEPT_OTHER;
	int was = -1, is = -1;
	struct stat st;
	uint64_t n;

	if (!file_open_regular(s->st->fd, name, FILE_INSIDE | FILE_OURS, &was,
			       NULL) &&
	    !file_open_regular(s->st->fd, s->tmp, FILE_INSIDE | FILE_OURS, &is,
			       NULL) &&
	    !fstat(was, &st)) {
		n = (uint64_t)st.st_size;
		if (same_bytes(was, is, n < s->bytes ? n : s->bytes))
			ret = n < s->bytes ? KEPT_LESS : KEPT_ALL;
	}
	if (was >= 0)
		close(was);
	if (is >= 0)
		close(is);
	return ret;
}

/* Under that name; *@taken: something else has it. */
static int put(const struct spill *s, const char *name, bool *taken,
	       struct error *err)
{
	int rc = store_rename_new(s->st, s->tmp, name, err);

	*taken = false;
	if (!rc || errno != EEXIST)
		return rc;
	switch (compare(s, name)) {
	case KEPT_ALL:
		return E_OK;
	case KEPT_LESS:
		if (renameat(s->st->fd, s->tmp, s->st->fd, name) == 0)
			return E_OK;
		error_errno(err, E_IO, "renaming to %s", name);
		store_named(s->st, s->tmp, err);
		return E_IO;
	case KEPT_OTHER:
		break;
	}
	*taken = true;
	return rc;
}

int spill_end(struct spill *s, uint64_t last, struct error *err)
{
	unsigned long long number = last;
	char name[SHARD_NAME_MAX];
	bool taken = true;
	int rc = store_sync_close(s->fd, err);

	s->fd = -1;
	if (rc)
		store_named(s->st, s->tmp, err);
	snprintf(name, sizeof(name), "unparsed-%llu.bin", number);
	for (unsigned int n = 1; !rc && s->bytes && taken; n++) {
		rc = put(s, name, &taken, err);
		if (taken && n < SPILLS_MAX)
			rc = E_OK;
		snprintf(name, sizeof(name), "unparsed-%llu.%u.bin", number, n);
	}
	if (!rc)
		rc = store_sync(s->st, err);
	spill_drop(s);
	return rc;
}
