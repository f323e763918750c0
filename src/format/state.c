// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * state.c - what a verifier remembers of one machine, as JSON
 *
 *	{"type":"ima_verifier_state","version":1,"generation":3,
 *	 "basis":"quote","ak":"...",
 *	 "clock":{"clock":81234,"reset_count":7,"restart_count":0},
 *	 "boot_id":"...","boot_reset_count":null,
 *	 "record":4096,"bytes":514123,"pcrs":{"sha256":{"10":"..."}},
 *	 "violations":0,"signatures":{"good":3,"bad":0,"no_key":0},
 *	 "first_sha256":"...",
 *	 "covered":{"first":3000,"last":4096,"bytes":131072,"sha256":"...",
 *	 "before":{"first":9,"bytes":372411,"sha256":"..."},
 *	 "last_bytes":120,"last_sha256":"..."},
 *	 "pending":null,"sha256":"..."}
 *
 * Without anything proven "record" is 0, and what follows it up to "covered"
 * is not there. "extend" and "foreign" as in an aggregate, where they apply;
 * "signatures" only where they were judged from record 1 on; and in "covered"
 * "digest_bytes" where the list was not in the sha1 layout.
 * The seal, "sha256" or "hmac_sha256", is over all bytes before its comma.
 */
#include "format/state.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/json.h"
#include "format/parts.h"

static const char type[] = "ima_verifier_state";

static const char *const bases[BASIS_COUNT] = {
	[BASIS_QUOTE] = "quote",
	[BASIS_TPM] = "tpm",
	[BASIS_VALUES] = "values",
};

/* --- the seal --- */

static const char *const seal_heads[] = {
	",\"sha256\":\"", ",\"hmac_sha256\":\"",
};
static const char seal_tail[] = "\"}\n";

static size_t seal_size(bool keyed)
{
	return strlen(seal_heads[keyed]) + 2 * SHA256_SIZE +
	       strlen(seal_tail);
}

static int seal_of(const uint8_t *bytes, size_t len,
		   const struct state_key *key, uint8_t ret[SHA256_SIZE],
		   struct error *err)
{
	int rc;

	if (key)
		rc = digest_hmac_sha256(key->bytes, key->len, bytes, len, ret);
	else
		rc = digest_sha256(bytes, len, ret);
	return rc ? error_set(err, E_CRYPTO, "libcrypto failed to hash") :
		    E_OK;
}

/* The file ends with a seal of that kind; where the sealed bytes end. */
static bool has_seal(const uint8_t *bytes, size_t len, bool keyed,
		     size_t *sealed, uint8_t ret[SHA256_SIZE])
{
	const char *head = seal_heads[keyed];
	size_t size = seal_size(keyed);
	const char *at;

	if (len < size)
		return false;
	*sealed = len - size;
	at = (const char *)bytes + *sealed;
	if (memcmp(at, head, strlen(head)) ||
	    memcmp(at + size - strlen(seal_tail), seal_tail,
		   strlen(seal_tail)))
		return false;
	return !hex_decode(ret, SHA256_SIZE, at + strlen(head),
			   2 * SHA256_SIZE);
}

static int check_seal(const uint8_t *bytes, size_t len,
		      const struct state_key *key, struct error *err)
{
	uint8_t has[SHA256_SIZE], want[SHA256_SIZE];
	size_t sealed;
	int rc;

	if (has_seal(bytes, len, !key, &sealed, has))
		return key ? error_set(err, E_CHANGED,
				       "is not sealed with a key") :
			     error_set(err, E_USAGE,
				       "is sealed with a key: name it with --state-key");
	if (!has_seal(bytes, len, key, &sealed, has))
		return error_set(err, E_FORMAT, "damaged: no seal at its end");
	rc = seal_of(bytes, sealed, key, want, err);
	if (rc || !CRYPTO_memcmp(has, want, SHA256_SIZE))
		return rc;
	return key ? error_set(err, E_CHANGED,
			       "not what was sealed with this key") :
		     error_set(err, E_FORMAT,
			       "damaged: not what its digest says");
}

/* --- reading --- */

static int get_sha256(json_object *obj, const char *key,
		      uint8_t ret[SHA256_SIZE], struct error *err)
{
	json_object *v = member_get(obj, key, json_type_string);

	return json_hex(v, ret, SHA256_SIZE) ? member_bad(err, key) : E_OK;
}

static int get_clock(json_object *obj, struct state_clock *ret,
		     struct error *err)
{
	json_object *clock = member_get(obj, "clock", json_type_object);
	int rc;

	if (!clock)
		return member_bad(err, "clock");
	rc = member_number(clock, "clock", INT64_MAX, &ret->clock, err);
	if (!rc)
		rc = member_u32(clock, "reset_count", &ret->reset_count, err);
	if (!rc)
		rc = member_u32(clock, "restart_count", &ret->restart_count,
				err);
	return rc;
}

