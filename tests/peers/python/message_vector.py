"""The message vector: what licenses have in common besides the static vector (section 21)."""

import re

import crypto
from refusal import Refused

#: name, lowest and highest value (as in `server.create`), bits; most significant first, after the
#: mark. Some are written less 1.
FIELDS = [
    ("activation_protection", 1, 2, 1),
    ("message_protection", 1, 2, 1),
    ("post_activation", 1, 8, 3),
    ("activation_validity_days", 0, 9999, 14),
    ("message_age_limit_s", 0, 0xFFFFFFFF, 32),
    ("code_tries", 1, 99, 7),
    ("signature_tries", 1, 99, 7),
    ("identification_window", 0, 100, 7),
    ("signature_window", 0, 100, 7),
    ("first_use_s", 0, 10800, 14),
    ("look_ahead", 0, 20, 5),
]
_LESS_ONE = {"activation_protection", "message_protection", "post_activation"}
_MARK = 0b11

_FORM = re.compile(r"[0-9A-F]{26}")


def encode(**values):
    """MSV-1."""
    number = _MARK
    for name, _, _, bits in FIELDS:
        number = number << bits | values[name] - (name in _LESS_ONE)
    digits = "%025X" % number
    return digits + crypto.check_digit(digits, True)


def decode(message_vector):
    """MSV-2, MSV-3, MSV-4: the parameters of `encode`."""
    if not _FORM.fullmatch(message_vector):
        raise Refused("MSV-2", "not 26 upper-case hexadecimal digits")
    digits = message_vector[:25]
    if crypto.check_digit(digits, True) != message_vector[25]:
        raise Refused("MSV-3", "wrong check digit")
    number, shift = int(digits, 16), 98
    if number >> shift != _MARK:
        raise Refused("MSV-4", "another mark")
    values = {}
    for name, low, high, bits in FIELDS:
        shift -= bits
        values[name] = (number >> shift & (1 << bits) - 1) + (name in _LESS_ONE)
        if not low <= values[name] <= high:
            raise Refused("MSV-4", "%s is %d" % (name, values[name]))
    return values
