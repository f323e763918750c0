// SPDX-License-Identifier: GPL-2.0-or-later
/* fault.c - calls of libraries that fail, chosen by the input */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/bn.h>
#include <openssl/core.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NTH(seed) ((seed) & 0x1ffU)
#define KIND(seed) ((enum fault_kind)((seed) >> 9 & 7U))
#define FROM_THERE_ON 0x1000U

static struct {
	atomic_bool on, failed[FAULT_KINDS];
	uint16_t seed;
	atomic_uint calls, of[FAULT_KINDS];
} now;

void fault_begin(uint16_t seed)
{
	now.seed = seed;
	now.calls = 0;
	for (unsigned int i = 0; i < FAULT_KINDS; i++) {
		now.of[i] = 0;
		now.failed[i] = false;
	}
	now.on = true;
}

void fault_end(void)
{
	now.on = false;
}

bool fault_forges(void)
{
	return now.on && now.seed & FAULT_SIGNATURE;
}

bool fault_failed(enum fault_kind kind)
{
	return now.failed[kind];
}

unsigned int fault_calls(enum fault_kind kind)
{
	return now.of[kind];
}

bool fault(enum fault_kind kind)
{
	unsigned int n;

	if (!now.on)
		return false;
	now.of[kind]++;
	if (KIND(now.seed) && KIND(now.seed) != kind)
		return false;
	n = ++now.calls;
	if (!NTH(now.seed) || n < NTH(now.seed) ||
	    (n > NTH(now.seed) && !(now.seed & FROM_THERE_ON)))
		return false;
	now.failed[kind] = now.failed[FAULT_ANY] = true;
	return true;
}

#define WRAP(kind, type, bad, name, params, args)			\
	type __real_##name params;					\
	type __wrap_##name params;					\
	type __wrap_##name params					\
	{								\
		return fault(kind) ? (bad) : __real_##name args;	\
	}

static int fail(int code)
{
	errno = code;
	return -1;
}

/* --- memory, threads --- */

#define MEMORY(type, name, params, args) \
	WRAP(FAULT_MEMORY, type, (errno = ENOMEM, NULL), name, params, args)

MEMORY(void *, malloc, (size_t n), (n))
MEMORY(void *, calloc, (size_t n, size_t size), (n, size))
MEMORY(void *, realloc, (void *p, size_t n), (p, n))
MEMORY(char *, strdup, (const char *s), (s))
MEMORY(char *, strndup, (const char *s, size_t n), (s, n))
WRAP(FAULT_MEMORY, int, EAGAIN, pthread_create, (pthread_t *t,
     const pthread_attr_t *attr, void *(*fn)(void *), void *arg),
     (t, attr, fn, arg))

int __wrap_asprintf(char **ret, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	int n;

	/* What it then has is undefined. */
	*ret = (char *)1;
	if (fault(FAULT_MEMORY))
		return fail(ENOMEM);
	va_start(ap, fmt);
	n = vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

/* --- libcrypto --- */

#define CRYPTO(type, bad, name, params, args) \
	WRAP(FAULT_CRYPTO, type, bad, name, params, args)

CRYPTO(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
CRYPTO(EVP_MD *, NULL, EVP_MD_fetch, (OSSL_LIB_CTX *c, const char *name,
	const char *props), (c, name, props))
/* No provider: then our own calls of the hash go the long way. */
CRYPTO(const OSSL_PROVIDER *, NULL, EVP_MD_get0_provider, (const EVP_MD *md),
	(md))
CRYPTO(int, 0, EVP_DigestInit_ex2, (EVP_MD_CTX *c, const EVP_MD *md,
	const OSSL_PARAM *params), (c, md, params))
CRYPTO(int, 0, EVP_DigestUpdate, (EVP_MD_CTX *c, const void *p, size_t n),
	(c, p, n))
CRYPTO(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX *c, unsigned char *p,
	unsigned int *n), (c, p, n))
CRYPTO(int, 0, EVP_MD_CTX_copy_ex, (EVP_MD_CTX *to, const EVP_MD_CTX *from),
	(to, from))
CRYPTO(int, 0, EVP_Q_digest, (OSSL_LIB_CTX *c, const char *name,
	const char *props, const void *p, size_t n, unsigned char *md,
	size_t *len), (c, name, props, p, n, md, len))
CRYPTO(unsigned char *, NULL, EVP_Q_mac, (OSSL_LIB_CTX *c, const char *name,
	const char *props, const char *sub, const OSSL_PARAM *params,
	const void *key, size_t key_len, const unsigned char *p, size_t n,
	unsigned char *out, size_t size, size_t *len),
	(c, name, props, sub, params, key, key_len, p, n, out, size, len))
CRYPTO(int, 0, EVP_DigestVerifyInit_ex, (EVP_MD_CTX *c, EVP_PKEY_CTX **pctx,
	const char *name, OSSL_LIB_CTX *lib, const char *props, EVP_PKEY *key,
	const OSSL_PARAM *params), (c, pctx, name, lib, props, key, params))
CRYPTO(int, 0, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX *c, int pad),
	(c, pad))
CRYPTO(int, 0, EVP_PKEY_CTX_set_rsa_pss_saltlen, (EVP_PKEY_CTX *c, int len),
	(c, len))
CRYPTO(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX *c,
	const char *name, const char *props), (c, name, props))
CRYPTO(int, 0, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX *c), (c))
CRYPTO(int, 0, EVP_PKEY_fromdata, (EVP_PKEY_CTX *c, EVP_PKEY **key,
	int selection, OSSL_PARAM *params), (c, key, selection, params))
CRYPTO(int, 0, EVP_PKEY_get_group_name, (const EVP_PKEY *key, char *name,
	size_t size, size_t *len), (key, name, size, len))
