/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keysig.h - file signatures in records, judged by keys in the kernel */
#ifndef PORT_KEYSIG_H
#define PORT_KEYSIG_H

#include "base/error.h"
#include "format/template.h"
#include "port/imasig.h"

struct keysig;

/*
 * Find the keyring @name, as keyctl(1) has it: @s and the other special ones,
 * "%:NAME", "%keyring:NAME", or a number. The process has to possess it (see
 * keyrings(7)): what a keyring that it does not possess would answer depends
 * on whose it is. Returns 0; E_UNDECIDED where there is none, or it is not
 * possessed, or the kernel has no such operation; E_UNSUPPORTED in a build
 * without libkeyutils; E_USAGE, E_NOMEM. keysig_close() takes NULL.
 */
int keysig_open(struct keysig **ret, const char *name, struct error *err);
void keysig_close(struct keysig *ctx);

/*
 * Judge a signature as imasig_verify() does, with the key of its id in the
 * keyring or in one that it links to (KEYCTL_PKEY_VERIFY). Returns 0, or
 * E_UNDECIDED where the kernel does not let us ask: @err names the key and
 * the permission.
 */
int keysig_verify(const struct keysig *ctx,
		  const struct template_signature *sig,
		  enum imasig_result *ret, struct error *err);

#endif
