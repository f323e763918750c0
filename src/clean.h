/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clean.h - shards that are no longer wanted: removed, or archived
 */
#ifndef CLEAN_H
#define CLEAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "snapshot.h"

enum clean_what {
	CLEAN_BOOT,	/* only where their boot is proven to be over */
	CLEAN_ALL,	/* whatever they are of */
};

enum clean_outcome {
	CLEANED_NOTHING,	/* there was none */
	CLEANED,
	CLEAN_SAME_BOOT,	/* kept: they are of this boot */
	CLEAN_UNPROVEN,		/* kept: after a kexec, as far as is known */
};

struct clean_result {
	enum clean_outcome outcome;
	size_t shards;		/* that there were */
	bool this_boot;		/* CLEAN_ALL: they were of this boot */
};

/*
 * Under the store's lock, remove the shards, or move them to the archive of
 * @options. CLEAN_BOOT does early what the next snapshot would do itself
 * (take.h, boot.c): it asks the TPM, and where the shards were taken with one
 * and there is none now, nothing is removed: E_UNDECIDED. No directory is no
 * error. Otherwise as snapshot_take().
 */
int snapshot_clean(const struct snapshot_options *options,
		   enum clean_what what, struct clean_result *ret,
		   struct error *err);

#endif
