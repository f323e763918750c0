// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mklist.c - makes a measurement list of any size, and what it leads to
 *
 * The list goes to standard output, as the kernel would print it (its drawing
 * is in src/format/record.c); the PCR values at its end, as they are for
 * --pcr, to a file of their own. All of it follows from the options and the
 * seed. It shares no code with what it is to test.
 */
#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

#define BANKS 4
#define DIGEST_MAX 64
#define LEGACY_HASHED (20 + 256)
#define LEGACY_NAME_MAX 255
#define RECORD_SIZE_MAX (64UL << 20)

static const struct {
	const char *name, *evp;
	size_t size;
} banks[BANKS] = {
	{ "sha1", "SHA1", 20 },
	{ "sha256", "SHA256", 32 },
	{ "sha384", "SHA384", 48 },
	{ "sha512", "SHA512", 64 },
};

enum template { IMA_NG, IMA_SIG, IMA_BUF, IMA, TEMPLATES, MIXED = TEMPLATES };

static const char *const templates[] = {
	[IMA_NG] = "ima-ng",
	[IMA_SIG] = "ima-sig",
	[IMA_BUF] = "ima-buf",
	[IMA] = "ima",
	[MIXED] = "mixed",
};

struct options {
	uint64_t records, seed, violations;
	uint32_t pcr;
	enum template template;
	size_t digest_size, record_size;
	bool big_endian;
	bool padded[BANKS];
	const char *pcrs_file;
};

static const char help[] =
"Usage: mklist --records N [options] >LIST\n"
"  --records N           how many\n"
"  --template NAME       ima-ng (default), ima-sig, ima-buf, ima or mixed\n"
"  --seed S              another list of the same kind (default 1)\n"
"  --pcr N               the PCR of all records (default 10)\n"
"  --digest-size BYTES   20 (default), 32, 48 or 64: a per-bank list\n"
"  --record-size BYTES   of each record, as far as its template allows\n"
"  --violations K        so many of the records, evenly spread\n"
"  --padded BANK,...     banks extended with the zero-padded SHA-1\n"
"  --big-endian          as a big-endian kernel writes it\n"
"  --pcrs-file FILE      the PCR's final values: lines of BANK:INDEX=HEX\n";

/* --- bytes --- */

struct buffer {
	uint8_t *bytes;
	size_t len, room;
	bool big_endian;
};

static void die(const char *what)
{
	fprintf(stderr, "mklist: %s\n", what);
	exit(1);
}

static uint8_t *grow(struct buffer *b, size_t n)
{
	if (n > b->room - b->len) {
		b->room = 2 * (b->len + n);
		b->bytes = realloc(b->bytes, b->room);
		if (!b->bytes)
			die("out of memory");
	}
	b->len += n;
	return b->bytes + b->len - n;
}

static void put(struct buffer *b, const void *bytes, size_t n)
{
	memcpy(grow(b, n), bytes, n);
}

static void put_u32(struct buffer *b, uint32_t v)
{
	uint8_t *p = grow(b, 4);

	for (unsigned int i = 0; i < 4; i++)
		p[b->big_endian ? 3 - i : i] = (uint8_t)(v >> 8 * i);
}

static uint64_t state;

static uint64_t random64(void)
{
	return random_next(&state);
}

static void put_random(struct buffer *b, size_t n)
{
	uint8_t *p = grow(b, n);

	for (size_t i = 0; i < n; i += 8) {
		uint64_t v = random64();

		memcpy(p + i, &v, n - i < 8 ? n - i : 8);
	}
}

/* --- hashing --- */

static struct {
	EVP_MD_CTX *ctx;
	uint8_t value[DIGEST_MAX];	/* of the PCR */
} bank[BANKS];

static void hash_init(void)
{
	for (int i = 0; i < BANKS; i++) {
		EVP_MD *md = EVP_MD_fetch(NULL, banks[i].evp, NULL);

		bank[i].ctx = EVP_MD_CTX_new();
		if (!md || !bank[i].ctx ||
		    EVP_DigestInit_ex2(bank[i].ctx, md, NULL) != 1)
			die("libcrypto lacks a hash algorithm");
		EVP_MD_free(md);
	}
}

static void hash_free(void)
{
	for (int i = 0; i < BANKS; i++)
		EVP_MD_CTX_free(bank[i].ctx);
}

