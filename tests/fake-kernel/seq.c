// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seq: a list as the kernel's seq_file hands it out
 *
 * A descriptor keeps a buffer of printed records, the index of the record
 * that comes next, and the offset these belong to. A read at that offset
 * goes on from there, *whatever was removed from the list in between*: after
 * an accepted N the index points N records too far. A read at offset 0 starts
 * over, and one at any other offset walks the list from its head.
 *
 * The buffer is a page, and doubled for a record that does not fit. Here a
 * read never returns more than one page even then.
 */
#include <string.h>

#include "fake-kernel.h"

#define PAGE	4096

/* Print the record at index behind what the buffer holds; false at the end */
static bool show(struct seq *s, const struct node *node)
{
	const struct record *r = list_get(node_list(node), s->index);

	if (!r)
		return false;
	if (node->ascii)
		record_ascii(r, node->algo, &s->buf);
	else
		record_binary(r, node->algo, &s->buf);
	return true;
}

static void rewind_to_head(struct seq *s)
{
	s->buf.len = 0;
	s->from = 0;
	s->count = 0;
	s->index = 0;
	s->read_pos = 0;
}

/* Walk from the head to offset, leave the rest of that record buffered. */
static void traverse(struct seq *s, const struct node *node, off_t offset)
{
	off_t pos = 0;

	rewind_to_head(s);
	s->read_pos = offset;
	while (pos < offset && show(s, node)) {
		s->index++;
		if (pos + (off_t)s->buf.len > offset) {
			s->from = (size_t)(offset - pos);
			s->count = s->buf.len - s->from;
			return;
		}
		pos += (off_t)s->buf.len;
		s->buf.len = 0;
	}
}

static size_t hand_out(struct seq *s, char *out, size_t size)
{
	size_t n = s->count < size ? s->count : size;

	if (n)
		memcpy(out, s->buf.data + s->from, n);
	s->from += n;
	s->count -= n;
	return n;
}

/*
 * One record of any size, then as many more as fit the page, but none that
 * was not asked for.
 */
static void fill(struct seq *s, const struct node *node, size_t size)
{
	size_t whole;

	s->buf.len = 0;
	s->from = 0;
	if (!show(s, node))
		return;
	do {
		whole = s->buf.len;
		s->index++;
	} while (whole < size && show(s, node) && s->buf.len < PAGE);
	s->buf.len = whole;
	s->count = whole;
}

/*
 * The kernel's write handler leaves the file offset alone, but FUSE moves it
 * by what was written if that was write(), and not if it was pwrite(). Which
 * it was is not told, so remember both possibilities until the next read.
 */
void seq_wrote(struct seq *s, off_t offset, size_t len)
{
	off_t pos = offset;

	if (offset == s->wrote_end)
		pos = s->wrote_pos;
	else if (offset == s->expect)
		pos = s->read_pos;
	s->wrote_end = offset + (off_t)len;
	s->wrote_pos = pos;
}

static off_t list_offset(const struct seq *s, off_t offset)
{
	if (!offset)
		return 0;
	if (offset == s->wrote_end)
		return s->wrote_pos;
	if (offset == s->expect)
		return s->read_pos;
	return offset;
}

/* Called with list_lock held. */
size_t seq_read(struct seq *s, const struct node *node, char *out, size_t size,
		off_t offset)
{
	off_t pos = list_offset(s, offset);
	size_t n;

	if (size > PAGE)
		size = PAGE;
	if (!pos)
		rewind_to_head(s);
	else if (pos != s->read_pos)
		traverse(s, node, pos);

	n = hand_out(s, out, size);
	if (!s->count) {
		fill(s, node, size - n);
		n += hand_out(s, out + n, size - n);
	}
	s->read_pos += (off_t)n;
	s->expect = offset + (off_t)n;
	s->wrote_end = -1;
	return n;
}

void seq_free(struct seq *s)
{
	buf_free(&s->buf);
}
