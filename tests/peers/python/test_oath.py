"""Tests of section 25: HOTP, TOTP, OCRA; test_peer.py runs them, too."""

import hashlib
import hmac
import random
import unittest

from test_peer import (
    DEVICE_ID, NOW, ONLY, SERIAL, Case, Modern, aes_cmac, application, asked, record, signed,
    vector)

KEY20 = b"12345678901234567890"
KEY32 = b"12345678901234567890123456789012"
KEY64 = b"1234567890" * 6 + b"1234"
TIME = 0x132D0B6 * 60           # RFC 6287: Mar 25 2008, 12:06:30 GMT, as minutes


# ---- primitives ---------------------------------------------------------------

class Counters(Case):
    def test_hotp(self):                    # RFC 4226, appendix D
        for counter, expected in enumerate((
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
                "399871", "520489")):
            self.assertEqual(self.ok("primitive.hotp", key=KEY20.hex(), counter=counter, digits=6),
                             {"response": expected})
        self.assertEqual(self.ok("primitive.hotp", key=KEY20.hex(), counter=0, digits=8),
                         {"response": "84755224"})

    def test_totp(self):                    # RFC 6238, appendix B
        for time, *expected in (
                (59, "94287082", "46119246", "90693936"),
                (1111111109, "07081804", "68084774", "25091201"),
                (1111111111, "14050471", "67062674", "99943326"),
                (1234567890, "89005924", "91819424", "93441116"),
                (2000000000, "69279037", "90698825", "38618901"),
                (20000000000, "65353130", "77737706", "47863826")):
            for key, name, response in zip((KEY20, KEY32, KEY64), ("sha-1", "sha-256", "sha-512"),
                                           expected):
                self.assertEqual(
                    self.ok("primitive.totp", key=key.hex(), time=time, step=30, digits=8,
                            hash=name), {"response": response})

    def test_types(self):
        hotp = {"key": "00", "counter": 2 ** 53 - 1, "digits": 7}
        self.assertRegex(self.ok("primitive.hotp", **hotp)["response"], r"^[0-9]{7}$")
        self.ok("primitive.hotp", **{**hotp, "key": "00" * 128})
        for wrong in ({"key": ""}, {"key": "00" * 129}, {"key": "0"}, {"counter": -1},
                      {"counter": 2 ** 53}, {"counter": None}, {"counter": True}, {"digits": 5},
                      {"digits": 9}, {"digits": 6.0}, {"hash": "sha-1"}):
            self.fault("primitive.hotp", **{**hotp, **wrong})
        totp = {"key": "00", "time": 0, "step": 1, "digits": 6, "hash": "sha-1"}
        self.ok("primitive.totp", **{**totp, "time": 2 ** 53 - 1, "step": 65535})
        for wrong in ({"step": 0}, {"step": 65536}, {"hash": "sha1"}, {"hash": "SHA-1"},
                      {"hash": 1}, {"time": 2 ** 53}):
            self.fault("primitive.totp", **{**totp, **wrong})


