// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - a target's inputs once again, without libFuzzer
 *
 *	fuzz-NAME [-sweep=N] FILE|DIR...
 *
 * With -sweep the inputs in which nothing fails are tried with every kind of
 * call failing, the first to the Nth one, and from there on. Not those that a
 * long run has found, which are named by their SHA-1: these are many.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define INPUT_MAX (1 << 20)

static unsigned int sweep, inputs;

/* The calls that there are, one after another, as the one that fails. */
static void fail_each(uint8_t *bytes, size_t len)
{
	const uint8_t was[2] = { bytes[0], bytes[1] };

	for (unsigned int kind = FAULT_MEMORY; kind < FAULT_KINDS; kind++) {
		LLVMFuzzerTestOneInput(bytes, len);
		for (unsigned int n = fault_calls(kind); n; n--) {
			if (n > sweep)
				n = sweep;
			bytes[0] = (uint8_t)n;
			bytes[1] = (uint8_t)((was[1] & 0x80) | kind << 1 |
					     n >> 8);
			LLVMFuzzerTestOneInput(bytes, len);
			bytes[1] |= 0x10;
			LLVMFuzzerTestOneInput(bytes, len);
		}
		memcpy(bytes, was, 2);
	}
}

static bool was_found(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strlen(name) == 40 &&
	       strspn(name, "0123456789abcdef") == 40;
}

static bool replay_file(const char *path)
{
	FILE *f = fopen(path, "r");
	uint8_t *room = malloc(INPUT_MAX), *bytes = NULL;
	size_t len = f && room ? fread(room, 1, INPUT_MAX, f) : 0;
	bool ok;

	if (f && room)
		bytes = malloc(len ? len : 1);
	ok = bytes;
	if (bytes) {
		memcpy(bytes, room, len);
		LLVMFuzzerTestOneInput(bytes, len);
		if (sweep && !was_found(path) && len >= 2 && !bytes[0] &&
		    !(bytes[1] & 0x7f))
			fail_each(bytes, len);
		inputs++;
	}
	if (f)
		fclose(f);
	free(room);
	free(bytes);
	return ok;
}

static bool replay(const char *path)
{
	struct dirent **entry;
	struct stat st;
	bool ok = !stat(path, &st);
	int n;

	if (!ok || !S_ISDIR(st.st_mode))
		return ok && replay_file(path);
	n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char below[4096];

		snprintf(below, sizeof(below), "%s/%s", path,
			 entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			ok = replay_file(below) && ok;
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return ok && n >= 0;
}

/* A target may have given stdout and stderr away. */
int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		if (sscanf(argv[i], "-sweep=%u", &sweep) == 1)
			continue;
		if (!replay(argv[i])) {
			dprintf(2, "%s: cannot be read\n", argv[i]);
			return 1;
		}
	}
	dprintf(1, "%u inputs replayed\n", inputs);
	return 0;
}
