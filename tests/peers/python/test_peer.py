"""Tests of the peer against itself and against published values: python3 test_peer.py"""

import hashlib
import hmac
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest
from contextlib import redirect_stdout

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.cmac import CMAC

import crypto
import qr
import wire
import worked_example
from displayed import is_displayed
from messages import build_policy
from peer import Peer

SERIAL = "VDS1000120"
SAMPLE = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081"
LICENSE_KEY = "000102030405060708090A0B0C0D0E0F"
MASTER_KEY = bytes(range(0x40, 0x50))
NOW = 1_699_999_800             # a whole number of steps of 30 and of 60 seconds
HERE = os.path.dirname(os.path.abspath(__file__))
SPECIFICATION = os.path.join(HERE, "..", "..", "..", "SPEC.md")


# ---- making things ------------------------------------------------------------

def application(index=1, flags=3, mode=3, algorithm=1, factor=1, step=30, length=8,
                name=b"SIGN      ", fields=()):
    value = bytes([index, flags, mode, algorithm, factor]) + step.to_bytes(2, "big") \
        + bytes([length]) + name + bytes([len(fields)]) + b"".join(map(bytes, fields))
    return record(0x10, value)


def record(tag, value):
    return bytes([tag, len(value)]) + value


def head(prefix="VDS", rules=(1, 4, 8, 3, 0), binding=0):
    p = wire.encode_serial(prefix + "0000000")[:2]
    return record(1, p) + record(2, MASTER_KEY) + record(3, bytes(rules)) \
        + record(4, bytes([binding]))


def vector(*applications, start=None):
    records = (head() if start is None else start) + b"".join(applications or STANDARD)
    return b"\x38\x08" + len(records).to_bytes(2, "big") + records


STANDARD = (
    application(1, factor=1, step=30),                                          # time
    application(2, flags=3 | 8, factor=2, step=0, mode=4, length=10),           # event, check digit
    application(3, flags=3 | 4 | 8, factor=3, step=60, length=9),               # both, hexadecimal
    application(4, flags=1),                                                    # no Secure Channel
    application(5, mode=2),                                                     # CR
    application(6, flags=2),                                                    # disabled
)


def am1(policy=build_policy(2, 2, 1), flags=0, nonce=bytes(8), wrapped=None, static=b"",
        serial=SERIAL, time=NOW, body=None):
    five = wire.encode_serial(serial)
    if wrapped is None:
        wrapped = crypto.key_wrap(crypto.wrapping_key(MASTER_KEY, five), bytes.fromhex(LICENSE_KEY))
    if body is None:
        body = bytes([flags]) + time.to_bytes(4, "big") + wrapped + policy.to_bytes(2, "big") \
            + static
    sent = bytes(2) + five + nonce + body
    return (sent + hashlib.sha256(sent).digest()[:8]).hex().upper()


def content(title=b"T", items=((b"k", b"v"),)):
    def string(data):
        return bytes([len(data)]) + data
    return string(title) + bytes([len(items)]) \
        + b"".join(string(key) + string(value) for key, value in items)


def flip(message, at):
    """The message with one bit of one byte flipped."""
    raw = bytearray.fromhex(message)
    raw[at] ^= 1
    return raw.hex().upper()


def no_failures(*serials):
    return {name + serial: 0 for serial in serials
            for name in ("pin_failures/", "unlock_failures/")}


DEVICE_ID = hmac.digest(b"\xAA" * 16, wire.encode_serial(SERIAL) + b"\1\2", "sha256")[:5]


# ---- the frame of all tests ---------------------------------------------------

#: what a test need not say where it is not about that
UNSAID = {
    "client.activate_instance": {"pin": "right"},
    "server.login_start": {"requester": "somebody"},
    "server.load_blob": {"now": NOW},
    "server.single_verify_derivation_code": {"replace": False},
    "app2app.build": {"state": None},
    "blob.seal": {"epoch": "EE" * 8, "generation": 1},
    "blob.open": {"epoch": "EE" * 8},
}


class Case(unittest.TestCase):
    def setUp(self):
        self.peer = Peer()
        self.seq = 0
        self.handles = {}               # session -> that of the message last put on display

    def ask(self, op, session=None, /, **params):
        """The whole answer, by way of the line protocol."""
        self.seq += 1
        unsaid = UNSAID.get(op, {})
        if op in ("client.sign", "client.answer"):
            unsaid = {"handle": self.handles.get(session, 1)}
        question = {"seq": self.seq, "op": op, "params": {**unsaid, **params}}
        if session is not None:
            question["session"] = session
        answer = json.loads(self.peer.answer_line(json.dumps(question).encode() + b"\n"))
        self.assertEqual(answer.pop("seq"), self.seq)
        self.assertEqual(len(answer), 1, answer)
        self.assertNotIn("internal", answer.get("fault", ""))
        if op in ("client.open", "client.dispatch") and "ok" in answer:
            shown = answer["ok"] if op == "client.open" else answer["ok"]["opened"]
            if shown and shown["handle"]:
                self.handles[session] = shown["handle"]
        return answer

    def ok(self, op, session=None, /, **params):
        answer = self.ask(op, session, **params)
        self.assertIn("ok", answer, answer)
        return answer["ok"]

    def fault(self, op, session=None, /, **params):
        answer = self.ask(op, session, **params)
        self.assertIn("fault", answer, answer)

    def states(self):
        return {name: self.ok("state", name) for name in self.peer.sessions}

    def refused(self, expected, op, session=None, /, counts=None, **params):
        """Refused as `class requirement`, and free but for the named counter, or counters."""
        before = self.states()
        answer = self.ask(op, session, **params)
        self.assertIn("refused", answer, answer)
        refusal = answer["refused"]
        self.assertEqual("%s %s" % (refusal["class"], refusal["requirement"]), expected)
        for name in (counts,) if isinstance(counts, str) else counts or ():
            before[session]["counters"][name] += 1
        self.assertEqual(self.states(), before)

    # ---- sessions ----

    def client(self, name="c", static_vector="", **changes):
        params = {"static_vector": vector().hex() if static_vector == "" else static_vector,
                  "platform_data": "0102", "device_type": 7, "app_version": 1, "rooted": False,
                  "root_policy": "block", "replacement": False,
                  "random": {"installation_salt": "AA" * 16}}
        self.ok("client.create", name, **{**params, **changes})

    def server_params(self, **changes):
        params = {"serial": SERIAL, "license_key": LICENSE_KEY, "static_vector": vector().hex(),
                  "secure_channel": True, "activation_protection": 2, "message_protection": 2,
                  "post_activation": 1, "activation_validity_days": 1,
                  "message_age_limit_s": 3600, "threshold": 3, "code_tries": 2,
                  "signature_tries": 2, "identification_window": 6, "signature_window": 4,
                  "first_use_s": 0, "look_ahead": 2, "last_counter": 0,
                  "random": {"payload_key": "BB" * 16, "epoch": "EE" * 8}}
        return {**params, **changes}

    def server(self, name="s", **changes):
        self.ok("server.create", name, **self.server_params(**changes))

    def am1(self, name="s", now=NOW, challenge="0102030405060708", static=False):
        return self.ok("server.generate_activation1", name, with_challenge=challenge is not None,
                       with_static_vector=static, now=now,
                       random={"challenge": challenge} if challenge else {})["message"]

    def am2(self, now=NOW, salt="CC" * 13):
        return self.ok("server.generate_activation2", "s", now=now, random={"instance_salt": salt})

    def code(self, client="c", message=None, **options):
        return self.ok("client.activate_license", client,
                       message=message or self.am1(**options))["device_code"]

    def device(self, code, server="s", now=NOW, replace=False):
        return self.ok("server.verify_device_code", server, device_code=code, replace=replace,
                       now=now)

    def device_refused(self, expected, code, now=NOW, counts=None, replace=False):
        self.refused(expected, "server.verify_device_code", "s", counts, device_code=code,
                     replace=replace, now=now)

    def pre_activate(self, client="c", replace=False, **options):
        return self.device(self.code(client, **options), replace=replace)

    def activate(self, client="c", confirm=True, **options):
        self.pre_activate(client, **options)
        answer = self.am2()
        result = self.ok("client.activate_instance", client, message=answer["message"], now=NOW)
        self.assertEqual((result["serial"], result["sequence"]), (SERIAL, answer["sequence"]))
        if confirm:
            self.verify(answer["message"], result["signature"], answer["sequence"])
        return answer["message"], result["signature"]

    def verify(self, message, signature, sequence=1, now=NOW):
        self.assertEqual(self.ok("server.verify_message_signature", "s", sequence=sequence,
                                 message=message, signature=signature, now=now), {})

    def verify_refused(self, expected, message, signature, sequence=1, now=NOW, counts=None):
        self.refused(expected, "server.verify_message_signature", "s", counts, sequence=sequence,
                     message=message, signature=signature, now=now)

    @staticmethod
    def request_params(**changes):
        params = {"now": NOW, "carrier": "direct", "application": 1, "minimum_version": 0,
                  "require_pin": False, "template": 5, "charset": "utf-8",
                  "content": {"format": "list", "title": "Pay",
                              "items": [["to", "Ann"], ["sum", "10 €"]]}}
        # Members of the list's content may stand among the parameters.
        shown = {name: changes.pop(name) for name in ("title", "items") if name in changes}
        params["content"].update(shown)
        return {**params, **changes}

    def request(self, **changes):
        return self.ok("server.generate_request", "s", **self.request_params(**changes))["message"]

    def sign(self, message, client="c", now=NOW, carrier="direct", pin="right"):
        self.ok("client.open", client, message=message, carrier=carrier)
        return self.ok("client.sign", client, approved=True, pin=pin, now=now)["signature"]

    def seal(self, body, kind=3, protection=2, key="BB" * 16, counter=9, time=NOW):
        nonce = time.to_bytes(4, "big") + counter.to_bytes(4, "big")
        return self.ok("frame.seal", key=key, type=kind, protection=protection, serial=SERIAL,
                       nonce=nonce.hex(), body=body.hex())["message"]


# ---- primitives ---------------------------------------------------------------

