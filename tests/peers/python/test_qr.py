"""Tests of section 31: QR codes; test_peer.py runs them, too. Skipped without the packages."""

import random
import struct
import unittest
import zlib

import qr
from test_peer import SAMPLE, Case


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content \
        + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, bits, colour, rows, palette=b"", filters=(0,), interlaced=0):
    """`rows` are filtered by `filters` in turn."""
    step = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    raw, before = [], bytes(len(rows[0]))
    for i, row in enumerate(rows):
        kind = filters[i % len(filters)]
        raw.append(bytes([kind]) + (filtered(kind, row, before, step) if kind else row))
        before = row
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) \
        + (chunk(b"PLTE", palette) if palette else b"") \
        + chunk(b"IDAT", zlib.compress(b"".join(raw), 9)) + chunk(b"IEND", b"")


def filtered(kind, row, before, step):
    out = []
    for i, value in enumerate(row):
        left, up, corner = (row[i - step] if i >= step else 0, before[i],
                            before[i - step] if i >= step else 0)
        p = left + up - corner
        nearest = left if abs(p - left) <= min(abs(p - up), abs(p - corner)) \
            else up if abs(p - up) <= abs(p - corner) else corner
        out.append(value - (0, left, up, (left + up) // 2, nearest)[kind] & 255)
    return bytes(out)


def picture(modules, scale=3, quiet=4, bits=1, colour=0, codes=1, **options):
    """The modules as a picture: each `scale` pixels, dark on light."""
    line = "0" * (len(modules) + 2 * quiet)
    lines = [line] * quiet + ["0" * quiet + row + "0" * quiet for row in modules] + [line] * quiet
    rows, width = [], codes * scale * len(line)
    for line in lines:
        dark = [pixel == "1" for pixel in line * codes for _ in range(scale)]
        if bits == 1:
            text = "".join("01"[pixel ^ (colour == 0)] for pixel in dark)
            text += "0" * (-len(text) % 8)
            row = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        else:
            shown = {0: (b"\xf0", b"\x10"), 2: (b"\xff\xff\x80", b"\x80\0\x20"), 3: (b"\0", b"\1"),
                     6: (bytes(4), b"\x20\0\x20\xff")}[colour]
            row = b"".join(shown[pixel] for pixel in dark)
        rows += [row] * scale
    return png(width, len(rows), bits, colour, rows, **options)


PALETTE = b"\xff\xff\xff\0\0\x40"


@unittest.skipUnless(qr.AVAILABLE, "needs segno and zxing-cpp")
class Codes(Case):
    def write(self, text):
        return self.ok("qr.write", text=text)["modules"]

    def read(self, data):
        return self.ok("qr.read", picture=data.hex())["text"]

    def no(self, data):
        self.refused("bad-picture CAR-3", "qr.read", picture=data.hex())

    def test_both_ways(self):
        dice = random.Random(31)
        for text in (SAMPLE, "0", "12345678", "bank://app2app_secure_channel?x-success=a%253A", "a",
                     "\0\x7f~", "A" * 1070, "".join(chr(dice.randrange(0x20, 0x7F))
                                                     for _ in range(500))):
            modules = self.write(text)
            self.assertTrue(all(len(row) == len(modules) and set(row) <= {"0", "1"}
                                for row in modules))
            self.assertEqual((len(modules) - 17) % 4, 0)
            self.assertEqual(self.read(picture(modules, 2)), text)

    def test_limits(self):
        for longest in ("A" * 4296, "a" * 2953, "0" * 4296):
            self.assertEqual(len(self.write(longest)), 177)
            self.refused("bad-length CAR-2", "qr.write", text=longest + longest[0])
        self.refused("bad-length CAR-2", "qr.write", text="")
        for wrong in (None, "é", 1):
            self.fault("qr.write", text=wrong)
        self.fault("qr.read", picture="0")

    def test_pictures(self):
        modules = self.write(SAMPLE)
        for kind in ({}, {"colour": 3, "palette": PALETTE}, {"bits": 8},
                     {"bits": 8, "colour": 3, "palette": PALETTE}, {"bits": 8, "colour": 2},
                     {"bits": 8, "colour": 6}):
            for filters in ((0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4)):
                self.assertEqual(self.read(picture(modules, filters=filters, **kind)), SAMPLE)

    def test_refusals(self):
        modules = self.write(SAMPLE)
        good = picture(modules)
        self.read(good)
        for data in (b"", b"x", good[:-1], good[:40], good[:-20], b"x" + good, good[:8],
                     png(8, 8, 8, 0, [b"\xff" * 8] * 8), png(1, 1, 1, 0, [b"\0"]),
                     picture(modules, codes=2), picture(modules, colour=3),
                     picture(modules, interlaced=1),
                     picture(modules).replace(b"IHDR", b"JHDR"),
                     picture([row.translate({48: 49, 49: 48}) for row in modules])):
            self.no(data)
        # Other depths; a picture that is too large; one that says so.
        self.no(png(8, 8, 16, 0, [bytes(16)] * 8))
        self.no(png(8, 8, 4, 0, [bytes(4)] * 8))
        self.no(png(2049, 1, 1, 0, [bytes(257)]))
        self.no(png(2 ** 31, 2 ** 31, 1, 0, [b""]))
        # What its error correction does not restore.
        broken = list(modules)
        for i in range(9, len(modules) - 9):
            broken[i] = broken[i][:9] + "0" * (len(modules) - 9)
        self.no(picture(broken))

    def test_random(self):
        """Every byte of a picture, bent: what is read is the text or refused."""
        dice = random.Random(3131)
        good = picture(self.write("HELLO"))
        for _ in range(300):
            data = bytearray(good)
            data[dice.randrange(len(data))] = dice.randrange(256)
            answer = self.ask("qr.read", picture=data.hex())
            self.assertIn(answer.get("ok", {"text": "HELLO"})["text"], ("HELLO",))
            self.assertNotIn("fault", answer)

    def test_largest(self):
        """Its rows repeat, so it is read in time."""
        modules = self.write("A" * 1070)
        scale = 2048 // (len(modules) + 8)
        data = picture(modules, scale, bits=8)
        self.assertEqual(self.read(data), "A" * 1070)
        self.no(png(2048, 2048, 8, 6, [b"\xff" * 4 * 2048] * 2048))


if __name__ == "__main__":
    unittest.main()
