// SPDX-License-Identifier: GPL-2.0-or-later
/* config.c - settings from files, through libeconf */
#include "port/config.h"

#include <errno.h>
#include <grp.h>
#include <libeconf.h>
#include <libeconf_ext.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "port/kernel.h"

#define NAME "shards"
#define SUFFIX "conf"

/* In the place of one: nothing is below it. With NULL for the vendor's,
 * libeconf would read no drop-ins at all. */
#define NO_DIRECTORY "/dev/null"

/* --- one value --- */

static int set_group(const char *text, uint64_t *ret)
{
	struct group group, *found = NULL;
	char buf[16 << 10];

	if (!*text) {
		*ret = (gid_t)-1;
		return E_OK;
	}
	if (!getgrnam_r(text, &group, buf, sizeof(buf), &found) && found) {
		*ret = found->gr_gid;
		return E_OK;
	}
	return number_parse(text, ret) || *ret >= (gid_t)-1 ? E_FORMAT : E_OK;
}

static int set_switch(const char *text, uint64_t *ret)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text))
			continue;
		*ret = i % 2;
		return E_OK;
	}
	return E_FORMAT;
}

static int set_kernel(const char *text, uint64_t *ret)
{
	int kind = kernel_kind_parse(text);

	if (kind < 0)
		return E_FORMAT;
	*ret = (uint64_t)kind;
	return E_OK;
}

static int parse(enum config_type type, const char *text, uint64_t *ret)
{
	switch (type) {
	case CONFIG_TEXT:
	case CONFIG_DIR:
		break;
	case CONFIG_COUNT:
		return number_parse(text, ret);
	case CONFIG_SIZE:
		return size_parse(text, ret);
	case CONFIG_SOME_SIZE:
		return size_parse(text, ret) || !*ret ? E_FORMAT : E_OK;
	case CONFIG_SWITCH:
		return set_switch(text, ret);
	case CONFIG_KERNEL:
		return set_kernel(text, ret);
	case CONFIG_GROUP:
		return set_group(text, ret);
	}
	*ret = 0;
	return E_OK;
}

static const char *wanted(enum config_type type)
{
	static const char *const texts[] = {
		[CONFIG_TEXT] = "a text",
		[CONFIG_DIR] = "an absolute path",
		[CONFIG_COUNT] = "a number",
		[CONFIG_SIZE] = "a size",
		[CONFIG_SOME_SIZE] = "a size above 0",
		[CONFIG_SWITCH] = "yes or no",
		[CONFIG_KERNEL] = "auto, stage, trim or copy",
		[CONFIG_GROUP] = "a group of this host",
	};

	return texts[type];
}

static int bad_value(const struct config_row *row, const char *text,
		     struct error *err)
{
	char shown[128];

	text_escape(shown, sizeof(shown), text, strlen(text));
	return error_set(err, E_USAGE, "%s: '%s' is not %s", row->key, shown,
			 wanted(row->type));
}

int config_set(const struct config_row *row, struct config_value *value,
	       const char *text, const char *from, struct error *err)
{
	struct config_value new = { 0 };

	if (!*text)
		text = row->preset;
	if (parse(row->type, text, &new.number))
		return bad_value(row, text, err);
	new.text = strdup(text);
	new.from = from ? strdup(from) : NULL;
	if (!new.text || (from && !new.from)) {
		free(new.text);
		free(new.from);
		return error_set(err, E_NOMEM, "out of memory");
	}
	free(value->text);
	free(value->from);
	*value = new;
	return E_OK;
}

int config_preset(const struct config_row *rows, struct config_value *values,
		  struct error *err)
{
	int rc = E_OK;

	for (size_t i = 0; rows[i].key && !rc; i++)
		rc = config_set(&rows[i], &values[i], "", NULL, err);
	return rc;
}

void config_free(const struct config_row *rows, struct config_value *values)
{
	for (size_t i = 0; rows[i].key; i++) {
		free(values[i].text);
		free(values[i].from);
		values[i] = (struct config_value){ 0 };
	}
}

/* --- one file --- */

