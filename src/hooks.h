/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.h - tell an administrator's executables of each shard
 *
 * Each shard, in order, is given to every hook (port/hook.h). Where all of
 * them ended well it is confirmed (confirmed.h); where one did not, the next
 * call begins with this shard again. So a hook sees every shard of a boot at
 * least once, and none before its predecessors.
 *
 * Nothing may be locked, and no list open, when this is called: a fork would
 * keep either.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include <stdint.h>

#include "base/error.h"

#define HOOK_DIR_DEFAULT "/etc/ima/shards.d"

struct hooks_options {
	const char *shard_dir;
	const char *dir;	/* of the hooks */
	unsigned int timeout;	/* seconds for each; 0: none is run */
};

struct hooks_result {
	uint64_t hooks;		/* there are so many; 0: nothing was done */
	uint64_t run;		/* times one was run */
	uint64_t failed;	/* of them; or what is not safe to be run */
	uint64_t confirmed;	/* last record of the last confirmed shard */
};

/* One that failed: records @first to @last are not confirmed. */
typedef void (*hooks_tell)(void *ctx, uint64_t first, uint64_t last,
			   const struct error *why);

/*
 * Whatever hooks do is no error. E_BUSY: another process is at it, and will
 * see the newest shards too, or the next call will. E_IO, also where others
 * can change the directory; E_NOMEM.
 */
int hooks_run(const struct hooks_options *options, hooks_tell tell, void *ctx,
	      struct hooks_result *ret, struct error *err);

#endif
