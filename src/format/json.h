/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - one JSON object that somebody else wrote, and one of our own
 *
 * json-c's parser, made strict: two readers of the same bytes must not read
 * different things. Every member is asked for by name and type.
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Exactly one JSON object in the @len bytes, white space around it allowed,
 * at most 8 levels deep, no key twice, no NUL in a key. @ret is to be
 * json_object_put(). Returns 0, E_FORMAT, E_NOMEM.
 */
int json_read(const uint8_t *bytes, size_t len, json_object **ret,
	      struct error *err);

/* E_FORMAT: the member is missing, of another type or out of its range. */
int member_bad(struct error *err, const char *key);

/* The member of that type, or NULL. */
json_object *member_get(json_object *obj, const char *key, json_type type);

/* A whole number 0..@max; one of 32 bits. */
int member_number(json_object *obj, const char *key, uint64_t max,
		  uint64_t *ret, struct error *err);
int member_u32(json_object *obj, const char *key, uint32_t *ret,
	       struct error *err);

/* A string that fits @size with its NUL and has no other NUL. */
int member_text(json_object *obj, const char *key, char *ret, size_t size,
		struct error *err);

/* true or false; @ret is left as it is where the member is not there. */
int member_bool(json_object *obj, const char *key, bool *ret,
		struct error *err);

/* At most @size bytes in base64, at least one. */
int member_base64(json_object *obj, const char *key, uint8_t *ret,
		  size_t size, size_t *len, struct error *err);

/* Exactly @size bytes in a string of hexadecimal digits; @v may be NULL. */
int json_hex(json_object *v, uint8_t *ret, size_t size);

/*
 * json-c's constructors return NULL for want of memory, and adding NULL is
 * adding null: put() takes the value over in any case, and clears @ok rather
 * than losing it in silence, also where @obj is NULL already.
 */
void put(json_object *obj, const char *key, json_object *v, bool *ok);
void put_null(json_object *obj, const char *key, bool *ok);
void put_number(json_object *obj, const char *key, uint64_t n, bool *ok);
void put_bool(json_object *obj, const char *key, bool value, bool *ok);
/* null where @text is NULL */
void put_text(json_object *obj, const char *key, const char *text, bool *ok);
/* null where there is no @v, which is no failure by itself */
void put_maybe(json_object *obj, const char *key, json_object *v, bool *ok);
void put_hex(json_object *obj, const char *key, const uint8_t *bytes,
	     size_t len, bool *ok);	/* up to HASH_SIZE_MAX bytes */
void put_base64(json_object *obj, const char *key, const uint8_t *bytes,
		size_t len, bool *ok);
/* An empty one; NULL where @ok is, or becomes, false. */
json_object *put_object(bool *ok);
json_object *put_array(bool *ok);
void put_item(json_object *array, json_object *v, bool *ok);

/*
 * The object as a line of text with its newline, to be free()d by the caller.
 * @obj (which may be NULL, with @ok false) is released. Returns 0 or E_NOMEM.
 */
int json_line(json_object *obj, bool ok, char **ret, size_t *len,
	      struct error *err);

#endif
