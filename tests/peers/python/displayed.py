"""Text that is displayed: what is shown is what is signed (REQ-9)."""

import re

from refusal import Refused

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


def is_displayed(text):
    return _REFUSED.search(text) is None


def check_text(text):
    """REQ-9."""
    found = _REFUSED.search(text)
    if found:
        raise Refused("REQ-9", "character U+%04X" % ord(found.group()))
