"""The static vector: parameters common to many licenses."""

import re

import crypto
import oath
from refusal import Refused
from wire import decode_prefix

RO, CR, SG, MM, UL = 1, 2, 3, 4, 5
MODE_NAMES = {RO: "RO", CR: "CR", SG: "SG", MM: "MM", UL: "UL"}
_LIMIT = 481
_FIXED = {1: 2, 2: 16, 3: 5, 4: 1}          # tag -> length of its value
_APPLICATION, _SUITE = 0x10, 0x11
_PROFILE, _HOTP, _OCRA = 1, 2, 4
_TOTP = {3: "sha1", 5: "sha256", 6: "sha512"}
_NAME = re.compile(rb"[A-Z0-9]+ *")


class Application:
    __slots__ = ("index", "enabled", "secure_channel", "hexadecimal", "check_digit",
                 "mode", "algorithm", "suite", "factor", "step", "length", "name", "fields")

    @property
    def uses_time(self):
        return self.factor != 2

    @property
    def uses_event(self):
        return self.factor != 1

    @property
    def only_time(self):
        return self.factor == 1

    def step_at(self, now):
        """SIG-4."""
        return now // self.step if self.uses_time else 0

    def digits_at(self, cmac, data):
        """The function from step and event to the digits of the response to this data (sections
        14 and 25), without their check digit; `cmac` has the application key."""
        if self.algorithm == _HOTP:
            return lambda step, event: oath.hotp(cmac.key, event, self.length)
        if self.algorithm in _TOTP:
            return lambda step, event: oath.hotp(cmac.key, step, self.length,
                                                 _TOTP[self.algorithm])
        if self.algorithm == _OCRA:
            question = oath.question_of(self.suite, data)
            return lambda step, event: self.suite.respond(cmac.key, question, event, step)

        return lambda step, event: self.digits(cmac(self.input(data, step, event)))

    def input(self, data, step, event):
        """Section 14: what R is the MAC of."""
        return crypto.response_input(data.mode, self.index, step, event, self.length, data.fields)

    def digits(self, r):
        """SIG-1, SIG-2."""
        return crypto.response(r, self.length - self.check_digit, self.hexadecimal, False)

    def with_check_digit(self, digits):
        """SIG-3."""
        return digits + crypto.check_digit(digits, self.hexadecimal) if self.check_digit else digits

    def answers_requests(self, request_format):
        """CLI-10 and REQ-12."""
        modes = (CR, MM) if request_format == "challenge" else (SG, MM)
        return self.enabled and self.secure_channel and self.mode in modes


class StaticVector:
    __slots__ = ("raw", "prefix", "master_key", "password_required", "password_minimum",
                 "password_maximum", "tries", "weak_refused", "binding", "applications")

    def check_serial(self, serial):
        """AM1-8."""
        if serial[:3] != self.prefix:
            raise Refused("AM1-8", "the static vector belongs to another serial prefix")

    def with_events(self):
        """Indexes of all applications with events, ascending."""
        return [index for index, application in self.applications.items()
                if application.uses_event]

    def check_channel(self):
        """STV-7."""
        if not any(application.answers_requests(request_format)
                   for application in self.applications.values()
                   for request_format in ("challenge", "list")):
            raise Refused("STV-7", "no application is there for requests")

    def check_post_activation(self, index):
        """AM1-9."""
        application = self.applications.get(index)
        if application is None or not application.enabled or application.mode not in (SG, MM):
            raise Refused("AM1-9", "the post-activation application cannot sign")
        if application.suite is not None and not application.suite.hashes_data:
            raise Refused("AM1-9", "the post-activation application cannot sign messages")


def _in_range(condition, what):
    if not condition:
        raise Refused("STV-5", what + " out of range")


def _application(value):
    if len(value) < 19:
        raise Refused("STV-3", "application record of %d bytes" % len(value))
    k = value[18]
    _in_range(k <= 8, "number of data fields")
    if len(value) != 19 + 2 * k:
        raise Refused("STV-3", "application record of %d bytes" % len(value))
    a = Application()
    flags = value[1]
    a.index, a.mode, a.algorithm, a.factor = value[0], value[2], value[3], value[4]
    a.suite = None
    a.step, a.length, a.name = int.from_bytes(value[5:7], "big"), value[7], value[8:18]
    _in_range(1 <= a.index <= 8, "application index")
    _in_range(flags < 16, "application flags")
    _in_range(1 <= a.mode <= 5, "application mode")
    _in_range(1 <= a.algorithm <= 6, "algorithm")
    _in_range(1 <= a.factor <= 3, "factor")
    _in_range((a.step >= 1) == a.uses_time, "step length")
    _in_range(6 <= a.length <= 16, "response length")
    _in_range(_NAME.fullmatch(a.name), "application name")
    a.fields = [(value[i], value[i + 1]) for i in range(19, len(value), 2)]
    for minimum, maximum in a.fields:
        _in_range(minimum <= maximum <= 64 and maximum >= 1, "data field")
    a.enabled, a.secure_channel = bool(flags & 1), bool(flags & 2)
    a.hexadecimal, a.check_digit = bool(flags & 4), bool(flags & 8)
    return a


