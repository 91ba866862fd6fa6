"""Platform binding: derivation codes (section 30)."""

import re

import crypto
import responses
from refusal import Refused
from vector import CR, MM, RO

_CODE = re.compile(r"[0-9]{26}")


def diversifier(serial, platform_data):
    """BND-1."""
    return crypto.sha256(b"platform" + serial + platform_data)[:7]


def deriving_application(vector, challenge):
    """BND-3, BND-4, BND-5."""
    if not vector.binding:
        raise Refused("BND-3", "the static vector does not allow binding")
    for _, application in sorted(vector.applications.items()):
        if application.enabled and application.mode in (RO, CR, MM):
            break
    else:
        raise Refused("BND-4", "no application derives")
    if (challenge is not None) != (application.mode == CR):
        raise Refused("BND-5", "a challenge is for mode CR")
    if challenge is not None:
        try:
            responses.check_challenge(challenge)
        except Refused as refusal:
            raise Refused("BND-5", refusal.detail) from None
    return application


def mac_digits(license_key, serial, application, platform, challenge):
    """BND-2: the function from step and event to the 8 digits."""
    index = bytes([application.index])
    cmac = crypto.Cmac(crypto.kdf(license_key, "single-derive", serial + index, 128))

    def digits_at(step, event):
        r = cmac(b"derive" + platform + index + step.to_bytes(8, "big") + event.to_bytes(8, "big")
                 + (challenge or "").encode("ascii"))
        return "%08d" % (int.from_bytes(r, "big") % 10 ** 8)
    return digits_at


def write_code(platform, mac):
    digits = "%017d" % int.from_bytes(platform, "big") + mac
    return digits + crypto.check_digit(digits, False)


def read_code(code):
    """BND-6, BND-8: D and the digits of the MAC."""
    if not _CODE.fullmatch(code):
        raise Refused("BND-6", "not 26 digits")
    if crypto.check_digit(code[:25], False) != code[25]:
        raise Refused("BND-8", "wrong check digit")
    number = int(code[:17])
    if number >> 56:
        raise Refused("BND-6", "the diversifier has more than 56 bits")
    return number.to_bytes(7, "big"), code[17:25]
