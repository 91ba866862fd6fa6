"""Algorithms: check digits, AES-CMAC, KDF, counter mode, key wrap, GCM, channels, responses."""

import hashlib
import hmac
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap, aes_key_unwrap, aes_key_wrap)

from refusal import Refused

SERVER_TO_CLIENT, CLIENT_TO_SERVER = 0, 1


# ---- check digits -------------------------------------------------------------

def check_digit(digits, hexadecimal):
    """CNV-4 (MOD 11,10) or CNV-5 (MOD 17,16): the same construction on base 10 or 16."""
    base = 16 if hexadecimal else 10
    p = base
    for character in digits:
        s = (p + int(character, base)) % base or base
        p = 2 * s % (base + 1)
    return "%X" % ((base + 1 - p) % base)


# ---- AES and SHA-256 ----------------------------------------------------------

class Cmac:
    """AES-CMAC under one key; the key schedule is made once."""

    __slots__ = ("key", "_fresh")

    def __init__(self, key):
        self.key = key
        self._fresh = CMAC(algorithms.AES(key))

    def __call__(self, data):
        mac = self._fresh.copy()
        mac.update(data)
        return mac.finalize()


def _xor(a, b):
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


class Ctr:
    """AES-128 in counter mode; only the last four bytes of the block count, modulo 2^32."""

    __slots__ = ("_encrypt",)

    def __init__(self, key):
        self._encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update

    def __call__(self, block, data):
        prefix, start = block[:12], int.from_bytes(block[12:], "big")
        count = (len(data) + 15) // 16
        stream = self._encrypt(b"".join(
            [prefix + (start + j & 0xFFFFFFFF).to_bytes(4, "big") for j in range(count)]))
        return _xor(data, stream[:len(data)])


def aes_encrypt(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def aes_decrypt(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(block)


def argon2id(password, salt, memory_kib, iterations):
    """RFC 9106, one lane, 16 bytes."""
    return Argon2id(salt=salt, length=16, iterations=iterations, lanes=1,
                    memory_cost=memory_kib).derive(password)


def hmac_sha256(key, data):
    return hmac.digest(key, data, "sha256")


def sha256(data):
    return hashlib.sha256(data).digest()


def digest(name, data):
    """SHA-1, SHA-256 or SHA-512 by the name that hashlib has for it."""
    return hashlib.new(name, data).digest()


def kdf(key, label, context, bits):
    """KEY-1; `label` is ASCII text, `bits` 128 or 256. A key of 32 bytes makes it KDF256 (21)."""
    cmac = Cmac(key)
    tail = label.encode("ascii") + b"\0" + context + bits.to_bytes(2, "big")
    return b"".join(cmac(bytes([i]) + tail) for i in range(1, bits // 128 + 1))


def key_wrap(kek, key):
    return aes_key_wrap(kek, key)


def key_unwrap(kek, wrapped):
    try:
        return aes_key_unwrap(kek, wrapped)
    except InvalidUnwrap:
        raise Refused("KEY-10", "the wrapped key fails its integrity check") from None


def gcm_seal(key, nonce, data, associated=b""):
    """Ciphertext and tag (16 bytes)."""
    return AESGCM(key).encrypt(nonce, data, associated)


def gcm_open(key, nonce, sealed, requirement, associated=b""):
    """The data; `requirement` refuses what does not open."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        raise Refused(requirement, "sealed bytes that do not open") from None


# ---- derived keys -------------------------------------------------------------

def wrapping_key(master_key, serial):                                       # KEY-2
    return kdf(master_key, "wrap", serial, 128)


def am2_channel_key(license_key, serial, device_type, device_id, am1_hash):  # KEY-6
    context = serial + bytes([device_type]) + device_id + am1_hash
    return kdf(license_key, "am2", context, 128)


def client_check(license_key, serial):                                      # AM2-13
    return kdf(license_key, "client-check", serial, 128)


def device_code_key(license_key):                                           # KEY-7
    return kdf(license_key, "device-code", b"", 128)


def application_key(license_key, serial, sequence, index, device_type, device_id, salt):  # KEY-8
    context = serial + bytes([sequence, index, device_type]) + device_id + salt
    return kdf(license_key, "app", context, 128)


def _direction(protection, sender):
    """The context of KEY-3 to KEY-5; `sender` is None for the server, else the sequence number of
    the instance that sends."""
    if sender is None:
        return bytes([protection, SERVER_TO_CLIENT])
    return bytes([protection, CLIENT_TO_SERVER, sender])


def encryption_key(channel_key, protection, sender=None):                   # KEY-3
    return kdf(channel_key, "enc", _direction(protection, sender), 128)


def mac_key(channel_key, protection, sender=None):                          # KEY-4, KEY-5
    bits = 256 if protection == 1 else 128
    return kdf(channel_key, "mac", _direction(protection, sender), bits)


# ---- protection ---------------------------------------------------------------

def first_block(header):
    """PRT-1: counter block 0 of a frame with this header."""
    return header[7:15] + header[:2] + bytes(6)


def tagger(key, protection):
    """PRT-2, PRT-3: the function from header and body as sent to their tag."""
    if protection == 1:
        return lambda sent: hmac_sha256(key, sent)[:8]
    cmac = Cmac(key)
    return lambda sent: cmac(sent)[:8]


class Channel:
    """One channel key under one protection, from the server or from one instance; its sub-keys are
    made once."""

    __slots__ = ("protection", "_crypt", "_tag")

    def __init__(self, channel_key, protection, sender=None):
        self.protection = protection
        self._crypt = Ctr(encryption_key(channel_key, protection, sender))
        self._tag = tagger(mac_key(channel_key, protection, sender), protection)

    def seal(self, header, body):
        """The whole frame for a header of 15 bytes and a body in clear."""
        sent = header + self._crypt(first_block(header), body)
        return sent + self._tag(sent)

    def open(self, frame):
        """The body in clear; the tag comes first, over the bytes as received (PRT-5)."""
        if not hmac.compare_digest(self._tag(frame.raw[:-8]), frame.tag):
            raise Refused("PRT-4", "the authentication tag does not fit")
        return self._crypt(first_block(frame.raw), frame.body)


# ---- device code and responses ------------------------------------------------

def device_id(installation_salt, serial, platform_data):                    # DVC-2
    return hmac_sha256(installation_salt, serial + platform_data)[:5]


def device_code_input(device_type, device_id, am1):
    """DVC-3: what the MAC is over; `am1` is the whole frame."""
    return bytes([device_type]) + device_id + sha256(am1)


def device_code(device_type, device_id, mac):
    """DVC-1: the 26 digits; of the 16 bytes of `mac` the first 36 bits are in it."""
    number = device_type << 76 | int.from_bytes(device_id, "big") << 36 \
        | int.from_bytes(mac, "big") >> 92
    digits = "%025d" % number
    return digits + check_digit(digits, False)


def field_bytes(fields):
    """Section 14: each field with its length before it."""
    return b"".join([len(field).to_bytes(2, "big") + field for field in fields])


def response_input(mode, index, step, event, length, fields):
    """SIG-1: what R is the MAC of."""
    return struct.pack(">BBBQQB", 1, mode, index, step, event, length) + field_bytes(fields)


def response(r, length, hexadecimal, with_check):
    """The response of `length` characters that R gives (SIG-1 to SIG-3)."""
    n = length - with_check
    if hexadecimal:
        digits = r.hex().upper()[:n]
    else:
        digits = "%0*d" % (n, int.from_bytes(r, "big") % 10 ** n)
    return digits + check_digit(digits, hexadecimal) if with_check else digits
