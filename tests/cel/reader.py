#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""reader.py json|tlv FILE LIST FIRST - read a canonical event log, written from
the TCG's Canonical Event Log Format, and from nothing else: each record has
its number within its PCR, which goes on without a hole, and in every bank the
digest of its template data. FIRST is the first record's number in its PCR.
LIST receives the same as the kernel's list in the sha1 layout. Prints the PCR
values to which it leads, where it begins with record 0: BANK PCR VALUE."""
import hashlib
import json
import struct
import sys

ALGS = {0x04: "sha1", 0x0B: "sha256", 0x0C: "sha384", 0x0D: "sha512"}
SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


class Wrong(Exception):
    pass


def need(what, that):
    if not that:
        raise Wrong(what)


def tlvs(data):
    while data:
        need("a TLV is cut", len(data) >= 5)
        kind, size = struct.unpack(">BI", data[:5])
        need("a value is cut", len(data) >= 5 + size)
        yield kind, data[5:5 + size]
        data = data[5 + size:]


def number(value):
    need("a number of %d bytes" % len(value), 1 <= len(value) <= 8)
    return int.from_bytes(value, "big")


def read_tlv(data):
    fields = list(tlvs(data))
    need("fields are missing", len(fields) % 4 == 0)
    for at in range(0, len(fields), 4):
        kinds, values = zip(*fields[at:at + 4])
        need("fields %r" % (kinds,), kinds == (0, 1, 3, 7))
        digests = {ALGS[alg]: value for alg, value in tlvs(values[2])}
        content = dict(tlvs(values[3]))
        need("content %r" % list(content), list(content) == [0, 1])
        yield (number(values[0]), number(values[1]), digests,
               content[0].decode("ascii"), content[1])


def read_json(data):
    for line in data.decode("ascii").splitlines():
        record = json.loads(line)
        need("members %r" % list(record),
             sorted(record) == ["content", "content_type", "digests", "pcr",
                                "recnum"])
        need("content type", record["content_type"] == "ima_template")
        need("content", sorted(record["content"]) ==
             ["template_data", "template_name"])
        yield (record["recnum"], record["pcr"],
               {d["hashAlg"]: bytes.fromhex(d["digest"])
                for d in record["digests"]},
               record["content"]["template_name"],
               bytes.fromhex(record["content"]["template_data"]))


def hashed(name, data):
    """What a template digest covers; the oldest template pads its name."""
    if name != "ima":
        return data
    size, = struct.unpack("<I", data[20:24])
    need("a legacy record", len(data) == 24 + size)
    return data[:20] + data[24:].ljust(256, b"\0")


def as_listed(pcr, digest, name, data):
    size = b"" if name == "ima" else struct.pack("<I", len(data))
    return (struct.pack("<I", pcr) + digest +
            struct.pack("<I", len(name)) + name.encode() + size + data)


def main():
    form, path, out, first = sys.argv[1:]
    counts, pcrs, first = {}, {}, int(first)
    data = open(path, "rb").read()
    with open(out, "wb") as copy:
        for recnum, pcr, digests, name, content in (
                read_tlv if form == "tlv" else read_json)(data):
            need("record %d of PCR %d" % (recnum, pcr),
                 recnum == counts.get(pcr, first))
            counts[pcr] = recnum + 1
            violation = all(set(d) == {0xFF} for d in digests.values())
            for bank, digest in digests.items():
                need("size of a digest", len(digest) == SIZES[bank])
                need("%s of record %d" % (bank, recnum), violation or
                     digest == hashlib.new(bank,
                                           hashed(name, content)).digest())
                was = pcrs.get((bank, pcr), bytes(len(digest)))
                pcrs[bank, pcr] = hashlib.new(bank, was + digest).digest()
            copy.write(as_listed(pcr, bytes(20) if violation else
                                 digests.get("sha1", bytes(20)), name,
                                 content))
    for (bank, pcr), value in sorted(pcrs.items()):
        print(bank, pcr, value.hex())


try:
    main()
except (Wrong, KeyError, ValueError, struct.error) as e:
    sys.exit("reader.py: %s: %s" % (type(e).__name__, e))
