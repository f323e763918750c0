// SPDX-License-Identifier: GPL-2.0-or-later
/* page.c - a verdict as one page, for the person who must judge a host */
#include "cmd/page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cmd/report-pcrs.h"
#include "port/aside.h"
#include "port/file.h"
#include "shards.h"

#define PAGE_MODE 0640
#define SHARDS_SHOWN 100	/* the last ones */

static const char head[] =
"<!DOCTYPE html>\n"
"<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
"<meta name=\"viewport\" content=\"width=device-width\">\n"
"<link rel=\"icon\" href=\"data:,\">\n"
"<title>IMA measurement: %s</title>\n<style>\n"
"body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222;background:#fff}\n"
"h1{font-size:1.7em;padding:.5em .8em;border-radius:6px;color:#fff}\n"
"h1.verified{background:#1a7f37}h1.contradicted{background:#b42318}h1.undecided{background:#8a6100}\n"
"h2{font-size:1.15em;margin:1.8em 0 .4em;border-bottom:1px solid #ddd}\n"
"table{border-collapse:collapse;width:100%%}td,th{padding:.2em .6em;text-align:left;border-bottom:1px solid #eee;vertical-align:top}\n"
"th{font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums}td.name{width:80%%;word-break:break-all;font-family:monospace}\n"
"svg{width:100%%;height:auto;display:block}svg text{font-size:11px;fill:#555}\n"
".proven{fill:#2da44e;background:#2da44e}.skipped{fill:#9db7d5;background:#9db7d5}.behind{fill:#e3b341;background:#e3b341}\n"
".bad{fill:#d1242f;background:#d1242f}.discarded{fill:#ccc;background:#ccc}.signed{fill:#3d6fb4}\n"
".border{stroke:#444;stroke-width:.6}.curve{fill:none;stroke:#3d6fb4;stroke-width:2}\n"
".key{font-size:.85em;color:#555}.key i{display:inline-block;width:1em;height:.8em;margin-left:1em}.key i.mark{width:1px;height:1em;background:#444}\n"
"@media print{h1{color:#000;border:2px solid #000}}\n"
"</style>\n</head>\n<body>\n";

/* --- words --- */

static void put_char(FILE *to, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", to);
		break;
	case '<':
		fputs("&lt;", to);
		break;
	case '>':
		fputs("&gt;", to);
		break;
	case '"':
		fputs("&quot;", to);
		break;
	case '\'':
		fputs("&#39;", to);
		break;
	default:
		fputc(c, to);
	}
}

void page_text(const struct page *p, const char *text)
{
	while (*text)
		put_char(p->to, *text++);
}

void page_bytes(const struct page *p, const void *bytes, size_t len)
{
	char shown[4 * 256 + 1];

	text_escape(shown, sizeof(shown), bytes, len < 256 ? len : 256);
	page_text(p, shown);
}

void page_number(const struct page *p, uint64_t n)
{
	char digits[24];
	size_t len;

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++)
		fprintf(p->to, "%s%c", i && (len - i) % 3 == 0 ? "&#8239;" : "",
			digits[i]);
}

static void row_begin(const struct page *p, const char *name)
{
	fprintf(p->to, "<tr><th>%s</th><td>", name);
}

static void row_end(const struct page *p)
{
	fprintf(p->to, "</td></tr>\n");
}

static void row_text(const struct page *p, const char *name, const char *text)
{
	row_begin(p, name);
	page_text(p, text);
	row_end(p);
}

static void range(const struct page *p, uint64_t from, uint64_t to)
{
	page_number(p, from);
	fputs(" to ", p->to);
	page_number(p, to);
}

/* --- the verdict, and what it rests on --- */

static const char *const kinds[] = {
	[UNDECIDED] = "undecided",
	[VERIFIED] = "verified",
	[CONTRADICTED] = "contradicted",
};

static const char *start_words(const struct verdict *v)
{
	switch (v->from) {
	case START_BOOT:
		return "boot: the whole history was replayed";
	case START_AGGREGATE:
		if (v->gap[0])
			return "the TPM's own values behind lost records, taken on trust";
		return v->trust == TRUST_QUOTED ?
		       "an aggregate that the attestation key has signed" :
		       "an aggregate, taken on trust";
	case START_CHECKPOINT:
		return "a checkpoint: what was proven in earlier runs";
	case START_GIVEN:
		return "PCR values that were given, taken on trust";
	case START_SNAPSHOT_AGGREGATE:
		return "the snapshot_aggregate that the list begins with, taken on trust";
	}
	return "";
}

static void rests_on(const struct page *p)
{
	const struct verdict *v = p->report->verdict;
	const struct quote *q = p->report->quote;

	row_begin(p, "Start");
	page_text(p, start_words(v));
	if (v->start) {
		fputs("; after record ", p->to);
		page_number(p, v->start);
	}
	row_end(p);
	row_text(p, "Met", q ? "a TPM quote" :
		 "PCR values, not signed by a TPM");
	if (!q)
		return;
	row_text(p, "Nonce", q->nonce_checked ? "checked: the quote is fresh" :
		 "not checked: the quote may be an old one");
	row_text(p, "Attestation key", q->ak_sha256);
	row_text(p, "Its attributes", q->ak_kind == QUOTE_AK_RESTRICTED ?
		 "fixedTPM, restricted, sign" : "unknown (a PEM key)");
}

