"""Tests of sections 28 to 30: single-device licensing, passwords, platform binding; test_peer.py
runs them, too."""

import hashlib
import random
import unittest

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

import crypto
from test_peer import (
    LICENSE_KEY, MASTER_KEY, NOW, ONLY, SERIAL, Case, aes_cmac, application, asked, flip, head,
    signed, vector)
from test_storage import SERIAL_BYTES, kdf, upper, with_length

K = bytes.fromhex(LICENSE_KEY)
PLATFORM = b"\x5A" * 16
STORAGE = b"\x3C" * 16
PLATFORM_DATA = b"phone 1"
D = hashlib.sha256(b"platform" + SERIAL_BYTES + PLATFORM_DATA).digest()[:7]
SALT = b"\x77" * 16
SECRET = "99" * 16
NONCE = b"\xA0" * 12
OTHER = "VDS1000121"
FOREIGN = "ABC1000120"
EVENT = {"factor": 2, "step": 0}

APPLICATIONS = (
    application(1, 1, 1, name=b"OTP       "),                               # RO, time
    application(2, 1 | 8, 4, length=10, name=b"MM        ", fields=[(1, 9)], **EVENT),
    application(3, 1 | 4, 3, factor=3, step=60, fields=[(0, 9), (0, 9)]),   # SG, both, hexadecimal
    application(4, 0, 1, 2, length=6, **EVENT),                             # HOTP, disabled
    application(5, 1, 2),                                                   # CR, time
    application(6, 1, 1, 5, length=8),                                      # TOTP
)
EVENTS = (2, 3, 4)                                                          # that have events


def static(*applications, rules=(1, 4, 8, 3, 1), binding=1, prefix="VDS"):
    return vector(*(applications or APPLICATIONS),
                  start=head(prefix=prefix, rules=rules, binding=binding))


VECTOR = static()
FREE = static(rules=(0, 1, 8, 3, 0))                # no password required, weak ones allowed
PASSWORD = "correct"


# ---- by hand ------------------------------------------------------------------

def wrapped(key=K, serial=SERIAL_BYTES, master=MASTER_KEY):
    return Cipher(AES(kdf(master, b"acode", serial)), ECB()).encryptor().update(key)


def decimal(number=None):
    digits = "%039d" % (int.from_bytes(wrapped(), "big") if number is None else number)
    return digits + crypto.check_digit(digits, False)


def hexadecimal():
    digits = wrapped().hex().upper()
    return digits + crypto.check_digit(digits, True)


def single_key(index, platform=None, key=K):
    if platform:
        return kdf(key, b"single-bound", SERIAL_BYTES + bytes([index]) + platform)
    return kdf(key, b"single-app", SERIAL_BYTES + bytes([index]))


def response(index, mode, step, event, *fields, length=8, hexadecimal=False, platform=None, key=K):
    """Without a check digit."""
    data = bytes([1, mode, index]) + step.to_bytes(8, "big") + event.to_bytes(8, "big") \
        + bytes([length]) + b"".join(with_length(field) for field in fields)
    r = aes_cmac(single_key(index, platform, key), data)
    return r.hex().upper()[:length] if hexadecimal else str(int.from_bytes(r, "big"))[-length:]


def erc(*counters, key=K, indexes=EVENTS, bend=0, digits=None, check=None):
    data = b"".join(counter.to_bytes(4, "big") for counter in counters)
    mac = aes_cmac(kdf(key, b"erc", SERIAL_BYTES), bytes(indexes) + data)[:5]
    number = int.from_bytes(data + mac, "big") ^ bend
    size = digits or len(str(2 ** (32 * len(counters) + 40) - 1))
    text = "%0*d" % (size, number)
    return text + (crypto.check_digit(text, False) if check is None else check)


