"""Text that is displayed: what is shown is what is signed (REQ-9)."""

import re

from refusal import Refused

# REQ-9, row by row, as it stands there.
_REFUSED_RANGES = """
    0000-001F, 007F-009F
    00A0, 1680, 2000-200A, 2028-2029, 202F, 205F, 3000
    00AD, 0600-0605, 061C, 06DD, 070F, 0890-0891, 08E2, 180E, 200B-200F, 202A-202E, 2060-2064,
    2066-206F, FEFF, FFF9-FFFB, 110BD, 110CD, 13430-1343F, 1BCA0-1BCA3, 1D173-1D17A
    034F, 115F-1160, 17B4-17B5, 180B-180D, 180F, 2065, 3164, FE00-FE0F, FFA0, FFF0-FFF8
    E000-F8FF
    FDD0-FDEF, FFFE-FFFF, 1FFFE-1FFFF, 2FFFE-2FFFF, 3FFFE-3FFFF
    2800, FFFC, 13440-13442, 16FE4, 1BC9D, 1D159
    40000-10FFFF
""".replace(",", " ").split()

_REFUSED = re.compile("[%s]" % "".join(
    "\\U%08X-\\U%08X" % (int(ends[0], 16), int(ends[-1], 16))
    for ends in (part.split("-") for part in _REFUSED_RANGES)))


def is_displayed(text):
    return _REFUSED.search(text) is None


def check_text(text):
    """REQ-9."""
    found = _REFUSED.search(text)
    if found:
        raise Refused("REQ-9", "character U+%04X" % ord(found.group()))