class Primitives(Case):
    KEY = "2b7e151628aed2a6abf7158809cf4f3c"

    def test_check_digits(self):
        self.assertEqual(self.ok("primitive.check_digit", digits="0794", hexadecimal=False),
                         {"digit": "5"})
        self.assertEqual(self.ok("primitive.check_digit", digits="0794", hexadecimal=True),
                         {"digit": "6"})
        for base, hexadecimal in ((10, False), (16, True)):
            for number in range(200):
                digits = "%04X" % number if hexadecimal else "%04d" % number
                # Closing the chain with the check digit gives the fixed sum 1.
                p = base
                for character in digits:
                    s = (p + int(character, 16)) % base or base
                    p = 2 * s % (base + 1)
                digit = crypto.check_digit(digits, hexadecimal)
                self.assertEqual((p + int(digit, 16)) % base, 1)
        self.fault("primitive.check_digit", digits="", hexadecimal=False)
        self.fault("primitive.check_digit", digits="1" * 65, hexadecimal=False)
        self.fault("primitive.check_digit", digits="1A", hexadecimal=False)
        self.fault("primitive.check_digit", digits="1G", hexadecimal=True)
        self.fault("primitive.check_digit", digits="٣", hexadecimal=False)

    def test_cmac(self):                    # RFC 4493
        for data, mac in (("", "BB1D6929E95937287FA37D129B756746"),
                          ("6bc1bee22e409f96e93d7e117393172a", "070A16B46B4D4144F79BDD9DD04A287C")):
            self.assertEqual(self.ok("primitive.cmac", key=self.KEY, data=data), {"mac": mac})

    def test_ctr(self):                     # SP 800-38A F.5.1
        self.assertEqual(
            self.ok("primitive.ctr", key=self.KEY, block="f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                    data="6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"),
            {"data": "874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF"})
        # Only the last four bytes count: the block after FFFFFFFF ends in 00000000.
        wrap = self.ok("primitive.ctr", key=self.KEY, block="01" * 12 + "ffffffff", data="00" * 32)
        zero = self.ok("primitive.ctr", key=self.KEY, block="01" * 12 + "00000000", data="00" * 16)
        self.assertEqual(wrap["data"][32:], zero["data"])
        self.assertEqual(self.ok("primitive.ctr", key=self.KEY, block="00" * 16, data=""),
                         {"data": ""})

    def test_kdf(self):
        key = bytes.fromhex(self.KEY)
        two = b"".join(crypto.Cmac(key)(bytes([i]) + b"mac\0\1\0" + b"\1\0") for i in (1, 2))
        self.assertEqual(self.ok("primitive.kdf", key=self.KEY, label="mac", context="0100",
                                 bits=256), {"key": two.hex().upper()})
        self.fault("primitive.kdf", key=self.KEY, label="é", context="", bits=128)
        for bits in (64, 256.0, True, "128"):
            self.fault("primitive.kdf", key=self.KEY, label="a", context="", bits=bits)

    def test_key_wrap(self):                # RFC 3394, 4.1
        kek, key = LICENSE_KEY, "00112233445566778899AABBCCDDEEFF"
        wrapped = "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"
        self.assertEqual(self.ok("primitive.key_wrap", kek=kek, key=key), {"wrapped": wrapped})
        self.assertEqual(self.ok("primitive.key_unwrap", kek=kek, wrapped=wrapped), {"key": key})
        self.refused("corrupted KEY-10", "primitive.key_unwrap", kek=kek, wrapped=flip(wrapped, 3))
        self.fault("primitive.key_unwrap", kek=kek, wrapped=wrapped[:-2])

    def test_response(self):
        params = {"key": self.KEY, "mode": 3, "application": 1, "step": 2 ** 53 - 1, "event": 0,
                  "length": 16, "hexadecimal": False, "check_digit": True, "fields": ["AB", ""]}
        response = self.ok("primitive.response", **params)["response"]
        self.assertRegex(response, r"^[0-9]{16}$")
        self.assertEqual(crypto.check_digit(response[:-1], False), response[-1])
        self.assertRegex(self.ok("primitive.response", **{**params, "hexadecimal": True})
                         ["response"], r"^[0-9A-F]{16}$")
        for wrong in ({"step": 2 ** 53}, {"length": 5}, {"mode": 0}, {"fields": [""] * 9},
                      {"application": 9}, {"check_digit": 1}, {"step": 1.0}):
            self.fault("primitive.response", **{**params, **wrong})


# ---- frames -------------------------------------------------------------------

class Frames(Case):
    def parse(self, message, carrier="direct"):
        return self.ok("frame.parse", message=message, carrier=carrier)

    def no(self, expected, message, carrier="direct"):
        self.refused(expected, "frame.parse", message=message, carrier=carrier)

    def test_published_sample(self):
        self.assertEqual(self.parse(SAMPLE), {
            "version": 0, "type": 3, "protection": 1, "serial": SERIAL,
            "nonce": "23B3C20F3291C7BB", "body": "5E3815E25AA4C7A4D8CB266CFA",
            "tag": "56FDA80477CEE081"})
        self.assertEqual(self.parse(SAMPLE.lower()), self.parse(SAMPLE))

    def test_refusals_in_order(self):
        end = SAMPLE[4:]
        self.no("bad-hex CNV-3", SAMPLE[:-1])
        for odd in (SAMPLE + " ", SAMPLE + "\n", SAMPLE[:-2] + "0G", " " + SAMPLE + " ",
                    "٣٣" + SAMPLE[4:], "0" * 5001):
            self.no("bad-hex CNV-3", odd)
        self.no("bad-length FRM-2", "")
        self.no("bad-length FRM-2", SAMPLE[:44])
        self.assertEqual(self.parse(SAMPLE[:46])["body"], "")
        long = SAMPLE + "00" * (535 - 36)
        self.parse(long)
        self.no("bad-length FRM-3", long + "00")
        self.parse(long + "00", "gateway")
        self.no("bad-length FRM-4", SAMPLE + "00" * (2102 - 36), "gateway")
        self.no("bad-length FRM-3", "F" * 2000)              # before the version
        self.no("bad-version FRM-5", "1FFF" + end)           # before type and protection
        self.no("bad-type FRM-6", "0143" + end)              # type 5
        self.no("bad-type FRM-7", "0103" + end)              # type 4, before FRM-8
        self.no("bad-protection FRM-8", "00C3" + end)
        self.no("bad-protection FRM-8", "0003" + end)        # type 0, protection 3
        self.no("bad-protection FRM-9", "0001" + end)
        for word in ("0040", "0080", "00C0", "0900"):
            self.no("bad-protection FRM-10", word + end)
        self.parse("0901" + end)                             # information message
        self.parse("0000" + end)                             # no checksum check here

    def test_serial(self):
        def with_serial(p, s):
            return SAMPLE[:4] + "%04X%06X" % (p, s) + SAMPLE[14:]
        self.assertEqual(self.parse(with_serial(1600 * 35 + 40 * 35 + 35, 9999999))["serial"],
                         "ZZZ9999999")
        self.assertEqual(self.parse(with_serial(0, 0))["serial"], "0000000000")
        for p in (64000, 65535, 1600 * 36, 40 * 36, 36):
            self.no("bad-serial SER-2", with_serial(p, 0xFFFFFF))
        self.no("bad-serial SER-3", with_serial(0, 10_000_000))

    def test_seal_and_open(self):
        for protection in (1, 2):
            message = self.seal(b"hello", protection=protection, kind=2)
            self.assertNotIn(b"hello".hex().upper(), message)
            self.assertEqual(self.ok("frame.open", key="BB" * 16, message=message),
                             {"body": b"hello".hex().upper()})
            for at in (10, 16, len(message) // 2 - 1):
                self.refused("corrupted PRT-4", "frame.open", key="BB" * 16,
                             message=flip(message, at))
            self.refused("corrupted PRT-4", "frame.open", key="BC" * 16, message=message)
        self.refused("unexpected-type CLI-2", "frame.open", key="BB" * 16, message=am1())
        # Type 0x24 has keys of its own for each sender, the fifth byte of the nonce.
        for protection in (1, 2):
            seal = {"key": "BB" * 16, "type": 36, "protection": protection, "serial": SERIAL,
                    "nonce": "0000000007000001", "body": "0102"}
            message = self.ok("frame.seal", **seal)["message"]
            self.assertEqual(message[:4], "09%02X" % protection)
            self.assertEqual(self.ok("frame.open", key="BB" * 16, message=message),
                             {"body": "0102"})
            self.refused("corrupted PRT-4", "frame.open", key="BB" * 16, message=flip(message, 11))
        self.refused("bad-type FRM-7", "frame.open", key="BB" * 16, message="0101" + SAMPLE[4:])
        seal = {"key": "BB" * 16, "type": 3, "protection": 2, "serial": SERIAL,
                "nonce": "00" * 8, "body": "00" * 2078}
        self.ok("frame.seal", **seal)
        for wrong in ({"body": "00" * 2079}, {"type": 0}, {"serial": "vds1000120"},
                      {"serial": "VDS100012"}, {"protection": 0}, {"nonce": "00" * 7}):
            self.fault("frame.seal", **{**seal, **wrong})


# ---- static vector ------------------------------------------------------------

class Vectors(Case):
    def check(self, requirement, raw):
        params = {"static_vector": raw.hex(), "platform_data": "", "device_type": 0,
                  "app_version": 0, "rooted": False, "root_policy": "allow", "replacement": False}
        if requirement:
            self.refused("bad-vector " + requirement, "client.create", "x", **params)
        else:
            self.ok("client.create", "x", **params)
            self.ok("drop", "x")

    def test_whole(self):
        self.check(None, vector())
        self.check("STV-1", b"")
        self.check("STV-1", b"\x38\x08\x00")
        self.check("STV-1", b"\x38\x09" + vector()[2:])
        self.check("STV-1", vector() + b"\0")
        self.check("STV-2", bytes(482))
        self.check("STV-4", b"\x38\x08\0\0")

    def test_records(self):
        one = application()
        self.check(None, vector(one))
        self.check(None, vector(*(application(i) for i in range(1, 9))))
        self.check("STV-4", vector(b"", start=head()))
        self.check("STV-4", vector(one, one))
        self.check("STV-4", vector(application(2), application(1)))
        self.check("STV-4", vector(start=head()[4:]))
        self.check("STV-4", vector(record(4, b"\0"), one))
        self.check("STV-3", vector(one[:-1]))
        self.check("STV-3", vector(one, b"\x10"))
        self.check("STV-3", vector(record(0x10, one[2:] + b"\0")))
        self.check("STV-3", vector(record(0x10, one[2:-1])))
        self.check("STV-3", vector(one, start=record(1, b"abc") + head()[4:]))
        self.check("STV-5", vector(one, start=record(1, b"\xff\xff") + head()[4:]))
        for rules in ((2, 4, 8, 3, 0), (1, 0, 8, 3, 0), (1, 4, 3, 3, 0), (1, 4, 65, 3, 0),
                      (1, 4, 8, 0, 0), (1, 4, 8, 100, 0), (1, 4, 8, 3, 2)):
            self.check("STV-5", vector(one, start=head(rules=rules)))
        self.check("STV-5", vector(one, start=head(binding=2)))
        for wrong in ({"index": 0}, {"index": 9}, {"flags": 16}, {"mode": 0}, {"mode": 6},
                      {"algorithm": 7}, {"factor": 0}, {"factor": 4}, {"step": 0}, {"length": 5},
                      {"length": 17}, {"factor": 2, "step": 1}, {"name": b"          "},
                      {"name": b"A B       "}, {"name": b"a         "}, {"name": b"SIGN\n     "},
                      {"fields": [(2, 1)]}, {"fields": [(0, 0)]}, {"fields": [(1, 65)]}):
            self.check("STV-5", vector(application(**wrong)))
        self.check("STV-5", vector(record(0x10, one[2:-1] + b"\x09")))
        self.check(None, vector(application(fields=[(0, 64)] * 8)))

    def test_server_create(self):
        for expected, changes in (
                ("bad-vector STV-1", {"static_vector": "", "serial": "ABC0000000"}),
                ("wrong-account AM1-8", {"serial": "ABC0000000", "post_activation": 8}),
                ("bad-application AM1-9", {"post_activation": 8}),
                ("bad-application AM1-9", {"post_activation": 5}),
                ("bad-application AM1-9", {"post_activation": 6})):
            self.refused(expected, "server.create", "s", **self.server_params(**changes))
        self.server(post_activation=4)          # no Secure Channel is no reason here

    def test_settings(self):
        """VER-21, VER-22: tries, windows, look-ahead and length are judged together."""
        def most(first_use, window, look_ahead, secure_channel=True, **values):
            """The most tries, and what refuses one more."""
            identification, signature = window if type(window) is tuple else (window, window)
            static = vector(application(1, **{"mode": 4, "length": 6, **values}),
                            application(8, mode=3, length=16)).hex()
            for tries in range(1, 100):
                answer = self.ask("server.create", "s", **self.server_params(
                    static_vector=static, post_activation=8, signature_tries=tries,
                    secure_channel=secure_channel, identification_window=identification,
                    signature_window=signature, first_use_s=first_use, look_ahead=look_ahead))
                if "refused" in answer:
                    self.assertEqual(answer["refused"]["class"], "weak-settings")
                    return tries - 1, answer["refused"]["requirement"]
                self.ok("drop", "s")
            return 99, None
        hours = 10800
        for expected, arguments, values in (
                # The rows of the table.
                ((83, "VER-22"), (hours, 100, 0), {"step": 36}),
                ((83, "VER-22"), (hours, 24, 0), {"step": 30}),
                ((99, None), (hours, 100, 0), {"step": 60}),
                ((99, None), (hours, 24, 0), {"step": 60}),
                ((99, None), (hours, 100, 20), {"factor": 2, "step": 0}),
                ((4, "VER-21"), (hours, 100, 20), {"factor": 3, "step": 60}),
                ((12, "VER-22"), (hours, 24, 10), {"factor": 3, "step": 60}),
                ((8, "VER-22"), (hours, 100, 0), {"flags": 3 | 8, "step": 36}),
                ((90, "VER-21"), (hours, 100, 10), {"flags": 3 | 8, "factor": 2, "step": 0}),
                ((99, None), (hours, 100, 0), {"length": 8}),
                ((99, None), (hours, 100, 20), {"length": 8, "factor": 3, "step": 36}),
                ((66, "VER-22"), (hours, 100, 20), {"flags": 3 | 4, "factor": 3, "step": 36}),
                ((99, None), (hours, 100, 20), {"flags": 3 | 4, "length": 16, "factor": 3}),
                # The windows that count: by mode, and for CR by what it is allowed for.
                ((4, "VER-21"), (0, (100, 0), 20), {"factor": 3}),
                ((99, None), (0, (100, 0), 20), {"factor": 3, "mode": 3}),
                ((4, "VER-21"), (0, (0, 100), 20), {"factor": 3, "mode": 3}),
                ((99, None), (0, (0, 100), 20), {"factor": 3, "mode": 1}),
                ((4, "VER-21"), (0, (0, 100), 20), {"factor": 3, "mode": 2}),
                ((99, None), (0, (0, 100), 20), {"factor": 3, "mode": 2, "flags": 1}),
                ((99, None), (0, (0, 100), 20, False), {"factor": 3, "mode": 2}),
                # Neither a disabled application nor one of mode UL.
                ((99, None), (hours, 100, 20), {"factor": 3, "flags": 2}),
                ((99, None), (hours, 100, 20), {"factor": 3, "mode": 5})):
            self.assertEqual(most(*arguments, **values), expected, (arguments, values))

    def test_settings_of_several(self):
        """VER-21 for all of them comes before VER-22; all of it after STV-7."""
        first = application(1, mode=4, length=6, flags=3 | 8)           # VER-22
        second = application(2, mode=4, length=6, factor=3)             # VER-21
        third = application(3, mode=4, length=6, factor=3, flags=1)
        weak = {"signature_tries": 9, "first_use_s": 10800, "identification_window": 100,
                "signature_window": 100, "look_ahead": 20}
        for expected, applications, more in (
                ("weak-settings VER-22", (first,), {}),
                ("weak-settings VER-21", (first, second), {}),
                ("bad-application STV-7", (third,), {"post_activation": 3}),
                ("weak-settings VER-21", (third,), {"post_activation": 3,
                                                    "secure_channel": False})):
            self.refused(expected, "server.create", "s", **self.server_params(
                static_vector=vector(*applications).hex(), **{**weak, **more}))

    def test_channel(self):
        """STV-7: with Secure Channel, one enabled and allowed for it, of mode SG, MM or CR."""
        for mode, flags in ((1, 3), (5, 3), (2, 2), (2, 1), (3, 1), (4, 2)):
            params = self.server_params(post_activation=8, static_vector=vector(
                application(1, mode=mode, flags=flags), application(8, flags=1)).hex())
            self.refused("bad-application STV-7", "server.create", "s", **params)
            self.ok("server.create", "s", **{**params, "secure_channel": False})
            self.ok("drop", "s")
        for mode in (2, 3, 4):
            self.server("mode %d" % mode, post_activation=8, static_vector=vector(
                application(1, mode=mode), application(8, flags=1)).hex())
        # After AM1-9.
        self.refused("bad-application AM1-9", "server.create", "s", **self.server_params(
            post_activation=2, static_vector=vector(application(1, flags=1)).hex()))


# ---- the whole flow -----------------------------------------------------------

class Flow(Case):
    def test_everything(self):
        for protection in (1, 2):
            for post in (1, 2, 3):
                for challenge in ("1122334455667788", None):
                    self.ok("reset")
                    own = challenge is not None
                    self.server(activation_protection=protection, post_activation=post,
                                message_protection=3 - protection)
                    self.client(static_vector="" if own else None)
                    am2, confirmation = self.activate(challenge=challenge, static=not own)
                    self.assertEqual(self.ok("state", "c")["counters"],
                                     no_failures(SERIAL))
                    for index in (1, 2, 3, 3, 2):
                        message = self.request(application=index)
                        shown = self.ok("client.open", "c", message=message, carrier="direct")
                        self.assertEqual(shown, {
                            "handle": self.handles["c"], "callback": None, "serial": SERIAL,
                            "sequence": 1, "application": index, "template": 5,
                            "require_pin": False,
                            "content": {"format": "list", "title": "Pay",
                                        "items": [["to", "Ann"], ["sum", "10 €"]]}})
                        signature = self.ok("client.sign", "c", approved=True, pin="cached",
                                            now=NOW + 60)["signature"]
                        self.verify(message, signature, now=NOW + 60)
                    self.verify_refused("wrong-state VER-4", am2, confirmation)

    def test_forms(self):
        self.server()
        self.client()
        message = self.am1()
        frame = self.ok("frame.parse", message=message, carrier="direct")
        self.assertEqual(frame["nonce"], "0102030405060708")
        self.assertEqual(frame["body"][:10], "01%08X" % NOW)
        self.assertEqual(frame["body"][58:], "%04X" % build_policy(2, 2, 1))
        self.assertEqual(len(message), 2 * 54)
        code = self.code(message=message)
        device = self.device(code)
        self.assertEqual(device, {"device_type": 7, "device_id": DEVICE_ID.hex().upper()})
        am2 = self.am2(now=NOW + 5)["message"]
        self.assertEqual(self.ok("frame.parse", message=am2, carrier="direct")["nonce"],
                         "%08X00000001" % (NOW + 5))
        # An earlier clock does not take the time back (NON-1).
        self.assertEqual(self.request(now=NOW)[14:30], "%08X00000002" % (NOW + 5))
        self.am1(now=NOW + 50)
        self.assertEqual(self.request(now=NOW)[14:30], "%08X00000003" % (NOW + 5))

    def test_latin_9_and_gateway(self):
        self.server()
        self.client()
        self.activate()
        items = [["k%02d" % i, "€Šœž" * 30] for i in range(16)]
        message = self.request(charset="iso-8859-15", items=items, carrier="gateway")
        self.refused("bad-length FRM-3", "client.open", "c", message=message, carrier="direct")
        shown = self.ok("client.open", "c", message=message, carrier="gateway")
        self.assertEqual(shown["content"]["items"], items)

    def test_request_before_any_instance(self):
        self.server()
        self.assertEqual(self.request()[14:30], "%08X00000001" % NOW)

    def test_without_secure_channel(self):
        self.server(secure_channel=False)
        self.client()
        self.activate()
        self.refused("no-channel REQ-13", "server.generate_request", "s",
                     **self.request_params(application=8))
        self.refused("no-channel CLI-6", "client.open", "c", message=self.seal(b"", protection=1),
                     carrier="direct")

    def test_several_instances(self):
        self.server()
        for i, name in enumerate("abc"):
            self.client(name, platform_data="%02X" % i)
            self.pre_activate(name)
            answer = self.am2()
            self.assertEqual(answer["sequence"], i + 1)
            result = self.ok("client.activate_instance", name, message=answer["message"], now=NOW)
            self.verify(answer["message"], result["signature"], i + 1)
        message = self.request()
        signatures = [self.sign(message, name) for name in "abc"]
        self.assertEqual(len(set(signatures)), 3)
        self.verify_refused("wrong-signature VER-12", message, signatures[0], 2,
                            counts="signature_failures/02")
        self.verify(message, signatures[1], 2)
        self.verify_refused("replayed VER-8", message, signatures[2], 3)
        self.client("d", platform_data="0D")
        self.pre_activate("d")
        self.refused("threshold-reached AM2-4", "server.generate_activation2", "s", now=NOW)

    def test_several_accounts(self):
        self.client()
        other = "VDS0000001"
        for name, serial in (("s", SERIAL), ("t", other)):
            self.server(name, serial=serial, last_counter=5)
        self.activate()
        code = self.code(name="t", message=self.am1("t"))
        self.device(code, "t")
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.ok("client.open", "c", message=self.request(), carrier="direct")
        answer = self.ok("server.generate_activation2", "t", now=NOW)
        self.ok("client.activate_instance", "c", message=answer["message"], now=NOW)
        self.assertEqual(self.ok("state", "c")["counters"],
                         no_failures(SERIAL, other))
        # The opened message is kept.
        self.ok("client.sign", "c", approved=True, pin="cached", now=NOW)


# ---- activation message 1, device code ---------------------------------------

class License(Case):
    def no(self, expected, message, client="c"):
        self.refused(expected, "client.activate_license", client, message=message)

    def test_refusals(self):
        self.client()
        self.client("bare", static_vector=None)
        self.client("rooted", rooted=True)
        self.no("rooted CLI-1", "zz", "rooted")
        self.no("bad-hex CNV-3", "zz")
        self.no("unexpected-type CLI-2", SAMPLE)
        bent = flip(am1(), 50)
        self.no("bad-checksum FRM-12", bent)
        self.no("bad-body AM1-3", am1(body=b""))
        self.no("bad-body AM1-3", am1(body=bytes(30)))
        self.no("bad-body AM1-3", am1(static=b"x", flags=4))
        self.no("bad-body AM1-3", am1(flags=2 | 4))
        self.no("bad-body AM1-4", am1(flags=4, nonce=b"\1" * 8))
        self.no("bad-body AM1-5", am1(nonce=b"\1" * 8, policy=1))
        self.no("bad-body AM1-5", am1(flags=1))
        for policy in (build_policy(2, 2, 1) | 1, build_policy(0, 2, 1), build_policy(2, 3, 1)):
            self.no("bad-body AM1-6", am1(policy=policy), "bare")
        self.no("no-vector AM1-7", am1(serial="ABC0000000"), "bare")
        self.no("bad-vector STV-1", am1(flags=2, static=b"x", serial="ABC0000000"), "bare")
        self.no("bad-vector AM1-13", am1(flags=2, static=b"x", serial="ABC0000000"))
        self.no("wrong-account AM1-8", am1(serial="ABC0000000", policy=build_policy(1, 1, 8)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 8), wrapped=bytes(24)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 5)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 6)))
        self.no("corrupted KEY-10", am1(wrapped=bytes(24)))
        # A vector of its own is the only one a client takes.
        foreign = vector(start=head("ABC"))
        for serial in (SERIAL, "ABC0000001"):
            self.no("bad-vector AM1-13", am1(flags=2, static=foreign, serial=serial))
        self.no("wrong-account AM1-8", am1(flags=2, static=foreign), "bare")
        for name in ("c", "bare"):
            self.code(name, message=am1(flags=2, static=vector()))

    def test_largest(self):
        big = vector(application(1, fields=[(0, 9)] * 8), *(application(i) for i in range(2, 9)))
        self.client(static_vector=None)
        self.code(message=am1(flags=2, static=big))
        self.no("bad-length FRM-3", am1(flags=2, static=big + bytes(600 - len(big))))

    def test_state(self):
        self.server()
        self.client()
        first = self.code()
        second = self.code(challenge="FF" * 8)
        self.assertNotEqual(first, second)
        self.device(second)
        self.ok("client.activate_instance", "c", message=self.am2()["message"], now=NOW)
        self.no("wrong-state AM1-11", flip(am1(), 50))      # before the checksum


