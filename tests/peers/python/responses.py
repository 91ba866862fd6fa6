"""Responses without a message: which application, which data, which form (sections 14, 15)."""

import re

import crypto
from refusal import Refused
from vector import CR, MM, RO, SG, UL

RESPONSE_ONLY, CHALLENGE, FIELDS = "response-only", "challenge", "fields"
MESSAGE = "message"             # not a kind that a question names
MODE_OF = {RESPONSE_ONLY: RO, CHALLENGE: CR, FIELDS: SG}        # OTP-1

_CHALLENGE = re.compile(r"[0-9]{1,16}")
_FIELD = re.compile(r"[\x20-\x7e]*")
_DECIMAL = re.compile(r"[0-9]*")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]*")


# ---- data ---------------------------------------------------------------------
# `data` is the object of section 18: {"kind": …, …}.

def find_application(vector, index, data):
    """OTP-2: the application that may answer data of this kind."""
    application = vector.applications.get(index)
    if application is None or not application.enabled \
            or application.mode not in (MM, MODE_OF[data["kind"]]):
        raise Refused("OTP-2", "application %d" % index)
    return application


def check_challenge(text):
    """OTP-3."""
    if not _CHALLENGE.fullmatch(text):
        raise Refused("OTP-3", "a challenge has 1 to 16 digits")
    return text


class Data:
    """What a response is made of: its kind, the mode that says so, its fields as bytes."""

    __slots__ = ("kind", "mode", "fields")

    def __init__(self, kind, mode, fields):
        self.kind, self.mode, self.fields = kind, mode, fields


def data_of_message(application, frame):
    """The mode is the application's own (SIG-4)."""
    return Data(MESSAGE, application.mode, [frame])


def data_of(application, data):
    """OTP-1, after OTP-3 or OTP-4, and ALG-8."""
    kind = data["kind"]
    if kind == RESPONSE_ONLY:
        texts = []
    elif kind == CHALLENGE:
        texts = [check_challenge(data["challenge"])]
    else:
        texts = data["fields"]
        _check_fields(application, texts)
    suite = application.suite
    if suite is not None and (kind == CHALLENGE or not suite.hashes_data):
        suite.check_data(texts[0])
    return Data(kind, MODE_OF[kind], [text.encode("ascii") for text in texts])


def _check_fields(application, fields):
    """OTP-4."""
    if not fields or len(fields) != len(application.fields):
        raise Refused("OTP-4", "%d data fields" % len(fields))
    for text, (minimum, maximum) in zip(fields, application.fields):
        if not minimum <= len(text) <= maximum or not _FIELD.fullmatch(text):
            raise Refused("OTP-4", "a data field is not as the static vector demands")


# ---- what is compared ---------------------------------------------------------

def digits_of(application, response):
    """VER-10 and VER-11: the digits of a response without their check digit."""
    alphabet = _HEXADECIMAL if application.hexadecimal else _DECIMAL
    if len(response) != application.length or not alphabet.fullmatch(response):
        raise Refused("VER-10", "not a response of this application")
    digits = response.upper()
    if not application.check_digit:
        return digits
    if crypto.check_digit(digits[:-1], application.hexadecimal) != digits[-1]:
        raise Refused("VER-11", "wrong check digit")
    return digits[:-1]


class Claim(Data):
    """What somebody says is a response to some data."""

    __slots__ = ("digits",)

    def __init__(self, data, digits):
        super().__init__(data.kind, data.mode, data.fields)
        self.digits = digits

    @property
    def identifies(self):
        """VER-15, VER-17: response-only and challenge; the others sign."""
        return self.kind in (RESPONSE_ONLY, CHALLENGE)


def claim(application, data, response):
    return Claim(data, digits_of(application, response))


# ---- unlocking ----------------------------------------------------------------

def unlock_application(vector):
    """UNL-3: the one of mode UL with the lowest index that is enabled."""
    for _, application in sorted(vector.applications.items()):
        if application.enabled and application.mode == UL:
            return application
    raise Refused("UNL-3", "the static vector has no unlock application")


def unlock_digits(random):
    """UNL-1: the challenge that is shown."""
    return "%08d" % (int.from_bytes(random, "big") % 10 ** 8)


def unlock_data(challenge):
    """UNL-4."""
    return Data("unlock", UL, [challenge.encode("ascii")])


def unlock_response(application, cmac, challenge):
    """UNL-4: step 0 and event 0 whatever the factor."""
    digits_at = application.digits_at(cmac, unlock_data(challenge))
    return application.with_check_digit(digits_at(0, 0))
