/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.pml - records on their way from a kernel's lists into shards
 *
 * What is modelled: the kernel's current and staged list with its rule that
 * one writer has a list open; a TPM, extended a moment after a record is in
 * the list; the store, with what of it is only in the page cache; two takers
 * that follow the order of writing (ima-shards(5)), each of which can be
 * killed before any step; a reader that gets in the way; a rival that stages a
 * batch and dies; kexecs, orderly or out of a panic, on which the kernel
 * carries the records over, drops some, or all; reboots.
 *
 * A set of records is the bits of a byte. Bit n is the n-th record since the
 * TPM was reset; a record's bytes tell which one it is, and how the records
 * are cut into shards makes no difference here.
 *
 * What must hold, always:
 *  - no record is lost by what a taker does (NOTHING_LOST);
 *  - none is stored twice, and all in order (asserted where one is published);
 *  - the kernel is told to delete only what is durable (asserted there);
 *  - shards are cleared only where the kernel holds all they have of this boot
 *    (asserted there);
 * and when the takers have come to rest:
 *  - what a kernel dropped by itself, and no shard has, is in a recorded gap;
 *  - the kernel holds nothing any more, and the shards hold all the rest.
 *
 * LEAVE_OUT is the step that is left out, 0 for none: each must lead to a
 * counterexample. tests/model.test runs them all:
 *
 *	spin -DLEAVE_OUT=0 -a snapshot.pml && cc -O2 -DSAFETY -o pan pan.c
 *	./pan -m100000
 */
#ifndef LEAVE_OUT
#define LEAVE_OUT 0
#endif
/* Bounds. A kexec brings a record too: its kernel's boot_aggregate. */
#ifndef RECORDS
#define RECORDS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef KEXECS
#define KEXECS 1
#endif
#ifndef REBOOTS
#define REBOOTS 1
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef TRIM
#define TRIM 0		/* 1: the kernel has no staged list */
#endif
#define DOES(step) (LEAVE_OUT != step)

#define RECOVER		1
#define SKIP_STORED	2
#define ASK_TPM		3
#define SYNC_RECORDS	41
#define SYNC_NAME	42
#define COMMIT		5
#define SYNC_COMMIT	6
#define DELETE		7
#define DELETE_LAST	8	/* "only now": left out, it is done at once */

/* The kernel. */
byte added;		/* in the list, whoever has them now */
byte extended;		/* of those, what the TPM was extended by */
byte current, staged;
byte writer;		/* who has a list open for writing, 0 nobody */
byte dropped;		/* by a kernel at a kexec, and no copy was made */
byte epoch;		/* counts kernels */
byte records = RECORDS, deaths = DEATHS, kexecs = KEXECS, reboots = REBOOTS;

/* The store: names in the directory, bytes in the files. */
byte named;		/* records that an .ima names */
byte committed;		/* ... and a .json */
byte data;		/* records whose bytes are there */
byte aside;		/* in .orphan files, whole */
byte tmp;		/* in a .tmp file */
byte named_sure, committed_sure, data_sure;	/* also after a panic */
byte gaps;		/* records that a gap is recorded for */
bool doubt;		/* the newest aggregate did not match */
bool old;		/* before them, shards of an earlier boot */
byte store_epoch;	/* the boot id in the newest aggregate */
byte lock;		/* the store's, 0 nobody */
byte resting;		/* processes that have done all they do */

#define SURE (committed_sure & named_sure & data_sure)
#define HELD (current | staged | tmp | aside | (data & named) | dropped)
#define NOTHING_LOST ((added & ~HELD) == 0)
/* Are all of @a before the first of @b? */
#define ANY (old || committed != 0)
#define BEFORE(a, b) ((b) == 0 || (a) < ((b) & -(b)))

/* --- the machine --- */

inline measure()
{
	d_step {
		current = current | (added + 1);
		added = (added << 1) | 1;
	}
}

/* What only the page cache had goes or stays, each kind by itself. */
inline panic()
{
	if
	:: committed = committed & committed_sure
	:: skip
	fi;
	if
	:: data = data & ~(named & ~named_sure); named = named & named_sure
	:: skip
	fi;
	if
	:: data = data & data_sure
	:: skip
	fi;
	if
	:: tmp = 0
	:: skip
	fi
}