class DeviceCode(Case):
    def no(self, expected, code, now=NOW, counts=None):
        self.device_refused(expected, code, now, counts)

    @staticmethod
    def text(n):
        digits = "%025d" % n
        return digits + crypto.check_digit(digits, False)

    def test_form(self):
        self.server()
        for text in ("", "1" * 25, "1" * 27, "1" * 25 + " ", "٣" * 26, "1" * 25 + "\n"):
            self.no("bad-code DVC-4", text)
        good = self.text(5)
        self.no("bad-check-digit DVC-5", good[:-1] + str((int(good[-1]) + 1) % 10))
        self.no("bad-code DVC-6", self.text(2 ** 83))
        self.no("bad-code DVC-7", self.text(100 << 76))
        self.no("wrong-state DVC-8", self.text((100 << 76) - 1))

    def test_tries_and_time(self):
        self.server()
        self.client()
        code = self.code()
        self.no("expired DVC-9", self.text(0), NOW + 86401)
        self.no("wrong-code DVC-11", self.text(0), NOW + 86400, counts="code_failures")
        self.device(code, now=NOW + 86400)
        self.assertEqual(self.ok("state", "s")["counters"], {"code_failures": 0})
        for _ in range(2):
            self.no("wrong-code DVC-11", self.text(0), counts="code_failures")
        self.no("attempts-exhausted DVC-10", code)
        self.no("expired DVC-9", code, NOW + 86401)
        again = self.am1(now=NOW + 1)
        self.assertEqual(self.ok("state", "s")["counters"], {"code_failures": 0})
        self.no("wrong-code DVC-11", code, counts="code_failures")
        self.device(self.code(message=again), now=0)

    def test_already_active(self):
        self.server()
        self.client()
        message = self.am1()
        code = self.code(message=message)
        self.device(code)
        self.device(code)
        am2 = self.am2()["message"]
        signature = self.ok("client.activate_instance", "c", message=am2, now=NOW)["signature"]
        self.device(code)
        self.verify(am2, signature)
        self.no("already-active DVC-12", code)

    def test_bent_am1(self):
        """The client takes an AM1 whose time was bent; the server does not take its code."""
        self.server()
        self.client()
        self.am1(challenge=None)
        self.no("wrong-code DVC-11", self.code(message=am1(time=NOW + 1)),
                counts="code_failures")
        self.device(self.code(message=am1(time=NOW)))


# ---- activation message 2 -----------------------------------------------------

class Instance(Case):
    def test_server(self):
        self.server(last_counter=0xFFFFFFFE)
        self.client()
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=NOW)
        self.am1()
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=NOW)
        self.pre_activate()
        self.am1()                          # forgets the device
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=NOW)
        self.pre_activate()
        first = self.am2()
        self.assertEqual(self.am2(now=NOW + 9, salt="DD" * 13), first)  # the last counter is used
        self.client("d", platform_data="DD")
        self.pre_activate("d")
        self.refused("counter-exhausted NON-3", "server.generate_activation2", "s", now=NOW)
        self.refused("counter-exhausted NON-3", "server.generate_request", "s",
                     **self.request_params())
        self.refused("bad-length REQ-11", "server.generate_request", "s",
                     **self.request_params(title="x" * 256))

    def no_device(self):
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=NOW)

    def test_verified_device(self):
        """Forgotten with every AM1 and with its confirmation; replaced by another device."""
        self.server(threshold=3)
        self.client()
        self.client("d", platform_data="DD")
        self.pre_activate()
        self.assertEqual(self.am2()["sequence"], 1)
        message = self.am1(now=NOW + 1)
        self.no_device()
        codes = {name: self.code(name, message=message) for name in "cd"}
        for name, sequence in (("c", 2), ("c", 2), ("d", 3)):
            self.device(codes[name])
            answer = self.am2()
            self.assertEqual(answer["sequence"], sequence)
        result = self.ok("client.activate_instance", "d", message=answer["message"], now=NOW)
        self.verify(answer["message"], result["signature"], 3)
        self.no_device()
        self.device_refused("already-active DVC-12", codes["d"])
        self.device(codes["c"])
        self.refused("threshold-reached AM2-4", "server.generate_activation2", "s", now=NOW)

    def test_abandoned_instance(self):
        """Either of a device's two instances can be confirmed, and that forgets the device."""
        for first, second in ((1, 2), (2, 1)):
            self.ok("reset")
            self.server()
            self.client("a")
            self.client("b")                        # the same device id
            self.client("d", platform_data="DD")
            message = self.am1()
            signed = {1: self.activate("a", confirm=False, message=message)}
            self.device(self.code("d", message=message))
            signed[2] = self.activate("b", confirm=False, message=message)
            self.verify(*signed[first], first)
            self.verify_refused("wrong-state VER-4", *signed[second], second)
            self.no_device()

    def test_confirmation_of_another_device(self):
        self.server()
        self.client()
        self.client("d", platform_data="DD")
        message = self.am1()
        am2, signature = self.activate(confirm=False, message=message)
        self.pre_activate("d", message=message)
        self.verify(am2, signature)
        self.assertEqual(self.am2()["sequence"], 2)         # d is still the verified device

    def test_device_types_of_one_id(self):
        """Another type is another device to AM2-5; DVC-12, VER-4 and VER-14 go by the id alone."""
        self.server()
        self.client()
        self.client("d", device_type=8)
        message = self.am1()
        codes = {name: self.code(name, message=message) for name in "cd"}
        signed = {}
        for name, sequence in (("c", 1), ("d", 2)):
            device = self.device(codes[name])
            answer = self.am2()
            self.assertEqual((device["device_type"], answer["sequence"]), (6 + sequence, sequence))
            result = self.ok("client.activate_instance", name, message=answer["message"], now=NOW)
            signed[sequence] = answer["message"], result["signature"]
        self.verify(*signed[1], 1)
        self.no_device()                                    # the verified device was d
        self.verify_refused("wrong-state VER-4", *signed[2], 2)
        self.device_refused("already-active DVC-12", codes["d"])

    def test_sums_do_not_wrap(self):
        last = 0xFFFFFFFF
        self.server(message_age_limit_s=last)
        self.client()
        code = self.code(now=last)
        self.device(code, now=last)
        am2 = self.am2(now=last)["message"]
        signature = self.ok("client.activate_instance", "c", message=am2, now=last)["signature"]
        self.verify(am2, signature, now=last)

    def test_client(self):
        def no(expected, message, client="c"):
            self.refused(expected, "client.activate_instance", client, message=message, now=NOW)
        self.server()
        self.client()
        self.client("rooted", rooted=True)
        sent = self.am1()
        self.pre_activate(message=sent)
        am2 = self.am2()["message"]
        no("rooted CLI-1", am2, "rooted")
        no("bad-length FRM-2", "")
        no("unexpected-type CLI-2", SAMPLE)
        self.client("d")
        no("wrong-account CLI-3", am2, "d")
        no("wrong-protection AM2-7", "0041" + am2[4:])
        no("corrupted PRT-4", flip(am2, 50))
        key = crypto.am2_channel_key(
            bytes.fromhex(LICENSE_KEY), wire.encode_serial(SERIAL), 7, DEVICE_ID,
            hashlib.sha256(bytes.fromhex(sent)).digest()).hex()
        for body in (bytes([1]) + bytes(29), bytes([1]) + bytes(31), bytes(31),
                     bytes([100]) + bytes(30), bytes([1, 2]) + bytes(29),
                     bytes([1, 0, 1]) + bytes(28)):
            no("bad-body AM2-8", self.seal(body, kind=1, key=key))
        self.ok("client.activate_instance", "c", message=am2, now=NOW)
        no("wrong-state AM2-6", "0041" + am2[4:])
        no("wrong-state AM2-6", am2)


# ---- requests -----------------------------------------------------------------

class Requests(Case):
    def setUp(self):
        super().setUp()
        self.server()
        self.client()
        self.activate()

    def no(self, expected, message, carrier="direct"):
        self.refused(expected, "client.open", "c", message=message, carrier=carrier)

    def body_no(self, expected, control, rest=None):
        body = control.to_bytes(2, "big") + (content() if rest is None else rest)
        self.no(expected, self.seal(body))

    def test_before_the_body(self):
        self.client("rooted", rooted=True)
        self.refused("rooted CLI-1", "client.open", "rooted", message="", carrier="direct")
        self.no("bad-length FRM-2", "")
        self.no("unexpected-type CLI-2", am1())
        self.no("unexpected-type CLI-2", "0082" + SAMPLE[4:])
        self.client("empty")
        self.refused("wrong-account CLI-3", "client.open", "empty", message=SAMPLE,
                     carrier="direct")
        self.code("empty")
        self.refused("wrong-state CLI-4", "client.open", "empty", message=SAMPLE,
                     carrier="direct")
        self.no("wrong-protection CLI-7", SAMPLE)
        self.no("corrupted PRT-4", "00C2" + SAMPLE[4:])
        self.no("stale CLI-8", self.seal(b"", counter=1))
        self.no("bad-body REQ-2", self.seal(b"", counter=2))

    def test_body(self):
        self.ok("client.open", "c", message=self.seal(b"\0\0" + content()), carrier="direct")
        self.body_no("bad-body REQ-2", 0x0001 | 7 << 6)
        self.body_no("bad-charset REQ-3", 2 << 6 | 1 << 4)
        self.body_no("bad-charset REQ-3", 7 << 6)
        self.body_no("bad-format REQ-4", 3 << 4)
        self.body_no("bad-format REQ-4", 3 << 4, b"")
        for rest in (b"", b"\5abc", b"\1T", b"\1T\1", b"\1T\1\1k", b"\1T\1\1k\2v",
                     content() + b"x"):
            self.body_no("bad-body REQ-5", 0, rest)
        for count in (0, 17, 255):
            self.body_no("bad-body REQ-6", 0, b"\1T" + bytes([count]) + b"\1k\0" * 17)
        self.body_no("bad-body REQ-6", 0, content(items=[(b"", b"v")]))
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            self.body_no("bad-text REQ-7", 0, content(bad) + b"left over")
        self.body_no("bad-text REQ-9", 0, content(b"\n"))
        self.body_no("bad-text REQ-9", 1 << 6, content(b"\x85"))
        self.body_no("bad-text REQ-9", 1 << 6, content(b"\xad"))
        self.body_no("bad-body REQ-6", 0, content(items=[(b"", b"\n")]))
        self.body_no("bad-text REQ-9", 0, content(items=[(b"k", b"\n"), (b"", b"")]))
        self.body_no("version-too-low CLI-9", 2 << 14 | 7 << 1)
        for index in (4, 5, 6, 7):
            self.body_no("bad-application CLI-10", 1 << 14 | (index - 1) << 1)
        shown = self.ok("client.open", "c", carrier="direct", message=self.seal(
            (1 << 6 | 1 << 13 | 15 << 9).to_bytes(2, "big") + content(b"", [(b"\xa4", b"")])))
        self.assertEqual((shown["content"], shown["require_pin"], shown["template"]),
                         ({"format": "list", "title": "", "items": [["€", ""]]}, True, 15))

    def test_latin_9_table(self):
        special = dict(zip((0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE), "€ŠšŽžŒœŸ"))
        for byte in [*range(0x20, 0x7F), 0xA1, 0xA4, 0xA6, 0xA8, *range(0xAE, 0x100)]:
            shown = self.ok("client.open", "c", carrier="direct", message=self.seal(
                b"\0\x40" + content(bytes([byte]))))
            self.assertEqual(shown["content"]["title"], special.get(byte, chr(byte)))

    def test_refused_characters(self):
        for point in (0, 0x1F, 0x7F, 0x9F, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180F,
                      0x2800, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0x200B, 0x200F, 0x2028,
                      0x202E, 0x2060, 0x206F, 0xE000, 0xF8FF, 0xFDD0, 0xFFF0, 0xFFFB, 0xFFFE,
                      0xFFFF, 0x1FFFE, 0x2FFFF, 0x3FFFE, 0x1BCA0, 0x1D17A, 0x40000, 0x10FFFF,
                      # what edition 5 refuses besides
                      0xA0, 0x600, 0x6DD, 0x70F, 0x891, 0x8E2, 0x1680, 0x2000, 0x200A, 0x202F,
                      0x205F, 0x2065, 0x3000, 0xFFFC, 0x110BD, 0x110CD, 0x13430, 0x13442, 0x16FE4,
                      0x1BC9D, 0x1D159):
            self.refused("bad-text REQ-9", "server.generate_request", "s",
                         **self.request_params(title="a" + chr(point)))
            self.body_no("bad-text REQ-9", 0, content(chr(point).encode()))
        for point in (0x20, 0x7E, 0xA1, 0x5D0, 0x606, 0x1039, 0x17D2, 0x1FFF, 0x2010, 0x2027,
                      0x2070, 0xFFFD, 0x10000, 0x13450, 0x3FFFD, 0x1F600):
            self.sign(self.request(title=chr(point)))

    def test_refused_properties(self):
        """REQ-9's rows hold what Python's older Unicode knows of their properties, and no sign."""
        ignorable = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164,
                     0xFFA0, *range(0xFE00, 0xFE10)}
        listed = {0x2800, 0xFFFC, 0x13440, 0x13441, 0x13442, 0x16FE4, 0x1BC9D, 0x1D159}
        hidden = ignorable | listed | set(range(0xFDD0, 0xFDF0)) \
            | {plane + 0xFFFE + i for plane in range(0, 0x40000, 0x10000) for i in (0, 1)}
        wrong = []
        for point in range(0x40000):
            category = unicodedata.category(chr(point))
            blank = category in ("Cc", "Cf", "Co", "Zs", "Zl", "Zp") and point != 0x20
            if blank or point in hidden:
                wrong += [point] if is_displayed(chr(point)) else []
            elif category not in ("Cs", "Cn") and not is_displayed(chr(point)):
                wrong.append(point)     # the others are no characters, or not known here
        self.assertEqual(wrong, [])

    def test_builder(self):
        def no(expected, **changes):
            self.refused(expected, "server.generate_request", "s", **self.request_params(**changes))
        for index in (4, 5, 6, 7):
            no("bad-application REQ-12", application=index, title="\n")
        no("bad-text REQ-10", charset="iso-8859-15", title="¤")
        no("bad-text REQ-10", charset="iso-8859-15", title="\u2028" * 300)
        no("bad-text REQ-9", charset="iso-8859-15", title="\x85" * 300)
        no("bad-length REQ-11", title="é" * 128, items=[["\n", ""]])
        no("bad-text REQ-9", title="é" * 127, items=[["\n", "x" * 256]])
        no("bad-length REQ-11", items=[["k", "x" * 250], ["l", "x" * 252]], title="1")
        self.request(items=[["k", "x" * 250], ["l", "x" * 252]], title="")
        no("bad-length REQ-11", items=[["k", "x" * 255]] * 8 + [["l", "x" * 7]], title="1",
           carrier="gateway")
        self.request(items=[["k", "x" * 255]] * 8 + [["l", "x" * 7]], title="", carrier="gateway")
        for items in ([], [["k", "v"]] * 17, [["", "v"]], [["k"]], [["k", 1]], {"k": "v"}):
            self.fault("server.generate_request", "s", **self.request_params(items=items))

    def test_sign(self):
        def no(expected, counts=None, approved=True, pin="right"):
            self.refused(expected, "client.sign", "c", counts, approved=approved, pin=pin, now=NOW)
        failures = "pin_failures/" + SERIAL
        no("wrong-state CLI-12", pin="wrong")
        message = self.request(require_pin=True)
        self.ok("client.open", "c", message=message, carrier="direct")
        self.no("corrupted PRT-4", flip(message, 40))       # a refused open leaves it
        no("pin-required CLI-14", pin="cached")
        no("wrong-pin CLI-15", failures, pin="wrong")
        no("wrong-pin CLI-15", failures, pin="wrong")
        signature = self.ok("client.sign", "c", approved=True, pin="right", now=NOW)["signature"]
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.verify(message, signature)
        no("wrong-state CLI-12")
        for pin in ("cached", "wrong", "right"):
            self.ok("client.open", "c", message=message, carrier="direct")
            self.assertEqual(self.ok("client.sign", "c", approved=False, pin=pin, now=NOW),
                             {"signature": None})
            no("wrong-state CLI-12")
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.ok("client.open", "c", message=self.request(), carrier="direct")
        for _ in range(3):
            no("wrong-pin CLI-15", failures, pin="wrong")
        no("locked CLI-16")
        no("locked CLI-16", approved=False)
        self.no("locked CLI-5", SAMPLE)
        self.refused("wrong-state AM1-11", "client.activate_license", "c", message=am1())


# ---- verifying ----------------------------------------------------------------

