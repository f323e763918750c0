// SPDX-License-Identifier: GPL-2.0-or-later
/* list.c - a measurement list as a stream of records */
#include "port/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ascii.h"
#include "port/file.h"

#define BUFFER_START (256U << 10)

struct list {
	int fd;			/* -1: bytes in memory */
	const uint8_t *bytes;	/* of those */
	size_t bytes_len, bytes_at;

	uint8_t *buf;
	size_t size;		/* of buf */
	size_t start, end;	/* what of it is not consumed */
	bool at_end;		/* nothing follows what is buffered */

	struct list_place place;
	struct list_layout layout;
	bool layout_known, canonical;
	bool may_be_text;
	struct hasher *hasher;	/* of a list in text; else NULL */
	struct ascii_record rebuilt;
	char *shown;
};

static int list_new(struct list **ret, const char *shown, unsigned int flags,
		    struct error *err)
{
	struct list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_set(err, E_NOMEM, "out of memory");
	list->fd = -1;
	list->size = BUFFER_START;
	list->buf = malloc(list->size);
	list->shown = strdup(shown);
	list->canonical = flags & LIST_CANONICAL;
	list->may_be_text = flags & LIST_TEXT;
	list->layout.digest_size = 20;
	if (!list->buf || !list->shown) {
		list_close(list);
		return error_set(err, E_NOMEM, "out of memory");
	}
	*ret = list;
	return E_OK;
}

static unsigned int file_flags(unsigned int flags)
{
	return (flags & LIST_WRITE ? FILE_WRITE : 0) |
	       (flags & LIST_STORED ? FILE_INSIDE : 0) |
	       (flags & LIST_OURS ? FILE_OURS : 0);
}

int list_open(struct list **ret, int dirfd, const char *name,
	      const char *shown, unsigned int flags, struct error *err)
{
	struct list *list;
	int rc = list_new(&list, shown, flags, err);

	if (rc)
		return rc;
	rc = file_open_regular(dirfd, name, file_flags(flags), &list->fd, err);
	if (rc) {
		error_subject(err, "%s", shown);
		list_close(list);
		return rc;
	}
	*ret = list;
	return E_OK;
}

int list_open_bytes(struct list **ret, const void *bytes, size_t len,
		    const char *shown, unsigned int flags, struct error *err)
{
	struct list *list;
	int rc = list_new(&list, shown, flags, err);

	if (rc)
		return rc;
	list->bytes = bytes;
	list->bytes_len = len;
	*ret = list;
	return E_OK;
}

void list_close(struct list *list)
{
	if (!list)
		return;
	if (list->fd >= 0)
		close(list->fd);
	hasher_free(list->hasher);
	ascii_free(&list->rebuilt);
	free(list->buf);
	free(list->shown);
	free(list);
}

const struct list_layout *list_layout(const struct list *list)
{
	return &list->layout;
}

struct list_place list_tell(const struct list *list)
{
	return list->place;
}

const char *list_name(const struct list *list)
{
	return list->shown;
}

/* @rc, with the place put into @err, which may be NULL. */
static int fail_here(struct list *list, int rc, struct error *err)
{
	error_subject(err, "%s", list->shown);
	error_place(err, list->place.records + 1, list->place.offset);
	return rc;
}

