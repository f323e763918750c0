/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h - a verdict as one page, for the person who must judge a host
 *
 *	page.c		the whole, and its words
 *	page-count.c	what the verdict's records are, counted on a walk
 *	page-draw.c	pictures: SVG in the page itself
 *
 * The page needs no network and no script, and allows none: its own policy
 * says so to the browser. Names of files are whatever bytes somebody chose.
 */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/measurement-verb.h"
#include "cmd/report.h"

#define PAGE_PLACES 50		/* listed by number and name, of each kind */
#define PAGE_NAME_MAX 300	/* bytes of a name that are shown */
#define PAGE_TEMPLATES 12	/* listed by name, the others as one */
#define PAGE_BUCKETS 96		/* of a picture of places */

struct page_place {
	uint64_t number;
	char name[4 * PAGE_NAME_MAX + 1];	/* as text_escape() has it */
};

struct page_places {
	uint64_t count;
	uint32_t bucket[PAGE_BUCKETS];
	struct page_place first[PAGE_PLACES];
};

struct page_count {
	uint64_t first, last;		/* the records that were gone through */
	uint64_t records, bytes;
	struct page_places violations, signed_files;
	struct {
		char name[64];
		uint64_t count;
	} template[PAGE_TEMPLATES];
	size_t templates;
	uint64_t others;
	uint64_t odd;			/* not the fields of their template */
};

struct page {
	FILE *to;
	const struct report *report;
	const struct opened *evidence;
	const struct page_count *count;
};

/*
 * Write @path, aside and renamed. Nothing is made of evidence that could not be
 * opened but the verdict. Returns 0; E_CHANGED where the records are no longer
 * those of the verdict; E_IO, E_NOMEM.
 */
int page_write(const char *path, const struct report *r,
	       const struct opened *o, struct error *err);

/* --- what the parts share --- */

/* What has a meaning in HTML as what it looks like; controls are escaped. */
void page_text(const struct page *p, const char *text);
void page_bytes(const struct page *p, const void *bytes, size_t len);

/* 1234567 as 1 234 567, with narrow spaces. */
void page_number(const struct page *p, uint64_t n);

int page_count_records(const struct opened *o, const struct verdict *v,
		       struct page_count *ret,
		       struct error *err);

void page_timeline(const struct page *p);
void page_growth(const struct page *p);
void page_places(const struct page *p, const struct page_places *at,
		 const char *colour);

#endif
