"""OpenSSL on the bench, by way of PyCA's `cryptography`. `python3 peer.py PROFILE`."""
import sys
from pathlib import Path

import cryptography
from cryptography.hazmat.primitives import cmac, hashes, keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from cryptography.hazmat.primitives.twofactor.hotp import HOTP as Hotp
from cryptography.hazmat.primitives.twofactor.totp import TOTP as Totp

sys.path.append(str(Path(__file__).resolve().parent.parent))
from adapter import HOTP, TOTP, Refused, ascii_text, hexadecimal, octets, one_of, serve  # noqa: E402

HASHES = {"sha-1": hashes.SHA1, "sha-256": hashes.SHA256, "sha-512": hashes.SHA512}


def mac(key, data):
    context = cmac.CMAC(algorithms.AES(key))
    context.update(data)
    return {"mac": hexadecimal(context.finalize())}


def ctr(key, block, data):
    context = Cipher(algorithms.AES(key), modes.CTR(block)).encryptor()
    return {"data": hexadecimal(context.update(data) + context.finalize())}


def kdf(key, label, context, bits):
    derive = KBKDFCMAC(algorithm=algorithms.AES, mode=Mode.CounterMode, length=bits // 8, rlen=1, llen=2,
                       location=CounterLocation.BeforeFixed, label=label.encode(), context=context, fixed=None)
    return {"key": hexadecimal(derive.derive(key))}


def wrap(kek, key):
    return {"wrapped": hexadecimal(keywrap.aes_key_wrap(kek, key))}


def unwrap(kek, wrapped):
    try:
        return {"key": hexadecimal(keywrap.aes_key_unwrap(kek, wrapped))}
    except keywrap.InvalidUnwrap:
        raise Refused("corrupted", "KEY-10") from None


def hotp(key, counter, digits):
    password = Hotp(key, digits, hashes.SHA1(), enforce_key_length=False)
    return {"response": password.generate(counter).decode()}


def totp(key, time, step, digits, hash):
    password = Totp(key, digits, HASHES[hash](), step, enforce_key_length=False)
    return {"response": password.generate(time).decode()}


KEY = octets(16, 16)
serve("PyCA cryptography", cryptography.__version__, {
    "primitive.cmac": (mac, {"key": KEY, "data": octets()}),
    "primitive.ctr": (ctr, {"key": KEY, "block": KEY, "data": octets()}),
    "primitive.kdf": (kdf, {"key": KEY, "label": ascii_text, "context": octets(), "bits": one_of(128, 256)}),
    "primitive.key_wrap": (wrap, {"kek": KEY, "key": KEY}),
    "primitive.key_unwrap": (unwrap, {"kek": KEY, "wrapped": octets(24, 24)}),
    "primitive.hotp": (hotp, HOTP),
    "primitive.totp": (totp, TOTP),
})
