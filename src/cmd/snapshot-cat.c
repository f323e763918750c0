// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot-cat.c - evmctl snapshot cat: the one list that shards, staged and
 * current list are
 *
 * With --follow it goes on, and with --output into a file that only grows: an
 * agent that holds it open reads on. The file is on a tmpfs, which
 * ima_policy=tcb does not measure; a boot begins without it. Whoever starts
 * again appends, if what is there is the beginning of the list; else a new
 * file takes its place, and those who hold the old one see no other bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "format/cel.h"
#include "format/form.h"
#include "port/file.h"
#include "port/watch.h"
#include "stitch.h"

struct cat {
	const struct snapshot_args *args;
	struct stitch *stitch;
	struct form form;		/* without banks in cel */
	struct cel cel;
	uint64_t recnum[PCR_COUNT];	/* of the next record of each, in cel */
	struct hasher *hasher;
	struct progress *progress;	/* or NULL */
	uint64_t next;			/* record */
	unsigned int padded;
	uint64_t padded_to;		/* up to this record */
	int fd;				/* out */
	char *buf;
	size_t len, room;
	int wrong;			/* an errno of the output */
	/* What an output file has already, to be compared. */
	int old;
	uint64_t left;
	bool differs;
};

#define CAT_BUFFER (256U << 10)

/* --- out --- */

static void write_out(struct cat *c, const char *bytes, size_t len)
{
	struct error err = { 0 };

	if (c->wrong || !len)
		return;
	errno = EIO;
	if (file_write(c->fd, bytes, len, &err))
		c->wrong = errno ? errno : EIO;
}

/* The beginning of the output is there already, or it is another list. */
static size_t compare_old(struct cat *c, const char *bytes, size_t len)
{
	char was[4096];
	size_t done = 0;

	while (done < len && c->left && !c->differs) {
		size_t n = len - done;
		ssize_t got;

		if (n > c->left)
			n = (size_t)c->left;
		if (n > sizeof(was))
			n = sizeof(was);
		got = read(c->old, was, n);
		c->differs = got <= 0 || memcmp(was, bytes + done, (size_t)got);
		if (c->differs)
			break;
		done += (size_t)got;
		c->left -= (size_t)got;
	}
	return done;
}

static void flush(struct cat *c)
{
	size_t done = c->left ? compare_old(c, c->buf, c->len) : 0;

	if (!c->differs)
		write_out(c, c->buf + done, c->len - done);
	c->len = 0;
}

static void put_bytes(void *ctx, const char *bytes, size_t len)
{
	struct cat *c = ctx;

	while (len) {
		size_t n = c->room - c->len < len ? c->room - c->len : len;

		memcpy(c->buf + c->len, bytes, n);
		c->len += n;
		bytes += n;
		len -= n;
		if (c->len == c->room)
			flush(c);
	}
}

/* --- records --- */

static unsigned int banks_of(const struct cat *c)
{
	return c->cel.banks ? c->cel.banks : HASH_BIT(c->form.bank);
}

static int find_padded(struct cat *c, struct error *err)
{
	if (!(banks_of(c) & ~HASH_BIT(HASH_SHA1)) || c->next <= c->padded_to)
		return E_OK;
	c->padded_to = c->next;
	for (size_t i = 0; i < stitch_parts(c->stitch); i++)
		if (stitch_part(c->stitch, i)->first <= c->next)
			c->padded_to = stitch_part(c->stitch, i)->last;
	if (c->padded_to < c->next)
		c->padded_to = UINT64_MAX;
	return stitch_padded(c->stitch, c->next, &c->padded, err);
}

static int put_record(struct cat *c, const struct record *rec)
{
	const struct list_layout *layout = stitch_layout(c->stitch);

	if (c->cel.banks)
		return cel_write(&c->cel, c->recnum[rec->pcr]++, rec, layout,
				 c->padded, c->hasher, put_bytes, c);
	return form_write(&c->form, rec, layout,
			  c->padded & HASH_BIT(c->form.bank), c->hasher, put_bytes,
			  c);
}

