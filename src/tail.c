// SPDX-License-Identifier: GPL-2.0-or-later
/* tail.c - the kernel's lists, both open at once for a moment */
#include "tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/host.h"

int tail_open(struct tail *t, const char *ima_dir, enum kernel_kind kind,
	      struct error *err)
{
	int rc = E_OK;

	*t = (struct tail){ .staged = -1, .current = -1, .ima_dir = ima_dir };
	if (kind == KERNEL_STAGE)
		rc = host_open_list_fd(ima_dir, true, &t->staged, err);
	if (!rc)
		rc = host_open_list_fd(ima_dir, false, &t->current, err);
	if (rc)
		tail_close(t);
	return rc;
}

void tail_close(struct tail *t)
{
	if (t->staged >= 0)
		close(t->staged);
	if (t->current >= 0)
		close(t->current);
	t->staged = t->current = -1;
}

static int list_of(const struct tail *t, bool staged)
{
	return staged ? t->staged : t->current;
}

/* A list gives a page or a record at a time; 0 is its end. */
static int read_some(const struct tail *t, bool staged, uint64_t from,
		     uint8_t *to, size_t n, size_t *got, struct error *err)
{
	ssize_t is;

	do {
		is = pread(list_of(t, staged), to, n, (off_t)from);
	} while (is < 0 && errno == EINTR);
	*got = is < 0 ? 0 : (size_t)is;
	if (is >= 0)
		return E_OK;
	error_errno(err, E_IO, "reading the %s list",
		    staged ? "staged" : "current");
	error_subject(err, "%s", t->ima_dir);
	return E_IO;
}

int tail_head(const struct tail *t, bool staged, struct tail_head *ret,
	      struct error *err)
{
	ret->len = 0;
	if (list_of(t, staged) < 0)
		return E_OK;
	return read_some(t, staged, 0, ret->bytes, sizeof(ret->bytes),
			 &ret->len, err);
}

/* A list that has grown begins with what it was. */
bool tail_same_head(const struct tail_head *a, const struct tail_head *b)
{
	size_t len = a->len < b->len ? a->len : b->len;

	return (len || a->len == b->len) && !memcmp(a->bytes, b->bytes, len);
}

int tail_bytes_add(struct tail_bytes *b, const void *bytes, size_t len,
		   struct error *err)
{
	if (len > b->room - b->len) {
		size_t room = 2 * b->room + len + TAIL_HEAD;
		uint8_t *more = realloc(b->at, room);

		if (!more)
			return error_set(err, E_NOMEM, "out of memory");
		b->at = more;
		b->room = room;
	}
	if (len)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
	return E_OK;
}

int tail_read(const struct tail *t, bool staged, uint64_t from, size_t max,
	      struct tail_bytes *b, struct error *err)
{
	uint8_t *buf;
	size_t got = 0;
	int rc = E_OK;

	if (list_of(t, staged) < 0)
		return E_OK;
	buf = malloc(64U << 10);
	if (!buf)
		return error_set(err, E_NOMEM, "out of memory");
	do {
		rc = read_some(t, staged, from, buf, 64U << 10, &got, err);
		if (!rc && got > max - b->len) {
			rc = error_set(err, E_UNDECIDED,
				       "over %zu bytes are in no shard: a snapshot is overdue",
				       max);
			error_subject(err, "%s", t->ima_dir);
		}
		if (!rc)
			rc = tail_bytes_add(b, buf, got, err);
		from += got;
	} while (!rc && got);
	free(buf);
	return rc;
}
