/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error.h - the closed list of errors, and where one happened
 *
 * Every function below cmd/ that can fail returns 0 or one of the negative
 * codes of this list and, where it takes a struct error, says there what
 * failed. Nothing below cmd/ prints.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum error_code {
	E_OK = 0,
	E_INCOMPLETE = -1,	/* the bytes end early; more may come */
	E_FORMAT = -2,		/* the bytes will never be right */
	E_LIMIT = -3,		/* over a named limit */
	E_CHANGED = -4,		/* contradicts a digest, a value or a copy */
	E_GAP = -5,		/* records are missing in between */
	E_IO = -6,		/* the operating system refused */
	E_NOMEM = -7,
	E_CRYPTO = -8,		/* libcrypto refused */
	E_TPM = -9,		/* the TPM, or the way to it, refused */
	E_ABSENT = -10,		/* there is no such thing here */
	E_BUSY = -11,		/* somebody else holds it */
	E_USAGE = -12,		/* the caller asked for the impossible */
	E_UNSUPPORTED = -13,	/* valid, but not known to this build */
	E_UNDECIDED = -14,	/* neither proven nor contradicted */
};

#define ERROR_SUBJECT_MAX 256
#define ERROR_REASON_MAX 384

/*
 * One error. @subject is the file or object, "" until known; @record counts
 * from 1, 0 where no record is concerned; @offset is in bytes from the start
 * of the subject and valid only with @has_offset.
 */
struct error {
	int code;
	bool has_offset;
	uint64_t record;
	uint64_t offset;
	char subject[ERROR_SUBJECT_MAX];
	char reason[ERROR_REASON_MAX];
};

/* The general text of a code, never NULL. */
const char *error_text(int code);

/*
 * Fill @err (which may be NULL) with @code and a reason, forgetting what was
 * there. Returns @code, so that callers can "return error_set(...)".
 */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with the text of the current errno behind the reason. */
int error_errno(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * That @code is what comes back is told to whoever compiles or analyses a
 * caller: it knows then that "return error_set(err, E_NOMEM, ...)" is no E_OK.
 */
#define error_set(err, code, ...) \
	error_same(code, error_set, err, __VA_ARGS__)
#define error_errno(err, code, ...) \
	error_same(code, error_errno, err, __VA_ARGS__)
#define error_same(code, fill, err, ...) __extension__ ({ \
	const int error_code_ = (code); \
	fill(err, error_code_, __VA_ARGS__); \
	error_code_; })

/* Name the subject, if none is named yet. */
void error_subject(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Name record and offset. */
void error_place(struct error *err, uint64_t record, uint64_t offset);

/* Room for any line that error_line() makes. */
#define ERROR_LINE_MAX (4 * (ERROR_SUBJECT_MAX + ERROR_REASON_MAX) + 100)

/*
 * One line without a full stop: subject, record, offset, reason. Control
 * bytes are escaped. @buf is always terminated.
 */
void error_line(const struct error *err, char *buf, unsigned long size);

#endif
