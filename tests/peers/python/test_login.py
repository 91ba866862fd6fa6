"""Tests of section 27: push and login; test_peer.py runs them, too."""

import hmac
import random
import unittest

import crypto
import wire
from test_peer import (
    MODERN, NOW, ONLY, SERIAL, Case, Modern, aes_cmac, asked, flip, vector)
from test_storage import (
    PLATFORM_KEY, UNLOCKING, account, activated, kdf, pre_activated, state_of)

KEY = "0123456789"


def details(service="myService", index=1, user="myUserID", domain="myDomain"):
    return {"format": "login", "service": service, "index": index, "user": user, "domain": domain}


def notification(key="0123456789"):
    return {"format": "notification", "challenge_key": key}


# ---- strings ------------------------------------------------------------------

class Strings(Case):
    def read(self, text, index=3):
        return self.ok("push.read", text=text, application=index)["content"]

    def no(self, expected, text, index=3):
        self.refused(expected, "push.read", text=text, application=index)

    def test_published(self):
        self.assertEqual(self.read("01;03;0123456789"), notification())
        self.assertEqual(self.read("01;03;abcdefABCD"), notification("ABCDEFABCD"))
        text = "01;04;myService;3;myUserID;myDomain"
        self.assertEqual(self.read(text), details(index=3))
        self.assertEqual(self.ok("push.write", content=details(index=3)), {"text": text})
        self.assertEqual(self.read("01;04;s;3;u;"), details("s", 3, "u", ""))
        self.assertEqual(self.ok("push.write", content=notification("abcdefABCD")),
                         {"text": "01;03;ABCDEFABCD"})

    def test_refusals_in_order(self):
        for text in ("", "1;03", "001;03", "x", ";", "٠١;03;0123456789", " 01;03", "0a;9"):
            self.no("bad-string PSH-4", text)
        for text in ("00", "02;", "99;x;x", "10;03;0123456789"):
            self.no("bad-version PSH-2", text)
        for text in ("01", "01;", "01;3;", "01;003", "01;٠٣"):
            self.no("bad-string PSH-4", text)
        for text in ("01;00", "01;05;x", "01;02;0123456789", "01;40"):
            self.no("bad-format PSH-3", text)
        for text in ("01;03", "01;03;", "01;03;012345678", "01;03;01234567890", "01;03;012345678G",
                     "01;03;0123456789;", "01;03;٠123456789", "01;04", "01;04;s;3;u",
                     "01;04;s;9;u;d;", "01;04;;3;u;d", "01;04;s;0;u;d", "01;04;s;9;u;d",
                     "01;04;s;03;u;d", "01;04;s;;u;d", "01;04;s;3;;d", "01;04;s;٣;u;d",
                     "01;04;%s;9;u;d" % ("s" * 256), "01;04;s;3;%s;d" % ("s" * 256),
                     "01;04;s;3;u;%s" % ("s" * 256), "01;04;;4;u;d"):
            self.no("bad-string PSH-4", text)
        for text in ("01;04;s;4;;d", "01;04;s;1;u;%s" % ("d" * 256)):
            self.no("bad-application PSH-6", text)
        self.no("bad-text REQ-9", "0\n;")
        long = "\U0001F600" * 255
        self.assertEqual(self.read("01;04;%s;3;%s;%s" % (long, long, long)),
                         details(long, 3, long, long))

    def test_writing(self):
        def no(expected, content):
            self.refused(expected, "push.write", content=content)
        for name in ("service", "user", "domain"):
            no("bad-string PSH-5", details(**{name: "\n;" + "s" * 256}))
            no("bad-string PSH-4", details(**{name: "\n" + "s" * 255}))
            for bad in ("a\n", "\u202e"):
                no("bad-string PSH-5", details(**{name: bad}))
        no("bad-string PSH-4", details(service=""))
        no("bad-string PSH-4", details(user=""))
        no("bad-string PSH-5", details("\n", user=""))
        for key in ("", "012345678", "01234567890", "012345678G", " 123456789"):
            no("bad-string PSH-4", notification(key))

    def test_random(self):
        dice = random.Random(27)
        letters = "aZ09 é€\U0001F600.:,%"
        for _ in range(300):
            content = details(*("".join(dice.choice(letters)
                                        for _ in range(dice.randrange(low, 20)))
                                if low is not None else dice.randrange(1, 9)
                                for low in (1, None, 1, 0)))
            text = self.ok("push.write", content=content)["text"]
            self.assertEqual(self.read(text, content["index"]), content)
        good = "01;04;myService;3;myUserID;myDomain"
        for _ in range(500):
            text = list(good)
            text[dice.randrange(len(text))] = dice.choice([";", "", "0", "3", "x", "\0", "01;03;"])
            answer = self.ask("push.read", text="".join(text), application=3)
            if "ok" in answer:
                self.assertEqual(self.ok("push.write", content=answer["ok"]["content"])["text"],
                                 "".join(text))
            else:
                self.assertIn("refused", answer)

    def test_types(self):
        self.fault("push.read", text=None, application=1)
        self.fault("push.read", text="", application=9)
        for wrong in ({}, {"format": "list", "title": "", "items": [["a", ""]]}, details(index=0),
                      details(index="1"), details(user=None), {**details(), "more": ""},
                      {"format": "notification"}, None, notification(5)):
            self.fault("push.write", content=wrong)


