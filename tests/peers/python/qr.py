"""QR codes (section 31), where the packages `segno` and `zxing-cpp` are there; PNG by hand."""

import re
import struct
import zlib

from refusal import Refused

try:
    import segno
    import zxingcpp
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

SIDE_LIMIT = 2048
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+./:-]*")
_MOST = {"alphanumeric": 4296, "byte": 2953}            # version 40, level L

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
#: (bits of a sample, colour type) -> samples of a pixel: 1, 8, 24 or 32 bits in all
_SAMPLES = {(1, _GREY): 1, (1, _PALETTE): 1, (8, _GREY): 1, (8, _PALETTE): 1, (8, _RGB): 3,
            (8, _RGBA): 4}


def write(text):
    """The modules, row by row, without the quiet zone."""
    mode = "alphanumeric" if _ALPHANUMERIC.fullmatch(text) else "byte"
    if not 1 <= len(text) <= _MOST[mode]:
        raise Refused("CAR-2", "%d characters" % len(text))
    code = segno.make_qr(text, error="L", mode=mode, boost_error=False)
    return ["".join(map(str, row)) for row in code.matrix]


def read(picture):
    """The text of the one code in the picture."""
    try:
        width, height, grey = _grey(picture)
    except (ValueError, IndexError, struct.error, zlib.error) as error:
        raise Refused("CAR-3", "no picture: %s" % error) from None
    view = memoryview(grey).cast("B", shape=[height, width])
    found = zxingcpp.read_barcodes(view, formats=zxingcpp.BarcodeFormat.QRCodeModel2,
                                   try_invert=False)
    if len(found) != 1:
        raise Refused("CAR-3", "%d codes" % len(found))
    try:
        return found[0].bytes.decode("ascii")
    except UnicodeDecodeError:
        raise Refused("CAR-3", "not ASCII") from None


# ---- PNG ----------------------------------------------------------------------

def _demand(condition, what):
    if not condition:
        raise ValueError(what)


def _chunks(data):
    """Pairs of type and content, up to the end."""
    _demand(data.startswith(_SIGNATURE), "no PNG")
    offset = len(_SIGNATURE)
    while True:
        length, = struct.unpack_from(">I", data, offset)
        kind, content = data[offset + 4:offset + 8], data[offset + 8:offset + 8 + length]
        check, = struct.unpack_from(">I", data, offset + 8 + length)
        _demand(zlib.crc32(kind + content) == check, "a damaged chunk")
        yield kind, content
        if kind == b"IEND":
            return
        offset += 12 + length


def _grey(data):
    """Width, height, and a byte for each pixel."""
    chunks = list(_chunks(data))
    _demand(chunks[0][0] == b"IHDR", "no header")
    width, height, bits, colour, method, filters, interlaced = struct.unpack(
        ">IIBBBBB", chunks[0][1])
    _demand(1 <= width <= SIDE_LIMIT and 1 <= height <= SIDE_LIMIT, "its size")
    _demand((bits, colour) in _SAMPLES and method == filters == interlaced == 0, "its kind")
    palette = b"".join(content for kind, content in chunks if kind == b"PLTE")
    samples = _SAMPLES[bits, colour]
    stride = (width * samples * bits + 7) // 8
    size = height * (1 + stride)
    raw = zlib.decompressobj().decompress(
        b"".join(content for kind, content in chunks if kind == b"IDAT"), size)
    _demand(len(raw) == size, "too few bytes")

    shown = {}                          # rows of a code repeat: each is made grey once
    grey, before = [], bytes(stride)
    for offset in range(0, size, 1 + stride):
        row = raw[offset + 1:offset + 1 + stride]
        before = _unfilter(raw[offset], row, before, samples)
        if before not in shown:
            shown[before] = _grey_row(before, width, bits, colour, palette)
        grey.append(shown[before])
    return width, height, b"".join(grey)


def _unfilter(kind, row, before, step):
    """PNG, section 9; `step` is the number of bytes of a pixel."""
    _demand(kind <= 4, "its filter")
    if kind == 0:
        return row
    if kind == 2 and not any(row):
        return before
    out = bytearray(step)               # left of the row there are zeros
    above = bytes(step) + before
    for i, value in enumerate(row):
        left, up, corner = out[i], above[i + step], above[i]
        if kind == 1:
            value += left
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (left + up) // 2
        else:
            p = left + up - corner
            value += min((abs(p - left), 0, left), (abs(p - up), 1, up),
                         (abs(p - corner), 2, corner))[2]
        out.append(value & 255)
    return bytes(out[step:])


def _luminance(red, green, blue):
    return (299 * red + 587 * green + 114 * blue) // 1000


def _grey_row(row, width, bits, colour, palette):
    if bits == 1:
        row = bytes(row[i >> 3] >> (7 - (i & 7)) & 1 for i in range(width))
    if colour == _PALETTE:
        greys = [_luminance(*palette[i:i + 3]) for i in range(0, len(palette), 3)]
        return bytes(greys[i] for i in row)
    if colour == _GREY:
        return bytes(255 * i for i in row) if bits == 1 else row
    if colour == _RGB:
        return bytes(map(_luminance, row[0::3], row[1::3], row[2::3]))
    # On white.
    return bytes((_luminance(red, green, blue) * alpha + 255 * (255 - alpha)) // 255
                 for red, green, blue, alpha in zip(*(row[i::4] for i in range(4))))
