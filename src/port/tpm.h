/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tpm.h - the TPM: ESYS (tpm-esys.c), or none in this build (tpm-none.c)
 */
#ifndef PORT_TPM_H
#define PORT_TPM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "format/pcrs.h"

struct tpm;

/* A name for tpm_open(): this machine's, whatever the environment says. */
#define TPM_OWN "own"

/* The TCTI that the environment names, or NULL. */
const char *tpm_from_environment(void);

/*
 * Whether what @tcti names (as for tpm_open()) is a program that is run, and
 * run again for each new connection.
 */
bool tpm_is_program(const char *tcti);

/*
 * Open the TPM. @tcti is a TCTI configuration as tpm2-tools take it
 * ("device:/dev/tpmrm0", "swtpm:path=..."); NULL: $TPM2TOOLS_TCTI, then
 * $TCTI, then the device. Returns 0; E_ABSENT where none was named and this
 * host has no TPM device, or @tcti is "none"; E_TPM; E_UNSUPPORTED in a build
 * without tpm2-tss. tpm_close() takes NULL.
 */
int tpm_open(struct tpm **ret, const char *tcti, struct error *err);
void tpm_close(struct tpm *tpm);

/*
 * The PCRs of @pcrs (bit N: PCR N) in every allocated bank of an algorithm
 * that we know, all at one moment: the calls are repeated until
 * pcrUpdateCounter stood still (TPM 2.0 Part 3, TPM2_PCR_Read: at most 8
 * digests a call). Returns 0, E_TPM, E_BUSY where it never stands still.
 */
int tpm_read_pcrs(struct tpm *tpm, uint32_t pcrs, struct pcr_values *ret,
		  uint32_t *update_counter, struct error *err);

/* Bytes as the TPM gave them; the sizes are TPM 2.0 Part 2's limits. */
struct tpm_quote {
	uint8_t attest[2304];		/* TPMS_ATTEST */
	size_t attest_len;
	uint8_t signature[1024];	/* TPMT_SIGNATURE */
	size_t signature_len;
	uint8_t ak[1024];		/* TPM2B_PUBLIC */
	size_t ak_len;
};

/*
 * TPM2_Quote by the persistent key @handle, under its own scheme (or what the
 * TPM chooses for its kind), over @pcrs of every bank that @values has, with
 * @nonce as qualifying data. The key's public part is read along. Returns 0,
 * E_TPM, E_USAGE (no persistent handle).
 */
int tpm_quote(struct tpm *tpm, uint32_t handle, const uint8_t *nonce,
	      size_t nonce_len, const struct pcr_values *values,
	      struct tpm_quote *ret, struct error *err);

struct tpm_clock {
	uint64_t clock;		/* milliseconds */
	uint32_t reset_count, restart_count;
};

/* TPM2_ReadClock. Not to be compared with the counters in a quote. */
int tpm_read_clock(struct tpm *tpm, struct tpm_clock *ret, struct error *err);

#endif
