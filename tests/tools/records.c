// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * records.c - a list, taken apart into files
 *
 * Usage: records LIST DIR
 *
 * For record N of a list in sha1 layout, little-endian, DIR receives N.ima,
 * the record, and N.data, the bytes that its template digest covers; or no
 * N.data where the record is a violation. The PCRs go to standard output, a
 * line for each record. It shares no code with what it is to test. A record is
 *
 *	u32 pcr, u8 digest[20], u32 length, name, u32 length, data
 *
 * but of the template "ima", digest[20], u32 length, name are the data, and
 * the digest covers digest[20] and the name padded to 256 bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST 20
#define LEGACY_NAME 256

static uint8_t *all;
static size_t size;

static void die(const char *why)
{
	fprintf(stderr, "records: %s\n", why);
	exit(1);
}

/* The @n bytes from @at on, which moves. */
static const uint8_t *take(size_t *at, size_t n)
{
	const uint8_t *p = all + *at;

	if (n > size - *at)
		die("the list ends within a record");
	*at += n;
	return p;
}

static uint32_t take_u32(size_t *at)
{
	const uint8_t *p = take(at, 4);

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static void put(const char *dir, unsigned int n, const char *ending,
		const uint8_t *bytes, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%u.%s", dir, n, ending);
	f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f))
		die("cannot write");
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return !n;
}

static void legacy(const char *dir, unsigned int n, size_t *at, bool write)
{
	uint8_t covered[DIGEST + LEGACY_NAME] = { 0 };
	uint32_t len;

	memcpy(covered, take(at, DIGEST), DIGEST);
	len = take_u32(at);
	if (len > LEGACY_NAME)
		die("a name is too long");
	memcpy(covered + DIGEST, take(at, len), len);
	if (write)
		put(dir, n, "data", covered, sizeof(covered));
}

static void one(const char *dir, unsigned int n, size_t *at)
{
	const size_t start = *at;
	const uint8_t *name, *data;
	uint32_t pcr = take_u32(at), len;
	bool violation = is_zero(take(at, DIGEST), DIGEST);

	len = take_u32(at);
	name = take(at, len);
	if (len == 3 && !memcmp(name, "ima", 3)) {
		legacy(dir, n, at, !violation);
	} else {
		len = take_u32(at);
		data = take(at, len);
		if (!violation)
			put(dir, n, "data", data, len);
	}
	put(dir, n, "ima", all + start, *at - start);
	printf("%u\n", pcr);
}

int main(int argc, char *argv[])
{
	size_t at = 0, room = 0;
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;

	if (!f)
		die("usage: records LIST DIR");
	do {
		room = 2 * room + 65536;
		all = realloc(all, room);
		if (!all)
			die("out of memory");
		size += fread(all + size, 1, room - size, f);
	} while (size == room);
	fclose(f);
	for (unsigned int n = 1; at < size; n++)
		one(argv[2], n, &at);
	free(all);
	return 0;
}
