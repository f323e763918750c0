// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot-confine.c - what an action gives up before it reads anything
 *
 * By now its options and its configuration are known, and nothing else.
 */
#include <string.h>

#include "cmd/snapshot-verb.h"
#include "port/caps.h"
#include "port/confine.h"
#include "port/tpm.h"

static unsigned int caps_for(const struct snapshot_args *args,
			     unsigned int also)
{
	unsigned int keep = CAPS_HOLDERS;

	keep |= also & (CONFINE_FILES | CONFINE_STORE | CONFINE_TPM) ?
		CAPS_FILES : CAPS_READ;
	if (also & CONFINE_STORE)
		keep |= CAPS_LISTS;
	if (also & CONFINE_STORE && args->snapshot.group != GROUP_AS_IS)
		keep |= CAPS_GROUP;
	/* A file that is named may lie in /tmp. */
	if (args->output)
		keep |= CAPS_OTHERS;
	return keep;
}

void snapshot_confine(const struct snapshot_args *args, unsigned int also)
{
	const char *tcti = args->snapshot.tcti ? args->snapshot.tcti :
			   tpm_from_environment();

	if (args->quote)
		also |= CONFINE_TPM;
	if (args->output)
		also |= CONFINE_FILES;
	if (args->follow)
		also |= CONFINE_WATCH;
	if (also & CONFINE_TPM && tcti && !strcmp(tcti, "none"))
		also &= ~CONFINE_TPM;
	/* What a program needs that leads to a TPM, nobody knows. */
	if (also & CONFINE_TPM && tcti && tpm_is_program(tcti))
		return;
	caps_keep(caps_for(args, also));
	confine(also);
}
