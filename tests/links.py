#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py - do the links of our papers lead anywhere?

Usage: links.py TREE

In TREE's Markdown texts each relative link and picture has to lead to a file or
directory of TREE, and each #anchor to a heading there. In its manual pages each
.Xr to a page of ours has to lead to one in TREE/man; what pages of ours are
called, the names of those in TREE/man say. What does not is printed, a line
each: FILE:LINE: what. Then how many links there were. Other hosts are not asked.
"""
import os
import re
import sys

SKIPPED = (".git", "build", "bench-build", "autom4te.cache")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def texts(tree):
    for at, dirs, names in os.walk(tree):
        dirs[:] = [d for d in dirs if d not in SKIPPED and
                   not os.path.exists(os.path.join(at, d, "config.status"))]
        for name in sorted(names):
            if name.endswith(".md"):
                yield os.path.join(at, name)


def lines_of(path):
    """(number, line) outside of fenced and indented blocks."""
    fence = False
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("```"):
                fence = not fence
            elif not fence and not line.startswith("    "):
                yield number, line.rstrip("\n")


def anchors(path):
    """What its headings are called, as GitHub does it."""
    seen = {}
    for _, line in lines_of(path):
        match = re.match(r"#{1,6} +(.*?)[ #]*$", line)
        if not match:
            continue
        text = LINK.sub(lambda m: m[0][m[0].index("[") + 1:m[0].index("]")],
                        match[1])
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        n = seen.get(slug, 0)
        seen[slug] = n + 1
        yield slug if not n else "%s-%d" % (slug, n)


def paragraphs(path):
    """(number of its first line, text): a link may be broken over lines."""
    first, text = 0, ""
    for number, line in lines_of(path):
        if not line.strip():
            if text:
                yield first, text
            text = ""
        elif text:
            text += "\n" + line
        else:
            first, text = number, line
    if text:
        yield first, text


def check_link(tree, path, target):
    """What is wrong with it, or None."""
    if re.match(r"https://|mailto:", target):
        return None
    if re.match(r"[a-z]+:", target):
        return "is neither relative nor https: %s" % target
    name, _, anchor = target.partition("#")
    there = os.path.normpath(os.path.join(os.path.dirname(path), name)) \
        if name else path
    if os.path.relpath(there, tree).startswith(".."):
        return "leads out of the tree: %s" % target
    if not os.path.exists(there):
        return "leads nowhere: %s" % target
    if anchor and anchor not in anchors(there):
        return "no such heading: %s" % target
    return None


def check_text(tree, path):
    for first, text in paragraphs(path):
        for match in LINK.finditer(re.sub(r"`[^`]*`", "", text)):
            yield first, check_link(tree, path, match[1])


def check_page(path, ours):
    names = {name.rsplit(".", 1)[0] for name in ours}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = re.match(r"\.Xr (\S+) (\d)", line)
            if match:
                wrong = match[1] in names and \
                    "%s.%s" % (match[1], match[2]) not in ours
                yield number, "no such page: %s(%s)" % match.groups() \
                    if wrong else None


def main(tree):
    count, wrong = 0, 0
    man = os.path.join(tree, "man")
    ours = [name for name in sorted(os.listdir(man))
            if re.search(r"\.\d$", name)] if os.path.isdir(man) else []
    found = [(path, check_text(tree, path)) for path in texts(tree)]
    found += [(os.path.join(man, name), check_page(os.path.join(man, name),
                                                   ours)) for name in ours]
    for path, results in found:
        for number, what in results:
            count += 1
            if what:
                wrong += 1
                print("%s:%d: %s" % (os.path.relpath(path, tree), number,
                                     what))
    print("%d links" % count)
    sys.exit(1 if wrong else 0)


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(os.path.normpath(sys.argv[1]))