class Verifying(Case):
    def setUp(self):
        super().setUp()
        self.server()
        self.client()
        self.sent = self.am1()
        self.am2_message, self.confirmation = self.activate(confirm=False, message=self.sent)

    def confirm(self):
        self.verify(self.am2_message, self.confirmation)

    def test_order(self):
        message = self.request()
        no = self.verify_refused
        no("bad-hex CNV-3", message[:-1], "", 9)
        no("wrong-account VER-1", "0000" + "0" * 60, "", 9)
        no("unexpected-type VER-2", am1(), "", 9)
        no("unexpected-type VER-2", "0082" + SAMPLE[4:], "", 9)
        no("unexpected-type VER-2", "0902" + SAMPLE[4:], "", 9)
        no("unknown-instance VER-3", message, "", 2)
        no("wrong-state VER-4", message, "", now=NOW + 9999)
        self.confirm()
        no("wrong-state VER-4", self.am2_message, "")
        no("expired VER-6", message, "", now=NOW + 3601)
        no("unknown-message VER-7", flip(message, 40), "")
        no("unknown-message VER-7", SAMPLE, "", now=0)
        no("bad-signature VER-10", message, "", now=0)
        no("wrong-signature VER-12", message, "00000000", now=NOW + 3600,
           counts="signature_failures/01")
        self.verify(message, self.sign(message))
        no("replayed VER-8", message, "")
        self.assertEqual(self.ok("state", "s")["counters"],
                         {"code_failures": 0, "signature_failures/01": 0})

    def test_locked(self):
        for _ in range(2):
            self.verify_refused("wrong-signature VER-12", self.am2_message, "00000000",
                                counts="signature_failures/01")
        self.verify_refused("locked VER-5", self.am2_message, self.confirmation, now=NOW + 9999)

    def test_am2_of_another_instance(self):
        self.client("d", platform_data="DD")
        self.pre_activate("d", message=self.sent)
        self.am2()
        self.verify_refused("unknown-message VER-7", self.am2_message, self.confirmation, 2)
        self.confirm()

    def test_accepted_requests(self):
        """How far ahead others were accepted does not matter; 256 are remembered."""
        self.confirm()
        messages = [self.request() for _ in range(256)]
        self.verify(messages[255], self.sign(messages[255]))
        self.verify(messages[0], self.sign(messages[0]))
        for message in (messages[0], messages[255]):
            self.verify_refused("replayed VER-8", message, "")
        self.verify(messages[1], self.sign(messages[1]))
        # No gateway string pushes one out; another request does.
        self.request(carrier="gateway",
                     content={"format": "notification", "challenge_key": "0123456789"})
        self.verify_refused("replayed VER-8", messages[0], "")
        self.request()
        self.verify_refused("unknown-message VER-7", messages[0], "")
        self.verify_refused("replayed VER-8", messages[1], "")
        self.verify(messages[2], self.sign(messages[2]))

    def test_age(self):
        """VER-6: 0 is no limit."""
        self.ok("reset")
        self.server(message_age_limit_s=0)
        self.client()
        am2, _ = self.activate(confirm=False)
        later = NOW + 30 * 10 ** 6
        self.verify(am2, by_hand(1, 3, later // 30, 0, bytes.fromhex(am2))[-8:], now=later)

    def test_form_and_check_digit(self):
        self.confirm()
        message = self.request(application=3)
        signature = self.sign(message)
        for text in (signature[:-1], signature + "0", signature[:-1] + "G", "٣" * 9):
            self.verify_refused("bad-signature VER-10", message, text)
        wrong = signature[:-1] + "%X" % ((int(signature[-1], 16) + 1) % 16)
        self.verify_refused("bad-check-digit VER-11", message, wrong)
        self.verify(message, signature.lower())
        decimal = self.request()
        self.verify_refused("bad-signature VER-10", decimal, "0000000A")

    def test_steps(self):
        self.confirm()
        step = 30
        base = NOW // step * step

        def signed(shift):
            message = self.request(now=NOW)
            return message, self.sign(message, now=base + shift * step)

        def no(shift):
            message, signature = signed(shift)
            self.verify_refused("wrong-signature VER-12", message, signature, now=base,
                                counts="signature_failures/01")
        no(3)
        self.verify(*signed(2), now=base)       # shift is 2, last step 2
        no(5)
        self.verify(*signed(4), now=base)       # shift is 4, last step 4
        no(3)                                   # below the last accepted step
        self.verify(*signed(4), now=base)       # the last accepted one itself

    def test_steps_at_zero(self):
        self.confirm()
        message = self.request(now=0)
        signature = self.sign(message, now=0)
        self.verify_refused("wrong-signature VER-12", message, signature, now=0,
                            counts="signature_failures/01")     # below the confirmation's step

    def test_events(self):
        self.confirm()

        def signed():
            message = self.request(application=2)
            return message, self.sign(message)
        lost = [signed() for _ in range(3)]     # events 0, 1, 2
        ahead = signed()                        # event 3, look ahead is 2
        self.verify_refused("wrong-signature VER-12", *ahead, counts="signature_failures/01")
        self.verify(*lost[2])
        self.verify(*ahead)
        self.verify_refused("wrong-signature VER-12", *lost[0], counts="signature_failures/01")


# ---- edition 2: what the new tests have in common ------------------------------

MODERN = (
    application(1, mode=3, step=30, fields=[(1, 5), (0, 64)]),                          # SG, time
    application(2, mode=4, flags=3 | 8, factor=2, step=0, length=10, fields=[(0, 3)]),  # MM, event
    application(3, mode=4, flags=1, step=60, fields=[(2, 2)]),                          # MM, time
    application(4, mode=1, flags=1, factor=3, step=60),                                 # RO, both
    application(5, mode=2, flags=3, step=30),                                           # CR, time
    application(6, mode=5, flags=0),                                            # UL, disabled
    application(7, mode=5, flags=1 | 4 | 8, factor=3, length=9),                # UL, hexadecimal
    application(8, mode=5, flags=1),                                            # UL, not the lowest
)
ONLY = {"kind": "response-only"}


def asked(text):
    return {"kind": "challenge", "challenge": text}


def signed(*fields):
    return {"kind": "fields", "fields": list(fields)}


def aes_cmac(key, data):
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()


def by_hand(index, mode, step, event, *fields, length=8, hexadecimal=False, sequence=1):
    """A response without its check digit, from the formulas KEY-1, KEY-8, SIG-1 and SIG-2.

    License key, serial number, device type and instance salt are those of all tests."""
    context = bytes.fromhex("C3E40F42B8") + bytes([sequence, index, 7]) + DEVICE_ID + b"\xCC" * 13
    key = aes_cmac(bytes.fromhex(LICENSE_KEY), b"\1app\0" + context + b"\0\x80")
    data = bytes([1, mode, index]) + step.to_bytes(8, "big") + event.to_bytes(8, "big") \
        + bytes([length]) + b"".join(len(f).to_bytes(2, "big") + f for f in fields)
    r = aes_cmac(key, data)
    return r.hex().upper() if hexadecimal else str(int.from_bytes(r, "big")).zfill(16)


class Modern(Case):
    """A server and a client with the applications above, activated at NOW; no shift."""
    NOW = NOW

    def set_up(self, client=(), confirm=True, **server):
        self.server(static_vector=vector(*MODERN).hex(), **server)
        self.client(static_vector=vector(*MODERN).hex(), **dict(client))
        return self.activate(confirm=confirm, now=self.NOW)

    def respond(self, index, data, now=None, pin="cached", client="c"):
        return self.ok("client.generate_response", client, serial=SERIAL, application=index,
                       data=data, pin=pin, now=self.NOW if now is None else now)["response"]

    def respond_refused(self, expected, index, data, pin="right", counts=None, client="c"):
        self.refused(expected, "client.generate_response", client, counts, serial=SERIAL,
                     application=index, data=data, pin=pin, now=self.NOW)

    def params(self, index, data, response, now=None, sequence=1):
        return {"sequence": sequence, "application": index, "data": data, "response": response,
                "now": self.NOW if now is None else now}

    def take(self, *args, **options):
        self.assertEqual(self.ok("server.verify_response", "s", **self.params(*args, **options)),
                         {})

    def take_refused(self, expected, *args, counts=None, **options):
        self.refused(expected, "server.verify_response", "s", counts,
                     **self.params(*args, **options))

    def wrong(self, *args, **options):
        self.take_refused("wrong-signature VER-12", *args, counts="signature_failures/01",
                          **options)
        self.ok("server.unlock_instance", "s", sequence=1)

    def lock(self, client="c"):
        for _ in range(3):
            self.respond_refused("wrong-pin CLI-15", 5, asked("1"), "wrong",
                                 "pin_failures/" + SERIAL, client)

    def accounts(self, client="c"):
        """Serial number, state, sequence number, and what stands beside it: the sequence number of
        one that waits, or whether one is pre-activated."""
        accounts = self.ok("client.accounts", client)["accounts"]
        for account in accounts:
            self.assertEqual(sorted(account), ["pre_activated", "sequence", "serial", "state",
                                               "waiting"])
        return [(account["serial"], account["state"], account["sequence"],
                 account["waiting"] or account["pre_activated"]) for account in accounts]

    def deactivation(self, sequence=1, now=None):
        return self.ok("server.generate_deactivation", "s", sequence=sequence,
                       now=self.NOW if now is None else now)["message"]

    def restored(self, highest=0, now=None):
        self.assertEqual(self.ok("server.restored", "s", highest_sequence=highest,
                                 now=self.NOW if now is None else now), {})

    def listed(self, **changes):
        """A request of a format that is named in `content`."""
        return self.request(now=self.NOW, **changes)


# ---- requests of formats 1 and 2 ----------------------------------------------

class Formats(Modern):
    def setUp(self):
        super().setUp()
        self.set_up()

    def build(self, application, carrier="direct", charset="utf-8", **content):
        return self.ok("server.generate_request", "s", **self.request_params(
            now=self.NOW, application=application, carrier=carrier, charset=charset,
            content=content))["message"]

    def build_refused(self, expected, application, charset="utf-8", carrier="direct", **content):
        self.refused(expected, "server.generate_request", "s", **self.request_params(
            now=self.NOW, application=application, charset=charset, carrier=carrier,
            content=content))

    def open(self, message, carrier="direct"):
        return self.ok("client.open", "c", message=message, carrier=carrier)["content"]

    def no(self, expected, control, rest):
        self.refused(expected, "client.open", "c", carrier="gateway", message=self.seal(
            control.to_bytes(2, "big") + rest))

    def test_challenge(self):
        message = self.build(5, format="challenge", title="é", challenge="0123456789012345")
        body = self.ok("frame.open", key="BB" * 16, message=message)["body"]
        self.assertEqual(body, "0A18" + "02C3A9" + "10" + b"0123456789012345".hex().upper())
        self.assertEqual(self.open(message), {"format": "challenge",
                                              "challenge": "0123456789012345"})
        signature = self.ok("client.sign", "c", approved=True, pin="cached",
                            now=self.NOW)["signature"]
        # Over a message the mode is the application's, and the data is the frame.
        self.assertEqual(signature, by_hand(5, 2, self.NOW // 30, 0, bytes.fromhex(message))[-8:])
        self.verify(message, signature, now=self.NOW)
        message = self.build(2, format="challenge", title="", challenge="1")
        self.verify(message, self.sign(message, now=self.NOW), now=self.NOW)

    def test_challenge_refused(self):
        for index in (1, 3, 4, 6, 7):           # SG, no Secure Channel, RO, UL
            self.build_refused("bad-application REQ-12", index, format="challenge", title="\n",
                               challenge="")
        for text in ("", "1" * 17, "12a", "١", " 1", "\n"):
            self.build_refused("bad-data OTP-3", 5, format="challenge", title="", challenge=text)
        self.build_refused("bad-text REQ-9", 5, format="challenge", title="\n", challenge="")
        self.build_refused("bad-length REQ-11", 5, format="challenge", title="x" * 256,
                           challenge="")
        control = 1 << 4 | 4 << 1
        for rest in (b"\1T\0", b"\1T\x11" + b"1" * 17, b"\1T\1a", "\1T\2١".encode(), b"\1T\1ax"):
            self.no("bad-data OTP-3", control, rest)
        for rest in (b"", b"\1T", b"\1T\2" + b"1", b"\1T\0011x"):
            self.no("bad-body REQ-5", control, rest)
        self.no("bad-text REQ-7", control, b"\1\xff\1a")
        self.no("bad-text REQ-9", control, b"\1T\1\n")
        for index in (1, 3, 4, 6, 7):
            self.no("bad-application CLI-10", 1 << 4 | (index - 1) << 1, b"\1T\0011")
        self.no("bad-application CLI-10", 4 << 1, content())
        self.no("bad-application CLI-10", 2 << 4 | 4 << 1, b"\0\0\1t")

    def test_free_text(self):
        message = self.build(1, charset="iso-8859-15", format="free-text", title="T",
                             text="01;04;€")
        body = self.ok("frame.open", key="BB" * 16, message=message)["body"]
        self.assertEqual(body, "0A60" + "0154" + "0007" + "30313B30343BA4")
        self.assertEqual(self.open(message), {"format": "free-text", "title": "T",
                                              "text": "01;04;€"})
        self.verify(message, self.sign(message, now=self.NOW), now=self.NOW)
        largest = self.build(2, format="free-text", title="", text="x" * 507)
        self.assertEqual(len(largest), 2 * 535)
        self.build_refused("bad-length REQ-11", 2, format="free-text", title="", text="x" * 508)
        long = self.build(2, "gateway", format="free-text", title="", text="x" * 2073)
        self.assertEqual(self.open(long, "gateway")["text"], "x" * 2073)
        for text in ("x" * 2074, "€" * 10000):
            self.build_refused("bad-length REQ-11", 2, carrier="gateway", format="free-text",
                               title="", text=text)

    def test_free_text_refused(self):
        self.build_refused("bad-text REQ-10", 1, "iso-8859-15", format="free-text", title="T",
                           text="\n¤")
        self.build_refused("bad-text REQ-9", 1, format="free-text", title="T", text="\n" * 600)
        self.build_refused("bad-application REQ-12", 5, format="free-text", title="\n", text="x")
        control = 2 << 4
        for rest in (b"", b"\1T", b"\1T\0", b"\1T\0\2a", b"\1T\1\0a", b"\1T\0\1ab"):
            self.no("bad-body REQ-5", control, rest)
        self.no("bad-body REQ-6", control, b"\1T\0\0")
        self.no("bad-body REQ-6", control, b"\1T\0\0a")
        self.no("bad-text REQ-7", control, b"\1T\0\1\xff")
        self.no("bad-text REQ-9", control, b"\1T\0\1\nleft over")

    def test_content_parameter(self):
        good = {"format": "list", "title": "", "items": [["k", "v"]]}
        self.listed(content=good)
        for wrong in ({**good, "text": "x"}, {**good, "format": "gateway"}, {**good, "format": 0},
                      {**good, "items": []}, {"title": "", "items": [["k", "v"]]}, [], None,
                      {"format": "list", "items": [["k", "v"]]}, "list",
                      {"format": "challenge", "title": "", "challenge": 1},
                      {"format": "challenge", "challenge": "1"},
                      {"format": "free-text", "title": "", "text": ""},
                      {"format": "free-text", "title": None, "text": "x"}):
            self.fault("server.generate_request", "s", **self.request_params(content=wrong))
        line = json.dumps({"seq": 7, "op": "server.generate_request", "session": "s",
                           "params": self.request_params(content=good)})
        doubled = line.replace('"title": ""', '"title": "", "title": ""')
        answer = json.loads(self.peer.answer_line(doubled.encode()))
        self.assertEqual((answer["seq"], "fault" in answer), (7, True))


# ---- responses without a message ----------------------------------------------

class Responses(Modern):
    def test_by_hand(self):
        self.set_up()
        step30, step60 = self.NOW // 30, self.NOW // 60
        self.assertEqual(self.respond(5, asked("0123")), by_hand(5, 2, step30, 0, b"0123")[-8:])
        self.assertEqual(self.respond(1, signed("a b", "")),
                         by_hand(1, 3, step30, 0, b"a b", b"")[-8:])
        # MM answers each kind with the kind's mode, and over a message with its own.
        self.assertEqual(self.respond(3, ONLY), by_hand(3, 1, step60, 0)[-8:])
        self.assertEqual(self.respond(3, asked("7")), by_hand(3, 2, step60, 0, b"7")[-8:])
        self.assertEqual(self.respond(3, signed("xy")), by_hand(3, 3, step60, 0, b"xy")[-8:])
        # One event counter for all kinds and for messages; length 10 with a check digit.
        for event, (data, mode, fields) in enumerate((
                (ONLY, 1, ()), (asked("1"), 2, (b"1",)), (signed(""), 3, (b"",)))):
            response = self.respond(2, data)
            self.assertEqual(response[:9], by_hand(2, mode, 0, event, *fields, length=10)[-9:])
            self.assertEqual(crypto.check_digit(response[:9], False), response[9])
        message = self.listed(application=2)
        self.assertEqual(self.sign(message, now=self.NOW)[:9],
                         by_hand(2, 4, 0, 3, bytes.fromhex(message), length=10)[-9:])
        for event in (0, 1):
            self.assertEqual(self.respond(4, ONLY), by_hand(4, 1, step60, event)[-8:])

    def test_refusals(self):
        self.set_up()
        for index, data in ((1, ONLY), (1, asked("")), (4, asked("")), (4, signed()), (5, ONLY),
                            (5, signed()), (6, ONLY), (7, ONLY), (7, asked("")), (8, signed())):
            self.respond_refused("bad-application OTP-2", index, data, "wrong")
            self.take_refused("bad-application OTP-2", index, data, "")
        for text in ("", "1" * 17, "1a", "١"):
            self.respond_refused("bad-data OTP-3", 5, asked(text), "wrong")
            self.take_refused("bad-data OTP-3", 5, asked(text), "")
        for fields in ((), ("a",), ("a", "", ""), ("", ""), ("abcdef", ""), ("a", "x" * 65),
                       ("é", ""), ("\n", ""), ("\x7f", "")):
            self.respond_refused("bad-data OTP-4", 1, signed(*fields), "wrong")
            self.take_refused("bad-data OTP-4", 1, signed(*fields), "")
        self.respond(1, signed(" ~", "x" * 64), pin="right")
        self.take_refused("bad-signature VER-10", 1, signed(" ~", ""), "1234567")
        self.take_refused("unknown-instance VER-3", 6, ONLY, "", sequence=2)
        good = {"serial": SERIAL, "application": 1, "data": ONLY, "pin": "right", "now": 0}
        for wrong in ({"data": {}}, {"data": {"kind": "x"}}, {"data": {"kind": "challenge"}},
                      {"data": {**ONLY, "challenge": "1"}}, {"data": signed(*[""] * 9)},
                      {"data": {"kind": "fields", "fields": [1]}}, {"data": "response-only"},
                      {"data": {"kind": None}}, {"serial": "vds1000120"}, {"application": 0}):
            self.fault("client.generate_response", "c", **{**good, **wrong})

    def test_client_order(self):
        self.set_up()
        self.client("rooted", rooted=True)
        self.respond_refused("rooted CLI-1", 8, asked(""), client="rooted")
        self.client("d", static_vector=vector(*MODERN).hex())
        self.respond_refused("wrong-account CLI-3", 8, ONLY, client="d")
        self.code("d", message=am1())
        self.respond_refused("wrong-state CLI-4", 8, ONLY, client="d")
        self.respond_refused("bad-application OTP-2", 8, ONLY)
        # An opened message stays; a lock does not close it.
        message = self.listed()
        self.ok("client.open", "c", message=message, carrier="direct")
        self.respond(3, ONLY, pin="right")
        self.lock()
        self.respond_refused("locked CLI-5", 8, ONLY)
        self.refused("locked CLI-16", "client.sign", "c", approved=True, pin="right", now=self.NOW)

    def test_pin(self):
        self.set_up()
        failures = "pin_failures/" + SERIAL
        self.respond_refused("wrong-pin CLI-15", 3, ONLY, "wrong", failures)
        self.respond(3, ONLY, pin="cached")
        self.assertEqual(self.ok("state", "c")["counters"][failures], 1)
        self.respond(3, ONLY, pin="right")
        self.assertEqual(self.ok("state", "c")["counters"][failures], 0)

    def test_server_order(self):
        signed_am2 = self.set_up(confirm=False)
        self.take_refused("wrong-state VER-4", 8, ONLY, "")
        self.verify(*signed_am2, now=self.NOW)
        for _ in range(2):
            self.take_refused("wrong-signature VER-12", 3, ONLY, "00000000",
                              counts="signature_failures/01")
        self.take_refused("locked VER-5", 8, ONLY, "")
        self.ok("server.unlock_instance", "s", sequence=1)
        self.take(3, ONLY, self.respond(3, ONLY))
        self.refused("unknown-instance VER-3", "server.unlock_instance", "s", sequence=2)
        self.assertEqual(self.ok("state", "s")["counters"]["signature_failures/01"], 0)


# ---- windows ------------------------------------------------------------------

class Reach(Modern):
    """identification_window 6: three steps; signature_window 4: two."""

    def at(self, index, data, steps):
        """A response of a client whose clock is some steps of 60 seconds ahead."""
        return index, data, self.respond(index, data, self.NOW + 60 * steps)

    def test_kinds(self):
        for data, reach in ((ONLY, 3), (asked("5"), 3), (signed("ab"), 2)):
            for sign in (1, -1):
                self.ok("reset")
                self.set_up()
                self.wrong(*self.at(3, data, sign * (reach + 1)))
                self.take(*self.at(3, data, sign * reach))
                # The shift is sign * reach now: the same again on its far side.
                if sign == 1:
                    self.wrong(*self.at(3, data, 2 * reach + 1))
                    self.take(*self.at(3, data, 2 * reach))

    def test_odd_windows(self):
        self.set_up(identification_window=1, signature_window=3)
        self.wrong(*self.at(3, ONLY, 1))
        self.take(*self.at(3, signed("ab"), -1))

    def test_first_use(self):
        self.set_up(first_use_s=659)            # ten steps of 60 s, 21 of 30 s
        self.wrong(*self.at(3, ONLY, 11))
        self.wrong(*self.at(3, signed("ab"), -11))
        self.take(*self.at(3, signed("ab"), -10))
        self.wrong(*self.at(3, ONLY, -6))       # only three from -10 on
        self.take(*self.at(3, ONLY, -7))
        # The post-activation application was used: by the confirmation.
        self.take_refused("wrong-signature VER-12", 1, signed("a", ""),
                          self.respond(1, signed("a", ""), self.NOW + 90),
                          counts="signature_failures/01")
        # Another application of the same instance was not.
        self.take(5, asked("1"), self.respond(5, asked("1"), self.NOW + 21 * 30 + 29))

    def test_first_use_is_no_more_than_300_steps(self):
        self.set_up(first_use_s=10800)
        self.wrong(5, asked("1"), self.respond(5, asked("1"), self.NOW + 301 * 30))
        self.take(5, asked("1"), self.respond(5, asked("1"), self.NOW + 300 * 30))

    def test_first_use_that_is_less(self):
        self.set_up(first_use_s=119)            # one step of 60 s, where the window gives three
        self.wrong(*self.at(3, ONLY, 4))
        self.take(*self.at(3, ONLY, 3))

    def test_confirmation_at_first_use(self):
        am2, _ = self.set_up(confirm=False, first_use_s=300)
        for steps, accepted in ((11, False), (10, True)):
            signature = by_hand(1, 3, self.NOW // 30 + steps, 0, bytes.fromhex(am2))[-8:]
            if accepted:
                self.verify(am2, signature, now=self.NOW)
            else:
                self.verify_refused("wrong-signature VER-12", am2, signature, now=self.NOW,
                                    counts="signature_failures/01")

    def test_step_zero(self):
        """Nothing below step 0; a shift that leads below it is used all the same."""
        self.set_up(first_use_s=10800)
        self.take(3, ONLY, by_hand(3, 1, 0, 0)[-8:], now=180)           # shift -3
        self.take(3, signed("ab"), by_hand(3, 3, 0, 0, b"ab")[-8:], now=60)     # around -2
        self.wrong(3, ONLY, by_hand(3, 1, 0, 0)[-8:], now=60)           # used (VER-17)
        self.take(3, ONLY, by_hand(3, 1, 1, 0)[-8:], now=60)            # around -1, now shift 0

    def test_identification_once(self):
        self.set_up()
        self.take(*self.at(3, ONLY, 0))
        self.wrong(*self.at(3, ONLY, 0))
        self.wrong(*self.at(3, asked("1"), 0))          # VER-17: for both kinds
        self.wrong(*self.at(3, ONLY, -1))
        self.take(*self.at(3, signed("ab"), 0))         # a signature is not excluded by it
        self.wrong(*self.at(3, signed("ab"), -1))       # but by the last accepted step
        self.take(*self.at(3, asked("1"), 1))
        self.wrong(*self.at(3, signed("ab"), 0))
        self.take(*self.at(3, signed("cd"), 2))
        self.take(*self.at(3, ONLY, 2))                 # the step of a signature is open to it
        self.wrong(*self.at(3, ONLY, 2))

    def test_identification_with_events(self):
        """VER-17 is for time alone: with both factors the step may come again."""
        self.set_up()
        first, second = self.respond(4, ONLY), self.respond(4, ONLY)
        self.take(4, ONLY, first)
        self.take(4, ONLY, second)
        self.wrong(4, ONLY, second)

    def test_fields_once(self):
        self.set_up()
        self.take(*self.at(3, signed("ab"), 0))
        self.take_refused("replayed VER-18", *self.at(3, signed("ab"), 0))
        self.take(*self.at(3, signed("cd"), 0))
        self.take_refused("replayed VER-18", *self.at(3, signed("ab"), 0))
        self.take_refused("replayed VER-18", *self.at(3, signed("cd"), 0))
        self.take(*self.at(3, signed("ab"), 1))
        self.wrong(*self.at(3, signed("ab"), 0))
        self.take(*self.at(3, ONLY, 1))
        self.take_refused("replayed VER-18", *self.at(3, signed("ab"), 1))

    def test_fields_and_messages_share_a_step(self):
        self.set_up()
        message = self.listed()
        signature = self.sign(message, now=self.NOW)
        self.verify(message, signature, now=self.NOW)
        self.take(1, signed("a", ""), self.respond(1, signed("a", "")))
        self.verify_refused("replayed VER-8", message, signature, now=self.NOW)

    def test_events_of_all_kinds(self):
        self.set_up()
        kinds = (ONLY, asked("1"), signed("x"))
        answers = [self.respond(2, data) for data in kinds]
        message = self.listed(application=2)
        signature = self.sign(message, now=self.NOW)            # event 3
        self.verify_refused("wrong-signature VER-12", message, signature, now=self.NOW,
                            counts="signature_failures/01")     # look_ahead is 2
        for data, answer in zip(kinds, answers):
            self.take(2, data, answer)
        self.wrong(2, signed("x"), answers[2])
        self.verify(message, signature, now=self.NOW)


# ---- deactivation -------------------------------------------------------------

class Deactivation(Modern):
    def no(self, expected, message, client="c", carrier="direct"):
        self.refused(expected, "client.deactivate", client, message=message, carrier=carrier)

    def close(self, message, client="c"):
        return self.ok("client.deactivate", client, message=message, carrier="direct")

    def test_by_hand(self):
        self.set_up()
        message = self.deactivation(now=self.NOW + 7)
        header = bytes.fromhex("0082C3E40F42B8%08X00000002" % (self.NOW + 7))
        enc, mac = (aes_cmac(b"\xBB" * 16, b"\1" + label + b"\0\2\0\0\x80")
                    for label in (b"enc", b"mac"))
        stream = Cipher(AES(enc), CTR(header[7:15] + header[:2] + bytes(6))).encryptor()
        sent = header + stream.update(b"\1\0")
        self.assertEqual(message, (sent + aes_cmac(mac, sent)[:8]).hex().upper())
        self.assertEqual(self.close(message), {"serial": SERIAL, "sequence": 1, "callback": None})
        self.assertEqual(self.accounts(), [])
        self.assertEqual(self.ok("state", "c")["counters"], {})
        self.no("wrong-account CLI-3", message)
        # The same client can be activated again, with the next number.
        self.activate(now=self.NOW + 8)
        self.assertEqual(self.accounts(), [(SERIAL, 1, 2, False)])
        self.no("unknown-instance DEA-6", message)

    def test_server(self):
        am2, confirmation = self.set_up()
        for sequence in (2, 99):
            self.refused("unknown-instance DEA-3", "server.generate_deactivation", "s",
                         sequence=sequence, now=0)
        request = self.listed()
        signature = self.sign(request, now=self.NOW)
        first = self.deactivation()
        again = self.deactivation()
        self.assertEqual((first[22:30], again[22:30]), ("00000003", "00000004"))
        self.verify_refused("wrong-state VER-4", request, signature, now=self.NOW)
        self.verify_refused("wrong-state VER-4", am2, confirmation, now=self.NOW)
        self.take_refused("wrong-state VER-4", 3, ONLY, "")
        self.refused("wrong-state VER-4", "server.generate_unlock_response", "s", sequence=1,
                     challenge="")
        self.verify_refused("unexpected-type VER-2", first, "")
        self.ok("server.unlock_instance", "s", sequence=1)
        self.assertEqual(self.listed()[22:30], "00000005")

    def test_without_secure_channel(self):
        self.set_up(secure_channel=False)
        self.refused("no-channel DEA-2", "server.generate_deactivation", "s", sequence=9, now=0)
        self.no("no-channel CLI-6", self.seal(b"", kind=2, protection=1))
        self.assertEqual(self.respond(3, ONLY), by_hand(3, 1, self.NOW // 60, 0)[-8:])

    def test_last_counter(self):
        self.set_up(last_counter=0xFFFFFFFE)
        self.refused("counter-exhausted NON-3", "server.generate_deactivation", "s", sequence=1,
                     now=0)
        self.take(3, ONLY, self.respond(3, ONLY))       # it deactivated nothing

    def test_unconfirmed(self):
        am2, confirmation = self.set_up(confirm=False)
        message = self.deactivation()
        self.verify_refused("wrong-state VER-4", am2, confirmation, now=self.NOW)
        # The verified device is forgotten; its code may be verified again.
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=self.NOW)
        self.close(message)
        code = self.code(now=self.NOW)
        self.device(code, now=self.NOW)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 2)

    def test_another_verified_device(self):
        """Only the device that waits for this very instance is forgotten."""
        self.set_up(threshold=9)
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        self.pre_activate("d", now=self.NOW)
        self.deactivation(1)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 2)
        self.deactivation(1)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 2)
        self.deactivation(2)
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=self.NOW)

    def test_client(self):
        self.set_up()
        self.client("rooted", rooted=True)
        self.client("d", static_vector=vector(*MODERN).hex())
        message = self.deactivation()
        self.no("rooted CLI-1", "", "rooted")
        self.no("bad-length FRM-3", "F" * 1072)
        self.no("bad-length FRM-4", "F" * 4204, carrier="gateway")
        self.no("unexpected-type CLI-2", SAMPLE)
        self.no("wrong-account CLI-3", message, "d")
        self.code("d", message=am1())
        self.no("wrong-state CLI-4", message, "d")
        self.no("wrong-protection CLI-7", "0081" + message[4:])
        self.no("corrupted PRT-4", flip(message, 24))
        for body in (b"", b"\1", b"\1\0\0", b"\0\0", b"\x64\0", b"\1\1", b"\2\1"):
            self.no("bad-body DEA-5", self.seal(body, kind=2, counter=1))
        self.no("unknown-instance DEA-6", self.seal(b"\2\0", kind=2, counter=1))
        self.no("stale CLI-8", self.seal(b"\1\0", kind=2, counter=1))
        # A locked account, with a message opened on it, goes as well.
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.lock()
        self.close(message)
        self.refused("wrong-state CLI-12", "client.sign", "c", approved=True, pin="right",
                     now=self.NOW)

    def test_other_accounts(self):
        other = "VDS0000001"
        self.set_up()
        self.server("t", serial=other, static_vector=vector(*MODERN).hex())
        self.device(self.code(message=self.am1("t")), "t")
        answer = self.ok("server.generate_activation2", "t", now=NOW)
        self.ok("client.activate_instance", "c", message=answer["message"], now=NOW)
        message = self.ok("server.generate_request", "t", **self.request_params())["message"]
        self.ok("client.open", "c", message=message, carrier="direct")
        self.assertEqual(self.accounts(), [(other, 1, 1, False), (SERIAL, 1, 1, False)])
        self.close(self.deactivation())
        self.assertEqual(self.accounts(), [(other, 1, 1, False)])
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(other))
        self.ok("client.sign", "c", approved=True, pin="cached", now=NOW)


# ---- replacing an account -----------------------------------------------------

class Replacing(Modern):
    PIN_FAILURES = "pin_failures/" + SERIAL

    def again(self, replace=True, salt="CC" * 13):
        """AM1 to AM2 for the client that has an account already."""
        self.pre_activate(replace=replace, now=self.NOW)
        return self.am2(now=self.NOW, salt=salt)

    def finish(self, answer, pin="right"):
        result = self.ok("client.activate_instance", "c", message=answer["message"], pin=pin,
                         now=self.NOW)
        return answer["message"], result["signature"], result["sequence"]

    def finish_refused(self, expected, message, pin="right", counts=None):
        self.refused(expected, "client.activate_instance", "c", counts, message=message, pin=pin,
                     now=self.NOW)

    def mark(self, message):
        return self.ok("client.mark_confirmed", "c", message=message)["callback"]

    def remove(self, what="account"):
        return self.ok("client.remove", "c", serial=SERIAL, what=what)["callback"]

    def replace(self):
        """The whole way: AM2 and confirmation of the account that took the place of another."""
        am2, confirmation, sequence = self.finish(self.again())
        self.verify(am2, confirmation, sequence, now=self.NOW)
        self.mark(am2)
        return am2, confirmation

    def test_whole(self):
        self.set_up({"replacement": True})
        code = self.code(now=self.NOW)
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, True)])
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.device_refused("already-active DVC-12", code, now=self.NOW)
        self.device(code, now=self.NOW, replace=True)
        answer = self.am2(now=self.NOW)
        self.assertEqual(answer["sequence"], 2)
        am2, confirmation, sequence = self.finish(answer)
        self.assertEqual(sequence, 2)
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, 2)])
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.assertEqual(confirmation, by_hand(1, 3, self.NOW // 30, 0, bytes.fromhex(am2),
                                               sequence=2)[-8:])
        # While it waits, the old account does everything, on the server, too.
        message = self.listed()
        self.verify(message, self.sign(message, now=self.NOW), now=self.NOW)
        self.take(3, ONLY, self.respond(3, ONLY))
        self.ok("client.open", "c", message=message, carrier="direct")
        self.verify(am2, confirmation, 2, now=self.NOW)
        self.assertIsNone(self.mark(am2))
        self.assertEqual(self.accounts(), [(SERIAL, 1, 2, False)])
        self.refused("wrong-state CLI-12", "client.sign", "c", approved=True, pin="right",
                     now=self.NOW)
        self.verify_refused("wrong-state VER-4", message, "", now=self.NOW)
        self.verify_refused("wrong-state VER-4", am2, confirmation, 2, now=self.NOW)
        self.take(3, ONLY, self.respond(3, ONLY), sequence=2)
        self.assertEqual(self.ok("state", "s")["counters"],
                         {"code_failures": 0, "signature_failures/01": 0,
                          "signature_failures/02": 0})
        self.deactivation(1)            # the deactivated one can be told so

    def test_without(self):
        self.set_up()
        self.refused("wrong-state AM1-11", "client.activate_license", "c", message=am1())

    def test_confirmed_again(self):
        """The same AM2 as often as needed, after a restart, too, and no other (AM2-14, AM1-17)."""
        self.set_up({"replacement": True}, post_activation=2)
        answer = self.again()
        am2, first, _ = self.finish(answer)
        _, second, _ = self.finish(answer, "wrong")
        state = self.saved
        self.ok("drop", "c")
        self.ok("client.load", "c", **self.loading(state))
        _, third, _ = self.finish(answer, "cached")
        self.assertEqual(len({first, second, third}), 3)        # its events move
        self.finish_refused("wrong-state AM2-14", flip(am2, 40))
        self.refused("wrong-state AM1-17", "client.activate_license", "c",
                     message=flip(self.am1(), 40))
        self.verify(am2, third, 2, now=self.NOW)
        self.mark(am2)
        self.finish_refused("wrong-state AM2-6", am2)

    @property
    def saved(self):
        return self.ok("client.save", "c", platform_key="99" * 16)["state"]

    @staticmethod
    def loading(state):
        return {"platform_key": "99" * 16, "state": state, "static_vector": vector(*MODERN).hex(),
                "platform_data": "0102", "app_version": 1, "rooted": False,
                "root_policy": "block", "replacement": True}

    def test_report(self):
        """CLI-21, CLI-23: the AM2 that was accepted is named."""
        def no(expected, message):
            self.refused(expected, "client.mark_confirmed", "c", message=message)
        first, _ = self.set_up({"replacement": True})
        self.client("rooted", rooted=True)
        self.refused("rooted CLI-1", "client.mark_confirmed", "rooted", message="")
        no("bad-hex CNV-3", "x")
        no("unexpected-type CLI-2", SAMPLE)
        no("wrong-account CLI-3", first.replace(first[4:14], wire.encode_serial(
            "VDS0000001").hex().upper(), 1))
        before = self.ok("state", "c")
        for message in (first, flip(first, 40)):                # none waits
            self.assertIsNone(self.mark(message))
        self.assertEqual(self.ok("state", "c"), before)
        am2, confirmation, _ = self.finish(self.again())
        for message in (first, flip(am2, 40)):
            no("wrong-state CLI-23", message)
        self.verify(am2, confirmation, 2, now=self.NOW)
        self.mark(am2)
        self.mark(am2)
        self.assertEqual(self.accounts(), [(SERIAL, 1, 2, False)])

    def test_report_of_a_pre_activated_one(self):
        self.client(replacement=True)
        self.server()
        self.pre_activate()
        self.refused("wrong-state CLI-4", "client.mark_confirmed", "c",
                     message=self.am2()["message"])

    def test_pin(self):
        """AM2-15 to AM2-17: the PIN of the account that would be replaced."""
        self.set_up({"replacement": True})
        am2 = self.again()["message"]
        for pin in ("cached", "wrong"):
            self.finish_refused("corrupted PRT-4", flip(am2, 40), pin)
        self.finish_refused("pin-required AM2-16", am2, "cached")
        self.finish_refused("wrong-pin AM2-17", am2, "wrong", self.PIN_FAILURES)
        self.finish({"message": am2})
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))

    def test_pin_of_a_first_activation(self):
        self.server()
        self.client()
        self.pre_activate()
        self.ok("client.activate_instance", "c", message=self.am2()["message"], pin="wrong",
                now=NOW)
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))

    def test_another_license_key(self):
        """AM1-16: who can't name the license key can't put an account beside an activated one."""
        self.set_up({"replacement": True})
        five = wire.encode_serial(SERIAL)
        forged = am1(wrapped=crypto.key_wrap(crypto.wrapping_key(MASTER_KEY, five), b"\xEE" * 16))
        self.refused("corrupted AM1-16", "client.activate_license", "c", message=forged)
        self.lock()
        self.refused("corrupted AM1-16", "client.activate_license", "c", message=forged)
        self.code(message=am1())
        self.remove()
        self.code(message=forged)               # beside none it is a license like any other

    def test_locked(self):
        """AM2-15: a locked account is not replaced; it can be unlocked, or removed."""
        self.set_up({"replacement": True})
        self.lock()
        answer = self.again()
        self.assertEqual(self.accounts(), [(SERIAL, 2, 1, True)])
        self.finish_refused("locked AM2-15", answer["message"])
        self.finish_refused("locked AM2-15", answer["message"], "cached")
        challenge = self.ok("client.generate_unlock_challenge", "c", serial=SERIAL)["challenge"]
        response = self.ok("server.generate_unlock_response", "s", sequence=1,
                           challenge=challenge)["response"]
        self.ok("client.unlock", "c", serial=SERIAL, response=response)
        am2, _, _ = self.finish(answer)
        # One that waits goes on waiting while the old one is locked; nothing of the lock is left.
        self.lock()
        self.finish({"message": am2})
        self.mark(am2)
        self.assertEqual(self.accounts(), [(SERIAL, 1, 2, False)])
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        self.lock()
        self.refused("wrong-state UNL-2", "client.unlock", "c", serial=SERIAL, response="")

    def test_remove(self):
        self.set_up({"replacement": True}, threshold=9)

        def no(expected, client="c", what="account"):
            self.refused(expected, "client.remove", client, serial=SERIAL, what=what)
        self.client("rooted", rooted=True)
        no("rooted CLI-1", "rooted")
        self.client("d")
        no("wrong-account CLI-3", "d", "replacement")
        self.code("d", message=am1())
        no("wrong-state CLI-20", "d", "replacement")
        no("wrong-state CLI-20", what="replacement")
        self.fault("client.remove", "c", serial=SERIAL, what="all")
        before = self.ok("state", "c")
        answer = self.again()
        self.remove("replacement")
        self.assertEqual(self.ok("state", "c"), before)
        self.finish_refused("wrong-state AM2-6", answer["message"])
        self.finish(self.again())
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.remove("replacement")              # what is on display stays
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, False)])
        self.ok("client.sign", "c", approved=True, pin="cached", now=self.NOW)
        self.finish(self.again())
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.lock()
        self.assertIsNone(self.remove())
        self.assertEqual((self.accounts(), self.ok("state", "c")["counters"]), ([], {}))
        self.refused("wrong-state CLI-12", "client.sign", "c", approved=True, pin="right",
                     now=self.NOW)
        self.pre_activate(now=self.NOW, replace=True)
        self.finish(self.am2(now=self.NOW), "cached")
        self.ok("client.remove", "d", serial=SERIAL, what="account")
        self.assertEqual(self.accounts("d"), [])

    def test_deactivation_beside(self):
        self.set_up({"replacement": True})
        answer = self.again()
        self.ok("client.deactivate", "c", message=self.deactivation(1), carrier="direct")
        self.assertEqual(self.accounts(), [(SERIAL, 4, None, True)])
        self.assertEqual(self.ok("state", "c")["counters"], {})
        self.respond_refused("wrong-state CLI-4", 3, ONLY)
        # The verified device waits for instance 2, not for the one that was deactivated.
        self.assertEqual(self.am2(now=self.NOW), answer)
        am2, confirmation, sequence = self.finish(answer)
        self.verify(am2, confirmation, sequence, now=self.NOW)

    def test_deactivation_while_one_waits(self):
        """The account whose sequence number it names is hit (DEA-6, DEA-7)."""
        self.set_up({"replacement": True})
        answer = self.again()
        am2, confirmation, _ = self.finish(answer)
        self.refused("unknown-instance DEA-6", "client.deactivate", "c", carrier="direct",
                     message=self.seal(b"\3\0", kind=2))
        # Message counters are compared with the AM2 of the one that is hit.
        self.refused("stale CLI-8", "client.deactivate", "c", carrier="direct",
                     message=self.seal(b"\2\0", kind=2, counter=2))
        state, old = self.saved, self.deactivation(1)
        new = self.deactivation(2)
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.ok("client.deactivate", "c", message=new, carrier="direct")
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, False)])
        self.ok("client.sign", "c", approved=True, pin="cached", now=self.NOW)
        self.ok("drop", "c")
        self.ok("client.load", "c", **self.loading(state))
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.assertEqual(self.ok("client.deactivate", "c", message=old, carrier="direct"),
                         {"serial": SERIAL, "sequence": 1, "callback": None})
        self.assertEqual(self.accounts(), [(SERIAL, 1, 2, False)])
        self.refused("wrong-state CLI-12", "client.sign", "c", approved=True, pin="right",
                     now=self.NOW)
        self.finish_refused("wrong-state AM2-6", am2)
        self.assertEqual(self.respond(3, ONLY), by_hand(3, 1, self.NOW // 60, 0, sequence=2)[-8:])

    def test_refused_am2_leaves_the_old(self):
        self.set_up({"replacement": True})
        answer = self.again()
        self.finish_refused("corrupted PRT-4", flip(answer["message"], 40))
        self.ok("client.activate_license", "c", message=self.am1(now=self.NOW, challenge="FF" * 8))
        self.finish_refused("corrupted PRT-4", answer["message"])
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, True)])
        self.take(3, ONLY, self.respond(3, ONLY))

    def test_bent_am1(self):
        """KEY-6: AM2 opens only where the very AM1 was seen, whoever mends the device code."""
        self.server()
        self.client(static_vector=None)
        sent = self.am1(static=True, challenge=None)
        bent = bytearray.fromhex(sent)[:-8]
        bent[bent.index(bytes([3, 5, 1, 4, 8, 3, 0])) + 5] = 99         # tries
        bent += hashlib.sha256(bent).digest()[:8]
        self.device_refused("wrong-code DVC-11", self.code(message=bent.hex()),
                            counts="code_failures")
        self.client("d", static_vector=None)
        self.device(self.code("d", message=sent))
        am2 = self.am2()["message"]
        self.finish_refused("corrupted PRT-4", am2)
        self.ok("client.activate_instance", "d", message=am2, now=NOW)

    def test_times_of_am1(self):
        """AM1-14, AM1-15: no two are alike, without a challenge either."""
        def time_of(message):
            return int(message[32:40], 16)
        self.server()
        self.assertEqual([time_of(self.am1(now=now, challenge=None))
                          for now in (NOW, NOW, NOW - 9, NOW + 9)],
                         [NOW, NOW + 1, NOW + 2, NOW + 9])
        self.restored(now=NOW + 20)
        self.assertEqual(time_of(self.am1(now=NOW)), NOW + 21)
        self.restored(now=NOW)                  # it never goes back
        self.assertEqual(time_of(self.am1(now=NOW)), NOW + 22)
        self.am1(now=0xFFFFFFFF)
        for challenge in (True, False):
            self.refused("counter-exhausted AM1-15", "server.generate_activation1", "s", now=NOW,
                         with_challenge=challenge, with_static_vector=False)

    def test_unconfirmed_instances_of_earlier_am1s(self):
        """AM2-18: they end when a device code is verified, not when another AM1 is issued."""
        self.server(threshold=9)
        self.client()
        self.client("d", platform_data="DD")
        self.client("e", platform_data="EE")
        first, second = self.activate(confirm=False), self.activate("d", confirm=False)
        self.verify_refused("wrong-state VER-4", *first, 1)
        code = self.code("e")
        self.device_refused("bad-code DVC-4", "")
        self.verify(*second, 2)                 # a confirmation on its way
        self.device(code)
        third = self.am2()["message"]
        signature = self.ok("client.activate_instance", "e", message=third, now=NOW)["signature"]
        self.device(code)                       # of the same AM1
        self.verify(third, signature, 3)
        message = self.request()
        self.verify(message, self.sign(message, "d"), 2)        # confirmed ones stay

    def test_places(self):
        """CLI-22: 32 serial numbers, and no more."""
        self.client(replacement=True)
        for number in range(32):
            self.code(message=am1(serial="VDS%07d" % number))
        self.refused("threshold-reached CLI-22", "client.activate_license", "c",
                     message=am1(serial="VDS0000032"))
        self.code(message=am1(serial="VDS0000031", time=NOW + 1))
        self.ok("client.remove", "c", serial="VDS0000000", what="account")
        self.code(message=am1(serial="VDS0000032"))
        state = self.saved
        self.ok("client.load", "d", **{**self.loading(state), "static_vector": vector().hex()})
        self.assertEqual(len(self.accounts("d")), 32)

    def test_verified_again(self):
        """A refused verification takes no right to replace; none after its AM2 changes anything."""
        self.server()
        self.client("a")
        self.client("b")                        # the same device id
        self.activate("a")
        code = self.code("b", now=NOW + 1)
        self.device(code, replace=True)
        self.device_refused("already-active DVC-12", code)
        answer = self.am2()
        before = self.states()
        self.device_refused("already-active DVC-12", code)
        self.device(code, replace=True)
        self.assertEqual(self.am2(), answer)
        self.assertEqual(self.states(), before)
        result = self.ok("client.activate_instance", "b", message=answer["message"], now=NOW)
        self.verify(answer["message"], result["signature"], 2)
        self.verify_refused("wrong-state VER-4", self.request(), "", 1)

    def test_verified_again_without_a_confirmed_one(self):
        self.server()
        self.client()
        code = self.code()
        self.device(code, replace=True)
        self.device(code)
        answer = self.am2()
        before = self.states()
        self.device(code, replace=True)
        self.assertEqual(self.am2(), answer)
        self.assertEqual(self.states(), before)

    def test_abandoned_one_that_replaces(self):
        """Of several that replace, the first that is confirmed ends it for all (VER-14)."""
        for first, second in ((2, 4), (4, 2)):
            self.ok("reset")
            self.server(threshold=4)
            for name in "abc":                  # one device id
                self.client(name)
            self.client("d", platform_data="DD")
            self.activate("a")
            message = self.am1()
            signed = {2: self.activate("b", confirm=False, replace=True, message=message)}
            self.activate("d", confirm=False, message=message)
            signed[4] = self.activate("c", confirm=False, replace=True, message=message)
            self.verify(*signed[first], first)
            self.verify_refused("wrong-state VER-4", self.request(), "", 1)
            self.verify_refused("wrong-state VER-4", *signed[second], second)
            message = self.request()
            self.verify(message, self.sign(message, "b-c"[first - 2::2][0]), first)

    def test_confirmation_of_an_abandoned_one(self):
        """It ends the right of a later one to replace, too, but not that of another device."""
        self.server(threshold=9)
        for name in "abde":
            self.client(name, **({"platform_data": "DD"} if name in "de" else {}))
        self.activate("d")
        message = self.am1()
        first = self.activate("a", confirm=False, message=message)
        other = self.activate("e", confirm=False, replace=True, message=message)
        second = self.activate("b", confirm=False, replace=True, message=message)
        self.verify(*first, 2)
        self.verify_refused("wrong-state VER-4", *second, 4)
        self.verify(*other, 3)
        self.verify_refused("wrong-state VER-4", self.request(), "", 1)
        # Once the confirmed one is gone, the other need not replace any.
        self.ok("server.generate_deactivation", "s", sequence=2, now=NOW)
        self.verify(*second, 4)

    def test_other_devices(self):
        """An instance that replaces deactivates those of its own device id only."""
        self.set_up({"replacement": True}, threshold=9)
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        self.pre_activate("d", now=self.NOW)
        answer = self.am2(now=self.NOW)
        result = self.ok("client.activate_instance", "d", message=answer["message"], now=self.NOW)
        self.verify(answer["message"], result["signature"], 2, now=self.NOW)
        self.replace()
        self.take(3, ONLY, self.respond(3, ONLY, client="d"), sequence=2)
        self.take_refused("wrong-state VER-4", 3, ONLY, "", sequence=1)
        self.take(3, ONLY, self.respond(3, ONLY), sequence=3)


