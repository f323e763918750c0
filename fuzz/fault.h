/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.h - calls of libraries that fail, chosen by the input
 *
 * The linker puts __wrap_X() in the place of each X() that our code calls
 * (ld's --wrap, the names are in fuzz/wraps). The seed is a number N in its
 * lower 9 bits, a kind of call in the next 3 (0: any), and a bit: the Nth call
 * of that kind fails, or with the bit all from there on. N = 0: none.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
	FAULT_ANY, FAULT_MEMORY, FAULT_CRYPTO, FAULT_JSON, FAULT_TPM,
	FAULT_SYSTEM, FAULT_KINDS
};

/* Of the seed, apart: signatures that libcrypto finds valid whatever they are. */
#define FAULT_SIGNATURE 0x8000U

void fault_begin(uint16_t seed);
void fault_end(void);

/* Does this call fail? */
bool fault(enum fault_kind kind);

/* How many calls of that kind there were since fault_begin(). */
unsigned int fault_calls(enum fault_kind kind);

/* Whether one of them failed; FAULT_ANY: of any kind. */
bool fault_failed(enum fault_kind kind);

/* Between begin and end, and the seed has that bit. */
bool fault_forges(void);

/* What a TPM answers with: bytes that stay the caller's. */
void fault_tpm(const uint8_t *bytes, size_t len);

/* The kernel's keyring: two bytes, see keyring.c. */
void fault_keyring(const uint8_t *bytes, size_t len);

#endif
