/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - the one list as files of bytes, whose offsets never change meaning
 *
 * A record of a list has its byte in each form of the list; what is cut off
 * at the front of the kernel's list changes nothing here. An index knows
 * where each shard begins in each form, and every so many records in between.
 *
 * Calling sequence: view_new(), view_open(), view_read(), view_close(),
 * view_free(). All but the first and last may be called by several threads.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/form.h"
#include "stitch.h"

struct view;
struct view_file;

/* Asked while the kernel's list is waited for: no more? */
typedef bool (*view_give_up)(void *ctx);

/* Returns 0, E_NOMEM, E_CRYPTO. Nothing is read yet. view_free(): NULL, too. */
int view_new(struct view **ret, const struct stitch_options *options,
	     struct error *err);
void view_free(struct view *v);

/*
 * Open one form of the list. Waits where a writer holds the kernel's list,
 * until @give_up says so: E_BUSY. Other errors: those of stitch_refresh(),
 * and E_UNSUPPORTED for a bank without an algorithm here.
 */
int view_open(struct view *v, const struct form *form, view_give_up give_up,
	      void *ctx, struct view_file **ret, struct error *err);
void view_close(struct view_file *f);

/*
 * Bytes from @offset on: up to @size, fewer only where an end is near, none at
 * the end. Waits like view_open(), but only at the end. E_CHANGED where the
 * list is not any more the one that was opened; else as above, and
 * what reading a shard may give: E_GAP, E_IO, E_FORMAT, E_INCOMPLETE.
 */
int view_read(struct view_file *f, uint64_t offset, void *buf, size_t size,
	      view_give_up give_up, void *ctx, size_t *got,
	      struct error *err);

/* How many records there were since boot. Waits and fails like view_open(). */
int view_count(struct view *v, view_give_up give_up, void *ctx,
	       uint64_t *ret, struct error *err);

#endif
