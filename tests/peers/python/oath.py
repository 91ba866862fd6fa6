"""Open algorithms: HOTP, TOTP and OCRA (section 25; RFC 4226, RFC 6238, RFC 6287)."""

import hmac
import re

import crypto
from refusal import Refused

HASHES = {"sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
SUITE_LIMIT = 96

_HASH = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
_SUITE = re.compile(
    r"OCRA-1:HOTP-(SHA1|SHA256|SHA512)-(0|[4-9]|10):(C-)?Q([ANH])([0-9]{2})"
    r"(?:-P(SHA1|SHA256|SHA512))?(?:-S([0-9]{3}))?(?:-T([1-9][0-9]?)([SMH]))?")
_SECONDS = {"S": 1, "M": 60, "H": 3600}
_MOST = {"S": 59, "M": 59, "H": 48}
_CHARACTERS = {"A": re.compile(r"[0-9A-Za-z]*"), "N": re.compile(r"[0-9]*"),
               "H": re.compile(r"[0-9A-Fa-f]*")}
_QUESTION = 128                 # bytes


def truncate(mac, digits):
    """RFC 4226, 5.3: the last digits of 31 bits."""
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset:offset + 4], "big") & 0x7FFFFFFF
    return "%0*d" % (digits, number % 10 ** digits)


def hotp(key, counter, digits, name="sha1"):
    """ALG-1; with the time step as the counter it is ALG-2."""
    return truncate(hmac.digest(key, counter.to_bytes(8, "big"), name), digits)


def totp(key, time, step, digits, name):
    """ALG-2."""
    return hotp(key, time // step, digits, name)


def _question_bytes(kind, text):
    """ALG-4: 128 bytes, zeros at the end."""
    if kind == "A":
        data = text.encode("ascii")
    else:
        digits = "%X" % int(text) if kind == "N" else text
        data = bytes.fromhex(digits + "0" * (len(digits) % 2))
    return data.ljust(_QUESTION, b"\0")


class Suite:
    """An OCRA suite; ALG-5 refuses what is none."""

    def __init__(self, text):
        found = _SUITE.fullmatch(text)
        if not found:
            raise Refused("ALG-5", "not an OCRA suite")
        name, digits, counter, self.kind, length, password, session, step, unit = found.groups()
        self.text = text
        self.hash = _HASH[name]
        self.digits = int(digits)
        self.counter = counter is not None
        self.length = int(length)                                   # of the question
        self.password = password and _HASH[password]                # None without one
        self.session = session and int(session)                     # bytes, None without one
        self.step = step and int(step) * _SECONDS[unit]             # seconds, None without time
        if not 4 <= self.length <= 64 or self.session is not None and not 1 <= self.session <= 512 \
                or step is not None and int(step) > _MOST[unit]:
            raise Refused("ALG-5", "a number of the suite is out of range")

    @property
    def hashes_data(self):
        """ALG-7: whether messages and fields are hashed to be the question."""
        return self.kind == "H" and self.length == 64

    def fits(self, text):
        return _CHARACTERS[self.kind].fullmatch(text) is not None

    def check_data(self, text):
        """ALG-8."""
        if len(text) > self.length or not self.fits(text):
            raise Refused("ALG-8", "not a question of the suite")

    def respond(self, key, question, counter, step, password=b"", session=b""):
        """ALG-3; `password` is hashed already, what the suite does not name is not looked at."""
        data = self.text.encode("ascii") + b"\0"
        if self.counter:
            data += counter.to_bytes(8, "big")
        data += _question_bytes(self.kind, question) + password
        if self.session is not None:
            data += session.rjust(self.session, b"\0")
        if self.step is not None:
            data += step.to_bytes(8, "big")
        mac = hmac.digest(key, data, self.hash)
        return truncate(mac, self.digits) if self.digits else mac.hex().upper()


def ocra(suite, key, counter, question, password, session, time):
    """`primitive.ocra`: ALG-5, ALG-6, ALG-3."""
    suite = Suite(suite)
    for value, named, what in ((counter, suite.counter, "counter"),
                               (password, suite.password, "password"),
                               (session, suite.session, "session"), (time, suite.step, "time")):
        if (value is not None) != bool(named):
            raise Refused("ALG-6", "the suite and the %s disagree" % what)
    if not 1 <= len(question) <= 2 * suite.length or not suite.fits(question):
        raise Refused("ALG-6", "not a question of the suite")
    if session is not None and len(session) > suite.session:
        raise Refused("ALG-6", "%d bytes of session information" % len(session))
    return suite.respond(
        key, question, counter, time is not None and time // suite.step,
        b"" if password is None else crypto.digest(suite.password, password.encode()),
        session or b"")


def question_of(suite, data):
    """ALG-7; `data` is that of a response, checked by ALG-8."""
    if data.kind == "message":
        return crypto.sha256(data.fields[0]).hex().upper()
    if data.kind == "fields" and suite.hashes_data:
        return crypto.sha256(crypto.field_bytes(data.fields)).hex().upper()
    return data.fields[0].decode("ascii")
