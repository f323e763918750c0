// SPDX-License-Identifier: GPL-2.0-or-later
/* checkpoint.c - a verifier's state, from one run to the next */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"
#include "port/keyring.h"

#define KEY_FILE_MAX 4096
#define KEYRING_PREFIX "%user:"

struct checkpoint {
	char *path, *dir, *tmp;	/* tmp is path.tmp, all owned */
	int lock;		/* the .tmp file, locked; -1 */
	bool dead;		/* its name is no longer ours to remove */
	const char *key_name;	/* in the keyring; NULL: not from there */
	uint64_t in_keyring;	/* its generation there */
	struct state_key key;
	uint8_t *key_bytes;	/* owned; NULL: no key */
	struct state state;
};

struct state *checkpoint_state(struct checkpoint *c)
{
	return &c->state;
}

const char *checkpoint_path(const struct checkpoint *c)
{
	return c->path;
}

static const struct state_key *key_of(const struct checkpoint *c)
{
	return c->key_bytes ? &c->key : NULL;
}

void checkpoint_close(struct checkpoint *c)
{
	if (!c)
		return;
	if (c->lock >= 0 && !c->dead)
		unlink(c->tmp);
	if (c->lock >= 0)
		close(c->lock);
	if (c->key_bytes)
		explicit_bzero(c->key_bytes, c->key.len);
	free(c->key_bytes);
	free(c->path);
	free(c->dir);
	free(c->tmp);
	free(c);
}

/* --- the lock --- */

static int is_still(const char *path, int fd, bool *ret, struct error *err)
{
	struct stat named, opened;

	*ret = false;
	if (fstat(fd, &opened) < 0 || lstat(path, &named) < 0)
		return errno == ENOENT ? E_OK : error_errno(err, E_IO, "%s", "");
	*ret = named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
	return E_OK;
}

static int has_another(struct error *err)
{
	return error_set(err, E_BUSY, "another verifier has it");
}

/* Others that have had it, one after the other, in a moment. */
#define LOCK_TRIES 100

/*
 * The file that the next state is written to is the lock. Whoever had it may
 * just have renamed or removed it: then it is a lock on nothing.
 */
static int lock(struct checkpoint *c, struct error *err)
{
	bool still;
	int rc;

	for (int i = 0; i < LOCK_TRIES; i++) {
		c->lock = open(c->tmp, O_RDWR | O_CREAT | O_CLOEXEC |
				       O_NOFOLLOW | O_NONBLOCK, 0600);
		if (c->lock < 0)
			return error_errno(err, E_IO, "cannot be written");
		rc = file_check_alone(c->lock, err);
		if (rc) {
			/* It is not ours to remove. */
			c->dead = true;
			return rc;
		}
		if (flock(c->lock, LOCK_EX | LOCK_NB) < 0) {
			c->dead = true;
			return errno == EWOULDBLOCK ? has_another(err) :
			       error_errno(err, E_IO, "locking");
		}
		rc = is_still(c->tmp, c->lock, &still, err);
		if (!rc && still)
			return E_OK;
		close(c->lock);
		c->lock = -1;
		if (rc)
			return rc;
	}
	return has_another(err);
}

/* A run that has saved it and goes on has its lock on what it saved. */
static int see_that_it_is_free(const struct checkpoint *c, struct error *err)
{
	int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool busy = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
		    errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return busy ? has_another(err) : E_OK;
}

/* --- the key --- */

static int read_key_file(struct checkpoint *c, const char *path,
			 struct error *err)
{
	struct stat st;
	int fd, rc = file_open_regular(AT_FDCWD, path, FILE_OURS, &fd, err);

	if (rc == E_ABSENT)
		rc = E_IO;
	if (!rc && fstat(fd, &st) < 0)
		rc = error_errno(err, E_IO, "%s", "");
	else if (!rc && (st.st_mode & 07777) != 0600)
		rc = error_set(err, E_IO, "has mode %04o, not 0600",
			       (unsigned int)st.st_mode & 07777);
	if (!rc)
		rc = file_read_fd(fd, KEY_FILE_MAX, &c->key_bytes,
				  &c->key.len, err);
	if (rc == E_LIMIT)
		rc = E_IO;
	if (rc)
		error_subject(err, "%s", path);
	return rc;
}

