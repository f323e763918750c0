/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h - to be told when a store has a new shard
 *
 * A .json that is renamed into the directory (IN_MOVED_TO) is the commit of
 * one. A directory that is not there yet is waited for by looking again.
 */
#ifndef PORT_WATCH_H
#define PORT_WATCH_H

#include "base/error.h"

struct watch;

/* Returns 0, E_IO, E_NOMEM. watch_free() takes NULL. */
int watch_new(struct watch **ret, const char *dir, struct error *err);
void watch_free(struct watch *w);

/* For poll(): readable when watch_wait() would return at once. */
int watch_fd(const struct watch *w);

/*
 * Return when something may have changed since the last call, a signal came,
 * or @ms milliseconds have passed; -1: never.
 */
void watch_wait(struct watch *w, int ms);

#endif