static void hash(int i, const void *a, size_t a_len, const void *b,
		 size_t b_len, uint8_t *out)
{
	if (EVP_DigestInit_ex2(bank[i].ctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(bank[i].ctx, a, a_len) != 1 ||
	    EVP_DigestUpdate(bank[i].ctx, b, b_len) != 1 ||
	    EVP_DigestFinal_ex(bank[i].ctx, out, NULL) != 1)
		die("libcrypto failed to hash");
}

/* --- a record --- */

struct made {
	enum template template;
	bool first, violation;
	struct buffer name;	/* of the file */
	struct buffer data;	/* the fields */
	struct buffer hashed;	/* IMA: what the digest covers */
	struct buffer record;
	uint8_t digest[BANKS][DIGEST_MAX];
};

static void make_name(struct made *m, uint64_t number)
{
	static const char *const dirs[] = {
		"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/etc/systemd/system",
		"/var/lib/containers/storage/overlay",
	};
	char text[128];
	int n;

	m->name.len = 0;
	if (m->first) {
		put(&m->name, "boot_aggregate", 14);
		return;
	}
	n = snprintf(text, sizeof(text), "%s/%08llx-%llu",
		     dirs[random64() % 4],
		     (unsigned long long)(random64() & 0xffffffff),
		     (unsigned long long)number);
	put(&m->name, text, (size_t)n);
}

/* Lengthen the name to @n bytes, which it may have already. */
static void pad_name(struct made *m, size_t n)
{
	while (m->name.len < n)
		put(&m->name, "padding-", n - m->name.len < 8 ?
		    n - m->name.len : 8);
}

static void put_file_digest(struct made *m, struct buffer *b, size_t n)
{
	if (m->violation)
		memset(grow(b, n), 0, n);
	else
		put_random(b, n);
}

/* Bytes that are wanted beyond the @have there are. */
static size_t missing(const struct options *o, const struct made *m,
		      size_t have)
{
	size_t head = 4 + o->digest_size + 4 + strlen(templates[m->template]);

	if (m->template != IMA)
		head += 4;
	return o->record_size > head + have ? o->record_size - head - have : 0;
}

static void make_legacy(const struct options *o, struct made *m)
{
	size_t more = missing(o, m, 20 + 4 + m->name.len);

	if (m->name.len + more > LEGACY_NAME_MAX)
		more = LEGACY_NAME_MAX - m->name.len;
	pad_name(m, m->name.len + more);
	put_file_digest(m, &m->data, 20);
	put_u32(&m->data, (uint32_t)m->name.len);
	put(&m->data, m->name.bytes, m->name.len);

	m->hashed.len = 0;
	memset(grow(&m->hashed, LEGACY_HASHED), 0, LEGACY_HASHED);
	memcpy(m->hashed.bytes, m->data.bytes, 20);
	memcpy(m->hashed.bytes + 20, m->name.bytes, m->name.len);
}

/* d-ng, n-ng, and for some a field of random bytes. */
static void make_fields(const struct options *o, struct made *m)
{
	bool third = m->template != IMA_NG;
	size_t have = 4 + 8 + 32 + 4 + m->name.len + 1 + (third ? 4 : 0);
	size_t more = missing(o, m, have);

	if (!third)
		pad_name(m, m->name.len + more);
	put_u32(&m->data, 8 + 32);
	put(&m->data, "sha256:", 8);
	put_file_digest(m, &m->data, 32);
	put_u32(&m->data, (uint32_t)m->name.len + 1);
	put(&m->data, m->name.bytes, m->name.len);
	put(&m->data, "", 1);
	if (!third)
		return;
	/* Most files have no signature. */
	if (!o->record_size && (m->template == IMA_BUF || random64() % 8 == 0))
		more = 64 + random64() % 64;
	put_u32(&m->data, (uint32_t)more);
	put_random(&m->data, more);
}

static void make_digests(const struct options *o, struct made *m)
{
	const struct buffer *b = m->template == IMA ? &m->hashed : &m->data;

	for (int i = 0; i < BANKS; i++) {
		if (i && !o->pcrs_file && banks[i].size != o->digest_size)
			continue;
		memset(m->digest[i], 0, DIGEST_MAX);
		if (i && o->padded[i])
			memcpy(m->digest[i], m->digest[0], banks[0].size);
		else
			hash(i, b->bytes, b->len, "", 0, m->digest[i]);
	}
}

static void make_record(const struct options *o, struct made *m)
{
	static const uint8_t zero[DIGEST_MAX];
	const char *name = templates[m->template];
	struct buffer *r = &m->record;

	r->len = 0;
	put_u32(r, o->pcr);
	for (int i = 0; i < BANKS; i++)
		if (banks[i].size == o->digest_size)
			put(r, m->violation ? zero : m->digest[i],
			    banks[i].size);
	put_u32(r, (uint32_t)strlen(name));
	put(r, name, strlen(name));
	if (m->template != IMA)
		put_u32(r, (uint32_t)m->data.len);
	put(r, m->data.bytes, m->data.len);
}

static void extend(const struct options *o, const struct made *m)
{
	uint8_t ff[DIGEST_MAX];

	if (!o->pcrs_file)
		return;
	memset(ff, 0xff, sizeof(ff));
	for (int i = 0; i < BANKS; i++)
		hash(i, bank[i].value, banks[i].size,
		     m->violation ? ff : m->digest[i], banks[i].size,
		     bank[i].value);
}

/* --- the list --- */

/* Is record @i (from 0) one of the violations? The first one never is. */
static bool is_violation(const struct options *o, uint64_t i)
{
	uint64_t n = o->records - 1;

	return i && (i - 1) * o->violations / n != i * o->violations / n;
}

static enum template template_of(const struct options *o, bool first)
{
	enum template t = o->template;

	if (t == MIXED)
		t = (enum template)(random64() % TEMPLATES);
	/* The kernel names its boot_aggregate in no buffer. */
	return first && t == IMA_BUF ? IMA_NG : t;
}

static void make_list(const struct options *o)
{
	struct made m = { .first = true };

	m.data.big_endian = m.record.big_endian = o->big_endian;
	for (uint64_t i = 0; i < o->records; i++) {
		m.first = !i;
		m.violation = is_violation(o, i);
		m.template = template_of(o, m.first);
		m.data.len = 0;
		make_name(&m, i + 1);
		if (m.template == IMA)
			make_legacy(o, &m);
		else
			make_fields(o, &m);
		make_digests(o, &m);
		make_record(o, &m);
		extend(o, &m);
		if (fwrite(m.record.bytes, 1, m.record.len, stdout) !=
		    m.record.len)
			die(strerror(errno));
	}
	free(m.name.bytes);
	free(m.data.bytes);
	free(m.hashed.bytes);
	free(m.record.bytes);
}

static void write_pcrs(const struct options *o)
{
	FILE *f = fopen(o->pcrs_file, "we");

	if (!f)
		die(strerror(errno));
	for (int i = 0; i < BANKS; i++) {
		fprintf(f, "%s:%u=", banks[i].name, o->pcr);
		for (size_t n = 0; n < banks[i].size; n++)
			fprintf(f, "%02x", bank[i].value[n]);
		fputc('\n', f);
	}
	if (ferror(f) | fclose(f))
		die("cannot write the PCR values");
}

/* --- options --- */

static uint64_t number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n > max) {
		fprintf(stderr, "mklist: '%s' is no such number\n", text);
		exit(2);
	}
	return n;
}

