"""Hexadecimal text, serial numbers, frames."""

import re

from crypto import sha256
from refusal import Refused

AM1, AM2, DEACTIVATION, REQUEST, RESPONSE, INFORMATION = 0, 1, 2, 3, 4, 0x24
TYPES = (AM1, AM2, DEACTIVATION, REQUEST, RESPONSE, INFORMATION)

HEADER = 15
OVERHEAD = 23
FRAME_LIMIT = {"direct": 535, "gateway": 2101}
BODY_LIMIT = {"direct": 512, "gateway": 2078}

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_SERIAL = re.compile(r"[0-9A-Z]{3}[0-9]{7}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_hex(text):
    return _HEX.fullmatch(text) is not None


def to_hex(data):
    return data.hex().upper()


# ---- serial numbers -----------------------------------------------------------

def is_serial(text):
    return _SERIAL.fullmatch(text) is not None


def encode_serial(text):
    """SER-1: ten characters to five bytes."""
    a, b, c = (_DIGITS.index(character) for character in text[:3])
    return (1600 * a + 40 * b + c).to_bytes(2, "big") + int(text[3:]).to_bytes(3, "big")


def decode_prefix(p):
    """The three characters of a prefix, or None if one of them is unassigned."""
    a, b, c = p // 1600, p // 40 % 40, p % 40
    return _DIGITS[a] + _DIGITS[b] + _DIGITS[c] if max(a, b, c) <= 35 else None


def decode_serial(data):
    prefix = decode_prefix(int.from_bytes(data[:2], "big"))
    if prefix is None:                      # p >= 64000 makes a > 35
        raise Refused("SER-2", "the serial number's prefix has an unassigned character")
    suffix = int.from_bytes(data[2:], "big")
    if suffix > 9_999_999:
        raise Refused("SER-3", "the serial number's suffix has more than seven digits")
    return "%s%07d" % (prefix, suffix)


# ---- frames -------------------------------------------------------------------

class Frame:
    """A frame as received; `raw` are its bytes, header to tag."""

    __slots__ = ("raw", "version", "type", "protection", "serial", "nonce", "body", "tag")

    @property
    def time(self):
        return int.from_bytes(self.nonce[:4], "big")

    @property
    def counter(self):
        return int.from_bytes(self.nonce[4:], "big")

    @property
    def sender(self):
        """The sequence number of the instance that sent an information message (NON-4)."""
        return self.nonce[4] if self.type == INFORMATION else None

    @property
    def information_counter(self):
        return int.from_bytes(self.nonce[5:], "big")


def header(kind, protection, serial, nonce):
    """The first 15 bytes; `serial` in its five bytes."""
    return (kind << 6 | protection).to_bytes(2, "big") + serial + nonce


def checksum(sent):
    """FRM-11: the tag of an unprotected frame over header and body."""
    return sha256(sent)[:8]


def parse_frame(text, carrier):
    """All checks of section 5 except the checksum, in their order."""
    if not is_hex(text):
        raise Refused("CNV-3", "not an even number of hexadecimal digits")
    raw = bytes.fromhex(text)
    if len(raw) < OVERHEAD:
        raise Refused("FRM-2", "shorter than header and tag")
    if len(raw) > FRAME_LIMIT[carrier]:
        raise Refused("FRM-3" if carrier == "direct" else "FRM-4",
                      "too long for the %s carrier" % carrier)
    word = int.from_bytes(raw[:2], "big")
    version, kind, protection = word >> 12, word >> 6 & 63, word & 63
    if version != 0:
        raise Refused("FRM-5", "version %d" % version)
    if kind not in TYPES:
        raise Refused("FRM-6", "type %d" % kind)
    if kind == RESPONSE:
        raise Refused("FRM-7", "a response message")
    if protection > 2:
        raise Refused("FRM-8", "protection %d" % protection)
    if kind == AM1 and protection != 0:
        raise Refused("FRM-9", "activation message 1 with a protection")
    if kind != AM1 and protection == 0:
        raise Refused("FRM-10", "type %d without protection" % kind)
    frame = Frame()
    frame.raw = raw
    frame.version, frame.type, frame.protection = version, kind, protection
    frame.serial = decode_serial(raw[2:7])                  # SER-2, SER-3
    frame.nonce = raw[7:HEADER]
    frame.body = raw[HEADER:-8]
    frame.tag = raw[-8:]
    return frame
