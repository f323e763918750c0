// SPDX-License-Identifier: GPL-2.0-or-later
/* tpm-none.c - a build without tpm2-tss verifies, but reads no TPM */
#include <string.h>

#include "port/tpm.h"

int tpm_open(struct tpm **ret, const char *tcti, struct error *err)
{
	*ret = NULL;
	if (tcti && !strcmp(tcti, "none"))
		return error_set(err, E_ABSENT, "no TPM was asked for");
	return error_set(err, E_UNSUPPORTED, "built without tpm2-tss");
}

void tpm_close(struct tpm *tpm)
{
	(void)tpm;
}

int tpm_read_pcrs(struct tpm *tpm, uint32_t pcrs, struct pcr_values *ret,
		  uint32_t *update_counter, struct error *err)
{
	(void)tpm;
	(void)pcrs;
	(void)ret;
	(void)update_counter;
	return error_set(err, E_UNSUPPORTED, "built without tpm2-tss");
}

int tpm_read_clock(struct tpm *tpm, struct tpm_clock *ret, struct error *err)
{
	(void)tpm;
	(void)ret;
	return error_set(err, E_UNSUPPORTED, "built without tpm2-tss");
}

int tpm_quote(struct tpm *tpm, uint32_t handle, const uint8_t *nonce,
	      size_t nonce_len, const struct pcr_values *values,
	      struct tpm_quote *ret, struct error *err)
{
	(void)tpm;
	(void)handle;
	(void)nonce;
	(void)nonce_len;
	(void)values;
	(void)ret;
	return error_set(err, E_UNSUPPORTED, "built without tpm2-tss");
}
