// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcrs.c - PCR values by bank and index, and the texts that hold them
 *
 * evmctl, one line for each PCR of one bank:
 *
 *	PCR-10: AA BB CC ...		or PCR-10: aabbcc...
 *
 * tpm2_pcrread, one heading for each bank:
 *
 *	  sha256:
 *	    1 : 0xAABBCC...
 *	    10: 0xAABBCC...
 */
#include "format/pcrs.h"

#include <string.h>

#include "base/text.h"

bool pcr_selection_next(const struct pcr_selection *sel, struct pcr_place *p)
{
	for (; p->bank < sel->count; p->bank++, p->next = 0) {
		while (p->next < PCR_COUNT) {
			unsigned int n = p->next++;

			if (!(sel->bank[p->bank].mask >> n & 1))
				continue;
			p->alg = sel->bank[p->bank].alg;
			p->index = n;
			return true;
		}
	}
	return false;
}

int pcrs_put(struct pcr_values *v, unsigned int id, unsigned int index,
	     const uint8_t *bytes, size_t len, struct error *err)
{
	const struct hash_alg *alg = hash_row(id);
	struct pcr_bank *bank = &v->bank[id];

	if (index >= PCR_COUNT)
		return error_set(err, E_FORMAT, "there is no PCR %u", index);
	if (len != alg->size)
		return error_set(err, E_FORMAT,
				 "a value of bank %s has %zu bytes, not %zu",
				 alg->name, alg->size, len);
	if (bank->mask >> index & 1)
		return error_set(err, E_FORMAT,
				 "the value of %s PCR %u is given twice",
				 alg->name, index);
	memcpy(bank->value[index], bytes, len);
	bank->mask |= 1U << index;
	return E_OK;
}

/* Text: a line is a cursor of its own, from which tokens are taken. */

struct text {
	int id;			/* the bank asked for, or -1 */
	bool heading;		/* a bank has been named */
	int bank;		/* the bank named last, or -1: not ours */
	bool any;		/* a value has been seen */
	struct pcr_values values;
};

static bool take_char(struct cursor *c, char wanted)
{
	uint8_t byte;

	return c->left && *c->at == (uint8_t)wanted && !cursor_u8(c, &byte);
}

static void skip_blanks(struct cursor *c)
{
	/* '\r': the file may have been through another system. */
	while (take_char(c, ' ') || take_char(c, '\t') || take_char(c, '\r'))
		;
}

static bool take_text(struct cursor *c, const char *wanted)
{
	const uint8_t *ignored;
	size_t n = strlen(wanted);

	return c->left >= n && !memcmp(c->at, wanted, n) &&
	       !cursor_bytes(c, n, &ignored);
}

/* One or two digits. */
static bool take_index(struct cursor *c, unsigned int *ret)
{
	unsigned int n = 0, digits = 0;
	uint8_t byte;

	while (digits < 2 && c->left && *c->at >= '0' && *c->at <= '9' &&
	       !cursor_u8(c, &byte)) {
		n = n * 10 + byte - '0';
		digits++;
	}
	*ret = n;
	return digits;
}

/* Pairs of digits up to the end, maybe with blanks between the pairs. */
static bool take_hex(struct cursor *c, uint8_t *out, size_t *ret_len)
{
	const uint8_t *pair;
	size_t n = 0;

	for (skip_blanks(c); c->left; skip_blanks(c), n++)
		if (n == HASH_SIZE_MAX || cursor_bytes(c, 2, &pair) ||
		    hex_decode(out + n, 1, (const char *)pair, 2))
			return false;
	*ret_len = n;
	return true;
}

/* What follows "PCR-". */
static int evmctl_line(struct text *t, struct cursor *c, struct error *err)
{
	uint8_t value[HASH_SIZE_MAX];
	unsigned int index;
	size_t len;

	if (!take_index(c, &index) || !take_char(c, ':') ||
	    !take_hex(c, value, &len))
		return error_set(err, E_FORMAT,
				 "is not of the form PCR-NN: HEX");
	if (t->heading)
		return error_set(err, E_FORMAT,
				 "two forms of PCR values in one file");
	if (t->id < 0)
		return error_set(err, E_USAGE,
				 "does not say which bank the values are of");
	t->any = true;
	return pcrs_put(&t->values, (unsigned int)t->id, index, value, len,
			err);
}