static int wrong(const char *what, const char *is)
{
	fprintf(stderr, "mklist: there is no %s '%s'\n", what, is);
	exit(2);
}

static enum template template_by_name(const char *name)
{
	for (int i = 0; i <= MIXED; i++)
		if (!strcmp(templates[i], name))
			return (enum template)i;
	return (enum template)wrong("template", name);
}

static size_t digest_size(const char *text)
{
	for (int i = 0; i < BANKS; i++)
		if (number(text, DIGEST_MAX) == banks[i].size)
			return banks[i].size;
	return (size_t)wrong("digest of size", text);
}

static void set_padded(struct options *o, char *list)
{
	for (char *name; (name = strsep(&list, ",")); ) {
		int i = 0;

		while (i < BANKS && strcmp(banks[i].name, name))
			i++;
		if (i == BANKS)
			wrong("bank", name);
		o->padded[i] = true;
	}
}

enum {
	RECORDS, TEMPLATE, SEED, PCR, DIGEST_SIZE, RECORD_SIZE, VIOLATIONS,
	PADDED, BIG_ENDIAN_LIST, PCRS_FILE, HELP
};

static const struct option longs[] = {
	{ "records", required_argument, NULL, RECORDS },
	{ "template", required_argument, NULL, TEMPLATE },
	{ "seed", required_argument, NULL, SEED },
	{ "pcr", required_argument, NULL, PCR },
	{ "digest-size", required_argument, NULL, DIGEST_SIZE },
	{ "record-size", required_argument, NULL, RECORD_SIZE },
	{ "violations", required_argument, NULL, VIOLATIONS },
	{ "padded", required_argument, NULL, PADDED },
	{ "big-endian", no_argument, NULL, BIG_ENDIAN_LIST },
	{ "pcrs-file", required_argument, NULL, PCRS_FILE },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 }
};

static void take_option(struct options *o, int option)
{
	switch (option) {
	case RECORDS:
		o->records = number(optarg, UINT32_MAX);
		break;
	case TEMPLATE:
		o->template = template_by_name(optarg);
		break;
	case SEED:
		o->seed = number(optarg, UINT64_MAX);
		break;
	case PCR:
		o->pcr = (uint32_t)number(optarg, 23);
		break;
	case DIGEST_SIZE:
		o->digest_size = digest_size(optarg);
		break;
	case RECORD_SIZE:
		o->record_size = (size_t)number(optarg, RECORD_SIZE_MAX);
		break;
	case VIOLATIONS:
		o->violations = number(optarg, UINT32_MAX);
		break;
	case PADDED:
		set_padded(o, optarg);
		break;
	case BIG_ENDIAN_LIST:
		o->big_endian = true;
		break;
	case PCRS_FILE:
		o->pcrs_file = optarg;
		break;
	case HELP:
		fputs(help, stdout);
		exit(0);
	default:
		fputs(help, stderr);
		exit(2);
	}
}

int main(int argc, char *argv[])
{
	struct options o = { .seed = 1, .pcr = 10, .digest_size = 20 };
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
		take_option(&o, option);
	if (optind < argc || !o.records || o.violations >= o.records)
		take_option(&o, '?');
	/* A state of 0 would stay 0. */
	state = random_state(o.seed);
	if (!state)
		state = 1;
	hash_init();
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	make_list(&o);
	if (fflush(stdout))
		die(strerror(errno));
	if (o.pcrs_file)
		write_pcrs(&o);
	hash_free();
	return 0;
}
