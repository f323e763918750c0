/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tail.h - the kernel's lists, both open at once for a moment, to be read only
 *
 * As long as one reader has a list open, no writer can stage or delete
 * (security/integrity/ima/ima_fs.c): what two such descriptors show belongs
 * together.
 */
#ifndef TAIL_H
#define TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "port/kernel.h"

struct tail {
	int staged, current;	/* -1: there is no such list */
	const char *ima_dir;
};

/* Open them; E_BUSY where a writer is at work. tail_close() always works. */
int tail_open(struct tail *t, const char *ima_dir, enum kernel_kind kind,
	      struct error *err);
void tail_close(struct tail *t);

/* The first bytes of a list: by them it is known to be the same one. */
#define TAIL_HEAD 4096
struct tail_head {
	size_t len;
	uint8_t bytes[TAIL_HEAD];
};
int tail_head(const struct tail *t, bool staged, struct tail_head *ret,
	      struct error *err);
bool tail_same_head(const struct tail_head *a, const struct tail_head *b);

/* Bytes that grow; free() @at. */
struct tail_bytes {
	uint8_t *at;
	size_t len, room;
};
int tail_bytes_add(struct tail_bytes *b, const void *bytes, size_t len,
		   struct error *err);

/*
 * Append what a list has from byte @from on. E_UNDECIDED where @b would exceed
 * @max bytes.
 */
int tail_read(const struct tail *t, bool staged, uint64_t from, size_t max,
	      struct tail_bytes *b, struct error *err);

#endif
