// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit.c - what the hash code allows: a list's blocks in a bare loop
 *
 *	limit LIST [BANK...]
 *
 * Counts the blocks that replaying LIST takes, SHA-1 over each record's data
 * and, for each BANK (sha256), over the data and the extend, and puts as many
 * through libcrypto's compression functions. Prints the seconds of processor
 * time that this took. It reads no records while it does.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "port/list.h"

static uint64_t blocks(uint64_t len, unsigned int block)
{
	return (len + 1 + block / 8 + block - 1) / block;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void spend(enum hash_id id, uint64_t n)
{
	static unsigned char block[128];
	static SHA_CTX sha1;
	static SHA256_CTX sha256;
	static SHA512_CTX sha512;

	for (uint64_t i = 0; i < n; i++)
		if (id == HASH_SHA1)
			SHA1_Transform(&sha1, block);
		else if (id == HASH_SHA256)
			SHA256_Transform(&sha256, block);
		else
			SHA512_Transform(&sha512, block);
}

int main(int argc, char *argv[])
{
	uint64_t n[HASH_COUNT] = { 0 };
	unsigned int banks = HASH_BIT(HASH_SHA256);
	struct error err = { 0 };
	struct record rec;
	struct list *list;
	double start;
	int rc;

	if (argc > 2)
		banks = 0;
	for (int i = 2; i < argc; i++)
		banks |= HASH_BIT((unsigned int)hash_by_name(argv[i]));
	if (argc < 2 || list_open(&list, AT_FDCWD, argv[1], argv[1], 0, &err))
		return 2;
	while (!(rc = list_next(list, &rec, &err))) {
		uint64_t len = rec.legacy ? RECORD_SCRATCH : rec.data_len;

		for (unsigned int i = 0; i < HASH_COUNT; i++) {
			unsigned int block = i < HASH_SHA384 ? 64 : 128;

			if (i == HASH_SHA1 || banks & HASH_BIT(i))
				n[i] += blocks(len, block);
			if (banks & HASH_BIT(i))
				n[i] += blocks(2 * hash_row(i)->size, block);
		}
	}
	list_close(list);
	if (rc != LIST_END)
		return 1;
	start = now();
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		spend(i, n[i]);
	printf("%.7f\n", now() - start);
	return 0;
}