static void banks(const struct page *p)
{
	const struct verdict *v = p->report->verdict;

	row_begin(p, "Banks");
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		uint32_t mask = v->pcrs & v->values.bank[i].mask;
		const struct verdict_bank *b = &v->bank[i];
		char pcrs[PCRS_TEXT_MAX];

		if (!b->wanted)
			continue;
		pcrs_text(pcrs, b->met && mask != v->pcrs ? mask : 0);
		fprintf(p->to, "%s: %s%s%s%s. ", hash_row(i)->name,
			bank_result(b), *pcrs ? " in PCR " : "", pcrs,
			b->padded ? " (padded SHA-1)" :
			b->sha1 ? " (partly padded SHA-1)" : "");
	}
	row_end(p);
}

/* What the verdict says less of than one might think. */
static void pcrs(const struct page *p)
{
	const struct verdict *v = p->report->verdict;
	char text[NOT_COMPARED_MAX] = "";

	if (p->report->quote)
		not_compared_text(text, v, p->report->quote);
	if (*text)
		row_text(p, "Quoted, not compared", text);
	if (v->kind != VERIFIED || !v->resettable)
		return;
	pcrs_text(text, v->resettable);
	row_begin(p, "Warning");
	fprintf(p->to, "records extend PCR %s, which can be reset without a reboot: after that, such records may be left out or be others",
		text);
	row_end(p);
}

static void verdict(const struct page *p)
{
	const struct verdict *v = p->report->verdict;
	char why[ERROR_LINE_MAX];

	fprintf(p->to, "<h1 class=\"%s\">%s</h1>\n<table>\n", kinds[v->kind],
		kinds[v->kind]);
	if (v->kind != VERIFIED) {
		error_line(&v->why, why, sizeof(why));
		row_text(p, "Why", why);
	} else if (v->proven_to >= v->proven_from) {
		row_begin(p, "Proven records");
		range(p, v->proven_from, v->proven_to);
		row_end(p);
		rests_on(p);
	} else {
		rests_on(p);
		row_text(p, "Proven records", v->unproven_tail ?
			 "none behind the start" : "none is new");
	}
	banks(p);
	pcrs(p);
	if (v->discarded) {
		row_begin(p, "Discarded");
		range(p, 1, v->discarded);
		fputs(", by an administrator: not to be verified from boot",
		      p->to);
		row_end(p);
	}
	if (v->kind == VERIFIED && v->unproven_tail) {
		row_begin(p, "Behind the target");
		page_number(p, v->unproven_tail);
		fputs(" records, unproven", p->to);
		row_end(p);
	}
	fprintf(p->to, "</table>\n");
}

/* --- tables --- */

static const char *state_of(const struct verdict *v, const struct aggregate *a)
{
	if (v->kind != VERIFIED)
		return "not proven";
	if (a->last < v->proven_from)
		return "not examined";
	if (a->first > v->proven_to)
		return "behind the target";
	return a->first < v->proven_from || a->last > v->proven_to ?
	       "proven in part" : "proven";
}

static void shard_row(const struct page *p, size_t i,
		      const struct aggregate *a)
{
	fprintf(p->to, "<tr><td class=\"n\">%zu</td><td>", i + 1);
	range(p, a->first, a->last);
	fputs("</td><td class=\"n\">", p->to);
	page_number(p, a->bytes);
	fputs("</td><td>", p->to);
	page_bytes(p, a->taken, strlen(a->taken));
	fprintf(p->to, "</td><td>%s</td><td>%s%s</td></tr>\n",
		!a->tpm.present ? "none" :
		a->tpm.matched == MATCHED_YES ? "matched" :
		a->tpm.matched == MATCHED_NO ? "did not match" : "not asked",
		state_of(p->report->verdict, a),
		a->gap.present ? ", behind a gap" : "");
}

static void shards(const struct page *p)
{
	const struct store *st = p->evidence->store;
	size_t n = st ? store_count(st) : 0;
	struct aggregate *a = n ? malloc(sizeof(*a)) : NULL;

	if (!a)
		return;
	fprintf(p->to, "<table>\n<tr><th>Shard</th><th>Records</th><th>Bytes</th><th>Taken</th><th>TPM then</th><th>Now</th></tr>\n");
	for (size_t i = n > SHARDS_SHOWN ? n - SHARDS_SHOWN : 0; i < n; i++)
		if (store_aggregate(st, i, a, NULL, NULL))
			fprintf(p->to, "<tr><td class=\"n\">%zu</td><td colspan=\"5\">its aggregate cannot be read</td></tr>\n",
				i + 1);
		else
			shard_row(p, i, a);
	fprintf(p->to, "</table>\n");
	if (n > SHARDS_SHOWN)
		fprintf(p->to, "<p>%zu earlier ones are not listed.</p>\n",
			n - SHARDS_SHOWN);
	free(a);
}

