// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * progress.c - how far a verb has come, on one line of stderr that goes again
 *
 * The line ends with no newline. It is written over with blanks, which every
 * terminal knows, rather than by an escape sequence, which some do not.
 */
#include "cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define AFTER_MS 1000		/* what is done sooner needs no line */
#define PAUSE_MS 100		/* between two looks */
#define LINE_BYTES 160
#define COLUMNS 80

static struct line {
	struct progress progress;
	const char *what;
	bool always;
	int columns;
	int shown;		/* columns that are to be erased */
	long long start, seen;	/* when it was begun, and told of last */
	long long drawn;
	unsigned int pass;
	long long pass_start;
} line;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* "5 s", "3 min 20 s", "2 h 05 min" */
static int duration(char *buf, size_t size, unsigned long long s)
{
	if (s < 60)
		return snprintf(buf, size, "%llu s", s);
	if (s < 3600)
		return snprintf(buf, size, "%llu min %02llu s", s / 60, s % 60);
	return snprintf(buf, size, "%llu h %02llu min", s / 3600,
			s % 3600 / 60);
}

/*
 * As much as is known: "WHAT: N of M records, P %, R/s, T left"; millions of
 * them fit 80 columns.
 */
static int words(char buf[LINE_BYTES], const struct progress *p, long long ms)
{
	unsigned long long done = p->done, total = p->total, rate;
	char left[40];

	rate = ms > 0 ? done * 1000 / (unsigned long long)ms : 0;
	if (total < done || !done)
		return snprintf(buf, LINE_BYTES, "%s: %llu records, %llu/s",
				line.what, done, rate);
	duration(left, sizeof(left), (unsigned long long)
		 ((double)(total - done) / (double)done * (double)ms / 1000));
	return snprintf(buf, LINE_BYTES,
			"%s: %llu of %llu records, %llu %%, %llu/s, %s left",
			line.what, done, total, done * 100 / total, rate, left);
}

static void draw(const struct progress *p, long long now)
{
	char buf[LINE_BYTES];
	int len = words(buf, p, now - line.pass_start);
	int room = line.columns - 1;

	if (room > LINE_BYTES - 1)
		room = LINE_BYTES - 1;
	if (len > room)
		len = room;
	fprintf(stderr, "\r%.*s%*s", len, buf,
		line.shown > len ? line.shown - len : 0, "");
	line.shown = line.shown > len ? line.shown : len;
	line.drawn = now;
}

static void tell(void *ctx, const struct progress *p)
{
	long long now = now_ms();

	(void)ctx;
	if (line.pass != p->pass) {
		line.pass = p->pass;
		line.pass_start = line.seen;
	}
	line.seen = now;
	if (!line.always && now - line.start < AFTER_MS)
		return;
	if (!line.drawn || now - line.drawn >= PAUSE_MS)
		draw(p, now);
}

bool progress_wanted(enum progress_when when)
{
	return when == PROGRESS_ALWAYS ||
	       (when == PROGRESS_AUTO && isatty(STDERR_FILENO));
}

struct progress *progress_start(const char *what, enum progress_when when)
{
	struct winsize size;

	if (!progress_wanted(when))
		return NULL;
	memset(&line, 0, sizeof(line));
	line.progress.tell = tell;
	line.progress.look = PROGRESS_EVERY;
	line.what = what;
	line.always = when == PROGRESS_ALWAYS;
	line.columns = COLUMNS;
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		line.columns = size.ws_col;
	line.start = line.seen = line.pass_start = now_ms();
	return &line.progress;
}

void progress_hide(void)
{
	if (!line.shown)
		return;
	fprintf(stderr, "\r%*s\r", line.shown, "");
	line.shown = 0;
	line.drawn = 0;
}

static void ignore(void *ctx, const struct progress *p)
{
	(void)ctx;
	(void)p;
}

void progress_stop(void)
{
	progress_hide();
	line.progress.tell = ignore;
}