def _suite(value):
    try:
        return oath.Suite(value.decode("ascii"))
    except (UnicodeDecodeError, Refused):
        raise Refused("STV-6", "not a suite") from None


def _check_algorithm(a):
    """STV-6 by the table of section 25."""
    if a.algorithm == _PROFILE:
        return
    allowed = not a.hexadecimal and not a.check_digit
    if a.algorithm == _OCRA:
        allowed = allowed and _allows(a.suite, a)
    else:
        factor = 2 if a.algorithm == _HOTP else 1
        allowed = allowed and a.mode == RO and a.factor == factor and a.length <= 8 \
            and not a.fields and not a.secure_channel
    if not allowed:
        raise Refused("STV-6", "algorithm %d does not allow this application" % a.algorithm)


def _allows(suite, a):
    """What section 25 says of the suite of an application."""
    if a.mode == CR:
        fields = not a.fields
    else:
        fields = suite.hashes_data or len(a.fields) == 1 \
            and 1 <= a.fields[0][0] <= a.fields[0][1] <= suite.length
    return (a.mode in (CR, SG) and fields
            and 6 <= suite.digits == a.length
            and suite.password is None and suite.session is None
            and suite.counter == a.uses_event and suite.step == (a.step if a.uses_time else None)
            and (suite.hashes_data or not a.secure_channel))


def parse_vector(raw):
    """Section 8, in the order given there."""
    if len(raw) > _LIMIT:
        raise Refused("STV-2", "%d bytes" % len(raw))
    if len(raw) < 4 or raw[:2] != b"\x38\x08" or int.from_bytes(raw[2:4], "big") != len(raw) - 4:
        raise Refused("STV-1", "wrong start or length field")
    vector = StaticVector()
    vector.raw = raw
    vector.applications = {}
    offset, position, last_index = 4, 0, 0
    waiting = None                  # an application that its suite has to follow
    while offset < len(raw):
        end = offset + 2 + raw[offset + 1] if offset + 2 <= len(raw) else len(raw) + 1
        if end > len(raw):
            raise Refused("STV-3", "a record runs past the end")
        tag, value = raw[offset], raw[offset + 2:end]
        position += 1
        expected = _SUITE if waiting else position if position <= 4 else _APPLICATION
        if tag != expected:
            raise Refused("STV-4", "record %d has tag %02X" % (position, tag))
        if tag in _FIXED and len(value) != _FIXED[tag]:
            raise Refused("STV-3", "record %02X of %d bytes" % (tag, len(value)))
        if tag == 1:
            vector.prefix = decode_prefix(int.from_bytes(value, "big"))
            _in_range(vector.prefix is not None, "serial prefix")
        elif tag == 2:
            vector.master_key = value
        elif tag == 3:
            required, minimum, maximum, vector.tries, weak = value
            vector.password_required, vector.weak_refused = bool(required), bool(weak)
            vector.password_minimum, vector.password_maximum = minimum, maximum
            _in_range(required <= 1, "password required")
            _in_range(1 <= minimum <= 64, "minimum password length")
            _in_range(minimum <= maximum <= 64, "maximum password length")
            _in_range(1 <= vector.tries <= 99, "password tries")
            _in_range(weak <= 1, "weak passwords refused")
        elif tag == 4:
            _in_range(value[0] <= 1, "platform binding")
            vector.binding = bool(value[0])
        else:
            if tag == _APPLICATION:
                application = _application(value)
                waiting = application if application.algorithm == _OCRA else None
            else:
                if not 2 <= len(value) <= 1 + oath.SUITE_LIMIT:
                    raise Refused("STV-3", "suite record of %d bytes" % len(value))
                if value[0] != waiting.index:
                    raise Refused("STV-4", "the suite of another application")
                application.suite, waiting = _suite(value[1:]), None
            if waiting is None:
                _check_algorithm(application)
                if application.index <= last_index:     # so there are at most 8
                    raise Refused("STV-4", "application indexes do not ascend")
                last_index = application.index
                vector.applications[last_index] = application
        offset = end
    if position < 5 or waiting:
        raise Refused("STV-4", "a record is missing")
    return vector
