"""Passwords: what a new one has to be, and the license key sealed under it (section 30)."""

import re

import crypto
from refusal import Refused

_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_NONCE = bytes(12)              # each key is used once, PWD-9


def check_new(vector, password):
    """PWD-1, PWD-3, PWD-2, PWD-4."""
    if password is None:
        if vector.password_required:
            raise Refused("PWD-1", "a password is required")
        return
    if not _PRINTABLE.fullmatch(password):
        raise Refused("PWD-3", "a character that no password has")
    if not vector.password_minimum <= len(password) <= vector.password_maximum:
        raise Refused("PWD-2", "a password of %d characters" % len(password))
    if vector.weak_refused and _is_weak(password):
        raise Refused("PWD-4", "a weak password")


def _is_weak(password):
    codes = password.encode("ascii")
    steps = {b - a for a, b in zip(codes, codes[1:])}
    return len(steps) == 0 or steps in ({0}, {1}, {-1})


class Lock:
    """How a license key is sealed: salt, memory and iterations (PWD-9, PWD-10)."""

    def __init__(self, salt, memory_kib, iterations):
        self.salt, self.memory_kib, self.iterations = salt, memory_kib, iterations

    def _key(self, platform_key, serial, password):
        p = bytes(16)
        if password is not None:
            p = crypto.argon2id(password.encode(), self.salt, self.memory_kib, self.iterations)
        return crypto.kdf(platform_key, "single-key", self.salt + serial + p, 128)

    def seal(self, platform_key, serial, password, license_key):
        return crypto.gcm_seal(self._key(platform_key, serial, password), _NONCE, license_key)

    def open(self, platform_key, serial, password, sealed, requirement="PWD-6"):
        return crypto.gcm_open(self._key(platform_key, serial, password), _NONCE, sealed,
                               requirement)

    def snapshot(self):
        return self.salt, self.memory_kib, self.iterations
