/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * random.h - numbers that are the same at every run: xorshift64*
 *
 * Its products are meant to wrap, which clang's sanitizer is told.
 */
#ifndef TOOLS_RANDOM_H
#define TOOLS_RANDOM_H

#include <stdint.h>

#ifdef __clang__
#define RANDOM_WRAPS __attribute__((no_sanitize("unsigned-integer-overflow")))
#else
#define RANDOM_WRAPS
#endif

/* The next number behind *@state, which is not 0 and moves on. */
RANDOM_WRAPS
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* A state for each @seed, small ones too. */
RANDOM_WRAPS
static inline uint64_t random_state(uint64_t seed)
{
	return seed * 0x9e3779b97f4a7c15ULL ^ 0x5851f42d4c957f2dULL;
}

#endif
