// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nojson.c - to be preloaded: one call of json-c's fails, for want of memory
 *
 *	LD_PRELOAD=nojson.so JSON_FAILS=N PROGRAM...
 *
 * The Nth call, from 1, of those that make a value or add one to another. At
 * the end how many there were goes to the file that JSON_CALLS names, if any.
 * JSON_READ_FAILS=N is the same for those that read a text.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct json_object;
struct json_tokener;
typedef int json_bool;

static long calls;

static int fails(void)
{
	const char *n = getenv("JSON_FAILS");

	return ++calls == (n ? atol(n) : 0);
}

static int to = -1;

/* A program may have given up opening files when it ends. */
__attribute__((constructor))
static void prepare(void)
{
	const char *path = getenv("JSON_CALLS");

	if (path)
		to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

__attribute__((destructor))
static void tell(void)
{
	if (to >= 0)
		dprintf(to, "%ld\n", calls);
}

static int read_fails(void)
{
	static long reads;
	const char *n = getenv("JSON_READ_FAILS");

	return ++reads == (n ? atol(n) : 0);
}

#define FAULTY_IF(fails, type, failure, name, params, args)			\
type name params;							\
type name params							\
{									\
	static type (*real) params;					\
									\
	if (fails)							\
		return failure;						\
	if (!real)							\
		*(void **)&real = dlsym(RTLD_NEXT, #name);		\
	return real args;						\
}

#define FAULTY(type, failure, name, params, args) \
	FAULTY_IF(fails(), type, failure, name, params, args)

/* As json-c before 0.17 does it: no value, and no error. */
FAULTY_IF(read_fails(), struct json_object *, NULL, json_tokener_parse_ex,
	  (struct json_tokener *t, const char *s, int len), (t, s, len))
FAULTY(struct json_object *, NULL, json_object_new_object, (void), ())
FAULTY(struct json_object *, NULL, json_object_new_array, (void), ())
FAULTY(struct json_object *, NULL, json_object_new_string, (const char *s), (s))
FAULTY(struct json_object *, NULL, json_object_new_boolean, (json_bool b), (b))
FAULTY(struct json_object *, NULL, json_object_new_int, (int32_t n), (n))
FAULTY(struct json_object *, NULL, json_object_new_int64, (int64_t n), (n))
FAULTY(int, -1, json_object_object_add, (struct json_object *o,
	const char *key, struct json_object *v), (o, key, v))
FAULTY(int, -1, json_object_array_add, (struct json_object *a,
	struct json_object *v), (a, v))
FAULTY(const char *, NULL, json_object_to_json_string_length,
	(struct json_object *o, int flags, size_t *len), (o, flags, len))