/* "10: 0xHEX" below a heading. */
static int yaml_value(struct text *t, struct cursor *c, struct error *err)
{
	uint8_t value[HASH_SIZE_MAX];
	unsigned int index;
	size_t len;
	bool ok = take_index(c, &index);

	skip_blanks(c);
	ok = ok && take_char(c, ':');
	skip_blanks(c);
	if (!ok || !take_text(c, "0x") || !take_hex(c, value, &len) || !len)
		return error_set(err, E_FORMAT, "is not of the form NN: 0xHEX");
	if (!t->heading)
		return error_set(err, E_FORMAT,
				 "a value before any bank's name");
	if (t->bank < 0)
		return E_OK;
	t->any = true;
	return pcrs_put(&t->values, (unsigned int)t->bank, index, value, len,
			err);
}

/* "sha256:". A TPM may have banks that we know by name only. */
static int yaml_heading(struct text *t, struct cursor *c, struct error *err)
{
	static const char *const foreign[] = { "sha3_256", "sha3_384",
					       "sha3_512" };
	char name[16] = "";
	const uint8_t *word;
	size_t n = 0;
	int id;

	while (n < c->left && c->at[n] != ':')
		n++;
	if (n < sizeof(name) && !cursor_bytes(c, n, &word))
		memcpy(name, word, n);
	if (!take_char(c, ':'))
		return error_set(err, E_FORMAT, "is no PCR value");
	skip_blanks(c);
	if (c->left)
		return error_set(err, E_FORMAT, "is no PCR value");
	id = hash_by_name(name);
	for (size_t i = 0; id < 0; i++) {
		if (i == sizeof(foreign) / sizeof(foreign[0]))
			return error_set(err, E_FORMAT,
					 "names no hash algorithm");
		if (!strcmp(name, foreign[i]))
			break;
	}
	if (t->any && !t->heading)
		return error_set(err, E_FORMAT,
				 "two forms of PCR values in one file");
	t->heading = true;
	t->bank = t->id < 0 || t->id == id ? id : -1;
	return E_OK;
}

static int text_line(struct text *t, struct cursor *c, struct error *err)
{
	skip_blanks(c);
	if (!c->left)
		return E_OK;
	if (take_text(c, "PCR-"))
		return evmctl_line(t, c, err);
	if (*c->at >= '0' && *c->at <= '9')
		return yaml_value(t, c, err);
	return yaml_heading(t, c, err);
}

static int at_line(struct error *err, int code, unsigned long line)
{
	struct error what;

	if (!err)
		return code;
	what = *err;
	return error_set(err, code, "line %lu: %s", line, what.reason);
}

int pcrs_parse_text(const char *text, size_t len, int id,
		    struct pcr_values *ret, struct error *err)
{
	struct cursor c = cursor_over(text, len, false), line;
	struct text t = { .id = id, .bank = -1, .values = *ret };

	for (unsigned long n = 1; c.left; n++) {
		const uint8_t *end = memchr(c.at, '\n', c.left);
		int rc = cursor_child(&c, end ? (size_t)(end - c.at) : c.left,
				      &line);

		if (!rc)
			rc = text_line(&t, &line, err);
		if (rc)
			return at_line(err, rc, n);
		take_char(&c, '\n');
	}
	if (!t.any)
		return error_set(err, E_FORMAT, "holds no PCR value");
	*ret = t.values;
	return E_OK;
}

int pcrs_parse_one(const char *arg, struct pcr_values *ret, struct error *err)
{
	struct cursor c = cursor_over(arg, strlen(arg), false);
	uint8_t value[HASH_SIZE_MAX];
	char name[16] = "";
	size_t n = strcspn(arg, ":"), len;
	unsigned int index;
	const uint8_t *word;
	int id;

	if (n < sizeof(name) && !cursor_bytes(&c, n, &word))
		memcpy(name, word, n);
	id = hash_by_name(name);
	if (id < 0)
		return error_set(err, E_USAGE, "does not begin with a bank's "
				 "name, as in sha256:10=HEX");
	if (!take_char(&c, ':') || !take_index(&c, &index) ||
	    !take_char(&c, '='))
		return error_set(err, E_USAGE,
				 "is not of the form BANK:INDEX=HEX");
	take_text(&c, "0x");
	if (!take_hex(&c, value, &len))
		return error_set(err, E_USAGE, "the value is not hexadecimal, "
				 "or too long");
	if (pcrs_put(ret, (unsigned int)id, index, value, len, err)) {
		if (err)
			err->code = E_USAGE;
		return E_USAGE;
	}
	return E_OK;
}
