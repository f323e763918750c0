// SPDX-License-Identifier: GPL-2.0-or-later
/* input.c - an input taken apart, and files in memory for it */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	memory_clear();
	fault_begin((uint16_t)(bytes[0] | bytes[1] << 8));
	fuzz_one(bytes + 2, len - 2);
	fault_end();
	return 0;
}

/* Not by the malloc() that may fail. */
struct part part_room(size_t len)
{
	struct part p = { NULL, len };

	if (posix_memalign((void **)&p.bytes, 16, len + 1))
		abort();
	memset(p.bytes, 0, len + 1);
	return p;
}

static struct part part_of(const uint8_t *bytes, size_t len)
{
	struct part p = part_room(len);

	if (len)
		memcpy(p.bytes, bytes, len);
	return p;
}

struct part part_take(const uint8_t **bytes, size_t *len)
{
	size_t skip = *len < 2 ? *len : 2, n = 0;
	struct part p;

	for (size_t i = 0; i < skip; i++)
		n |= (size_t)(*bytes)[i] << 8 * i;
	if (n > *len - skip)
		n = *len - skip;
	p = part_of(*bytes + skip, n);
	*bytes += skip + n;
	*len -= skip + n;
	return p;
}

struct part part_rest(const uint8_t *bytes, size_t len)
{
	return part_of(bytes, len);
}

struct part part_behind(const char *text, const uint8_t *bytes, size_t len)
{
	struct part p = part_room(strlen(text) + len);

	memcpy(p.bytes, text, strlen(text));
	if (len)
		memcpy(p.bytes + strlen(text), bytes, len);
	return p;
}

/* --- files in memory --- */

static char top[100];

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	return ftw->level ? remove(path) : 0;
}

static void remove_top(void)
{
	memory_clear();
	rmdir(top);
}

static void make_top(void)
{
	const char *tmp = access("/dev/shm", W_OK) ? getenv("TMPDIR") :
						     "/dev/shm";

	snprintf(top, sizeof(top), "%s/evmctl-fuzz.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		abort();
	atexit(remove_top);
}

const char *memory_path(const char *rel)
{
	static char paths[8][200];
	static unsigned int next;
	char *path = paths[next++ % 8];

	if (!top[0])
		make_top();
	snprintf(path, sizeof(paths[0]), "%s%s%s", top, *rel ? "/" : "", rel);
	return path;
}

/* Our own descriptors and bytes, which do not fail. */
void memory_file(const char *rel, const struct part *p)
{
	char *path = (char *)(uintptr_t)memory_path(rel);
	FILE *f;

	for (char *at = path + strlen(top) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	f = fopen(path, "w");
	if (!f || fwrite(p->bytes, 1, p->len, f) != p->len || fclose(f) ||
	    chmod(path, 0600))
		abort();
}

void memory_files(const char *dir, const uint8_t *bytes, size_t len)
{
	while (len) {
		struct part name = part_take(&bytes, &len);
		struct part file = part_take(&bytes, &len);
		const char *s = (const char *)name.bytes;
		char path[80];

		snprintf(path, sizeof(path), "%s/%.64s", dir, s);
		if (name.len && name.len <= 64 && strlen(s) == name.len &&
		    !strchr(s, '/') && strcmp(s, ".") && strcmp(s, ".."))
			memory_file(path, &file);
		free(name.bytes);
		free(file.bytes);
	}
}

void memory_clear(void)
{
	if (top[0])
		nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void fuzz_error(const struct error *err)
{
	char line[ERROR_LINE_MAX];

	error_line(err, line, sizeof(line));
	FUZZ_NEVER(strchr(line, '\n') || !error_text(err->code));
}