# ---- what is on display -------------------------------------------------------

class Display(Modern):
    """CLI-25 to CLI-28: what is approved is what is displayed."""

    def open(self, carrier="direct", session="c", **changes):
        return self.ok("client.open", session, message=self.listed(carrier=carrier, **changes),
                       carrier=carrier)["handle"]

    def no(self, expected, handle, counts=None, **changes):
        self.refused(expected, "client.sign", "c", counts, **{
            "handle": handle, "approved": True, "pin": "right", "now": self.NOW, **changes})

    def sign(self, handle, approved=True):
        return self.ok("client.sign", "c", handle=handle, approved=approved, pin="right",
                       now=self.NOW)["signature"]

    def close(self, client="c"):
        self.assertEqual(self.ok("client.close", client), {"callback": None})

    def test_handles(self):
        self.set_up()
        for handle in (0, 1, 2 ** 53 - 1):
            self.no("wrong-state CLI-12", handle)
        for handle in (-1, 2 ** 53, None, "1", True):
            self.fault("client.sign", "c", handle=handle, approved=True, pin="right", now=self.NOW)
        first = self.listed()
        self.assertEqual(self.open(), 1)
        self.assertEqual(self.open(), 2)        # in the place of the one before
        self.no("wrong-state CLI-12", 1, approved=False)
        self.no("wrong-state CLI-12", 1, pin="wrong")
        self.no("wrong-state CLI-12", 3)
        self.refused("wrong-state A2A-16", "client.answer", "c", handle=2, approved=True,
                     pin="right", now=self.NOW)
        self.sign(2)
        self.no("wrong-state CLI-12", 2)
        # A refused open uses no handle, and leaves the one on display.
        self.assertEqual(self.open(), 3)
        self.refused("corrupted PRT-4", "client.open", "c", message=flip(first, 40),
                     carrier="direct")
        self.sign(3, approved=False)
        self.assertEqual(self.open(), 4)

    def test_close(self):
        self.set_up()
        self.close()                            # where nothing is, too
        handle = self.open()
        self.close()
        self.no("wrong-state CLI-12", handle)
        self.assertEqual(self.open(), handle + 1)
        self.client("rooted", rooted=True)
        self.close("rooted")
        self.fault("client.close", "s")

    def test_busy(self):
        """CLI-26: what the server pushes does not take the place of what the user reads."""
        self.set_up()
        handle = self.open()
        message = self.listed(carrier="gateway")
        self.refused("busy CLI-26", "client.open", "c", message=message, carrier="gateway")
        self.refused("bad-application CLI-10", "client.open", "c", carrier="gateway",
                     message=self.seal(b"\0\4" + content()))
        self.sign(handle)
        shown = self.ok("client.open", "c", message=message, carrier="gateway")
        self.assertEqual(shown["handle"], handle + 1)
        self.assertEqual(self.open(), handle + 2)       # the user scanned another

    def test_notification(self):
        """PSH-7: it takes no place on display, and none away."""
        self.set_up()
        note = self.listed(carrier="gateway", content={"format": "notification",
                                                       "challenge_key": "0123456789"})
        handle = self.open()
        for _ in range(2):
            shown = self.ok("client.open", "c", message=note, carrier="gateway")
            self.assertEqual((shown["handle"], shown["callback"]), (None, None))
        self.sign(handle)
        self.assertEqual(self.open("gateway"), handle + 1)

    def test_restart(self):
        self.set_up()
        self.open()
        state = self.ok("client.save", "c", platform_key="99" * 16)["state"]
        self.ok("drop", "c")
        self.ok("client.load", "c", **Replacing.loading(state))
        self.no("wrong-state CLI-12", 1)
        self.assertEqual(self.open(), 1)

    def test_right_pin(self):
        """CLI-29."""
        self.set_up()
        failures = "pin_failures/" + SERIAL
        handle = self.open()
        self.no("wrong-pin CLI-15", handle, failures, pin="wrong")
        self.ok("client.sign", "c", handle=handle, approved=True, pin="cached", now=self.NOW)
        handle = self.open()
        self.sign(handle, approved=False)
        self.assertEqual(self.ok("state", "c")["counters"][failures], 1)
        self.sign(self.open())
        self.assertEqual(self.ok("state", "c")["counters"][failures], 0)