/* All that is left is on the disk. */
inline new_kernel()
{
	epoch++;
	writer = 0;
	lock = 0;
	named_sure = named;
	committed_sure = committed;
	data_sure = data
}

inline drop(which)
{
	/* What we have a copy of by now is ours to keep. */
	dropped = dropped | ((which) & ~((data & named) | aside | tmp));
	current = current & ~(which)
}

inline kexec()
{
	if
	:: panic()
	:: skip
	fi;
	/* What a kernel hands on is one list. */
	current = current | staged;
	staged = 0;
	if
	:: skip
	:: drop(current)
	/* Its last one did not fit. */
	:: current != 0 -> drop(current & ~(current >> 1))
	fi;
	new_kernel();
	measure();
	extended = added
}

inline reboot()
{
	if
	:: panic()
	:: skip
	fi;
	current = 0;
	staged = 0;
	dropped = 0;
	gaps = 0;
	added = 0;
	extended = 0;
	tmp = 0;
	aside = 0;
	old = old || committed != 0;
	committed = 0;
	named = 0;
	data = 0;
	new_kernel();
	measure();
	extended = added
}

proctype kernel()
{
	do
	:: atomic { records > 0 && added == extended ->
		records--; measure() }
	:: atomic { added != extended -> extended = added }
	:: records == 0 && added == extended && kexecs == 0 &&
	   reboots == 0 -> break
	:: atomic { kexecs > 0 && added == extended -> kexecs--; kexec() }
	:: atomic { reboots > 0 -> reboots--; reboot() }
	od
}

/* Opens the list to read it; writers get EBUSY meanwhile. */
proctype reader()
{
	atomic { writer == 0 -> writer = 9 };
	atomic { if :: writer == 9 -> writer = 0 :: else fi; resting++ }
}

/* Another agent stages a batch, and is gone; or there is none. */
proctype rival()
{
	if
	:: atomic { writer == 0 && staged == 0 && !TRIM ->
		staged = current; current = 0 }
	:: skip
	fi;
	resting++
}

/* --- a taker --- */

/* A kexec ends everybody; a kill may come before any step. */
#define STEP								\
	if								\
	:: epoch != born -> goto gone					\
	:: epoch == born && mortal && deaths > 0 ->			\
		deaths--; goto gone					\
	:: epoch == born						\
	fi

inline give_up()
{
	if :: writer == me -> writer = 0 :: else fi;
	if :: lock == me -> lock = 0 :: else fi
}

/* What is published is new, and behind all that is there. */
inline check_order()
{
	assert((new & committed) == 0);
	assert(BEFORE(committed, new))
}

inline tell_kernel()
{
	/* Deleted is what was read; what else there is, is not ours yet. */
	assert((batch & ~SURE) == 0);
	staged = staged & ~batch;
	current = current & ~batch
}

