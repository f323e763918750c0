/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tpm-sysfs.h - PCR values of the machine's own TPM, as the kernel shows them
 *
 * @class is /sys/class, or a directory that looks like it. Each function
 * reads until two readings are the same, sets the values of the PCRs in @pcrs
 * (bits) and no others, and returns 0, E_ABSENT where there are no such files,
 * E_FORMAT, E_BUSY where the values do not come to rest, E_IO. On failure
 * @ret is as it was.
 */
#ifndef PORT_TPM_SYSFS_H
#define PORT_TPM_SYSFS_H

#include <stdint.h>

#include "base/error.h"
#include "format/pcrs.h"

#define SYSFS_CLASS "/sys/class"

/* A TPM 1.2's: tpm/tpm0/pcrs, or where kernels before 4.0 had it. */
int sysfs_read_legacy(const char *class, uint32_t pcrs,
		      struct pcr_values *ret, struct error *err);

/* A TPM 2.0's: tpm/tpm0/pcr-BANK/N, since 5.12. */
int sysfs_read_banks(const char *class, uint32_t pcrs, struct pcr_values *ret,
		     struct error *err);

#endif
