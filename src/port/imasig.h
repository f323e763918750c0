/* SPDX-License-Identifier: GPL-2.0-or-later */
/* imasig.h - file signatures in records, through libimaevm */
#ifndef PORT_IMASIG_H
#define PORT_IMASIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/template.h"

#define IMASIG_DEFAULT_KEY "/etc/keys/x509_evm.der"

enum imasig_result {
	IMASIG_GOOD,
	IMASIG_BAD,		/* the key says so, or it is malformed */
	IMASIG_NO_KEY,		/* no key with its id, or not a kind we know */
	IMASIG_RESULTS
};

struct imasig;

/*
 * Read the public keys in the comma-separated list @files (certificates in
 * DER, as evmctl's --key; NULL: IMASIG_DEFAULT_KEY). Returns 0, E_IO with the
 * file that cannot be read, E_NOMEM. imasig_close() takes NULL. libimaevm
 * before 1.5 keeps its keys for the life of the process.
 */
int imasig_open(struct imasig **ret, const char *files, struct error *err);
void imasig_close(struct imasig *ctx);

/*
 * Judge the signature over the digest that the record has, in versions 2 and
 * 3. Nothing is opened: the file a record names is another machine's. An
 * appended signature and EVM's cover what the record does not have, or not in
 * a form that libimaevm takes: IMASIG_NO_KEY.
 */
enum imasig_result imasig_verify(const struct imasig *ctx,
				 const struct template_signature *sig);

#endif
