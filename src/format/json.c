// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c - one JSON object that somebody else wrote, and one of our own */
#include "format/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/base64.h"

/* --- reading --- */

int member_bad(struct error *err, const char *key)
{
	return error_set(err, E_FORMAT, "key '%s' is missing or wrong", key);
}

json_object *member_get(json_object *obj, const char *key, json_type type)
{
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v) ||
	    !json_object_is_type(v, type))
		return NULL;
	return v;
}

int member_number(json_object *obj, const char *key, uint64_t max,
		  uint64_t *ret, struct error *err)
{
	json_object *v = member_get(obj, key, json_type_int);
	int64_t n = v ? json_object_get_int64(v) : -1;

	/* What does not fit, json-c bends to what does. */
	if (n < 0 || (uint64_t)n > max || json_object_get_uint64(v) !=
					  (uint64_t)n)
		return member_bad(err, key);
	*ret = (uint64_t)n;
	return E_OK;
}

int member_u32(json_object *obj, const char *key, uint32_t *ret,
	       struct error *err)
{
	uint64_t n = 0;
	int rc = member_number(obj, key, UINT32_MAX, &n, err);

	if (!rc)
		*ret = (uint32_t)n;
	return rc;
}

int member_text(json_object *obj, const char *key, char *ret, size_t size,
		struct error *err)
{
	json_object *v = member_get(obj, key, json_type_string);
	size_t len;

	if (!v)
		return member_bad(err, key);
	len = (size_t)json_object_get_string_len(v);
	if (len >= size || strlen(json_object_get_string(v)) != len)
		return member_bad(err, key);
	memcpy(ret, json_object_get_string(v), len + 1);
	return E_OK;
}

int json_hex(json_object *v, uint8_t *ret, size_t size)
{
	if (!v || !json_object_is_type(v, json_type_string))
		return E_FORMAT;
	return hex_decode(ret, size, json_object_get_string(v),
			  (size_t)json_object_get_string_len(v));
}

int member_bool(json_object *obj, const char *key, bool *ret,
		struct error *err)
{
	json_object *v;

	if (!json_object_object_get_ex(obj, key, &v))
		return E_OK;
	if (!json_object_is_type(v, json_type_boolean))
		return member_bad(err, key);
	*ret = json_object_get_boolean(v);
	return E_OK;
}

int member_base64(json_object *obj, const char *key, uint8_t *ret,
		  size_t size, size_t *len, struct error *err)
{
	json_object *v = member_get(obj, key, json_type_string);
	int rc = v ? base64_decode(ret, size, len, json_object_get_string(v),
				   (size_t)json_object_get_string_len(v)) :
		     E_FORMAT;

	if (rc == E_NOMEM)
		return error_set(err, rc, "out of memory");
	return rc ? member_bad(err, key) : E_OK;
}

/* Keys of @v and all below it; the tokener has limited the depth.
 * NOLINTNEXTLINE(misc-no-recursion) */
static size_t keys_kept(json_object *v)
{
	size_t n = 0;

	if (json_object_is_type(v, json_type_array))
		for (size_t i = 0; i < json_object_array_length(v); i++)
			n += keys_kept(json_object_array_get_idx(v, i));
	if (!json_object_is_type(v, json_type_object))
		return n;
	json_object_object_foreach(v, key, below) {
		(void)key;
		n += 1 + keys_kept(below);
	}
	return n;
}

/*
 * Keys in well-formed JSON: the strings before a colon. One that has a NUL is
 * not counted.
 */
static size_t keys_written(const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end) {
		bool nul = false;

		if (*s++ != '"')
			continue;
		for (; s < end && *s != '"'; s++) {
			if (*s != '\\')
				continue;
			nul |= end - s > 5 && !memcmp(s, "\\u0000", 6);
			s++;
		}
		do {
			s++;
		} while (s < end && *s && strchr(" \t\r\n", *s));
		n += s < end && *s == ':' && !nul;
	}
	return n;
}

/*
 * Was there no memory? json-c says so since 0.17; before, it gives no value and
 * no error, as it does for the text "null".
 */
static bool is_no_memory(enum json_tokener_error why, const json_object *obj,
			 const uint8_t *bytes, size_t len)
{
#if JSON_C_VERSION_NUM >= (17 << 8)
	if (why == json_tokener_error_memory)
		return true;
#endif
	if (why != json_tokener_success || obj)
		return false;
	while (len && bytes[0] && strchr(" \t\r\n", bytes[0])) {
		bytes++;
		len--;
	}
	return len < 4 || memcmp(bytes, "null", 4);
}