/*
 * In cel a record's number is its place among those of its PCR: they are
 * counted from record 1 on, whatever is printed.
 */
static int count_before(struct cat *c, struct error *err)
{
	struct record rec;
	int rc;

	if (!c->cel.banks)
		return E_OK;
	memset(c->recnum, 0, sizeof(c->recnum));
	if (stitch_first(c->stitch) > 1)
		return error_set(err, E_GAP, "records 1..%llu are not there any more: a canonical event log counts them",
				 (unsigned long long)
				 stitch_first(c->stitch) - 1);
	rc = stitch_seek(c->stitch, 1, err);
	progress_begin(c->progress, c->next - 1);
	for (uint64_t n = 1; n < c->next && !rc; n++) {
		rc = stitch_next(c->stitch, &rec, err);
		if (!rc)
			c->recnum[rec.pcr]++;
		progress_add(c->progress, 1);
	}
	return rc;
}

/* From the next record to record @to. */
static int put_records(struct cat *c, uint64_t to, struct error *err)
{
	struct record rec;
	int rc = stitch_seek(c->stitch, c->next, err);

	progress_begin(c->progress, to + 1 - c->next);
	while (!rc && c->next <= to && !c->wrong && !c->differs) {
		rc = find_padded(c, err);
		if (!rc)
			rc = stitch_next(c->stitch, &rec, err);
		if (!rc)
			rc = put_record(c, &rec);
		if (rc)
			break;
		c->next++;
		progress_add(c->progress, 1);
	}
	flush(c);
	if (!rc && c->wrong) {
		errno = c->wrong;
		rc = error_errno(err, E_IO, "writing");
	}
	return rc;
}

static int find_range(struct cat *c, uint64_t *to, struct error *err)
{
	uint64_t first = stitch_first(c->stitch), last;

	last = stitch_last(c->stitch);
	if (c->args->to && *to > last)
		return error_set(err, E_UNDECIDED,
				 "record %llu is not there: the last is %llu",
				 (unsigned long long)*to,
				 (unsigned long long)last);
	if (c->next < first)
		return error_set(err, E_GAP, "records %llu..%llu are not there any more",
				 (unsigned long long)c->next,
				 (unsigned long long)first - 1);
	if (c->next > last + 1)
		return error_set(err, E_UNDECIDED,
				 "record %llu is not there: the last is %llu",
				 (unsigned long long)c->next,
				 (unsigned long long)last);
	if (!c->args->to)
		*to = last;
	return E_OK;
}

/* --- the output file --- */

/* Two that append to one file would have each record there twice. */
static int lock_output(const struct cat *c, const char *path,
		       struct error *err)
{
	int rc;

	if (flock(c->fd, LOCK_EX | LOCK_NB) == 0)
		return E_OK;
	rc = errno == EWOULDBLOCK ?
	     error_set(err, E_BUSY, "another process writes it") :
	     error_errno(err, E_IO, "locking");
	error_subject(err, "%s", path);
	return rc;
}

static int open_new(struct cat *c, const char *path, struct error *err)
{
	char *aside;
	int rc = E_OK;

	if (asprintf(&aside, "%s.%ld", path, (long)getpid()) < 0)
		return error_set(err, E_NOMEM, "out of memory");
	unlink(aside);
	c->fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_APPEND |
		     O_CLOEXEC | O_NOFOLLOW, 0440);
	if (c->fd >= 0)
		rc = lock_output(c, aside, err);
	if (!rc && (c->fd < 0 || rename(aside, path) < 0)) {
		rc = error_errno(err, E_IO, "creating");
		error_subject(err, "%s", path);
	}
	free(aside);
	return rc;
}