# ---- requests of format 3 -----------------------------------------------------

class Requests(Modern):
    def setUp(self):
        super().setUp()
        self.set_up()

    def build(self, content, carrier="gateway", **changes):
        return self.listed(content=content, carrier=carrier, **changes)

    def open(self, message, carrier="gateway"):
        return self.ok("client.open", "c", message=message, carrier=carrier)

    def body(self, text, control="0030"):
        data = text if isinstance(text, bytes) else text.encode()
        return bytes.fromhex(control) + len(data).to_bytes(2, "big") + data

    def test_layout(self):
        message = self.build(details(), template=0)
        self.assertEqual(self.ok("frame.open", key="BB" * 16, message=message)["body"],
                         self.body("01;04;myService;1;myUserID;myDomain").hex().upper())
        opened = self.open(message)
        self.assertEqual(opened, {"handle": 1, "callback": None, "serial": SERIAL, "sequence": 1,
                                  "application": 1, "template": 0, "require_pin": False,
                                  "content": details()})

    def test_builder(self):
        def no(expected, content, **changes):
            self.refused(expected, "server.generate_request", "s", **self.request_params(
                now=NOW, content=content, **{"carrier": "gateway", **changes}))
        no("bad-format REQ-4", details(service=""), carrier="direct")
        no("bad-format REQ-4", notification("x"), charset="iso-8859-15")
        no("bad-application REQ-12", details(service=""), application=5, carrier="direct")
        no("bad-string PSH-4", notification("x"))
        no("bad-string PSH-5", details(service=";", index=2))
        no("bad-application PSH-6", details(index=2, user=";"))
        no("bad-string PSH-5", details(domain=";"))
        no("bad-length REQ-11", details("\U0001F600" * 255, 1, "\U0001F600" * 255, "x" * 255))
        self.build(details("\U0001F600" * 255, 1, "é" * 255, "x" * 255))

    def test_client(self):
        def no(expected, text, control="0030", carrier="gateway", raw=None):
            self.refused(expected, "client.open", "c", carrier=carrier,
                         message=self.seal(raw or self.body(text, control)))
        good = "01;03;0123456789"
        self.open(self.seal(self.body(good)))
        no("bad-format REQ-4", "", carrier="direct")
        no("bad-format REQ-4", "", "0070")                  # ISO-8859-15
        no("bad-charset REQ-3", "", "00B0")
        no("bad-body REQ-6", "")
        no("bad-body REQ-5", "", raw=self.body(good)[:-1])
        no("bad-body REQ-5", "", raw=self.body(good) + b"\0")
        no("bad-body REQ-5", "", raw=bytes.fromhex("003000"))
        no("bad-text REQ-7", b"\xff")
        no("bad-text REQ-9", "02;\n")
        no("bad-version PSH-2", "", raw=self.body("02;03;") + b"\0")
        no("bad-format PSH-3", "01;02")
        no("bad-string PSH-4", "01;03;x")
        no("bad-application PSH-6", "01;04;s;2;u;d")
        no("version-too-low CLI-9", good, "C03A")
        no("bad-application CLI-10", good, "0038")          # application 5 is CR
        self.open(self.seal(self.body(good, "0032")))       # 2 is MM

    def test_notification_is_not_signed(self):
        message = self.build(notification("abcdefabcd"))
        self.assertEqual(self.open(message)["content"], notification("ABCDEFABCD"))
        self.refused("wrong-state CLI-12", "client.sign", "c", approved=True, pin="right", now=NOW)
        self.verify_refused("unknown-message VER-7", message, "00000000")
        self.verify_refused("expired VER-6", message, "", now=NOW + 3601)

    def test_details_are_for_login_alone(self):
        message = self.build(details())
        signature = self.sign(message, carrier="gateway")
        self.verify_refused("unknown-message VER-7", message, signature)

    def test_identity(self):
        self.assertEqual(self.ok("client.login_identity", "c", serial=SERIAL),
                         {"user": None, "domain": None})
        self.open(self.build(details()))
        self.refused("wrong-pin CLI-15", "client.sign", "c", "pin_failures/" + SERIAL,
                     approved=True, pin="wrong", now=NOW)
        self.ok("client.sign", "c", approved=False, pin="right", now=NOW)
        self.assertEqual(self.ok("client.login_identity", "c", serial=SERIAL)["user"], None)
        before = self.states()
        self.sign(self.build(details()), carrier="gateway")
        self.assertNotEqual(self.states(), before)
        self.sign(self.listed())
        self.assertEqual(self.ok("client.login_identity", "c", serial=SERIAL),
                         {"user": "myUserID", "domain": "myDomain"})
        self.sign(self.build(details(user="é", domain="")), carrier="gateway")
        self.lock()
        self.assertEqual(self.ok("client.login_identity", "c", serial=SERIAL),
                         {"user": "é", "domain": ""})
        self.refused("wrong-account CLI-3", "client.login_identity", "c", serial="VDS0000001")
        self.fault("client.login_identity", "c", serial="vds0000001")
        self.client("d")
        self.code("d")
        self.refused("wrong-state CLI-4", "client.login_identity", "d", serial=SERIAL)
        self.client("r", rooted=True)
        self.refused("rooted CLI-1", "client.login_identity", "r", serial=SERIAL)

    def test_dispatch(self):
        """A URL is on the direct carrier."""
        self.refused("bad-format REQ-4", "client.open", "c", carrier="direct",
                     message=self.build(notification()))