class Ocra(Case):
    def params(self, suite, question, key=KEY32, **changes):
        params = {"suite": suite, "key": key.hex(), "counter": None, "question": question,
                  "password": None, "session": None, "time": None}
        return {**params, **changes}

    def respond(self, *args, **changes):
        return self.ok("primitive.ocra", **self.params(*args, **changes))["response"]

    def no(self, expected, *args, **changes):
        self.refused(expected, "primitive.ocra", **self.params(*args, **changes))

    def test_published(self):               # RFC 6287, appendix C
        for suite, responses in (
                ("OCRA-1:HOTP-SHA1-6:QN08",
                 "237653 243178 653583 740991 608993 388898 816933 224598 750600 294470"),
                ("OCRA-1:HOTP-SHA256-8:QN08-PSHA1",
                 "83238735 01501458 17957585 86776967 86807031"),
                ("OCRA-1:HOTP-SHA512-8:C-QN08",
                 "07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 "
                 "20403879 31409299"),
                ("OCRA-1:HOTP-SHA512-8:QN08-T1M",
                 "95209754 55907591 22048402 24218844 36209546")):
            key = KEY20 if "-SHA1-" in suite else KEY32 if "SHA256" in suite else KEY64
            for digit, response in enumerate(responses.split()):
                self.assertEqual(self.respond(
                    suite, str(digit) * 8, key,
                    counter=digit if ":C-" in suite else None,
                    password="1234" if "PSHA1" in suite else None,
                    time=TIME if "-T" in suite else None), response)
        for counter, response in enumerate(
                "65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 "
                "75011558 08522129".split()):
            self.assertEqual(self.respond("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", "12345678",
                                          counter=counter, password="1234"), response)
        for suite, key, form, responses in (
                ("OCRA-1:HOTP-SHA256-8:QA08", KEY32, "CLI2222%dSRV1111%d",
                 "28247970 01984843 65387857 03351211 83412541"),
                ("OCRA-1:HOTP-SHA256-8:QA08", KEY32, "SRV1111%dCLI2222%d",
                 "15510767 90175646 33777207 95285278 28934924"),
                ("OCRA-1:HOTP-SHA512-8:QA08", KEY64, "CLI2222%dSRV1111%d",
                 "79496648 76831980 12250499 90856481 12761449"),
                ("OCRA-1:HOTP-SHA512-8:QA08-PSHA1", KEY64, "SRV1111%dCLI2222%d",
                 "18806276 70020315 01600026 18951020 32528969")):
            for i, response in enumerate(responses.split()):
                self.assertEqual(self.respond(suite, form % (i, i), key,
                                              password="1234" if "-P" in suite else None), response)
        for i, response in enumerate("53095496 04110475 31331128 76028668 46554205".split()):
            self.assertEqual(self.respond("OCRA-1:HOTP-SHA256-8:QA08", "SIG1%d000" % i), response)
        for i, response in enumerate("77537423 31970405 10235557 95213541 65360607".split()):
            self.assertEqual(self.respond("OCRA-1:HOTP-SHA512-8:QA10-T1M", "SIG1%d00000" % i,
                                          KEY64, time=TIME), response)

    def test_by_hand(self):
        """Every part of the data input, each hash, no truncation."""
        for name, label in (("sha1", "SHA1"), ("sha256", "SHA256"), ("sha512", "SHA512")):
            suite = "OCRA-1:HOTP-%s-0:C-QH08-P%s-S010-T2H" % (label, label)
            data = suite.encode() + b"\0" + (7).to_bytes(8, "big") \
                + bytes.fromhex("ABCDE0").ljust(128, b"\0") \
                + hashlib.new(name, "pä".encode()).digest() + bytes(8) + b"\1\2" \
                + (3).to_bytes(8, "big")
            self.assertEqual(
                self.respond(suite, "abcDE", counter=7, password="pä", session="0102",
                             time=7200 * 4 - 1),
                hmac.digest(KEY32, data, name).hex().upper())
        self.assertEqual(self.respond("OCRA-1:HOTP-SHA1-10:QN04", "0000")[0] in "012", True)

    def test_questions(self):
        def whole(kind, question, expected):
            suite = "OCRA-1:HOTP-SHA1-0:Q%s64" % kind
            data = suite.encode() + b"\0" + bytes.fromhex(expected).ljust(128, b"\0")
            self.assertEqual(self.respond(suite, question),
                             hmac.digest(KEY32, data, "sha1").hex().upper())
        longest = "%X" % int("9" * 128)
        for question, expected in (("0", "00"), ("0000", "00"), ("15", "F0"), ("016", "10"),
                                   ("256", "1000"), ("65535", "FFFF"),
                                   ("9" * 128, longest + "0" * (len(longest) % 2))):
            whole("N", question, expected)
        for question, expected in (("0", "00"), ("00", "00"), ("f", "F0"), ("abc", "ABC0"),
                                   ("00A", "00A0"), ("F" * 128, "FF" * 64)):
            whole("H", question, expected)
        whole("A", "Zz9", "5A7A39")
        whole("A", "a" * 128, "61" * 128)

    def test_suites(self):
        for good in ("OCRA-1:HOTP-SHA1-4:QA04", "OCRA-1:HOTP-SHA512-10:QH64",
                     "OCRA-1:HOTP-SHA256-0:QN64-S512", "OCRA-1:HOTP-SHA1-6:QN08-T59S",
                     "OCRA-1:HOTP-SHA1-6:QN08-T59M", "OCRA-1:HOTP-SHA1-6:QN08-T48H",
                     "OCRA-1:HOTP-SHA1-6:QN08-T1S"):
            self.respond(good, "1234", session="" if "-S5" in good else None,
                         time=2 ** 53 - 1 if "-T" in good else None)
        for bad in ("", "OCRA-1:HOTP-SHA1-6:", "OCRA-2:HOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA1-3:QN08",
                    "OCRA-1:HOTP-SHA1-11:QN08", "OCRA-1:HOTP-SHA1-06:QN08",
                    "OCRA-1:HOTP-SHA1-00:QN08", "OCRA-1:HOTP-SHA224-6:QN08",
                    "OCRA-1:HOTP-MD5-6:QN08", "OCRA-1:TOTP-SHA1-6:QN08", "OCRA-1:HOTP-SHA1-6:QN8",
                    "OCRA-1:HOTP-SHA1-6:QN03", "OCRA-1:HOTP-SHA1-6:QN65", "OCRA-1:HOTP-SHA1-6:QB08",
                    "OCRA-1:HOTP-SHA1-6:QN008", "OCRA-1:HOTP-SHA1-6:C", "OCRA-1:HOTP-SHA1-6:QN08-C",
                    "OCRA-1:HOTP-SHA1-6:QN08-PSHA", "OCRA-1:HOTP-SHA1-6:QN08-S64",
                    "OCRA-1:HOTP-SHA1-6:QN08-S000", "OCRA-1:HOTP-SHA1-6:QN08-S513",
                    "OCRA-1:HOTP-SHA1-6:QN08-T", "OCRA-1:HOTP-SHA1-6:QN08-T0H",
                    "OCRA-1:HOTP-SHA1-6:QN08-T01M", "OCRA-1:HOTP-SHA1-6:QN08-T60S",
                    "OCRA-1:HOTP-SHA1-6:QN08-T60M", "OCRA-1:HOTP-SHA1-6:QN08-T49H",
                    "OCRA-1:HOTP-SHA1-6:QN08-T1D", "OCRA-1:HOTP-SHA1-6:QN08-T1M-S064",
                    "OCRA-1:HOTP-SHA1-6:QN08-S064-PSHA1", "OCRA-1:HOTP-SHA1-6:QN08\n",
                    " OCRA-1:HOTP-SHA1-6:QN08", "ocra-1:hotp-sha1-6:qn08",
                    "OCRA-1:HOTP-SHA1-6:QN٠٨", "OCRA-1:HOTP-SHA1-6:CQN08",
                    "OCRA-1:HOTP-SHA1-6:QN08-", "OCRA-1:HOTP-SHA1-6:Qn08"):
            # Whatever else is wrong.
            self.no("bad-suite ALG-5", bad, "", counter=1, password="", session="", time=1)

    def test_random_suites(self):
        """What is put together by the grammar is a suite; what is one letter off is the same or
        refused, never a fault."""
        dice = random.Random(25)
        for _ in range(300):
            digits = dice.choice([0, 4, 5, 6, 7, 8, 9, 10])
            kind, length = dice.choice("ANH"), dice.randint(4, 64)
            counter, password, session, time = (dice.random() < 0.5 for _ in range(4))
            suite = "OCRA-1:HOTP-%s-%d:%sQ%s%02d%s%s%s" % (
                dice.choice(["SHA1", "SHA256", "SHA512"]), digits, "C-" if counter else "", kind,
                length, dice.choice(["-PSHA1", "-PSHA256", "-PSHA512"]) if password else "",
                "-S%03d" % dice.randint(4, 512) if session else "",
                "-T%d%s" % (dice.randint(1, 48), dice.choice("SMH")) if time else "")
            values = {"counter": dice.randrange(2 ** 53) if counter else None,
                      "password": "pw" if password else None,
                      "session": "01020304" if session else None,
                      "time": dice.randrange(2 ** 53) if time else None}
            question = "".join(dice.choice("0123456789")
                               for _ in range(dice.randint(1, 2 * length)))
            response = self.respond(suite, question, **values)
            self.assertEqual(len(response), digits or {"1": 40, "2": 64, "5": 128}[suite[15]])
            at = dice.randrange(len(suite))
            bent = suite[:at] + dice.choice("0123456789CQANHPSTM-: x") + suite[at + 1:]
            answer = self.ask("primitive.ocra", **self.params(bent, question, **values))
            self.assertNotIn("fault", answer)
            if bent != suite and "ok" in answer:
                self.assertNotEqual((bent, response), (suite, answer["ok"]["response"]))

    def test_data_in_order(self):
        suite = "OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1-S010-T1M"
        good = {"counter": 1, "password": "", "session": "", "time": 0}
        self.respond(suite, "1", **good)
        self.respond(suite, "1" * 16, **{**good, "session": "00" * 10})
        for name in good:
            self.no("bad-data ALG-6", suite, "1", **{**good, name: None})
            self.no("bad-data ALG-6", "OCRA-1:HOTP-SHA1-6:QN08", "1", **{name: good[name]})
        for question in ("", "1" * 17, "x", "1 ", "٣", "-1", "1\n", "A"):
            self.no("bad-data ALG-6", suite, question, **good)
        self.no("bad-data ALG-6", suite, "1", **{**good, "session": "00" * 11})
        for kind, bad in (("A", "a-b"), ("A", "é"), ("H", "g"), ("H", "0x1"), ("N", "1e1")):
            self.no("bad-data ALG-6", "OCRA-1:HOTP-SHA1-6:Q%s08" % kind, bad)

    def test_types(self):
        good = self.params("OCRA-1:HOTP-SHA1-6:QN08", "1")
        for wrong in ({"suite": None}, {"question": None}, {"key": ""}, {"key": "00" * 129},
                      {"counter": -1}, {"counter": 2 ** 53}, {"counter": "1"}, {"password": 1},
                      {"session": "0"}, {"time": 1.5}, {"time": 2 ** 53}):
            self.fault("primitive.ocra", **{**good, **wrong})
        for name in good:
            self.fault("primitive.ocra",
                       **{key: value for key, value in good.items() if key != name})


