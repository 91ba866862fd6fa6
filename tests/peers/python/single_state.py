"""What single-device clients and licenses write to their storage (section 28)."""

import os

import blobs
import crypto
import wire
from passwords import Lock
from refusal import Refused
from vector import parse_vector

CLIENT, LICENSE = (b"CPD", "single-state"), (b"CPL", "single-license")
MEMORY_KIB, ITERATIONS = (8, 65536), (1, 16)
_VERSION = b"\x02"
_START, _SHORTEST = 16, 33      # bytes before the ciphertext, and in all
_KEY_AT = slice(1, 17)          # of a BLOB's content
_EVENT_LIMIT = 2 ** 53 - 1
_ACTIVATED, _PASSWORD, _BOUND, _PROVEN, _INVALID, _KEPT = 1, 2, 4, 8, 16, 32


def seal(kind, key, content, nonce=None):
    start, label = kind
    nonce = nonce or os.urandom(12)
    head = start + _VERSION
    return head + nonce + crypto.gcm_seal(crypto.kdf(key, label, b"", 128), nonce, content, head)


def _open(kind, key, data):
    """SDL-31, SDL-32, SDL-33."""
    start, label = kind
    if not data.startswith(start) or len(data) < _SHORTEST:
        raise Refused("SDL-31", "not such a state")
    if data[3:4] != _VERSION:
        raise Refused("SDL-32", "version %d" % data[3])
    return crypto.gcm_open(crypto.kdf(key, label, b"", 128), data[4:_START], data[_START:],
                           "SDL-33", data[:4])


def _demand(condition, what):
    if not condition:
        raise Refused("SDL-34", what)


class _Reader:
    def __init__(self, data):
        self.data, self.offset = data, 0

    def take(self, length):
        start, self.offset = self.offset, self.offset + length
        _demand(self.offset <= len(self.data), "runs past the end")
        return self.data[start:self.offset]

    def number(self, size, low, high, what):
        value = int.from_bytes(self.take(size), "big")
        _demand(low <= value <= high, "%s of %d" % (what, value))
        return value

    def serial(self):
        data = self.take(5)
        return self._as(lambda: wire.decode_serial(data))

    def vector(self, serial):
        vector = parse_vector(self.take(int.from_bytes(self.take(2), "big")))   # section 8
        self._as(lambda: vector.check_serial(serial))
        return vector

    def track(self, application, key):
        """An application's BLOB content without its key."""
        fixed = self.take(34)
        content = fixed[:1] + key + fixed[1:] + self.take(8 * fixed[33])
        return self._as(lambda: blobs.read_track(content, application))

    def end(self):
        _demand(self.offset == len(self.data), "bytes left over")

    @staticmethod
    def _as(read):
        """What another requirement would refuse of a state is SDL-34."""
        try:
            return read()
        except Refused as refusal:
            raise Refused("SDL-34", refusal.detail) from None


# ---- the client's account -----------------------------------------------------

class Account:
    """One single-device account; the license key is sealed."""

    def __init__(self, serial, vector, check, lock, sealed, with_password, events):
        self.serial, self.vector = serial, vector
        self.check = check              # of its license key, SDL-2
        self.lock, self.sealed, self.with_password = lock, sealed, with_password
        self.events = events            # index -> next event, 0 without events
        self.failures = 0
        self.bound = self.proven = self.invalid = False

    @property
    def locked(self):
        return self.failures >= self.vector.tries

    @property
    def five(self):
        return wire.encode_serial(self.serial)

    def take_over(self, others):
        """SDL-40: event counters and binding mark of those with the same key."""
        for other in others:
            if other is not None and other.check == self.check:
                for index in self.vector.with_events():
                    self.events[index] = max(self.events[index], other.events.get(index, 0))
                self.bound = self.bound or other.bound

    def snapshot(self):
        return (self.serial, self.vector.raw, self.check, self.lock.snapshot(), self.sealed,
                self.with_password, sorted(self.events.items()), self.bound, self.proven,
                self.invalid)


def _flags(account):
    return _ACTIVATED | (account.with_password and _PASSWORD) | (account.bound and _BOUND) \
        | (account.proven and _PROVEN) | (account.invalid and _INVALID)