# ---- information messages -----------------------------------------------------

def information(counter=1, sequence=1, time=NOW, key="0123456789", body=None, protection=2,
                serial=SERIAL, payload=b"\xBB" * 16):
    """By hand: KEY-3 to KEY-5, PRT-1 to PRT-3, NON-4."""
    context = bytes([protection, 1, sequence])
    header = (0x24 << 6 | protection).to_bytes(2, "big") + wire.encode_serial(serial) \
        + time.to_bytes(4, "big") + bytes([sequence]) + counter.to_bytes(3, "big")
    body = b"\1" + bytes.fromhex(key) if body is None else body
    block = header[7:] + header[:2] + bytes(6)
    sent = header + crypto.Ctr(kdf(payload, b"enc", context))(block, body)
    mac = kdf(payload, b"mac", context, 256 if protection == 1 else 128)
    tag = hmac.digest(mac, sent, "sha256") if protection == 1 else aes_cmac(mac, sent)
    return (sent + tag[:8]).hex().upper()


class Information(Modern):
    def make(self, key=KEY, client="c", now=NOW):
        return self.ok("client.generate_information", client, serial=SERIAL, challenge_key=key,
                       now=now)["message"]

    def make_refused(self, expected, key=KEY, client="c", serial=SERIAL):
        self.refused(expected, "client.generate_information", client, serial=serial,
                     challenge_key=key, now=NOW)

    def process(self, message, now=NOW):
        return self.ok("server.process_information", "s", message=message, now=now)

    def no(self, expected, message, now=NOW):
        self.refused(expected, "server.process_information", "s", message=message, now=now)

    def test_by_hand(self):
        for protection in (1, 2):
            self.set_up(message_protection=protection)
            for counter in (1, 2, 3):
                message = self.make("abcdefABCD", now=NOW + counter)
                self.assertEqual(message, information(counter, time=NOW + counter,
                                                      key="abcdefabcd", protection=protection))
                self.assertEqual(self.process(message), {"sequence": 1,
                                                         "challenge_key": "ABCDEFABCD"})
                self.no("replayed INF-4", message)
            self.process(information(0xFFFFFF, protection=protection))
            self.no("replayed INF-4", information(5, protection=protection))
            self.ok("reset")

    def test_client_refusals(self):
        self.set_up()
        self.client("r", rooted=True)
        self.make_refused("rooted CLI-1", "x", "r")
        self.make_refused("wrong-account CLI-3", "x", serial="VDS0000001")
        self.client("d")
        self.code("d")
        self.make_refused("wrong-state CLI-4", "x", "d")
        for key in ("", "012345678", "012345678G", "01234567890", "٠123456789"):
            self.make_refused("bad-string PSH-10", key)
        self.lock()
        self.make_refused("locked CLI-5", "x")
        self.ok("reset")
        self.set_up(secure_channel=False)
        self.make_refused("no-channel CLI-6", "x")
        self.no("no-channel INF-3", information(sequence=9))

    def test_last_counter(self):
        self.set_up()
        state = state_of(account(21, activated(challenge=b"\xff\xff\xfe")))
        self.ok("client.load", "d", platform_key=PLATFORM_KEY, state=state.hex(),
                static_vector=None, platform_data="", app_version=0, rooted=False,
                root_policy="allow", replacement=False)
        self.make(client="d")
        self.make_refused("bad-string PSH-10", "x", "d")
        self.make_refused("counter-exhausted NON-5", client="d")

    def test_server_refusals(self):
        self.set_up()
        self.no("bad-hex CNV-3", "0")
        self.no("bad-length FRM-2", "")
        self.no("wrong-account VER-1", information(serial="VDS0000001"))
        self.no("unexpected-type INF-2", self.listed())
        for sequence in (0, 2, 99, 100, 255):
            self.no("unknown-instance VER-3", information(sequence=sequence, time=0))
        self.no("expired VER-6", information(time=NOW - 3601, protection=1))
        self.process(information(1, time=NOW - 3600))
        self.process(information(2, time=NOW + 10 ** 6))
        self.no("wrong-protection INF-7", flip(information(3, protection=1), -1))
        self.no("corrupted PRT-4", flip(information(1), -1))
        self.no("corrupted PRT-4", information(3, payload=b"\xBC" * 16))
        self.no("replayed INF-4", information(2, body=b""))
        for body in (b"", b"\1" + bytes(4), b"\1" + bytes(6), bytes(6), b"\2" + bytes(5)):
            self.no("bad-body INF-5", information(3, body=body))
        self.process(information(3))
        for _ in range(2):
            self.take_refused("wrong-signature VER-12", 3, ONLY, "00000000",
                              counts="signature_failures/01")
        self.process(information(4))            # locked on the server (INF-8)
        self.no("expired VER-6", information(5, time=0))

    def test_no_age_limit(self):
        """VER-6: 0 is no check."""
        self.set_up(message_age_limit_s=0)
        self.process(information(1, time=0), now=4294967295)

    def test_states(self):
        self.set_up(confirm=False)
        self.no("wrong-state VER-4", information())
        self.ok("server.generate_deactivation", "s", sequence=1, now=NOW)
        self.no("wrong-state VER-4", information())

    def test_other_directions(self):
        """Neither a sibling's keys nor those of the server's direction."""
        self.set_up()
        header = bytes.fromhex("0902C3E40F42B8") + NOW.to_bytes(4, "big") + b"\1\0\0\1"
        for sender in (None, 2):
            message = crypto.Channel(b"\xBB" * 16, 2, sender).seal(header, b"\1" + bytes(5))
            self.no("corrupted PRT-4", message.hex())
        self.verify_refused("unexpected-type VER-2", information(), "")
        self.refused("unexpected-type CLI-2", "client.open", "c", message=information(),
                     carrier="direct")

    def test_restored(self):
        self.set_up()
        self.process(information(5))
        self.restored()
        self.no("replayed INF-4", information(5))
        self.process(information(6))


