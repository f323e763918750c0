// SPDX-License-Identifier: GPL-2.0-or-later
/* page-count.c - what the records of a verdict are, counted on a walk */
#include <string.h>

#include "base/text.h"
#include "cmd/page.h"
#include "format/template.h"

static void place_name(char ret[4 * PAGE_NAME_MAX + 1],
		       const struct record *rec,
		       const struct list_layout *layout)
{
	const uint8_t *name;
	size_t len;

	ret[0] = '\0';
	if (!template_file_name(rec, layout, &name, &len))
		return;
	text_escape(ret, 4 * PAGE_NAME_MAX + 1, (const char *)name,
		    len < PAGE_NAME_MAX ? len : PAGE_NAME_MAX);
}

static void add_place(const struct page_count *c, struct page_places *to,
		      uint64_t number, const struct record *rec,
		      const struct list_layout *layout)
{
	uint64_t span = c->last - c->first + 1;
	uint64_t at = number > c->first ? number - c->first : 0;

	if (to->count < PAGE_PLACES) {
		struct page_place *p = &to->first[to->count];

		p->number = number;
		place_name(p->name, rec, layout);
	}
	to->count++;
	if (at < span)
		to->bucket[at * PAGE_BUCKETS / span]++;
}

static void add_template(struct page_count *c, const struct record *rec)
{
	char name[sizeof(c->template[0].name)];
	size_t i = 0;

	text_escape(name, sizeof(name), (const char *)rec->name,
		    rec->name_len);
	while (i < c->templates && strcmp(c->template[i].name, name) != 0)
		i++;
	if (i == PAGE_TEMPLATES) {
		c->others++;
		return;
	}
	if (i == c->templates) {
		memcpy(c->template[i].name, name, sizeof(name));
		c->templates++;
	}
	c->template[i].count++;
}

static int count_one(void *ctx, uint64_t number, const struct record *rec,
		     const struct list_layout *layout,
		     const struct replay *replay)
{
	struct template_signature sig;
	struct page_count *c = ctx;

	(void)replay;
	c->records++;
	c->bytes += rec->raw_len;
	add_template(c, rec);
	if (rec->violation) {
		add_place(c, &c->violations, number, rec, layout);
		return 0;
	}
	switch (template_signed(rec, layout, &sig)) {
	case 1:
		add_place(c, &c->signed_files, number, rec, layout);
		break;
	case -1:
		c->odd++;
		break;
	}
	return 0;
}

int page_count_records(const struct opened *o, const struct verdict *v,
		       struct page_count *ret, struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	if (!v->contains || (!o->store && !o->evidence.lists.count))
		return E_OK;
	ret->first = v->proven_from ? v->proven_from : v->first_contained;
	ret->last = v->proven_to ? v->proven_to : v->last_contained;
	if (ret->last < ret->first)
		return E_OK;
	return measurement_walk(&o->evidence, v, count_one, ret, err);
}
