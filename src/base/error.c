// SPDX-License-Identifier: GPL-2.0-or-later
/* error.c - the closed list of errors, and where one happened */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const texts[] = {
	[-E_OK] = "no error",
	[-E_INCOMPLETE] = "ends early",
	[-E_FORMAT] = "malformed",
	[-E_LIMIT] = "over a limit",
	[-E_CHANGED] = "changed",
	[-E_GAP] = "records are missing",
	[-E_IO] = "input/output failed",
	[-E_NOMEM] = "out of memory",
	[-E_CRYPTO] = "libcrypto failed",
	[-E_TPM] = "TPM failed",
	[-E_ABSENT] = "not there",
	[-E_BUSY] = "busy",
	[-E_USAGE] = "wrong usage",
	[-E_UNSUPPORTED] = "not supported",
	[-E_UNDECIDED] = "cannot be decided",
};

const char *error_text(int code)
{
	if (code > 0 || -code >= (int)(sizeof(texts) / sizeof(texts[0])))
		return "unknown error";
	return texts[-code];
}

__attribute__((format(printf, 3, 0)))
static void fill(struct error *err, int code, const char *fmt, va_list ap)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	vsnprintf(err->reason, sizeof(err->reason), fmt, ap);
}

int (error_set)(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	fill(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int (error_errno)(struct error *err, int code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (!err)
		return code;
	va_start(ap, fmt);
	fill(err, code, fmt, ap);
	va_end(ap);
	n = strlen(err->reason);
	/* strerror() need not be safe where there are threads. */
	errno = saved;
	snprintf(err->reason + n, sizeof(err->reason) - n, "%s%m",
		 n ? ": " : "");
	return code;
}

void error_subject(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err || err->subject[0])
		return;
	va_start(ap, fmt);
	vsnprintf(err->subject, sizeof(err->subject), fmt, ap);
	va_end(ap);
}

void error_place(struct error *err, uint64_t record, uint64_t offset)
{
	if (!err)
		return;
	err->record = record;
	err->offset = offset;
	err->has_offset = true;
}

void error_line(const struct error *err, char *buf, unsigned long size)
{
	char subject[ERROR_SUBJECT_MAX * 4 + 1], place[80] = "";
	char reason[ERROR_REASON_MAX * 4 + 1];
	const char *why = err->reason[0] ? err->reason :
			  error_text(err->code);

	text_escape(subject, sizeof(subject), err->subject,
		    strlen(err->subject));
	/* Parts of it may come from the evidence. */
	text_escape(reason, sizeof(reason), why, strlen(why));
	if (err->record && err->has_offset)
		snprintf(place, sizeof(place), "record %llu, offset %llu: ",
			 (unsigned long long)err->record,
			 (unsigned long long)err->offset);
	else if (err->record)
		snprintf(place, sizeof(place), "record %llu: ",
			 (unsigned long long)err->record);
	else if (err->has_offset)
		snprintf(place, sizeof(place), "offset %llu: ",
			 (unsigned long long)err->offset);
	snprintf(buf, size, "%s%s%s%s", subject, subject[0] ? ": " : "", place,
		 reason);
}