def derived(index=1, step=NOW // 30, event=0, challenge="", platform=D, key=K):
    data = b"derive" + platform + bytes([index]) + step.to_bytes(8, "big") \
        + event.to_bytes(8, "big") + challenge.encode()
    r = aes_cmac(kdf(key, b"single-derive", SERIAL_BYTES + bytes([index])), data)
    digits = "%017d%08d" % (int.from_bytes(platform, "big"), int.from_bytes(r, "big") % 10 ** 8)
    return digits + crypto.check_digit(digits, False)


def activation_content(serial=SERIAL_BYTES, number=None, check=None, raw=VECTOR, counter=b"",
                       length=None, more=b""):
    if number is None:
        number = wrapped(serial=serial)
    if check is None:
        check = kdf(K, b"single-check", serial)[:4]
    return serial + number + check + with_length(raw) \
        + bytes([len(counter) if length is None else length]) + counter + more


def plain(content=None, start=b"FAD\1\0", check=None):
    data = start + (activation_content() if content is None else content)
    return (data + (check or hashlib.sha256(data).digest()[:8])).hex().upper()


def encrypted(content=None, start=b"FAD\1\1", secret=SECRET, nonce=NONCE):
    content = activation_content() if content is None else content
    key = kdf(bytes.fromhex(secret), b"full-activation", b"")
    return (start + nonce + AESGCM(key).encrypt(nonce, content, start)).hex().upper()


def sealed_key(password=PASSWORD, salt=SALT, memory=8, iterations=1, key=K, platform=PLATFORM):
    p = bytes(16) if password is None else Argon2id(
        salt=salt, length=16, iterations=iterations, lanes=1, memory_cost=memory).derive(
            password.encode())
    return AESGCM(kdf(platform, b"single-key", salt + SERIAL_BYTES + p)).encrypt(
        bytes(12), key, None)


# ---- the frame of these tests -------------------------------------------------

class Single(Case):
    def client_params(self, static_vector=VECTOR, **changes):
        return {"static_vector": static_vector and static_vector.hex(),
                "platform_data": PLATFORM_DATA.hex(), "platform_key": PLATFORM.hex(),
                "short_codes": True, "rooted": False, "root_policy": "block",
                "reset_policy": "lock", "memory_kib": 8, "iterations": 1, **changes}

    def client(self, name="c", **changes):
        self.ok("client.single_create", name, **self.client_params(**changes))

    def server_params(self, **changes):
        return {"serial": SERIAL, "license_key": LICENSE_KEY, "static_vector": VECTOR.hex(),
                "signature_tries": 2, "identification_window": 6, "signature_window": 4,
                "first_use_s": 0, "look_ahead": 2, **changes}

    def server(self, name="s", **changes):
        self.ok("server.single_create", name, **self.server_params(**changes))

    @staticmethod
    def activate_params(**changes):
        return {"serial": SERIAL, "suffix": None, "code": decimal(),
                "event_reactivation_counter": None, "password": PASSWORD,
                "random": {"password_salt": SALT.hex()}, **changes}

    def activate(self, client="c", **changes):
        return self.ok("client.single_activate", client, **self.activate_params(**changes))

    def activate_refused(self, expected, client="c", **changes):
        self.refused(expected, "client.single_activate", client, **self.activate_params(**changes))

    def online_params(self, data=None, shared_secret=None, password=PASSWORD):
        return {"data": plain() if data is None else data, "shared_secret": shared_secret,
                "password": password, "random": {"password_salt": SALT.hex()}}

    def online(self, *args, client="c", **changes):
        return self.ok("client.single_activate_online", client,
                       **self.online_params(*args, **changes))

    def online_refused(self, expected, *args, client="c", **changes):
        self.refused(expected, "client.single_activate_online", client,
                     **self.online_params(*args, **changes))

    def status(self, client="c"):
        status = self.ok("client.single_status", client)
        return status["state"], status["serial"]

    def flags(self, client="c"):
        status = self.ok("client.single_status", client)
        return [status[name] for name in ("password", "bound", "proven")]

    def respond(self, index=1, data=ONLY, password=PASSWORD, now=NOW, client="c"):
        return self.ok("client.single_generate_response", client, application=index, data=data,
                       password=password, now=now)["response"]

    def respond_refused(self, expected, index=1, data=ONLY, password=PASSWORD, counts=None,
                        client="c"):
        self.refused(expected, "client.single_generate_response", client, counts,
                     application=index, data=data, password=password, now=NOW)

    def wrong_password(self, client="c"):
        self.respond_refused("wrong-pin PWD-6", password="xxxx", counts="password_failures",
                             client=client)

    def take_params(self, index, data, text, now=NOW, serial=SERIAL):
        return {"serial": serial, "application": index, "data": data, "response": text, "now": now}

    def take(self, *args, **options):
        self.assertEqual(self.ok("server.single_verify_response", "s",
                                 **self.take_params(*args, **options)), {})

    def take_refused(self, expected, *args, counts=None, **options):
        self.refused(expected, "server.single_verify_response", "s", counts,
                     **self.take_params(*args, **options))

    def wrong(self, *args, **options):
        self.take_refused("wrong-signature VER-12", *args, counts="signature_failures", **options)
        self.ok("server.single_unlock", "s")


# ---- codes and files ----------------------------------------------------------

class Codes(Case):
    def read(self, code, short=False, serial=SERIAL):
        return self.ok("activation_code.read", master_key=MASTER_KEY.hex(), serial=serial,
                       code=code, short=short)["license_key"]

    def no(self, expected, code, short=False):
        self.refused(expected, "activation_code.read", master_key=MASTER_KEY.hex(), serial=SERIAL,
                     code=code, short=short)

    def write(self, hexadecimal, serial=SERIAL, key=LICENSE_KEY):
        return self.ok("activation_code.write", master_key=MASTER_KEY.hex(), serial=serial,
                       license_key=key, hexadecimal=hexadecimal)["code"]

    def test_by_hand(self):
        self.assertEqual(self.write(False), decimal())
        self.assertEqual(self.write(True), hexadecimal())
        self.assertEqual((len(decimal()), len(hexadecimal())), (40, 33))
        for code in (decimal(), hexadecimal(), hexadecimal().lower()):
            self.assertEqual(self.read(code), LICENSE_KEY)
            self.assertEqual(self.read(code, True), LICENSE_KEY)
        self.assertNotEqual(self.read(decimal(), serial=OTHER), LICENSE_KEY)
        for k, codes in ((0, ("0" * 20, "0" * 16)),
                         (2 ** 64 - 1, ("18446744073709551615", "F" * 16, "f" * 16))):
            for code in codes:
                self.assertEqual(self.read(code, True), kdf(
                    MASTER_KEY, b"acode-short", SERIAL_BYTES + k.to_bytes(8, "big")).hex().upper())

    def test_refusals_in_order(self):
        good = decimal()
        for code in ("", good[:-1], good + "0", "x" * 40, "A" + good[1:], " " + good[1:],
                     "٣" + good[1:], hexadecimal()[:-1], hexadecimal()[:-1] + "G", good + "\n",
                     "0" * 20, "0" * 16):
            self.no("bad-code SDL-4", code)
        for code in ("A" * 20, "G" * 16, "0" * 17, "+" + "0" * 15):
            self.no("bad-code SDL-4", code, True)
        self.no("bad-check-digit SDL-5", good[:-1] + str((int(good[-1]) + 1) % 10))
        self.no("bad-check-digit SDL-5", hexadecimal()[:-1] + "%X" % (int(hexadecimal()[-1], 16)
                                                                       ^ 1))
        self.read(decimal(2 ** 128 - 1))
        self.no("bad-code SDL-6", decimal(2 ** 128))
        self.no("bad-code SDL-6", decimal(10 ** 39 - 1))
        bad = decimal(2 ** 128)
        self.no("bad-check-digit SDL-5", bad[:-1] + str((int(bad[-1]) + 1) % 10))
        self.no("bad-code SDL-6", "18446744073709551616", True)

    def test_random(self):
        dice = random.Random(28)
        for _ in range(100):
            key = dice.randbytes(16).hex().upper()
            serial = "%c%c%c%07d" % (*(dice.choice("AZ09") for _ in range(3)),
                                     dice.randrange(10 ** 7))
            code = self.write(dice.random() < 0.5, serial, key)
            self.assertEqual(self.read(code, serial=serial), key)
            at = dice.randrange(len(code))
            bent = code[:at] + dice.choice("0123456789") + code[at + 1:]
            if bent != code and len(code) == 40:        # every single digit is found
                answer = self.ask("activation_code.read", master_key=MASTER_KEY.hex(),
                                  serial=serial, code=bent, short=False)
                self.assertEqual(answer["refused"]["class"], "bad-check-digit")

    def test_types(self):
        self.fault("activation_code.read", master_key="00", serial=SERIAL, code="", short=True)
        self.fault("activation_code.read", master_key="00" * 16, serial=SERIAL, code=0, short=True)
        self.fault("activation_code.write", master_key="00" * 16, serial=SERIAL,
                   license_key="00" * 16, hexadecimal=1)


class Files(Case):
    def test_svf(self):
        self.assertEqual(self.ok("export_svf.read", file=(upper(VECTOR) + b"\n").hex()),
                         {"static_vector": VECTOR.hex().upper()})
        for bad in (b"", upper(VECTOR), VECTOR.hex().encode() + b"\n", upper(VECTOR) + b"\r\n",
                    upper(VECTOR) + b"\n\n", b"0" + upper(VECTOR) + b"\n", b" \n", b"\xff\n"):
            self.refused("bad-file SDL-7", "export_svf.read", file=bad.hex())
        self.refused("bad-vector STV-1", "export_svf.read", file=b"\n".hex())
        self.refused("bad-vector STV-1", "export_svf.read", file=(upper(VECTOR[:-1]) + b"\n").hex())

    def log(self, *lines):
        return "".join(line + "\n" for line in lines).encode()

    def no(self, expected, file):
        self.refused(expected, "acode_log.read", file=file.hex())

    def test_log(self):
        one, two = SERIAL + " " + decimal(), OTHER + " " + hexadecimal()
        licenses = [{"serial": SERIAL, "code": decimal()},
                    {"serial": OTHER, "code": hexadecimal()}]
        file = self.log(one, two)
        self.assertEqual(self.ok("acode_log.read", file=file.hex()), {"licenses": licenses})
        self.assertEqual(self.ok("acode_log.write", licenses=licenses),
                         {"file": file.hex().upper()})
        for bad in (b"", file[:-1], b"x"):
            self.no("cut-file SDL-8", bad)
        for bad in ("", SERIAL, SERIAL + " ", one + " ", SERIAL + "  " + decimal(), " " + one,
                    one + "\r", one.lower(), SERIAL + "\t" + decimal(), one[1:],
                    SERIAL + " " + hexadecimal().lower(), SERIAL + " " + "0" * 20,
                    SERIAL + " " + decimal()[:-1] + str((int(decimal()[-1]) + 1) % 10),
                    SERIAL + " " + decimal(2 ** 128), "VDS100012A " + decimal()):
            self.no("bad-file SDL-9", self.log(two, bad))
        self.no("bad-file SDL-9", b"\xff\n")
        # Line by line.
        self.no("duplicate-serial SDL-10", self.log(one, one, "x"))
        self.no("bad-file SDL-9", self.log(one, "x", one))
        self.no("duplicate-serial SDL-10", self.log(one, two, SERIAL + " " + hexadecimal()))

    def test_writer(self):
        def no(expected, *licenses):
            self.refused(expected, "acode_log.write",
                         licenses=[{"serial": serial, "code": code} for serial, code in licenses])
        for code in ("", "x", "0" * 20, hexadecimal().lower(), decimal(2 ** 128)):
            no("bad-file SDL-9", (SERIAL, code))
        no("duplicate-serial SDL-10", (SERIAL, decimal()), (SERIAL, decimal()))
        no("duplicate-serial SDL-10", (SERIAL, decimal()), (SERIAL, decimal()), (OTHER, "x"))
        no("bad-file SDL-9", (SERIAL, decimal()), (SERIAL, "x"))
        self.fault("acode_log.write", licenses=[])
        self.fault("acode_log.write", licenses=[{"serial": SERIAL}])
        self.fault("acode_log.write", licenses=[{"serial": "x", "code": decimal()}])


# ---- activation ---------------------------------------------------------------

class Activation(Single):
    def test_flow(self):
        self.client()
        self.server()
        self.assertEqual(self.ok("client.single_status", "c"), {
            "state": 0, "serial": None, "password": False, "bound": False, "proven": False,
            "kept": False})
        for code, expected in ((False, decimal()), (True, hexadecimal())):
            self.assertEqual(self.ok("server.single_generate_activation_code", "s",
                                     hexadecimal=code), {"code": expected})
        self.assertEqual(self.activate(), {"serial": SERIAL, "warnings": []})
        self.assertEqual(self.ok("client.single_status", "c"), {
            "state": 1, "serial": SERIAL, "password": True, "bound": False, "proven": False,
            "kept": False})
        self.assertEqual(self.activate(serial=None, suffix="1000120", code=hexadecimal().lower()),
                         {"serial": SERIAL, "warnings": ["prefix-from-vector"]})
        self.take(1, ONLY, self.respond())

    def test_refusals_in_order(self):
        self.client("n", static_vector=None)
        self.activate_refused("no-vector SDL-17", "n", serial="x", code="")
        self.client("r", rooted=True, static_vector=None)
        self.activate_refused("rooted CLI-1", "r", serial="x")
        self.client()
        for serial in ("", "vds1000120", "VDS100012", "VDS10001200", "VDS١٠٠٠١٢٠",
                       " VDS1000120"):
            self.activate_refused("bad-serial SDL-12", serial=serial, code="")
        for suffix in ("", "100012", "10001200", "VDS1000120", "١٠٠٠١٢٠"):
            self.activate_refused("bad-serial SDL-12", serial=None, suffix=suffix, code="")
        self.activate_refused("wrong-prefix SDL-13", serial=FOREIGN, code="")
        self.activate_refused("bad-code SDL-4", code="", password=None)
        self.activate_refused("bad-check-digit SDL-5", code="0" * 39 + "0", password=None)
        self.activate_refused("bad-code SDL-6", code=decimal(2 ** 128), password=None)
        self.activate_refused("bad-password PWD-1", password=None, event_reactivation_counter="")
        self.activate_refused("bad-code ERC-4", event_reactivation_counter="")
        self.activate()
        self.activate_refused("wrong-prefix SDL-13", serial="ABC1000121")
        self.activate_refused("wrong-account SDL-14", serial=OTHER, code="")
        self.activate_refused("wrong-account SDL-14", serial=None, suffix="1000121", code="")
        self.activate()

    def test_serial_or_suffix(self):
        self.client()
        self.fault("client.single_activate", "c", **self.activate_params(serial=None))
        self.fault("client.single_activate", "c", **self.activate_params(suffix="1000120"))

    def test_short_codes(self):
        self.client(short_codes=False)
        self.activate_refused("bad-code SDL-4", code="0" * 16)
        self.client("d")
        self.activate("d", code="00000000000000000007")
        key = kdf(MASTER_KEY, b"acode-short", SERIAL_BYTES + (7).to_bytes(8, "big"))
        self.assertEqual(self.respond(client="d"), response(1, 1, NOW // 30, 0, key=key))

    def test_report(self):
        self.client()
        self.refused("wrong-state SDL-27", "client.single_report", "c", accepted=True)
        self.activate()
        for accepted, state, proven in ((False, 3, False), (False, 3, False), (True, 1, True),
                                        (False, 1, True)):
            self.ok("client.single_report", "c", accepted=accepted)
            self.assertEqual((self.status()[0], self.flags()[2]), (state, proven))
        self.activate()                                     # proof is new
        self.ok("client.single_report", "c", accepted=False)
        self.assertEqual(self.status(), (3, SERIAL))
        self.respond()
        for _ in range(3):
            self.wrong_password()
        self.assertEqual(self.status(), (2, SERIAL))
        self.activate()
        self.assertEqual(self.status(), (1, SERIAL))
        self.online()
        self.assertEqual(self.flags(), [True, False, True])
        before = self.states()
        self.ok("client.single_report", "c", accepted=False)
        self.assertEqual(self.states(), before)
        self.client("r", rooted=True)
        self.refused("rooted CLI-1", "client.single_report", "r", accepted=True)
        self.ok("client.single_status", "r")

    def test_reactivation_keeps_events(self):
        self.client()
        self.activate()
        self.respond(2, ONLY)
        self.respond(2, ONLY)
        self.ok("client.single_mark_bound", "c")
        self.activate(password="another")
        self.assertEqual(self.flags(), [True, True, False])
        self.assertEqual(self.respond(2, ONLY, "another")[:9],
                         response(2, 1, 0, 2, length=10, platform=D)[1:])
        # Under another vector: by index.
        other = static(application(2, 1, 4, factor=3), application(3, 1, 1), application(8, 1, 4,
                                                                                         **EVENT))
        self.online(plain(activation_content(raw=other)), password="another")
        self.assertEqual(self.respond(2, ONLY, "another"),
                         response(2, 1, NOW // 30, 3, platform=D))
        self.assertEqual(self.respond(8, ONLY, "another"), response(8, 1, 0, 0, platform=D))
        self.assertEqual(self.respond(3, ONLY, "another"), response(3, 1, NOW // 30, 0, platform=D))

    def test_other_kinds(self):
        """An operation of another kind is a fault, for all four."""
        self.client()
        self.server()
        Case.client(self, "C")
        Case.server(self, "S", **Case.server_params(self))
        for session, op, params in (
                ("C", "client.single_status", {}), ("s", "client.single_status", {}),
                ("S", "server.single_unlock", {}), ("c", "server.single_unlock", {}),
                ("c", "client.accounts", {}), ("s", "server.unlock_instance", {"sequence": 1}),
                ("c", "server.unlock_instance", {"sequence": 1}), ("s", "client.accounts", {})):
            self.fault(op, session, **params)
        self.fault("client.single_create", "S", **self.client_params())
        for session in "csCS":
            self.ok("drop", session)

    def test_create(self):
        self.refused("bad-vector STV-1", "client.single_create", "c",
                     **self.client_params(static_vector=b"\0"))
        for wrong in ({"memory_kib": 7}, {"memory_kib": 65537}, {"iterations": 0},
                      {"iterations": 17}, {"reset_policy": "wipe"}, {"short_codes": 0},
                      {"platform_key": "00"}, {"platform_data": None}):
            self.fault("client.single_create", "c", **self.client_params(**wrong))
        self.refused("wrong-account AM1-8", "server.single_create", "s",
                     **self.server_params(serial=FOREIGN))
        self.refused("bad-vector STV-1", "server.single_create", "s",
                     **self.server_params(serial=FOREIGN, static_vector=""))
        for wrong in ({"signature_tries": 0}, {"first_use_s": 10801}, {"look_ahead": 21},
                      {"identification_window": 101}, {"serial": "x"}, {"license_key": ""}):
            self.fault("server.single_create", "s", **self.server_params(**wrong))


OTHER_KEY = b"\xEE" * 16


class Kept(Single):
    """SDL-35 to SDL-41: what worked before is not given up for a code that may be wrong."""

    def setUp(self):
        super().setUp()
        self.server()
        self.client()
        self.activate()
        self.report(True)

    def report(self, accepted):
        self.assertEqual(self.ok("client.single_report", "c", accepted=accepted), {})

    def mistype(self, salt=1, key=OTHER_KEY, **changes):
        """The code of another license key; its check digit is right."""
        return self.activate(code=decimal(int.from_bytes(wrapped(key), "big")),
                             random={"password_salt": "%032X" % salt}, **changes)

    def revert(self, client="c"):
        self.assertEqual(self.ok("client.single_revert", client), {})

    def kept(self):
        return self.ok("client.single_status", "c")["kept"]

    def test_wrong_code(self):
        before = self.ok("state", "c")
        self.mistype(password="mistyped")
        self.assertEqual((self.status(), self.flags(), self.kept()),
                         ((1, SERIAL), [True, False, False], True))
        self.wrong(1, ONLY, self.respond(password="mistyped"))
        self.respond_refused("wrong-pin PWD-6", counts="password_failures")
        self.report(False)
        self.assertEqual((self.status(), self.kept()), ((3, SERIAL), True))
        self.revert()
        self.assertEqual(self.ok("state", "c"), before)
        self.take(1, ONLY, self.respond())

    def test_right_code(self):
        """The first accepted response drops the kept account, and its password."""
        self.respond(2)
        self.activate(password="another", random={"password_salt": "01" * 16})
        self.report(False)
        self.report(True)
        self.assertFalse(self.kept())
        self.refused("wrong-state SDL-38", "client.single_revert", "c")
        self.assertEqual(self.respond(2, password="another")[:9],
                         response(2, 1, 0, 1, length=10)[1:])

    def test_revert_refused(self):
        self.client("r", rooted=True)
        self.refused("rooted CLI-1", "client.single_revert", "r")
        self.refused("wrong-state SDL-38", "client.single_revert", "c")
        self.client("d")
        self.refused("wrong-state SDL-38", "client.single_revert", "d")
        self.activate("d")                      # nothing was there before
        self.refused("wrong-state SDL-38", "client.single_revert", "d")
        self.fault("client.single_revert", "s")

    def test_refused_activation(self):
        before = self.ok("state", "c")
        self.activate_refused("wrong-code ERC-6", event_reactivation_counter=erc(
            1, 2, 3, key=OTHER_KEY))
        self.assertEqual(self.ok("state", "c"), before)

    def test_further_activation(self):
        """The one that is kept stays it; what answered till then is gone, but its counters."""
        self.mistype(1)
        self.mistype(2, b"\xDD" * 16)
        self.mistype(3, K)                      # the right one: its events count for the kept one
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 0, length=10)[1:])
        self.ok("client.single_mark_bound", "c")
        self.mistype(4)
        self.revert()
        self.assertEqual(self.flags(), [True, True, True])
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 1, length=10, platform=D)[1:])
        self.assertFalse(self.kept())

    def test_events(self):
        """SDL-40: of the same key the highest, of another none."""
        self.respond(2)
        self.mistype(1, K, event_reactivation_counter=erc(5, 0, 0))
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 5, length=10)[1:])
        self.revert()
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 6, length=10)[1:])
        self.mistype(2)
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 0, length=10, key=OTHER_KEY)[1:])
        self.ok("client.single_mark_bound", "c")
        self.mistype(3, event_reactivation_counter=erc(9, 0, 0, key=OTHER_KEY))
        self.assertEqual(self.flags(), [True, True, False])
        self.revert()
        self.assertEqual(self.flags(), [True, False, True])
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 7, length=10)[1:])
        # A counter below the kept account's is stale for the new one of its key.
        self.mistype(4)
        self.activate_refused("stale ERC-7", event_reactivation_counter=erc(7, 0, 0))
        self.mistype(5, K, event_reactivation_counter=erc(8, 0, 0))

    def test_online(self):
        """SDL-37: a key with its check is proven at once, and keeps none."""
        self.respond(2)
        self.mistype()
        self.online()
        self.assertEqual((self.flags(), self.kept()), ([True, False, True], False))
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 1, length=10)[1:])

    def test_tries(self):
        """Each account has its own; going back and forth gives none."""
        for _ in range(2):
            self.wrong_password()
        self.mistype(password="mistyped")
        self.assertEqual(self.ok("state", "c")["counters"], {"password_failures": 0})
        for _ in range(3):
            self.wrong_password()
        self.respond_refused("locked PWD-7")
        self.assertEqual((self.status()[0], self.kept()), (2, True))
        self.revert()
        self.assertEqual(self.ok("state", "c")["counters"], {"password_failures": 2})
        self.wrong_password()
        self.assertEqual(self.status()[0], 2)
        self.mistype(2)
        self.revert()
        self.assertEqual(self.status()[0], 2)   # a locked one comes back locked

    def test_reset(self):
        """SDL-41: where the answering account is wiped, the kept one answers."""
        self.client("c2", reset_policy="reset")
        self.activate("c2")
        self.ok("client.single_report", "c2", accepted=True)
        self.wrong_password("c2")
        code = decimal(int.from_bytes(wrapped(OTHER_KEY), "big"))
        self.activate("c2", code=code, random={"password_salt": "01" * 16})
        for _ in range(2):
            self.wrong_password("c2")
        answer = self.ask("client.single_generate_response", "c2", application=1, data=ONLY,
                          password="xxxx", now=NOW)["refused"]
        self.assertEqual(answer["requirement"], "PWD-6")
        self.assertEqual((self.status("c2"), self.ok("state", "c2")["counters"]),
                         ((1, SERIAL), {"password_failures": 1}))
        self.assertEqual(self.flags("c2"), [True, False, True])

    def test_at_rest(self):
        self.respond(2)
        self.respond(2)
        for _ in range(2):
            self.wrong_password()
        self.mistype(7, password="mistyped")
        self.report(False)
        self.respond(2, password="mistyped")
        salt = (7).to_bytes(16, "big")
        content = client_content(
            1 | 2 | 16 | 32, check=kdf(OTHER_KEY, b"single-check", SERIAL_BYTES)[:4], salt=salt,
            sealed=sealed_key("mistyped", salt, key=OTHER_KEY), events=(0, 1, 0, 0, 0, 0),
            more=bytes([1 | 2 | 8]) + account(failures=2, events=(0, 2, 0, 0, 0, 0)))
        state = self.ok("client.single_save", "c", random={"state_nonce": NONCE.hex()})["state"]
        self.assertEqual(state, state_of(content).hex().upper())
        self.ok("client.single_load", "d", state=state, **self.client_params())
        self.assertEqual(self.ok("state", "d"), self.ok("state", "c"))
        self.revert("d")
        self.assertEqual(self.flags("d"), [True, False, True])
        self.take(2, ONLY, self.respond(2, client="d"))

    def test_digest(self):
        before = self.ok("state", "c")
        self.mistype(password=PASSWORD)
        first = self.ok("state", "c")["digest"]
        self.revert()
        self.assertEqual(self.ok("state", "c"), before)
        self.wrong_password()
        self.mistype(password=PASSWORD)
        self.assertNotEqual(self.ok("state", "c")["digest"], first)     # the kept one's tries


