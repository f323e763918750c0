/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-kernel: the IMA securityfs interface of Linux 7.3 as a FUSE file system
 *
 *	record.c	bytes of a record: templates, digests, both list forms
 *	list.c		the list, the staged list and the commands A, D, N
 *	seq.c		how seq_file hands a list to read()
 *	tpm.c		extending PCRs of a software TPM over its raw socket
 *	control.c	what a test may ask for through ".control"
 *	nodes.c		the names, modes and meanings of the files
 *	fs.c		FUSE glue, the lock of the list files
 *	main.c		options
 *
 * Two mutexes, as in the kernel, taken in this order:
 *
 *	extend_lock	held while a record is appended *and* extended, and
 *			by everything that takes records away. The kernel's
 *			ima_extend_list_mutex.
 *	list_lock	held for as long as the lists are looked at. A reader
 *			takes only this one, and so can see a record whose
 *			extend is not done yet, as it can on a real kernel.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ALGO_MAX	4
#define DIGEST_MAX	64
#define IMA_PCR		10

enum kind { KIND_STAGE, KIND_TRIM, KIND_COPY };

struct options {
	enum kind kind;
	bool banks[ALGO_MAX];	/* allocated in the TPM, in order of algos[] */
	bool flush_htable;
	const char *swtpm;	/* path of the server socket, NULL: no TPM */
};

extern struct options options;
extern pthread_mutex_t extend_lock;
extern pthread_mutex_t list_lock;

/* A growing buffer. Running out of memory ends a test, so it just aborts. */
struct buf {
	unsigned char *data;
	size_t len;
	size_t cap;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_u32(struct buf *b, uint32_t value);
void buf_hex(struct buf *b, const void *data, size_t len);
void buf_free(struct buf *b);
void *must_alloc(size_t count, size_t size);

/* record.c */
struct algo {
	const char *name;
	uint16_t tpm_id;
	size_t size;
};

extern const struct algo algos[ALGO_MAX];

struct record {
	uint32_t pcr;
	bool violation;
	const char *tmpl;	/* static */
	unsigned char *data;	/* as the kernel prints and hashes it */
	size_t len;
	unsigned char digest[ALGO_MAX][DIGEST_MAX];
};

int algo_find(const char *name, size_t len);
void algo_digest(int algo, const void *data, size_t len, unsigned char *out);

struct record *record_ng(uint32_t pcr, const char *name);
struct record *record_sig(const char *name);
struct record *record_buf(const char *name, const void *data, size_t len);
struct record *record_violation(const char *name);
struct record *record_boot_aggregate(void);
struct record *record_copy(const struct record *from);
void record_free(struct record *r);
bool record_same(const struct record *a, const struct record *b);
void record_binary(const struct record *r, int algo, struct buf *out);
void record_ascii(const struct record *r, int algo, struct buf *out);

/* list.c: the records are owned by "untouched", the others only point */
struct list {
	struct record **at;
	size_t head;		/* removed from the front so far */
	size_t len;		/* remaining */
	size_t cap;
};

struct state {
	struct list current;
	struct list staged;
	struct list untouched;	/* everything since the TPM was reset */
	size_t hashed_from;	/* in untouched: known to duplicate detection */
	struct record *late;	/* in the list, its extend is outstanding */
	bool late_extend;
	bool suspended;
	unsigned long violations;
	unsigned long extends;
	unsigned long duplicates;
	unsigned long refused;	/* opens of a list that was busy */
	char boot_id[37];
};

enum carry { CARRY, CARRY_DROP, CARRY_LOST };
enum how { EXTEND, NO_EXTEND };

extern struct state state;

struct record *list_get(const struct list *l, size_t index);

/*
 * All of these return 0 or a negative errno, and are called with extend_lock
 * held and list_lock not held.
 */
int list_add(struct record *r, enum how how);	/* takes r, always */
int list_add_once(struct record *r);	/* unless it was measured already */
int list_catch_up(void);		/* the outstanding extend, if any */
int list_stage(void);
int list_delete_staged(void);
int list_trim(unsigned long n);
int list_boot(void);			/* power-on: nothing but a new TPM */
int list_kexec(enum carry carry, size_t drop);

/* seq.c */
struct seq {
	struct buf buf;		/* printed, of which [from, from + count) is */
	size_t from;		/* not handed out yet */
	size_t count;
	size_t index;		/* of the next record */
	off_t read_pos;		/* offset that index and count belong to */
	off_t expect;		/* where FUSE will ask next; see seq_wrote() */
	off_t wrote_end;	/* the same if the last write moved it; or -1 */
	off_t wrote_pos;	/* and the list's own offset in that case */
};

struct node;

size_t seq_read(struct seq *s, const struct node *node, char *out, size_t size,
		off_t offset);
void seq_wrote(struct seq *s, off_t offset, size_t len);
void seq_free(struct seq *s);

/* tpm.c */
int tpm_extend(const struct record *r);	/* one PCR, all banks */
int tpm_extend_foreign(void);
void tpm_done(void);			/* let another client have its turn */

/* control.c */
int control_write(const char *data, size_t len);
void control_show(struct buf *out);

/* nodes.c */
enum node_type {
	NODE_LIST, NODE_LINK, NODE_COUNT, NODE_VIOLATIONS, NODE_BOOT_ID,
	NODE_CONTROL, NODE_UNTOUCHED
};

struct node {
	enum node_type type;
	mode_t mode;
	int algo;
	bool ascii;
	bool staged;
	char name[64];
	char target[64];
};

void nodes_init(void);
const struct node *node_find(const char *name);
const struct node *node_at(size_t index);
const struct list *node_list(const struct node *node);
void node_show(const struct node *node, struct buf *out);

/* fs.c */
int fs_main(const char *mountpoint, bool foreground);

#endif /* FAKE_KERNEL_H */