static ssize_t source_read(struct list *list, uint8_t *to, size_t n)
{
	size_t left = list->bytes_len - list->bytes_at;
	ssize_t got;

	if (list->fd < 0) {
		if (n > left)
			n = left;
		if (n)
			memcpy(to, list->bytes + list->bytes_at, n);
		list->bytes_at += n;
		return (ssize_t)n;
	}
	do {
		got = read(list->fd, to, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* Move what is left to the front and see to it that @want bytes have room. */
static int make_room(struct list *list, size_t want, struct error *err)
{
	size_t have = list->end - list->start;
	uint8_t *buf;

	if (list->start && have)
		memmove(list->buf, list->buf + list->start, have);
	list->start = 0;
	list->end = have;
	if (want <= list->size)
		return E_OK;
	/* A length from the list is believed only as far as bytes arrive. */
	if (want > 2 * list->size)
		want = 2 * list->size;
	/* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): never 0 */
	buf = realloc(list->buf, want);
	if (!buf)
		return error_set(err, E_NOMEM, "out of memory");
	list->buf = buf;
	list->size = want;
	return E_OK;
}

/* Have @want bytes buffered, or all there are. */
static int fill(struct list *list, size_t want, struct error *err)
{
	while (!list->at_end && list->end - list->start < want) {
		ssize_t got;
		int rc = E_OK;

		if (want > list->size - list->start || list->end == list->size)
			rc = make_room(list, want, err);
		if (rc)
			return rc;
		got = source_read(list, list->buf + list->end,
				  list->size - list->end);
		if (got < 0)
			return error_errno(err, E_IO, "reading");
		if (!got)
			list->at_end = true;
		list->end += (size_t)got;
	}
	return E_OK;
}

static int detect(struct list *list, struct error *err)
{
	size_t want = 4096;
	int rc;

	do {
		rc = fill(list, want, err);
		if (rc)
			return rc;
		/* No PCR of a binary list is that large a number. */
		if (list->may_be_text &&
		    ascii_detect(list->buf + list->start,
				 list->end - list->start, &list->layout)) {
			list->layout_known = true;
			return hasher_new(&list->hasher, HASH_ALL, err);
		}
		rc = layout_detect(list->buf + list->start,
				   list->end - list->start, list->at_end,
				   list->canonical, &list->layout);
		want *= 2;
	} while (rc == E_INCOMPLETE && want <= 2 * RECORD_DATA_MAX);
	if (rc)
		return error_set(err, E_FORMAT, "not a measurement list");
	list->layout_known = true;
	return E_OK;
}

/* What can be needed for one record in text, with what follows a name. */
#define TEXT_MAX (3 * (size_t)RECORD_DATA_MAX)

/* One record, and how much of what is buffered it takes, or how much it needs. */
static int next_of_text(struct list *list, struct record *ret, size_t *taken,
			size_t *need, struct error *err)
{
	size_t have = list->end - list->start, ignored;
	int rc = ascii_parse(list->hasher, &list->layout,
			     list->buf + list->start, have, list->at_end,
			     &list->rebuilt, taken, err);

	if (rc == E_INCOMPLETE && have > TEXT_MAX)
		return error_set(err, E_LIMIT, "a line of over %zu bytes",
				 TEXT_MAX);
	*need = 2 * have;
	return rc ? rc : record_parse(&list->layout, list->rebuilt.bytes,
				      list->rebuilt.len, ret, &ignored, err);
}

static int next_here(struct list *list, struct record *ret, size_t *taken,
		     size_t *need, struct error *err)
{
	int rc;

	if (list->hasher)
		return next_of_text(list, ret, taken, need, err);
	rc = record_parse(&list->layout, list->buf + list->start,
			  list->end - list->start, ret, need, err);
	if (!rc)
		*taken = ret->raw_len;
	return rc;
}

int list_next(struct list *list, struct record *ret, struct error *err)
{
	size_t need = 1, taken = 0;
	int rc;

	do {
		size_t wanted = need;

		rc = fill(list, wanted, err);
		if (rc)
			return fail_here(list, rc, err);
		if (list->at_end && list->start == list->end)
			return LIST_END;
		if (!list->layout_known && (rc = detect(list, err)))
			return fail_here(list, rc, err);
		rc = next_here(list, ret, &taken, &need, err);
	} while (rc == E_INCOMPLETE && !list->at_end);
	if (rc)
		return fail_here(list, rc, err);
	list->start += taken;
	list->place.records++;
	list->place.offset += taken;
	return E_OK;
}

void list_piece_free(struct list_piece *piece)
{
	free(piece->bytes);
	*piece = (struct list_piece){ 0 };
}

/* A buffer for the list to go on with: the piece's old one, if it will do. */
static uint8_t *spare_buffer(struct list_piece *piece, size_t want,
			     size_t *size)
{
	uint8_t *buf = piece->bytes;

	*size = want > BUFFER_START ? want : BUFFER_START;
	if (buf && piece->size == *size) {
		piece->bytes = NULL;
		return buf;
	}
	list_piece_free(piece);
	return malloc(*size);
}

int list_next_piece(struct list *list, struct list_piece *ret,
		    struct error *err)
{
	struct record rec;
	size_t begin, size, need, left, records = 1;
	uint8_t *buf;
	int rc = list_next(list, &rec, err);

	if (rc)
		return rc;
	if (list->hasher)
		return error_set(err, E_UNSUPPORTED, "is text");
	begin = list->start - rec.raw_len;
	while (list->start < list->end &&
	       !record_parse(&list->layout, list->buf + list->start,
			     list->end - list->start, &rec, &need, NULL)) {
		list->start += rec.raw_len;
		list->place.offset += rec.raw_len;
		list->place.records++;
		records++;
	}
	left = list->end - list->start;
	buf = spare_buffer(ret, left, &size);
	if (!buf)
		return error_set(err, E_NOMEM, "out of memory");
	memcpy(buf, list->buf + list->start, left);
	ret->bytes = list->buf;
	ret->size = list->size;
	ret->start = begin;
	ret->end = list->start;
	ret->records = records;
	ret->layout = list->layout;
	list->buf = buf;
	list->size = size;
	list->start = 0;
	list->end = left;
	return E_OK;
}

int list_seek(struct list *list, struct list_place place, struct error *err)
{
	uint64_t buffered = list->end - list->start;

	/* Within the buffer, forward: no call is needed. */
	if (place.offset >= list->place.offset &&
	    place.offset - list->place.offset <= buffered) {
		list->start += (size_t)(place.offset - list->place.offset);
	} else {
		list->start = list->end = 0;
		list->at_end = false;
		if (list->fd < 0 && place.offset <= list->bytes_len)
			list->bytes_at = (size_t)place.offset;
		else if (list->fd < 0 ||
			 lseek(list->fd, (off_t)place.offset, SEEK_SET) < 0) {
			error_errno(err, E_IO, "seeking");
			error_subject(err, "%s", list->shown);
			return E_IO;
		}
	}
	list->place = place;
	return E_OK;
}

int list_restart(struct list *list, struct error *err)
{
	list->start = list->end = 0;
	list->at_end = false;
	list->bytes_at = 0;
	list->place = (struct list_place){ 0 };
	if (list->fd < 0 || lseek(list->fd, 0, SEEK_SET) == 0)
		return E_OK;
	error_errno(err, E_IO, "seeking");
	error_subject(err, "%s", list->shown);
	return E_IO;
}

uint64_t list_size(const struct list *list)
{
	struct stat st;

	if (list->fd < 0)
		return list->bytes_len;
	return !fstat(list->fd, &st) && S_ISREG(st.st_mode) ?
	       (uint64_t)st.st_size : 0;
}

int list_fd(const struct list *list)
{
	return list->fd;
}

void list_more(struct list *list)
{
	list->at_end = false;
}

int list_rest(struct list *list, list_sink sink, void *ctx, uint64_t *ret,
	      struct error *err)
{
	uint64_t n = 0;

	for (;;) {
		size_t have = list->end - list->start;
		ssize_t got;
		int rc = E_OK;

		if (have && sink)
			rc = sink(ctx, list->buf + list->start, have);
		if (rc)
			return rc;
		n += have;
		list->start = list->end = 0;
		if (list->at_end)
			break;
		got = source_read(list, list->buf, list->size);
		if (got < 0) {
			error_errno(err, E_IO, "reading");
			return fail_here(list, E_IO, err);
		}
		list->at_end = !got;
		list->end = (size_t)got;
	}
	*ret = n;
	return E_OK;
}