proctype taker(byte me; byte takes; bool mortal)
{
	byte born, seen, batch, new;
	bool anchor, explained;

take:
	if
	:: takes == 0 -> goto rest
	:: atomic { takes > 0 && lock == 0 ->
		takes--; lock = me; born = epoch;
		seen = 0; batch = 0; new = 0; anchor = false }
	fi;

	/* 3, its first half: the PCRs are read before the list. */
	atomic { STEP; seen = extended };

	/* A new boot id: is the shards' boot over? */
	atomic { STEP;
		if
		:: ANY && store_epoch != epoch && (seen & ~current) == 0 &&
		   (old || (committed & ~current) != 0) ->
			assert((committed & ~current) == 0);
			committed = 0; named = 0; data = 0;
			committed_sure = 0; named_sure = 0;
			data_sure = 0; doubt = false; old = false
		:: else
		fi };

	/* 1: an .ima without .json may be the only copy. */
	atomic { STEP;
		if
		:: DOES(RECOVER) && (named & ~committed) != 0 ->
			new = named & ~committed;
			if
			:: ANY && (new & ~data) == 0 &&
			   BEFORE(committed, new) ->
				committed = committed | new
			:: else ->
				/* Cut short by a panic: those bytes are gone. */
				aside = aside | (new & data);
				named = named & committed;
				data = data & committed
			fi
		/* As if it were rubbish. */
		:: !DOES(RECOVER) ->
			named = named & committed;
			data = data & committed;
			tmp = 0
		:: else
		fi };
	atomic { STEP; named_sure = named; committed_sure = committed;
		data_sure = data; new = 0 };

	/* The list is opened for writing, and stays so. */
	atomic { STEP;
		if
		:: writer == 0 -> writer = me
		:: else -> goto busy
		fi };
	atomic { STEP;
		if
		:: TRIM -> batch = current
		:: !TRIM && staged == 0 ->
			staged = current; current = 0; batch = staged
		:: !TRIM && staged != 0 -> batch = staged
		fi };

	/* What a batch of a dead run does not explain, the rest may. */
	atomic { STEP;
		if
		:: (seen & ~(committed | batch)) != 0 ->
			batch = batch | current
		:: else
		fi;
		new = batch;
		if
		:: DOES(SKIP_STORED) -> new = batch & ~committed
		:: else
		fi;
		/* From shards of another boot nothing of this one follows. */
		explained = !DOES(ASK_TPM) ||
			((!old || store_epoch == epoch) &&
			 (seen & ~(committed | batch | gaps)) == 0);
		if
		:: !explained ->
			anchor = doubt || store_epoch != epoch || !ANY
		:: else
		fi };

	if
	:: !DOES(DELETE_LAST) -> atomic { STEP; tell_kernel() }
	:: else
	fi;

	if
	:: new == 0 -> goto stored
	:: else
	fi;

	/* 4: the records, durable under their name. */
	atomic { STEP; tmp = tmp | new };
	atomic { STEP;
		check_order();
		named = named | new; data = data | new;
		tmp = tmp & ~new;
		if
		:: DOES(SYNC_RECORDS) -> data_sure = data_sure | new
		:: else
		fi };
	atomic { STEP;
		if
		:: DOES(SYNC_NAME) -> named_sure = named
		:: else
		fi };

	/* 5: the commit. */
	atomic { STEP;
		if
		:: DOES(COMMIT) ->
			committed = committed | new;
			store_epoch = epoch;
			if
			:: explained -> doubt = false
			:: anchor ->
				gaps = gaps | (seen & ~committed);
				doubt = false
			:: else -> doubt = true
			fi
		:: else
		fi };

	/* 6 */
	atomic { STEP;
		if
		:: DOES(SYNC_COMMIT) ->
			committed_sure = committed; named_sure = named
		:: else
		fi };

stored:
	/* 7: only now, and only where the TPM agreed or a gap says why not. */
	atomic { STEP;
		if
		:: DOES(DELETE) && DOES(DELETE_LAST) &&
		   (explained || (anchor && new != 0)) -> tell_kernel()
		:: else
		fi };
	/* A .tmp of a dead run goes where its records are seen elsewhere. */
	atomic { STEP;
		if
		:: tmp != 0 && (tmp & ~(committed | batch)) == 0 -> tmp = 0
		:: tmp != 0 && (tmp & ~(committed | batch)) != 0 ->
			aside = aside | tmp; tmp = 0
		:: else
		fi };
busy:
	atomic { STEP; give_up() };
	goto take;
gone:
	atomic {
		if
		:: epoch == born -> give_up()
		:: else
		fi };
	goto take;
rest:
	resting++
}

/* --- what must hold --- */

active proctype watch()
{
end:	atomic { !NOTHING_LOST -> assert(false) }
}

init {
	atomic {
		measure();
		extended = added;
		run kernel();
		run reader();
		run rival();
		run taker(1, TAKES, true);
		run taker(2, 1, true);
		/* Less may happen than could. */
		if :: kexecs = 0 :: skip fi;
		if :: reboots = 0 :: skip fi
	};
	/* All has happened that could. Then an undisturbed taker. */
	atomic { resting == 4 && records == 0 && kexecs == 0 &&
		 reboots == 0 && added == extended ->
		run taker(3, 1, false) };
	atomic { resting == 5 -> measure(); extended = added;
		run taker(4, 1, false) };
	atomic { resting == 6 -> measure(); extended = added;
		run taker(5, 1, false) };
	resting == 7;
	d_step {
		assert(current == 0 && staged == 0);
		assert((added & ~(committed | gaps)) == 0);
		assert((dropped & ~(committed | gaps)) == 0);
		assert((committed & ~(data & named)) == 0)
	}
}
