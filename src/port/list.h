/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.h - a measurement list as a stream of records
 *
 * Calling sequence: list_open_*(), list_next() until it returns LIST_END or
 * an error, list_close(). Memory is one buffer, which grows only to the size
 * of the largest record that really arrived.
 */
#ifndef PORT_LIST_H
#define PORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/record.h"

struct list;

/* The list is little-endian whatever it looks like (ima_canonical_fmt). */
#define LIST_CANONICAL 1U

/* For reading and writing: the kernel's list, to give it commands. */
#define LIST_WRITE 2U

/*
 * It may be one of the ASCII lists: the records are then rebuilt from its
 * lines, as those of a little-endian list (see format/ascii.h).
 */
#define LIST_TEXT 4U

/* It is in a store: its name is no symbolic link (FILE_INSIDE). */
#define LIST_STORED 8U

/* Nobody but root and we ourselves can change it (FILE_OURS). */
#define LIST_OURS 16U

/*
 * Open the regular file @name below @dirfd (AT_FDCWD too). securityfs files
 * are regular. @shown names it in errors. Returns 0; E_BUSY where a writer
 * holds the kernel's list; E_IO, also for a directory or a device, which are
 * refused; E_ABSENT; E_NOMEM.
 */
int list_open(struct list **ret, int dirfd, const char *name,
	      const char *shown, unsigned int flags, struct error *err);

/* The @len bytes at @bytes, which must outlive the list. */
int list_open_bytes(struct list **ret, const void *bytes, size_t len,
		    const char *shown, unsigned int flags, struct error *err);

/* Takes NULL. */
void list_close(struct list *list);

/*
 * The next record, valid until the next call. Returns 0, LIST_END after the
 * last whole record of a list without remains, or an error with subject,
 * record and offset: E_INCOMPLETE where the list ends within a record.
 */
#define LIST_END 1
int list_next(struct list *list, struct record *ret, struct error *err);

/*
 * The next records all at once: as many as came with one read, of a list that
 * is not text. What is in @bytes is the caller's; what was in it goes back to
 * the list, so that between threads nothing is copied. To begin with, and to
 * end with list_piece_free(), all zero.
 */
struct list_piece {
	uint8_t *bytes;
	size_t size;		/* of @bytes */
	size_t start, end;	/* the records in it, */
	size_t records;		/* so many, one at least */
	struct list_layout layout;
};

/*
 * Returns what list_next() does, for the first of the records; E_UNSUPPORTED
 * of text. What comes behind the records, list_next() reads or refuses.
 */
int list_next_piece(struct list *list, struct list_piece *ret,
		    struct error *err);

void list_piece_free(struct list_piece *piece);

/* Known once a record was read. */
const struct list_layout *list_layout(const struct list *list);

/* Where the next record starts: its number less one, and its byte. */
struct list_place {
	uint64_t records;
	uint64_t offset;
};
struct list_place list_tell(const struct list *list);

/* Go to a place that list_tell() gave, or to the start ({0, 0}). */
int list_seek(struct list *list, struct list_place place, struct error *err);

/*
 * From the beginning, with nothing buffered and records counted from 1: the
 * kernel's list was trimmed. E_IO.
 */
int list_restart(struct list *list, struct error *err);

/*
 * Bytes of the whole list, as far as they are known without reading: 0 of the
 * kernel's, and of what is no regular file.
 */
uint64_t list_size(const struct list *list);

/* The descriptor, -1 of bytes in memory. Not to be read from. */
int list_fd(const struct list *list);

/* After LIST_END: the kernel may have added records; look again. */
void list_more(struct list *list);

const char *list_name(const struct list *list);

/*
 * All bytes from the next record to the end, as they stand, piece by piece;
 * @sink (NULL: only count) returns 0 or an error that ends it. @ret receives
 * their number. For what cannot be parsed: no record can be read afterwards.
 */
typedef int (*list_sink)(void *ctx, const void *bytes, size_t len);
int list_rest(struct list *list, list_sink sink, void *ctx, uint64_t *ret,
	      struct error *err);

#endif