static int read_key(struct checkpoint *c, const char *name, struct error *err)
{
	int rc;

	if (!name)
		return E_OK;
	if (strncmp(name, KEYRING_PREFIX, strlen(KEYRING_PREFIX))) {
		rc = read_key_file(c, name, err);
	} else {
		c->key_name = name + strlen(KEYRING_PREFIX);
		rc = keyring_read(c->key_name, &c->key_bytes, &c->key.len,
				  err);
	}
	if (!rc && !c->key.len) {
		rc = error_set(err, E_IO, "the key is empty");
		error_subject(err, "%s", name);
	}
	c->key.bytes = c->key_bytes;
	return rc;
}

/* --- reading --- */

static int has_newer(const struct checkpoint *c, struct error *err)
{
	return error_set(err, E_CHANGED,
			 "is generation %llu, the keyring has seen %llu: rolled back, or removed",
			 (unsigned long long)c->state.generation,
			 (unsigned long long)c->in_keyring);
}

/*
 * The keyring's number is raised after the file is durable: the file may be
 * one ahead of it, where a run has died in between.
 */
static int check_generation(struct checkpoint *c, bool reset,
			    struct error *err)
{
	int rc;

	if (!c->key_name)
		return E_OK;
	rc = keyring_generation(c->key_name, &c->in_keyring, err);
	if (rc == E_ABSENT && (reset || !c->state.generation))
		return E_OK;
	if (rc == E_ABSENT)
		return error_set(err, E_UNDECIDED,
				 "no key '%%user:%s:generation' tells whether generation %llu is the newest",
				 c->key_name,
				 (unsigned long long)c->state.generation);
	if (rc)
		return rc;
	if (reset && c->in_keyring > c->state.generation)
		c->state.generation = c->in_keyring;
	if (c->in_keyring > c->state.generation)
		return has_newer(c, err);
	return E_OK;
}

static int read_state(struct checkpoint *c, struct error *err)
{
	uint8_t *bytes;
	size_t len;
	/* Without a key to prove it, it is as good as whoever can write it. */
	int rc = file_read_as(AT_FDCWD, c->path, key_of(c) ? 0 : FILE_OURS,
			      STATE_MAX, &bytes, &len, err);

	if (rc == E_ABSENT)
		return E_OK;
	if (rc)
		return rc;
	rc = state_parse(bytes, len, key_of(c), &c->state, err);
	free(bytes);
	return rc;
}

/* Its generation goes on, as far as it can be read. */
static void forget(struct checkpoint *c)
{
	uint64_t generation;

	if (read_state(c, NULL))
		memset(&c->state, 0, sizeof(c->state));
	generation = c->state.generation;
	memset(&c->state, 0, sizeof(c->state));
	c->state.generation = generation;
}

static int set_paths(struct checkpoint *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *tmp;

	c->path = strdup(path);
	if (!slash)
		c->dir = strdup(".");
	else
		c->dir = strndup(path, slash == path ? 1 :
				 (size_t)(slash - path));
	c->tmp = asprintf(&tmp, "%s.tmp", path) < 0 ? NULL : tmp;
	return c->path && c->dir && c->tmp ? E_OK : E_NOMEM;
}

int checkpoint_open(struct checkpoint **ret,
		    const struct checkpoint_options *options,
		    struct error *err)
{
	struct checkpoint *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return error_set(err, E_NOMEM, "out of memory");
	c->lock = -1;
	rc = set_paths(c, options->path);
	if (rc)
		error_set(err, rc, "out of memory");
	if (!rc)
		rc = read_key(c, options->key, err);
	if (!rc)
		rc = lock(c, err);
	if (!rc)
		rc = see_that_it_is_free(c, err);
	if (!rc && options->reset)
		forget(c);
	else if (!rc)
		rc = read_state(c, err);
	if (!rc)
		rc = check_generation(c, options->reset, err);
	if (rc) {
		error_subject(err, "%s", options->path);
		checkpoint_close(c);
		return rc;
	}
	*ret = c;
	return E_OK;
}