/* A member that has to be there, and may be null. */
static int is_null(json_object *obj, const char *key, bool *ret,
		   struct error *err)
{
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v))
		return member_bad(err, key);
	*ret = !v;
	return E_OK;
}

static int get_boot(json_object *obj, struct state_boot *ret,
		    struct error *err)
{
	bool none = false;
	int rc = is_null(obj, "boot_id", &none, err);

	if (!rc && !none)
		rc = member_text(obj, "boot_id", ret->boot_id,
				 sizeof(ret->boot_id), err);
	if (!rc)
		rc = is_null(obj, "boot_reset_count", &none, err);
	if (rc || none)
		return rc;
	ret->has_reset_count = true;
	return member_u32(obj, "boot_reset_count", &ret->reset_count, err);
}

static int get_basis(json_object *obj, struct state_proven *ret,
		     struct error *err)
{
	uint8_t ak[SHA256_SIZE];
	char name[16] = "";
	int rc = member_text(obj, "basis", name, sizeof(name), err);

	while (!rc && ret->basis < BASIS_COUNT &&
	       strcmp(name, bases[ret->basis]))
		ret->basis++;
	if (!rc && ret->basis == BASIS_COUNT)
		return member_bad(err, "basis");
	if (!rc && ret->basis == BASIS_QUOTE) {
		rc = get_sha256(obj, "ak", ak, err);
		if (!rc)
			hex_encode(ret->ak, ak, SHA256_SIZE);
	}
	if (!rc && ret->basis != BASIS_VALUES)
		rc = get_clock(obj, &ret->clock, err);
	return rc;
}

/* "before" need not be there. */
static int get_before(json_object *obj, struct state_covered *ret,
		      struct error *err)
{
	json_object *b = member_get(obj, "before", json_type_object);
	int rc;

	if (!b)
		return E_OK;
	rc = member_number(b, "first", RECORD_NUMBER_MAX, &ret->before_first,
			   err);
	if (!rc)
		rc = member_number(b, "bytes", INT64_MAX, &ret->before_bytes,
				   err);
	if (!rc)
		rc = get_sha256(b, "sha256", ret->before_sha256, err);
	if (!rc && (!ret->before_first || ret->before_first >= ret->first ||
		    !ret->before_bytes))
		return member_bad(err, "before");
	return rc;
}

/* "digest_bytes" need not be there: it is then that of the sha1 layout. */
static int get_digest_size(json_object *obj, struct state_covered *ret,
			   struct error *err)
{
	uint64_t n = hash_row(HASH_SHA1)->size;
	json_object *v;
	int rc = E_OK;

	if (json_object_object_get_ex(obj, "digest_bytes", &v))
		rc = member_number(obj, "digest_bytes", HASH_SIZE_MAX, &n,
				   err);
	ret->digest_size = (uint8_t)n;
	return rc;
}

static int get_covered(json_object *obj, const struct state_proven *proven,
		       struct state_covered *ret, struct error *err)
{
	json_object *c = member_get(obj, "covered", json_type_object);
	int rc;

	if (!c)
		return member_bad(err, "covered");
	rc = member_number(c, "first", RECORD_NUMBER_MAX, &ret->first, err);
	if (!rc)
		rc = member_number(c, "last", RECORD_NUMBER_MAX, &ret->last,
				   err);
	if (!rc)
		rc = member_number(c, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc)
		rc = get_sha256(c, "sha256", ret->sha256, err);
	if (!rc)
		rc = get_before(c, ret, err);
	if (!rc)
		rc = get_digest_size(c, ret, err);
	if (!rc)
		rc = member_number(c, "last_bytes", INT64_MAX,
				   &ret->last_bytes, err);
	if (!rc)
		rc = get_sha256(c, "last_sha256", ret->last_sha256, err);
	if (!rc && (!ret->first || ret->first > ret->last ||
		    ret->last != proven->record ||
		    ret->last_bytes > ret->bytes ||
		    ret->bytes > proven->bytes ||
		    ret->before_bytes > proven->bytes - ret->bytes))
		return member_bad(err, "covered");
	return rc;
}

/* "signatures" need not be there. */
static int get_signatures(json_object *obj, struct state_signatures *ret,
			  struct error *err)
{
	json_object *s;
	int rc;

	if (!json_object_object_get_ex(obj, "signatures", &s))
		return E_OK;
	if (!json_object_is_type(s, json_type_object))
		return member_bad(err, "signatures");
	ret->judged = true;
	rc = member_number(s, "good", RECORD_NUMBER_MAX, &ret->good, err);
	if (!rc)
		rc = member_number(s, "bad", RECORD_NUMBER_MAX, &ret->bad,
				   err);
	if (!rc)
		rc = member_number(s, "no_key", RECORD_NUMBER_MAX,
				   &ret->no_key, err);
	return rc;
}

