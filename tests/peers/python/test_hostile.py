"""Every operation with its parameters bent, by a seeded random: an answer, never an internal
fault, and where it is refused nothing changes but what the requirement counts. test_peer.py runs
it, too."""

import copy
import random
import unittest

from operations import OPERATIONS
from test_peer import LICENSE_KEY, MODERN, NOW, ONLY, SAMPLE, SERIAL, Modern, asked, signed, vector
from test_single import PASSWORD, Single, decimal, derived, encrypted, erc, plain

#: requirement -> what its counters begin with
COUNTS = {"DVC-11": "code_failures", "CLI-15": "pin_failures", "VER-12": "signature_failures",
          "UNL-7": "unlock_failures", "PWD-6": "password_failures", "BND-9": "signature_failures"}
VALUES = [None, True, False, 0, 1, -1, 8, 99, 100, 2 ** 32, 2 ** 53, 1.5, 1e99, "", "0", "x", "00",
          "é", "\0", "\u202e", "%", ";", "00" * 16, "F" * 32, SERIAL, SAMPLE, [], [""], [[]], {},
          {"": 0}, {"kind": "fields", "fields": []}, {"format": "list"}, "A" * 2000]


def strings_bent(dice, text):
    """A text with a little of it changed."""
    if not text:
        return dice.choice(["0", "%", "x"])
    at = dice.randrange(len(text))
    return text[:at] + dice.choice(["", "0", "1", "f", ";", "%", "é", text]) + text[at + 1:]


def bent(dice, value):
    """One place of a JSON value bent."""
    if type(value) is dict and value and dice.random() < 0.95:
        value = dict(value)
        name = dice.choice(sorted(value))
        if dice.random() < 0.05:
            value[dice.choice(["more", "random", "now"])] = value.pop(name)
        else:
            value[name] = bent(dice, value[name])
        return value
    if type(value) is list and value and dice.random() < 0.8:
        value = list(value)
        at = dice.randrange(len(value))
        value[at] = bent(dice, value[at])
        return value
    if type(value) is str and dice.random() < 0.7:
        return strings_bent(dice, value)
    if type(value) is int and dice.random() < 0.6:
        return value + dice.choice([-1, 1, 60, -NOW, 2 ** 31])
    return copy.deepcopy(dice.choice(VALUES))


