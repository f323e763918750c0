// SPDX-License-Identifier: GPL-2.0-or-later
/* tpm-esys.c - the TPM through tpm2-tss */
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

#include "base/hash.h"
#include "port/tpm.h"

/* Readings that were torn by somebody's extend before we give up. */
#define READ_TRIES 16

struct tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	TPML_PCR_SELECTION allocated;
};

static int failed(struct error *err, const char *what, TSS2_RC rc)
{
	return error_set(err, E_TPM, "%s: %s", what, Tss2_RC_Decode(rc));
}

void tpm_close(struct tpm *tpm)
{
	if (!tpm)
		return;
	if (tpm->esys)
		Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_TctiLdr_Finalize(&tpm->tcti);
	free(tpm);
}

static const char *device(void)
{
	if (!access("/dev/tpmrm0", F_OK))
		return "device:/dev/tpmrm0";
	if (!access("/dev/tpm0", F_OK))
		return "device:/dev/tpm0";
	return NULL;
}

/* The PCR banks that are allocated: TPM2_GetCapability(TPM_CAP_PCRS). */
static int read_allocated(struct tpm *tpm, struct error *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, &more,
				&data);
	if (rc)
		return failed(err, "asking for the PCR banks", rc);
	tpm->allocated = data->data.assignedPCR;
	Esys_Free(data);
	return E_OK;
}

static int connect_tpm(struct tpm *tpm, const char *conf, struct error *err)
{
	TSS2_RC rc;

	/* One line from us says what fails; the library's log is for
	 * whoever asks for it. */
	setenv("TSS2_LOG", "all+none", 0);
	rc = Tss2_TctiLdr_Initialize(conf, &tpm->tcti);
	if (rc)
		return failed(err, "connecting", rc);
	rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc)
		return failed(err, "starting ESYS", rc);
	return read_allocated(tpm, err);
}

int tpm_open(struct tpm **ret, const char *tcti, struct error *err)
{
	struct tpm *tpm;
	int rc;

	if (!tcti)
		tcti = tpm_from_environment();
	else if (!strcmp(tcti, TPM_OWN))
		tcti = NULL;
	if (tcti && !strcmp(tcti, "none"))
		return error_set(err, E_ABSENT, "no TPM was asked for");
	if (!tcti)
		tcti = device();
	if (!tcti)
		return error_set(err, E_ABSENT, "this host has no TPM");
	tpm = calloc(1, sizeof(*tpm));
	if (!tpm)
		return error_set(err, E_NOMEM, "out of memory");
	rc = connect_tpm(tpm, tcti, err);
	if (rc) {
		error_subject(err, "TPM at '%s'", tcti);
		tpm_close(tpm);
		return rc;
	}
	*ret = tpm;
	return E_OK;
}

/* What to ask for: the allocated banks we know, cut down to @pcrs. */
static TPML_PCR_SELECTION wanted(const struct tpm *tpm, uint32_t pcrs)
{
	TPML_PCR_SELECTION sel = { 0 };

	for (UINT32 i = 0; i < tpm->allocated.count; i++) {
		TPMS_PCR_SELECTION *one = &sel.pcrSelections[sel.count];
		bool any = false;

		*one = tpm->allocated.pcrSelections[i];
		if (hash_by_tpm(one->hash) < 0)
			continue;
		for (UINT8 b = 0; b < one->sizeofSelect &&
				  b < sizeof(one->pcrSelect); b++) {
			one->pcrSelect[b] &= (BYTE)(pcrs >> 8 * b);
			any = any || one->pcrSelect[b];
		}
		if (any)
			sel.count++;
	}
	return sel;
}

static bool anything(const TPML_PCR_SELECTION *sel)
{
	for (UINT32 i = 0; i < sel->count; i++)
		for (UINT8 b = 0; b < sel->pcrSelections[i].sizeofSelect; b++)
			if (sel->pcrSelections[i].pcrSelect[b])
				return true;
	return false;
}

/*
 * Put one reply's digests where they belong, and take what it brought off
 * what is still wanted. E_FORMAT: the reply brings what nobody asked for.
 */
static int store_reply(const TPML_PCR_SELECTION *got,
		       const TPML_DIGEST *values, TPML_PCR_SELECTION *want,
		       struct pcr_values *ret)
{
	UINT32 n = 0;

	for (UINT32 i = 0; i < got->count; i++) {
		const TPMS_PCR_SELECTION *sel = &got->pcrSelections[i];
		int id = hash_by_tpm(sel->hash);

		for (unsigned int p = 0; p < 8U * sel->sizeofSelect; p++) {
			const TPM2B_DIGEST *d;

			if (!(sel->pcrSelect[p / 8] & 1U << p % 8))
				continue;
			if (id < 0 || p >= PCR_COUNT || n >= values->count)
				return E_FORMAT;
			d = &values->digests[n++];
			if (d->size != hash_row((unsigned int)id)->size)
				return E_FORMAT;
			memcpy(ret->bank[id].value[p], d->buffer, d->size);
			ret->bank[id].mask |= 1U << p;
		}
		for (UINT32 w = 0; w < want->count; w++) {
			TPMS_PCR_SELECTION *left = &want->pcrSelections[w];

			if (left->hash != sel->hash)
				continue;
			for (UINT8 b = 0; b < left->sizeofSelect &&
					  b < sel->sizeofSelect; b++)
				left->pcrSelect[b] &= (BYTE)~sel->pcrSelect[b];
		}
	}
	return n && n == values->count ? E_OK : E_FORMAT;
}