static int get_proven(json_object *obj, struct state_proven *ret,
		      struct error *err)
{
	int rc = member_number(obj, "record", RECORD_NUMBER_MAX, &ret->record,
			       err);

	if (rc || !ret->record)
		return rc;
	rc = get_basis(obj, ret, err);
	if (!rc)
		rc = get_boot(obj, &ret->boot, err);
	if (!rc)
		rc = member_number(obj, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc)
		rc = member_pcrs(obj, "pcrs", &ret->pcrs, err);
	if (!rc)
		rc = member_extend(obj, &ret->padded, err);
	if (!rc)
		rc = member_foreign(obj, &ret->foreign, err);
	if (!rc)
		rc = member_number(obj, "violations", RECORD_NUMBER_MAX,
				   &ret->violations, err);
	if (!rc)
		rc = get_signatures(obj, &ret->signatures, err);
	if (!rc)
		rc = get_sha256(obj, "first_sha256", ret->first_sha256, err);
	if (!rc)
		rc = get_covered(obj, ret, &ret->covered, err);
	return rc;
}

static int get_pending(json_object *obj, const struct state_proven *proven,
		       struct state_pending *ret, struct error *err)
{
	bool none = false;
	json_object *p;
	int rc = is_null(obj, "pending", &none, err);

	if (rc || none)
		return rc;
	p = member_get(obj, "pending", json_type_object);
	if (!p)
		return member_bad(err, "pending");
	ret->present = true;
	rc = member_number(p, "first", RECORD_NUMBER_MAX, &ret->first, err);
	if (!rc)
		rc = member_number(p, "last", RECORD_NUMBER_MAX, &ret->last,
				   err);
	if (!rc)
		rc = member_number(p, "bytes", INT64_MAX, &ret->bytes, err);
	if (!rc)
		rc = member_number(p, "remaining_records", RECORD_NUMBER_MAX,
				   &ret->remaining_records, err);
	if (!rc)
		rc = member_number(p, "remaining_bytes", INT64_MAX,
				   &ret->remaining_bytes, err);
	if (!rc)
		rc = get_boot(p, &ret->boot, err);
	if (!rc)
		rc = member_bool(p, "new_boot", &ret->new_boot, err);
	if (!rc && ret->new_boot)
		rc = get_clock(p, &ret->clock, err);
	if (!rc && (ret->first != (ret->new_boot ? 1 : proven->record + 1) ||
		    ret->last < ret->first - 1 || (ret->new_boot &&
						   !proven->record)))
		return member_bad(err, "pending");
	return rc;
}

int state_parse(const uint8_t *bytes, size_t len, const struct state_key *key,
		struct state *ret, struct error *err)
{
	struct state *s = calloc(1, sizeof(*s));
	json_object *obj = NULL;
	int rc;

	if (!s)
		return error_set(err, E_NOMEM, "out of memory");
	if (len > STATE_MAX)
		rc = error_set(err, E_LIMIT, "over %u bytes", STATE_MAX);
	else
		rc = check_seal(bytes, len, key, err);
	if (!rc)
		rc = json_read(bytes, len, &obj, err);
	if (!rc)
		rc = member_type(obj, type, err);
	if (!rc)
		rc = member_number(obj, "generation", INT64_MAX,
				   &s->generation, err);
	if (!rc)
		rc = get_proven(obj, &s->proven, err);
	if (!rc)
		rc = get_pending(obj, &s->proven, &s->pending, err);
	if (!rc)
		*ret = *s;
	json_object_put(obj);
	free(s);
	return rc;
}

/* --- writing --- */

static void put_clock(json_object *obj, const struct state_clock *c, bool *ok)
{
	json_object *clock = put_object(ok);

	if (!*ok)
		return;
	put_number(clock, "clock", c->clock, ok);
	put_number(clock, "reset_count", c->reset_count, ok);
	put_number(clock, "restart_count", c->restart_count, ok);
	put(obj, "clock", clock, ok);
}

static void put_boot(json_object *obj, const struct state_boot *b, bool *ok)
{
	if (b->boot_id[0])
		put_text(obj, "boot_id", b->boot_id, ok);
	else
		put_null(obj, "boot_id", ok);
	if (b->has_reset_count)
		put_number(obj, "boot_reset_count", b->reset_count, ok);
	else
		put_null(obj, "boot_reset_count", ok);
}

static void put_before(json_object *obj, const struct state_covered *c,
		       bool *ok)
{
	json_object *before = put_object(ok);

	if (!*ok)
		return;
	put_number(before, "first", c->before_first, ok);
	put_number(before, "bytes", c->before_bytes, ok);
	put_hex(before, "sha256", c->before_sha256, SHA256_SIZE, ok);
	put(obj, "before", before, ok);
}