/*
 * Exactly one JSON value, white space around it allowed. Of two equal keys
 * json-c keeps the last, and cuts one at a NUL: readers would differ.
 */
int json_read(const uint8_t *bytes, size_t len, json_object **ret,
	      struct error *err)
{
	json_tokener *tok = json_tokener_new_ex(8);
	enum json_tokener_error why;
	json_object *obj;
	size_t used;

	if (!tok)
		return error_set(err, E_NOMEM, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
				    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	obj = json_tokener_parse_ex(tok, (const char *)bytes, (int)len);
	why = json_tokener_get_error(tok);
	used = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (is_no_memory(why, obj, bytes, len))
		return error_set(err, E_NOMEM, "out of memory");
	if (why != json_tokener_success) {
		error_set(err, E_FORMAT, "not JSON: %s",
			  why == json_tokener_continue ? "ends early" :
			  json_tokener_error_desc(why));
		error_place(err, 0, used);
		return E_FORMAT;
	}
	while (used < len && strchr(" \t\r\n", bytes[used]) && bytes[used])
		used++;
	if (used < len || !json_object_is_type(obj, json_type_object)) {
		json_object_put(obj);
		error_set(err, E_FORMAT, "not one JSON object");
		error_place(err, 0, used);
		return E_FORMAT;
	}
	if (keys_written((const char *)bytes, used) != keys_kept(obj)) {
		json_object_put(obj);
		return error_set(err, E_FORMAT, "a key is there twice, or has a NUL");
	}
	*ret = obj;
	return E_OK;
}

/* --- writing --- */

void put(json_object *obj, const char *key, json_object *v, bool *ok)
{
	if (!obj || !v || json_object_object_add(obj, key, v) < 0) {
		json_object_put(v);
		*ok = false;
	}
}

void put_hex(json_object *obj, const char *key, const uint8_t *bytes,
	     size_t len, bool *ok)
{
	char hex[2 * HASH_SIZE_MAX + 1];

	hex_encode(hex, bytes, len);
	put(obj, key, json_object_new_string(hex), ok);
}

void put_number(json_object *obj, const char *key, uint64_t n, bool *ok)
{
	put(obj, key, json_object_new_int64((int64_t)n), ok);
}

void put_bool(json_object *obj, const char *key, bool value, bool *ok)
{
	put(obj, key, json_object_new_boolean(value), ok);
}

void put_text(json_object *obj, const char *key, const char *text, bool *ok)
{
	if (text)
		put(obj, key, json_object_new_string(text), ok);
	else
		put_null(obj, key, ok);
}

void put_maybe(json_object *obj, const char *key, json_object *v, bool *ok)
{
	if (v)
		put(obj, key, v, ok);
	else
		put_null(obj, key, ok);
}

json_object *put_array(bool *ok)
{
	json_object *array = *ok ? json_object_new_array() : NULL;

	if (!array)
		*ok = false;
	return array;
}

void put_item(json_object *array, json_object *v, bool *ok)
{
	if (!array || !v || json_object_array_add(array, v) < 0) {
		json_object_put(v);
		*ok = false;
	}
}

json_object *put_object(bool *ok)
{
	json_object *obj = *ok ? json_object_new_object() : NULL;

	if (!obj)
		*ok = false;
	return obj;
}

void put_base64(json_object *obj, const char *key, const uint8_t *bytes,
		size_t len, bool *ok)
{
	char *text = malloc(BASE64_ROOM(len));

	if (text)
		base64_encode(text, bytes, len);
	put(obj, key, text ? json_object_new_string(text) : NULL, ok);
	free(text);
}

void put_null(json_object *obj, const char *key, bool *ok)
{
	if (!obj || json_object_object_add(obj, key, NULL) < 0)
		*ok = false;
}

int json_line(json_object *obj, bool ok, char **ret, size_t *len,
	      struct error *err)
{
	const char *text = NULL;
	char *line;
	size_t n = 0;

	if (ok)
		text = json_object_to_json_string_length(
			obj, JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	line = text ? malloc(n + 2) : NULL;
	if (line) {
		memcpy(line, text, n);
		memcpy(line + n, "\n", 2);
	}
	json_object_put(obj);
	if (!line)
		return error_set(err, E_NOMEM, "out of memory");
	*ret = line;
	*len = n + 1;
	return E_OK;
}
