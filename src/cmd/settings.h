/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h - what shards.conf may say, and what is in force
 *
 * Each setting is an option of evmctl snapshot, too: the same name, with '-'
 * for '_', and its value is judged by the same rule.
 */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include "base/error.h"
#include "port/config.h"

enum setting {
	SETTING_SHARD_DIR,
	SETTING_SHARD_SIZE,
	SETTING_SNAPSHOT_RECORDS,
	SETTING_SNAPSHOT_BYTES,
	SETTING_GROUP,
	SETTING_ARCHIVE,
	SETTING_KERNEL,
	SETTING_TCTI,
	SETTING_KEEP,
	SETTING_MIN_FREE,
	SETTING_HOOK_DIR,
	SETTING_HOOK_TIMEOUT,
	SETTING_RETAIN_BYTES,
	SETTING_RETAIN_ONLY_AFTER_HOOK,
	SETTINGS
};

struct settings {
	struct config_value value[SETTINGS];
};

/*
 * The defaults; then the files, of @dir alone, or with NULL of CONFIG_VENDOR
 * and CONFIG_ETC (config_read()); then @given: the command line's values, NULL
 * for those that it does not name, or for all. @s begins as zeros, and is to
 * be freed whatever is returned. E_USAGE, E_IO, E_NOMEM.
 */
int settings_load(struct settings *s, const char *dir,
		  const char *const given[SETTINGS], struct error *err);
void settings_free(struct settings *s);

/* "shard_dir" */
const char *setting_name(enum setting i);

/* The text, or NULL where there is none. */
const char *setting_text(const struct settings *s, enum setting i);

/* "default", "command line" or "FILE:LINE". */
const char *setting_from(const struct settings *s, enum setting i);

#endif
