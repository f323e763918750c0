/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool.h - threads that work ahead of one who takes the results in order
 *
 * Items are numbered as they are added; number N has the slot N % window, in
 * which the caller keeps what goes in and what comes out. One thread, the
 * caller's, adds and takes; while the item that it wants is not done it does
 * others, so that a pool without threads works too.
 *
 *	while there is more, or anything was added and not taken:
 *		while there is more and pool_room():
 *			fill slot pool_slot(), pool_add()
 *		use slot pool_take()
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct pool;

/* Does what is in @slot; called in any thread, for different slots at once. */
typedef void (*pool_work)(void *ctx, size_t slot);

/*
 * @threads beside the caller's, which are started when the second item is
 * added; that fewer can be had is no failure. Returns 0 or E_NOMEM.
 */
int pool_new(struct pool **ret, unsigned int threads, size_t window,
	     pool_work work, void *ctx, struct error *err);

/* Waits for what was begun, drops what was not. Takes NULL. */
void pool_free(struct pool *p);

/* Whether a slot is free, which one is next, and that it was filled. */
bool pool_room(const struct pool *p);
size_t pool_slot(const struct pool *p);
void pool_add(struct pool *p);

/* Whether anything was added and not yet taken. */
bool pool_busy(const struct pool *p);

/*
 * The slot of the oldest item that was not taken, once it is done; it is the
 * caller's until it adds again.
 */
size_t pool_take(struct pool *p);

#endif
