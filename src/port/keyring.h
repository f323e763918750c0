/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyring.h - keys of type "user" in the kernel's keyrings (keyring.c), or
 * none in this build (keyring-none.c)
 */
#ifndef PORT_KEYRING_H
#define PORT_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * The payload of the key "%user:NAME", @name being the part behind the colon:
 * looked for as request_key(2) does, in the caller's thread, process, session
 * and user keyrings. @ret is the caller's to free(). Returns 0, E_ABSENT,
 * E_IO, E_NOMEM, E_UNSUPPORTED in a build without libkeyutils.
 */
int keyring_read(const char *name, uint8_t **ret, size_t *len,
		 struct error *err);

/*
 * The number, in decimal, that the key NAME:generation has; and to set it.
 * A key that is not there yet is made in the keyring that links NAME. Returns
 * 0, E_ABSENT, E_FORMAT (no number), E_IO.
 */
int keyring_generation(const char *name, uint64_t *ret, struct error *err);
int keyring_set_generation(const char *name, uint64_t generation,
			   struct error *err);

#endif
