// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keyring.c - a kernel's keyring that is two bytes of the input
 *
 * The first is what the key "%user:k" is: 0 not there, 1 empty, else "k". The
 * second is the generation that is kept beside it, as a number; 0xff: not
 * there, 0xfe: no number.
 */
#include "fault.h"

#include <stdlib.h>

#include "base/error.h"
#include "port/keyring.h"

static struct {
	uint8_t key, generation;
} ring;

void fault_keyring(const uint8_t *bytes, size_t len)
{
	ring.key = len ? bytes[0] : 0;
	ring.generation = len > 1 ? bytes[1] : 0xff;
}

int __wrap_keyring_read(const char *name, uint8_t **ret, size_t *len,
			struct error *err);
int __wrap_keyring_read(const char *name, uint8_t **ret, size_t *len,
			struct error *err)
{
	uint8_t *key;

	if (fault(FAULT_SYSTEM))
		return error_set(err, E_IO, "key '%s'", name);
	if (!ring.key)
		return error_set(err, E_ABSENT, "no key '%s'", name);
	key = malloc(1);
	if (!key)
		return error_set(err, E_NOMEM, "out of memory");
	*key = 'k';
	*ret = key;
	*len = ring.key > 1;
	return E_OK;
}

int __wrap_keyring_generation(const char *name, uint64_t *ret,
			      struct error *err);
int __wrap_keyring_generation(const char *name, uint64_t *ret,
			      struct error *err)
{
	if (fault(FAULT_SYSTEM))
		return error_set(err, E_IO, "key '%s'", name);
	if (ring.generation == 0xff)
		return error_set(err, E_ABSENT, "no key '%s'", name);
	if (ring.generation == 0xfe)
		return error_set(err, E_FORMAT, "key '%s'", name);
	*ret = ring.generation;
	return E_OK;
}

int __wrap_keyring_set_generation(const char *name, uint64_t generation,
				  struct error *err);
int __wrap_keyring_set_generation(const char *name, uint64_t generation,
				  struct error *err)
{
	(void)generation;
	return fault(FAULT_SYSTEM) ? error_set(err, E_IO, "key '%s'", name) :
	       E_OK;
}
