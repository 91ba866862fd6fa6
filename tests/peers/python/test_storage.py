"""Tests of sections 21 to 23, and of VER-20; test_peer.py runs them, too."""

import base64
import hashlib
import hmac
import json
import unittest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

import crypto
import wire
from test_peer import (
    DEVICE_ID, LICENSE_KEY, MASTER_KEY, MODERN, NOW, ONLY, SERIAL, Case, Modern, aes_cmac, am1,
    application, build_policy, by_hand, flip, record, signed, vector)

SERIAL_BYTES = bytes.fromhex("C3E40F42B8")
STORAGE_KEY = "5A" * 16
PLATFORM_KEY = "C5" * 16


def kdf(key, label, context, bits=128):
    """KEY-1 by hand, AES-128 or AES-256 by the length of the key."""
    return b"".join(aes_cmac(key, bytes([i]) + label + b"\0" + context + bits.to_bytes(2, "big"))
                    for i in range(1, bits // 128 + 1))


def upper(data):
    return data.hex().upper().encode()


# ---- the message vector -------------------------------------------------------

LOWEST = {"activation_protection": 1, "message_protection": 1, "post_activation": 1,
          "activation_validity_days": 0, "message_age_limit_s": 0, "code_tries": 1,
          "signature_tries": 1, "identification_window": 0, "signature_window": 0,
          "first_use_s": 0, "look_ahead": 0}
HIGHEST = {"activation_protection": 2, "message_protection": 2, "post_activation": 8,
           "activation_validity_days": 9999, "message_age_limit_s": 4294967295, "code_tries": 99,
           "signature_tries": 99, "identification_window": 100, "signature_window": 100,
           "first_use_s": 10800, "look_ahead": 20}
BITS = {"activation_protection": 1, "message_protection": 1, "post_activation": 3,
        "activation_validity_days": 14, "message_age_limit_s": 32, "code_tries": 7,
        "signature_tries": 7, "identification_window": 7, "signature_window": 7,
        "first_use_s": 14, "look_ahead": 5}
LESS_ONE = ("activation_protection", "message_protection", "post_activation")
# Those of the servers of all tests.
USUAL = {"activation_protection": 2, "message_protection": 2, "post_activation": 1,
         "activation_validity_days": 1, "message_age_limit_s": 3600, "code_tries": 2,
         "signature_tries": 2, "identification_window": 6, "signature_window": 4,
         "first_use_s": 0, "look_ahead": 2}


def checked(digits):
    return digits + crypto.check_digit(digits, True)


def message_vector(mark="11", **changes):
    """Bit by bit; values may be outside their ranges."""
    values = {**USUAL, **changes}
    bits = mark + "".join("{:0{}b}".format(values[name] - (name in LESS_ONE), size)
                          for name, size in BITS.items())
    assert len(bits) == 100
    return checked("%025X" % int(bits, 2))


class MessageVector(Case):
    def no(self, expected, text):
        self.refused(expected, "message_vector.decode", message_vector=text)

    def test_by_hand(self):
        for values, text in (
                (LOWEST, checked("C000000000000010200000000")),
                (HIGHEST, message_vector(**HIGHEST)),
                (USUAL, message_vector())):
            self.assertEqual(self.ok("message_vector.encode", **values), {"message_vector": text})
            self.assertEqual(self.ok("message_vector.decode", message_vector=text), values)
        self.assertEqual(
            int(self.ok("message_vector.encode", **HIGHEST)["message_vector"][:25], 16),
            int("11" "1" "1" "111" "10011100001111" + "1" * 32 + "1100011" "1100011"
                "1100100" "1100100" "10101000110000" "10100", 2))

    def test_each_field(self):
        for name in LOWEST:
            for values in ({**LOWEST, name: HIGHEST[name]}, {**HIGHEST, name: LOWEST[name]}):
                text = message_vector(**values)
                self.assertEqual(self.ok("message_vector.encode", **values)["message_vector"], text)
                self.assertEqual(self.ok("message_vector.decode", message_vector=text), values)
            for wrong in (LOWEST[name] - 1, HIGHEST[name] + 1, None, True, "1"):
                self.fault("message_vector.encode", **{**USUAL, name: wrong})
            self.fault("message_vector.encode",
                       **{key: value for key, value in USUAL.items() if key != name})
        self.fault("message_vector.encode", **USUAL, threshold=1)

    def test_refusals_in_order(self):
        good = message_vector()
        for text in ("", good[:-1], good + "0", good.lower(), good[:-1] + "G", good + "\n",
                     "٣" + good[1:], " " + good[1:]):
            self.no("bad-vector MSV-2", text)
        wrong = good[:-1] + "%X" % (int(good[-1], 16) ^ 1)
        self.no("bad-check-digit MSV-3", wrong)
        for mark in ("00", "01", "10"):
            text = message_vector(mark)
            self.no("bad-vector MSV-4", text)
            self.no("bad-check-digit MSV-3", flip(text, 12))
        for name, outside in (("activation_validity_days", (10000, 16383)),
                              ("code_tries", (0, 100, 127)), ("signature_tries", (0, 100)),
                              ("identification_window", (101, 127)), ("signature_window", (101,)),
                              ("first_use_s", (10801, 16383)), ("look_ahead", (21, 31))):
            for value in outside:
                self.no("bad-vector MSV-4", message_vector(**{name: value}))


# ---- the license file, spelled by hand ----------------------------------------

TRANSPORT_KEY = bytes(range(0x80, 0xA0))
FILE_ID = b"\x0F" * 16
OTHER = "VDS9999999"


def header(count=2, static=None, message=None, version="1", check=None, key=TRANSPORT_KEY):
    if check is None:
        check = kdf(key, b"file-check", FILE_ID)
    return ('{"format":"counterproof-licenses","version":%s,"file_id":"%s","static_vector":"%s",'
            '"message_vector":"%s","check":"%s","count":%s}'
            % (version, FILE_ID.hex().upper(), (vector() if static is None else static).hex()
               .upper(), message_vector() if message is None else message, check.hex().upper(),
               count)).encode()


def line(number=2, serial=SERIAL, kind="TYP1", name="ACTIVATION  ", mode="MA", threshold="3",
         channel="true", license_key=LICENSE_KEY, key=TRANSPORT_KEY):
    before = ('{"serial":"%s","type":"%s","application":"%s","mode":"%s","threshold":%s,'
              '"secure_channel":%s,"secret":"'
              % (serial, kind, name, mode, threshold, channel)).encode()
    seal = AESGCM(kdf(key, b"file-line", FILE_ID, 256))
    secret = seal.encrypt(number.to_bytes(12, "big"), bytes.fromhex(license_key), before)
    return before + upper(secret) + b'"}'


def trailer(before, key=TRANSPORT_KEY):
    mac = hmac.digest(kdf(key, b"file-trailer", FILE_ID, 256), before, "sha256")
    return b'{"mac":"' + upper(mac) + b'"}'


def closed(*lines):
    """The file of these lines, with its trailer."""
    before = b"".join(each + b"\n" for each in lines)
    return before + trailer(before) + b"\n"


FIRST = line()
SECOND = line(3, OTHER, "Z", "0           ", threshold="99", channel="false",
              license_key="EE" * 16)
FILE = closed(header(), FIRST, SECOND)


def license(serial=SERIAL, **changes):
    return {"serial": serial, "type": "TYP1", "application": "ACTIVATION  ", "threshold": 3,
            "secure_channel": True, "license_key": LICENSE_KEY, **changes}


LICENSES = [license(), license(OTHER, type="Z", application="0           ", threshold=99,
                               secure_channel=False, license_key="EE" * 16)]


def activation_vector(serial, key):
    kek = kdf(MASTER_KEY, b"wrap", wire.encode_serial(serial))
    return checked(aes_key_wrap(kek, bytes.fromhex(key)).hex().upper())


class Files(Case):
    def write_params(self, **changes):
        return {"transport_key": TRANSPORT_KEY.hex(), "static_vector": vector().hex(),
                "message_vector": message_vector(), "licenses": LICENSES,
                "random": {"file_id": FILE_ID.hex()}, **changes}

    def write(self, **changes):
        return bytes.fromhex(self.ok("license_file.write", **self.write_params(**changes))["file"])

    def read(self, file, key=TRANSPORT_KEY):
        return self.ok("license_file.read", transport_key=key.hex(), file=file.hex())

    def no(self, expected, file, key=TRANSPORT_KEY):
        self.refused(expected, "license_file.read", transport_key=key.hex(), file=file.hex())


class Writing(Files):
    def test_by_hand(self):
        self.assertEqual(self.write(), FILE)
        self.assertEqual(self.read(FILE), {
            "static_vector": vector().hex().upper(), "message_vector": message_vector(),
            "licenses": [{**each, "activation_vector": activation_vector(
                each["serial"], each["license_key"])} for each in LICENSES]})
        for each in self.read(FILE)["licenses"]:
            self.assertRegex(each["activation_vector"], "^[0-9A-F]{49}$")

    def test_drawn_anew(self):
        a, b = (self.write(random={}) for _ in range(2))
        self.assertNotEqual(a, b)
        self.assertEqual(self.read(a), self.read(FILE))
        self.assertEqual(self.read(b), self.read(FILE))

    def test_many(self):
        many = [license("VDS%07d" % i, license_key="%032X" % i) for i in range(99, 0, -1)]
        file = self.write(licenses=many)
        self.assertEqual(file.count(b"\n"), 101)
        read = self.read(file)["licenses"]
        for each in read:
            del each["activation_vector"]
        self.assertEqual(read, many)
        for number in (0, 100):
            self.fault("license_file.write", **self.write_params(licenses=[license()] * number))

    def test_refusals_in_order(self):
        def no(expected, **changes):
            self.refused(expected, "license_file.write", **self.write_params(**changes))
        twice = [license(), license()]
        foreign = [license(), license("VDT0000000"), license()]
        unable = vector(application(1, mode=2)).hex()
        no("bad-vector STV-1", static_vector="", message_vector="", licenses=foreign)
        no("bad-vector STV-2", static_vector=("38" * 482))
        no("bad-vector MSV-2", message_vector=message_vector().lower(), static_vector=unable)
        no("bad-check-digit MSV-3", message_vector=flip(message_vector(), 0), static_vector=unable)
        no("bad-vector MSV-4", message_vector=message_vector("10"), static_vector=unable)
        no("bad-application AM1-9", static_vector=unable, licenses=foreign)
        no("bad-application AM1-9", message_vector=message_vector(post_activation=8))
        no("wrong-account AM1-8", licenses=foreign)
        no("duplicate-serial LIF-12", licenses=twice)

    def test_parameters(self):
        good = license()
        self.write(licenses=[{**good, "type": "A" * 16, "application": "A           "}])
        for changes in ({"type": ""}, {"type": "A" * 17}, {"type": "a"}, {"type": "A B"},
                        {"type": None}, {"type": "A\n"}, {"application": "ACTIVATION "},
                        {"application": "ACTIVATION   "}, {"application": " " * 12},
                        {"application": " CTIVATION12"}, {"application": "ACTIV TION12"},
                        {"application": "activation12"}, {"application": "ACTIVATION1\n"},
                        {"threshold": 0}, {"threshold": 100}, {"threshold": "1"},
                        {"secure_channel": 1}, {"license_key": "00" * 15}, {"serial": "VDS"},
                        {"mode": "MA"}):
            self.fault("license_file.write",
                       **self.write_params(licenses=[{**good, **changes}]))
        for name in good:
            rest = {key: value for key, value in good.items() if key != name}
            self.fault("license_file.write", **self.write_params(licenses=[rest]))
        for changes in ({"transport_key": "00" * 16}, {"random": {"file_id": "00"}},
                        {"random": {"blob_nonce": "00" * 12}}, {"licenses": {}}):
            self.fault("license_file.write", **self.write_params(**changes))
        self.fault("license_file.read", transport_key="00" * 31, file="")
        self.fault("license_file.read", transport_key="00" * 32, file="", random={})


class Reading(Files):
    def test_cut(self):
        """Wherever it is cut: LIF-5, and of the last line nothing but its length is looked at."""
        self.read(FILE)
        for length in range(len(FILE)):
            self.no("cut-file LIF-5", FILE[:length])
        for tail in (b"\xff\0nonsense", b"\r", b"x" * 1900):
            self.no("cut-file LIF-5", tail)
            self.no("cut-file LIF-5", header() + b"\n" + tail)
            self.no("cut-file LIF-5", closed(header(), FIRST, SECOND)[:-1] + tail)

    def test_each_byte(self):
        """Whatever byte is changed, and in whatever way: the file is refused."""
        before = self.states()
        for at in range(len(FILE)):
            for bit in (1, 0x20, 0x80):
                bent = bytearray(FILE)
                bent[at] ^= bit
                answer = self.ask("license_file.read", transport_key=TRANSPORT_KEY.hex(),
                                  file=bent.hex())
                self.assertIn("refused", answer, bytes(bent))
        self.assertEqual(self.states(), before)

    def test_line_lengths(self):
        bad = b"x" * 2048
        self.no("bad-file LIF-6", bad + b"\n")
        self.no("bad-file LIF-6", bad + b"x\n")
        # Without its LF a line is cut, but its length comes first.
        self.no("cut-file LIF-5", bad)
        self.no("bad-file LIF-6", bad + b"x")
        self.no("bad-file LIF-6", header() + b"\n" + bad + b"x\n")
        # The length comes before the version, the version before the form.
        future = header(version="2")
        self.no("bad-version LIF-7", future + b" " * (2048 - len(future)) + b"\n")
        self.no("bad-file LIF-6", future + b" " * (2049 - len(future)) + b"\n")
        # A static vector so long that the line is just not too long is one of section 8.
        room = (2048 - len(header(static=b""))) // 2
        self.no("bad-vector STV-2", header(static=bytes(room)) + b"\n")
        self.no("bad-file LIF-6", header(static=bytes(room + 1)) + b"\n")

    def test_version(self):
        for version in ("2", "0", "10", "999999999", "11"):
            self.no("bad-version LIF-7", closed(header(version=version), FIRST, SECOND))
        start = b'{"format":"counterproof-licenses","version":'
        self.no("bad-version LIF-7", start + b"2,\xff\n")
        for form in (b"2\n", b"2}\n", b"1234567890,\n", b"-1,\n", b"+2,\n", b"1.0,\n", b",\n",
                     b" 2,\n", b'"2",\n', b"2 ,\n", b"1,\n", b"0x2,\n", b"2e1,\n"):
            self.no("bad-file LIF-6", start + form)
        self.no("bad-file LIF-6", b" " + start + b"2,\n")
        self.no("bad-file LIF-6", start.replace(b"licenses", b"license") + b"2,\n")
        self.no("bad-file LIF-6", start.replace(b":", b": ") + b"2,\n")

    def test_header(self):
        good = header()

        def no(old, new, expected="bad-file LIF-6"):
            self.assertEqual(good.count(old), 1)
            self.no(expected, closed(good.replace(old, new), FIRST, SECOND))
        for old, new in (
                (b'"count":2', b'"count":02'), (b'"count":2', b'"count":0'),
                (b'"count":2', b'"count":10000001'), (b'"count":2', b'"count":"2"'),
                (b'"count":2', b'"count":-2'), (b'"count":2', b'"count":2.0'),
                (b'"count":2', b'"count":'), (b'"count":2', b'"count":2,"more":1'),
                (b',"count":2', b''), (b'"count":2}', b'"count":2} '),
                (b'"count":2}', b'"count":2'),
                (b'"version":1,', b''), (b'"version":1', b'"version":1 '),
                (b'{"format"', b'{ "format"'), (b'"file_id":"0F', b'"file_id":"0f'),
                (b'"file_id":"0F', b'"file_id":"'), (b'"file_id":"0F', b'"file_id":"0F0F'),
                (b'"static_vector":"38', b'"static_vector":"3'),
                (b'"static_vector":"3808', b'"static_vector":"3G08'),
                (message_vector().encode(), message_vector().lower().encode()),
                (message_vector().encode(), message_vector()[:-1].encode()),
                (message_vector().encode(), message_vector()[:-1].encode() + b"G")):
            no(old, new)
        check = upper(kdf(TRANSPORT_KEY, b"file-check", FILE_ID))
        no(check, check[:-1])
        no(check, check.lower())
        self.no("bad-file LIF-6", closed(good + b"\r", FIRST, SECOND))
        self.no("bad-file LIF-6", closed(FIRST, SECOND))
        self.no("bad-file LIF-6", closed(b"", good, FIRST, SECOND))
        self.no("bad-file LIF-6", b"\xef\xbb\xbf" + FILE)
        self.no("bad-file LIF-6", closed())             # a trailer in the header's place
        # Members in another order are another form.
        members = json.loads(good)
        swapped = json.dumps(dict(sorted(members.items())), separators=(",", ":")).encode()
        self.no("bad-file LIF-6", closed(swapped, FIRST, SECOND))

    def test_header_order(self):
        """Each with the next defect beside it."""
        unable = vector(application(1, mode=2))
        bad = message_vector("10")
        bent = flip(bad, 0)
        self.no("bad-file LIF-6", header(count=0, check=bytes(16)) + b"\n")
        self.no("wrong-key LIF-8", header(check=bytes(16), static=b"") + b"\n")
        self.no("wrong-key LIF-8", header(static=b"", key=bytes(32)) + b"\n")
        self.no("bad-vector STV-1", header(static=b"", message=bent) + b"\n")
        self.no("bad-check-digit MSV-3", header(static=unable, message=bent) + b"\n")
        self.no("bad-vector MSV-4", header(static=unable, message=bad) + b"\n")
        self.no("bad-application AM1-9", header(static=unable) + b"\nnonsense\n")
        self.no("bad-file LIF-6", header() + b"\nnonsense\n")

    def test_licenses(self):
        def no(expected, *lines, count=2):
            self.no(expected, closed(header(count), *lines))
        for kind in ("A", "9" * 16):
            self.read(closed(header(1), line(kind=kind)))
        for changes in (
                {"kind": ""}, {"kind": "A" * 17}, {"kind": "a"}, {"kind": "A "}, {"kind": 'A\\"'},
                {"name": "ACTIVATION "}, {"name": "ACTIVATION   "}, {"name": " " * 12},
                {"name": " CTIVATION12"}, {"name": "ACTIV TION12"}, {"name": "activation12"},
                {"mode": "SG"}, {"mode": "ma"}, {"threshold": "0"}, {"threshold": "100"},
                {"threshold": "03"}, {"threshold": '"3"'}, {"threshold": ""}, {"threshold": "-1"},
                {"channel": "1"}, {"channel": "True"}, {"channel": "null"}, {"channel": '"true"'},
                {"serial": "vds1000120"}, {"serial": "VDS100012"}, {"serial": "VDS10001200"},
                {"serial": "VD\\u0053100"}, {"serial": "VDS10001A0"}):
            good = {"VDS10001A0": OTHER}.get(changes.get("serial"), SERIAL)
            no("bad-file LIF-6", line(**{"serial": good, **changes}), count=1)
        for bent in (FIRST[:-1], FIRST + b" ", FIRST + b"\r", b" " + FIRST, b"", FIRST + FIRST,
                     FIRST.replace(b'":', b'": '), FIRST[:-3] + b'"}', FIRST[:-2] + b'0"}',
                     FIRST[:-2] + b'","more":1}', b"[" + FIRST + b"]", header(),
                     FIRST[:-10] + FIRST[-10:-2].lower() + b'"}'):
            if bent != FIRST:
                no("bad-file LIF-6", bent, count=1)
        # Another prefix comes before the secret, the form before both.
        foreign = line(serial="VDT1000120")
        no("wrong-account AM1-8", foreign, count=1)
        no("wrong-account AM1-8", foreign[:-10] + b'00000000"}', count=1)
        no("bad-file LIF-6", foreign[:-1], count=1)

    def test_secrets(self):
        """LIF-9: a line has its place and its parameters."""
        def no(*lines, count=2):
            self.no("corrupted LIF-9", closed(header(count), *lines))
        no(SECOND, FIRST)
        no(FIRST, FIRST)
        no(FIRST, line(2, OTHER))
        no(line(1), count=1)
        no(line(0), count=1)
        no(line(2, key=bytes(32)), count=1)
        for old, new in ((b"VDS1000120", b"VDS1000121"), (b'"TYP1"', b'"TYP2"'),
                         (b"ACTIVATION  ", b"ACTIVATION1 "), (b'"threshold":3', b'"threshold":99'),
                         (b"true", b"false")):
            self.assertEqual(FIRST.count(old), 1)
            no(FIRST.replace(old, new), SECOND)
        no(FIRST[:-3] + (b"0" if FIRST[-3:-2] != b"0" else b"1") + b'"}', count=1)
        # It comes where the line stands: before a later line, count and mac.
        self.no("corrupted LIF-9", header(9) + b"\n" + line(3) + b"\nnonsense\n")

    def test_trailer(self):
        body = header() + b"\n" + FIRST + b"\n" + SECOND + b"\n"
        good = trailer(body)
        self.read(body + good + b"\n")
        for bent in (good + b" ", good[:-1], good.replace(b'":', b'": '),
                     good.replace(b"mac", b"MAC"), good[:-4] + b'"}', good[:8] + b"G" + good[9:],
                     good + b"\r", b'{"mac":}',
                     good[:-1] + b',"a":1}', good[:8] + good[8:-2].lower() + b'"}', b'{"mac":'):
            self.no("bad-file LIF-6", body + bent + b"\n")
        other = good[:8] + (b"0" if good[8:9] != b"0" else b"1") + good[9:]
        self.no("corrupted LIF-11", body + other + b"\n")
        self.no("corrupted LIF-11", body + other + b"\nmore")
        self.no("bad-file LIF-6", body + good + b"\nmore")          # what follows needs no LF
        self.no("bad-file LIF-6", body + good + b"\n\n")
        self.no("bad-file LIF-6", FILE + FILE)
        self.no("bad-file LIF-6", closed(header(1), FIRST) + SECOND + b"\n" + good + b"\n")

    def test_count(self):
        for count, lines in ((1, ()), (1, (FIRST, SECOND)), (3, (FIRST, SECOND)),
                             (10_000_000, (FIRST,))):
            self.no("bad-count LIF-10", closed(header(count), *lines))
        self.no("bad-count LIF-10", header() + b"\n" + FIRST + b"\n" + trailer(b"") + b"\n")
        # A line cut out of the middle, and one at the end: the second is no secret's matter.
        self.no("corrupted LIF-9", closed(header(1), SECOND))
        self.no("bad-count LIF-10", closed(header(2), FIRST))

    def test_mac(self):
        """What no other check covers is under the mac."""
        body = header() + b"\n" + FIRST + b"\n" + SECOND + b"\n"
        self.no("corrupted LIF-11", body + trailer(body[1:]) + b"\n")
        self.no("corrupted LIF-11", body + trailer(body[:-1]) + b"\n")
        self.no("corrupted LIF-11", body + trailer(body, bytes(32)) + b"\n")
        longer = message_vector(activation_validity_days=9999)
        bent = FILE.replace(message_vector().encode(), longer.encode())
        self.no("corrupted LIF-11", bent)
        bent = FILE.replace(b'"count":2', b'"count":1').replace(SECOND + b"\n", b"")
        self.no("corrupted LIF-11", bent)

    def test_duplicate(self):
        twice = closed(header(3), FIRST, SECOND, line(4, threshold="9"))
        self.no("duplicate-serial LIF-12", twice)
        self.no("bad-file LIF-6", twice + b"x")
        self.no("bad-count LIF-10", closed(header(2), FIRST, SECOND, line(4)))
        body = twice[:-len(trailer(b"")) - 1]
        self.no("corrupted LIF-11", body + trailer(b"") + b"\n")

    def test_other_key(self):
        self.no("wrong-key LIF-8", FILE, bytes(32))
        # One whose check is right by chance of the file's maker still opens nothing.
        forged = FILE.replace(upper(kdf(TRANSPORT_KEY, b"file-check", FILE_ID)),
                              upper(kdf(bytes(32), b"file-check", FILE_ID)))
        self.no("corrupted LIF-9", forged, bytes(32))


# ---- import -------------------------------------------------------------------

class Import(Modern):
    """The file's licenses are those that `server_params` make."""

    def file(self, static=None, **changes):
        static = vector(*MODERN) if static is None else static
        return closed(header(2, static), line(2, OTHER), line(3, **changes))

    def import_params(self, file=None, **changes):
        return {"transport_key": TRANSPORT_KEY.hex(),
                "file": (self.file() if file is None else file).hex(),
                "random": {"payload_key": "BB" * 16, "epoch": "EE" * 8}, **changes}

    def load(self, session="s", file=None, serial=SERIAL, **changes):
        self.assertEqual(self.ok("server.import", session,
                                 **self.import_params(file, serial=serial, **changes)), {})

    def again(self, file=None, **changes):
        self.assertEqual(self.ok("server.reimport", "s", **self.import_params(file, **changes)), {})

    def test_like_create(self):
        """One made by import and one made by create do the same."""
        self.load()
        self.server("t", static_vector=vector(*MODERN).hex())
        self.assertEqual(self.ok("state", "s"), self.ok("state", "t"))
        self.assertEqual(self.am1("s", now=NOW), self.am1("t", now=NOW))
        self.client(static_vector=vector(*MODERN).hex())
        self.activate()
        message = self.listed()
        self.verify(message, self.sign(message, now=NOW))
        self.assertEqual(message[22:30], "00000002")    # the counter began with 0

    def test_without_secure_channel(self):
        self.load(file=self.file(channel="false"))
        self.refused("no-channel REQ-13", "server.generate_request", "s", **self.request_params())

    def test_threshold(self):
        self.load(file=self.file(threshold="1"))
        self.client(static_vector=vector(*MODERN).hex())
        self.activate()
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        self.pre_activate("d")
        self.refused("threshold-reached AM2-4", "server.generate_activation2", "s", now=NOW)

    def test_refused(self):
        """No session is made; IMP-2 comes after all checks of the file."""
        for expected, file in (("wrong-account IMP-2", self.file()), ("cut-file LIF-5", b""),
                               ("duplicate-serial LIF-12", closed(
                                   header(2, vector(*MODERN)), line(2, OTHER), line(3, OTHER))),
                               ("bad-file LIF-6", self.file() + b"x")):
            self.refused(expected, "server.import", "s",
                         **self.import_params(file, serial="VDS0000000"))
        self.refused("wrong-account IMP-2", "server.import", "s",
                     **self.import_params(serial="VDT1000120"))
        self.load(serial=OTHER)
        self.fault("server.import", "s", **self.import_params(serial=SERIAL))   # there is one now
        self.fault("server.import", "t", **self.import_params(serial="VDS"))
        self.fault("server.import", "t", **self.import_params(
            serial=SERIAL, random={"file_id": FILE_ID.hex()}))
        self.fault("server.import", "t", **self.import_params())
        self.fault("server.reimport", "t", **self.import_params())
        self.fault("server.reimport", "s", **self.import_params(serial=SERIAL))

    def test_reimport(self):
        self.set_up(code_tries=1, last_counter=6)
        message = self.listed()
        signature = self.sign(message, now=NOW)
        self.verify(message, signature)
        self.am1(now=NOW)
        code = checked_decimal("0" * 25)
        self.device_refused("wrong-code DVC-11", code, counts="code_failures")
        self.take_refused("wrong-signature VER-12", 3, ONLY, "00000000",
                          counts="signature_failures/01")

        self.again()
        self.assertEqual(self.ok("state", "s")["counters"], {"code_failures": 0})
        self.refused("unknown-instance VER-3", "server.unlock_instance", "s", sequence=1)
        self.verify_refused("unknown-instance VER-3", message, signature)
        self.device_refused("wrong-state DVC-8", code)
        # A counter that was used is not used again, and time does not go back.
        self.client("d", static_vector=vector(*MODERN).hex())
        code = self.ok("client.activate_license", "d",
                       message=self.am1(now=NOW - 500))["device_code"]
        self.device(code, now=NOW - 500)
        answer = self.am2(now=NOW - 500)
        self.assertEqual((answer["sequence"], answer["message"][14:30]),
                         (1, "%08X00000009" % NOW))
        signature = self.ok("client.activate_instance", "d", message=answer["message"],
                            now=NOW)["signature"]
        self.verify(answer["message"], signature)
        self.verify_refused("unknown-message VER-7", message, "")
        fresh = self.listed()
        self.verify(fresh, self.sign(fresh, "d", now=NOW))

    def test_reimport_changes(self):
        """License key, vectors, threshold, Secure Channel and payload key are the file's."""
        self.set_up()
        other = closed(header(1, vector(), message_vector(post_activation=2)), line(
            2, license_key="EE" * 16, threshold="1", channel="false"))
        self.again(other)
        self.server("t", static_vector=vector().hex(), license_key="EE" * 16, threshold=1,
                    secure_channel=False, post_activation=2)
        self.ok("server.generate_activation1", "t", with_challenge=False, with_static_vector=False,
                now=NOW)                # the time of the latest AM1 goes on, AM1-14
        self.assertEqual(self.am1("s"), self.am1("t"))
        self.refused("no-channel REQ-13", "server.generate_request", "s", **self.request_params())
        self.refused("unknown-blob BLB-6", "server.seal_blob", "s", storage_key=STORAGE_KEY,
                     sequence=0, index=1)
        self.again(random={"payload_key": "AA" * 16, "epoch": "EF" * 8})
        blob = self.ok("server.seal_blob", "s", storage_key=STORAGE_KEY, sequence=0,
                       index=1)["blob"]
        self.assertEqual(self.ok("blob.open", storage_key=STORAGE_KEY, serial=SERIAL, sequence=0,
                                 index=1, epoch="EF" * 8, blob=blob),
                         {"generation": 1, "content": "AA" * 16})

    def test_weak(self):
        """IMP-4: a file is not judged, the license made from it is, after IMP-2."""
        self.set_up()
        weak = closed(header(2, vector(application(1, factor=3, length=6)), message_vector(
            signature_tries=99, signature_window=100, look_ahead=20)), line(2, OTHER), line(3))
        self.ok("license_file.read", transport_key=TRANSPORT_KEY.hex(), file=weak.hex())
        self.refused("wrong-account IMP-2", "server.import", "t",
                     **self.import_params(weak, serial="VDS0000000"))
        self.refused("weak-settings VER-21", "server.import", "t",
                     **self.import_params(weak, serial=SERIAL))
        self.refused("weak-settings VER-21", "server.reimport", "s", **self.import_params(weak))
        # No application for requests, STV-7: with Secure Channel alone.
        static = vector(application(1, flags=1))
        for channel in ("true", "false"):
            file = closed(header(1, static), line(2, channel=channel))
            if channel == "true":
                self.refused("bad-application STV-7", "server.import", "t",
                             **self.import_params(file, serial=SERIAL))
                self.refused("bad-application STV-7", "server.reimport", "s",
                             **self.import_params(file))
            else:
                self.load("t", file)

    def test_reimport_refused(self):
        self.set_up()

        def no(expected, file):
            self.refused(expected, "server.reimport", "s", **self.import_params(file))
        no("wrong-account IMP-2", closed(header(1, vector(*MODERN)), line(2, OTHER)))
        no("cut-file LIF-5", self.file()[:-1])
        no("bad-file LIF-6", self.file() + b"x")

    def test_replays_and_time(self):
        """Requests accepted before are forgotten with the requests themselves."""
        self.server(static_vector=vector(*MODERN).hex(), last_counter=0xFFFFFFFE)
        self.am1()
        self.listed()
        before = self.ok("state", "s")["digest"]
        self.again()
        self.assertNotEqual(self.ok("state", "s")["digest"], before)
        self.refused("counter-exhausted NON-3", "server.generate_request", "s",
                     **self.request_params())
        self.server("t", static_vector=vector(*MODERN).hex())
        fresh = self.ok("state", "t")
        self.ok("server.reimport", "t", **self.import_params())
        self.assertEqual(self.ok("state", "t"), fresh)
        self.am1("t")                           # its time goes on
        self.ok("server.reimport", "t", **self.import_params())
        self.assertNotEqual(self.ok("state", "t"), fresh)

    def test_instance(self):
        self.set_up({"device_type": 7}, confirm=False)
        expected = {"type": "TYP07", "applications": [
            {"application": index, "name": "SIGN      01", "mode": mode}
            for index, mode in enumerate(["SG", "MM", "MM", "RO", "CR", "UL", "UL", "UL"], 1)]}
        self.assertEqual(self.ok("server.instance", "s", sequence=1), expected)
        self.deactivation()
        self.assertEqual(self.ok("server.instance", "s", sequence=1), expected)
        self.refused("unknown-instance VER-3", "server.instance", "s", sequence=2)
        for wrong in (0, 100, None):
            self.fault("server.instance", "s", sequence=wrong)

    def test_instance_names(self):
        static = vector(application(2, flags=0, name=b"A123456789"),
                        application(5, name=b"B         "))
        self.server(static_vector=static.hex(), post_activation=5)
        self.client(device_type=99, static_vector=static.hex())
        self.activate(confirm=False)
        self.assertEqual(self.ok("server.instance", "s", sequence=1), {
            "type": "TYP99", "applications": [
                {"application": 2, "name": "A12345678901", "mode": "SG"},
                {"application": 5, "name": "B         01", "mode": "SG"}]})


def checked_decimal(digits):
    return digits + crypto.check_digit(digits, False)


# ---- twelve fields at a step ---------------------------------------------------

class FieldsLimit(Modern):
    def at(self, steps, text):
        data = signed(text)
        return 3, data, self.respond(3, data, NOW + 60 * steps)

    def test_twelve(self):
        self.set_up()
        texts = ["a%x" % i for i in range(13)]
        for text in texts[:11]:
            self.take(*self.at(0, text))
        self.take(3, ONLY, self.respond(3, ONLY))               # counts as none of them
        self.take(*self.at(0, texts[11]))
        self.take_refused("replayed VER-20", *self.at(0, texts[12]))
        self.take_refused("replayed VER-18", *self.at(0, texts[0]))
        self.wrong(3, signed("zz"), "00000000")
        self.take(*self.at(1, texts[12]))                       # a new step begins anew
        self.take(*self.at(1, texts[0]))

    def test_messages_are_none(self):
        self.set_up()
        for _ in range(13):
            message = self.listed(carrier="direct")
            self.verify(message, self.sign(message, now=NOW))
        self.take(1, signed("a", ""), self.respond(1, signed("a", "")))

    def test_with_events_there_is_none(self):
        self.set_up()
        for _ in range(14):
            self.take(2, signed("a"), self.respond(2, signed("a")))


# ---- BLOBs --------------------------------------------------------------------

NONCE = "0102030405060708090A0B0C"
EPOCH = b"\xEE" * 8             # of the servers of all tests


def blob(content, sequence=0, index=0, serial=SERIAL_BYTES, key=STORAGE_KEY, version=2,
         nonce=NONCE, generation=1, epoch=EPOCH, associated=None):
    """By hand, section 22."""
    sealing = kdf(bytes.fromhex(key), b"blob", serial + bytes([sequence, index]))
    nonce, head = bytes.fromhex(nonce), bytes([version]) + generation.to_bytes(4, "big")
    if associated is None:
        associated = b"\2" + head[1:] + epoch
    raw = head + nonce + AESGCM(sealing).encrypt(nonce, content, associated)
    return base64.b64encode(raw).decode()


class Blobs(Case):
    PLACE = {"storage_key": STORAGE_KEY, "serial": SERIAL, "sequence": 1, "index": 2}

    def no(self, expected, text, **changes):
        self.refused(expected, "blob.open", **{**self.PLACE, "blob": text, **changes})

    def test_by_hand(self):
        for generation, size in enumerate((0, 1, 2, 3, 16, 153)):
            content = bytes(range(size))
            text = self.ok("blob.seal", **self.PLACE, content=content.hex(), generation=generation,
                           random={"blob_nonce": NONCE})["blob"]
            self.assertEqual(text, blob(content, 1, 2, generation=generation))
            self.assertEqual(self.ok("blob.open", **self.PLACE, blob=text),
                             {"generation": generation, "content": content.hex().upper()})
        self.assertEqual(len(text), 248)
        a, b = (self.ok("blob.seal", **self.PLACE, content="")["blob"] for _ in range(2))
        self.assertNotEqual(a, b)

    def test_form(self):
        good = blob(b"", 1, 2)                      # 33 bytes, no padding
        one, two = blob(bytes(2), 1, 2), blob(bytes(1), 1, 2)
        self.assertEqual((good[-1:] != "=", one[-2:] == "==", one[-1:], two[-2:]),
                         (True, False, "=", "=="))
        for text in ("", good[:-1], good + "=", good + "\n", " " + good, good[:4] + "\n" + good[4:],
                     one[:-1], one[:-1] + "==", good[:-1] + "*", good[:-1] + "-", good[:-1] + "_",
                     good + "====", "é" + good[1:], good[:-1] + "٣", one + one, good[:-2] + "=A",
                     "=" * 40, base64.b64encode(bytes([2]) + bytes(31)).decode(),
                     base64.b64encode(bytes([1]) + bytes(186)).decode()):
            self.no("bad-blob BLB-3", text)
        # Unused bits: the last digit before one pad has two of them, before two pads four.
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for text, unused in ((one, 4), (two, 16)):
            at = text.index("=") - 1
            place = alphabet.index(text[at])
            self.assertEqual(place % unused, 0)
            for more in range(1, unused):
                self.no("bad-blob BLB-3", text[:at] + alphabet[place + more] + text[at + 1:])
            self.ok("blob.open", **self.PLACE, blob=text)

    def test_version_and_seal(self):
        for version in (0, 1, 3, 255):
            self.no("bad-version BLB-4", blob(b"", 1, 2, version=version))
            self.no("bad-version BLB-4", base64.b64encode(
                bytes([version]) + bytes(185)).decode())
        good = blob(b"abc", 1, 2)
        self.ok("blob.open", **self.PLACE, blob=good)
        for text in (blob(b"abc", 1, 3), blob(b"abc", 2, 2), blob(b"abc", 2, 1),
                     blob(b"abc", 1, 2, key="00" * 16),
                     blob(b"abc", 1, 2, serial=wire.encode_serial(OTHER)),
                     blob(b"abc", 1, 2, associated=b""), blob(b"abc", 1, 2, associated=b"\2"),
                     blob(b"abc", 1, 2, epoch=b"\xEF" * 8),
                     base64.b64encode(b"\2" + bytes(32)).decode()):
            self.no("corrupted BLB-5", text)
        self.no("corrupted BLB-5", good, epoch="EF" * 8)
        raw = base64.b64decode(good)
        for at in range(1, len(raw)):
            self.no("corrupted BLB-5", base64.b64encode(
                raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]).decode())
        for size in range(33, len(raw)):
            self.no("corrupted BLB-5", base64.b64encode(raw[:size]).decode())

    def test_parameters(self):
        for wrong in ({"storage_key": "00" * 15}, {"serial": "VDS"}, {"sequence": 100},
                      {"sequence": -1}, {"index": 9}, {"index": True}, {"content": "00" * 154},
                      {"epoch": "00" * 7}, {"epoch": None}, {"generation": -1},
                      {"generation": 2 ** 32},
                      {"content": "0"}, {"random": {"blob_nonce": "00" * 16}},
                      {"random": {"file_id": "00" * 16}}, {"random": None}):
            self.fault("blob.seal", **{**self.PLACE, "content": "", **wrong})
        for wrong in ({"blob": 1}, {"blob": None}, {"blob": "\ud800"}, {"random": {}},
                      {"epoch": ""}, {"generation": 1}):
            self.fault("blob.open", **{**self.PLACE, "blob": "", **wrong})
        self.fault("blob.open", **self.PLACE)


def hash_of(*fields):
    data = b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    return hashlib.sha256(data).digest()[:8]


class ServerBlobs(Modern):
    """What a caller holds for a server."""

    def seal(self, sequence, index, session="s", random=True):
        extra = {"random": {"blob_nonce": NONCE}} if random else {}
        return self.ok("server.seal_blob", session, storage_key=STORAGE_KEY, sequence=sequence,
                       index=index, **extra)["blob"]

    def load(self, text, sequence, index, session="s", now=NOW):
        self.assertEqual(self.ok("server.load_blob", session, storage_key=STORAGE_KEY, now=now,
                                 sequence=sequence, index=index, blob=text), {})

    def no(self, expected, text, sequence=1, index=3, key=STORAGE_KEY):
        self.refused(expected, "server.load_blob", "s", storage_key=key, sequence=sequence,
                     index=index, blob=text)

    def key_of(self, index, sequence=1):
        """KEY-8 by hand, as in `by_hand`."""
        return kdf(bytes.fromhex(LICENSE_KEY), b"app",
                   SERIAL_BYTES + bytes([sequence, index, 7]) + DEVICE_ID + b"\xCC" * 13)

    def content(self, index=3, flags=0, shift=0, last=0, otp=0, event=0, hashes=(), n=None,
                key=None):
        return bytes([flags]) + (self.key_of(index) if key is None else key) \
            + shift.to_bytes(8, "big", signed=True) + last.to_bytes(8, "big") \
            + otp.to_bytes(8, "big") + event.to_bytes(8, "big") \
            + bytes([len(hashes) if n is None else n]) + b"".join(hashes)

    def sealed_is(self, index, generation, **values):
        self.assertEqual(self.seal(1, index),
                         blob(self.content(index, **values), 1, index, generation=generation))

    def test_keys(self):
        self.set_up()
        self.assertEqual(self.seal(0, 0), blob(bytes.fromhex(LICENSE_KEY), 0, 0))
        self.assertEqual(self.seal(0, 1), blob(b"\xBB" * 16, 0, 1))
        self.assertNotEqual(self.seal(0, 0, random=False), self.seal(0, 0, random=False))

    def test_applications_by_hand(self):
        self.set_up()
        step = NOW // 60
        self.sealed_is(1, 2, flags=1, last=NOW // 30)           # the confirmation
        for index in range(2, 9):
            self.sealed_is(index, 1)
        self.take(3, ONLY, self.respond(3, ONLY, NOW + 120))
        self.sealed_is(3, 2, flags=1, shift=2, last=step + 2, otp=step + 3)
        self.take(3, signed("ab"), self.respond(3, signed("ab"), NOW + 180))
        self.take(3, signed("cd"), self.respond(3, signed("cd"), NOW + 180))
        hashes = sorted([hash_of(b"ab"), hash_of(b"cd")])
        self.sealed_is(3, 4, flags=1, shift=3, last=step + 3, otp=step + 3, hashes=hashes)
        self.respond(2, ONLY)
        self.take(2, signed("x"), self.respond(2, signed("x")))
        self.sealed_is(2, 2, flags=1, event=2)                  # no step, no hash
        self.take(4, ONLY, self.respond(4, ONLY, NOW - 60))
        self.sealed_is(4, 2, flags=1, shift=-1, last=step - 1, event=1)
        self.restored(now=NOW)
        self.sealed_is(2, 3, flags=3, event=2)
        self.sealed_is(3, 5, flags=1, shift=3, last=step + 4, otp=step + 3)
        self.sealed_is(5, 2, last=NOW // 30 + 1)                # raised, never used
        self.sealed_is(4, 3, flags=3, shift=-1, last=step, event=1)
        self.sealed_is(7, 2, flags=2, last=NOW // 30 + 1)       # unlocking, of both factors
        self.take(1, signed("a", "b"), self.respond(1, signed("a", "b"), NOW + 30))
        self.sealed_is(1, 4, flags=1, shift=1, last=NOW // 30 + 1, hashes=[hash_of(b"a", b"b")])
        # What leaves the content leaves the generation (BLB-11).
        self.restored(now=0)
        self.ok("server.unlock_instance", "s", sequence=1)
        self.sealed_is(1, 4, flags=1, shift=1, last=NOW // 30 + 1, hashes=[hash_of(b"a", b"b")])

    def test_which_there_are(self):
        self.set_up(secure_channel=False, threshold=99)
        for place in ((0, 1), (0, 2), (0, 8), (1, 0), (2, 1), (99, 8), (2, 0)):
            self.refused("unknown-blob BLB-6", "server.seal_blob", "s", storage_key=STORAGE_KEY,
                         sequence=place[0], index=place[1])
            self.no("unknown-blob BLB-6", "", *place)           # before the form
        self.seal(1, 6)                                         # a disabled application has one
        self.server("t", static_vector=vector(application(2), application(5)).hex(),
                    post_activation=2)
        self.seal(0, 1, "t")
        for wrong in ({"sequence": 100}, {"index": 9}, {"index": -1}, {"storage_key": "00"}):
            self.fault("server.seal_blob", "s",
                       **{"storage_key": STORAGE_KEY, "sequence": 0, "index": 0, **wrong})
            self.fault("server.load_blob", "s", blob="",
                       **{"storage_key": STORAGE_KEY, "sequence": 0, "index": 0, **wrong})
        self.fault("server.load_blob", "s", storage_key=STORAGE_KEY, sequence=0, index=0, blob="",
                   random={"blob_nonce": NONCE})

    def test_gap_in_the_vector(self):
        static = vector(application(2), application(5)).hex()
        self.server(static_vector=static, post_activation=2)
        self.client(static_vector=static)
        self.activate(confirm=False)                            # an unconfirmed one has them, too
        self.seal(1, 2)
        self.seal(1, 5)
        for index in (1, 3, 4, 6):
            self.no("unknown-blob BLB-6", blob(self.content(index), 1, index), 1, index)
        self.ok("server.generate_deactivation", "s", sequence=1, now=NOW)
        self.load(self.seal(1, 5), 1, 5)                        # and a deactivated one

    def test_order(self):
        """BLB-3, BLB-4, BLB-5, BLB-12, BLB-7, BLB-8, each with the next beside it."""
        self.set_up()
        wrong = self.content(key=bytes(16))
        self.no("bad-blob BLB-3", blob(wrong, 1, 3, version=1) + "=")
        self.no("bad-version BLB-4", blob(wrong, 1, 4, version=1))
        self.no("corrupted BLB-5", blob(wrong, 1, 4, generation=0))
        self.no("corrupted BLB-5", blob(wrong, 1, 3), key="00" * 16)
        self.no("stale BLB-12", blob(wrong + b"\0", 1, 3, generation=0))
        self.no("bad-body BLB-7", blob(wrong + b"\0", 1, 3))
        self.no("bad-body BLB-7", blob(self.content(key=bytes(16), flags=4), 1, 3))
        self.no("corrupted BLB-8", blob(wrong, 1, 3))
        self.no("corrupted BLB-8", blob(self.content(key=self.key_of(4)), 1, 3))
        self.load(blob(self.content(), 1, 3), 1, 3)

    def test_layout(self):
        self.set_up()
        for place, size in (((0, 0), 16), ((0, 1), 16)):
            for other in (0, 15, 17, 153):
                self.no("bad-body BLB-7", blob(bytes(other), *place), *place)
        good = self.content()
        for bent in (b"", good[:-1], good + b"\0", good + bytes(8), self.content(n=1),
                     self.content(hashes=[b"A" * 8], n=0), self.content(hashes=[b"A" * 8], n=2),
                     self.content(hashes=[b"A" * 8])[:-1]):
            self.no("bad-body BLB-7", blob(bent, 1, 3))
        for n in (1, 12):
            self.load(blob(self.content(hashes=[bytes([i]) * 8 for i in range(n)]), 1, 3,
                           generation=2 * n), 1, 3)
        good = self.content(hashes=[bytes([i]) * 8 for i in range(12)], n=13)
        self.no("bad-body BLB-7", blob(good, 1, 3, generation=99))
        for hashes in ([b"A" * 8, b"A" * 8], [b"B" * 8, b"A" * 8]):
            self.no("bad-body BLB-7", blob(self.content(hashes=hashes), 1, 3, generation=99))
        self.load(blob(self.content(hashes=[b"A" * 8, b"A" * 7 + b"B"]), 1, 3, generation=99), 1, 3)

    def test_ranges(self):
        self.set_up()
        top = 2 ** 53 - 1
        generations = iter(range(10, 9999))

        def bad(index, **values):
            self.no("bad-body BLB-7", blob(self.content(index, **values), 1, index,
                                           generation=9999), 1, index)

        def good(index, **values):
            self.load(blob(self.content(index, **values), 1, index,
                           generation=next(generations) * 2), 1, index)
        for index, flags in ((2, 3), (3, 1), (4, 3)):
            for value in range(flags + 1):
                good(index, flags=value)
            for value in (4, 8, 128, 255):
                bad(index, flags=value)
        bad(3, flags=2)                                         # no events, never out of sync
        for index in (3, 4, 6, 7):
            for shift in (2 ** 40, -2 ** 40):
                good(index, shift=shift)
                bad(index, shift=shift + (1 if shift > 0 else -1))
        bad(2, shift=1)
        for index in (3, 4):
            good(index, last=top)
            bad(index, last=top + 1)
        bad(2, last=1)
        good(3, otp=top)
        bad(3, otp=top + 1)
        bad(3, last=2 ** 64 - 1)
        for index in (2, 4):
            good(index, event=top)
            bad(index, event=top + 1)
            bad(index, otp=1)
            bad(index, hashes=[b"A" * 8])
        bad(3, event=1)

    def test_edited_and_swapped(self):
        self.set_up({"device_type": 7}, threshold=99)
        for index in (1, 2, 4, 5):
            self.no("corrupted BLB-5", self.seal(1, index))
        self.no("corrupted BLB-5", self.seal(0, 0), 0, 1)
        self.no("corrupted BLB-5", self.seal(0, 1), 0, 0)
        self.client("d", static_vector=vector(*MODERN).hex(), platform_data="DD")
        self.activate("d")
        self.no("corrupted BLB-5", self.seal(2, 3))
        self.no("corrupted BLB-5", self.seal(1, 3), 2, 3)
        self.server("t", serial=OTHER, static_vector=vector(*MODERN).hex())
        self.no("corrupted BLB-5", self.seal(0, 0, "t"), 0, 0)
        # With the right place by other hands: the key is another one's.
        inside = self.ok("blob.open", storage_key=STORAGE_KEY, serial=SERIAL, sequence=2, index=3,
                         blob=self.seal(2, 3))["content"]
        self.ok("server.reimport", "t", **Import.import_params(
            self, closed(header(1, vector(*MODERN)), line(2, OTHER)), random={"epoch": "EF" * 8}))
        self.refused("corrupted BLB-5", "server.load_blob", "t", storage_key=STORAGE_KEY,
                     sequence=0, index=0, blob=blob(bytes(16), serial=wire.encode_serial(OTHER)))
        self.no("corrupted BLB-8", blob(bytes.fromhex(inside), 1, 3))

    def test_own_blobs_change_nothing(self):
        self.set_up()
        self.take(3, ONLY, self.respond(3, ONLY))
        self.take(3, signed("ab"), self.respond(3, signed("ab"), NOW + 60))
        self.take(2, ONLY, self.respond(2, ONLY))
        self.take(4, ONLY, self.respond(4, ONLY))
        for _ in range(2):
            before = self.ok("state", "s")
            for place in [(0, 0), (0, 1)] + [(1, index) for index in range(1, 9)]:
                self.load(self.seal(*place, random=False), *place)
                self.assertEqual(self.ok("state", "s"), before)
            self.restored()

    def generation(self, sequence, index):
        return int.from_bytes(base64.b64decode(self.seal(sequence, index))[1:5], "big")

    def test_old_blobs(self):
        """BLB-12: a BLOB of before is refused, so nothing is accepted again."""
        self.set_up()
        old = self.seal(1, 3)
        self.take(3, signed("ab"), self.respond(3, signed("ab")))
        new = self.seal(1, 3)
        self.take(3, ONLY, self.respond(3, ONLY))
        for text in (old, new):
            self.no("stale BLB-12", text)
        before = self.ok("state", "s")
        self.load(self.seal(1, 3), 1, 3)
        self.assertEqual(self.ok("state", "s"), before)         # BLB-13
        # Two seals of one state are of one generation, and either will do.
        for _ in range(2):
            self.load(self.seal(1, 3, random=False), 1, 3)
        self.assertEqual(self.ok("state", "s"), before)

    def test_epoch(self):
        """BLB-10: those from before a re-import do not open; generations begin anew."""
        self.set_up()
        self.restored()
        self.restored()
        places = {place: self.seal(*place) for place in ((0, 0), (0, 1), (1, 2))}
        self.assertEqual(self.generation(1, 2), 2)
        for place, text in places.items():
            self.load(text, *place)                             # restored keeps the epoch
        self.ok("server.reimport", "s", **Import.import_params(
            self, Import.file(self), random={"payload_key": "BA" * 16, "epoch": "EF" * 8}))
        for place in ((0, 0), (0, 1)):
            self.no("corrupted BLB-5", places[place], *place)
        self.assertEqual((self.generation(0, 0), self.generation(0, 1)), (1, 1))
        # Each draws an epoch of its own.
        epochs = []
        for name in "tu":
            self.ok("server.create", name, **self.server_params(random={}))
            epochs.append(self.seal(0, 0, name))
        self.assertNotEqual(*epochs)

    def test_newer_blobs(self):
        """BLB-14: one from another course of events is taken forward only."""
        self.set_up()
        step = NOW // 60
        self.take(3, signed("ab"), self.respond(3, signed("ab"), NOW + 60))
        self.sealed_is(3, 2, flags=1, shift=1, last=step + 1, hashes=[hash_of(b"ab")])
        # Higher, and lower in what it holds: shift and hashes of the greater step are taken.
        self.load(blob(self.content(flags=0, shift=-9, last=step, otp=step + 5,
                                    hashes=[b"A" * 8]), 1, 3, generation=7), 1, 3)
        self.sealed_is(3, 8, flags=1, shift=-9, last=step + 1, otp=step + 5,
                       hashes=[hash_of(b"ab")])
        # Of one step the BLOB's; OPR-4 with its shift, at `now`.
        self.load(blob(self.content(shift=-9, last=step + 1, hashes=[b"A" * 8]), 1, 3,
                       generation=8), 1, 3)
        self.sealed_is(3, 9, flags=1, shift=-9, last=step + 1, otp=step + 5, hashes=[b"A" * 8])
        self.load(blob(self.content(shift=2, last=step + 1, hashes=[b"A" * 8]), 1, 3,
                       generation=9), 1, 3, now=NOW + 60)
        self.sealed_is(3, 10, flags=1, shift=2, last=step + 4, otp=step + 5)
        self.load(blob(self.content(flags=1, shift=2, last=step + 9, hashes=[b"B" * 8]), 1, 3,
                       generation=10), 1, 3)
        self.sealed_is(3, 11, flags=1, shift=2, last=step + 9, otp=step + 5, hashes=[b"B" * 8])
        # Higher with the same content is another course, too.
        self.load(blob(self.content(flags=1, shift=2, last=step + 9, otp=step + 5,
                                    hashes=[b"B" * 8]), 1, 3, generation=20), 1, 3, now=0)
        self.sealed_is(3, 21, flags=1, shift=2, last=step + 9, otp=step + 5, hashes=[b"B" * 8])

    def test_newer_events(self):
        """BLB-14: OPR-5 for this application, and for no other."""
        self.set_up()
        self.take(2, ONLY, self.respond(2, ONLY))
        self.load(blob(self.content(2, event=7), 1, 2, generation=2), 1, 2)
        self.sealed_is(2, 3, flags=3, event=7)
        self.take_refused("out-of-sync VER-19", 2, ONLY, "")
        self.load(blob(self.content(2, event=3), 1, 2, generation=9), 1, 2)
        self.sealed_is(2, 10, flags=3, event=7)
        self.take(4, ONLY, self.respond(4, ONLY))
        responses = [(ONLY, checked_decimal(by_hand(2, 1, 0, event, length=10)[-9:]))
                     for event in (7, 8)]
        self.ok("server.resynchronise", "s", sequence=1, application=2, now=NOW, **{
            name: dict(zip(("data", "response"), answer))
            for name, answer in zip(("first", "second"), responses)})
        self.sealed_is(2, 11, flags=1, event=9)

    def test_last_generation(self):
        """BLB-11: there it stays, and nothing is refused for it."""
        self.set_up()
        last = 2 ** 32 - 1
        self.load(blob(self.content(), 1, 3, generation=last), 1, 3)
        self.assertEqual(self.generation(1, 3), last)
        self.take(3, ONLY, self.respond(3, ONLY, NOW + 60))
        self.assertEqual(self.generation(1, 3), last)
        self.no("stale BLB-12", blob(self.content(), 1, 3, generation=last - 1))

    def test_loaded_keys_count(self):
        self.set_up()
        self.load(blob(b"\xDD" * 16, 0, 1), 0, 1)
        self.assertEqual(self.generation(0, 1), 2)
        self.refused("corrupted PRT-4", "client.open", "c", message=self.listed(),
                     carrier="direct")
        self.load(blob(b"\xBB" * 16, 0, 1, generation=2), 0, 1)
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.load(blob(b"\xEE" * 16, 0, 0), 0, 0)
        # KEY-8 is of the license key: other keys for the instance that is there already, and so
        # another content of its BLOBs.
        self.assertEqual((self.generation(0, 0), self.generation(1, 3)), (2, 2))
        response = self.respond(3, ONLY)
        self.wrong(3, ONLY, response)
        self.no("corrupted BLB-8", blob(self.content(), 1, 3, generation=2))
        self.load(blob(bytes.fromhex(LICENSE_KEY), 0, 0, generation=2), 0, 0)
        self.assertEqual((self.generation(0, 0), self.generation(1, 3)), (3, 3))
        self.take(3, ONLY, response)
        self.load(blob(b"\xEE" * 16, 0, 0, generation=4), 0, 0)
        self.server("t", static_vector=vector(*MODERN).hex(), license_key="EE" * 16)
        self.ok("server.generate_activation1", "t", with_challenge=False, with_static_vector=False,
                now=NOW)
        self.assertEqual(self.am1("s"), self.am1("t"))

    def test_signatures_of_one_field_and_of_two(self):
        """The lengths are in the hash: "ab", "" is not "a", "b"."""
        self.assertEqual(len({hash_of(b"ab", b""), hash_of(b"a", b"b"), hash_of(b"ab")}), 3)
        self.set_up()
        for fields in (("ab", ""), ("a", "b")):
            self.take(1, signed(*fields), self.respond(1, signed(*fields)))
        self.sealed_is(1, 4, flags=1, last=NOW // 30,
                       hashes=sorted([hash_of(b"ab", b""), hash_of(b"a", b"b")]))


# ---- the client's state -------------------------------------------------------

STATE_NONCE = "F0F1F2F3F4F5F6F7F8F9FAFB"
SALT = b"\xAA" * 16


def sealed(key, label, index=0, serial=SERIAL_BYTES, nonce=STATE_NONCE, platform=PLATFORM_KEY,
           place=0):
    sealing = kdf(bytes.fromhex(platform), label, SALT + serial + bytes([place, index]))
    return AESGCM(sealing).encrypt(bytes.fromhex(nonce), key, None)


def state_of(*accounts, device_type=7, count=None, more=b"", version=2, salt=SALT,
             platform=PLATFORM_KEY):
    """By hand, section 23; the accounts are bytes."""
    data = b"CPC" + bytes([version]) + bytes.fromhex(STATE_NONCE) + salt + bytes([device_type]) \
        + (len(accounts) if count is None else count).to_bytes(2, "big") + b"".join(accounts) + more
    return data + aes_cmac(kdf(bytes.fromhex(platform), b"client-state", salt), data)


SMALL = vector(application(2, factor=2, step=0), application(5))
UNLOCKING = vector(application(2, factor=2, step=0), application(5, mode=5))
EVENT_KEY, TIME_KEY = b"\xE2" * 16, b"\xE5" * 16
CHECK = kdf(bytes.fromhex(LICENSE_KEY), b"client-check", SERIAL_BYTES)


def with_length(raw):
    return len(raw).to_bytes(2, "big") + raw


def keys_of(static=SMALL, payload=None, event=0, no_event=0, event_key=None, time_key=None,
            place=0):
    """Vector and keys; of the vectors above."""
    if payload is None:
        payload = sealed(b"\xBB" * 16, b"client-payload", place=place)
    return with_length(static) + payload + event.to_bytes(8, "big") \
        + (event_key or sealed(EVENT_KEY, b"client-application", 2, place=place)) \
        + no_event.to_bytes(8, "big") \
        + (time_key or sealed(TIME_KEY, b"client-application", 5, place=place))


def activated(sequence=1, policy=0x0822, counter=1, pin=0, unlock=0, challenge=b"", check=CHECK,
              rest=None, **keys):
    """What stands after the flags."""
    return bytes([sequence]) + policy.to_bytes(2, "big") + counter.to_bytes(4, "big") + check \
        + bytes([pin, unlock]) + challenge + (keys_of(**keys) if rest is None else rest)


def waiting(sequence=2, policy=0x0822, counter=2, am2=bytes(32), rest=None, **keys):
    return bytes([sequence]) + policy.to_bytes(2, "big") + counter.to_bytes(4, "big") + am2 \
        + (keys_of(place=1, **keys) if rest is None else rest)


def pre_activated(am1=bytes(32), policy=0x0822, static=SMALL, license_key=None,
                  serial=SERIAL_BYTES):
    return am1 + policy.to_bytes(2, "big") + with_length(static) + (license_key or sealed(
        bytes.fromhex(LICENSE_KEY), b"client-license", serial=serial, place=2))


def account(flags, *parts, serial=SERIAL_BYTES):
    return serial + bytes([flags]) + b"".join(parts)


class ClientState(Modern):
    def load_params(self, state, **changes):
        return {"platform_key": PLATFORM_KEY, "state": state.hex(), "static_vector": None,
                "platform_data": "0102", "app_version": 1, "rooted": False,
                "root_policy": "block", "replacement": False, **changes}

    def load(self, state, session="d", **changes):
        self.assertEqual(self.ok("client.load", session, **self.load_params(state, **changes)), {})

    def save(self, session="c", key=PLATFORM_KEY, random=None):
        random = {"random": {"state_nonce": STATE_NONCE}} if random is None else random
        return bytes.fromhex(self.ok("client.save", session, platform_key=key, **random)["state"])

    def no(self, expected, state, **changes):
        self.refused(expected, "client.load", "d", **self.load_params(state, **changes))

    def fits(self, state):
        """It loads, and what is saved again is the same."""
        self.load(state)
        self.assertEqual(self.save("d"), state)
        self.ok("drop", "d")

    # ---- by hand ----

    def test_empty(self):
        self.client()
        self.assertEqual(self.save(), state_of())
        self.assertEqual(len(state_of()), 51)
        self.fits(state_of())
        self.fits(state_of(device_type=99))
        drawn = [self.save(random={}) for _ in range(2)]
        self.assertNotEqual(*drawn)
        for state in drawn:
            self.load(state, state.hex()[:64])

    def test_by_hand(self):
        """All of an account, from its messages."""
        self.server(static_vector=SMALL.hex(), post_activation=2, message_protection=1)
        self.client(static_vector=SMALL.hex(), replacement=True)
        message = self.am1()
        code = self.ok("client.activate_license", "c", message=message)["device_code"]
        policy = 2 << 10 | 1 << 4 | 1 << 1

        def pre(message):
            return pre_activated(hashlib.sha256(bytes.fromhex(message)).digest(), policy)

        def keys(sequence, event, place):
            own = [kdf(bytes.fromhex(LICENSE_KEY), b"app", SERIAL_BYTES
                       + bytes([sequence, index, 7]) + DEVICE_ID + b"\xCC" * 13)
                   for index in (2, 5)]
            return {"event": event, "place": place,
                    "event_key": sealed(own[0], b"client-application", 2, place=place),
                    "time_key": sealed(own[1], b"client-application", 5, place=place)}
        self.assertEqual(self.save(), state_of(account(2, pre(message))))
        self.device(code)
        self.ok("client.activate_instance", "c", message=self.am2()["message"], now=NOW)
        one = activated(policy=policy, rest=keys_of(**keys(1, 1, 0)))
        self.assertEqual(self.save(), state_of(account(5, one)))
        message = self.am1()
        self.device(self.code(message=message))
        self.assertEqual(self.save(), state_of(account(7, one, pre(message))))
        am2 = self.am2()["message"]
        for event in (1, 2):
            self.ok("client.activate_instance", "c", message=am2, now=NOW)
            two = waiting(2, policy, 2, hashlib.sha256(bytes.fromhex(am2)).digest(),
                          keys_of(**keys(2, event, 1)))
            self.assertEqual(self.save(), state_of(account(5 | 64 | 128, one, two)))
        self.ok("client.mark_confirmed", "c", message=am2)
        two = activated(2, policy, 2, rest=keys_of(**keys(2, 2, 0)))
        self.assertEqual(self.save(), state_of(account(5, two)))

    def test_failures_and_challenge(self):
        self.set_up()
        self.lock()
        self.ok("client.generate_unlock_challenge", "c", serial=SERIAL,
                random={"unlock_challenge": "%016X" % 7})
        self.refused("wrong-signature UNL-7", "client.unlock", "c", "unlock_failures/" + SERIAL,
                     serial=SERIAL, response=checked("00000000"))
        state = self.save()
        start = SERIAL_BYTES + b"\x0D\1" + (0x0820).to_bytes(2, "big") + bytes([0, 0, 0, 1]) \
            + CHECK + b"\3\1" + b"00000007" + with_length(vector(*MODERN))
        self.assertEqual(state[33:35] + start, b"\0\1" + state[35:35 + len(start)])
        self.assertEqual(len(state), 35 + len(start) + 32 + 8 * 40 + 16)

    def test_several(self):
        """Strictly ascending by serial number, both kinds."""
        five = [wire.encode_serial(serial) for serial in (OTHER, "VDS0000000")]
        self.client(static_vector=SMALL.hex())
        for serial in (OTHER, "VDS0000000"):
            self.ok("client.activate_license", "c",
                    message=am1(build_policy(2, 2, 2), serial=serial))
        hashes = [hashlib.sha256(bytes.fromhex(am1(build_policy(2, 2, 2), serial=serial))).digest()
                  for serial in (OTHER, "VDS0000000")]
        accounts = [account(2, pre_activated(each_hash, serial=each), serial=each)
                    for each, each_hash in zip(five, hashes)]
        self.assertEqual(self.save(), state_of(*reversed(accounts)))
        self.no("bad-file CST-7", state_of(*accounts))
        self.no("bad-file CST-7", state_of(accounts[0], accounts[0]))
        self.fits(state_of(accounts[1], account(5, activated()), accounts[0]))

    # ---- round trips ----

    def test_goes_on(self):
        """A loaded client does what the saved one does."""
        self.set_up({"replacement": True})
        self.respond(2, ONLY)
        self.respond(4, ONLY)
        self.respond_refused("wrong-pin CLI-15", 3, ONLY, "wrong", "pin_failures/" + SERIAL)
        self.load(self.save(), replacement=True)
        message = self.listed(application=2)
        saved, loaded = ([self.ok("client.accounts", name), self.ok("state", name)["counters"]]
                         + [self.respond(index, ONLY, client=name) for index in (2, 3, 4)]
                         + [self.sign(message, name, now=NOW, pin="cached"), self.save(name)]
                         for name in ("c", "d"))
        self.assertEqual(saved, loaded)
        self.verify(message, loaded[5])                         # event 2, after 1 of before

    def test_half_way(self):
        """Between AM1 and AM2, beside an activated one."""
        self.set_up({"replacement": True})
        code = self.code(now=NOW)
        self.load(self.save(), replacement=True)
        self.assertEqual(self.accounts("d"), [(SERIAL, 1, 1, True)])
        self.device(code, replace=True)
        answer = self.am2()
        result = self.ok("client.activate_instance", "d", message=answer["message"], now=NOW + 30)
        self.verify(answer["message"], result["signature"], 2, now=NOW + 30)
        self.assertEqual(self.accounts("d"), [(SERIAL, 1, 1, 2)])
        # And while it waits.
        self.load(self.save("d"), "e", replacement=True)
        self.assertEqual(self.accounts("e"), [(SERIAL, 1, 1, 2)])
        self.assertEqual(self.save("e"), self.save("d"))
        self.ok("client.mark_confirmed", "e", message=answer["message"])
        self.assertEqual(self.accounts("e"), [(SERIAL, 1, 2, False)])
        self.take(3, ONLY, self.respond(3, ONLY, NOW + 60, client="e"), sequence=2)

    def test_locked_stays_locked(self):
        self.set_up()
        self.lock()
        challenge = self.ok("client.generate_unlock_challenge", "c", serial=SERIAL)["challenge"]
        self.load(self.save())
        self.assertEqual(self.ok("state", "d")["counters"],
                         {"pin_failures/" + SERIAL: 3, "unlock_failures/" + SERIAL: 0})
        response = self.ok("server.generate_unlock_response", "s", sequence=1,
                           challenge=challenge)["response"]
        self.ok("client.unlock", "d", serial=SERIAL, response=response)
        self.take(3, ONLY, self.respond(3, ONLY, client="d"))

    def test_opened_message_is_not_written(self):
        self.set_up()
        before = self.save()
        self.ok("client.open", "c", message=self.listed(), carrier="direct")
        self.assertEqual(self.save(), before)
        self.load(before)
        self.refused("wrong-state CLI-12", "client.sign", "d", approved=True, pin="right", now=NOW)
        self.ok("client.sign", "c", approved=True, pin="right", now=NOW)        # still open there

    def test_stale_stays_stale(self):
        self.set_up()
        self.load(self.save())
        old = self.seal(bytes.fromhex("2000015400"), counter=1)
        self.refused("stale CLI-8", "client.open", "d", message=old, carrier="direct")

    def test_setup(self):
        """The rest is as in client.create; the salt is the state's (CST-9)."""
        self.client()
        state = self.save()
        self.load(state, "same", static_vector=vector().hex())
        code = self.ok("client.activate_license", "same", message=am1())["device_code"]
        self.assertEqual(self.ok("client.activate_license", "c", message=am1()),
                         {"device_code": code})
        self.load(state, "other", static_vector=vector().hex(), platform_data="03")
        other = self.ok("client.activate_license", "other", message=am1())["device_code"]
        self.assertNotEqual(other, code)
        self.load(state, "none")
        self.refused("no-vector AM1-7", "client.activate_license", "none", message=am1())
        self.load(state, "rooted", rooted=True)
        self.refused("rooted CLI-1", "client.accounts", "rooted")
        self.assertEqual(self.save("rooted"), state)                            # no CLI-1

    def test_no_post_activation_application(self):
        """What AM1-9 would have refused is refused here, too (CST-7)."""
        self.no("bad-file CST-7", state_of(account(2, pre_activated(policy=0x0820))))
        self.load(state_of(account(2, pre_activated())))

    # ---- refusals ----

    def test_order(self):
        good = state_of()
        long = vector() + bytes(481)
        self.no("bad-vector STV-2", b"", static_vector=long.hex())
        self.no("bad-vector STV-1", good, static_vector="")
        for bent in (b"", b"CPC", good[:50], b"CPD" + bytes(48), b"cpc" + good[3:], b"\0" + good,
                     b"CPD\1" + good[4:]):
            self.no("bad-file CST-4", bent)
        for version in (0, 1, 3, 255):
            self.no("bad-version CST-5", state_of(version=version))
            self.no("bad-version CST-5", b"CPC" + bytes([version]) + bytes(47))
        self.no("corrupted CST-6", b"CPC\2" + bytes(47))
        self.no("corrupted CST-6", state_of(device_type=100)[:-1] + b"\0")
        self.no("corrupted CST-6", good, platform_key="00" * 16)
        self.no("bad-file CST-7", state_of(device_type=100))
        self.load(good)
        self.fault("client.load", "d", **self.load_params(good))                # there is one now
        self.fault("client.load", "e", **self.load_params(good), device_type=7)
        self.fault("client.load", "e", **self.load_params(good), random={})
        self.fault("client.load", "e", **self.load_params(good, platform_key="00" * 32))
        self.fault("client.save", "d", platform_key=PLATFORM_KEY, random={"blob_nonce": "00" * 12})
        self.fault("client.save", "d", platform_key="")

    def test_each_byte_and_cut(self):
        self.fits(state_of(account(7, activated(), pre_activated())))
        good = state_of(account(197, activated(), waiting()))
        self.fits(good)
        for at in range(len(good)):
            bent = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
            self.no("bad-file CST-4" if at < 3 else "bad-version CST-5" if at == 3
                    else "corrupted CST-6", bent)
        for length in range(len(good)):
            self.no("bad-file CST-4" if length < 51 else "corrupted CST-6", good[:length])
        self.no("corrupted CST-6", good + b"\0")

    def test_layout(self):
        def no(*accounts, **options):
            self.no("bad-file CST-7", state_of(*accounts, **options))
        for whole in (account(7, activated(), pre_activated()),
                      account(197, activated(), waiting())):
            for length in range(len(whole)):                    # authentic, and too short
                no(whole[:length])
            no(whole, more=b"\0")
            no(whole, count=0)
            no(whole, count=2)
        no(count=1)
        no(count=32)
        for count in (33, 256, 65535):                          # before what is missing
            self.no("bad-file CST-10", state_of(count=count))
        self.no("bad-file CST-7", state_of(count=33, device_type=100))
        for flags in (0, 4, 8, 12, 16, 64, 128, 192, 255):
            no(account(flags))
        for flags in (6, 10, 14):
            no(account(flags, pre_activated()))
        for flags in (16, 32, 64, 128, 192):
            if flags not in (64, 192):
                no(account(flags | 5, activated()))
            no(account(flags | 2, pre_activated()))
        for flags in (16, 32, 48):                              # without a payload key
            no(account(flags | 1, activated(challenge=b"\0\0\1\0\1u\0\0", payload=b"")))
        no(account(7 | 64, activated(), waiting(payload=b""), pre_activated()))
        no(account(5 | 128, activated(), waiting()))
        self.fits(state_of(account(5 | 64, activated(), waiting(payload=b""))))
        self.fits(state_of(account(1 | 64 | 128, activated(payload=b""), waiting())))
        no(account(2, pre_activated(), b"\0"))
        for serial in (bytes.fromhex("FA00000000"), bytes.fromhex("0024000000"),
                       bytes.fromhex("C3E4989680")):
            no(account(2, pre_activated(serial=serial), serial=serial))

    def test_ranges(self):
        def no(flags=5, challenge=b"", payload=None, **values):
            self.no("bad-file CST-7", state_of(account(flags, activated(
                challenge=challenge, **values))))

        def fits(flags=5, **values):
            self.fits(state_of(account(flags, activated(**values))))
        for sequence in (0, 100, 255):
            no(sequence=sequence)
        fits(sequence=99)
        for policy in (0x0000, 0x0823, 0x0802, 0x0832, 0x0022, 0x0C22, 0xFC22):
            no(policy=policy)
            self.no("bad-file CST-7", state_of(account(2, pre_activated(policy=policy))))
            self.no("bad-file CST-7", state_of(account(197, activated(), waiting(policy=policy))))
        for more in ({"sequence": 0}, {"sequence": 100}, {"policy": 0x0820}, {"event": 2 ** 53},
                     {"no_event": 1}):
            self.no("bad-file CST-7", state_of(account(197, activated(), waiting(**more))))
        fits(policy=0x0412)
        fits(counter=2 ** 32 - 1)
        fits(counter=0)
        for name in ("pin", "unlock"):                          # there are 3 tries
            fits(**{name: 3})
            no(**{name: 4})
            no(**{name: 255})
        for challenge in (b"00000000", b"99999999"):
            fits(13, challenge=challenge, pin=3, static=UNLOCKING)
            for values in ({"pin": 2, "static": UNLOCKING}, {"pin": 3}):        # CST-11
                self.no("bad-file CST-11", state_of(account(13, activated(
                    challenge=challenge, **values))))
        for challenge in (b"0000000a", b"       1", bytes(8), b"-0000001", b"\xff" * 8):
            no(13, challenge=challenge, pin=3, static=UNLOCKING)
        fits(event=2 ** 53 - 1)
        no(event=2 ** 53)
        no(event=2 ** 64 - 1)
        no(no_event=1)
        fits(1, payload=b"")
        for device_type in (100, 255):
            self.no("bad-file CST-7", state_of(device_type=device_type))

    def test_vectors_and_keys(self):
        def no(expected, flags, *parts):
            self.no(expected, state_of(account(flags, *parts)))
        bad = SMALL[:-1]
        no("bad-vector STV-1", 5, activated(static=bad))
        no("bad-vector STV-1", 5, activated(static=b""))
        no("bad-vector STV-1", 2, pre_activated(static=bad))
        no("bad-vector STV-2", 2, pre_activated(static=SMALL + bytes(481)))
        no("bad-vector STV-4", 2, pre_activated(static=vector(start=record(9, b""))))
        wrong = bytes(32)
        no("corrupted CST-8", 5, activated(payload=wrong))
        no("corrupted CST-8", 5, activated(event_key=wrong))
        no("corrupted CST-8", 5, activated(time_key=wrong))
        no("corrupted CST-8", 2, pre_activated(license_key=wrong))
        for name in ("payload", "event_key", "time_key"):
            no("corrupted CST-8", 197, activated(), waiting(**{name: wrong}))
        no("bad-vector STV-1", 197, activated(), waiting(static=bad))
        # Each place has keys of its own.
        for place in (0, 1, 2):
            license_key = sealed(bytes(16), b"client-license", place=place)
            payload = sealed(bytes(16), b"client-payload", place=place)
            if place != 0:
                no("corrupted CST-8", 5, activated(payload=payload))
            if place != 1:
                no("corrupted CST-8", 197, activated(), waiting(payload=payload))
            if place != 2:
                no("corrupted CST-8", 2, pre_activated(license_key=license_key))
        key = bytes(16)
        for payload in (sealed(key, b"client-license"), sealed(key, b"client-application", 0),
                        sealed(key, b"client-payload", 1),
                        sealed(key, b"client-payload", serial=wire.encode_serial(OTHER)),
                        sealed(key, b"client-payload", nonce="00" * 12),
                        sealed(key, b"client-payload", platform="00" * 16)):
            no("corrupted CST-8", 5, activated(payload=payload))
        no("corrupted CST-8", 5, activated(
            event_key=sealed(TIME_KEY, b"client-application", 5),
            time_key=sealed(EVENT_KEY, b"client-application", 2)))

    def test_left_to_right(self):
        """Each defect with a later one beside it."""
        wrong, bad = bytes(32), SMALL[:-1]

        def no(expected, flags, *parts, **options):
            self.no(expected, state_of(account(flags, *parts), **options))
        no("bad-file CST-7", 5, activated(sequence=0, static=bad))
        no("bad-file CST-7", 13, activated(challenge=b"x" * 8, static=bad))
        no("bad-file CST-11", 13, activated(challenge=b"0" * 8, pin=3, payload=wrong))
        no("bad-file CST-7", 13, activated(challenge=b"0" * 8, pin=4))
        no("corrupted CST-8", 197, activated(time_key=wrong), waiting(sequence=0))
        no("bad-file CST-7", 197, activated(), waiting(policy=0x0820, payload=wrong))
        no("bad-vector STV-1", 5, activated(static=bad, payload=wrong))
        no("bad-file CST-7", 5, activated(pin=4, payload=wrong))        # once the tries are known
        no("bad-vector STV-1", 5, activated(pin=4, static=bad))
        no("corrupted CST-8", 5, activated(payload=wrong, event=2 ** 53))
        no("bad-file CST-7", 5, activated(event=2 ** 53, event_key=wrong))
        no("corrupted CST-8", 5, activated(event_key=wrong, no_event=1))
        no("corrupted CST-8", 7, activated(time_key=wrong), pre_activated(policy=0))
        no("bad-file CST-7", 2, pre_activated(policy=0, static=bad))
        no("bad-vector STV-1", 2, pre_activated(static=bad, license_key=wrong))
        no("corrupted CST-8", 2, pre_activated(license_key=wrong), more=b"\0")
        no("bad-file CST-7", 2, pre_activated(license_key=wrong)[:-1])
        # An account out of order is so before the rest of it is read.
        low = wire.encode_serial("VDS0000000")
        self.no("bad-file CST-7", state_of(account(5, activated()),
                                           account(2, pre_activated(static=bad), serial=low)))


if __name__ == "__main__":
    unittest.main()