class Online(Single):
    def setUp(self):
        super().setUp()
        self.client(static_vector=None)

    def generate(self, shared_secret=None, with_counter=False):
        return self.ok("server.single_generate_full_activation_data", "s",
                       shared_secret=shared_secret, with_counter=with_counter,
                       random={"activation_nonce": NONCE.hex()})["data"]

    def test_by_hand(self):
        self.server()
        self.assertEqual(self.generate(), plain())
        self.assertEqual(self.generate(SECRET), encrypted())
        counter = erc(0, 0, 0).encode()
        self.assertEqual(self.generate(None, True), plain(activation_content(counter=counter)))
        self.assertEqual(self.online(), {"serial": SERIAL})
        self.assertEqual(self.online(plain().lower()), {"serial": SERIAL})
        self.assertEqual(self.online(encrypted(), SECRET), {"serial": SERIAL})
        self.assertEqual(self.ok("client.single_status", "c"), {
            "state": 1, "serial": SERIAL, "password": True, "bound": False, "proven": True,
            "kept": False})
        self.take(1, ONLY, self.respond())
        # The client's own vector stays its own.
        self.activate_refused("no-vector SDL-17")
        drawn = {self.ok("server.single_generate_full_activation_data", "s", shared_secret=SECRET,
                         with_counter=False)["data"] for _ in range(3)}
        self.assertEqual(len(drawn), 3)

    def test_refusals_in_order(self):
        self.client("r", rooted=True)
        self.online_refused("rooted CLI-1", "x", client="r")
        for text in ("0", "xx", plain() + " ", "٣٣"):
            self.online_refused("bad-hex CNV-3", text)
        for text in ("", "00" * 12, "00" * 1025):
            self.online_refused("bad-length SDL-19", text)
        self.online_refused("bad-file SDL-20", "00" * 13)
        self.online_refused("bad-file SDL-20", "00" * 1024)
        self.online_refused("bad-version SDL-21", plain(start=b"FAD\2\7"))
        self.online_refused("bad-version SDL-21", plain(start=b"FAD\0\0"))
        self.online_refused("bad-protection SDL-22", plain(start=b"FAD\1\2"))
        self.online_refused("bad-protection SDL-22", plain(start=b"FAD\1\2"), SECRET)
        self.online_refused("bad-protection SDL-22", plain(b"", check=b"x" * 8), SECRET)
        self.online_refused("bad-protection SDL-22", encrypted())
        self.online_refused("bad-checksum SDL-23", plain(b"", check=b"x" * 8))
        self.online_refused("bad-body SDL-25", plain(b""))
        self.online_refused("bad-body SDL-42", encrypted()[:26], SECRET)
        self.online_refused("bad-body SDL-42", encrypted()[:64], SECRET)
        self.online_refused("corrupted SDL-24", encrypted()[:66], SECRET)
        self.online_refused("corrupted SDL-24", encrypted(), "98" * 16)
        for at in (5, 16, 17, 60, -1):
            self.online_refused("corrupted SDL-24", flip(encrypted(), at), SECRET)
        self.online_refused("bad-body SDL-25", encrypted(b""), SECRET)

    def test_content(self):
        def no(expected, password=PASSWORD, content=None, **values):
            content = activation_content(**values) if content is None else content
            self.online_refused(expected, plain(content), password=password)
            self.online_refused(expected, encrypted(content), SECRET, password=password)
        whole = activation_content()
        for cut in (0, 4, 20, 24, 26, 27 + len(VECTOR) - 1, 27 + len(VECTOR)):
            no("bad-body SDL-25", content=whole[:cut])
        no("bad-body SDL-25", serial=b"\xff" * 5, number=bytes(16), raw=b"")        # SER-2
        no("bad-body SDL-25", serial=bytes(2) + b"\xff" * 3, raw=b"")               # SER-3
        no("bad-vector STV-1", raw=VECTOR[:-1], length=92)
        no("bad-body SDL-25", counter=b"0" * 92)
        no("bad-body SDL-25", length=1)
        no("bad-body SDL-25", counter=b"0", more=b"0")
        for bad in (b"x", b"0 ", b"\xb2", b"\0"):
            no("bad-body SDL-25", counter=bad)
        no("wrong-account AM1-8", raw=static(prefix="ABC"), check=bytes(4))
        no("corrupted SDL-24", check=bytes(4), password=None)
        no("corrupted SDL-24", number=wrapped(b"x" * 16), password=None)
        no("bad-password PWD-1", password=None, counter=b"0")
        no("bad-code ERC-4", counter=b"0")
        no("wrong-code ERC-6", counter=erc(0, 0, 0, bend=1).encode())
        self.online(plain(activation_content(counter=erc(7, 8, 9).encode())))
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 7, length=10)[1:])
        no("wrong-account SDL-14", password=None, serial=b"\xC3\xE4\x0F\x42\xB9")

    def test_other_prefix(self):
        """The vector in the data takes the place of the client's own."""
        self.client("d", static_vector=static(prefix="ABC"))
        self.online(client="d")
        self.respond(client="d")
        self.activate_refused("wrong-prefix SDL-13", "d")

    def test_random(self):
        """One byte bent: refused, never a fault; and nothing changes."""
        dice = random.Random(2828)
        for data, secret in ((plain(), None), (encrypted(), SECRET)):
            for _ in range(150):
                bent = flip(data, dice.randrange(len(data) // 2))
                before = self.states()
                self.assertIn("refused", self.ask("client.single_activate_online", "c",
                                                  **self.online_params(bent, secret)))
                self.assertEqual(self.states(), before)


# ---- the event reactivation counter -------------------------------------------

class Counters(Single):
    def generate(self):
        return self.ok("server.single_generate_event_reactivation_counter", "s")[
            "event_reactivation_counter"]

    def test_published_lengths(self):
        for n, digits in enumerate((23, 33, 42, 52, 62, 71, 81, 91), 1):
            raw = static(*(application(i, 1, 1, **EVENT) for i in range(1, n + 1)))
            self.server(static_vector=raw.hex())
            text = self.generate()
            self.assertEqual(text, erc(*[0] * n, indexes=range(1, n + 1)))
            self.assertEqual(len(text), digits)
            self.client(static_vector=raw)
            self.activate(event_reactivation_counter=text)
            self.ok("reset")

    def test_flow(self):
        self.server()
        self.client()
        self.activate()
        for _ in range(2):
            self.take(2, ONLY, self.respond(2))
        self.assertEqual(self.generate(), erc(2, 0, 0))
        self.client("d")
        self.activate("d", event_reactivation_counter=self.generate())
        self.take(2, ONLY, self.respond(2, client="d"))
        # Equal is allowed, above is, below is not.
        self.activate("d", event_reactivation_counter=erc(3, 0, 0))
        self.activate("d", event_reactivation_counter=erc(3, 2 ** 32 - 1, 0))
        for counters in ((2, 2 ** 32 - 1, 0), (3, 0, 9), (9, 9, 9)):
            self.activate_refused("stale ERC-7", "d", event_reactivation_counter=erc(*counters))
        self.assertEqual(self.respond(3, signed("", "b"), client="d"), response(
            3, 3, NOW // 60, 2 ** 32 - 1, b"", b"b", hexadecimal=True))

    def test_refusals_in_order(self):
        self.client()
        good = erc(1, 2, 3)
        for text in ("", good[:-1], good + "0", "x" + good[1:], "٣" + good[1:], good + "\n"):
            self.activate_refused("bad-code ERC-4", event_reactivation_counter=text)
        bits = 32 * 3 + 40
        over = "%0*d" % (len(str(2 ** bits)), 2 ** bits)
        right = over + crypto.check_digit(over, False)
        wrong = over + str((int(right[-1]) + 1) % 10)
        self.activate_refused("bad-check-digit ERC-5", event_reactivation_counter=wrong)
        self.activate_refused("bad-code ERC-4", event_reactivation_counter=right)
        for text in (erc(1, 2, 3, bend=1), erc(1, 2, 3, bend=1 << 40), erc(1, 2, 3, key=b"x" * 16),
                     erc(1, 2, 3, indexes=(1, 2, 3))):
            self.activate_refused("wrong-code ERC-6", event_reactivation_counter=text)
        # A refused one refuses the whole activation.
        self.assertEqual(self.status(), (0, None))
        self.activate_refused("wrong-code ERC-6", event_reactivation_counter=good,
                              code="0" * 16)
        self.client("d", static_vector=static(application(1, 1, 1)))
        self.activate_refused("bad-application ERC-2", "d", event_reactivation_counter="")
        self.server(static_vector=static(application(1, 1, 1)).hex())
        self.refused("bad-application ERC-2", "server.single_generate_event_reactivation_counter",
                     "s")
        self.refused("bad-application ERC-2", "server.single_generate_full_activation_data", "s",
                     shared_secret=None, with_counter=True)

    def test_too_high(self):
        content = license_content(events={2: 2 ** 32})
        self.ok("server.single_load", "s", storage_key=STORAGE.hex(),
                state=license_state(content).hex())
        self.refused("counter-exhausted ERC-3",
                     "server.single_generate_event_reactivation_counter", "s")
        content = license_content(events={2: 2 ** 32 - 1})
        self.ok("server.single_load", "t", storage_key=STORAGE.hex(),
                state=license_state(content).hex())
        self.ok("server.single_generate_event_reactivation_counter", "t")


# ---- responses ----------------------------------------------------------------

class Responses(Single):
    def setUp(self):
        super().setUp()
        self.server()
        self.client()
        self.activate()

    def test_by_hand(self):
        self.assertEqual(self.respond(1), response(1, 1, NOW // 30, 0))
        first = response(2, 2, 0, 0, b"42", length=10)[1:]
        self.assertEqual(self.respond(2, asked("42")), first + crypto.check_digit(first, False))
        self.assertEqual(self.respond(3, signed("a", "")), response(
            3, 3, NOW // 60, 0, b"a", b"", hexadecimal=True))
        self.assertEqual(self.respond(6), self.ok(
            "primitive.totp", key=single_key(6).hex(), time=NOW, step=30, digits=8,
            hash="sha-256")["response"])
        self.respond_refused("bad-application OTP-2", 4)
        self.respond_refused("bad-application OTP-2", 8)
        self.respond_refused("bad-data OTP-3", 5, asked("x"))
        self.respond_refused("bad-data OTP-4", 3, signed("a"))

    def test_order(self):
        self.client("r", rooted=True)
        self.respond_refused("rooted CLI-1", 8, client="r")
        self.client("d")
        self.respond_refused("wrong-state SDL-27", 8, client="d")
        self.respond_refused("bad-application OTP-2", 8, password=None)
        self.respond_refused("bad-data OTP-3", 5, asked(""), password="xxxx")
        self.respond_refused("bad-password PWD-5", password=None)
        for _ in range(3):
            self.wrong_password()
        self.respond_refused("locked PWD-7", 8, password=None)

    def test_verifying(self):
        response = self.respond(1)
        self.take_refused("wrong-prefix SDL-13", 8, ONLY, "", serial=FOREIGN)
        self.take_refused("wrong-account SDL-14", 8, ONLY, "", serial=OTHER)
        self.take_refused("wrong-account SDL-14", 8, ONLY, "", serial="ABC0000000")
        self.take_refused("bad-application OTP-2", 8, ONLY, "")
        self.take_refused("bad-data OTP-3", 5, asked(""), "")
        self.take_refused("bad-signature VER-10", 1, ONLY, "")
        self.take(1, ONLY, response)
        self.wrong(1, ONLY, response)
        text = self.respond(2, signed("a"))
        self.take_refused("bad-check-digit VER-11", 2, signed("a"),
                          text[:-1] + str((int(text[-1]) + 1) % 10))
        self.take(2, signed("a"), text)
        for _ in range(2):
            self.take_refused("wrong-signature VER-12", 1, ONLY, "00000000",
                              counts="signature_failures")
        self.take_refused("locked VER-5", 8, ONLY, "")
        self.ok("server.single_unlock", "s")
        self.take(1, ONLY, self.respond(1, now=NOW + 90))

    def test_resynchronise(self):
        for _ in range(4):
            self.respond(2)
        params = {"application": 2, "now": NOW}
        first, second = ({"data": data, "response": self.respond(2, data)}
                         for data in (ONLY, asked("1")))
        self.refused("bad-application OPR-7", "server.single_resynchronise", "s",
                     **{**params, "application": 1}, first={"data": ONLY, "response": ""},
                     second={"data": ONLY, "response": ""})
        self.refused("wrong-signature VER-12", "server.single_resynchronise", "s",
                     counts="signature_failures", **params, first=second, second=second)
        self.ok("server.single_resynchronise", "s", **params, first=first, second=second)
        self.take(2, ONLY, self.respond(2))

    def test_reimport(self):
        self.take(1, ONLY, self.respond(1, now=NOW + 60))
        self.take(2, ONLY, self.respond(2))
        before = self.states()["s"]
        again = {"license_key": LICENSE_KEY, "static_vector": VECTOR.hex()}
        self.ok("server.single_reimport", "s", **again)
        self.assertEqual(self.states()["s"], before)
        old = self.respond(1, now=NOW + 60)
        self.wrong(1, ONLY, old)
        self.take_refused("wrong-signature VER-12", 1, ONLY, old, counts="signature_failures")
        other = static(*APPLICATIONS[1:], application(8, 1, 1))
        self.ok("server.single_reimport", "s", **{**again, "static_vector": other.hex()})
        self.assertEqual(self.states()["s"]["counters"], {"signature_failures": 0})
        self.take_refused("bad-application OTP-2", 1, ONLY, "")
        self.take(2, ONLY, self.respond(2))
        self.ok("server.single_reimport", "s", **again)     # application 1 is new again
        self.take(1, ONLY, old)
        # Another step means other numbers.
        self.ok("server.single_reimport", "s", license_key=LICENSE_KEY, static_vector=static(
            application(1, 1, 1, step=60), *APPLICATIONS[1:]).hex())
        self.take(1, ONLY, response(1, 1, NOW // 60, 0))
        self.ok("server.single_reimport", "s", **{**again, "license_key": "11" * 16})
        self.take(2, ONLY, self.checked(response(2, 1, 0, 0, length=10, key=b"\x11" * 16)[1:]))
        self.ok("server.single_reimport", "s", **again)
        self.take(2, ONLY, self.checked(response(2, 1, 0, 0, length=10)[1:]))
        self.refused("wrong-account AM1-8", "server.single_reimport", "s", license_key=LICENSE_KEY,
                     static_vector=static(prefix="ABC").hex())
        self.refused("bad-vector STV-1", "server.single_reimport", "s", license_key=LICENSE_KEY,
                     static_vector="")

    @staticmethod
    def checked(digits):
        return digits + crypto.check_digit(digits, False)


# ---- passwords ----------------------------------------------------------------

class Passwords(Single):
    def change(self, old=PASSWORD, new="another", client="c"):
        self.assertEqual(self.ok("client.single_change_password", client, old=old, new=new,
                                 random={"password_salt": "66" * 16}), {})

    def change_refused(self, expected, old=PASSWORD, new="another", counts=None, client="c"):
        self.refused(expected, "client.single_change_password", client, counts, old=old, new=new)

    def test_new_ones(self):
        self.client()
        for expected, password in (
                ("bad-password PWD-1", None), ("bad-password PWD-3", "pässword and more"),
                ("bad-password PWD-3", "\n"), ("bad-password PWD-3", "\x7f" * 9),
                ("bad-password PWD-2", ""), ("bad-password PWD-2", "abd"),
                ("bad-password PWD-2", "123456789"), ("weak-password PWD-4", "1111"),
                ("weak-password PWD-4", "1234"), ("weak-password PWD-4", "dcba"),
                ("weak-password PWD-4", "    "), ("weak-password PWD-4", "./01")):
            self.activate_refused(expected, password=password)
        for password in ("1233", "1243", " ~!a", "abca", "1357", "9751", "1112"):
            self.activate(password=password)
        self.client("d", static_vector=static(rules=(0, 1, 64, 3, 1)))
        self.activate_refused("weak-password PWD-4", "d", password="a")
        self.activate("d", password=None)
        self.activate("d", password="z" * 63 + "y")
        self.client("e", static_vector=FREE)
        self.activate("e", password="1")
        self.activate("e", password="1234")

    def test_without(self):
        self.client(static_vector=FREE)
        self.activate(password=None)
        self.assertEqual(self.flags()[0], False)
        self.respond(password=None)
        self.respond_refused("bad-password PWD-5", password="1234")
        self.change(None, "1234")
        self.assertEqual(self.flags()[0], True)
        self.respond_refused("bad-password PWD-5", password=None)
        self.respond(password="1234")
        self.change("1234", None)
        self.respond(password=None)
        self.change(None, None)

    def test_change(self):
        self.client()
        self.client("r", rooted=True)
        self.change_refused("rooted CLI-1", client="r")
        self.change_refused("wrong-state SDL-27", "", "")
        self.activate()
        self.respond(2)
        self.change_refused("bad-password PWD-1", "xxxx", None)
        self.change_refused("bad-password PWD-3", "xxxx", "é")
        self.change_refused("bad-password PWD-2", "xxxx", "abd")
        self.change_refused("weak-password PWD-4", "xxxx", "1111")
        self.change_refused("bad-password PWD-5", None)
        self.change_refused("wrong-pin PWD-6", "xxxx", counts="password_failures")
        self.change()
        self.respond_refused("wrong-pin PWD-6", counts="password_failures")
        self.assertEqual(self.respond(2, password="another")[:9],
                         response(2, 1, 0, 1, length=10)[1:])
        for _ in range(3):
            self.wrong_password()
        self.change_refused("locked PWD-7", "another", None)

    def test_lock(self):
        self.client()
        self.activate()
        for _ in range(2):
            self.wrong_password()
        self.respond()
        for _ in range(3):
            self.assertEqual(self.status(), (1, SERIAL))
            self.wrong_password()
        self.assertEqual(self.status(), (2, SERIAL))
        self.respond_refused("locked PWD-7")
        self.ok("client.single_report", "c", accepted=True)
        self.activate()
        self.respond()

    def test_reset(self):
        self.client(reset_policy="reset")
        self.activate()
        self.respond(2)
        for _ in range(2):
            self.wrong_password()
        answer = self.ask("client.single_generate_response", "c", application=1, data=ONLY,
                          password="xxxx", now=NOW)["refused"]
        self.assertEqual((answer["class"], answer["requirement"]), ("wrong-pin", "PWD-6"))
        self.assertEqual(self.status(), (0, None))
        self.assertEqual(self.states()["c"]["counters"], {})
        self.respond_refused("wrong-state SDL-27")
        self.activate(serial=OTHER)                         # another serial number, too
        self.activate_refused("wrong-account SDL-14")

    def test_sealed(self):
        """PWD-9 by hand, in what is saved; PWD-10."""
        def saved(client="c"):
            state = bytes.fromhex(self.ok("client.single_save", client)["state"])
            key = kdf(PLATFORM, b"single-state", b"")
            content = AESGCM(key).decrypt(state[4:16], state[16:], state[:4])
            at = 1 + 5 + 2 + len(VECTOR) + 4 + 1
            return content[at:at + 16], content[at + 16:at + 24], content[at + 24:at + 56]
        self.client(memory_kib=64, iterations=3)
        self.activate()
        self.assertEqual(saved(), (SALT, bytes.fromhex("0000004000000003"),
                                   sealed_key(memory=64, iterations=3)))
        state = self.ok("client.single_save", "c")["state"]
        self.ok("client.single_load", "d", state=state, **self.client_params(memory_kib=9))
        self.respond(client="d")
        self.assertEqual(saved("d"), saved("c"))
        self.change(client="d")
        self.assertEqual(saved("d"), (b"\x66" * 16, bytes.fromhex("0000000900000001"),
                                      sealed_key("another", b"\x66" * 16, 9)))
        self.client("c2", memory_kib=64, iterations=3)
        params = self.activate_params()
        del params["random"]
        salts = set()
        for _ in range(3):
            self.ok("client.single_activate", "c2", **params)
            salts.add(saved("c2")[0])
        self.assertEqual(len(salts), 3)


# ---- platform binding ---------------------------------------------------------

class Binding(Single):
    def derive(self, challenge=None, password=PASSWORD, now=NOW, client="c"):
        return self.ok("client.single_generate_derivation_code", client, challenge=challenge,
                       password=password, now=now)["code"]

    def derive_refused(self, expected, challenge=None, password=PASSWORD, counts=None, client="c"):
        self.refused(expected, "client.single_generate_derivation_code", client, counts,
                     challenge=challenge, password=password, now=NOW)

    def bind_params(self, code, challenge=None, now=NOW, serial=SERIAL, replace=False):
        return {"serial": serial, "challenge": challenge, "code": code, "replace": replace,
                "now": now}

    def bind(self, *args, **options):
        self.assertEqual(self.ok("server.single_verify_derivation_code", "s",
                                 **self.bind_params(*args, **options)), {})

    def bind_refused(self, expected, *args, counts=None, **options):
        self.refused(expected, "server.single_verify_derivation_code", "s", counts,
                     **self.bind_params(*args, **options))

    def set_up(self, raw=VECTOR, **changes):
        self.server(static_vector=raw.hex(), **changes)
        self.client(static_vector=raw)
        self.activate()

    def test_flow(self):
        self.set_up()
        code = self.derive()
        self.assertEqual(code, derived())
        self.bind(code)
        unbound = self.respond(2)
        self.wrong(2, ONLY, unbound)
        self.ok("client.single_mark_bound", "c")
        bound = self.respond(2)
        self.assertEqual(bound[:9], response(2, 1, 0, 1, length=10, platform=D)[1:])
        self.take(2, ONLY, bound)
        self.assertEqual(self.flags(), [True, True, False])
        # The step was accepted, as an OTP's (VER-17).
        self.wrong(1, ONLY, self.respond(1))
        self.bind_refused("wrong-code BND-9", code, counts="signature_failures")
        self.take(1, ONLY, self.respond(1, now=NOW + 30))
        # Another platform takes the place where the operator says so, and not before.
        self.client("d", platform_data="01")
        self.activate("d")
        code = self.derive(now=NOW + 60, client="d")
        other = hashlib.sha256(b"platform" + SERIAL_BYTES + b"\1").digest()[:7]
        self.assertEqual(code, derived(platform=other, step=NOW // 30 + 2))
        self.bind_refused("wrong-code BND-9", derived(step=NOW // 30 + 9, platform=other),
                          now=NOW + 60, counts="signature_failures")
        for _ in range(2):                      # nothing is used up, and nothing is forgiven
            self.bind_refused("already-active BND-11", code, now=NOW + 60)
        self.bind(code, now=NOW + 60, replace=True)
        self.ok("client.single_mark_bound", "d")
        self.wrong(1, ONLY, self.respond(1, now=NOW + 90))
        self.take(1, ONLY, self.respond(1, now=NOW + 90, client="d"))
        self.ok("server.single_reimport", "s", license_key=LICENSE_KEY,
                static_vector=VECTOR.hex())
        self.take(1, ONLY, response(1, 1, NOW // 30 + 4, 0), now=NOW + 120)

    def test_candidates(self):
        self.set_up()
        self.bind_refused("wrong-code BND-9", derived(step=NOW // 30 + 4),
                          counts="signature_failures")
        self.bind(derived(step=NOW // 30 + 3), replace=True)        # changes nothing here
        self.bind(derived(step=NOW // 30 + 6))              # by the shift; the same platform
        self.bind(derived(step=NOW // 30 + 7), replace=True)
        self.ok("reset")
        # A first use; with events, look-ahead.
        self.set_up(static(*APPLICATIONS[1:]), first_use_s=10800)
        self.respond(2)
        code = self.derive()
        self.assertEqual(code, derived(2, 0, 1))
        self.bind(code)
        self.assertEqual(self.respond(2)[:9], response(2, 1, 0, 2, length=10)[1:])
        self.bind_refused("wrong-code BND-9", derived(2, 0, 1), counts="signature_failures")
        self.bind(derived(2, 0, 4))
        self.bind_refused("wrong-code BND-9", derived(2, 0, 8), counts="signature_failures")

    def test_challenge(self):
        self.set_up(static(application(1, 0, 1), application(2, 1, 3), application(5, 1, 2)))
        for challenge in (None, "", "x", "1" * 17, "٣"):
            self.derive_refused("bad-data BND-5", challenge, password=None)
            self.bind_refused("bad-data BND-5", "", challenge)
        code = self.derive("42")
        self.assertEqual(code, derived(5, challenge="42"))
        self.bind_refused("wrong-code BND-9", code, "43", counts="signature_failures")
        self.bind(code, "42")

    def test_order(self):
        self.client("r", rooted=True)
        self.derive_refused("rooted CLI-1", "x", client="r")
        self.refused("rooted CLI-1", "client.single_mark_bound", "r")
        self.client("d", static_vector=static(binding=0))
        self.derive_refused("wrong-state SDL-27", "x", client="d")
        self.refused("wrong-state SDL-27", "client.single_mark_bound", "d")
        self.activate("d")
        self.derive_refused("no-binding BND-3", "x", None, client="d")
        self.refused("no-binding BND-3", "client.single_mark_bound", "d")
        for _ in range(3):
            self.wrong_password("d")
        self.derive_refused("locked PWD-7", "x", None, client="d")
        self.client("e", static_vector=static(application(1, 1, 3), application(2, 0, 1)))
        self.activate("e")
        self.derive_refused("bad-application BND-4", "x", None, client="e")
        self.set_up()
        self.derive_refused("bad-data BND-5", "1", None)
        self.derive_refused("bad-password PWD-5", None, None)
        self.derive_refused("wrong-pin PWD-6", None, "xxxx", counts="password_failures")

    def test_server_order(self):
        self.server("t", static_vector=static(binding=0).hex())
        self.refused("no-binding BND-3", "server.single_verify_derivation_code", "t",
                     **self.bind_params("", "x"))
        self.server("u", static_vector=static(application(1, 1, 3)).hex())
        self.refused("bad-application BND-4", "server.single_verify_derivation_code", "u",
                     **self.bind_params("", "x"))
        self.server()
        self.bind_refused("wrong-prefix SDL-13", "", "x", serial=FOREIGN)
        self.bind_refused("wrong-account SDL-14", "", "x", serial=OTHER)
        self.bind_refused("bad-data BND-5", "", "1")
        good = derived()
        for code in ("", good[:-1], good + "0", "x" + good[1:], "٣" + good[1:]):
            self.bind_refused("bad-code BND-6", code)
        over = "%017d" % 2 ** 56 + good[17:25]
        over += crypto.check_digit(over, False)
        self.bind_refused("bad-check-digit BND-8", over[:-1] + str((int(over[-1]) + 1) % 10))
        self.bind_refused("bad-code BND-6", over)
        highest = "%017d" % (2 ** 56 - 1) + good[17:25]
        highest += crypto.check_digit(highest, False)
        for _ in range(2):
            self.bind_refused("wrong-code BND-9", highest, counts="signature_failures")
        self.bind_refused("locked VER-5", "", "x")

    def test_out_of_sync(self):
        raw = static(*APPLICATIONS[1:])
        content = license_content(raw=raw, flags={2: 2})
        self.ok("server.single_load", "s", storage_key=STORAGE.hex(),
                state=license_state(content).hex())
        self.bind_refused("bad-code BND-6", "")
        self.bind_refused("out-of-sync VER-19", derived(2, 0, 0))
        self.take_refused("out-of-sync VER-19", 2, ONLY, "")


# ---- at rest ------------------------------------------------------------------

def account(raw=VECTOR, check=None, failures=0, salt=SALT, memory=8, iterations=1, sealed=None,
            events=(0, 0, 0, 0, 0, 0)):
    check = kdf(K, b"single-check", SERIAL_BYTES)[:4] if check is None else check
    return with_length(raw) + check + bytes([failures]) + salt \
        + memory.to_bytes(4, "big") + iterations.to_bytes(4, "big") \
        + (sealed_key(salt=salt) if sealed is None else sealed) \
        + b"".join(event.to_bytes(8, "big") for event in events)


def client_content(flags=3, serial=SERIAL_BYTES, more=b"", **values):
    return bytes([flags]) + serial + account(**values) + more


def state_of(content, start=b"CPD\2", key=PLATFORM, label=b"single-state"):
    return start + NONCE + AESGCM(kdf(key, label, b"")).encrypt(NONCE, content, start)


def license_state(content, start=b"CPL\2", key=STORAGE):
    return state_of(content, start, key, b"single-license")


def track_content(flags=0, shift=0, last=0, otp=0, event=0, hashes=()):
    return bytes([flags]) + shift.to_bytes(8, "big", signed=True) + b"".join(
        value.to_bytes(8, "big") for value in (last, otp, event)) \
        + bytes([len(hashes)]) + b"".join(hashes)


def license_content(serial=SERIAL_BYTES, key=K, raw=VECTOR, tries=2, identification=6,
                    signature=4, first_use=0, look_ahead=2, failures=0, bound=b"\0", events=(),
                    flags=(), tracks=None, more=b""):
    if tracks is None:
        indexes = range(1 if raw is VECTOR else 2, 7)
        tracks = b"".join(track_content(dict(flags).get(i, 0), event=dict(events).get(i, 0))
                          for i in indexes)
    return serial + key + with_length(raw) + bytes([tries, identification, signature]) \
        + first_use.to_bytes(2, "big") + bytes([look_ahead, failures]) + bound + tracks + more


class ClientState(Single):
    def load(self, state, **changes):
        return self.ask("client.single_load", "d", state=state.hex(),
                        **self.client_params(**changes))

    def fits(self, state, **changes):
        self.assertIn("ok", self.load(state, **changes))
        saved = self.ok("client.single_save", "d", random={"state_nonce": NONCE.hex()})["state"]
        self.assertEqual(saved, state.hex().upper())
        self.ok("drop", "d")

    def no(self, expected, state, **changes):
        refused = self.load(state, **changes)["refused"]
        self.assertEqual("%s %s" % (refused["class"], refused["requirement"]), expected)
        self.assertNotIn("d", self.peer.sessions)

    def test_by_hand(self):
        self.client()
        self.fits(state_of(b"\0"))
        self.assertEqual(self.ok("client.single_save", "c",
                                 random={"state_nonce": NONCE.hex()})["state"],
                         state_of(b"\0").hex().upper())
        self.activate()
        for _ in range(2):
            self.respond(2)
        self.wrong_password()
        self.ok("client.single_mark_bound", "c")
        self.ok("client.single_report", "c", accepted=False)
        state = state_of(client_content(1 | 2 | 4 | 16, failures=1, events=(0, 2, 0, 0, 0, 0)))
        self.assertEqual(self.ok("client.single_save", "c",
                                 random={"state_nonce": NONCE.hex()})["state"],
                         state.hex().upper())
        self.fits(state)
        self.load(state, static_vector=None)
        self.assertEqual(self.ok("client.single_status", "d"), {
            "state": 3, "serial": SERIAL, "password": True, "bound": True, "proven": False,
            "kept": False})
        self.assertEqual(self.states()["d"]["counters"], {"password_failures": 1})
        self.assertEqual(self.respond(2, client="d"), self.respond(2))
        self.assertEqual(self.respond(3, signed("", ""), client="d"),
                         self.respond(3, signed("", "")))

    def test_refusals_in_order(self):
        good = state_of(client_content())
        self.fits(good)
        self.no("bad-vector STV-1", b"", static_vector=b"\0")
        for bad in (b"", good[:32], b"CPL" + good[3:], b"CPC" + good[3:], b"cpd" + good[3:]):
            self.no("bad-file SDL-31", bad)
        for version in (b"\0", b"\1", b"\3"):
            self.no("bad-version SDL-32", good[:3] + version + bytes(29))
            self.no("bad-version SDL-32", b"CPD" + version + good[4:])
        self.no("corrupted SDL-33", good[:33])
        for at in (4, 15, 16, 40, -1):
            self.no("corrupted SDL-33", bytes.fromhex(flip(good.hex(), at)))
        self.no("corrupted SDL-33", good, platform_key="00" * 16)
        self.no("corrupted SDL-33", state_of(client_content(), label=b"single-license"))

    def test_layout(self):
        def no(content, expected="bad-file SDL-34"):
            self.no(expected, state_of(content))
        no(b"\0\0")
        for flags in (2, 4, 8, 16, 32, 64, 128):
            no(bytes([flags]))
        for flags in (0, 25, 27, 41, 65, 129):
            no(client_content(flags))
        whole = client_content()
        for cut in range(1, len(whole)):
            if not 8 <= cut < 8 + len(VECTOR):
                no(whole[:cut])
        no(whole + b"\0")
        # The kept account: flags of its own, a salt of its own, the answering one not proven.
        salt = b"\x66" * 16
        for flags in (0, 2, 25, 33, 65, 129):
            no(client_content(35, more=bytes([flags]) + account(salt=salt)))
        no(client_content(35))
        no(client_content(43, more=b"\3" + account(salt=salt)))
        no(client_content(35, more=b"\3" + account()))
        no(client_content(35, more=b"\3" + account(salt=salt) + b"\0"))
        no(client_content(35, more=b"\3" + account(salt=salt)[:-1]))
        no(client_content(35, more=b"\3" + account(salt=salt, failures=4)))
        no(client_content(35, more=b"\3" + account(salt=salt, raw=static(prefix="ABC"))))
        no(client_content(35, more=b"\3" + account(salt=salt, raw=VECTOR[:-1])),
           "bad-vector STV-1")
        no(client_content(35, more=b"\1" + account(salt=salt)), "corrupted SDL-33")
        no(client_content(33), "corrupted SDL-33")
        for flags in (3, 7, 11, 15, 19, 23):
            self.fits(state_of(client_content(35, more=bytes([flags]) + account(
                salt=salt, check=b"\0\0\0\0", failures=3, raw=FREE))))
        no(client_content(serial=b"\xff" * 5, raw=b""))
        no(client_content(raw=VECTOR[:-1]), "bad-vector STV-1")
        no(client_content(raw=static(prefix="ABC"), failures=9))
        no(client_content(failures=4))
        no(client_content(1, failures=1))
        no(client_content(1, sealed=bytes(32), events=(1, 0, 0, 0, 0, 0)), "corrupted SDL-33")
        no(client_content(1, sealed=bytes(32), iterations=0))
        no(client_content(1, sealed=bytes(32))[:-49])
        for memory in (0, 7, 65537, 2 ** 32 - 1):
            no(client_content(memory=memory))
        for iterations in (0, 17, 2 ** 32 - 1):
            no(client_content(iterations=iterations))
        no(client_content(events=(1, 0, 0, 0, 0, 0)))
        no(client_content(events=(0, 2 ** 53, 0, 0, 0, 0)))
        self.fits(state_of(client_content(events=(0, 2 ** 53 - 1, 1, 2, 0, 0), failures=3,
                                          memory=65536, iterations=16)))
        for flags in (3, 7, 11, 15, 19, 23):
            self.fits(state_of(client_content(flags, sealed=bytes(32))))
        for flags in (1, 5, 9, 13, 17, 21):
            self.fits(state_of(client_content(flags, sealed=sealed_key(None))))

    def test_saved_anew(self):
        self.client()
        states = {self.ok("client.single_save", "c")["state"] for _ in range(3)}
        self.assertEqual(len(states), 3)

    def test_argon(self):
        self.load(state_of(client_content(sealed=sealed_key(memory=256, iterations=4), memory=256,
                                          iterations=4)))
        self.assertEqual(self.respond(client="d"), response(1, 1, NOW // 30, 0))


class LicenseState(Single):
    def load(self, state, key=STORAGE):
        return self.ask("server.single_load", "t", storage_key=key.hex(), state=state.hex())

    def fits(self, content):
        state = license_state(content)
        self.assertIn("ok", self.load(state))
        saved = self.ok("server.single_save", "t", storage_key=STORAGE.hex(),
                        random={"state_nonce": NONCE.hex()})["state"]
        self.assertEqual(saved, state.hex().upper())
        self.ok("drop", "t")

    def no(self, expected, state, key=STORAGE):
        refused = self.load(state, key)["refused"]
        self.assertEqual("%s %s" % (refused["class"], refused["requirement"]), expected)

    def save(self):
        return self.ok("server.single_save", "s", storage_key=STORAGE.hex(),
                       random={"state_nonce": NONCE.hex()})["state"]

    def test_by_hand(self):
        self.server()
        self.assertEqual(self.save(), license_state(license_content()).hex().upper())
        step = NOW // 30
        self.take(1, ONLY, response(1, 1, step + 2, 0))
        text = response(3, 3, NOW // 60, 1, b"", b"x", hexadecimal=True)
        self.take(3, signed("", "x"), text)
        self.take_refused("wrong-signature VER-12", 1, ONLY, "00000000",
                          counts="signature_failures")
        tracks = track_content(1, 2, step + 2, step + 3) + track_content() \
            + track_content(1, 0, NOW // 60, event=2) + 3 * track_content()
        content = license_content(failures=1, tracks=tracks)
        self.assertEqual(self.save(), license_state(content).hex().upper())
        self.ok("server.single_verify_derivation_code", "s", serial=SERIAL, challenge=None,
                code=derived(step=step + 3), now=NOW)
        tracks = track_content(1, 3, step + 3, step + 4) + tracks[34:]
        content = license_content(bound=b"\1" + D, tracks=tracks)
        self.assertEqual(self.save(), license_state(content).hex().upper())
        self.fits(content)
        self.load(license_state(content))
        self.ok("server.single_verify_response", "t", **self.take_params(
            1, ONLY, response(1, 1, step + 4, 0, platform=D)))

    def test_refusals(self):
        good = license_state(license_content())
        for bad in (b"", good[:32], b"CPD" + good[3:]):
            self.no("bad-file SDL-31", bad)
        self.no("bad-version SDL-32", b"CPL\1" + good[4:])
        self.no("corrupted SDL-33", good[:-1])
        self.no("corrupted SDL-33", good, bytes(16))
        whole = license_content()
        for cut in range(1, len(whole)):
            if not 23 <= cut < 23 + len(VECTOR):
                self.no("bad-file SDL-34", license_state(whole[:cut]))
        self.no("bad-file SDL-34", license_state(whole + b"\0"))
        self.no("bad-vector STV-1", license_state(license_content(raw=VECTOR[:-1], tracks=b"")))
        for values in ({"serial": b"\xff" * 5}, {"raw": static(prefix="ABC")}, {"tries": 0},
                       {"tries": 100}, {"identification": 101}, {"signature": 101},
                       {"first_use": 10801}, {"look_ahead": 21}, {"failures": 3}, {"bound": b"\2"},
                       {"flags": {1: 4}}, {"flags": {1: 2}}, {"events": {1: 1}},
                       {"events": {2: 2 ** 53}}):
            self.no("bad-file SDL-34", license_state(license_content(**values)))
        rest = 5 * track_content()
        for track in (track_content(shift=2 ** 40 + 1), track_content(last=2 ** 53),
                      track_content(otp=2 ** 53), track_content(hashes=[b"b" * 8, b"a" * 8]),
                      track_content(hashes=[bytes([i]) * 8 for i in range(13)])):
            self.no("bad-file SDL-34", license_state(license_content(tracks=track + rest)))
        self.fits(license_content(failures=2, tries=2, first_use=10800, look_ahead=20,
                                  identification=100, signature=100, bound=b"\1" + bytes(7)))
        self.fits(license_content(tracks=track_content(
            1, -2 ** 40, 2 ** 53 - 1, 2 ** 53 - 1, 0, [bytes([i]) * 8 for i in range(12)]) + rest))

    def test_digest(self):
        self.server()
        before = self.states()
        for op, params in (("server.single_generate_activation_code", {"hexadecimal": True}),
                           ("server.single_save", {"storage_key": "00" * 16}),
                           ("server.single_unlock", {})):
            self.ok(op, "s", **params)
            self.assertEqual(self.states(), before)


if __name__ == "__main__":
    unittest.main()