/* What it has is compared as records pass, and gone on from. */
static int open_old(struct cat *c, const char *path, struct error *err)
{
	struct stat old, st, named;
	int rc;

	c->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (c->fd < 0) {
		rc = error_errno(err, E_IO, "opening");
		error_subject(err, "%s", path);
		return rc;
	}
	rc = lock_output(c, path, err);
	/* Whoever had it may have put another one in its place. */
	if (!rc && (fstat(c->old, &old) < 0 || fstat(c->fd, &st) < 0 ||
		    lstat(path, &named) < 0 || old.st_ino != st.st_ino ||
		    named.st_ino != st.st_ino)) {
		rc = error_set(err, E_BUSY, "another process has replaced it");
		error_subject(err, "%s", path);
	}
	c->left = rc ? 0 : (uint64_t)st.st_size;
	return rc;
}

static int open_output(struct cat *c, const char *path, struct error *err)
{
	struct statfs fs;
	struct stat st;
	int rc;

	c->old = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (c->old < 0 || fstat(c->old, &st) < 0 || !S_ISREG(st.st_mode))
		rc = open_new(c, path, err);
	else
		rc = open_old(c, path, err);
	if (!rc && fstatfs(c->fd, &fs) == 0 &&
	    (uint32_t)fs.f_type != TMPFS_MAGIC &&
	    (uint32_t)fs.f_type != RAMFS_MAGIC)
		say(SNAPSHOT_VERB, "warning: %s is not on a tmpfs: ima_policy=tcb makes violations of its being read while it grows",
		    path);
	return rc;
}

/* --- */

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = stop };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

/* The kernel does not tell of new records: look twice a second. */
#define FOLLOW_PAUSE_MS 500

static int follow(struct cat *c, struct error *err)
{
	unsigned int generation = stitch_generation(c->stitch);
	struct watch *watch = NULL;
	int rc = watch_new(&watch, c->args->snapshot.shard_dir, err);

	while (!rc && !stopped) {
		watch_wait(watch, FOLLOW_PAUSE_MS);
		rc = stitch_refresh(c->stitch, err);
		if (rc == E_BUSY || rc == E_UNDECIDED) {
			rc = E_OK;
			continue;
		}
		if (!rc && stitch_generation(c->stitch) != generation)
			rc = error_set(err, E_CHANGED,
				       "the list is not what it was: a new boot, or its shards were removed");
		if (!rc && c->next <= stitch_last(c->stitch))
			rc = put_records(c, stitch_last(c->stitch), err);
	}
	watch_free(watch);
	return rc;
}

/* All that there is; again, if what the output had was something else. */
static int put_all(struct cat *c, uint64_t to, struct error *err)
{
	uint64_t from = c->next;
	int rc = count_before(c, err);

	if (!rc)
		rc = put_records(c, to, err);
	if (rc || !(c->differs || c->left))
		return rc;
	close(c->fd);
	c->fd = -1;
	c->left = 0;
	c->differs = false;
	c->next = from;
	c->padded_to = 0;
	rc = open_new(c, c->args->output, err);
	if (!rc)
		rc = count_before(c, err);
	return rc ? rc : put_records(c, to, err);
}

static int run(struct cat *c, struct error *err)
{
	const struct snapshot_args *a = c->args;
	struct stitch_options o = stitch_options_of(a);
	uint64_t to = 0;
	int rc = stitch_new(&c->stitch, &o, err);

	if (a->to)
		number_parse(a->to, &to);
	if (!rc)
		rc = hasher_new(&c->hasher, HASH_BIT(HASH_SHA1) |
				banks_of(c), err);
	if (!rc && (banks_of(c) & ~hasher_has(c->hasher)))
		rc = error_set(err, E_UNSUPPORTED,
			       "this libcrypto has no %s", a->bank);
	if (!rc)
		rc = stitch_refresh_wait(c->stitch, a->snapshot.wait, err);
	if (!rc)
		rc = find_range(c, &to, err);
	if (!rc && a->output)
		rc = open_output(c, a->output, err);
	if (!rc)
		rc = put_all(c, to, err);
	progress_stop();
	return rc || !a->follow ? rc : follow(c, err);
}

