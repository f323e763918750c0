// SPDX-License-Identifier: GPL-2.0-or-later
/* settings.c - what shards.conf may say, and what is in force */
#include "cmd/settings.h"

#include "hooks.h"
#include "shards.h"

#define COMMAND_LINE "command line"

/* examples/shards.conf explains them to the user. */
static const struct config_row rows[SETTINGS + 1] = {
	[SETTING_SHARD_DIR] = { "shard_dir", CONFIG_DIR, STORE_DEFAULT_DIR },
	[SETTING_SHARD_SIZE] = { "shard_size", CONFIG_SOME_SIZE, "1M" },
	[SETTING_SNAPSHOT_RECORDS] = { "snapshot_records", CONFIG_COUNT, "0" },
	[SETTING_SNAPSHOT_BYTES] = { "snapshot_bytes", CONFIG_SIZE, "0" },
	[SETTING_GROUP] = { "group", CONFIG_GROUP, "" },
	[SETTING_ARCHIVE] = { "archive", CONFIG_DIR, "" },
	[SETTING_KERNEL] = { "kernel", CONFIG_KERNEL, "auto" },
	[SETTING_TCTI] = { "tcti", CONFIG_TEXT, "" },
	[SETTING_KEEP] = { "keep", CONFIG_SWITCH, "no" },
	[SETTING_MIN_FREE] = { "min_free", CONFIG_SIZE, "0" },
	[SETTING_HOOK_DIR] = { "hook_dir", CONFIG_DIR, HOOK_DIR_DEFAULT },
	[SETTING_HOOK_TIMEOUT] = { "hook_timeout", CONFIG_COUNT, "60" },
	[SETTING_RETAIN_BYTES] = { "retain_bytes", CONFIG_SIZE, "0" },
	[SETTING_RETAIN_ONLY_AFTER_HOOK] = { "retain_only_after_hook",
		CONFIG_SWITCH, "no" },
};

int settings_load(struct settings *s, const char *dir,
		  const char *const given[SETTINGS], struct error *err)
{
	int rc = config_preset(rows, s->value, err);

	if (!rc)
		rc = config_read(rows, s->value, dir ? NULL : CONFIG_VENDOR,
				 dir ? dir : CONFIG_ETC, err);
	for (int i = 0; given && i < SETTINGS && !rc; i++)
		if (given[i])
			rc = config_set(&rows[i], &s->value[i], given[i],
					COMMAND_LINE, err);
	/* What a file says wrong has its own place. */
	if (rc == E_USAGE)
		error_subject(err, "%s", COMMAND_LINE);
	return rc;
}

void settings_free(struct settings *s)
{
	config_free(rows, s->value);
}

const char *setting_name(enum setting i)
{
	return rows[i].key;
}

const char *setting_text(const struct settings *s, enum setting i)
{
	return s->value[i].text[0] ? s->value[i].text : NULL;
}

const char *setting_from(const struct settings *s, enum setting i)
{
	return s->value[i].from ? s->value[i].from : "default";
}
