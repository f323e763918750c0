#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py - a picture of what a command shows on a terminal

Usage: terminal.py [--columns N] [--until TEXT] [--say OLD=NEW]...
                   PICTURE.png COMMAND...

Runs each COMMAND with bash on a terminal of its own, N columns wide (100), and
has Chromium draw what can be seen at the end: or, with --until, when the last
command first shows TEXT. Colours (SGR) and carriage returns are understood,
no other control. Each command stands in front of what it shows. What is OLD in
it, a directory for instance, is NEW in the picture.
"""
import argparse
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios

COLOURS = {"1": "font-weight:bold", "2": "opacity:.6", "31": "color:#ff6b6b",
           "32": "color:#69db7c", "33": "color:#ffd43b"}
PAGE = """<!doctype html><meta charset=utf-8><style>
body { margin: 0; padding: 12px; background: #1e1e1e; color: #ddd }
pre { margin: 0; font: 14px/18px "DejaVu Sans Mono", monospace }
</style><pre>%s</pre>"""


def shown(command, columns, until):
    """What it writes to a terminal, up to the end or to the text UNTIL."""
    pid, fd = pty.fork()
    if not pid:
        os.environ["TERM"] = "xterm"
        os.environ.pop("NO_COLOR", None)
        os.execvp("bash", ["bash", "-c", command])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    got = b""
    while not until or until.encode() not in got:
        try:
            more = os.read(fd, 4096)
        except OSError:     # how a terminal says that nobody is there
            more = b""
        if not more:
            break
        got += more
    os.close(fd)
    os.waitpid(pid, 0)
    return got.decode("utf-8", "replace")


def settled(text):
    """The lines that can be seen: a carriage return begins one anew."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        parts = [part for part in re.sub(r"\x1b\[K", "", line).split("\r")
                 if part]
        lines.append(parts[-1] if parts else "")
    return "\n".join(lines)


def drawn(text):
    """As HTML."""
    out, is_open = "", False
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if not part.startswith("\x1b["):
            out += html.escape(part)
            continue
        styles = [COLOURS[code] for code in part[2:-1].split(";")
                  if code in COLOURS]
        out += "</span>" * is_open
        is_open = bool(styles)
        out += '<span style="%s">' % ";".join(styles) if styles else ""
    return out + "</span>" * is_open


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--until")
    parser.add_argument("--say", action="append", default=[])
    parser.add_argument("picture")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    text = ""
    for command in args.command:
        until = args.until if command == args.command[-1] else None
        text += "# " + command + "\n"
        text += settled(shown(command, args.columns, until))
    for old, new in (pair.split("=", 1) for pair in args.say):
        text = text.replace(old, new)
    with tempfile.TemporaryDirectory() as place:
        page = os.path.join(place, "page.html")
        with open(page, "w", encoding="utf-8") as to:
            to.write(PAGE % drawn(text))
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--user-data-dir=" + place + "/chrome", "--hide-scrollbars",
             "--window-size=%d,%d" % (24 + 8.43 * args.columns,
                                      28 + 18 * text.count("\n")),
             "--screenshot=" + args.picture, "file://" + page],
            check=True, timeout=60, stderr=subprocess.DEVNULL)


main()
