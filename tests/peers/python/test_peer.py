"""Tests of the peer against itself and against published values: python3 test_peer.py"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

import crypto
import wire
import worked_example
from messages import build_policy
from peer import Peer

SERIAL = "VDS1000120"
SAMPLE = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081"
LICENSE_KEY = "000102030405060708090A0B0C0D0E0F"
MASTER_KEY = bytes(range(0x40, 0x50))
NOW = 1_700_000_000
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
    return {name + serial: 0 for name in ("pin_failures/", "unlock_failures/") for serial in serials}


# ---- the frame of all tests ---------------------------------------------------

class Case(unittest.TestCase):
    def setUp(self):
        self.peer = Peer()
        self.seq = 0

    def ask(self, op, session=None, **params):
        """The whole answer, by way of the line protocol."""
        self.seq += 1
        question = {"seq": self.seq, "op": op, "params": params}
        if session is not None:
            question["session"] = session
        answer = json.loads(self.peer.answer_line(json.dumps(question).encode() + b"\n"))
        self.assertEqual(answer.pop("seq"), self.seq)
        self.assertEqual(len(answer), 1, answer)
        self.assertNotIn("internal", answer.get("fault", ""))
        return answer

    def ok(self, op, session=None, **params):
        answer = self.ask(op, session, **params)
        self.assertIn("ok", answer, answer)
        return answer["ok"]

    def fault(self, op, session=None, **params):
        answer = self.ask(op, session, **params)
        self.assertIn("fault", answer, answer)

    def states(self):
        return {name: self.ok("state", name) for name in self.peer.sessions}

    def refused(self, expected, op, session=None, counts=None, **params):
        """Refused as `class requirement`, and free but for the named counter."""
        before = self.states()
        answer = self.ask(op, session, **params)
        self.assertIn("refused", answer, answer)
        refusal = answer["refused"]
        self.assertEqual("%s %s" % (refusal["class"], refusal["requirement"]), expected)
        if counts:
            before[session]["counters"][counts] += 1
        self.assertEqual(self.states(), before)

    # ---- sessions ----

    def client(self, name="c", static_vector="", **changes):
        params = {"static_vector": vector().hex() if static_vector == "" else static_vector,
                  "platform_data": "0102", "device_type": 7, "app_version": 1, "rooted": False,
                  "root_policy": "block", "replacement": False, "random": {"installation_salt": "AA" * 16}}
        self.ok("client.create", name, **{**params, **changes})

    def server_params(self, **changes):
        params = {"serial": SERIAL, "license_key": LICENSE_KEY, "static_vector": vector().hex(),
                  "secure_channel": True, "activation_protection": 2, "message_protection": 2,
                  "post_activation": 1, "activation_validity_days": 1,
                  "message_age_limit_s": 3600, "threshold": 3, "code_tries": 2,
                  "signature_tries": 2, "identification_window": 6, "signature_window": 4,
                  "first_use_s": 0, "look_ahead": 2, "last_counter": 0,
                  "random": {"payload_key": "BB" * 16}}
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
        self.refused("unexpected-type CLI-2", "frame.open", key="BB" * 16,
                     message="0901" + SAMPLE[4:])
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
                      {"algorithm": 2}, {"factor": 0}, {"factor": 4}, {"step": 0}, {"length": 5},
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
                            "serial": SERIAL, "sequence": 1, "application": index, "template": 5,
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
        own = crypto.hmac_sha256(b"\xAA" * 16, b"\1\2")[:5].hex().upper()
        self.assertEqual(device, {"device_type": 7, "device_id": own})
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
        self.no("bad-vector STV-1", am1(flags=2, static=b"x", serial="ABC0000000"))
        self.no("wrong-account AM1-8", am1(serial="ABC0000000", policy=build_policy(1, 1, 8)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 8), wrapped=bytes(24)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 5)))
        self.no("bad-application AM1-9", am1(policy=build_policy(1, 1, 6)))
        self.no("corrupted KEY-10", am1(wrapped=bytes(24)))
        # The message's vector goes before the client's own.
        foreign = vector(start=head("ABC"))
        self.no("wrong-account AM1-8", am1(flags=2, static=foreign))
        self.ok("client.activate_license", "c",
                message=am1(flags=2, static=foreign, serial="ABC0000001"))

    def test_largest(self):
        big = vector(application(1, fields=[(0, 9)] * 8), *(application(i) for i in range(2, 9)))
        self.client()
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
        self.assertEqual(self.am2(now=NOW + 9, salt="DD" * 13), first)     # the last counter is used
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
            signed = {1: self.activate("a", confirm=False), 2: self.activate("b", confirm=False)}
            self.verify(*signed[first], first)
            self.verify_refused("wrong-state VER-4", *signed[second], second)
            self.no_device()

    def test_confirmation_of_another_device(self):
        self.server()
        self.client()
        self.client("d", platform_data="DD")
        am2, signature = self.activate(confirm=False)
        self.pre_activate("d")
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
        self.pre_activate()
        am2 = self.am2()["message"]
        no("rooted CLI-1", am2, "rooted")
        no("bad-length FRM-2", "")
        no("unexpected-type CLI-2", SAMPLE)
        self.client("d")
        no("wrong-account CLI-3", am2, "d")
        no("wrong-protection AM2-7", "0041" + am2[4:])
        no("corrupted PRT-4", flip(am2, 50))
        key = crypto.am2_channel_key(
            bytes.fromhex(LICENSE_KEY), wire.encode_serial(SERIAL), 7,
            crypto.hmac_sha256(b"\xAA" * 16, b"\1\2")[:5], bytes(range(1, 9))).hex()
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
        special = {0xA4: "€", 0xA6: "Š", 0xA8: "š", 0xB4: "Ž", 0xB8: "ž", 0xBC: "Œ", 0xBD: "œ",
                   0xBE: "Ÿ"}
        for byte in [*range(0x20, 0x7F), 0xA0, 0xA1, 0xA4, 0xA6, 0xA8, *range(0xAE, 0x100)]:
            shown = self.ok("client.open", "c", carrier="direct", message=self.seal(
                b"\0\x40" + content(bytes([byte]))))
            self.assertEqual(shown["content"]["title"], special.get(byte, chr(byte)))

    def test_refused_characters(self):
        for point in (0, 0x1F, 0x7F, 0x9F, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180F,
                      0x2800, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0x200B, 0x200F, 0x2028,
                      0x202E, 0x2060, 0x206F, 0xE000, 0xF8FF, 0xFDD0, 0xFFF0, 0xFFFB, 0xFFFE,
                      0xFFFF, 0x1FFFE, 0x2FFFF, 0x3FFFE, 0x1BCA0, 0x1D17A, 0x40000, 0x10FFFF):
            self.refused("bad-text REQ-9", "server.generate_request", "s",
                         **self.request_params(title="a" + chr(point)))
            self.body_no("bad-text REQ-9", 0, content(chr(point).encode()))
        for point in (0x20, 0x7E, 0xA0, 0x2027, 0x202F, 0xFFFC, 0xFFFD, 0x10000, 0x3FFFD, 0x1F600):
            self.sign(self.request(title=chr(point)))

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
        self.am2_message, self.confirmation = self.activate(confirm=False)

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
        self.activate("d", confirm=False)
        self.verify_refused("unknown-message VER-7", self.am2_message, self.confirmation, 2)
        self.confirm()

    def test_replay_window(self):
        self.confirm()
        messages = [self.request() for _ in range(66)]          # counters 2 to 67
        self.verify(messages[65], self.sign(messages[65]))
        self.verify_refused("replayed VER-9", messages[0], "")  # 2 and 3 are 64 and more below
        self.verify_refused("replayed VER-9", messages[1], "")
        self.verify(messages[2], self.sign(messages[2]))
        self.verify_refused("replayed VER-8", messages[2], "")
        self.verify_refused("replayed VER-8", messages[65], "")

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


# ---- the peer protocol --------------------------------------------------------

class Protocol(Case):
    def line(self, line):
        return json.loads(self.peer.answer_line(line))

    def test_hello(self):
        answer = self.ok("hello", protocol=1)
        self.assertEqual((answer["protocol"], answer["profile"], answer["language"]),
                         (1, "full", "python"))
        self.assertEqual(len(answer["operations"]), 37)
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
                     b'{"seq":7,"op":"ping","params":{}}' + b" " * 65536):
            answer = self.line(line)
            self.assertEqual((answer["seq"], "fault" in answer), (7, True), line[:60])
        self.assertEqual(self.line(b' {"params":{},"op":"ping","seq":4294967295}\r\n'),
                         {"seq": 4294967295, "ok": {}})
        ping = b'{"seq":7,"op":"ping","params":{}}'.ljust(65536)
        for end in (b"", b"\n"):                # the LF does not count, a CR does
            self.assertEqual(self.line(ping + end), {"seq": 7, "ok": {}})
        self.assertIn("fault", self.line(ping + b"\r\n"))

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
        message = self.am1(challenge=None)
        params["with_challenge"] = False
        self.assertEqual(self.ok("server.generate_activation1", "s", **params,
                                 random={"challenge": "01" * 8}), {"message": message})
        self.ok("server.create", "é" * 64, **self.server_params())

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
            input=b'{"seq":1,"op":"ping","params":{}}\nnonsense\n{"seq":2,"op":"ping","params":{}}',
            stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
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

        message = self.request(**r.request(), now=r.number("request time"))
        self.assertEqual(message, r["request frame"])
        now = r.number("signing time")
        signature = self.sign(message, now=now)
        self.assertEqual(signature, r["signature"])
        self.verify(message, signature, now=now)

    def test_rows(self):
        rows = example()
        self.assertEqual(worked_example.differences(rows), [])
        names = [name for name, _, _ in rows]

        def found(name, *replacement):
            at = names.index(name)
            return worked_example.differences(rows[:at] + list(replacement) + rows[at + 1:])
        self.assertEqual(len(found("signature", ("signature", "36080596", "SIG-1"))), 1)
        self.assertEqual(len(found("signature")), 1)                    # a row is missing
        self.assertEqual(len(found("signature", rows[-1], ("odd", "1", "SIG-1"))), 1)
        self.assertEqual(len(found("signature", rows[-1], rows[-1])), 1)
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
                         "AM1 flags": "0"}.get(name)
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
        self.assertEqual(run(good.replace("| `36080595` |", "| `36080596` |"))[0], 1)
        begin, end = good.index("| name | value | how |"), good.index("<!-- end of worked")
        for text in ("nothing", good[:begin] + good[end:], good.replace("| how |", "| why |")):
            self.assertEqual(run(text)[0], 2)


if __name__ == "__main__":
    unittest.main()
