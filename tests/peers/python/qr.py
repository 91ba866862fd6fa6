"""QR codes (section 31), where the packages `segno`, `zxing-cpp` and `pillow` are there."""

import io
import re
import struct
import zlib

from refusal import Refused

try:
    import segno
    import zxingcpp
    from PIL import Image
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

SIDE_LIMIT = 16384
PIXEL_LIMIT = 16777216
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+./:-]*")
_MOST = {"alphanumeric": 4296, "byte": 2953}            # version 40, level L


_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: colour type -> bits of a sample; samples of a pixel
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: the first column and row of each pass, and the steps from there
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))


def write(text):
    """The modules, row by row, without the quiet zone."""
    mode = "alphanumeric" if _ALPHANUMERIC.fullmatch(text) else "byte"
    if not 1 <= len(text) <= _MOST[mode]:
        raise Refused("CAR-2", "%d characters" % len(text))
    code = segno.make_qr(text, error="L", mode=mode, boost_error=False)
    return ["".join(map(str, row)) for row in code.matrix]


def read(picture):
    """The text of the one code in the picture."""
    found = zxingcpp.read_barcodes(_grey(picture), formats=zxingcpp.BarcodeFormat.QRCodeModel2)
    if len(found) != 1:
        raise Refused("CAR-5", "%d codes" % len(found))
    try:
        return found[0].bytes.decode("ascii")
    except UnicodeDecodeError:
        raise Refused("CAR-6", "not ASCII") from None


# ---- PNG ----------------------------------------------------------------------

def _demand(condition, what):
    if not condition:
        raise Refused("CAR-3", what)


def _chunks(data):
    """Pairs of type and content, up to the end."""
    _demand(data.startswith(_SIGNATURE), "no PNG")
    offset = len(_SIGNATURE)
    while True:
        _demand(len(data) >= offset + 12, "cut")
        length, = struct.unpack_from(">I", data, offset)
        end = offset + 8 + length
        kind, content = data[offset + 4:offset + 8], data[offset + 8:end]
        _demand(len(data) >= end + 4, "cut")
        _demand(zlib.crc32(kind + content) == struct.unpack_from(">I", data, end)[0],
                "a damaged chunk")
        yield kind, content
        if kind == b"IEND":
            return
        offset = end + 4


def _size(width, height, bits, passes):
    """Bytes of the pixels, each row behind its filter."""
    size = 0
    for x, y, right, down in passes:
        columns, rows = len(range(x, width, right)), len(range(y, height, down))
        size += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return size


def _grey(data):
    """The picture in grey values, on white."""
    chunks = _chunks(data)
    kind, header = next(chunks)
    _demand(kind == b"IHDR" and len(header) == 13, "no header")
    width, height, bits, colour, method, filters, passes = struct.unpack(">IIBBBBB", header)
    _demand(width and height and bits in _DEPTHS.get(colour, ()), "its kind")
    _demand(method == filters == 0 and passes <= 1, "its kind")
    if max(width, height) > SIDE_LIMIT or width * height > PIXEL_LIMIT:
        raise Refused("CAR-4", "%d by %d pixels" % (width, height))
    chunks = list(chunks)
    _demand(colour != 3 or b"PLTE" in dict(chunks), "no palette")
    # Pillow would read a picture of fewer rows.
    size = _size(width, height, bits * _SAMPLES[colour], _ADAM7 if passes else _WHOLE)
    packed = b"".join(content for kind, content in chunks if kind == b"IDAT")
    try:
        _demand(len(zlib.decompressobj().decompress(packed, size)) == size, "too few pixels")
        image = Image.open(io.BytesIO(data), formats=["PNG"])
        image.load()
    except Refused:
        raise
    except Exception as error:      # of zlib, and Pillow has many
        raise Refused("CAR-3", str(error)) from None
    if image.mode.startswith("I"):  # grey of 16 bits, the lower byte first
        samples = image.tobytes()
        clear = image.info.get("transparency")
        if clear is None:
            return Image.frombytes("L", image.size, samples[1::2])
        values = memoryview(samples).cast("H")
        return Image.frombytes("L", image.size,
                               bytes(255 if value == clear else value >> 8 for value in values))
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("L")
