// SPDX-License-Identifier: GPL-2.0-or-later
/* unit.c - runs a table of unit tests, and counts */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 48		/* bytes of a value, in a message */

/* The test that runs now. */
static struct {
	unsigned int failed;	/* CHECKs */
	char first[1024];	/* the first of them, in words */
	char label[256];	/* of unit_case() */
	const char *missing;	/* of SKIP() */
} now;

void unit_case(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(now.label, sizeof(now.label), fmt, ap);
	va_end(ap);
}

void unit_skip(const char *what)
{
	now.missing = what;
}

__attribute__((format(printf, 4, 5)))
static bool failure(const char *file, int line, const char *what,
		    const char *fmt, ...)
{
	char values[512], all[sizeof(now.first)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(values, sizeof(values), fmt, ap);
	va_end(ap);
	snprintf(all, sizeof(all), "%s:%d: %s%s%s: %s", file, line,
		 now.label, now.label[0] ? ": " : "", what, values);
	if (now.failed++)
		printf("# %s\n", all);
	else
		memcpy(now.first, all, sizeof(all));
	return false;
}

bool unit_check(bool ok, const char *file, int line, const char *what)
{
	return ok || failure(file, line, what, "does not hold");
}

bool unit_check_int(long long got, long long want, const char *file, int line,
		    const char *what)
{
	return got == want ||
	       failure(file, line, what, "got %lld, want %lld", got, want);
}

bool unit_check_str(const char *got, const char *want, const char *file,
		    int line, const char *what)
{
	if (got && want ? !strcmp(got, want) : got == want)
		return true;
	return failure(file, line, what, "got \"%.200s\", want \"%.200s\"",
		       got ? got : "(null)", want ? want : "(null)");
}

static void show(char out[2 * SHOWN_MAX + 4], const uint8_t *bytes, size_t n)
{
	size_t shown = n < SHOWN_MAX ? n : SHOWN_MAX;

	for (size_t i = 0; i < shown; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	snprintf(out + 2 * shown, 4, "%s", shown < n ? "..." : "");
}

bool unit_check_mem(const void *got, const void *want, size_t n,
		    const char *file, int line, const char *what)
{
	char a[2 * SHOWN_MAX + 4], b[2 * SHOWN_MAX + 4];
	const uint8_t *p = got, *q = want;
	size_t at = 0;

	while (at < n && p[at] == q[at])
		at++;
	if (at == n)
		return true;
	show(a, p + at, n - at);
	show(b, q + at, n - at);
	return failure(file, line, what, "at byte %zu got %s, want %s", at,
		       a, b);
}

/* @top/@middle/@rel as an absolute path, if it is there. */
static char *path_of(const char *top, const char *middle, const char *rel)
{
	char *path, *real;

	if (asprintf(&path, "%s%s/%s", top, middle, rel) < 0)
		return NULL;
	real = realpath(path, NULL);
	free(path);
	return real;
}

static const char *top_srcdir(void)
{
	const char *top = getenv("TOP_SRCDIR");

	return top && *top ? top : UNIT_TOP_SRCDIR;
}

char *unit_shared(const char *rel)
{
	const char *shared = getenv("SHARED_DATA");

	if (shared && *shared)
		return path_of(shared, "", rel);
	return path_of(top_srcdir(), "/../shared/data", rel);
}

char *unit_data(const char *rel)
{
	return path_of(top_srcdir(), "/tests/data", rel);
}

uint8_t *unit_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	size_t room = 4096, have = 0;
	uint8_t *bytes = NULL, *more;

	if (!f)
		return NULL;
	do {
		room *= 2;
		more = realloc(bytes, room);
		if (!more)
			goto out_err;
		bytes = more;
		have += fread(bytes + have, 1, room - have, f);
	} while (have == room);
	if (ferror(f))
		goto out_err;
	fclose(f);
	*len = have;
	return bytes;

out_err:
	free(bytes);
	fclose(f);
	return NULL;
}

struct counts {
	unsigned int passed, failed, skipped;
};

static void run(const struct unit_test *test, struct counts *counts)
{
	memset(&now, 0, sizeof(now));
	test->fn();
	if (now.failed) {
		counts->failed++;
		printf("not ok - %s (%s)\n", test->name, now.first);
	} else if (now.missing) {
		counts->skipped++;
		printf("skip - %s (%s)\n", test->name, now.missing);
	} else {
		counts->passed++;
		printf("ok - %s\n", test->name);
	}
	fflush(stdout);
}

static void run_named(const char *name, struct counts *counts)
{
	for (const struct unit_test *t = unit_tests; t->name; t++) {
		if (!strcmp(t->name, name)) {
			run(t, counts);
			return;
		}
	}
	counts->failed++;
	printf("not ok - %s (there is no such test)\n", name);
}

int main(int argc, char *argv[])
{
	struct counts counts = { 0 };

	for (int i = 1; i < argc; i++)
		run_named(argv[i], &counts);
	for (const struct unit_test *t = unit_tests; argc < 2 && t->name; t++)
		run(t, &counts);
	printf("%u passed, %u failed, %u skipped\n", counts.passed,
	       counts.failed, counts.skipped);
	return counts.failed ? 1 : 0;
}
