/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - what a table of unit tests needs
 *
 * A test program is one file that defines unit_tests[], ended by a row of
 * NULLs; main() is in unit.c. It runs all tests, or those named on the
 * command line, says of each "ok - NAME", "not ok - NAME (where and what)" or
 * "skip - NAME (what is missing)", ends with "N passed, N failed, N skipped",
 * and exits with 1 if any failed.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unit_test {
	const char *name;
	void (*fn)(void);
};

extern const struct unit_test unit_tests[];

/*
 * Each CHECK notes a failure and goes on; it is true if all is well, so that
 * "if (!CHECK(p)) return;" keeps what follows from a crash. What was got
 * comes first, then what was wanted. CHECK_STR takes NULL.
 */
#define CHECK(cond) unit_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want) unit_check_int((long long)(got), \
	(long long)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) unit_check_str((got), (want), \
	__FILE__, __LINE__, #got)
#define CHECK_MEM(got, want, n) unit_check_mem((got), (want), (n), \
	__FILE__, __LINE__, #got)

/* Ends the test, returning from the function it stands in: @what is missing. */
#define SKIP(what) do { unit_skip(what); return; } while (0)

/* A label for the rows of a table, shown with each failure until changed. */
void unit_case(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The absolute path of @rel below the shared data (environment SHARED_DATA,
 * else ../shared/data beside the source tree), or below tests/data. To be
 * freed; NULL where there is no such file, a reason to SKIP.
 */
char *unit_shared(const char *rel);
char *unit_data(const char *rel);

/* A whole file, to be freed, never NULL unless it cannot be read. */
uint8_t *unit_read(const char *path, size_t *len);

/* What the macros call. */
bool unit_check(bool ok, const char *file, int line, const char *what);
bool unit_check_int(long long got, long long want, const char *file, int line,
		    const char *what);
bool unit_check_str(const char *got, const char *want, const char *file,
		    int line, const char *what);
bool unit_check_mem(const void *got, const void *want, size_t n,
		    const char *file, int line, const char *what);
void unit_skip(const char *what);

#endif
