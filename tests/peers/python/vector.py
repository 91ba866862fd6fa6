"""The static vector: parameters common to many licenses."""

import re

import crypto
from refusal import Refused
from wire import decode_prefix

RO, CR, SG, MM, UL = 1, 2, 3, 4, 5
MODE_NAMES = {RO: "RO", CR: "CR", SG: "SG", MM: "MM", UL: "UL"}
_LIMIT = 481
_FIXED = {1: 2, 2: 16, 3: 5, 4: 1}          # tag -> length of its value
_APPLICATION = 0x10
_NAME = re.compile(rb"[A-Z0-9]+ *")


class Application:
    __slots__ = ("index", "enabled", "secure_channel", "hexadecimal", "check_digit",
                 "mode", "factor", "step", "length", "name", "fields")

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

    def input(self, mode, step, event, fields):
        """Section 14; `fields` are bytes."""
        return crypto.response_input(mode, self.index, step, event, self.length, fields)

    def response(self, r):
        return crypto.response(r, self.length, self.hexadecimal, self.check_digit)

    def answers_requests(self, request_format):
        """CLI-10 and REQ-12."""
        modes = (CR, MM) if request_format == "challenge" else (SG, MM)
        return self.enabled and self.secure_channel and self.mode in modes


class StaticVector:
    __slots__ = ("raw", "prefix", "master_key", "tries", "applications")

    def check_serial(self, serial):
        """AM1-8."""
        if serial[:3] != self.prefix:
            raise Refused("AM1-8", "the static vector belongs to another serial prefix")

    def check_post_activation(self, index):
        """AM1-9."""
        application = self.applications.get(index)
        if application is None or not application.enabled or application.mode not in (SG, MM):
            raise Refused("AM1-9", "the post-activation application cannot sign")


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
    a.index, a.mode, algorithm, a.factor = value[0], value[2], value[3], value[4]
    a.step, a.length, a.name = int.from_bytes(value[5:7], "big"), value[7], value[8:18]
    _in_range(1 <= a.index <= 8, "application index")
    _in_range(flags < 16, "application flags")
    _in_range(1 <= a.mode <= 5, "application mode")
    _in_range(algorithm == 1, "algorithm")
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
    while offset < len(raw):
        end = offset + 2 + raw[offset + 1] if offset + 2 <= len(raw) else len(raw) + 1
        if end > len(raw):
            raise Refused("STV-3", "a record runs past the end")
        tag, value = raw[offset], raw[offset + 2:end]
        position += 1
        if tag != (position if position <= 4 else _APPLICATION) or position > 12:
            raise Refused("STV-4", "record %d has tag %02X" % (position, tag))
        if tag != _APPLICATION and len(value) != _FIXED[tag]:
            raise Refused("STV-3", "record %02X of %d bytes" % (tag, len(value)))
        if tag == 1:
            vector.prefix = decode_prefix(int.from_bytes(value, "big"))
            _in_range(vector.prefix is not None, "serial prefix")
        elif tag == 2:
            vector.master_key = value
        elif tag == 3:
            required, minimum, maximum, vector.tries, weak = value
            _in_range(required <= 1, "password required")
            _in_range(1 <= minimum <= 64, "minimum password length")
            _in_range(minimum <= maximum <= 64, "maximum password length")
            _in_range(1 <= vector.tries <= 99, "password tries")
            _in_range(weak <= 1, "weak passwords refused")
        elif tag == 4:
            _in_range(value[0] <= 1, "platform binding")
        else:
            application = _application(value)
            if application.index <= last_index:
                raise Refused("STV-4", "application indexes do not ascend")
            last_index = application.index
            vector.applications[last_index] = application
        offset = end
    if position < 5:
        raise Refused("STV-4", "a record is missing")
    return vector