# ---- applications -------------------------------------------------------------

def ocra(index, suite, mode, flags=1, length=6, **values):
    if isinstance(suite, str):
        suite = suite.encode()
    return application(index, flags, mode, 4, length=length, name=b"OCRA      ", **values) \
        + record(0x11, bytes([index]) + suite)


QH64T = "OCRA-1:HOTP-SHA256-8:QH64-T30S"
EVENT = {"factor": 2, "step": 0}


class Vectors(Case):
    def check(self, requirement, *applications):
        params = {"static_vector": vector(*applications).hex(), "platform_data": "",
                  "device_type": 0, "app_version": 0, "rooted": False, "root_policy": "allow",
                  "replacement": False}
        if requirement:
            self.refused("bad-vector " + requirement, "client.create", "x", **params)
        else:
            self.ok("client.create", "x", **params)
            self.ok("drop", "x")

    def test_counters_and_time(self):
        for algorithm, factor in ((2, EVENT), (3, {}), (5, {}), (6, {})):
            good = {"flags": 1, "mode": 1, "algorithm": algorithm, "length": 6, **factor}
            self.check(None, application(**good))
            self.check(None, application(**{**good, "flags": 0, "length": 8}))
            other = {} if factor else EVENT
            for wrong in ({"flags": 3}, {"flags": 2}, {"flags": 5}, {"flags": 9}, {"mode": 2},
                          {"mode": 3}, {"mode": 4}, {"mode": 5}, {"length": 9}, {"length": 16},
                          {"fields": [(1, 2)]}, {"factor": 3, "step": 30},
                          {"factor": 1, "step": 30, **other}):
                self.check("STV-6", application(**{**good, **wrong}))
        for algorithm in (0, 7, 255):
            self.check("STV-5", application(algorithm=algorithm))

    def test_suites(self):
        for good in (
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 2),
                ocra(1, "OCRA-1:HOTP-SHA1-10:QN08-T1M", 2, step=60, length=10),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QA64-T18H", 2, step=64800),
                ocra(1, "OCRA-1:HOTP-SHA1-6:C-QN08", 2, **EVENT),
                ocra(1, "OCRA-1:HOTP-SHA1-6:C-QN08-T30S", 2, factor=3),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3, fields=[(1, 8)]),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3, flags=0, fields=[(2, 4)]),
                ocra(1, QH64T, 3, flags=3, length=8), ocra(1, QH64T, 2, flags=3, length=8),
                ocra(1, QH64T, 3, flags=3, length=8, fields=[(0, 64)] * 8),
                ocra(1, QH64T, 3, length=8)):
            self.check(None, good)
        for bad in (
                ocra(1, QH64T, 1, length=8), ocra(1, QH64T, 4, length=8),
                ocra(1, QH64T, 5, length=8), ocra(1, QH64T, 3, length=7),
                ocra(1, QH64T, 3, flags=1 | 4, length=8), ocra(1, QH64T, 3, flags=1 | 8, length=8),
                ocra(1, QH64T, 2, length=8, fields=[(1, 1)]), ocra(1, QH64T, 3, length=8, step=31),
                ocra(1, QH64T, 3, length=8, **EVENT), ocra(1, QH64T, 3, length=8, factor=3),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 2, flags=3),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3, fields=[(1, 9)]),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3, fields=[(0, 4)]),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T30S", 3, fields=[(1, 8), (1, 8)]),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-T19H", 2, step=68400 & 0xFFFF),
                ocra(1, "OCRA-1:HOTP-SHA1-4:QN08-T30S", 2),
                ocra(1, "OCRA-1:HOTP-SHA1-0:QN08-T30S", 2),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08", 2),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08", 2, **EVENT),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-PSHA1-T30S", 2),
                ocra(1, "OCRA-1:HOTP-SHA1-6:QN08-S064-T30S", 2),
                ocra(1, "x", 2), ocra(1, b"\xff" * 96, 2)):
            self.check("STV-6", bad)

    def test_records(self):
        good = ocra(1, QH64T, 3, length=8)
        alone, suite = good[:21], good[21:]
        self.check(None, good, application(2), ocra(8, QH64T, 3, length=8))
        self.check("STV-4", alone)
        self.check("STV-3", alone, suite[:1])
        self.check("STV-3", alone, suite[:-1])
        self.check("STV-4", alone, application(2))
        self.check("STV-4", alone, application(2), suite)
        self.check("STV-4", application(1), record(0x11, b"\1" + QH64T.encode()))
        self.check("STV-4", good, suite)
        self.check("STV-4", suite, alone)
        self.check("STV-3", alone, record(0x11, b"\1"))
        self.check("STV-3", alone, record(0x11, b"\1" + b"x" * 97))
        self.check("STV-6", alone, record(0x11, b"\1" + b"x" * 96))
        self.check("STV-4", alone, record(0x11, b"\2" + QH64T.encode()))
        self.check("STV-4", good, good)
        self.check("STV-4", ocra(2, QH64T, 3, length=8), good)
        self.check(None, *(ocra(i, QH64T, 3, length=8) for i in range(1, 9)))
        self.check("STV-2", *(ocra(i, QH64T, 3, length=8, fields=[(1, 1)]) for i in range(1, 9)))

    def test_post_activation(self):
        for expected, one in (
                (None, ocra(1, QH64T, 3, flags=3, length=8)),
                ("bad-application AM1-9", ocra(1, QH64T, 2, length=8)),
                ("bad-application AM1-9",
                 ocra(1, "OCRA-1:HOTP-SHA1-6:QH63-T30S", 3, fields=[(1, 8)])),
                ("bad-application AM1-9", application(1, 1, 1, 3, length=6))):
            params = self.server_params(static_vector=vector(one).hex())
            if expected:
                self.refused(expected, "server.create", "s", **params)
            else:
                self.ok("server.create", "s", **params)
                self.ok("drop", "s")