static int check_number(const char *option, const char *value)
{
	uint64_t n;

	if (!value || (!number_parse(value, &n) && n &&
		       n <= RECORD_NUMBER_MAX))
		return EVMCTL_OK;
	say(SNAPSHOT_VERB, "--%s: '%s' is not the number of a record", option,
	    value);
	return EVMCTL_USAGE;
}

#define CEL_BANKS "sha1,sha256"

/* Names with commas between. */
static int parse_banks(const char *names, unsigned int *ret)
{
	while (*names) {
		size_t len = strcspn(names, ",");
		char name[16];
		int bank;

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		bank = len < sizeof(name) ? hash_by_name(name) : -1;
		if (bank < 0)
			return EVMCTL_USAGE;
		*ret |= HASH_BIT((unsigned int)bank);
		names += len;
		if (*names && !*++names)
			return EVMCTL_USAGE;
	}
	return *ret ? EVMCTL_OK : EVMCTL_USAGE;
}

static int check_banks(struct cat *c, bool cel)
{
	const char *names = c->args->bank;
	int bank = names ? hash_by_name(names) : HASH_SHA1;

	if (cel && !parse_banks(names ? names : CEL_BANKS, &c->cel.banks))
		return EVMCTL_OK;
	if (cel || bank < 0) {
		say(SNAPSHOT_VERB, "--bank: '%s' is not a bank", names);
		return EVMCTL_USAGE;
	}
	c->form.bank = (enum hash_id)bank;
	return EVMCTL_OK;
}

static int check_format(struct cat *c)
{
	const char *format = c->args->format;
	bool ascii, json, tlv;

	c->form.ascii = c->args->ascii;
	if (!format)
		return check_banks(c, false);
	ascii = !strcmp(format, "ascii");
	json = !strcmp(format, "cel-json");
	tlv = !strcmp(format, "cel-tlv");
	if (!ascii && !json && !tlv && strcmp(format, "binary")) {
		say(SNAPSHOT_VERB, "--format takes binary, ascii, cel-json or cel-tlv, not '%s'",
		    format);
		return EVMCTL_USAGE;
	}
	if (c->args->ascii && !ascii) {
		say(SNAPSHOT_VERB, "--ascii does not go with --format %s",
		    format);
		return EVMCTL_USAGE;
	}
	c->form.ascii = ascii;
	c->cel.tlv = tlv;
	return check_banks(c, json || tlv);
}

static int check(struct cat *c)
{
	const struct snapshot_args *a = c->args;
	int rc = check_number("from", a->from);

	if (!rc)
		rc = check_number("to", a->to);
	if (!rc)
		rc = check_format(c);
	if (!rc && a->follow && a->to) {
		say(SNAPSHOT_VERB, "--follow does not go with --to");
		rc = EVMCTL_USAGE;
	}
	if (!rc && a->from)
		number_parse(a->from, &c->next);
	return rc;
}

int snapshot_verb_cat(const struct snapshot_args *args)
{
	struct cat c = { .args = args, .next = 1,
			 .fd = args->output ? -1 : STDOUT_FILENO,
			 .old = -1, .room = CAT_BUFFER };
	struct error err = { 0 };
	int rc = check(&c);

	if (rc)
		return rc;
	c.buf = malloc(c.room);
	if (args->follow)
		catch_signals();
	/* Bytes and a line of ours do not share a terminal. */
	c.progress = progress_start("snapshot cat", !args->output &&
				    isatty(STDOUT_FILENO) ? PROGRESS_NEVER :
				    args->progress);
	rc = c.buf ? run(&c, &err) : error_set(&err, E_NOMEM, "out of memory");
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	if (c.old >= 0)
		close(c.old);
	if (args->output && c.fd >= 0)
		close(c.fd);
	hasher_free(c.hasher);
	stitch_free(c.stitch);
	free(c.buf);
	return exit_code(rc);
}