static void put_covered(json_object *obj, const struct state_covered *c,
			bool *ok)
{
	json_object *covered = put_object(ok);

	if (!*ok)
		return;
	put_number(covered, "first", c->first, ok);
	put_number(covered, "last", c->last, ok);
	put_number(covered, "bytes", c->bytes, ok);
	put_hex(covered, "sha256", c->sha256, SHA256_SIZE, ok);
	if (c->before_bytes)
		put_before(covered, c, ok);
	if (c->digest_size != hash_row(HASH_SHA1)->size)
		put_number(covered, "digest_bytes", c->digest_size, ok);
	put_number(covered, "last_bytes", c->last_bytes, ok);
	put_hex(covered, "last_sha256", c->last_sha256, SHA256_SIZE, ok);
	put(obj, "covered", covered, ok);
}

static void put_signatures(json_object *obj, const struct state_signatures *s,
			   bool *ok)
{
	json_object *counts = put_object(ok);

	if (!*ok)
		return;
	put_number(counts, "good", s->good, ok);
	put_number(counts, "bad", s->bad, ok);
	put_number(counts, "no_key", s->no_key, ok);
	put(obj, "signatures", counts, ok);
}

static void put_proven(json_object *obj, const struct state_proven *p,
		       bool *ok)
{
	if (p->record) {
		put_text(obj, "basis", bases[p->basis], ok);
		if (p->basis == BASIS_QUOTE)
			put_text(obj, "ak", p->ak, ok);
		if (p->basis != BASIS_VALUES)
			put_clock(obj, &p->clock, ok);
		put_boot(obj, &p->boot, ok);
	}
	put_number(obj, "record", p->record, ok);
	if (!p->record)
		return;
	put_number(obj, "bytes", p->bytes, ok);
	put(obj, "pcrs", pcrs_object(&p->pcrs, ok), ok);
	if (p->padded)
		put_extend(obj, p->padded, ok);
	if (p->foreign)
		put_foreign(obj, p->foreign, ok);
	put_number(obj, "violations", p->violations, ok);
	if (p->signatures.judged)
		put_signatures(obj, &p->signatures, ok);
	put_hex(obj, "first_sha256", p->first_sha256, SHA256_SIZE, ok);
	put_covered(obj, &p->covered, ok);
}

static void put_pending(json_object *obj, const struct state_pending *p,
			bool *ok)
{
	json_object *pending;

	if (!p->present) {
		put_null(obj, "pending", ok);
		return;
	}
	pending = put_object(ok);
	if (!*ok)
		return;
	put_number(pending, "first", p->first, ok);
	put_number(pending, "last", p->last, ok);
	put_number(pending, "bytes", p->bytes, ok);
	put_number(pending, "remaining_records", p->remaining_records, ok);
	put_number(pending, "remaining_bytes", p->remaining_bytes, ok);
	put_boot(pending, &p->boot, ok);
	if (p->new_boot) {
		put(pending, "new_boot", json_object_new_boolean(true), ok);
		put_clock(pending, &p->clock, ok);
	}
	put(obj, "pending", pending, ok);
}

static void put_state(json_object *obj, const struct state *state, bool *ok)
{
	put_text(obj, "type", type, ok);
	put_number(obj, "version", 1, ok);
	put_number(obj, "generation", state->generation, ok);
	put_proven(obj, &state->proven, ok);
	put_pending(obj, &state->pending, ok);
}

/* In the place of the closing brace and the newline of @line. */
static int add_seal(char *line, size_t len, const struct state_key *key,
		    char **ret, size_t *ret_len, struct error *err)
{
	const char *head = seal_heads[key != NULL];
	uint8_t seal[SHA256_SIZE];
	size_t sealed = len - 2;
	char *text, *at;
	int rc = seal_of((uint8_t *)line, sealed, key, seal, err);

	if (rc)
		return rc;
	text = realloc(line, sealed + seal_size(key) + 1);
	if (!text)
		return error_set(err, E_NOMEM, "out of memory");
	at = text + sealed;
	memcpy(at, head, strlen(head));
	at += strlen(head);
	hex_encode(at, seal, SHA256_SIZE);
	memcpy(at + 2 * SHA256_SIZE, seal_tail, sizeof(seal_tail));
	*ret = text;
	*ret_len = sealed + seal_size(key);
	return E_OK;
}

int state_write(const struct state *state, const struct state_key *key,
		char **ret, size_t *len, struct error *err)
{
	bool ok = true;
	json_object *obj = put_object(&ok);
	char *line = NULL;
	size_t n = 0;
	int rc;

	if (ok)
		put_state(obj, state, &ok);
	rc = json_line(obj, ok, &line, &n, err);
	if (!rc)
		rc = add_seal(line, n, key, ret, len, err);
	if (rc)
		free(line);
	return rc;
}