OPEN = (
    ocra(1, QH64T, 3, flags=3, length=8, fields=[(0, 20), (1, 64)]),
    application(2, 1, 1, 2, length=6, **EVENT),                                 # HOTP
    application(3, 1, 1, 5, length=8, step=30),                                 # TOTP, SHA-256
    ocra(4, "OCRA-1:HOTP-SHA1-6:C-QN08-T1M", 2, factor=3, step=60),
    ocra(5, "OCRA-1:HOTP-SHA512-7:QA10-T30S", 3, length=7, fields=[(1, 10)]),
    ocra(6, "OCRA-1:HOTP-SHA1-6:C-QH64", 2, flags=3, **EVENT),
    application(7, mode=5, flags=1, length=8),
)


def key_of(index, sequence=1):
    """KEY-8 by hand, for license key, serial number, device type and salt of all tests."""
    context = bytes.fromhex("C3E40F42B8") + bytes([sequence, index, 7]) + DEVICE_ID + b"\xCC" * 13
    return aes_cmac(bytes(range(16)), b"\1app\0" + context + b"\0\x80").hex()


class Applications(Modern):
    def set_up(self, **server):
        self.server(static_vector=vector(*OPEN).hex(), **server)
        self.client(static_vector=vector(*OPEN).hex())
        return self.activate(now=self.NOW)

    def primitive(self, suite, index, question, counter=None, time=None):
        return self.ok("primitive.ocra", suite=suite, key=key_of(index), counter=counter,
                       question=question, password=None, session=None, time=time)["response"]

    def test_messages(self):
        am2, signature = self.set_up()
        self.assertEqual(signature, self.primitive(
            QH64T, 1, hashlib.sha256(bytes.fromhex(am2)).hexdigest(), time=NOW))
        message = self.listed()
        signature = self.sign(message, now=NOW + 30)
        self.assertEqual(signature, self.primitive(
            QH64T, 1, hashlib.sha256(bytes.fromhex(message)).hexdigest(), time=NOW + 30))
        self.verify_refused("wrong-signature VER-12", message, "00000000", now=NOW + 60,
                            counts="signature_failures/01")
        self.verify_refused("bad-signature VER-10", message, signature[:-1], now=NOW + 60)
        self.verify(message, signature, now=NOW + 60)
        self.verify_refused("replayed VER-8", message, signature, now=NOW + 60)
        # A challenge request: the frame is the question, too.
        message = self.listed(application=6, content={"format": "challenge", "title": "",
                                                      "challenge": "0123456789012345"})
        signature = self.sign(message)
        self.assertEqual(signature, self.primitive(
            "OCRA-1:HOTP-SHA1-6:C-QH64", 6, hashlib.sha256(bytes.fromhex(message)).hexdigest(), 0))
        self.verify(message, signature)
        self.refused("bad-application REQ-12", "server.generate_request", "s",
                     **self.request_params(application=2))

    def test_counters(self):
        self.set_up()
        for event in range(3):
            self.assertEqual(self.respond(2, ONLY), self.ok(
                "primitive.hotp", key=key_of(2), counter=event, digits=6)["response"])
        third = self.respond(2, ONLY)
        self.wrong(2, ONLY, third)                                      # look-ahead is 2
        self.take(2, ONLY, self.ok("primitive.hotp", key=key_of(2), counter=2,
                                   digits=6)["response"])
        self.take(2, ONLY, third)
        self.wrong(2, ONLY, third)                                      # a replay
        self.respond_refused("bad-application OTP-2", 2, asked("1"))
        self.restored()
        self.take_refused("out-of-sync VER-19", 2, ONLY, self.respond(2, ONLY))
        first, second = (self.ok("primitive.hotp", key=key_of(2), counter=event,
                                 digits=6)["response"] for event in (204, 205))
        answer = {"sequence": 1, "application": 2, "now": NOW}
        self.ok("server.resynchronise", "s", **answer, first={"data": ONLY, "response": first},
                second={"data": ONLY, "response": second})
        self.wrong(2, ONLY, second)
        self.take(2, ONLY, self.ok("primitive.hotp", key=key_of(2), counter=206,
                                   digits=6)["response"])

    def test_time(self):
        self.set_up()
        for now in (NOW, NOW + 29, NOW + 30):
            self.assertEqual(self.respond(3, ONLY, now), self.ok(
                "primitive.totp", key=key_of(3), time=now, step=30, digits=8,
                hash="sha-256")["response"])
        self.wrong(3, ONLY, self.respond(3, ONLY, NOW + 120))           # the reach is 3
        self.take(3, ONLY, self.respond(3, ONLY, NOW + 90))
        self.wrong(3, ONLY, self.respond(3, ONLY, NOW + 90))
        self.wrong(3, ONLY, self.respond(3, ONLY, NOW + 60))
        self.take(3, ONLY, self.respond(3, ONLY, NOW + 180))            # by the shift

    def test_challenges(self):
        self.set_up()
        suite = "OCRA-1:HOTP-SHA1-6:C-QN08-T1M"
        response = self.respond(4, asked("00000042"), NOW + 60)
        self.assertEqual(response, self.primitive(suite, 4, "42", 0, NOW + 60))
        self.take(4, asked("42"), response)         # the same number
        self.assertEqual(self.respond(4, asked("7"), NOW), self.primitive(suite, 4, "7", 1, NOW))
        for requirement, text in (("OTP-3", ""), ("OTP-3", "1" * 17), ("OTP-3", "A"),
                                  ("ALG-8", "1" * 9)):
            self.respond_refused("bad-data " + requirement, 4, asked(text))
            self.take_refused("bad-data " + requirement, 4, asked(text), "000000")
        self.respond(6, asked("1" * 16))

    def test_fields(self):
        self.set_up()
        response = self.respond(5, signed("Ab3"))
        self.assertEqual(response, self.primitive("OCRA-1:HOTP-SHA512-7:QA10-T30S", 5, "Ab3",
                                                  time=NOW))
        self.take(5, signed("Ab3"), response)
        self.take_refused("replayed VER-18", 5, signed("Ab3"), response)
        for requirement, fields in (("OTP-4", signed("a" * 11)), ("OTP-4", signed("a", "b")),
                                    ("OTP-4", signed("é")), ("OTP-4", signed("")),
                                    ("ALG-8", signed("a b"))):
            self.respond_refused("bad-data " + requirement, 5, fields)
            self.take_refused("bad-data " + requirement, 5, fields, "0000000")
        # Under QH64 the fields are hashed, whatever is in them.
        fields = signed("", "to: ~ 10 %")
        response = self.respond(1, fields)
        self.assertEqual(response, self.primitive(
            QH64T, 1, hashlib.sha256(b"\0\0\0\x0ato: ~ 10 %").hexdigest(), time=NOW))
        self.take(1, fields, response)
        self.respond_refused("bad-data OTP-4", 1, signed("", ""))

    def test_unlocking(self):
        """UNL-4 is the profile's algorithm."""
        self.set_up()
        for _ in range(3):
            self.respond_refused("wrong-pin CLI-15", 3, ONLY, "wrong", "pin_failures/" + SERIAL)
        challenge = self.ok("client.generate_unlock_challenge", "c", serial=SERIAL)["challenge"]
        response = self.ok("server.generate_unlock_response", "s", sequence=1,
                           challenge=challenge)["response"]
        self.assertEqual(response, self.ok(
            "primitive.response", key=key_of(7), mode=5, application=7, step=0, event=0, length=8,
            hexadecimal=False, check_digit=False, fields=[challenge.encode().hex()])["response"])
        self.ok("client.unlock", "c", serial=SERIAL, response=response)

    def test_storage(self):
        self.set_up()
        self.respond(2, ONLY)
        state = self.ok("client.save", "c", platform_key="00" * 16)["state"]
        self.ok("client.load", "d", platform_key="00" * 16, state=state, static_vector=None,
                platform_data="0102", app_version=1, rooted=False, root_policy="block",
                replacement=False)
        for index, data in ((2, ONLY), (3, ONLY), (4, asked("1")), (5, signed("x"))):
            self.assertEqual(self.respond(index, data, client="d"), self.respond(index, data))
        self.assertEqual(self.ok("server.instance", "s", sequence=1)["applications"][3],
                         {"application": 4, "name": "OCRA      01", "mode": "CR"})
        for index in range(1, 8):
            blob = self.ok("server.seal_blob", "s", storage_key="00" * 16, sequence=1,
                           index=index)["blob"]
            self.ok("server.load_blob", "s", storage_key="00" * 16, sequence=1, index=index,
                    blob=blob)


if __name__ == "__main__":
    unittest.main()