# ---- unlocking ----------------------------------------------------------------

class Unlocking(Modern):
    FAILURES = "unlock_failures/" + SERIAL

    def challenge(self, value="FFFFFFFFFFFFFFFF"):
        return self.ok("client.generate_unlock_challenge", "c", serial=SERIAL,
                       random={"unlock_challenge": value})["challenge"]

    def no_challenge(self, expected, client="c"):
        self.refused(expected, "client.generate_unlock_challenge", client, serial=SERIAL,
                     random={"unlock_challenge": "00" * 8})

    def no(self, expected, response, counts=None, client="c"):
        self.refused(expected, "client.unlock", client, counts, serial=SERIAL, response=response)

    def respond_to(self, challenge):
        return self.ok("server.generate_unlock_response", "s", sequence=1,
                       challenge=challenge)["response"]

    def unlock(self, response):
        self.assertEqual(self.ok("client.unlock", "c", serial=SERIAL, response=response), {})

    def test_whole(self):
        self.set_up()
        self.no_challenge("wrong-state UNL-2")
        self.no("wrong-state UNL-2", "")
        message = self.listed()
        self.ok("client.open", "c", message=message, carrier="direct")
        self.lock()
        self.assertEqual(self.accounts(), [(SERIAL, 2, 1, False)])
        self.no("wrong-state UNL-2", "")
        self.assertEqual(self.challenge("00" * 7 + "2a"), "00000042")
        before = self.ok("state", "c")
        self.assertEqual(self.challenge(), "00000042")          # UNL-9
        self.assertEqual(self.ok("state", "c"), before)
        before = self.ok("state", "s")
        response = self.respond_to("00000042")
        self.assertEqual(self.ok("state", "s"), before)
        digits = by_hand(7, 5, 0, 0, b"00000042", length=9, hexadecimal=True)[:8]
        self.assertEqual(response, digits + crypto.check_digit(digits, True))
        # The form of the unlock application.
        for text in ("", response[:-1], response + "0", "G" + response[1:]):
            self.no("bad-signature VER-10", text)
        self.no("bad-check-digit VER-11", response[:-1] + "%X" % (int(response[-1], 16) ^ 1))
        earlier = self.respond_to("09551615")
        self.no("wrong-signature UNL-7", earlier, self.FAILURES)
        self.unlock(response.lower())
        self.assertEqual(self.accounts(), [(SERIAL, 1, 1, False)])
        self.assertEqual(self.ok("state", "c")["counters"], no_failures(SERIAL))
        # The message that was opened before is still there.
        signature = self.ok("client.sign", "c", approved=True, pin="right",
                            now=self.NOW)["signature"]
        self.verify(message, signature, now=self.NOW)
        self.lock()
        self.no("wrong-state UNL-2", response)          # the challenge was used up
        self.assertEqual(self.challenge(), "09551615")          # 2^64 - 1

    def test_attempts(self):
        self.set_up()
        self.lock()
        response = self.respond_to(self.challenge())
        wrong = self.respond_to("12345678")
        for _ in range(2):
            self.no("wrong-signature UNL-7", wrong, self.FAILURES)
        self.challenge()
        self.no("wrong-signature UNL-7", wrong, self.FAILURES)
        self.no("attempts-exhausted UNL-6", response)
        self.no("attempts-exhausted UNL-6", "")
        self.no_challenge("attempts-exhausted UNL-6")
        self.ok("client.deactivate", "c", message=self.deactivation(), carrier="direct")
        self.assertEqual(self.ok("state", "c")["counters"], {})

    def test_order(self):
        self.set_up()
        self.client("rooted", rooted=True)
        self.client("d", static_vector=vector(*MODERN).hex())
        self.no_challenge("rooted CLI-1", "rooted")
        self.no("rooted CLI-1", "", client="rooted")
        self.no_challenge("wrong-account CLI-3", "d")
        self.no("wrong-account CLI-3", "", client="d")
        self.code("d", message=am1())
        self.no_challenge("wrong-state CLI-4", "d")
        self.no("wrong-state CLI-4", "", client="d")
        for text in ("", "1" * 7, "1" * 9, "1234567a", "١" * 8):
            self.refused("bad-data UNL-5", "server.generate_unlock_response", "s", sequence=1,
                         challenge=text)
        self.refused("unknown-instance VER-3", "server.generate_unlock_response", "s", sequence=2,
                     challenge="")
        for random in ({"unlock_challenge": "00" * 7}, {"installation_salt": "00" * 16}, [],
                       {"unlock_challenge": None}):
            self.fault("client.generate_unlock_challenge", "c", serial=SERIAL, random=random)
        self.fault("client.unlock", "c", serial=SERIAL, response="", random={})

    def test_no_unlock_application(self):
        self.server()
        self.client()
        am2, confirmation = self.activate(confirm=False)
        self.refused("wrong-state VER-4", "server.generate_unlock_response", "s", sequence=1,
                     challenge="")
        self.verify(am2, confirmation)
        self.refused("bad-application UNL-3", "server.generate_unlock_response", "s", sequence=1,
                     challenge="")
        self.ok("client.open", "c", message=self.request(), carrier="direct")
        for _ in range(3):
            self.refused("wrong-pin CLI-15", "client.sign", "c", "pin_failures/" + SERIAL,
                         approved=True, pin="wrong", now=NOW)
        self.no_challenge("bad-application UNL-3")
        self.no("wrong-state UNL-2", "")


