#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""readers.py DIR STOP FILE... - read files of DIR at random offsets, a process
for each, until STOP is there; then "DIR.want" has copies of them to compare
with: every byte that was read must be at its place. Prints a line for each."""
import hashlib
import os
import random
import sys


def read_all(path, stop, seed):
    chance = random.Random(seed)
    fd = os.open(path, os.O_RDONLY)
    end, seen = 0, []
    while not os.path.exists(stop):
        at = chance.randrange(end + 4096)
        some = os.pread(fd, chance.choice((1, 100, 4096, 65536)), at)
        end = max(end, at + len(some) if some else 0)
        if some:
            seen.append((at, len(some), hashlib.sha1(some).digest()))
    return seen


def main():
    where, stop = sys.argv[1:3]
    children = []
    for n, name in enumerate(sys.argv[3:]):
        pid = os.fork()
        if pid:
            children.append(pid)
            continue
        seen = read_all(os.path.join(where, name), stop, n)
        want = os.open(os.path.join(where + ".want", name), os.O_RDONLY)
        wrong = [(at, size) for at, size, digest in seen
                 if hashlib.sha1(os.pread(want, size, at)).digest() != digest]
        line = "%s: %d reads, %d bytes, %d wrong %s\n" % (
            name, len(seen), sum(s[1] for s in seen), len(wrong), wrong[:3])
        os.write(1, line.encode())  # in one piece
        os._exit(bool(wrong) or not seen)
    sys.exit(any([os.waitpid(pid, 0)[1] for pid in children]))


main()