/* One round of calls. 1: the PCRs moved while it went on. */
static int read_once(struct tpm *tpm, uint32_t pcrs, struct pcr_values *ret,
		     uint32_t *counter, struct error *err)
{
	TPML_PCR_SELECTION want = wanted(tpm, pcrs);
	bool first = true, torn = false;

	memset(ret, 0, sizeof(*ret));
	while (anything(&want) && !torn) {
		TPML_PCR_SELECTION *got = NULL;
		TPML_DIGEST *values = NULL;
		UINT32 now;
		TSS2_RC rc;
		int bad;

		rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, &want, &now, &got, &values);
		if (rc)
			return failed(err, "reading PCRs", rc);
		torn = !first && now != *counter;
		*counter = now;
		first = false;
		bad = store_reply(got, values, &want, ret);
		Esys_Free(got);
		Esys_Free(values);
		if (bad)
			return error_set(err, E_TPM,
					 "reading PCRs: an impossible reply");
	}
	return torn;
}

int tpm_read_pcrs(struct tpm *tpm, uint32_t pcrs, struct pcr_values *ret,
		  uint32_t *update_counter, struct error *err)
{
	for (int i = 0; i < READ_TRIES; i++) {
		int rc = read_once(tpm, pcrs, ret, update_counter, err);

		if (rc <= 0) {
			if (rc)
				error_subject(err, "TPM");
			return rc;
		}
	}
	return error_set(err, E_BUSY, "TPM: the PCRs never stand still");
}

int tpm_read_clock(struct tpm *tpm, struct tpm_clock *ret, struct error *err)
{
	TPMS_TIME_INFO *info = NULL;
	TSS2_RC rc = Esys_ReadClock(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				    ESYS_TR_NONE, &info);

	if (rc) {
		failed(err, "reading the clock", rc);
		error_subject(err, "TPM");
		return E_TPM;
	}
	ret->clock = info->clockInfo.clock;
	ret->reset_count = info->clockInfo.resetCount;
	ret->restart_count = info->clockInfo.restartCount;
	Esys_Free(info);
	return E_OK;
}

/* --- a quote --- */

/* What is to be signed: every PCR that @values has, bank by bank. */
static TPML_PCR_SELECTION selection_of(const struct pcr_values *values)
{
	TPML_PCR_SELECTION sel = { 0 };

	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		TPMS_PCR_SELECTION *one = &sel.pcrSelections[sel.count];
		uint32_t mask = values->bank[i].mask;

		if (!mask)
			continue;
		one->hash = hash_row(i)->tpm;
		one->sizeofSelect = 3;
		for (unsigned int b = 0; b < 3; b++)
			one->pcrSelect[b] = (BYTE)(mask >> 8 * b);
		sel.count++;
	}
	return sel;
}

static int load_key(struct tpm *tpm, uint32_t handle, ESYS_TR *key,
		    struct tpm_quote *ret, struct error *err)
{
	TPM2B_PUBLIC *public = NULL;
	size_t at = 0;
	TSS2_RC rc;

	if (handle >> TPM2_HR_SHIFT != TPM2_HT_PERSISTENT)
		return error_set(err, E_USAGE,
				 "0x%08x is not a persistent handle", handle);
	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, key);
	if (!rc)
		rc = Esys_ReadPublic(tpm->esys, *key, ESYS_TR_NONE,
				     ESYS_TR_NONE, ESYS_TR_NONE, &public, NULL,
				     NULL);
	if (!rc)
		rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, ret->ak,
						  sizeof(ret->ak), &at);
	Esys_Free(public);
	ret->ak_len = at;
	return rc ? failed(err, "reading the attestation key", rc) : E_OK;
}

static int sign(struct tpm *tpm, ESYS_TR key, const TPM2B_DATA *nonce,
		const TPML_PCR_SELECTION *sel, struct tpm_quote *ret,
		struct error *err)
{
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	size_t at = 0;
	TSS2_RC rc;

	rc = Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			ESYS_TR_NONE, nonce, &scheme, sel, &attest,
			&signature);
	if (!rc)
		rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, ret->signature,
						    sizeof(ret->signature),
						    &at);
	if (!rc && attest->size <= sizeof(ret->attest)) {
		memcpy(ret->attest, attest->attestationData, attest->size);
		ret->attest_len = attest->size;
		ret->signature_len = at;
	}
	Esys_Free(attest);
	Esys_Free(signature);
	return rc ? failed(err, "quoting", rc) : E_OK;
}

int tpm_quote(struct tpm *tpm, uint32_t handle, const uint8_t *nonce,
	      size_t nonce_len, const struct pcr_values *values,
	      struct tpm_quote *ret, struct error *err)
{
	TPML_PCR_SELECTION sel = selection_of(values);
	TPM2B_DATA data = { .size = (UINT16)nonce_len };
	ESYS_TR key = ESYS_TR_NONE;
	int rc;

	if (nonce_len > sizeof(data.buffer))
		return error_set(err, E_USAGE, "nonce of %zu bytes, over %zu",
				 nonce_len, sizeof(data.buffer));
	memcpy(data.buffer, nonce, nonce_len);
	rc = load_key(tpm, handle, &key, ret, err);
	if (!rc)
		rc = sign(tpm, key, &data, &sel, ret, err);
	if (key != ESYS_TR_NONE)
		Esys_TR_Close(tpm->esys, &key);
	if (rc)
		error_subject(err, "TPM");
	return rc;
}