static int set_from_file(const struct config_row *row,
			 struct config_value *value, char *const *lines,
			 const char *from, struct error *err)
{
	if (!lines || !lines[0])
		return error_set(err, E_USAGE, "%s has no value", row->key);
	/* libeconf appends the lines that follow and have no '='. */
	if (lines[1])
		return error_set(err, E_USAGE, "a line without a '='");
	if (row->type == CONFIG_DIR && lines[0][0] && lines[0][0] != '/')
		return bad_value(row, lines[0], err);
	return config_set(row, value, lines[0], from, err);
}

static int unknown_key(const char *section, const char *key,
		       struct error *err)
{
	char shown[128];

	text_escape(shown, sizeof(shown), key, strlen(key));
	if (section)
		return error_set(err, E_USAGE,
				 "'%s' is in a section: there are none here",
				 shown);
	return error_set(err, E_USAGE, "'%s' is not a setting", shown);
}

static int read_key(const struct config_row *rows, struct config_value *values,
		    econf_file *file, const char *section, const char *key,
		    struct error *err)
{
	econf_ext_value *found = NULL;
	char from[ERROR_SUBJECT_MAX];
	size_t i = 0;
	int rc;

	if (econf_getExtValue(file, section, key, &found) || !found)
		return error_set(err, E_NOMEM, "libeconf lost '%s'", key);
	snprintf(from, sizeof(from), "%s:%llu", found->file ? found->file : "",
		 (unsigned long long)found->line_number);
	while (rows[i].key && strcmp(rows[i].key, key))
		i++;
	if (section || !rows[i].key)
		rc = unknown_key(section, key, err);
	else
		rc = set_from_file(&rows[i], &values[i], found->values, from,
				   err);
	if (rc)
		error_subject(err, "%s", from);
	econf_freeExtValue(found);
	return rc;
}

static int read_section(const struct config_row *rows,
			struct config_value *values, econf_file *file,
			const char *section, struct error *err)
{
	char **keys = NULL;
	size_t n = 0;
	int rc = E_OK;

	/* An error here means that there are none. */
	if (econf_getKeys(file, section, &n, &keys))
		return E_OK;
	for (size_t i = 0; i < n && !rc; i++)
		rc = read_key(rows, values, file, section, keys[i], err);
	econf_freeArray(keys);
	return rc;
}

static int read_file(const struct config_row *rows,
		     struct config_value *values, econf_file *file,
		     struct error *err)
{
	char **sections = NULL;
	size_t n = 0;
	int rc = read_section(rows, values, file, NULL, err);

	if (rc || econf_getGroups(file, &n, &sections))
		return rc;
	for (size_t i = 0; i < n && !rc; i++)
		rc = read_section(rows, values, file, sections[i], err);
	econf_freeArray(sections);
	return rc;
}

/* --- all files --- */

static bool can_be_read(const char *path, const void *unused)
{
	(void)unused;
	return access(path, R_OK) == 0;
}

static int not_parsed(econf_err why, struct error *err)
{
	char *file = NULL;
	uint64_t line = 0;

	switch (why) {
	case ECONF_NOMEM:
		return error_set(err, E_NOMEM, "out of memory");
	case ECONF_NOFILE:
	case ECONF_PARSING_CALLBACK_FAILED:
		return error_set(err, E_IO,
				 "the configuration cannot be read");
	default:
		break;
	}
	econf_errLocation(&file, &line);
	error_set(err, E_USAGE, "%s", econf_errString(why));
	if (file && *file)
		error_subject(err, "%s:%llu", file, (unsigned long long)line);
	free(file);
	return E_USAGE;
}

/* Not econf_readDirs(): what it merges has forgotten its file. */
int config_read(const struct config_row *rows, struct config_value *values,
		const char *vendor, const char *etc, struct error *err)
{
	econf_file **files = NULL;
	size_t n = 0;
	econf_err why;
	int rc = E_OK;

	why = econf_readDirsHistoryWithCallback(&files, &n,
						vendor ? vendor : NO_DIRECTORY,
						etc, NAME, SUFFIX, "=", "#",
						can_be_read, NULL);
	if (why == ECONF_NOFILE && !n) {
		free(files);	/* 0.5 has left it there, later ones NULL */
		return E_OK;
	}
	if (why)
		return not_parsed(why, err);
	for (size_t i = 0; i < n; i++) {
		if (!rc)
			rc = read_file(rows, values, files[i], err);
		econf_freeFile(files[i]);
	}
	free(files);
	return rc;
}
