// SPDX-License-Identifier: GPL-2.0-or-later
/* old-options.c - options of evmctl that have nothing to say here */
#include "cmd/old-options.h"

#include "cmd/say.h"

static const char *const words[OLD_OPTIONS] = {
	[OLD_VALIDATE] = "--validate is --ignore-violations by now, and both readings of violations are always tried",
	[OLD_VERIFY] = "--verify changes nothing: every template digest is verified",
	[OLD_X509] = "--x509 changes nothing: keys are certificates",
	[OLD_RSA] = "--rsa changes nothing: signatures of version 1 are not verified",
	[OLD_HASHALGO] = "--hashalgo changes nothing: records name their algorithms",
	[OLD_ENGINE] = "--engine changes nothing: OpenSSL loads what openssl.cnf names",
	[OLD_PROVIDER] = "--provider changes nothing: OpenSSL loads what openssl.cnf names",
};

void old_option(int option)
{
	say("ima_measurement", "%s", words[option]);
}
