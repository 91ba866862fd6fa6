"""Single-device activation: codes, files, full activation data, event reactivation counters
(sections 28, 29)."""

import hmac
import os
import re

import crypto
import wire
from refusal import Refused
from vector import parse_vector

_DECIMAL = re.compile(r"[0-9]+")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_LONG_DECIMAL, _LONG_HEXADECIMAL, _SHORT_DECIMAL, _SHORT_HEXADECIMAL = 40, 33, 20, 16

_SVF = re.compile(rb"((?:[0-9A-F]{2})*)\n")
_LINE = re.compile(rb"([0-9A-Z]{3}[0-9]{7}) ([0-9A-F]+)")

_FAD = b"FAD"
_VERSION = 1
_PLAIN, _ENCRYPTED = 0, 1
_START = 5                      # bytes before checksum or nonce
_SHORTEST, _LONGEST, _SHORTEST_ENCRYPTED = 13, 1024, 33

COUNTER_LIMIT = 91              # characters of an event reactivation counter


# ---- keys ---------------------------------------------------------------------

def application_key(license_key, serial, index, platform=None):
    """SDL-1; `platform` is the diversifier D of a bound one."""
    if platform is None:
        return crypto.kdf(license_key, "single-app", serial + bytes([index]), 128)
    return crypto.kdf(license_key, "single-bound", serial + bytes([index]) + platform, 128)


def _code_key(master_key, serial):
    return crypto.kdf(master_key, "acode", serial, 128)


def check_of(license_key, serial):
    """SDL-2."""
    return crypto.kdf(license_key, "single-check", serial, 128)[:4]


# ---- the activation code ------------------------------------------------------

def _wrap(master_key, serial, license_key):
    return crypto.aes_encrypt(_code_key(master_key, serial), license_key)


def _unwrap(master_key, serial, number):
    return crypto.aes_decrypt(_code_key(master_key, serial), number)


def write_code(master_key, serial, license_key, hexadecimal):
    """SDL-3."""
    number = int.from_bytes(_wrap(master_key, serial, license_key), "big")
    digits = ("%032X" if hexadecimal else "%039d") % number
    return digits + crypto.check_digit(digits, hexadecimal)


def _number(code, short):
    """SDL-4 to SDL-6: 16 bytes of N or 8 bytes of k."""
    hexadecimal = len(code) in (_LONG_HEXADECIMAL, _SHORT_HEXADECIMAL)
    lengths = [_LONG_DECIMAL, _LONG_HEXADECIMAL]
    if short:
        lengths += [_SHORT_DECIMAL, _SHORT_HEXADECIMAL]
    if len(code) not in lengths \
            or not (_HEXADECIMAL if hexadecimal else _DECIMAL).fullmatch(code):
        raise Refused("SDL-4", "not an activation code")
    long = len(code) in lengths[:2]
    if long and crypto.check_digit(code[:-1], hexadecimal) != code[-1].upper():
        raise Refused("SDL-5", "wrong check digit")
    number = int(code[:-1] if long else code, 16 if hexadecimal else 10)
    size = 16 if long else 8
    if number >> 8 * size:
        raise Refused("SDL-6", "the number has too many bits")
    return number.to_bytes(size, "big")


def read_code(master_key, serial, code, short):
    """The license key."""
    number = _number(code, short)
    if len(number) == 8:
        return crypto.kdf(master_key, "acode-short", serial + number, 128)
    return _unwrap(master_key, serial, number)


# ---- files --------------------------------------------------------------------

def read_svf(file):
    """SDL-7, then section 8."""
    found = _SVF.fullmatch(file)
    if not found:
        raise Refused("SDL-7", "not hexadecimal digits and a line end")
    return parse_vector(bytes.fromhex(found[1].decode()))


def _check_code(code):
    """SDL-9, what it says of a code."""
    try:
        _number(code, False)
    except Refused as refusal:
        raise Refused("SDL-9", refusal.detail) from None
    if code != code.upper():
        raise Refused("SDL-9", "hexadecimal digits in lower case")


def _check_new(serial, serials):
    """SDL-10."""
    if serial in serials:
        raise Refused("SDL-10", "a serial number stands twice")
    serials.add(serial)


def read_log(file):
    if not file.endswith(b"\n"):
        raise Refused("SDL-8", "no line end at the end")
    licenses, serials = [], set()
    for line in file[:-1].split(b"\n"):
        found = _LINE.fullmatch(line)
        if not found:
            raise Refused("SDL-9", "not a serial number and a code")
        serial, code = (part.decode() for part in found.groups())
        _check_code(code)
        _check_new(serial, serials)
        licenses.append({"serial": serial, "code": code})
    return licenses


def write_log(licenses):
    serials = set()
    for license in licenses:
        _check_code(license["code"])
        _check_new(license["serial"], serials)
    return "".join("%(serial)s %(code)s\n" % license for license in licenses).encode("ascii")


# ---- full activation data -----------------------------------------------------

def _secret_key(shared_secret):
    return crypto.kdf(shared_secret, "full-activation", b"", 128)


