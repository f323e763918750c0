#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""agent.py LIST - a stand-in for Keylime's agent: it opens the ASCII list once,
keeps the descriptor, remembers at which offset some records began, and is
asked for the list from record N (of 0) on. Each line of its input is such an
N; it answers with a line "BYTES FIRST-RECORD", then so many bytes."""
import os
import sys


class Agent:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY)
        self.known = [(0, 0)]  # (record, offset), in order

    def entries_from(self, record):
        number, offset = max(k for k in self.known if k[0] <= record)
        os.lseek(self.fd, offset, os.SEEK_SET)
        rest = b""
        while True:
            some = os.read(self.fd, 8192)
            if not some:
                break
            rest += some
        lines = rest.split(b"\n")
        if lines.pop():
            sys.exit("the list ends within a line")
        if number + len(lines) < record:
            record = 0  # what the agent does with a list that was reset
            return self.entries_from(record)
        self.known.append((number + len(lines), offset + len(rest)))
        wanted = lines[record - number:]
        return record, b"".join(line + b"\n" for line in wanted)


def main():
    agent = Agent(sys.argv[1])
    for line in sys.stdin:
        record, entries = agent.entries_from(int(line))
        sys.stdout.buffer.write(b"%d %d\n" % (len(entries), record) + entries)
        sys.stdout.buffer.flush()


main()