CRYPTO(int, 0, EVP_PKEY_get_int_param, (const EVP_PKEY *key, const char *name,
	int *ret), (key, name, ret))
CRYPTO(int, 0, EVP_PKEY_get_bn_param, (const EVP_PKEY *key, const char *name,
	BIGNUM **ret), (key, name, ret))
CRYPTO(BIGNUM *, NULL, BN_bin2bn, (const unsigned char *p, int n,
	BIGNUM *ret), (p, n, ret))
CRYPTO(BIO *, NULL, BIO_new_mem_buf, (const void *p, int n), (p, n))
CRYPTO(ECDSA_SIG *, NULL, ECDSA_SIG_new, (void), ())
CRYPTO(ECDSA_SIG *, NULL, d2i_ECDSA_SIG, (ECDSA_SIG **sig,
	const unsigned char **p, long n), (sig, p, n))
CRYPTO(int, -1, i2d_ECDSA_SIG, (const ECDSA_SIG *sig, unsigned char **p),
	(sig, p))
CRYPTO(int, -1, i2d_PUBKEY, (const EVP_PKEY *key, unsigned char **p),
	(key, p))
CRYPTO(EVP_PKEY *, NULL, d2i_PUBKEY_ex, (EVP_PKEY **key,
	const unsigned char **p, long n, OSSL_LIB_CTX *c, const char *props),
	(key, p, n, c, props))
CRYPTO(OSSL_PARAM_BLD *, NULL, OSSL_PARAM_BLD_new, (void), ())
CRYPTO(OSSL_PARAM *, NULL, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD *b), (b))
CRYPTO(int, 0, OSSL_PARAM_BLD_push_BN, (OSSL_PARAM_BLD *b, const char *name,
	const BIGNUM *n), (b, name, n))
CRYPTO(int, 0, OSSL_PARAM_BLD_push_uint32, (OSSL_PARAM_BLD *b,
	const char *name, uint32_t n), (b, name, n))
CRYPTO(int, 0, OSSL_PARAM_BLD_push_utf8_string, (OSSL_PARAM_BLD *b,
	const char *name, const char *s, size_t n), (b, name, s, n))
CRYPTO(int, 0, OSSL_PARAM_BLD_push_octet_string, (OSSL_PARAM_BLD *b,
	const char *name, const void *p, size_t n), (b, name, p, n))

int __real_EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t n,
			    const unsigned char *p, size_t len);
int __wrap_EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t n,
			    const unsigned char *p, size_t len);
int __wrap_EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t n,
			    const unsigned char *p, size_t len)
{
	if (fault(FAULT_CRYPTO))
		return -1;
	return fault_forges() ? 1 : __real_EVP_DigestVerify(c, sig, n, p, len);
}

/* --- json-c --- */

#define JSON(type, bad, name, params, args) \
	WRAP(FAULT_JSON, type, bad, name, params, args)

JSON(json_object *, NULL, json_object_new_object, (void), ())
JSON(json_object *, NULL, json_object_new_array, (void), ())
JSON(json_object *, NULL, json_object_new_string, (const char *s), (s))
JSON(json_object *, NULL, json_object_new_boolean, (json_bool b), (b))
JSON(json_object *, NULL, json_object_new_int, (int32_t n), (n))
JSON(json_object *, NULL, json_object_new_int64, (int64_t n), (n))
JSON(int, -1, json_object_object_add, (json_object *o, const char *key,
	json_object *v), (o, key, v))
JSON(int, -1, json_object_array_add, (json_object *o, json_object *v), (o, v))
JSON(const char *, NULL, json_object_to_json_string_length, (json_object *o,
	int flags, size_t *n), (o, flags, n))
JSON(json_tokener *, NULL, json_tokener_new_ex, (int depth), (depth))

/* --- the system --- */

/* The inputs to come want system calls that this one does not. */
bool __wrap_confine(unsigned int also);
bool __wrap_confine(unsigned int also)
{
	(void)also;
	return false;
}

void __wrap_caps_keep(unsigned int keep);
void __wrap_caps_keep(unsigned int keep)
{
	(void)keep;
}

#define SYSTEM(type, code, name, params, args) \
	WRAP(FAULT_SYSTEM, type, fail(code), name, params, args)

SYSTEM(ssize_t, EIO, read, (int fd, void *p, size_t n), (fd, p, n))
SYSTEM(ssize_t, ENOSPC, write, (int fd, const void *p, size_t n), (fd, p, n))
SYSTEM(int, EIO, fsync, (int fd), (fd))
SYSTEM(int, EIO, fstat64, (int fd, struct stat64 *st), (fd, st))
SYSTEM(int, EIO, lstat64, (const char *path, struct stat64 *st), (path, st))
SYSTEM(int, ENOSPC, rename, (const char *from, const char *to), (from, to))
SYSTEM(int, EIO, ftruncate64, (int fd, off64_t n), (fd, n))
SYSTEM(off64_t, EIO, lseek64, (int fd, off64_t n, int from), (fd, n, from))
/* Another process may have it, too. */
SYSTEM(int, now.calls % 2 ? EWOULDBLOCK : ENOLCK, flock, (int fd, int how),
	(fd, how))
SYSTEM(ssize_t, EIO, pread64, (int fd, void *p, size_t n, off64_t at),
	(fd, p, n, at))

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode)
{
	return fault(FAULT_SYSTEM) ? fail(EACCES) :
	       __real_open64(path, flags, mode);
}

int __real_openat64(int fd, const char *path, int flags, ...);
int __wrap_openat64(int fd, const char *path, int flags, mode_t mode);
int __wrap_openat64(int fd, const char *path, int flags, mode_t mode)
{
	return fault(FAULT_SYSTEM) ? fail(EACCES) :
	       __real_openat64(fd, path, flags, mode);
}