def write_data(vector, serial, license_key, counter, shared_secret, nonce):
    """SDL-18; `counter` is the event reactivation counter, empty without one."""
    content = serial + _wrap(vector.master_key, serial, license_key) \
        + check_of(license_key, serial) + len(vector.raw).to_bytes(2, "big") + vector.raw \
        + bytes([len(counter)]) + counter.encode("ascii")
    start = _FAD + bytes([_VERSION])
    if shared_secret is None:
        data = start + bytes([_PLAIN]) + content
        return wire.to_hex(data + crypto.sha256(data)[:8])
    start += bytes([_ENCRYPTED])
    nonce = nonce or os.urandom(12)
    return wire.to_hex(start + nonce + crypto.gcm_seal(_secret_key(shared_secret), nonce, content,
                                                       start))


def _content(text, shared_secret):
    """CNV-3, SDL-19 to SDL-24."""
    if not wire.is_hex(text):
        raise Refused("CNV-3", "not an even number of hexadecimal digits")
    data = bytes.fromhex(text)
    if not _SHORTEST <= len(data) <= _LONGEST:
        raise Refused("SDL-19", "%d bytes" % len(data))
    if not data.startswith(_FAD):
        raise Refused("SDL-20", "no activation data")
    if data[3] != _VERSION:
        raise Refused("SDL-21", "version %d" % data[3])
    if data[4] != (_PLAIN if shared_secret is None else _ENCRYPTED):
        raise Refused("SDL-22", "kind %d" % data[4])
    if shared_secret is None:
        if crypto.sha256(data[:-8])[:8] != data[-8:]:
            raise Refused("SDL-23", "the checksum does not fit")
        return data[_START:-8]
    if len(data) < _SHORTEST_ENCRYPTED:
        raise Refused("SDL-42", "%d bytes" % len(data))
    return crypto.gcm_open(_secret_key(shared_secret), data[_START:17], data[17:], "SDL-24",
                           data[:_START])


def read_data(text, shared_secret):
    """Serial number, vector, license key and event reactivation counter (empty without one)."""
    content, offset = _content(text, shared_secret), 0

    def take(length):
        nonlocal offset
        part, offset = content[offset:offset + length], offset + length
        if offset > len(content):
            raise Refused("SDL-25", "runs past the end")
        return part

    five = take(5)
    try:
        serial = wire.decode_serial(five)
    except Refused as refusal:
        raise Refused("SDL-25", refusal.detail) from None
    number, check = take(16), take(4)
    vector = parse_vector(take(int.from_bytes(take(2), "big")))
    length, = take(1)
    if length > COUNTER_LIMIT:
        raise Refused("SDL-25", "an event reactivation counter of %d characters" % length)
    counter = take(length).decode("latin-1")
    if counter and not _DECIMAL.fullmatch(counter) or offset != len(content):
        raise Refused("SDL-25", "not digits, or bytes left over")
    vector.check_serial(serial)                                                 # AM1-8
    license_key = _unwrap(vector.master_key, five, number)
    if not hmac.compare_digest(check_of(license_key, five), check):
        raise Refused("SDL-24", "not the check of this license key")
    return serial, vector, license_key, counter


# ---- the event reactivation counter -------------------------------------------

def _bits(indexes):
    return 32 * len(indexes) + 40


def _counter_mac(license_key, serial, indexes, counters):
    """ERC-1."""
    key = crypto.kdf(license_key, "erc", serial, 128)
    return crypto.Cmac(key)(bytes(indexes) + counters)[:5]


def _digits_of(indexes):
    """How many decimal digits there are, the check digit not among them."""
    return len(str((1 << _bits(indexes)) - 1))


def write_counter(license_key, serial, events):
    """`events`: index -> next event counter of the applications with events."""
    indexes = sorted(events)
    if not indexes:
        raise Refused("ERC-2", "no application has events")
    if max(events.values()) > 0xFFFFFFFF:
        raise Refused("ERC-3", "a counter too high to be sent")
    counters = b"".join(events[index].to_bytes(4, "big") for index in indexes)
    mac = _counter_mac(license_key, serial, indexes, counters)
    digits = "%0*d" % (_digits_of(indexes), int.from_bytes(counters + mac, "big"))
    return digits + crypto.check_digit(digits, False)


def read_counter(text, license_key, serial, events):
    """ERC-2 to ERC-7: what the client's event counters become."""
    indexes = sorted(events)
    if not indexes:
        raise Refused("ERC-2", "no application has events")
    if len(text) != _digits_of(indexes) + 1 or not _DECIMAL.fullmatch(text):
        raise Refused("ERC-4", "not an event reactivation counter of these applications")
    if crypto.check_digit(text[:-1], False) != text[-1]:
        raise Refused("ERC-5", "wrong check digit")
    number = int(text[:-1])
    if number >> _bits(indexes):
        raise Refused("ERC-4", "the number has too many bits")
    data = number.to_bytes(_bits(indexes) // 8, "big")
    counters, mac = data[:-5], data[-5:]
    if not hmac.compare_digest(_counter_mac(license_key, serial, indexes, counters), mac):
        raise Refused("ERC-6", "the MAC does not fit")
    new = {index: int.from_bytes(counters[4 * i:4 * i + 4], "big")
           for i, index in enumerate(indexes)}
    if any(new[index] < events[index] for index in indexes):
        raise Refused("ERC-7", "an event counter would go back")
    return new