# ---- the operator -------------------------------------------------------------

class Operator(Modern):
    def resynchronise(self, index, first, second, now=None, sequence=1):
        return {"sequence": sequence, "application": index, "now": self.NOW if now is None else now,
                "first": dict(zip(("data", "response"), first)),
                "second": dict(zip(("data", "response"), second))}

    def resync(self, *args, **options):
        self.assertEqual(self.ok("server.resynchronise", "s",
                                 **self.resynchronise(*args, **options)), {})

    def resync_refused(self, expected, *args, counts=None, **options):
        self.refused(expected, "server.resynchronise", "s", counts,
                     **self.resynchronise(*args, **options))

    def answer(self, index, data, **options):
        return data, self.respond(index, data, **options)

    def test_counter_and_time(self):
        self.set_up(last_counter=5)
        self.listed()
        self.restored(now=100)
        message = self.listed(require_pin=True)
        self.assertEqual(message[22:30], "%08X" % (7 + 1048576 + 1))
        self.assertEqual(self.deactivation(1, 50)[14:22], "%08X" % self.NOW)
        self.restored(now=100)
        self.assertEqual(self.deactivation(1, 50)[14:22], "%08X" % 100)     # mended
        self.ok("reset")
        self.server(last_counter=0xFFFFFFFF - 1048576 - 1)
        self.restored()
        self.assertEqual(self.request()[22:30], "FFFFFFFF")
        self.restored()
        self.refused("counter-exhausted NON-3", "server.generate_request", "s",
                     **self.request_params())

    def test_forgets(self):
        self.set_up(first_use_s=600, threshold=99)
        old = self.listed()
        signature = self.sign(old, now=self.NOW)
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        code = self.code("d", now=self.NOW)
        self.device(code, now=self.NOW)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 2)
        self.restored(highest=7)
        self.verify_refused("unknown-message VER-7", old, signature, now=self.NOW)
        self.device_refused("wrong-state DVC-8", code, now=self.NOW)
        self.refused("wrong-state AM2-2", "server.generate_activation2", "s", now=self.NOW)
        self.pre_activate("d", now=self.NOW)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 8)
        self.verify_refused("unknown-instance VER-3", old, signature, 5, now=self.NOW)
        self.restored(highest=7)            # below what is known
        self.pre_activate("d", now=self.NOW)
        self.assertEqual(self.am2(now=self.NOW)["sequence"], 9)
        self.restored(highest=99)
        self.pre_activate("d", now=self.NOW)
        self.refused("threshold-reached AM2-4", "server.generate_activation2", "s", now=self.NOW)
        self.assertEqual(sorted(self.ok("state", "s")["counters"]),
                         ["code_failures"] + ["signature_failures/%02d" % i for i in (1, 2, 8, 9)])
        for wrong in (-1, 100, None):
            self.fault("server.restored", "s", highest_sequence=wrong, now=0)

    def test_steps(self):
        """Shift stays; what the clock of the client has passed is gone (OPR-4)."""
        self.set_up()
        self.take(3, ONLY, self.respond(3, ONLY, self.NOW + 120))       # shift 2
        self.restored(now=self.NOW + 600)                               # last step is 13
        for steps in (11, 12):
            for data in (ONLY, signed("ab")):
                self.wrong(3, data, self.respond(3, data, self.NOW + 60 * steps),
                           now=self.NOW + 600)
        self.take(3, signed("ab"), self.respond(3, signed("ab"), self.NOW + 780),
                  now=self.NOW + 600)
        # That was no acceptance to VER-17: the step is open.
        self.take(3, ONLY, self.respond(3, ONLY, self.NOW + 780), now=self.NOW + 600)
        self.take_refused("replayed VER-18", 3, signed("ab"),
                          self.respond(3, signed("ab"), self.NOW + 780), now=self.NOW + 600)

    def test_steps_never_used(self):
        self.set_up(first_use_s=600)
        self.restored()
        self.wrong(5, asked("1"), self.respond(5, asked("1"), self.NOW))
        self.wrong(5, asked("1"), self.respond(5, asked("1"), self.NOW + 30 * 21))
        self.take(3, ONLY, self.respond(3, ONLY, self.NOW + 60))
        # Nothing was accepted yet: the first use still reaches far.
        self.take(5, asked("1"), self.respond(5, asked("1"), self.NOW + 30 * 20))

    def test_earlier_clock(self):
        """A step that was accepted is not taken back."""
        self.set_up()
        self.take(3, ONLY, self.respond(3, ONLY))
        self.restored(now=0)
        self.wrong(3, ONLY, self.respond(3, ONLY))
        self.take(3, signed("ab"), self.respond(3, signed("ab")))
        self.restored(now=0)
        self.take_refused("replayed VER-18", 3, signed("ab"), self.respond(3, signed("ab")))

    def test_fields_above_what_was_raised(self):
        """Those of an earlier step are not replayed by the same at a new one."""
        self.set_up()
        self.take(3, signed("ab"), self.respond(3, signed("ab")))
        self.restored()
        self.take(3, signed("ab"), self.respond(3, signed("ab"), self.NOW + 60))

    def test_step_that_was_last_already(self):
        """It is not raised, so what was accepted there is still known."""
        self.set_up()
        for data in (ONLY, signed("ab")):
            self.take(3, data, self.respond(3, data, self.NOW + 60))        # shift 1
        self.restored(now=self.NOW - 60)
        late = {"now": self.NOW - 60}
        self.wrong(3, ONLY, self.respond(3, ONLY, self.NOW + 60), **late)
        self.take_refused("replayed VER-18", 3, signed("ab"),
                          self.respond(3, signed("ab"), self.NOW + 60), **late)
        self.take(3, signed("cd"), self.respond(3, signed("cd"), self.NOW + 60), **late)

    def test_failures_stay(self):
        self.set_up()
        for _ in range(2):
            self.take_refused("wrong-signature VER-12", 3, ONLY, "00000000",
                              counts="signature_failures/01")
        self.am1()
        self.device_refused("wrong-code DVC-11", "0" * 25 + crypto.check_digit("0" * 25, False),
                            counts="code_failures")
        before = self.ok("state", "s")["counters"]
        self.restored()
        self.assertEqual(self.ok("state", "s")["counters"], before)
        self.take_refused("locked VER-5", 3, ONLY, "")

    def test_below_step_zero(self):
        self.set_up(first_use_s=10800)
        self.take(3, signed("ab"), by_hand(3, 3, 0, 0, b"ab")[-8:], now=180)    # shift -3
        self.restored(now=60)                                           # around -2: raises nothing
        self.take_refused("replayed VER-18", 3, signed("ab"), by_hand(3, 3, 0, 0, b"ab")[-8:],
                          now=60)
        self.restored(now=180)                                          # around 0: the last is 1
        self.wrong(3, ONLY, by_hand(3, 1, 0, 0)[-8:], now=60)
        self.take(3, ONLY, by_hand(3, 1, 1, 0)[-8:], now=60)

    def test_unconfirmed(self):
        am2, confirmation = self.set_up(confirm=False)
        self.restored(now=self.NOW - 30)
        self.verify(am2, confirmation, now=self.NOW)        # AM2 is known, the step is the last one
        self.ok("reset")
        am2, confirmation = self.set_up(confirm=False)
        self.restored()
        self.verify_refused("wrong-signature VER-12", am2, confirmation, now=self.NOW,
                            counts="signature_failures/01")
        self.ok("reset")
        am2, confirmation = self.set_up(confirm=False, post_activation=2)
        self.restored()
        self.verify_refused("out-of-sync VER-19", am2, "", now=self.NOW)

    def test_out_of_sync(self):
        self.set_up()
        self.restored()
        self.take_refused("out-of-sync VER-19", 2, ONLY, "")
        self.take_refused("out-of-sync VER-19", 4, ONLY, "")
        self.take_refused("bad-data OTP-3", 2, asked(""), "")
        message = self.listed(application=2)
        self.verify_refused("out-of-sync VER-19", message, "", now=self.NOW)
        self.resync(2, self.answer(2, ONLY), self.answer(2, asked("12")))
        self.verify(message, self.sign(message, now=self.NOW), now=self.NOW)
        self.take_refused("out-of-sync VER-19", 4, ONLY, "")    # each for itself
        # A new instance is in sync.
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        self.pre_activate("d", now=self.NOW)
        answer = self.am2(now=self.NOW)
        result = self.ok("client.activate_instance", "d", message=answer["message"], now=self.NOW)
        self.verify(answer["message"], result["signature"], 2, now=self.NOW)
        self.take(2, ONLY, self.respond(2, ONLY, client="d"), sequence=2)

    def test_reach_of_resynchronise(self):
        def response(event):
            digits = by_hand(2, 1, 0, event, length=10)[-9:]
            return ONLY, digits + crypto.check_digit(digits, False)
        self.set_up()
        self.resync_refused("wrong-signature VER-12", 2, response(201), response(202),
                            counts="signature_failures/01")
        self.resync_refused("wrong-signature VER-12", 2, response(5), response(7),
                            counts="signature_failures/01")
        self.ok("server.unlock_instance", "s", sequence=1)
        self.resync(2, response(200), response(201))
        self.take(2, *response(202))
        self.resync_refused("wrong-signature VER-12", 2, response(202), response(203),
                            counts="signature_failures/01")
        self.resync(2, response(203), response(204))
        self.assertEqual(self.ok("state", "s")["counters"]["signature_failures/01"], 0)

    def test_both_factors(self):
        self.set_up(first_use_s=600)
        base = self.NOW // 60

        def response(step, event):
            return ONLY, by_hand(4, 1, base + step, event)[-8:]
        # The reach of VER-15, although nothing was accepted yet.
        for first, second in ((0, 4), (4, 0), (-4, 0)):
            self.resync_refused("wrong-signature VER-12", 4, response(first, 50),
                                response(second, 51), counts="signature_failures/01")
            self.ok("server.unlock_instance", "s", sequence=1)
        # The second may be at an earlier step; its shift is kept.
        self.resync(4, response(3, 50), response(-3, 51))
        self.wrong(4, *response(1, 52), now=self.NOW)           # and it was the first use
        self.take(4, *response(0, 53), now=self.NOW)
        self.resync_refused("wrong-signature VER-12", 4, response(-1, 54), response(0, 55),
                            counts="signature_failures/01")     # the first is below the last step
        self.resync(4, response(1, 54), response(0, 55))

    def test_restored_with_both_factors(self):
        """Resynchronising does not reach back behind OPR-4."""
        self.set_up(first_use_s=600)
        self.restored()
        base = self.NOW // 60

        def response(step, event):
            return ONLY, by_hand(4, 1, base + step, event)[-8:]
        for first, second in ((0, 1), (1, 0)):
            self.resync_refused("wrong-signature VER-12", 4, response(first, 5),
                                response(second, 6), counts="signature_failures/01")
            self.ok("server.unlock_instance", "s", sequence=1)
        self.resync(4, response(1, 5), response(1, 6))
        self.take(4, *response(1, 7))

    def test_order(self):
        am2, confirmation = self.set_up(confirm=False)
        no = self.resync_refused
        no("unknown-instance VER-3", 6, (ONLY, ""), (ONLY, ""), sequence=2)
        no("wrong-state VER-4", 6, (ONLY, ""), (ONLY, ""))
        self.verify(am2, confirmation, now=self.NOW)
        no("bad-application OTP-2", 1, (signed(), ""), (ONLY, ""))
        no("bad-application OTP-2", 4, (ONLY, ""), (asked(""), ""))
        no("bad-application OPR-7", 3, (asked(""), ""), (signed(), ""))
        no("bad-data OTP-3", 2, (asked(""), ""), (signed(), ""))
        no("bad-data OTP-4", 2, (ONLY, ""), (signed(), ""))
        good = self.respond(2, ONLY)
        bad = good[:-1] + str((int(good[-1]) + 1) % 10)
        no("bad-check-digit VER-11", 2, (ONLY, bad), (ONLY, ""))
        no("bad-signature VER-10", 2, (ONLY, good), (ONLY, ""))
        no("bad-check-digit VER-11", 2, (ONLY, good), (ONLY, bad))
        for _ in range(2):
            no("wrong-signature VER-12", 2, (ONLY, good), (ONLY, good),
               counts="signature_failures/01")
        no("locked VER-5", 6, (ONLY, ""), (ONLY, ""))
        params = self.resynchronise(2, (ONLY, good), (ONLY, good))
        for wrong in ({"first": {"data": ONLY}}, {"second": {"data": ONLY, "response": 1}},
                      {"first": {"data": ONLY, "response": "", "now": 0}}, {"first": None}):
            self.fault("server.resynchronise", "s", **{**params, **wrong})

    def test_slowest(self):
        """The widest search there is ends in time (PPR-2: ten seconds)."""
        self.set_up(first_use_s=10800, identification_window=100)
        start = time.monotonic()
        self.resync_refused("wrong-signature VER-12", 4, (ONLY, "0" * 8), (ONLY, "0" * 8),
                            counts="signature_failures/01")
        self.assertLess(time.monotonic() - start, 8)


# ---- digests ------------------------------------------------------------------

