"""The license file: many licenses, their parameters in clear, their keys sealed (section 21)."""

import hmac
import os
import re

import crypto
import message_vector as vectors
import wire
from refusal import Refused
from vector import parse_vector

LINE_LIMIT = 2048               # bytes, without the LF
COUNT_LIMIT = 10_000_000

TYPE = re.compile(r"[A-Z0-9]{1,16}")
APPLICATION = re.compile(r"(?=.{12}\Z)[A-Z0-9]+ *")

_VERSION = re.compile(rb'\{"format":"counterproof-licenses","version":([0-9]{1,9}),')
_HEADER = re.compile(
    rb'\{"format":"counterproof-licenses","version":1,"file_id":"([0-9A-F]{32})",'
    rb'"static_vector":"((?:[0-9A-F]{2})*)","message_vector":"([0-9A-F]{26})",'
    rb'"check":"([0-9A-F]{32})","count":([1-9][0-9]{0,7})\}')
_LICENSE = re.compile(
    rb'(\{"serial":"([0-9A-Z]{3}[0-9]{7})","type":"([A-Z0-9]{1,16})",'
    rb'"application":"((?=[^"]{12}")[A-Z0-9]+ *)","mode":"MA","threshold":([1-9][0-9]?),'
    rb'"secure_channel":(true|false),"secret":")([0-9A-F]{64})"\}')
_TRAILER_START = b'{"mac":'
_TRAILER = re.compile(rb'\{"mac":"([0-9A-F]{64})"\}')


# ---- keys and what is made with them ------------------------------------------

class _Seals:
    """LIF-2 to LIF-4 for one transport key and file id."""

    def __init__(self, transport_key, file_id):
        self.check = crypto.kdf(transport_key, "file-check", file_id, 128)      # LIF-2
        self._line_key = crypto.kdf(transport_key, "file-line", file_id, 256)
        self._trailer_key = crypto.kdf(transport_key, "file-trailer", file_id, 256)

    def seal(self, number, before, license_key):
        """LIF-3; `before` are the bytes of line `number` before the secret's digits."""
        return crypto.gcm_seal(self._line_key, number.to_bytes(12, "big"), license_key, before)

    def open(self, number, before, secret):
        return crypto.gcm_open(self._line_key, number.to_bytes(12, "big"), secret, "LIF-9", before)

    def mac(self, before):
        """LIF-4."""
        return crypto.hmac_sha256(self._trailer_key, before)


def _check_vectors(static_vector, message_vector):
    """The static vector (8), the message vector (MSV), AM1-9: both, parsed."""
    vector, parameters = parse_vector(static_vector), vectors.decode(message_vector)
    vector.check_post_activation(parameters["post_activation"])
    return vector, parameters


def _check_different(licenses):
    """LIF-12."""
    serials = {license["serial"] for license in licenses}
    if len(serials) != len(licenses):
        raise Refused("LIF-12", "a serial number stands twice")


def activation_vector(vector, serial, license_key):
    """KEY-9, in its 24 bytes."""
    kek = crypto.wrapping_key(vector.master_key, wire.encode_serial(serial))
    return crypto.key_wrap(kek, license_key)


def _as_text(wrapped):
    """LIF-13."""
    digits = wire.to_hex(wrapped)
    return digits + crypto.check_digit(digits, True)


# ---- writing ------------------------------------------------------------------

def write(transport_key, static_vector, message_vector, licenses, file_id=None):
    """LIF-1: the file; a license is an object of section 18."""
    vector, _ = _check_vectors(static_vector, message_vector)
    for license in licenses:
        vector.check_serial(license["serial"])                                  # AM1-8
    _check_different(licenses)
    file_id = file_id or os.urandom(16)
    seals = _Seals(transport_key, file_id)
    file = ('{"format":"counterproof-licenses","version":1,"file_id":"%s","static_vector":"%s",'
            '"message_vector":"%s","check":"%s","count":%d}\n'
            % (wire.to_hex(file_id), wire.to_hex(static_vector), message_vector,
               wire.to_hex(seals.check), len(licenses))).encode("ascii")
    for number, license in enumerate(licenses, 2):
        before = ('{"serial":"%s","type":"%s","application":"%s","mode":"MA","threshold":%d,'
                  '"secure_channel":%s,"secret":"'
                  % (license["serial"], license["type"], license["application"],
                     license["threshold"],
                     "true" if license["secure_channel"] else "false")).encode("ascii")
        secret = seals.seal(number, before, license["license_key"])
        file += before + wire.to_hex(secret).encode("ascii") + b'"}\n'
    return file + b'{"mac":"%s"}\n' % wire.to_hex(seals.mac(file)).encode("ascii")


