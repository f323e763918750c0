#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""transcript.py - run the examples of a page as they are written

Usage: transcript.py run PAGE
       transcript.py block NAME PAGE

PAGE is a manual page in mdoc, whose examples are literal displays, or a
Markdown text, whose examples are indented by four blanks. An example is a
block with a line that begins with "$ ": a command, whose output stands below
it, up to the next command, an empty line or the end. Both are run in one bash
for the page, in the working directory; a command may go on after a backslash,
and its exit code has to be 0 unless the next one is "echo $?". Between
examples a comment that begins with "test: " is a command too, unseen:

	.\\" test: measure 1000
	<!-- test: measure 1000 -->

Dates and digests may differ, and /var/lib/ima is the working directory,
/etc/ima its directory conf. A line of
standard output for each command: "ok" or "not ok", a tab, the command, and
where it failed a tab and how.

"block" prints the literal display or fenced block behind the comment
"test-block: NAME".
"""
import os
import re
import subprocess
import sys

END = "@@%s@@" % os.urandom(8).hex()
CONF = os.path.join(os.getcwd(), "conf")


def plain(line):
    """A line of a literal display, without mdoc's escapes."""
    return (line.replace("\\&", "").replace("\\-", "-")
            .replace("\\(aq", "'").replace("\\e", "\\"))


def blocks(path):
    """("hidden", [command]), ("named", [name]), ("block", lines) in order."""
    mdoc = not path.endswith(".md")
    lines, fence = None, False
    with open(path, encoding="utf-8") as page:
        for line in page.read().split("\n"):
            mark = re.match(r'(?:\.\\"|<!--) (test|test-block): (.*?)(?: -->)?$',
                            line)
            if mdoc:
                starts = line.startswith(".Bd -literal")
                ends = line == ".Ed"
            elif line.startswith("```"):
                starts, ends, fence = not fence, fence, not fence
            else:
                inside = line.startswith("    ")
                starts = lines is None and inside and not fence
                ends = lines is not None and not inside and not fence
            if lines is not None and ends:
                yield "block", lines
                lines = None
            elif lines is None and starts:
                lines = [line[4:]] if not mdoc and not fence else []
            elif lines is not None:
                lines.append(plain(line) if mdoc else
                             line if fence else line[4:])
            if lines is None and mark:
                yield ("hidden" if mark[1] == "test" else "named"), [mark[2]]


def commands(lines):
    """(command, expected lines) of an example, none of any other block."""
    command, want = None, []
    for line in lines + [""]:
        if command is not None and command.endswith("\\"):
            command += "\n" + line
        elif command is not None and (line.startswith("$ ") or not line):
            yield command, want
            command, want = (line[2:] or None), []
        elif line.startswith("$ "):
            command = line[2:]
        elif command is not None:
            want.append(line)


class Shell:
    """A bash that is told one command after the other."""

    def __init__(self):
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        prelude = os.environ.get("PRELUDE")
        if prelude:
            self.run(". '%s'" % prelude)

    def run(self, command):
        """Its lines of output and its exit code."""
        self.bash.stdin.write("%s\n{ rc=$?; printf '\\n%s%%s\\n' \"$rc\"; "
                              "(exit $rc); } 2>/dev/null\n" % (command, END))
        self.bash.stdin.flush()
        lines = []
        for line in self.bash.stdout:
            line = line.rstrip("\n")
            if line.startswith(END):
                while lines and not lines[-1]:
                    lines.pop()
                return lines, int(line[len(END):])
            lines.append(line)
        return lines + ["the shell has died"], -1


def settled(lines):
    """Without what is another one each time."""
    text = "\n".join(lines).replace(CONF, "/etc/ima")
    text = text.replace(os.getcwd(), "/var/lib/ima")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text)
    return re.sub(r"\b[0-9a-f]{32,}\b", "HEX", text)


def judge(command, want, got, rc, asked):
    """What is wrong with it, or None."""
    if rc and not asked:
        return "exit %d: %s" % (rc, "|".join(got))
    if want is not None and settled(want) != settled(got):
        return "got %s" % "|".join(got)
    return None


def run(path):
    todo = []
    for kind, lines in blocks(path):
        if kind == "hidden":
            todo.append((lines[0], None))
        elif kind == "block":
            todo += commands(lines)
    shell = Shell()
    for i, (command, want) in enumerate(todo):
        got, rc = shell.run(command.replace("/etc/ima", CONF)
                           .replace("/var/lib/ima", os.getcwd()))
        asked = i + 1 < len(todo) and todo[i + 1][0] == "echo $?"
        wrong = judge(command, want, got, rc, asked)
        shown = re.sub(r"(\\\n)?\s+", " ", command)
        print("ok\t%s" % shown if not wrong else
              "not ok\t%s\t%s" % (shown, wrong), flush=True)
    shell.bash.stdin.close()
    shell.bash.wait()


def block(name, path):
    wanted = False
    for kind, lines in blocks(path):
        if kind == "named":
            wanted = lines == [name]
        elif kind == "block" and wanted:
            print("\n".join(lines))
            return
    sys.exit("transcript.py: no block '%s' in %s" % (name, path))


if sys.argv[1:2] == ["run"] and len(sys.argv) == 3:
    run(sys.argv[2])
elif sys.argv[1:2] == ["block"] and len(sys.argv) == 4:
    block(sys.argv[2], sys.argv[3])
else:
    sys.exit(__doc__)