class Digests(Modern):
    """What a later answer depends on is in the digest, what none depends on is not (section 18)."""

    def digest(self, session="s"):
        return self.ok("state", session)["digest"]

    def digests(self, *changes, session="s"):
        """The digests before and after each change."""
        found = [self.digest(session)]
        for change in changes:
            change()
            found.append(self.digest(session))
        return found

    def test_client(self):
        self.set_up({"replacement": True})
        self.lock()

        def challenge(value):
            return lambda: self.ok("client.generate_unlock_challenge", "c", serial=SERIAL,
                                   random={"unlock_challenge": "%016X" % value})
        a, b, c, d = self.digests(
            challenge(1), challenge(2),
            lambda: self.ok("client.activate_license", "c", message=am1()), session="c")
        self.assertEqual(len({a, b, d}), 3)
        self.assertEqual(c, b)              # the same challenge (UNL-9)
        self.ok("client.deactivate", "c", message=self.deactivation(), carrier="direct")
        before = self.digest("c")
        self.ok("client.activate_license", "c", message=am1())
        self.assertEqual(self.digest("c"), before)

    def test_unlocked_as_before(self):
        self.set_up()
        before = self.ok("state", "c")
        self.lock()
        challenge = self.ok("client.generate_unlock_challenge", "c", serial=SERIAL)["challenge"]
        response = self.ok("server.generate_unlock_response", "s", sequence=1,
                           challenge=challenge)["response"]
        self.ok("client.unlock", "c", serial=SERIAL, response=response)
        self.assertEqual(self.ok("state", "c"), before)

    def test_server(self):
        self.set_up()
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        code = self.code("d", now=self.NOW)
        a, b, c, d = self.digests(
            lambda: self.device(code), lambda: self.device(code, replace=True),
            lambda: self.device(code))
        self.assertEqual((len({a, b, c}), d), (3, b))
        step = self.NOW // 60
        digests = self.digests(
            # Response-only leaves another state than fields at the same step (VER-17, VER-18).
            lambda: self.take(3, signed("ab"), by_hand(3, 3, step, 0, b"ab")[-8:]),
            lambda: self.take(3, ONLY, by_hand(3, 1, step, 0)[-8:]),
            lambda: self.take(3, signed("cd"), by_hand(3, 3, step, 0, b"cd")[-8:]),
            lambda: self.restored(now=0))
        self.assertEqual(len(set(digests)), 5)

    def test_restored(self):
        self.server(last_counter=0xFFFFFFFF)
        self.restored(now=0)
        a, b, c, d = self.digests(lambda: self.restored(now=0), lambda: self.restored(3, now=0),
                                  lambda: self.restored(2, now=0))
        self.assertEqual(a, b)
        self.assertNotEqual(b, c)
        self.assertEqual(c, d)

    def test_operator_on_failures(self):
        self.set_up()
        before = self.ok("state", "s")
        self.wrong(3, ONLY, "00000000")
        self.assertEqual(self.ok("state", "s"), before)


# ---- accounts -----------------------------------------------------------------

class Accounts(Modern):
    def test_states(self):
        self.client(static_vector=vector(*MODERN).hex(), replacement=True)
        self.assertEqual(self.ok("client.accounts", "c"), {"accounts": []})
        for serial in ("VDS9999999", "VDS0000000", SERIAL):
            self.ok("client.activate_license", "c", message=am1(serial=serial))
        self.assertEqual(self.accounts(), [(serial, 4, None, True)
                                           for serial in ("VDS0000000", SERIAL, "VDS9999999")])
        self.client("rooted", rooted=True)
        self.refused("rooted CLI-1", "client.accounts", "rooted")
        self.fault("client.accounts", "c", serial=SERIAL)


# ---- the peer protocol --------------------------------------------------------

class Protocol(Case):
    def line(self, line):
        return json.loads(self.peer.answer_line(line))

    def test_hello(self):
        answer = self.ok("hello", protocol=1)
        self.assertEqual((answer["protocol"], answer["profile"], answer["language"]),
                         (1, "full", "python"))
        self.assertEqual(len(answer["operations"]), 102 + 2 * qr.AVAILABLE)
        self.fault("hello", protocol=2)
        self.fault("hello")

    def test_unsupported(self):
        self.assertEqual(self.ask("client.fly", "c"), {"unsupported": "client.fly"})
        self.assertEqual(self.ask("client.fly", a=1), {"unsupported": "client.fly"})
        for rest in (b',"params":[]', b',"params":{},"session":0', b',"params":{"\\ud800":1}'):
            self.assertEqual(self.line(b'{"seq":7,"op":"client.fly"' + rest + b"}"),
                             {"seq": 7, "unsupported": "client.fly"})
        for rest in (b'', b',"session":"c"', b',"params":{},"x":1'):        # no question
            answer = self.line(b'{"seq":7,"op":"client.fly"' + rest + b"}")
            self.assertEqual((answer["seq"], "fault" in answer), (7, True))

    def test_questions(self):
        self.assertIn("fault", self.line(b"\n"))
        for line in (b"", b"[]", b"null", b"{", b"[" * 60000, b"\xff", b'{"seq":NaN}',
                     b'{"seq":-1,"op":"ping","params":{}}', b'{"seq":1.0,"op":"ping","params":{}}',
                     b'{"seq":true,"op":"ping","params":{}}', b'{"op":"ping","params":{}}'):
            answer = self.line(line)
            self.assertEqual((answer["seq"], "fault" in answer), (None, True), line)
        for line in (b'{"seq":7,"op":"ping"}', b'{"seq":7,"op":"ping","params":[]}',
                     b'{"seq":7,"op":"ping","params":{},"x":1}', b'{"seq":7,"op":1,"params":{}}',
                     b'{"seq":7,"op":"ping","params":{},"session":"s"}',
                     b'{"seq":7,"op":"ping","op":"ping","params":{}}',
                     b'{"seq":7,"op":"state","params":{}}',
                     b'{"seq":7,"op":"state","params":{},"session":"nobody"}',
                     b'{"seq":7,"op":"ping","params":{"\\ud800":1}}',
                     b'{"seq":7,"op":"\\ud800","params":{}}',
                     b'{"seq":7,"op":"hello","params":{"protocol":1' + b"0" * 9999 + b"}}",
                     b'{"seq":7,"op":"ping","params":{}}' + b" " * 262144):
            answer = self.line(line)
            self.assertEqual((answer["seq"], "fault" in answer), (7, True), line[:60])
        # Of a doubled one the last.
        doubled = self.line(b'{"seq":7,"seq":8,"op":"ping","params":{}}')
        self.assertEqual((doubled["seq"], "fault" in doubled), (8, True))
        self.assertEqual(self.line(b' {"params":{},"op":"ping","seq":4294967295}\r\n'),
                         {"seq": 4294967295, "ok": {}})
        ping = b'{"seq":7,"op":"ping","params":{}}'.ljust(262144)
        for end in (b"", b"\n"):                # the LF does not count, a CR does
            self.assertEqual(self.line(ping + end), {"seq": 7, "ok": {}})
        self.assertIn("longer than 262144 bytes", self.line(ping + b"\r\n")["fault"])
        bom = self.line(b'\xef\xbb\xbf{"seq":7,"op":"ping","params":{}}')
        self.assertEqual(bom["seq"], None)
        self.assertIn("begins with a byte-order mark", bom["fault"])

    def test_parameters(self):
        self.client()
        self.server()
        before = self.states()
        good = {"approved": True, "pin": "right", "now": NOW}
        for wrong in ({"approved": 1}, {"pin": "Right"}, {"pin": None}, {"now": True},
                      {"now": 1.5}, {"now": -1}, {"now": 2 ** 32}, {"now": "1"}, {"random": {}}):
            self.fault("client.sign", "c", **{**good, **wrong})
        self.fault("client.sign", "c", approved=True, pin="right")
        self.fault("client.sign", "s", **good)              # a server
        self.fault("server.generate_activation2", "c", now=NOW)
        self.fault("client.create", "s")
        params = {"with_challenge": True, "with_static_vector": False, "now": NOW}
        for random in (None, [], {"challenge": "00" * 8}, {"challenge": "01" * 7},
                       {"challenge": "zz"}, {"payload_key": "00" * 16}):
            self.fault("server.generate_activation1", "s", **params, random=random)
        self.fault("server.create", "t", **self.server_params(identification_window=101))
        self.fault("server.create", "t", **self.server_params(signature_window=101))
        self.fault("server.create", "t", **self.server_params(first_use_s=10801))
        self.fault("server.create", "t", **self.server_params(look_ahead=21))
        self.fault("server.create", "t", **self.server_params(random={"payload_key": "00"}))
        self.fault("server.create", "", **self.server_params())
        self.fault("server.create", "x" * 65, **self.server_params())
        self.fault("server.create", "s", **self.server_params())
        self.fault("server.create", "c", **self.server_params(static_vector=""))
        self.assertEqual(self.states(), before)
        self.ok("server.generate_activation1", "s", **params)
        self.ok("server.generate_activation1", "s", **params, random={})
        # A random field that is not needed is ignored.
        params["with_challenge"] = False
        message = self.ok("server.generate_activation1", "s", **params,
                          random={"challenge": "01" * 8})["message"]
        self.assertEqual(message[14:30], "00" * 8)
        self.ok("server.create", "é" * 64, **self.server_params())

    def test_nested_parameters(self):
        self.client()
        self.server()
        before = self.states()
        respond = {"serial": SERIAL, "application": 1, "pin": "right", "now": NOW}
        first = {"sequence": 1, "application": 1, "now": NOW,
                 "second": {"data": ONLY, "response": ""}}
        for wrong in (None, [], "response-only", {}, {"kind": None}, {"kind": "only"},
                      {"kind": ["fields"]}, {**ONLY, "challenge": "1"}, {**ONLY, "fields": []},
                      {"kind": "challenge"}, asked(1), asked(None), asked("\ud800"),
                      {**asked("1"), "fields": []}, {"kind": "fields"},
                      {"kind": "fields", "fields": "a"}, signed(1), signed(["a"]),
                      signed("\udfff"), signed(*"123456789")):
            self.fault("client.generate_response", "c", **respond, data=wrong)
            self.fault("server.resynchronise", "s", **first, first={"data": wrong, "response": ""})
        # What is no more than wrong data is refused, or by something earlier.
        for data in (asked(""), asked("é"), asked("1" * 99), signed(), signed(*"12345678")):
            self.refused("wrong-account CLI-3", "client.generate_response", "c", **respond,
                         data=data)
        line = json.dumps({"seq": 7, "op": "server.resynchronise", "session": "s",
                           "params": {**first, "first": {"data": asked("1"), "response": ""}}})
        self.assertIn("refused", self.line(line.encode()))
        for member in ('"kind": "challenge"', '"challenge": "1"', '"response": ""'):
            self.assertIn(member, line)
            doubled = line.replace(member, member + ", " + member, 1)
            self.assertIn("fault", self.line(doubled.encode()))
        line = line.replace('"params"', '"params": {}, "params"')
        self.assertIn("fault", self.line(line.encode()))
        self.assertEqual(self.states(), before)

    def test_rooted(self):
        self.client(rooted=True)
        for op, params in (("client.activate_license", {"message": ""}),
                           ("client.activate_instance", {"message": "", "now": 0}),
                           ("client.open", {"message": "", "carrier": "direct"}),
                           ("client.sign", {"approved": True, "pin": "right", "now": 0})):
            self.refused("rooted CLI-1", op, "c", **params)
            self.fault(op, "c")
        self.client("d", rooted=True, root_policy="allow")
        self.refused("bad-length FRM-2", "client.activate_license", "d", message="")

    def test_sessions(self):
        self.client("a")
        self.client("b")
        self.assertEqual(self.ok("state", "a"), self.ok("state", "b"))
        self.code("a", message=am1())
        self.assertNotEqual(self.ok("state", "a")["digest"], self.ok("state", "b")["digest"])
        self.assertEqual(self.ok("state", "a")["counters"], {})
        self.code("b", message=am1())
        self.assertEqual(self.ok("state", "a"), self.ok("state", "b"))
        self.ok("drop", "a")
        self.fault("drop", "a")
        self.ok("reset")
        self.fault("state", "b")

    def test_process(self):
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "peer.py")], timeout=20,
            input=b'{"seq":1,"op":"ping","params":{}}\nnonsense\n'
                  b'{"seq":2,"op":"ping","params":{}}\n{"seq":3,"op":"ping","params":{}}', stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), 3)       # what has no LF is no question
        self.assertEqual((answers[0], answers[2]), ({"seq": 1, "ok": {}}, {"seq": 2, "ok": {}}))
        self.assertIn("fault", answers[1])


# ---- the worked example -------------------------------------------------------

def example():
    with open(SPECIFICATION, encoding="utf-8") as file:
        return worked_example.read_table(file.read())


class WorkedExample(Case):
    def test_end_to_end(self):
        """The example's inputs, put in by way of the line protocol, give the example's messages."""
        r = worked_example.Rows((name, value) for name, value, _ in example())
        self.server(
            serial=r["serial number"], license_key=r["license key"],
            static_vector=r["static vector"],
            activation_protection=r.number("activation protection"),
            message_protection=r.number("message protection"),
            post_activation=r.number("post-activation application"),
            last_counter=r.number("last counter"), random={"payload_key": r["payload key"]})
        self.client(
            static_vector=r["static vector"], platform_data=r["platform data"],
            device_type=r.number("device type"),
            random={"installation_salt": r["installation salt"]})

        message = self.am1(now=r.number("AM1 time"), static=r.flag(1),
                           challenge=r["challenge"] if r.flag(0) else None)
        self.assertEqual(message, r["AM1"])
        code = self.code(message=message)
        self.assertEqual(code, r["device code"])
        now = r.number("AM2 time")
        self.device(code, now=now)
        message = self.am2(now=now, salt=r["instance salt"])["message"]
        self.assertEqual(message, r["AM2"])
        now = r.number("confirmation time")
        signature = self.ok("client.activate_instance", "c", message=message, now=now)["signature"]
        self.assertEqual(signature, r["confirmation"])
        self.verify(message, signature, now=now)

        message = self.request(**r.request("request", "list"), now=r.number("request time"))
        self.assertEqual(message, r["request frame"])
        now = r.number("signing time")
        signature = self.sign(message, now=now)
        self.assertEqual(signature, r["signature"])
        self.verify(message, signature, now=now)

        serial = r["serial number"]
        for name, kind in (("otp", "response-only"), ("challenge response", "challenge"),
                           ("fields response", "fields")):
            params = {"application": r.number(name + " application"),
                      "data": r.response_data(name, kind), "now": r.number(name + " time")}
            response = self.ok("client.generate_response", "c", serial=serial, pin="right",
                               **params)["response"]
            self.assertEqual(response, r[name])
            self.ok("server.verify_response", "s", sequence=r.number("sequence number"),
                    response=response, **params)

        message = self.request(**r.request("challenge request", "challenge"),
                               now=r.number("challenge request time"))
        self.assertEqual(message, r["challenge request frame"])
        now = r.number("challenge signature time")
        signature = self.sign(message, now=now)
        self.assertEqual(signature, r["challenge signature"])
        self.verify(message, signature, now=now)

        for _ in range(r.vector().tries):
            self.ask("client.generate_response", "c", serial=serial, pin="wrong", now=now,
                     application=r.number("otp application"), data={"kind": "response-only"})
        challenge = self.ok("client.generate_unlock_challenge", "c", serial=serial,
                            random={"unlock_challenge": r["unlock random"]})["challenge"]
        self.assertEqual(challenge, r["unlock challenge"])
        response = self.ok("server.generate_unlock_response", "s", challenge=challenge,
                           sequence=r.number("sequence number"))["response"]
        self.assertEqual(response, r["unlock response"])
        self.ok("client.unlock", "c", serial=serial, response=response)

        message = self.ok("server.generate_deactivation", "s", now=r.number("deactivation time"),
                          sequence=r.number("sequence number"))["message"]
        self.assertEqual(message, r["deactivation frame"])
        self.ok("client.deactivate", "c", message=message, carrier="direct")

    def test_rows(self):
        rows = example()
        self.assertEqual(worked_example.differences(rows), [])
        names = [name for name, _, _ in rows]
        signature = rows[names.index("signature")]

        def found(name, *replacement):
            at = names.index(name)
            return worked_example.differences(rows[:at] + list(replacement) + rows[at + 1:])
        self.assertEqual(len(found("signature", ("signature", "49921138", "SIG-1"))), 1)
        self.assertEqual(len(found("signature")), 1)                    # a row is missing
        self.assertEqual(len(found("signature", signature, ("odd", "1", "SIG-1"))), 1)
        self.assertEqual(len(found("signature", signature, signature)), 1)
        self.assertEqual(len(found("signature", ("signature", "1", "input"))), 1)
        self.assertGreater(len(found("license key")), 1)                # rows that need it
        # No row is skipped: an input without effect is found, and each that is there has one.
        odd = ("odd", "1", "input")
        self.assertEqual(len(worked_example.differences(rows + [odd])), 1)
        self.assertEqual(len(worked_example.differences([odd] + rows)), 1)
        for name, value, how in rows:
            if how.startswith("input"):
                other = {"request items": '[["a","b"]]', "request title": "Other",
                         "serial number": "VDS1000121", "static vector": "00",
                         "request charset": "1", "post-activation application": "2",
                         "activation protection": "1", "message protection": "2",
                         "AM1 flags": "0", "fields response fields": '["DE02 1251"]',
                         "challenge request title": "Other"}.get(name)
                if other is None and len(value) > 10:
                    other = flip(value, 0)
                elif other is None:
                    other = str(int(value) + 3600 if name.endswith(" time") else int(value) ^ 1)
                self.assertGreater(len(found(name, (name, other, how))), 0, name)

    def test_command(self):
        def run(text):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "SPEC.md")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                with redirect_stdout(io.StringIO()) as output:
                    return worked_example.main([path]), output.getvalue()
        with open(SPECIFICATION, encoding="utf-8") as file:
            good = file.read()
        code, output = run(good)
        self.assertEqual((code, output.split()[0]), (0, str(len(worked_example.RECOMPUTE))))
        self.assertEqual(run(good.replace("| `49921137` |", "| `49921138` |"))[0], 1)
        begin, end = good.index("| name | value | how |"), good.index("<!-- end of worked")
        for text in ("nothing", good[:begin] + good[end:], good.replace("| how |", "| why |")):
            self.assertEqual(run(text)[0], 2)


def load_tests(loader, tests, _):
    """Those of the other files with them."""
    tests.addTests(loader.loadTestsFromNames(["test_storage", "test_oath", "test_app2app",
                                             "test_login", "test_qr", "test_single", "test_hostile",
                                             "test_vectors"]))
    return tests


if __name__ == "__main__":
    unittest.main()