class Hostile(Modern):
    """Sessions: client c (locked later), server s, single-device client C and server S."""

    def samples(self):
        """A good question of each operation that needs one of its own, by name."""
        am2, signature = self.set_up()
        message = self.listed()
        request = self.request_params(now=NOW)
        single = Single.client_params(self)
        self.ok("client.single_create", "C", **single)
        self.ok("server.single_create", "S", **Single.server_params(self))
        self.ok("client.single_activate", "C", **Single.activate_params())
        self.ok("client.set_app2app", "c", enabled=True, scheme="bank", white_list=["a:s", "a:e"],
                platform="ios", platform_name="", version="", device_identifier="00" * 32)
        self.ok("server.login_start", "s", application=1, service="s", user="u", domain=None,
                now=NOW, random={"challenge_key": "00" * 5})
        self.ok("server.login_retrieve", "s", challenge_key="00" * 5, serial=SERIAL, sequence=1,
                now=NOW)
        information = self.ok("client.generate_information", "c", serial=SERIAL,
                              challenge_key="00" * 5, now=NOW)["message"]
        url = self.ok("app2app.build", scheme="bank", x_success="a:s", x_error="a:e",
                      x_cancel="a:s", message=message)["url"]
        vectors = {"static_vector": vector(*MODERN).hex()}
        answer = {"data": asked("1"), "response": "00000000"}
        code = {"challenge_key": "00" * 5, "now": NOW}
        state = self.ok("client.save", "c", platform_key="00" * 16)["state"]
        setup = {"platform_data": "", "app_version": 0, "rooted": False, "root_policy": "allow",
                 "replacement": False, "static_vector": None}
        return [
            ("frame.parse", None, {"message": message, "carrier": "direct"}),
            ("frame.open", None, {"key": "BB" * 16, "message": message}),
            ("primitive.ocra", None, {
                "suite": "OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1-S004-T1M", "key": "00", "counter": 0,
                "question": "1", "password": "", "session": "", "time": 0}),
            ("primitive.percent_decode", None, {"text": "%41é"}),
            ("app2app.parse", None, {"scheme": "bank", "platform": "ios", "url": url}),
            ("app2app.read", None, {"x_success": "a:%_OTP_%", "x_error": "a:e?x#f",
                                    "x_cancel": "a:c", "url": "a:e?x&ErrorCode=5#f"}),
            ("push.read", None, {"text": "01;04;s;1;u;d", "application": 1}),
            ("push.write", None, {"content": {"format": "login", "service": "s", "index": 1,
                                              "user": "u", "domain": "d"}}),
            ("activation_code.read", None, {"master_key": "00" * 16, "serial": SERIAL,
                                            "code": decimal(), "short": True}),
            ("acode_log.read", None, {"file": ("%s %s\n" % (SERIAL, decimal())).encode().hex()}),
            ("acode_log.write", None, {"licenses": [{"serial": SERIAL, "code": decimal()}]}),
            ("export_svf.read", None, {"file": (vector(*MODERN).hex().upper() + "\n").encode()
                                       .hex()}),
            ("client.open", "c", {"message": message, "carrier": "direct"}),
            ("client.sign", "c", {"approved": True, "pin": "wrong", "now": NOW}),
            ("client.dispatch", "c", {"url": url}),
            ("client.answer", "c", {"approved": True, "pin": "wrong", "now": NOW}),
            ("client.set_app2app", "c", {
                "enabled": True, "scheme": "bank", "white_list": ["a:s", "a:e"],
                "platform": "ios", "platform_name": "", "version": "",
                "device_identifier": "00" * 32}),
            ("client.activate_instance", "c", {"message": am2, "now": NOW}),
            ("client.generate_information", "c", {"serial": SERIAL, **code}),
            ("client.login_identity", "c", {"serial": SERIAL}),
            ("client.generate_response", "c", {"serial": SERIAL, "application": 5,
                                               "data": asked("1"), "pin": "right", "now": NOW}),
            ("client.load", "x", {"platform_key": "00" * 16, "state": state, **setup}),
            ("server.generate_request", "s", request),
            ("server.verify_message_signature", "s", {
                "sequence": 1, "message": message, "signature": signature, "now": NOW}),
            ("server.verify_response", "s", {"sequence": 1, "application": 3, "now": NOW,
                                             "data": ONLY, "response": "00000000"}),
            ("server.resynchronise", "s", {"sequence": 1, "application": 2, "first": answer,
                                           "second": answer, "now": NOW}),
            ("server.process_information", "s", {"message": information, "now": NOW}),
            ("server.login_start", "s", {"application": 1, "service": "s", "user": "u",
                                         "domain": "d", "now": NOW}),
            ("server.login_retrieve", "s", {**code, "serial": SERIAL, "sequence": 1}),
            ("server.login_approve", "s", {**code, "user": "u", "domain": None,
                                           "signature": "00000000"}),
            ("server.login_reject", "s", {"message": information, "now": NOW}),
            ("server.login_cancel", "s", code), ("server.login_status", "s", code),
            ("client.single_create", "y", single),
            ("client.single_activate", "C", Single.activate_params()),
            ("client.single_activate", "C", Single.activate_params(
                event_reactivation_counter=erc(0, 0, 0))),
            ("client.single_activate_online", "C", Single.online_params(self, plain())),
            ("client.single_activate_online", "C",
             Single.online_params(self, encrypted(), "99" * 16)),
            ("client.single_generate_response", "C", {"application": 3, "data": signed("", ""),
                                                      "password": PASSWORD, "now": NOW}),
            ("client.single_change_password", "C", {"old": PASSWORD, "new": PASSWORD}),
            ("client.single_generate_derivation_code", "C", {
                "challenge": None, "password": PASSWORD, "now": NOW}),
            ("client.single_load", "z", {
                **single, "state": self.ok("client.single_save", "C")["state"]}),
            ("server.single_create", "w", Single.server_params(self)),
            ("server.single_reimport", "S", {"license_key": LICENSE_KEY, **vectors}),
            ("server.single_verify_response", "S", Single.take_params(self, 1, ONLY, "00000000")),
            ("server.single_resynchronise", "S", {"application": 2, "first": answer,
                                                  "second": answer, "now": NOW}),
            ("server.single_verify_derivation_code", "S", {
                "serial": SERIAL, "challenge": None, "code": derived(), "now": NOW}),
            ("server.single_load", "v", {"storage_key": "00" * 16, "state": self.ok(
                "server.single_save", "S", storage_key="00" * 16)["state"]}),
        ]

    def check(self, op, session, params):
        before = self.states()
        answer = self.ask(op, *([session] if session else []), **params)
        if "ok" in answer:
            if OPERATIONS[op].session == "create":
                self.ok("drop", session)
            return
        after = self.states()
        refused = answer.get("refused", {"requirement": "a fault"})["requirement"]
        if refused == "a fault":
            self.assertEqual(after, before)
            return
        if op.startswith("server.login_"):      # the clock and INF-6 are not undone
            return
        if refused in COUNTS and before != after:
            counters, now = before[session]["counters"], after[session]["counters"]
            changed = [name for name in counters if counters[name] != now.get(name)]
            self.assertEqual(len(changed), 1, (op, params))
            self.assertTrue(changed[0].startswith(COUNTS[refused]))
            before[session]["counters"] = now
        self.assertEqual(after, before, (op, refused))

    def test_each(self):
        dice = random.Random(4)
        samples = self.samples()
        for op, session, params in samples:         # each is a question
            self.assertNotIn("fault", self.ask(op, *([session] if session else []), **params), op)
            if OPERATIONS[op].session == "create":
                self.ok("drop", session)
        for _ in range(4000):
            op, session, params = dice.choice(samples)
            params = copy.deepcopy(params)
            for _ in range(dice.choice([0, 1, 1, 1, 2])):
                params = bent(dice, params)
            if type(params) is not dict or not all(type(name) is str for name in params):
                continue
            self.check(op, session, params)


if __name__ == "__main__":
    unittest.main()