/* --- which boot --- */

/*
 * Counters of one AK differ by as much as the TPM's own, modulo 2^32: so a
 * count is later where the difference is in the lower half.
 */
static bool is_later(uint32_t count, uint32_t than)
{
	return count != than && count - than < 1U << 31;
}

static bool is_earlier(uint32_t count, uint32_t than)
{
	return count != than && !is_later(count, than);
}

/*
 * Has the TPM been reset since the quote? What is pending may be of a boot
 * that is believed, though nothing of it is proven.
 */
static bool before_reset(const struct state *s, const struct quote *q)
{
	const struct state_pending *p = &s->pending;

	return is_earlier(q->reset_count, s->proven.clock.reset_count) ||
	       (p->new_boot && is_earlier(q->reset_count,
					  p->clock.reset_count));
}

static int quote_boot(const struct state *s, const struct quote *q,
		      enum boot_since *ret, struct error *err)
{
	const struct state_proven *p = &s->proven;
	const struct state_clock *was = &p->clock;

	if (strcmp(q->ak_sha256, p->ak))
		return error_set(err, E_CHANGED, "the AK is %s, not %s",
				 q->ak_sha256, p->ak);
	if (before_reset(s, q))
		return error_set(err, E_CHANGED,
				 "the quote is from before the TPM's last reset");
	*ret = BOOT_LATER;
	if (q->reset_count != was->reset_count)
		return E_OK;
	if (is_earlier(q->restart_count, was->restart_count))
		return error_set(err, E_CHANGED,
				 "the quote is from before the TPM's last restart");
	if (q->clock <= was->clock)
		return error_set(err, E_CHANGED,
				 q->clock == was->clock ?
				 "the quote is the one of the last run: its clock is still %llu" :
				 "the quote is older than that of the last run: its clock is %llu, was %llu",
				 (unsigned long long)q->clock,
				 (unsigned long long)was->clock);
	*ret = q->restart_count == was->restart_count ? BOOT_SAME :
	       BOOT_UNKNOWN;
	return E_OK;
}

static int tpm_boot(const struct state_proven *p, const struct tpm_clock *t,
		    enum boot_since *ret, struct error *err)
{
	*ret = BOOT_LATER;
	if (t->reset_count > p->clock.reset_count)
		return E_OK;
	*ret = t->restart_count > p->clock.restart_count ? BOOT_UNKNOWN :
	       BOOT_SAME;
	if (t->reset_count == p->clock.reset_count &&
	    t->clock >= p->clock.clock)
		return E_OK;
	return error_set(err, E_CHANGED,
			 "the TPM's counters fell: it is another one, or was cleared");
}

int checkpoint_boot(const struct state *state, const struct quote *quote,
		    const struct tpm_clock *tpm, enum boot_since *ret,
		    struct error *err)
{
	static const char *const names[BASIS_COUNT] = {
		[BASIS_QUOTE] = "a quote",
		[BASIS_TPM] = "the local TPM",
		[BASIS_VALUES] = "PCR values that were given",
	};
	const struct state_proven *p = &state->proven;
	enum state_basis basis = quote ? BASIS_QUOTE : tpm ? BASIS_TPM :
				 BASIS_VALUES;

	*ret = BOOT_SAME;
	if (!p->record)
		return E_OK;
	if (p->basis != basis)
		return error_set(err, E_UNDECIDED,
				 "rests on %s, and is now to rest on %s",
				 names[p->basis], names[basis]);
	if (quote)
		return quote_boot(state, quote, ret, err);
	if (tpm)
		return tpm_boot(p, tpm, ret, err);
	*ret = BOOT_UNKNOWN;
	return E_OK;
}