static void places_table(const struct page *p, const struct page_places *at)
{
	size_t n = at->count < PAGE_PLACES ? (size_t)at->count : PAGE_PLACES;

	if (!n)
		return;
	fprintf(p->to, "<table>\n<tr><th>Record</th><th>Name</th></tr>\n");
	for (size_t i = 0; i < n; i++) {
		fputs("<tr><td class=\"n\">", p->to);
		page_number(p, at->first[i].number);
		fputs("</td><td class=\"name\">", p->to);
		page_text(p, at->first[i].name);
		fputs("</td></tr>\n", p->to);
	}
	fprintf(p->to, "</table>\n");
	if (at->count > n)
		fprintf(p->to, "<p>The first %zu of them.</p>\n", n);
}

static void violations(const struct page *p)
{
	const struct page_places *at = &p->count->violations;

	fprintf(p->to, "<h2>Violations: ");
	page_number(p, at->count);
	fprintf(p->to, "</h2>\n<p>A file was open for writing while it was measured: what was read is not known. No PCR covers these records' names.</p>\n");
	page_places(p, at, "bad");
	places_table(p, at);
}

static void signatures(const struct page *p)
{
	const struct page_places *at = &p->count->signed_files;
	const struct signatures *s = p->report->signatures;

	fprintf(p->to, "<h2>File signatures: ");
	page_number(p, at->count);
	fputs("</h2>\n<p>", p->to);
	if (s && s->judged) {
		page_number(p, s->count[IMASIG_GOOD]);
		fputs(" good, ", p->to);
		page_number(p, s->count[IMASIG_BAD]);
		fputs(" bad, ", p->to);
		page_number(p, s->count[IMASIG_NO_KEY]);
		fputs(" without a key.", p->to);
	} else {
		fputs("Not judged: that takes --verify-sig and keys.", p->to);
	}
	fputs("</p>\n", p->to);
	page_places(p, at, "signed");
	places_table(p, at);
}

static void templates(const struct page *p)
{
	const struct page_count *c = p->count;

	fprintf(p->to, "<h2>Records: ");
	page_number(p, c->records);
	fputs(", ", p->to);
	page_number(p, c->bytes);
	fprintf(p->to, " bytes</h2>\n<table>\n<tr><th>Template</th><th>Records</th></tr>\n");
	for (size_t i = 0; i < c->templates; i++) {
		fputs("<tr><td class=\"name\">", p->to);
		page_text(p, c->template[i].name);
		fputs("</td><td class=\"n\">", p->to);
		page_number(p, c->template[i].count);
		fputs("</td></tr>\n", p->to);
	}
	if (c->others) {
		fputs("<tr><td>others</td><td class=\"n\">", p->to);
		page_number(p, c->others);
		fputs("</td></tr>\n", p->to);
	}
	fprintf(p->to, "</table>\n");
	if (!c->odd)
		return;
	fputs("<p>", p->to);
	page_number(p, c->odd);
	fputs(" of them do not have the fields that their template's name promises: no PCR covers that name.</p>\n",
	      p->to);
}

/* --- the whole --- */

static void whole(const struct page *p)
{
	const struct verdict *v = p->report->verdict;
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	fprintf(p->to, head, kinds[v->kind]);
	verdict(p);
	if (v->contains) {
		fprintf(p->to, "<h2>Timeline</h2>\n");
		page_timeline(p);
		shards(p);
		fprintf(p->to, "<h2>Growth</h2>\n");
		page_growth(p);
		violations(p);
		signatures(p);
		templates(p);
		if (v->kind == VERIFIED)
			fprintf(p->to, "<p>Counted among the proven records only.</p>\n");
		else
			fprintf(p->to, "<p>Counted among records of which none is proven.</p>\n");
	}
	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fprintf(p->to, "<p class=\"key\">evmctl ima_measurement, %s</p>\n</body>\n</html>\n",
		text);
}

static int save(const char *path, const char *bytes, size_t len,
		struct error *err)
{
	struct aside *a;
	int rc = aside_open(&a, path, PAGE_MODE, err);

	if (rc)
		return rc;
	rc = file_write(aside_fd(a), bytes, len, err);
	if (!rc)
		return aside_commit(a, err);
	aside_drop(a);
	error_subject(err, "%s", path);
	return rc;
}

int page_write(const char *path, const struct report *r,
	       const struct opened *o, struct error *err)
{
	struct page_count *count = calloc(1, sizeof(*count));
	struct page p = { .report = r, .evidence = o, .count = count };
	char *bytes = NULL;
	size_t len = 0;
	int rc = E_NOMEM;

	if (count)
		p.to = open_memstream(&bytes, &len);
	if (p.to) {
		rc = page_count_records(o, r->verdict, count, err);
		if (!rc)
			whole(&p);
		if (ferror(p.to) | fclose(p.to))
			rc = rc ? rc : E_NOMEM;
	}
	free(count);
	if (rc == E_NOMEM)
		error_set(err, E_NOMEM, "out of memory");
	if (!rc)
		rc = save(path, bytes, len, err);
	free(bytes);
	return rc;
}
