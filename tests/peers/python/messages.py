"""Bodies: activation messages 1 and 2, the request; the rules of displayed text."""

import re

from refusal import Refused
from wire import BODY_LIMIT

CHARSETS = {"utf-8": 0, "iso-8859-15": 1}
_CODECS = ("utf-8", "iso8859-15")           # by charset number; REQ-8

# ---- activation message 1 -----------------------------------------------------

_AM1_FIXED = 31


def build_am1(time, activation_vector, policy, challenge_present, static_vector):
    """The body (AM1-1); `static_vector` is empty where it is not sent."""
    flags = challenge_present | (2 if static_vector else 0)
    return (bytes([flags]) + time.to_bytes(4, "big") + activation_vector
            + policy.to_bytes(2, "big") + static_vector)


def build_policy(activation_protection, message_protection, post_activation):
    return activation_protection << 10 | message_protection << 4 | (post_activation - 1) << 1


def parse_am1(frame):
    """AM1-3 to AM1-6: (activation vector, (protection 1, protection 3, index), vector or None)."""
    body = frame.body
    # A body too short to have its flags is too short whatever they say.
    with_vector = bool(body and body[0] & 2)
    if len(body) < _AM1_FIXED or with_vector != (len(body) > _AM1_FIXED):
        raise Refused("AM1-3", "body of %d bytes" % len(body))
    if body[0] > 3:
        raise Refused("AM1-4", "unknown flag")
    if bool(body[0] & 1) != any(frame.nonce):
        raise Refused("AM1-5", "challenge and its flag disagree")
    policy = int.from_bytes(body[29:31], "big")
    activation, message, index = policy >> 10, policy >> 4 & 63, (policy >> 1 & 7) + 1
    if activation not in (1, 2) or message not in (1, 2) or policy & 1:
        raise Refused("AM1-6", "policy %04X" % policy)
    return body[5:29], (activation, message, index), body[31:] if with_vector else None


# ---- activation message 2 -----------------------------------------------------

def build_am2(sequence, payload_key, salt):
    """The body (AM2-1); `payload_key` is None without Secure Channel."""
    return bytes([sequence, payload_key is not None]) + (payload_key or bytes(16)) + salt


def parse_am2(body):
    """AM2-8: (sequence, payload key or None, instance salt)."""
    if len(body) != 31:
        raise Refused("AM2-8", "body of %d bytes" % len(body))
    sequence, flags, key, salt = body[0], body[1], body[2:18], body[18:]
    if not 1 <= sequence <= 99:
        raise Refused("AM2-8", "sequence number %d" % sequence)
    if flags > 1:
        raise Refused("AM2-8", "unknown flag")
    if flags == 0 and any(key):
        raise Refused("AM2-8", "a payload key without its flag")
    return sequence, key if flags else None, salt


# ---- displayed text -----------------------------------------------------------

# REQ-9, inclusive ranges; a noncharacter ends in FFFE or FFFF in every plane.
_REFUSED_RANGES = [
    (0x0000, 0x001F), (0x007F, 0x009F),
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0xE000, 0xF8FF), (0xFDD0, 0xFDEF), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0x40000, 0x10FFFF),
] + [(plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(4)]

_REFUSED = re.compile("[%s]" % "".join(
    "\\U%08X-\\U%08X" % ends for ends in _REFUSED_RANGES))


def _check_text(text):
    found = _REFUSED.search(text)
    if found:
        raise Refused("REQ-9", "character U+%04X" % ord(found.group()))


# ---- request ------------------------------------------------------------------

class Request:
    __slots__ = ("minimum_version", "require_pin", "template", "application", "title", "items")


def _string(text, codec):
    """One string of the builder: REQ-10, REQ-9, REQ-11 in this order."""
    try:
        data = text.encode(codec)
    except UnicodeEncodeError:
        raise Refused("REQ-10", "a character the charset does not have") from None
    _check_text(text)
    if len(data) > 255:
        raise Refused("REQ-11", "a string of %d bytes" % len(data))
    return bytes([len(data)]) + data


def build_request(application, minimum_version, require_pin, template, charset, title, items,
                  carrier):
    """The body (REQ-1)."""
    number = CHARSETS[charset]
    codec = _CODECS[number]
    control = (minimum_version << 14 | require_pin << 13 | template << 9 | number << 6
               | (application - 1) << 1)
    parts = [control.to_bytes(2, "big"), _string(title, codec), bytes([len(items)])]
    for key, value in items:
        parts += _string(key, codec), _string(value, codec)
    body = b"".join(parts)
    if len(body) > BODY_LIMIT[carrier]:
        raise Refused("REQ-11", "a body of %d bytes" % len(body))
    return body


class _Reader:
    """Takes the content of a request from left to right."""

    def __init__(self, data, offset, codec):
        self.data, self.offset, self.codec = data, offset, codec

    def byte(self):
        if self.offset >= len(self.data):
            raise Refused("REQ-5", "runs past the end")
        self.offset += 1
        return self.data[self.offset - 1]

    def string(self, may_be_empty=True):
        length = self.byte()
        start, self.offset = self.offset, self.offset + length
        if self.offset > len(self.data):
            raise Refused("REQ-5", "runs past the end")
        if length == 0 and not may_be_empty:
            raise Refused("REQ-6", "an empty key")
        try:
            text = self.data[start:self.offset].decode(self.codec)
        except UnicodeDecodeError:
            raise Refused("REQ-7", "not well-formed UTF-8") from None
        _check_text(text)
        return text


def parse_request(body):
    """Section 13, the client's order."""
    if len(body) < 2 or body[1] & 1:
        raise Refused("REQ-2", "too short, or its last control bit is set")
    control = int.from_bytes(body[:2], "big")
    charset = control >> 6 & 7
    if charset > 1:
        raise Refused("REQ-3", "charset %d" % charset)
    if control >> 4 & 3:
        raise Refused("REQ-4", "format %d" % (control >> 4 & 3))
    request = Request()
    request.minimum_version = control >> 14
    request.require_pin = bool(control >> 13 & 1)
    request.template = control >> 9 & 15
    request.application = (control >> 1 & 7) + 1
    reader = _Reader(body, 2, _CODECS[charset])
    request.title = reader.string()
    count = reader.byte()
    if not 1 <= count <= 16:
        raise Refused("REQ-6", "%d items" % count)
    request.items = [(reader.string(may_be_empty=False), reader.string()) for _ in range(count)]
    if reader.offset != len(body):
        raise Refused("REQ-5", "bytes left over")
    return request
