// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-pcrs.c - PCR values in files and arguments, and those behind a quote */
#include "format/pcrs.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part sel = part_take(&bytes, &len);
	struct part file = part_rest(bytes, len);
	struct cursor c = cursor_over(sel.bytes, sel.len, true);
	static struct pcr_values values;
	struct pcr_selection selection;
	struct error err = { 0 };

	values = (struct pcr_values){ 0 };
	for (int id = -1; id < HASH_COUNT; id++)
		if (pcrs_parse_text((char *)file.bytes, file.len, id, &values,
				    &err))
			fuzz_error(&err);
	if (pcrs_parse_one((char *)file.bytes, &values, &err) ||
	    pcrs_parse_selection(&c, &selection, &err) ||
	    pcrs_parse_quoted(file.bytes, file.len, &selection, &values, &err))
		fuzz_error(&err);
	if (!pcrs_parse_selection(&c, &selection, NULL))
		pcrs_parse_quoted(file.bytes, file.len, &selection, &values,
				  NULL);
	free(sel.bytes);
	free(file.bytes);
}
