#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py - run a command on a terminal, and say what was on it

Usage: terminal.py [--columns N] [--stderr] RAW SCREEN COMMAND...

The command's standard output and error are a terminal; with --stderr only the
latter is, and the former what it was. RAW receives every byte that came, SCREEN
the lines that are there in the end, without colours: a carriage return goes to
the line's first column, and what is written from there on is over what stood
there. Exits as the command does.
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import argparse


def screen(raw, columns):
    """The lines of the terminal, blanks at their ends left out."""
    lines, at = [[]], 0
    for char in re.sub(r"\033\[[0-9;]*m", "", raw):
        if char == "\r":
            at = 0
        elif char == "\n":
            lines.append([])
            at = 0
        else:
            if at == columns:
                lines.append([])
                at = 0
            row = lines[-1]
            row.extend(" " * (at + 1 - len(row)))
            row[at] = char
            at += 1
    return ["".join(row).rstrip() for row in lines]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--stderr", action="store_true")
    parser.add_argument("raw")
    parser.add_argument("screen")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, args.columns, 0, 0))
    with subprocess.Popen(args.command, stdin=subprocess.DEVNULL,
                          stdout=None if args.stderr else theirs,
                          stderr=theirs) as child:
        os.close(theirs)
        raw = b""
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:     # EIO: nobody holds it any more
                break
            if not some:
                break
            raw += some
    with open(args.raw, "wb") as out:
        out.write(raw)
    text = raw.decode(errors="replace").replace("\r\n", "\n")
    with open(args.screen, "w", encoding="utf-8") as out:
        out.write("\n".join(screen(text, args.columns)))
    sys.exit(child.returncode if child.returncode >= 0 else
             128 - child.returncode)


main()