# ---- sessions -----------------------------------------------------------------

class Logins(Modern):
    def setUp(self):
        super().setUp()
        self.set_up(message_age_limit_s=10 ** 6)

    def start_params(self, now=NOW, **changes):
        return {"application": 1, "service": "shop", "user": "ann", "domain": None,
                "requester": "192.0.2.1", "now": now, "random": {"challenge_key": KEY}, **changes}

    def start(self, now=NOW, key=KEY, **changes):
        answer = self.ok("server.login_start", "s", **self.start_params(
            now, random={"challenge_key": key}, **changes))
        self.assertEqual(answer["challenge_key"], key.upper())
        return answer["message"]

    def start_refused(self, expected, now=NOW, **changes):
        self.refused(expected, "server.login_start", "s", **self.start_params(now, **changes))

    def retrieve_params(self, key=KEY, now=NOW, serial=SERIAL, sequence=1):
        return {"challenge_key": key, "serial": serial, "sequence": sequence, "now": now}

    def retrieve(self, *args, **options):
        return self.ok("server.login_retrieve", "s", **self.retrieve_params(*args, **options))[
            "message"]

    def retrieve_refused(self, expected, *args, **options):
        self.refused(expected, "server.login_retrieve", "s",
                     **self.retrieve_params(*args, **options))

    def approve_params(self, signature, key=KEY, now=NOW, user="ann", domain=None):
        return {"challenge_key": key, "user": user, "domain": domain, "signature": signature,
                "now": now}

    def approve(self, *args, **options):
        return self.ok("server.login_approve", "s", **self.approve_params(*args, **options))[
            "sequence"]

    def approve_refused(self, expected, *args, counts=None, **options):
        self.refused(expected, "server.login_approve", "s", counts,
                     **self.approve_params(*args, **options))

    def status(self, key=KEY, now=NOW):
        return self.ok("server.login_status", "s", challenge_key=key, now=now)["status"]

    def cancel(self, key=KEY, now=NOW):
        self.assertEqual(self.ok("server.login_cancel", "s", challenge_key=key, now=now), {})

    def cancel_refused(self, expected, key=KEY, now=NOW):
        self.refused(expected, "server.login_cancel", "s", challenge_key=key, now=now)

    def signed(self, message, client="c", now=NOW):
        return self.sign(message, client, carrier="gateway", now=now)

    def reject_refused(self, expected, message, now=NOW):
        """The information message is used up all the same (LGN-18)."""
        answer = self.ask("server.login_reject", "s", message=message, now=now)["refused"]
        self.assertEqual("%s %s" % (answer["class"], answer["requirement"]), expected)

    def second(self):
        """Another device of the license: client `d`, sequence number 2."""
        self.client("d", random={"installation_salt": "AB" * 16},
                    static_vector=vector(*MODERN).hex())
        self.activate("d")

    def test_approve(self):
        message = self.start(key="abcdef0123")
        opened = self.ok("client.open", "c", message=message, carrier="gateway")
        self.assertEqual((opened["content"], opened["template"], opened["require_pin"]),
                         (notification("ABCDEF0123"), 0, False))
        self.assertEqual(self.status("aBcDeF0123"), "pending")
        message = self.retrieve("ABCDEF0123")
        self.assertEqual(self.status("abcdef0123"), "retrieved")
        opened = self.ok("client.open", "c", message=message, carrier="gateway")
        self.assertEqual((opened["content"], opened["require_pin"]),
                         (details("shop", 1, "ann", ""), True))
        signature = self.ok("client.sign", "c", approved=True, pin="right", now=NOW)["signature"]
        self.verify_refused("unknown-message VER-7", message, signature)
        self.assertEqual(self.approve(signature, "abcdef0123", domain=""), 1)
        self.assertEqual(self.status("abcdef0123"), "approved")
        self.verify_refused("unknown-message VER-7", message, signature)

    def test_reject(self):
        self.start(domain="d")
        message = self.retrieve()
        self.ok("client.open", "c", message=message, carrier="gateway")
        self.ok("client.sign", "c", approved=False, pin="right", now=NOW)
        message = self.ok("client.generate_information", "c", serial=SERIAL, challenge_key=KEY,
                          now=NOW)["message"]
        self.assertEqual(self.ok("server.login_reject", "s", message=message, now=NOW),
                         {"sequence": 1, "challenge_key": KEY})
        self.assertEqual(self.status(), "rejected")
        self.refused("replayed INF-4", "server.login_reject", "s", message=message, now=NOW)

    def test_start_refusals(self):
        self.start_refused("bad-application REQ-12", application=5, service="")     # CR
        self.start_refused("bad-application REQ-12", application=8)
        self.start()
        self.start_refused("already-active LGN-2", service="")
        for i in range(15):
            self.start(key="%010X" % i)
        more = {"random": {"challenge_key": "F" * 10}}
        self.start_refused("threshold-reached LGN-3", service="", **more)
        self.cancel()
        for bad in ({"service": ""}, {"service": "s" * 256}, {"user": ""}, {"user": "u" * 256},
                    {"domain": "d" * 256}):
            self.start_refused("bad-string PSH-4", **bad, **more)
        for name in ("service", "user", "domain"):
            self.start_refused("bad-string PSH-5", **{name: "a;b\n"}, **more)
            self.start_refused("bad-string PSH-5", **{name: "\n"}, **more)
        wide = "\U0001F600" * 255
        self.start_refused("bad-length REQ-11", service=wide, user=wide, domain="x" * 50, **more)
        self.start(key="F" * 10, service=wide, user=wide, domain="x" * 22)
        self.ok("reset")
        self.set_up(secure_channel=False)
        self.start_refused("no-channel REQ-13", application=8)
        self.ok("reset")
        self.set_up(last_counter=4294967294)
        self.start_refused("bad-string PSH-4", service="")
        self.start_refused("counter-exhausted NON-3")
        self.refused("unknown-session LGN-7", "server.login_status", "s", challenge_key=KEY,
                     now=NOW)

    def test_retrieve_refusals(self):
        self.retrieve_refused("bad-string PSH-10", "x", serial="VDS0000001")
        self.retrieve_refused("unknown-session LGN-7", sequence=9)
        self.start()
        self.retrieve_refused("unknown-session LGN-7", serial="VDS0000001", sequence=9)
        self.retrieve_refused("unknown-instance VER-3", sequence=9)
        self.second()
        self.ok("server.generate_deactivation", "s", sequence=2, now=NOW)
        self.retrieve_refused("wrong-state VER-4", sequence=2)
        self.retrieve()
        self.retrieve_refused("already-retrieved LGN-8")

    def test_locked_on_the_server(self):
        """It retrieves and rejects (LGN-24, INF-8), but does not approve."""
        self.lock_on_server()
        self.start()
        signature = self.signed(self.retrieve())
        self.approve_refused("locked VER-5", signature)
        self.ok("server.login_reject", "s", message=information(1), now=NOW)
        self.assertEqual(self.status(), "rejected")
        self.start(key="A" * 10)
        signature = self.signed(self.retrieve("A" * 10))
        self.ok("server.unlock_instance", "s", sequence=1)
        self.assertEqual(self.approve(signature, "A" * 10), 1)

    def lock_on_server(self, sequence=1):
        for _ in range(2):
            self.take_refused("wrong-signature VER-12", 3, ONLY, "00000000", sequence=sequence,
                              counts="signature_failures/%02d" % sequence)

    def test_over(self):
        """LGN-9 to LGN-12 and LGN-22 in every step."""
        for i, end in enumerate(("expired", "approved", "rejected", "cancelled", "failed")):
            key = "%010X" % i
            self.start(key=key)
            message = self.retrieve(key)
            signature = self.signed(message)
            if end == "expired":
                self.status(key, NOW + 181)
            elif end == "approved":
                self.approve(signature, key)
            elif end == "rejected":
                self.ok("server.login_reject", "s", now=NOW,
                        message=information(10 * i + 1, key=key))
            elif end == "failed":
                self.fail_login(key)
            else:
                self.cancel(key)
            expected = {"expired": "expired LGN-9", "approved": "already-approved LGN-10",
                        "rejected": "already-rejected LGN-11",
                        "cancelled": "already-cancelled LGN-12",
                        "failed": "attempts-exhausted LGN-22"}[end]
            self.assertEqual(self.status(key), end)
            self.retrieve_refused(expected, key)
            self.approve_refused(expected, signature, key, user="other")
            self.cancel_refused(expected, key)
            message = information(10 * i + 2, key=key)
            self.reject_refused(expected, message)
            self.reject_refused("replayed INF-4", message)
        self.approve_refused("bad-string PSH-10", "", "x")
        self.approve_refused("unknown-session LGN-7", "", "F" * 10)
        self.cancel_refused("bad-string PSH-10", "x")
        self.cancel_refused("unknown-session LGN-7", "F" * 10)
        self.refused("bad-string PSH-10", "server.login_status", "s", challenge_key="x", now=NOW)
        self.reject_refused("unknown-session LGN-7", information(300, key="F" * 10))
        self.start(key="E" * 10)
        self.approve_refused("wrong-state LGN-13", "", "E" * 10, user="other")
        self.reject_refused("wrong-state LGN-13", information(301, key="E" * 10))
        self.reject_refused("replayed INF-4", information(301, key="E" * 10))
        self.cancel("E" * 10)

    def fail_login(self, key=KEY):
        for _ in range(2):
            self.approve_refused("wrong-signature VER-12", "00000000", key,
                                 counts=("signature_failures/01", "login_failures/" + key))
        self.ok("server.unlock_instance", "s", sequence=1)

    def test_failed(self):
        """LGN-22: it is over for good, whatever the clock says, and for no other session."""
        self.start()
        self.start(key="A" * 10)
        self.retrieve()
        signature = self.signed(self.retrieve("A" * 10))
        self.fail_login()
        self.assertEqual(self.ok("state", "s")["counters"]["login_failures/" + KEY], 2)
        self.assertEqual(self.status(now=NOW + 179), "failed")
        self.assertEqual(self.approve(signature, "A" * 10), 1)
        self.assertEqual(self.status(now=NOW + 3600), "failed")
        self.assertEqual(self.ok("state", "s")["counters"]["login_failures/" + KEY], 2)
        self.refused_status(NOW + 3601)
        self.assertEqual(sorted(self.ok("state", "s")["counters"]),
                         ["code_failures", "signature_failures/01"])

    def test_time(self):
        self.start()
        self.assertEqual(self.status(now=NOW + 60), "pending")
        self.assertEqual(self.status(now=NOW - 10 ** 6), "pending")
        self.assertEqual(self.status(now=NOW + 61), "expired")
        self.assertEqual(self.status(now=NOW), "expired")
        self.assertEqual(self.status(now=NOW + 3600), "expired")
        self.start_refused("already-active LGN-2", NOW + 3600)
        self.refused_status(NOW + 3601)
        self.start(NOW)                                     # forgotten for good
        self.retrieve(now=NOW + 60)
        self.assertEqual(self.status(now=NOW + 180), "retrieved")
        self.assertEqual(self.status(now=NOW + 181), "expired")
        # A refusal for another reason finds expiry all the same.
        self.start(key="A" * 10)
        answer = self.ask("server.login_cancel", "s", challenge_key="x", now=NOW + 61)
        self.assertEqual(answer["refused"]["requirement"], "PSH-10")
        self.assertEqual(self.status("A" * 10), "expired")
        # The time in the nonces is the server's own matter; a start at the end of time.
        self.start(4294967295, "B" * 10)
        self.assertEqual(self.status("B" * 10, 4294967295), "pending")

    def refused_status(self, now):
        answer = self.ask("server.login_status", "s", challenge_key=KEY, now=now)
        self.assertEqual(answer["refused"]["requirement"], "LGN-7")

    def test_room(self):
        """Sessions that are over leave room, LGN-3."""
        for i in range(16):
            self.start(key="%010X" % i)
        self.start_refused("threshold-reached LGN-3", NOW + 60)
        self.start(NOW + 61)

    def test_requesters(self):
        """LGN-3: nobody fills the room of another."""
        for i in range(16):
            self.start(key="%010X" % i)
        self.start_refused("threshold-reached LGN-3")
        for i, requester in enumerate(("192.0.2.2", "192.0.2.1 ", "É", "é")):
            self.start(key="A%09X" % i, requester=requester)
        for wrong in ("", "x" * 65, None, 1):
            self.fault("server.login_start", "s", **self.start_params(requester=wrong))
        self.start(key="B" * 10, requester="x" * 64)

    def test_all_room(self):
        """LGN-23: 256 sessions; the oldest that is over leaves for another."""
        for i in range(256):
            self.start(key="%010X" % i, requester="%d" % (i // 16))
        self.start_refused("threshold-reached LGN-23", requester="more", service="")
        self.cancel("%010X" % 9)
        self.cancel("%010X" % 5)
        self.start_refused("bad-string PSH-4", requester="more", service="")
        self.assertEqual(self.status("%010X" % 5), "cancelled")
        self.start(key="A" * 10, requester="more")
        self.cancel_refused("unknown-session LGN-7", "%010X" % 5)
        self.assertEqual(self.status("%010X" % 9), "cancelled")
        self.cancel("%010X" % 4)
        self.start(key="B" * 10, requester="more")
        self.cancel_refused("unknown-session LGN-7", "%010X" % 4)
        self.assertEqual(self.status("%010X" % 9), "cancelled")

    def test_wrong_signatures(self):
        self.start(domain="d")
        message = self.retrieve()
        signature = self.signed(message)
        for user, domain in (("Ann", "d"), ("ann", None), ("ann", ""), ("", "d")):
            self.approve_refused("wrong-user LGN-15", "", user=user, domain=domain)
        self.approve_refused("bad-signature VER-10", signature[:-1], domain="d")
        self.approve_refused("wrong-signature VER-12", "00000000", domain="d",
                             counts=("signature_failures/01", "login_failures/" + KEY))
        self.assertEqual(self.approve(signature, domain="d"), 1)
        self.assertEqual(self.ok("state", "s")["counters"],
                         {"code_failures": 0, "signature_failures/01": 0,
                          "login_failures/" + KEY: 1})          # nothing sets it back

    def test_age(self):
        self.ok("reset")
        self.set_up(message_age_limit_s=10)
        self.start()
        message = self.retrieve()
        signature = self.signed(message)
        self.approve_refused("expired VER-6", signature, now=NOW + 11)
        self.approve(signature, now=NOW + 10)

    def test_no_age_limit(self):
        self.ok("reset")
        self.set_up(message_age_limit_s=0)
        self.start()
        message = self.retrieve()
        self.approve(self.signed(message, now=NOW + 180), now=NOW + 180)

    def test_siblings(self):
        """LGN-16: only who retrieved approves; a sibling may reject (LGN-18)."""
        self.second()
        self.start()
        message = self.retrieve(sequence=2)
        self.approve_refused("wrong-signature VER-12", self.signed(message, "c"),
                             counts=("signature_failures/02", "login_failures/" + KEY))
        self.assertEqual(self.approve(self.signed(message, "d")), 2)
        # No free guesses at siblings once the retriever is locked.
        self.start(key="B" * 10)
        message = self.retrieve("B" * 10, sequence=2)
        self.lock_on_server(2)
        for client in "cd":
            self.approve_refused("locked VER-5", self.signed(message, client), "B" * 10)
        self.ok("server.login_reject", "s", message=information(1, 1, key="B" * 10), now=NOW)
        self.assertEqual(self.status("B" * 10), "rejected")

    def test_deactivated_retriever(self):
        self.second()
        self.start()
        message = self.retrieve(sequence=2)
        self.ok("server.generate_deactivation", "s", sequence=2, now=NOW)
        self.approve_refused("wrong-state VER-4", self.signed(message, "c"))

    def test_many(self):
        """Logins and requests push out nothing of each other (VER-7)."""
        self.start()
        signature = self.signed(self.retrieve())
        request = self.listed()
        for _ in range(255):
            last = self.listed()
        self.verify(last, self.sign(last))
        self.assertEqual(self.approve(signature), 1)
        for i in range(60):
            self.start(key="A%09X" % i, requester="%d" % i)
            self.retrieve("A%09X" % i)
        self.verify(request, self.sign(request))

    def test_restored(self):
        self.start()
        self.restored()
        self.refused_status(NOW)

    def test_digest(self):
        before = self.states()
        self.start()
        self.assertNotEqual(self.states(), before)
        before = self.states()
        self.status(now=NOW + 60)
        self.assertEqual(self.states(), before)
        self.status(now=NOW + 61)
        self.assertNotEqual(self.states(), before)

    def test_drawn(self):
        params = self.start_params()
        del params["random"]
        keys = {self.ok("server.login_start", "s", **params)["challenge_key"] for _ in range(5)}
        self.assertEqual(len(keys), 5)

    def test_types(self):
        for wrong in ({"application": 9}, {"service": None}, {"user": None}, {"domain": 1},
                      {"random": {"challenge_key": "00" * 4}}, {"random": {"file_id": ""}}):
            self.fault("server.login_start", "s", **self.start_params(**wrong))
        for wrong in ({"key": None}, {"serial": "x"}, {"sequence": 0}):
            self.fault("server.login_retrieve", "s", **self.retrieve_params(**wrong))
        self.fault("server.login_approve", "s", **self.approve_params(None))
        self.fault("server.login_approve", "c", **self.approve_params(""))
        self.respond(5, asked("1"))


# ---- the client's state -------------------------------------------------------

class State(Modern):
    def load(self, state, client="d"):
        return self.ask("client.load", client, platform_key=PLATFORM_KEY, state=state.hex(),
                        static_vector=None, platform_data="", app_version=0, rooted=False,
                        root_policy="allow", replacement=False)

    def test_saved(self):
        self.set_up()
        for i in range(2):
            self.ok("client.generate_information", "c", serial=SERIAL, challenge_key=KEY, now=NOW)
        self.sign(self.listed(content=details(domain=""), carrier="gateway"), carrier="gateway")
        saved = bytes.fromhex(self.ok("client.save", "c", platform_key=PLATFORM_KEY)["state"])
        self.assertEqual(saved[40], 1 | 4 | 16 | 32)
        self.assertEqual(saved[66:66 + 15], b"\0\0\2\0\x08myUserID\0\0")
        self.assertIn("ok", self.load(saved))
        self.assertEqual(self.ok("client.login_identity", "d", serial=SERIAL),
                         {"user": "myUserID", "domain": ""})
        again = self.ok("client.generate_information", "d", serial=SERIAL, challenge_key=KEY,
                        now=NOW)["message"]
        self.assertEqual(again, information(3))

    def test_values(self):
        def identity(user, domain):
            return b"".join(len(text).to_bytes(2, "big") + text for text in (user, domain))

        def ok(flags, more, **options):
            self.assertIn("ok", self.load(state_of(account(flags, activated(challenge=more,
                                                                            **options)))))
            self.ok("drop", "d")

        def no(flags, more, **options):
            answer = self.load(state_of(account(flags, activated(challenge=more, **options))))
            self.assertEqual(answer["refused"]["requirement"], "CST-7", answer)
        ok(21, b"\0\0\1")
        ok(21, b"\xff\xff\xff")
        ok(37, identity(b"u", b""))
        ok(37, identity(("é" * 255).encode(), b"x" * 255))
        ok(61, b"12345678" + b"\0\0\1" + identity(b"u", b"d"), pin=3, static=UNLOCKING)
        no(21, bytes(3))
        for user, domain in ((b"", b"d"), (b"\xff", b""), (b"u", b"\xff"), (b"u" * 256, b""),
                             (b"u", b"d" * 256), (b"u;", b""), (b"u", b";"), (b"u\n", b""),
                             (b"u", b"\xe2\x80\xae")):
            no(37, identity(user, domain))
        for flags in (17, 33, 49):                          # without a payload key
            no(flags, b"\0\0\1" + identity(b"u", b"d"), payload=b"")
        for flags in (18, 34, 50, 82):
            answer = self.load(state_of(account(flags, pre_activated())))
            self.assertEqual(answer["refused"]["requirement"], "CST-7")
        no(133, b"")
        # Left to right.
        no(21, bytes(3), static=b"")
        no(37, identity(b"u;", b""), static=b"")
        self.assertEqual(self.load(state_of(account(37, activated(
            challenge=identity(b"u", b""), static=b""))))["refused"]["class"], "bad-vector")


if __name__ == "__main__":
    unittest.main()
