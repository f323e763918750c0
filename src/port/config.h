/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - settings from files, each with the place it came from
 *
 * Calling sequence: config_preset(), config_read(), config_set() for what the
 * command line says, config_free(). Later ones win.
 */
#ifndef PORT_CONFIG_H
#define PORT_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CONFIG_ETC "/etc/ima"
#define CONFIG_VENDOR "/usr/lib/ima"

/* What a value may be; what its number then is. */
enum config_type {
	CONFIG_TEXT,
	CONFIG_DIR,		/* in a file: absolute */
	CONFIG_COUNT,		/* a number */
	CONFIG_SIZE,		/* bytes, size_parse() */
	CONFIG_SOME_SIZE,	/* the same, but not 0 */
	CONFIG_SWITCH,		/* yes or no: 1 or 0 */
	CONFIG_KERNEL,		/* an enum kernel_kind */
	CONFIG_GROUP,		/* a gid, of a name or number; "": (gid_t)-1 */
};

/* A table of settings ends with a row whose key is NULL. */
struct config_row {
	const char *key;
	enum config_type type;
	const char *preset;	/* the default; "" where there is none */
};

struct config_value {
	char *text;
	char *from;		/* "FILE:LINE", "command line"; NULL: preset */
	uint64_t number;
};

/*
 * Set one. An empty @text stands for the preset. Returns 0, E_NOMEM, or
 * E_USAGE where the type does not allow it; then @value is as it was.
 */
int config_set(const struct config_row *row, struct config_value *value,
	       const char *text, const char *from, struct error *err);

/* All to their presets. @values has as many as @rows, and begins as zeros. */
int config_preset(const struct config_row *rows, struct config_value *values,
		  struct error *err);

/*
 * Read shards.conf and what ends with .conf in shards.conf.d of two
 * directories, @vendor (NULL: none) and @etc. The shards.conf of @etc stands
 * in for the vendor's; then come the vendor's drop-ins, then those of @etc,
 * each in the order of their names. No file at all is no error. Returns 0;
 * E_USAGE for a key that is not in @rows, a bad value or a line that makes no
 * sense, with "FILE:LINE" as the subject; E_IO, E_NOMEM.
 */
int config_read(const struct config_row *rows, struct config_value *values,
		const char *vendor, const char *etc, struct error *err);

void config_free(const struct config_row *rows, struct config_value *values);

#endif
