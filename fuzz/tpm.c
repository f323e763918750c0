// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tpm.c - a TPM whose answers are bytes of the input, or failures
 *
 * It has what the verifier asks for: the banks that there are, PCRs, a clock.
 */
#include "config.h"
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_TSS2
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

static struct {
	const uint8_t *at;
	size_t left;
} answers;

void fault_tpm(const uint8_t *bytes, size_t len)
{
	answers.at = bytes;
	answers.left = len;
}

/* The next @n bytes of the answers, zeros behind their end. */
static void answer(void *ret, size_t n)
{
	size_t have = n < answers.left ? n : answers.left;

	memset(ret, 0, n);
	if (have)
		memcpy(ret, answers.at, have);
	answers.at += have;
	answers.left -= have;
}

#define BAD (fault(FAULT_TPM) ? TSS2_ESYS_RC_GENERAL_FAILURE : TSS2_RC_SUCCESS)

TSS2_RC __wrap_Tss2_TctiLdr_Initialize(const char *conf,
				       TSS2_TCTI_CONTEXT **ret);
TSS2_RC __wrap_Tss2_TctiLdr_Initialize(const char *conf,
				       TSS2_TCTI_CONTEXT **ret)
{
	(void)conf;
	*ret = NULL;
	return BAD;
}

TSS2_RC __wrap_Esys_Initialize(ESYS_CONTEXT **ret, TSS2_TCTI_CONTEXT *tcti,
			       TSS2_ABI_VERSION *abi);
TSS2_RC __wrap_Esys_Initialize(ESYS_CONTEXT **ret, TSS2_TCTI_CONTEXT *tcti,
			       TSS2_ABI_VERSION *abi)
{
	(void)tcti;
	(void)abi;
	*ret = NULL;
	return BAD;
}

static TPMS_PCR_SELECTION selection(TPMI_ALG_HASH hash)
{
	TPMS_PCR_SELECTION s = { .hash = hash, .sizeofSelect = 3 };

	memset(s.pcrSelect, 0xff, 3);
	return s;
}

TSS2_RC __wrap_Esys_GetCapability(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
				  ESYS_TR c, TPM2_CAP cap, UINT32 property,
				  UINT32 count, TPMI_YES_NO *more,
				  TPMS_CAPABILITY_DATA **ret);
TSS2_RC __wrap_Esys_GetCapability(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
				  ESYS_TR c, TPM2_CAP cap, UINT32 property,
				  UINT32 count, TPMI_YES_NO *more,
				  TPMS_CAPABILITY_DATA **ret)
{
	TPMS_CAPABILITY_DATA *data = calloc(1, sizeof(*data));
	TPML_PCR_SELECTION *banks;

	(void)esys, (void)a, (void)b, (void)c, (void)cap;
	(void)property, (void)count;
	if (BAD || !data) {
		free(data);
		return TSS2_ESYS_RC_MEMORY;
	}
	banks = &data->data.assignedPCR;
	banks->count = 2;
	banks->pcrSelections[0] = selection(TPM2_ALG_SHA1);
	banks->pcrSelections[1] = selection(TPM2_ALG_SHA256);
	*more = 0;
	*ret = data;
	return TSS2_RC_SUCCESS;
}

/* One PCR at a time, the first that is wanted; now and then another one. */
TSS2_RC __wrap_Esys_PCR_Read(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
			     ESYS_TR c, const TPML_PCR_SELECTION *want,
			     UINT32 *counter, TPML_PCR_SELECTION **ret,
			     TPML_DIGEST **values);
TSS2_RC __wrap_Esys_PCR_Read(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
			     ESYS_TR c, const TPML_PCR_SELECTION *want,
			     UINT32 *counter, TPML_PCR_SELECTION **ret,
			     TPML_DIGEST **values)
{
	TPML_PCR_SELECTION *got = calloc(1, sizeof(*got));
	TPML_DIGEST *digests = calloc(1, sizeof(*digests));
	TPMS_PCR_SELECTION *one;
	unsigned int w = 0, p = 0;
	uint8_t odd;

	(void)esys, (void)a, (void)b, (void)c;
	if (BAD || !got || !digests) {
		free(got);
		free(digests);
		return TSS2_ESYS_RC_MEMORY;
	}
	while (w < want->count && !(want->pcrSelections[w].pcrSelect[p / 8] &
				    1U << p % 8))
		if (++p == 24) {
			p = 0;
			w++;
		}
	answer(&odd, 1);
	got->count = 1;
	one = &got->pcrSelections[0];
	one->hash = w < want->count ? want->pcrSelections[w].hash : 0;
	one->sizeofSelect = 3;
	one->pcrSelect[p / 8] = (BYTE)(1U << p % 8 ^ odd);
	digests->count = 1;
	digests->digests[0].size = one->hash == TPM2_ALG_SHA1 ? 20 : 32;
	answer(digests->digests[0].buffer, digests->digests[0].size);
	*counter = odd;
	*ret = got;
	*values = digests;
	return TSS2_RC_SUCCESS;
}

TSS2_RC __wrap_Esys_ReadClock(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
			      ESYS_TR c, TPMS_TIME_INFO **ret);
TSS2_RC __wrap_Esys_ReadClock(ESYS_CONTEXT *esys, ESYS_TR a, ESYS_TR b,
			      ESYS_TR c, TPMS_TIME_INFO **ret)
{
	TPMS_TIME_INFO *info = calloc(1, sizeof(*info));

	(void)esys, (void)a, (void)b, (void)c;
	if (BAD || !info) {
		free(info);
		return TSS2_ESYS_RC_MEMORY;
	}
	answer(&info->clockInfo, sizeof(info->clockInfo));
	*ret = info;
	return TSS2_RC_SUCCESS;
}
#else
void fault_tpm(const uint8_t *bytes, size_t len)
{
	(void)bytes;
	(void)len;
}
#endif