# ---- reading ------------------------------------------------------------------

class _Lines:
    """The lines of a file, one after the other."""

    def __init__(self, file):
        self.file, self.start, self.end, self.number = file, 0, 0, 0

    def next(self):
        """LIF-6 for the length, then LIF-5; without its LF."""
        self.start = self.end
        lf = self.file.find(b"\n", self.start)
        length = (lf if lf >= 0 else len(self.file)) - self.start
        if length > LINE_LIMIT:
            raise Refused("LIF-6", "a line of %d bytes" % length)
        if lf < 0:
            raise Refused("LIF-5", "the file ends before its trailer does")
        self.end = lf + 1
        self.number += 1
        return self.file[self.start:lf]


def _form(pattern, line, what):
    """LIF-6: the parts of a line."""
    found = pattern.fullmatch(line)
    if not found:
        raise Refused("LIF-6", "not the form of " + what)
    return found.groups()


class LicenseFile:
    """A file that was read whole and found right."""

    def __init__(self, transport_key, file):
        lines = _Lines(file)
        count, seals = self._read_header(lines.next(), transport_key)
        self.licenses = []
        while not (line := lines.next()).startswith(_TRAILER_START):
            self.licenses.append(self._read_license(line, lines.number, seals))
        mac, = _form(_TRAILER, line, "a trailer")
        if len(self.licenses) != count:
            raise Refused("LIF-10", "%d licenses" % len(self.licenses))
        if not hmac.compare_digest(bytes.fromhex(mac.decode()), seals.mac(file[:lines.start])):
            raise Refused("LIF-11", "the mac does not fit")
        if lines.end != len(file):
            raise Refused("LIF-6", "something follows the trailer")
        _check_different(self.licenses)

    def _read_header(self, line, transport_key):
        version = _VERSION.match(line)
        if version and version[1] != b"1":
            raise Refused("LIF-7", "version " + version[1].decode())
        file_id, static, message, check, count = (
            part.decode() for part in _form(_HEADER, line, "a header"))
        if int(count) > COUNT_LIMIT:
            raise Refused("LIF-6", "a count of " + count)
        seals = _Seals(transport_key, bytes.fromhex(file_id))
        if not hmac.compare_digest(bytes.fromhex(check), seals.check):
            raise Refused("LIF-8", "another transport key")
        self.message_vector = message
        self.vector, self.parameters = _check_vectors(bytes.fromhex(static), message)
        return int(count), seals

    def _read_license(self, line, number, seals):
        before, serial, kind, application, threshold, channel, secret = _form(
            _LICENSE, line, "a license")
        serial = serial.decode()
        self.vector.check_serial(serial)                                        # AM1-8
        key = seals.open(number, before, bytes.fromhex(secret.decode()))        # LIF-9
        return {"serial": serial, "type": kind.decode(), "application": application.decode(),
                "threshold": int(threshold), "secure_channel": channel == b"true",
                "license_key": key}

    def contents(self):
        """What `license_file.read` tells."""
        return {"static_vector": wire.to_hex(self.vector.raw),
                "message_vector": self.message_vector,
                "licenses": [self._describe(license) for license in self.licenses]}

    def _describe(self, license):
        key, serial = license["license_key"], license["serial"]
        return {**license, "license_key": wire.to_hex(key),
                "activation_vector": _as_text(activation_vector(self.vector, serial, key))}

    def license_of(self, serial):
        """The parameters of `server.create` (IMP-1), but for the message counter."""
        for license in self.licenses:
            if license["serial"] == serial:
                return {"serial": serial, "license_key": license["license_key"],
                        "static_vector": self.vector.raw,
                        "secure_channel": license["secure_channel"],
                        "threshold": license["threshold"], **self.parameters}
        raise Refused("IMP-2", "the serial number does not stand in the file")