/* --- a new one --- */

static void set_basis(struct state_proven *p, const struct quote *quote,
		      const struct tpm_clock *tpm)
{
	p->basis = quote ? BASIS_QUOTE : tpm ? BASIS_TPM : BASIS_VALUES;
	if (quote) {
		memcpy(p->ak, quote->ak_sha256, sizeof(p->ak));
		p->clock = (struct state_clock){
			quote->clock, quote->reset_count,
			quote->restart_count,
		};
	} else if (tpm) {
		p->clock = (struct state_clock){
			tpm->clock, tpm->reset_count, tpm->restart_count,
		};
	}
}

static void add_signatures(struct state_signatures *all,
			   const struct state_signatures *more)
{
	all->judged = all->judged && more->judged;
	all->good += more->good;
	all->bad += more->bad;
	all->no_key += more->no_key;
}

void checkpoint_renew(struct state *state, const struct verdict *v,
		      const struct quote *quote, const struct tpm_clock *tpm,
		      const struct state_boot *boot,
		      const struct state_signatures *signatures)
{
	struct state_proven *p = &state->proven;

	set_basis(p, quote, tpm);
	p->boot = *boot;
	if (v->proven_to < v->proven_from)
		return;		/* nothing was new */
	p->record = v->proven_to;
	p->pcrs = v->values;
	p->padded = 0;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (v->bank[i].padded)
			p->padded |= HASH_BIT(i);
	p->foreign = v->foreign;
	if (v->from == START_CHECKPOINT) {
		p->bytes += v->coverage.bytes;
		p->violations += v->violations;
		add_signatures(&p->signatures, signatures);
	} else {
		p->bytes = v->coverage.bytes;
		p->violations = v->violations;
		p->signatures = *signatures;
		memcpy(p->first_sha256, v->coverage.first_sha256,
		       SHA256_SIZE);
	}
	p->covered = v->coverage.covered;
}

/* --- writing --- */

static int write_out(struct checkpoint *c, const char *text, size_t len,
		     struct error *err)
{
	int rc = E_OK;

	if (ftruncate(c->lock, 0) < 0 || lseek(c->lock, 0, SEEK_SET) < 0)
		rc = error_errno(err, E_IO, "writing");
	if (!rc)
		rc = file_write(c->lock, text, len, err);
	if (!rc && fsync(c->lock) < 0)
		rc = error_errno(err, E_IO, "syncing");
	return rc;
}

/* Its name is the state's from now on, and the lock is not ours any more. */
static int put_in_place(struct checkpoint *c, struct error *err)
{
	int dir, rc = E_OK;

	if (rename(c->tmp, c->path) < 0)
		return error_errno(err, E_IO, "renaming");
	c->dead = true;
	dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) < 0)
		rc = error_errno(err, E_IO, "syncing its directory");
	if (dir >= 0)
		close(dir);
	return rc;
}

/* It was saved before in this run; nobody may have come in between. */
static int lock_again(struct checkpoint *c, struct error *err)
{
	int saved = c->lock;
	bool still = false;
	int rc;

	c->dead = false;
	rc = lock(c, err);
	if (!rc)
		rc = is_still(c->path, saved, &still, err);
	if (!rc && !still)
		rc = error_set(err, E_BUSY, "another verifier has changed it");
	close(saved);
	return rc;
}

int checkpoint_save(struct checkpoint *c, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	rc = c->dead ? lock_again(c, err) : E_OK;
	if (rc) {
		error_subject(err, "%s", c->path);
		return rc;
	}
	c->state.generation++;
	rc = state_write(&c->state, key_of(c), &text, &len, err);
	if (!rc)
		rc = write_out(c, text, len, err);
	if (!rc)
		rc = put_in_place(c, err);
	free(text);
	if (!rc && c->key_name)
		rc = keyring_set_generation(c->key_name, c->state.generation,
					    err);
	if (rc)
		error_subject(err, "%s", c->path);
	return rc;
}
