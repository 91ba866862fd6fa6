"""Tests of section 31: QR codes; test_peer.py runs them, too. Skipped without the packages."""

import io
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


def packed(samples, bits):
    """Samples of less than a byte."""
    text = "".join(format(sample, "0%db" % bits) for sample in samples)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


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


@unittest.skipUnless(qr.AVAILABLE, "needs segno, zxing-cpp and pillow")
class Codes(Case):
    def write(self, text):
        return self.ok("qr.write", text=text)["modules"]

    def read(self, data):
        return self.ok("qr.read", picture=data.hex())["text"]

    def no(self, data, requirement="CAR-3"):
        self.refused("bad-picture " + requirement, "qr.read", picture=data.hex())

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

    def test_kinds(self):
        """Pillow writes some that `png` doesn't; interlaced ones stand in qr.json."""
        from PIL import Image
        modules = self.write(SAMPLE)
        side = 2 * (len(modules) + 8)
        code = Image.new("L", (side, side), 255)
        for y, row in enumerate(modules):
            for x, module in enumerate(row):
                if module == "1":
                    code.paste(0, (2 * x + 8, 2 * y + 8, 2 * x + 10, 2 * y + 10))
        kinds = [code.convert(mode) for mode in ("1", "L", "P", "RGB", "LA", "RGBA")]
        kinds += [code.rotate(turn) for turn in (90, 180, 270)]
        kinds += [code.point(lambda value: 255 - value), code.point(lambda value: value // 3 + 85)]
        kinds.append(Image.frombytes("I;16", code.size,
                                     b"".join(b"\x77" + bytes([v]) for v in code.tobytes())))
        black = Image.new("RGBA", code.size)
        black.putalpha(code.point(lambda value: 255 - value))
        for image in kinds + [black]:
            file = io.BytesIO()
            image.save(file, "PNG")
            self.assertEqual(self.read(file.getvalue()), SAMPLE, image.mode)
        # Parts of a byte.
        for bits in (2, 4):
            self.read(png(side, side, bits, 0, [
                packed([value * (2 ** bits - 1) // 255
                        for value in code.crop((0, y, side, y + 1)).tobytes()], bits)
                for y in range(side)]))

    def test_refusals(self):
        modules = self.write(SAMPLE)
        good = picture(modules)
        self.read(good)
        for data in (b"", b"x", good[:-1], good[:40], good[:-20], b"x" + good, good[:8],
                     picture(modules, colour=3), picture(modules, interlaced=1),
                     picture(modules, interlaced=2),
                     picture(modules).replace(b"IHDR", b"JHDR"),
                     png(8, 9, 8, 0, [b"\xff" * 8] * 8), png(8, 8, 4, 2, [bytes(12)] * 8),
                     png(8, 8, 3, 0, [bytes(3)] * 8), png(0, 8, 8, 0, [b""] * 8)):
            self.no(data)
        for data in (png(8, 8, 8, 0, [b"\xff" * 8] * 8), png(1, 1, 1, 0, [b"\0"]),
                     png(16384, 1, 1, 0, [bytes(2048)]), picture(modules, codes=2)):
            self.no(data, "CAR-5")
        for data in (png(16385, 1, 1, 0, [bytes(2049)]), png(2 ** 31, 2 ** 31, 1, 0, [b""]),
                     png(4097, 4096, 1, 0, [b""])):
            self.no(data, "CAR-4")
        # What its error correction does not restore.
        broken = list(modules)
        for i in range(9, len(modules) - 9):
            broken[i] = broken[i][:9] + "0" * (len(modules) - 9)
        self.no(picture(broken), "CAR-5")
        accent = qr.segno.make_qr("caf\u00e9").matrix
        self.no(picture(["".join(map(str, row)) for row in accent]), "CAR-6")

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
        modules = self.write("A" * 1070)
        scale = 2048 // (len(modules) + 8)
        self.assertEqual(self.read(picture(modules, scale, bits=8)), "A" * 1070)


if __name__ == "__main__":
    unittest.main()
