// SPDX-License-Identifier: GPL-2.0-or-later
/* page-draw.c - pictures for a verdict's page: SVG in the page itself */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/page.h"
#include "shards.h"

#define WIDTH 960.0
#define BORDERS_MAX 400		/* shard borders that are drawn */
#define POINTS_MAX 400		/* of a curve */

/* --- what is proven, along the records --- */

static double x_of(const struct verdict *v, uint64_t record)
{
	uint64_t last = v->last_contained ? v->last_contained : 1;

	return WIDTH * (double)record / (double)last;
}

/* Records @from to @to in a colour; @title is what a pointer is shown. */
static void stretch(const struct page *p, uint64_t from, uint64_t to,
		    const char *kind, const char *title)
{
	const struct verdict *v = p->report->verdict;
	double x, width;

	if (!to || to < from)
		return;
	x = x_of(v, from - 1);
	width = x_of(v, to) - x;
	fprintf(p->to, "<rect class=\"%s\" x=\"%.2f\" y=\"14\" width=\"%.2f\" height=\"34\"><title>records %llu to %llu: %s</title></rect>\n",
		kind, x, width < 1.0 ? 1.0 : width, (unsigned long long)from,
		(unsigned long long)to, title);
}

static void borders(const struct page *p)
{
	const struct store *st = p->evidence->store;
	size_t n = st ? store_count(st) : 0;
	size_t step = n / BORDERS_MAX + 1;

	for (size_t i = 0; i < n; i += step) {
		const struct shard *s = store_shard(st, i);
		double x = x_of(p->report->verdict, s->last);

		fprintf(p->to, "<line class=\"border\" x1=\"%.2f\" x2=\"%.2f\" y1=\"10\" y2=\"52\"><title>shard %llu to %llu</title></line>\n",
			x, x, (unsigned long long)s->first,
			(unsigned long long)s->last);
	}
}

void page_timeline(const struct page *p)
{
	const struct verdict *v = p->report->verdict;
	uint64_t first = v->first_contained;
	bool proven = v->kind == VERIFIED && v->proven_to >= v->proven_from;

	if (!v->contains)
		return;
	fprintf(p->to, "<svg viewBox=\"0 0 960 78\" role=\"img\" aria-label=\"what is proven, along the records\">\n");
	stretch(p, 1, v->discarded, "discarded", "discarded");
	if (proven) {
		stretch(p, first, v->proven_from - 1, "skipped",
			"before the start, not examined");
		stretch(p, v->proven_from, v->proven_to, "proven", "proven");
		stretch(p, v->proven_to + 1, v->last_contained, "behind",
			"behind the target, unproven");
	} else {
		stretch(p, first, v->last_contained,
			v->kind == CONTRADICTED ? "bad" : "behind",
			"not proven");
	}
	borders(p);
	fprintf(p->to, "<text x=\"0\" y=\"70\">1</text><text x=\"960\" y=\"70\" text-anchor=\"end\">%llu</text>\n",
		(unsigned long long)v->last_contained);
	if (proven && v->start)
		fprintf(p->to, "<text x=\"%.2f\" y=\"8\" text-anchor=\"middle\">start: %llu</text>\n",
			x_of(v, v->start), (unsigned long long)v->start);
	fprintf(p->to, "</svg>\n<p class=\"key\"><i class=\"proven\"></i> proven <i class=\"skipped\"></i> before the start, not examined <i class=\"behind\"></i> behind the target, or not proven <i class=\"bad\"></i> contradicted <i class=\"discarded\"></i> discarded <i class=\"mark\"></i> a shard's end</p>\n");
}

/* --- growth, over time --- */

struct point {
	time_t when;
	uint64_t last;
};

static bool time_of(const char *text, time_t *ret)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	*ret = end && !*end ? timegm(&tm) : 0;
	return end && !*end;
}

static size_t find_points(const struct store *st, struct point *ret)
{
	struct aggregate *a = malloc(sizeof(*a));
	size_t n = store_count(st), step = n / POINTS_MAX + 1, count = 0;

	for (size_t i = 0; a && i < n; i += step) {
		/* The newest, too. */
		size_t at = i + step < n ? i : n - 1;

		if (store_aggregate(st, at, a, NULL, NULL) ||
		    !time_of(a->taken, &ret[count].when))
			continue;
		ret[count++].last = a->last;
	}
	free(a);
	return count;
}

static void label(const struct page *p, double x, const char *anchor,
		  time_t when)
{
	char text[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	fprintf(p->to, "<text x=\"%.0f\" y=\"158\" text-anchor=\"%s\">%s</text>\n",
		x, anchor, text);
}

static void draw_points(const struct page *p, const struct point *at,
			size_t n)
{
	double span = difftime(at[n - 1].when, at[0].when);
	double top = (double)at[n - 1].last;

	fprintf(p->to, "<svg viewBox=\"0 0 960 164\" role=\"img\" aria-label=\"records over time\">\n<polyline class=\"curve\" points=\"");
	for (size_t i = 0; i < n; i++)
		fprintf(p->to, "%.1f,%.1f ", span > 0 ? WIDTH *
			difftime(at[i].when, at[0].when) / span :
			WIDTH * (double)i / (double)(n - 1),
			140.0 - 126.0 * (double)at[i].last / top);
	fprintf(p->to, "\"/>\n<line class=\"border\" x1=\"0\" x2=\"960\" y1=\"140\" y2=\"140\"/>\n<text x=\"960\" y=\"10\" text-anchor=\"end\">%llu records</text>\n",
		(unsigned long long)at[n - 1].last);
	label(p, 0, "start", at[0].when);
	label(p, WIDTH, "end", at[n - 1].when);
	fprintf(p->to, "</svg>\n");
}

void page_growth(const struct page *p)
{
	const struct store *st = p->evidence->store;
	struct point *at;
	size_t n;

	at = st ? calloc(POINTS_MAX + 2, sizeof(*at)) : NULL;
	n = at ? find_points(st, at) : 0;
	if (n > 1)
		draw_points(p, at, n);
	else
		fprintf(p->to, "<p>It takes two shards to draw a line.</p>\n");
	free(at);
}

/* --- places, along the records --- */

void page_places(const struct page *p, const struct page_places *at,
		 const char *colour)
{
	uint32_t most = 1;

	if (!at->count)
		return;
	for (size_t i = 0; i < PAGE_BUCKETS; i++)
		if (at->bucket[i] > most)
			most = at->bucket[i];
	fprintf(p->to, "<svg viewBox=\"0 0 960 56\" role=\"img\" aria-label=\"where they are\">\n");
	for (size_t i = 0; i < PAGE_BUCKETS; i++) {
		double high = 36.0 * at->bucket[i] / most;

		if (!at->bucket[i])
			continue;
		fprintf(p->to, "<rect class=\"%s\" x=\"%zu\" y=\"%.1f\" width=\"9\" height=\"%.1f\"><title>%u</title></rect>\n",
			colour, 10 * i, 38.0 - high - 1, high + 1,
			at->bucket[i]);
	}
	fprintf(p->to, "<line class=\"border\" x1=\"0\" x2=\"960\" y1=\"38\" y2=\"38\"/>\n<text x=\"0\" y=\"52\">%llu</text><text x=\"960\" y=\"52\" text-anchor=\"end\">%llu</text>\n</svg>\n",
		(unsigned long long)p->count->first,
		(unsigned long long)p->count->last);
}