def _write(account):
    lock = account.lock
    return len(account.vector.raw).to_bytes(2, "big") + account.vector.raw + account.check \
        + bytes([account.failures]) + lock.salt \
        + lock.memory_kib.to_bytes(4, "big") + lock.iterations.to_bytes(4, "big") \
        + account.sealed + b"".join(account.events[index].to_bytes(8, "big")
                                    for index in account.vector.applications)


def write_accounts(account, kept):
    """The content of a client's state; `account` is None in state 0."""
    if account is None:
        return b"\0"
    content = bytes([_flags(account) | (_KEPT if kept else 0)]) + account.five + _write(account)
    return content + bytes([_flags(kept)]) + _write(kept) if kept else content


def _read(reader, key, serial, flags, other=None):
    """An account; `other` is the one that answers where this one is kept."""
    vector, check = reader.vector(serial), reader.take(4)
    with_password = bool(flags & _PASSWORD)
    failures = reader.number(1, 0, vector.tries if with_password else 0, "wrong passwords")
    salt = reader.take(16)
    _demand(other is None or salt != other.lock.salt, "two accounts with one salt")
    lock = Lock(salt, reader.number(4, *MEMORY_KIB, "memory"),
                reader.number(4, *ITERATIONS, "iterations"))
    sealed = reader.take(32)
    if not with_password:               # else nobody knows before a password is there
        lock.open(key, wire.encode_serial(serial), None, sealed, "SDL-33")
    events = {index: reader.number(8, 0, _EVENT_LIMIT if application.uses_event else 0,
                                   "an event")
              for index, application in vector.applications.items()}
    account = Account(serial, vector, check, lock, sealed, with_password, events)
    account.failures = failures
    account.bound, account.proven = bool(flags & _BOUND), bool(flags & _PROVEN)
    account.invalid = bool(flags & _INVALID)
    return account


def read_accounts(key, data):
    """SDL-31 to SDL-34: the account that answers and the kept one."""
    reader = _Reader(_open(CLIENT, key, data))
    flags = reader.number(1, 0, 63, "flags")
    _demand(flags & _ACTIVATED or flags == 0, "flags without an account")
    _demand(not flags & _PROVEN or not flags & (_INVALID | _KEPT), "proven, and more")
    account = kept = None
    if flags:
        serial = reader.serial()
        account = _read(reader, key, serial, flags)
    if flags & _KEPT:
        kept_flags = reader.number(1, 0, 31, "flags of the kept account")
        _demand(kept_flags & _ACTIVATED, "flags of the kept account without an account")
        _demand(not kept_flags & _PROVEN or not kept_flags & _INVALID, "proven and invalid")
        kept = _read(reader, key, serial, kept_flags, account)
    reader.end()
    return account, kept


# ---- the server's license -----------------------------------------------------

#: name, bytes, lowest and highest value
PARAMETERS = [("signature_tries", 1, 1, 99), ("identification_window", 1, 0, 100),
              ("signature_window", 1, 0, 100), ("first_use_s", 2, 0, 10800),
              ("look_ahead", 1, 0, 20)]


def write_license(serial, license_key, vector, parameters, failures, platform, tracks):
    """`platform` is D of a bound license, else None."""
    content = wire.encode_serial(serial) + license_key + len(vector.raw).to_bytes(2, "big") \
        + vector.raw + b"".join(parameters[name].to_bytes(size, "big")
                                for name, size, _, _ in PARAMETERS)
    content += bytes([failures, platform is not None]) + (platform or b"")
    for index in vector.applications:
        track = bytearray(blobs.write_track(tracks[index]))
        del track[_KEY_AT]
        content += track
    return content


def read_license(key, data, key_of):
    """SDL-31 to SDL-34: the parameters of `server.single_create`, failures, D or None, tracks;
    `key_of` makes an application key from license key, serial number, index and D."""
    reader = _Reader(_open(LICENSE, key, data))
    serial = reader.serial()
    license_key = reader.take(16)
    vector = reader.vector(serial)
    parameters = {name: reader.number(size, low, high, name)
                  for name, size, low, high in PARAMETERS}
    failures = reader.number(1, 0, parameters["signature_tries"], "wrong signatures")
    platform = reader.take(7) if reader.number(1, 0, 1, "bound") else None
    tracks = {index: reader.track(application, key_of(license_key, wire.encode_serial(serial),
                                                      index, platform))
              for index, application in vector.applications.items()}
    reader.end()
    return ({"serial": serial, "license_key": license_key, "static_vector": vector.raw,
             **parameters}, failures, platform, tracks)
