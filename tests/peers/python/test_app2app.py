"""Tests of section 26: app-to-app; test_peer.py runs them, too."""

import random
import unittest
from urllib.parse import quote, unquote

from test_peer import NOW, SAMPLE, SERIAL, Case, Modern, am1, asked, flip

SUCCESS = "thirdpartyapp://pay/done?sig=%_OTP_%&sn=%_SerialNumber_%"
ERROR = "thirdpartyapp://pay/failed?app=%_PlatformName_%#end"
CANCEL = "thirdpartyapp://pay/cancelled"
IDENTIFIER = bytes(range(0xE0, 0x100))


def encoded(text, times=2):
    for _ in range(times):
        text = quote(text, safe="")
    return text


def url_of(success=None, error=None, cancel=None, message=SAMPLE, start="bank", times=2,
           state=None):
    """The URL; a callback that is given stands there as it is."""
    url = "%s://app2app_secure_channel?x-success=%s&x-error=%s&x-cancel=%s&secure_message=%s" % (
        start, *(encoded(own, times) if raw is None else raw
                 for own, raw in ((SUCCESS, success), (ERROR, error), (CANCEL, cancel))), message)
    return url if state is None else url + "&state=" + state


class Decoding(Case):
    def decode(self, text):
        return self.ok("primitive.percent_decode", text=text)["text"]

    def no(self, text):
        self.refused("bad-escape A2A-26", "primitive.percent_decode", text=text)

    def test_once(self):
        for text, expected in (("", ""), ("a+b", "a+b"), ("%41%2b", "A+"), ("%2541", "%41"),
                               ("%c3%A9", "é"), ("é%20", "é "), ("%00", "\0"),
                               ("%F0%9F%98%80", "\U0001F600")):
            self.assertEqual(self.decode(text), expected)
        for text in ("%", "a%4", "%G0", "%%41", "%٣٣", "% 41", "%c3", "%ed%a0%80", "\u00c3%A9",
                     "%ff", "%c0%80"):
            self.no(text)
        for wrong in (None, 1, "\ud800"):
            self.fault("primitive.percent_decode", text=wrong)

    def test_random(self):
        dice = random.Random(26)
        for _ in range(300):
            text = "".join(chr(dice.choice([dice.randrange(0x20, 0x7F), dice.randrange(0xD800),
                                            dice.randrange(0x10000, 0x110000)]))
                           for _ in range(dice.randrange(20)))
            self.assertEqual(self.decode(encoded(text, 1)), text)
            self.assertEqual(unquote(encoded(text, 2)), encoded(text, 1))
        for _ in range(500):
            text = "".join(dice.choice("%%%04aFgé+") for _ in range(dice.randrange(12)))
            answer = self.ask("primitive.percent_decode", text=text)
            if "ok" in answer:
                self.assertEqual(answer["ok"]["text"], unquote(text, errors="strict"))
            else:
                self.assertEqual(answer["refused"]["class"], "bad-escape")


class Urls(Case):
    def parse(self, url, scheme="bank", platform="android"):
        return self.ok("app2app.parse", scheme=scheme, platform=platform, url=url)

    def no(self, expected, url, scheme="bank", platform="android"):
        self.refused(expected, "app2app.parse", scheme=scheme, platform=platform, url=url)

    WHOLE = {"x_success": SUCCESS, "x_error": ERROR, "x_cancel": CANCEL, "secure_message": SAMPLE,
             "state": None}

    def test_published(self):
        """The caller's URL of the vendor's documents, in its three forms."""
        callbacks = ["http://10.10.10.10:8080/TestServer/test.jsp?action=" + action
                     for action in ("success&signature=%_OTP_%", "error", "cancel")]
        urls = ["dpnopin://app2app_secure_channel?x-success=%s&x-error=%s&x-cancel=%s"
                "&secure_message=%s" % (*(encoded(callback, times) for callback in callbacks),
                                        SAMPLE) for times in range(3)]
        self.assertIn("x-success=http%253A%252F%252F10.10.10.10%253A8080%252FTestServer%252Ftest."
                      "jsp%253Faction%253Dsuccess%2526signature%253D%2525_OTP_%2525&", urls[2])
        self.assertEqual(self.parse(urls[2], "dpnopin"), {
            **dict(zip(("x_success", "x_error", "x_cancel"), callbacks)),
            "secure_message": SAMPLE, "state": None})
        for url in urls[:2]:
            self.no("bad-callback A2A-6", url, "dpnopin")

    def test_three_forms(self):
        self.assertEqual(self.parse(url_of()), self.WHOLE)
        self.no("bad-callback A2A-6", url_of(times=1))
        plain = url_of(times=0)
        self.no("bad-url A2A-1", plain)                         # of this example, by its `#`
        self.no("bad-callback A2A-6", plain.replace("#end", ""))

    def test_start(self):
        for platform in ("android", "ios"):
            self.assertEqual(self.parse(url_of().replace("app2app", "APP2app"), platform=platform),
                             self.WHOLE)
            for start in ("banks", "ban", "", "bank:/", "bank:", "x-bank"):
                self.no("bad-url A2A-2", url_of(start=start), platform=platform)
            for other in ("", "bank", "bank://", "bank://app2app_secure_channel",
                          url_of().replace("?", "/?"), url_of().replace("?", "&"),
                          url_of().replace("app2app_", "app2app-")):
                self.no("bad-url A2A-2", other, platform=platform)
        self.assertEqual(self.parse(url_of(start="BanK"), platform="ios"), self.WHOLE)
        self.no("bad-url A2A-2", url_of(start="BanK"))

    def test_characters_and_length(self):
        for odd in (" ", "\n", "\x7f", "é", "#", "\u212A"):
            for url in (url_of() + odd, url_of() + "&other=" + odd, odd + url_of()):
                self.no("bad-url A2A-1", url)
        room = 16384 - len(url_of())
        self.assertEqual(self.parse(url_of() + "&" * room), self.WHOLE)
        self.no("bad-url A2A-1", url_of() + "&" * (room + 1))

    def test_parts(self):
        self.assertEqual(self.parse(url_of().replace("x-success", "X-Success")
                                    .replace("secure_message", "SECURE_message")
                                    + "&&=1&other=2&%78-success=3&x-success%20=4&other=5"),
                         self.WHOLE)
        start, query = url_of().split("?")
        parts = query.split("&")
        self.assertEqual(self.parse(start + "?" + "&".join(reversed(parts))), self.WHOLE)
        for i, part in enumerate(parts):
            name = part.split("=")[0]
            self.no("bad-url A2A-4", url_of() + "&" + name.upper() + "=")
            self.no("bad-url A2A-4", url_of() + "&" + name)
            self.no("bad-url A2A-5", start + "?" + "&".join(parts[:i] + parts[i + 1:]))
            # Twice comes before missing, missing before everything in a callback.
            self.no("bad-url A2A-4", start + "?" + part + "&" + part)
            self.no("bad-url A2A-5", start + "?" + "&".join(
                ["x-cancel" if other.startswith("x-c") else other.split("=")[0]
                 for other in parts[:i] + parts[i + 1:]]))
        self.assertEqual(self.parse(url_of(message="")), {**self.WHOLE, "secure_message": ""})
        self.assertEqual(self.parse(url_of(message="a=b%41")),
                         {**self.WHOLE, "secure_message": "a=b%41"})

    def test_callbacks(self):
        for raw in ("", "app://x", "app:x", "app%3Ax", "app%253A+", "app%253A%2B", "app%253A%25",
                    "app%253A%252", "app%253A%25G0", "app%253A=", "app%253A/", "app%253A@", "%"):
            for name in ("success", "error", "cancel"):
                self.no("bad-callback A2A-6", url_of(**{name: raw}))
        for decoded in ("app", "1app:", "+a:", ":", "app:a b", "app:\u00a0", "app:\n",
                        "app:\x7f", "app:\ufeff", "é:", "app:\U000E0001", "app%3A", "app%253A"):
            for name in ("success", "error", "cancel"):
                self.no("bad-callback A2A-7", url_of(**{name: encoded(decoded)}))
        for raw in ("app%253A%25C3", "app%253A%25ff", "app%253A%25ED%25A0%2580"):
            self.no("bad-callback A2A-7", url_of(success=raw))
        self.assertEqual(self.parse(url_of(success="a.%252B-1%253A!'()*~_%25c3%25A9"))["x_success"],
                         "a.+-1:!'()*~_é")
        self.assertEqual(self.parse(url_of(success="app%253A%252541%2525"))["x_success"],
                         "app:%41%")
        self.assertEqual(self.parse(url_of(cancel=encoded("app:\u00a1")))["x_cancel"],
                         "app:\u00a1")
        for name in ("error", "cancel"):
            self.no("bad-callback A2A-8", url_of(**{name: encoded("app:%_OTP_%")}))
            self.assertEqual(self.parse(url_of(**{name: encoded("app:%_Otp_%")}))["x_" + name],
                             "app:%_Otp_%")

    def test_state(self):
        """A2A-27: optional, once, and nothing that would have to be encoded."""
        for state in ("0", "a" * 64, "AZaz09._~-"):
            self.assertEqual(self.parse(url_of(state=state)), {**self.WHOLE, "state": state})
        self.assertEqual(self.parse(url_of().replace("?", "?STATE=x&"))["state"], "x")
        for state in ("", "a" * 65, "a+b", "%41", "a=b", "!"):
            self.no("bad-url A2A-27", url_of(state=state, success="+"))
        self.no("bad-url A2A-27", url_of() + "&state")
        self.no("bad-url A2A-4", url_of(state="a") + "&State=a")
        self.no("bad-url A2A-5", url_of(state="").replace("secure_m", "insecure_m"))

    def test_order(self):
        self.no("bad-callback A2A-7", url_of(success=encoded("app"), error="+", cancel="+"))
        self.no("bad-callback A2A-8", url_of(error=encoded("app:%_OTP_%"), cancel="+"))
        for scheme in ("", "Bank", "1a", "a" * 65, "a:", "é", "a\n"):
            self.no("bad-url A2A-25", url_of(success="+"), scheme=scheme)
        self.assertEqual(self.parse(url_of(start="a" * 64), scheme="a" * 64), self.WHOLE)
        self.assertEqual(self.parse(url_of(start="a1+.-"), scheme="a1+.-"), self.WHOLE)

    def test_random(self):
        """What parse accepts has the form of the text, whatever it was made of."""
        dice = random.Random(2626)
        good = url_of()
        for _ in range(1500):
            url = list(good)
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(url))
                url[at:at + dice.randrange(2)] = [dice.choice(["%", "&", "=", "25", "#", "é", "?",
                                                               "x-error", "+", ":", ""])]
            answer = self.ask("app2app.parse", scheme="bank", platform="ios", url="".join(url))
            self.assertNotIn("fault", answer)
            for name, callback in answer.get("ok", {}).items():
                if name.startswith("x_"):
                    self.assertRegex(callback, "^[A-Za-z][A-Za-z0-9+.-]*:")
                    self.assertEqual(unquote(unquote(encoded(callback))), callback)

    def test_types(self):
        good = {"scheme": "bank", "platform": "ios", "url": ""}
        for wrong in ({"scheme": None}, {"platform": "iOS"}, {"platform": 1}, {"url": 1}):
            self.fault("app2app.parse", **{**good, **wrong})


class ThirdParty(Case):
    def params(self, **changes):
        return {"x_success": SUCCESS, "x_error": ERROR, "x_cancel": CANCEL, **changes}

    def build(self, **changes):
        return {"scheme": "bank", "message": SAMPLE, **self.params(**changes)}

    def read(self, url, **templates):
        return self.ok("app2app.read", url=url, **self.params(**templates))

    def no(self, expected, url="", **templates):
        self.refused(expected, "app2app.read", url=url, **self.params(**templates))

    def test_build(self):
        url = self.ok("app2app.build", **self.build(message=SAMPLE.lower()))["url"]
        self.assertEqual(url, url_of())
        self.assertIn("%252F%252Fpay%252Fdone%253Fsig%253D%2525_OTP_%2525%2526sn", url)
        self.assertEqual(self.ok("app2app.parse", scheme="bank", platform="android", url=url),
                         Urls.WHOLE)
        url = self.ok("app2app.build", **self.build(x_cancel="a:!é"))["url"]
        self.assertIn("x-cancel=a%253A%2521%25C3%25A9&", url)
        self.assertEqual(self.ok("app2app.build", **self.build(), state="a-._~9")["url"],
                         url_of(state="a-._~9"))

    def test_build_refusals(self):
        def no(expected, **changes):
            self.refused(expected, "app2app.build", **self.build(**changes))
        no("bad-url A2A-25", scheme="Bank", x_success="")
        bad = {"state": "a/b", "x_success": "app", "x_error": "a:%_OTP_%",
               "x_cancel": "a:%_Version_%a", "message": "0"}
        for (name, value), expected in zip(bad.items(), (
                "bad-url A2A-27", "bad-callback A2A-7", "bad-callback A2A-8", "bad-callback A2A-22",
                "bad-hex CNV-3")):
            later = list(bad)[list(bad).index(name):]
            no(expected, **{other: bad[other] for other in later})
        for callback in ("", "a b:", "a:b c", "a:\n", "a:\u202e"):
            no("bad-callback A2A-7", x_cancel=callback)
        for after in "azAZ09-._~%":
            no("bad-callback A2A-22", x_success="a:%_OTP_%" + after)
            no("bad-callback A2A-22", x_error="a:%_State_%" + after)
        for state in ("", "a" * 65, "é", " "):
            no("bad-url A2A-27", state=state, x_success="")
        no("bad-callback A2A-22", x_error="a:%_Version_%%_RootingStatus_%")
        for after in ("", "/", "!", "é", "#%_Other_%a"):
            self.ok("app2app.build", **self.build(x_success="a:%_OTP_%" + after))
        no("bad-length FRM-2", message="")
        no("bad-length FRM-3", message=SAMPLE + "00" * 500)
        no("unexpected-type CLI-2", message=am1())
        # Each byte is five characters.
        room = 16384 - len(url_of(cancel=encoded("a:")))
        self.ok("app2app.build", **self.build(x_cancel="a:" + "!" * (room // 5)))
        no("bad-url A2A-1", x_cancel="a:" + "!" * (room // 5) + "a" * (room % 5 + 1))
        no("bad-url A2A-1", x_cancel="a:" + "!" * (room // 5), state="aaaaa")

    def test_outcomes(self):
        self.assertEqual(self.read("thirdpartyapp://pay/done?sig=12%C3%A9&sn="), {
            "outcome": "success", "error": None, "values": {"OTP": "12é", "SerialNumber": ""}})
        self.assertEqual(self.read("thirdpartyapp://pay/failed?app=A%20b&ErrorCode=8#end"), {
            "outcome": "error", "error": 8, "values": {"PlatformName": "A b"}})
        self.assertEqual(self.read(CANCEL), {"outcome": "cancel", "error": None, "values": {}})
        for url in ("", CANCEL + "x", "x" + CANCEL, CANCEL + "\n",
                    "thirdpartyapp://pay/failed?app=A#end",
                    "thirdpartyapp://pay/failed?app=A&ErrorCode=0#end",
                    "thirdpartyapp://pay/failed?app=A&ErrorCode=9#end",
                    "thirdpartyapp://pay/failed?app=A&ErrorCode=11#end",
                    "thirdpartyapp://pay/failed?app=A&ErrorCode=1",
                    "thirdpartyapp://pay/failed?app=A?ErrorCode=1#end",
                    "thirdpartyapp://pay/failed?app=A+b&ErrorCode=1#end",
                    "thirdpartyapp://pay/failed?app=A%2&ErrorCode=1#end",
                    "THIRDPARTYAPP://pay/cancelled"):
            self.no("bad-callback A2A-24", url)
        self.no("bad-callback A2A-24", "thirdpartyapp://pay/done?sig=&sn=1")
        self.no("bad-callback A2A-24", "thirdpartyapp://pay/done?sig=1&sn=%C3")
        self.no("bad-callback A2A-22", CANCEL, x_error="a:%_Version_%a")

    def test_places_of_the_error(self):
        for template, url in (("a:", "a:?ErrorCode=1"), ("a:?", "a:?ErrorCode=1"),
                              ("a:?x&", "a:?x&ErrorCode=1"), ("a:?x", "a:?x&ErrorCode=1"),
                              ("a:&", "a:&ErrorCode=1"), ("a:#?", "a:?ErrorCode=1#?"),
                              ("a:?#b#c", "a:?ErrorCode=1#b#c"), ("a:x?y#", "a:x?y&ErrorCode=1#")):
            self.assertEqual(self.read(url, x_error=template)["error"], 1)

    def test_first_that_fits(self):
        same = {"x_success": "a:?%_OTP_%", "x_error": "a:?", "x_cancel": "a:?%_Version_%"}
        self.no("bad-callback A2A-24", "a:?", **same)            # success, with an empty signature
        self.assertEqual(self.read("a:?1", **same)["outcome"], "success")
        self.assertEqual(self.read("a:?ErrorCode=1", **same), {
            "outcome": "error", "error": 1, "values": {}})
        self.no("bad-callback A2A-24", "a:?ErrorCode=9", **same)        # `=` is no part of a value
        twice = {"x_success": "a:%_Version_%/%_Version_%", "x_cancel": "a:%_Version_%/%_OT_%"}
        self.assertEqual(self.read("a:%41/A", **twice)["values"], {"Version": "A"})
        self.no("bad-callback A2A-24", "a:1/2", **twice)
        self.assertEqual(self.read("a:1/%_OT_%", **twice)["values"], {"Version": "1"})

    def test_types(self):
        for name in ("x_success", "x_error", "x_cancel"):
            self.fault("app2app.read", url="", **self.params(**{name: None}))
            self.fault("app2app.build", **self.build(**{name: 1}))
        self.fault("app2app.build", **self.build(message=None))
        self.fault("app2app.read", url=None, **self.params())


class Dispatch(Modern):
    def setUp(self):
        super().setUp()
        self.set_up()

    def configure(self, client="c", **changes):
        self.assertEqual(self.ok("client.set_app2app", client, **{
            "enabled": True, "scheme": "bank", "white_list": [SUCCESS, ERROR, CANCEL],
            "platform": "android", "platform_name": "Pixel 9 é/~", "version": "5.8",
            "device_identifier": IDENTIFIER.hex(), **changes}), {})

    def dispatch(self, url, client="c"):
        return self.ok("client.dispatch", client, url=url)

    def error(self, number, name, url, callback="", client="c", **values):
        """An error leaves everything as it was."""
        if callback == "":
            callback = ERROR.replace("#end", "&ErrorCode=%d#end" % number).replace(
                "%_PlatformName_%", "Pixel%209%20%C3%A9%2F~")
        before = self.states()
        self.assertEqual(self.dispatch(url, client), {
            "opened": None, "error": {"number": number, "class": name}, "callback": callback})
        self.assertEqual(self.states(), before)

    def answer(self, approved=True, pin="right", client="c", now=NOW):
        return self.ok("client.answer", client, approved=approved, pin=pin, now=now)

    def no_answer(self, expected="wrong-state A2A-16", approved=True, pin="right", counts=None):
        self.refused(expected, "client.answer", "c", counts, approved=approved, pin=pin, now=NOW)

    def test_whole_flow(self):
        self.configure()
        message = self.listed(require_pin=True)
        url = self.ok("app2app.build", scheme="bank", x_success=SUCCESS, x_error=ERROR,
                      x_cancel=CANCEL, message=message)["url"]
        answer = self.dispatch(url)
        self.assertEqual((answer["error"], answer["callback"]), (None, None))
        opened = answer["opened"]
        self.no_answer("pin-required CLI-14", pin="cached")
        self.no_answer("wrong-pin CLI-15", pin="wrong", counts="pin_failures/" + SERIAL)
        answer = self.answer()
        self.assertIsNone(answer["error"])
        read = self.ok("app2app.read", url=answer["callback"], x_success=SUCCESS, x_error=ERROR,
                       x_cancel=CANCEL)
        self.assertEqual(read["outcome"], "success")
        self.assertEqual(read["values"]["SerialNumber"], SERIAL)
        self.verify(message, read["values"]["OTP"])
        self.no_answer()                                                # once
        self.assertEqual(self.ok("client.open", "c", message=message, carrier="direct"),
                         {**opened, "handle": opened["handle"] + 1, "callback": None})
        self.no_answer()                                                # not by a URL
        self.ok("client.close", "c")
        self.dispatch(url)
        self.assertEqual(self.answer(False, "wrong"), {"callback": CANCEL, "error": None})
        self.no_answer()

    def test_handles(self):
        """A2A-16, CLI-12: the message on display is named, by the operation that is for it."""
        self.configure()
        message = self.listed()
        first = self.dispatch(url_of(message=message))["opened"]["handle"]
        for name in ("client.sign", "client.answer"):
            for handle in (first, first + 1, 0):
                if (name, handle) != ("client.answer", first):
                    self.refused("wrong-state " + ("CLI-12" if name == "client.sign" else "A2A-16"),
                                 name, "c", handle=handle, approved=True, pin="right", now=NOW)
        self.assertIsNone(self.answer()["error"])
        self.dispatch(url_of(message=message))
        self.refused("wrong-state A2A-16", "client.answer", "c", handle=first, approved=False,
                     pin="right", now=NOW)
        self.assertEqual(self.handles["c"], first + 1)
        self.fault("client.answer", "c", handle=None, approved=True, pin="right", now=NOW)

    def test_busy(self):
        """A2A-28, the last error of all: nothing takes the place of what the user is reading."""
        self.configure()
        message, other = self.listed(), self.listed()
        for by_url in (True, False):
            if by_url:
                self.dispatch(url_of(message=message))
            else:
                self.ok("client.open", "c", message=message, carrier="direct")
            for again in (message, other):
                self.error(1, "busy", url_of(message=again))
            self.error(7, "version-too-low", url_of(message=self.listed(minimum_version=3)))
            self.error(2, "bad-url", url_of(message=other).replace("secure_m", "insecure_m"))
            if by_url:
                self.verify(message, self.ok("app2app.read", url=self.answer()["callback"],
                                             x_success=SUCCESS, x_error=ERROR,
                                             x_cancel=CANCEL)["values"]["OTP"])
            else:
                self.ok("client.sign", "c", approved=False, pin="right", now=NOW)
        self.dispatch(url_of(message=other))

    def test_what_ends_a_call(self):
        """A2A-30: whatever does, tells the caller."""
        masked = "a:%_State_%/%_SerialNumber_%/%_SequenceNumber_%/%_Version_%"
        called = "a:s-1/%s/01/5.8" % SERIAL
        self.configure(white_list=[SUCCESS, ERROR, masked])
        message = self.listed()
        url = url_of(cancel=encoded(masked), message=message, state="s-1")

        def ends(op, **params):
            self.dispatch(url)
            self.assertEqual(self.ok("client." + op, "c", **params)["callback"], called)
            self.no_answer()
            self.ok("client.close", "c")
        ends("close")
        ends("open", message=message, carrier="direct")
        # A notification ends none, and neither does what is refused.
        note = self.listed(carrier="gateway", content={"format": "notification",
                                                       "challenge_key": "0123456789"})
        self.dispatch(url)
        shown = self.ok("client.open", "c", message=note, carrier="gateway")
        self.assertIsNone(shown["callback"])
        self.refused("busy CLI-26", "client.open", "c", carrier="gateway",
                     message=self.listed(carrier="gateway"))
        self.assertEqual(self.ok("client.close", "c"), {"callback": called})
        state = self.ok("client.save", "c", platform_key="00" * 16)["state"]
        ends("remove", serial=SERIAL, what="account")

        def load():
            self.ok("drop", "c")
            self.ok("client.load", "c", platform_key="00" * 16, state=state, static_vector=None,
                    platform_data="0102", app_version=1, rooted=False, root_policy="block",
                    replacement=True)
            self.configure(white_list=[SUCCESS, ERROR, masked])
        load()
        ends("deactivate", message=self.deactivation(), carrier="direct")
        load()
        self.pre_activate(replace=True, static=True)
        am2 = self.am2()["message"]
        self.dispatch(url)
        self.ok("client.activate_instance", "c", message=am2, now=NOW)
        self.assertEqual(self.answer(False)["callback"], called)        # the old one still acts
        ends("mark_confirmed", message=am2)
        for op, params in (("close", {}), ("mark_confirmed", {"message": am2}),
                           ("remove", {"serial": SERIAL, "what": "account"})):
            self.assertIsNone(self.ok("client." + op, "c", **params)["callback"])

    def test_states(self):
        """A2A-29: the state of the call, in whichever callback."""
        success, error, cancel = ("a:%d/%%_State_%%" % i for i in range(3))
        self.configure(white_list=[success, error, cancel])

        def url(state=None, message=None):
            return url_of(*map(encoded, (success, error, cancel)), message or self.listed(),
                          state=state)
        for state in (None, "x" * 64):
            self.dispatch(url(state))
            self.assertEqual(self.answer()["callback"], "a:0/" + (state or ""))
            self.dispatch(url(state))
            self.assertEqual(self.answer(False)["callback"], "a:2/" + (state or ""))
            self.error(5, "bad-hex", url(state, "x"), "a:1/%s?ErrorCode=5" % (state or ""))
        self.error(2, "bad-url", url("a%41"), "a:1/?ErrorCode=2")
        self.error(2, "bad-url", url("a") + "&state=a", "a:1/?ErrorCode=2")
        self.error(2, "bad-url", url("a") + "&x-cancel=", "a:1/a?ErrorCode=2")
        before = self.states()
        self.dispatch(url("one"))
        one = self.states()
        self.ok("client.close", "c")
        self.dispatch(url("two"))
        self.assertNotIn(self.states(), (before, one))
        self.lock()
        self.assertEqual(self.answer()["callback"], "a:1/two?ErrorCode=8")

    def test_errors_in_order(self):
        message = self.listed()
        url = url_of(message=message)
        self.error(2, "not-configured", url, None)
        self.configure(enabled=False)
        self.error(2, "not-configured", url)
        self.error(2, "not-configured", "nothing", None)
        self.error(2, "not-configured", url + "&x-error", None)
        self.configure()
        for bad in ("", url + "#", url + " ", url_of(start="other")):
            self.error(2, "bad-url", bad, None)
        self.error(2, "bad-url", url + "&x-error=", None)
        self.error(2, "bad-url", url.replace("x-error", "y-error"), None)
        for broken in (url + "&x-success=", url + "&secure_message=",
                       url.replace("x-cancel", "y-cancel"), url.replace("secure_m", "insecure_m")):
            self.error(2, "bad-url", broken)
        self.error(2, "bad-callback", url_of(error=encoded(ERROR, 1)), None)
        self.error(2, "bad-callback", url_of(error=encoded("a:%_OTP_%")), None)
        self.error(2, "bad-callback", url_of(error=encoded("app:other")), None)
        for name in ("success", "cancel"):
            for raw in ("", encoded("app"), encoded("app:other"), encoded(SUCCESS.upper())):
                self.error(2, "bad-callback", url_of(**{name: raw}))
        self.error(5, "bad-hex", url_of(message="0"))
        self.error(5, "bad-hex", url_of(message=message[:2] + "%30" + message[3:]))
        self.error(5, "bad-length", url_of(message=""))
        self.error(5, "bad-length", url_of(message=message + "00" * 500))
        self.error(5, "bad-version", url_of(message="1" + message[1:]))
        self.error(5, "unexpected-type", url_of(message=self.deactivation()))
        self.error(6, "wrong-account", url_of(message=SAMPLE[:4] + "00" * 5 + SAMPLE[14:]))
        self.error(7, "wrong-protection", url_of(message=SAMPLE))
        self.error(7, "corrupted", url_of(message=flip(message, -1)))
        self.error(7, "bad-body", url_of(message=self.seal(b"")))
        self.error(7, "stale", url_of(message=self.seal(b"", counter=1)))
        self.error(7, "version-too-low", url_of(message=self.listed(minimum_version=3)))

    def test_accounts(self):
        self.configure()
        message = self.listed()
        # Rooted comes before no account.
        self.client("r", rooted=True)
        self.configure("r")
        self.error(3, "rooted", url_of(), client="r")
        self.error(2, "bad-callback", url_of(success=encoded("a:")), client="r")
        self.refused("rooted CLI-1", "client.answer", "r", approved=True, pin="right", now=NOW)
        self.client("d")
        self.configure("d")
        self.error(4, "not-activated", url_of(message="x"), client="d")
        self.ok("client.activate_license", "d", message=self.am1())
        self.error(4, "not-activated", url_of(message=message), client="d")
        # Of two licenses one is only pre-activated.
        self.ok("client.activate_license", "c", message=am1(serial="VDS0000009"))
        other = self.ok("frame.seal", key="00" * 16, type=3, protection=2, serial="VDS0000009",
                        nonce="00" * 8, body="")["message"]
        self.error(6, "wrong-state", url_of(message=other))

    def test_locked(self):
        masked = "a:?s=%_SerialNumber_%&n=%_SequenceNumber_%"
        self.configure(white_list=[SUCCESS, masked, CANCEL])
        url = url_of(error=encoded(masked), message=self.listed())
        self.dispatch(url)
        self.lock()
        before = self.states()
        self.error(8, "locked", url, "a:?s=%s&n=01&ErrorCode=8" % SERIAL)
        self.error(5, "bad-hex", url_of(error=encoded(masked), message="x"),
                   "a:?s=&n=&ErrorCode=5")
        self.assertEqual(self.states(), before)
        self.assertEqual(self.answer(False), {
            "callback": "a:?s=%s&n=01&ErrorCode=8" % SERIAL,
            "error": {"number": 8, "class": "locked"}})
        self.no_answer()

    def test_error_after_the_account(self):
        """Serial and sequence number are there from CLI-5 on."""
        masked = "a:%_SerialNumber_%"
        self.configure(white_list=[SUCCESS, masked, CANCEL])
        self.error(7, "corrupted", url_of(error=encoded(masked), message=flip(self.listed(), -1)),
                   "a:%s?ErrorCode=7" % SERIAL)
        self.error(6, "wrong-account", url_of(
            error=encoded(masked), message=SAMPLE[:4] + "00" * 5 + SAMPLE[14:]), "a:?ErrorCode=6")

    def test_masks(self):
        every = ["OTP", "PlatformName", "SerialNumber", "SequenceNumber", "UserIdentifier",
                 "Version", "DeviceIdentifier", "RootingStatus", "Other", "otp", "state"]
        success = "a:" + "/".join("%%_%s_%%" % name for name in every)
        for platform, identifier in (("android", IDENTIFIER.hex().upper()), ("ios", "")):
            self.configure(white_list=[success, "b:", "c:%_DeviceIdentifier_%?"],
                           platform=platform, platform_name="%_Version_%", version="A b")
            url = url_of(encoded(success), encoded("b:"), encoded("c:%_DeviceIdentifier_%?"),
                         self.listed())
            self.dispatch(url)
            values = self.answer()["callback"][2:].split("/")
            self.assertRegex(values[0], "^[0-9]{8}$")
            self.assertEqual(values[1:], ["%25_Version_%25", SERIAL, "01", "", "A%20b", identifier,
                                          "false", "%_Other_%", "%_otp_%", "%_state_%"])
            self.dispatch(url)
            self.assertEqual(self.answer(False)["callback"], "c:" + identifier + "?")
        # One pass: what the first mask ends, the second can't begin with.
        self.configure(white_list=["a:%_Version_%Version_%", "b:", "c:"], version="1")
        self.dispatch(url_of(encoded("a:%_Version_%Version_%"), encoded("b:"), encoded("c:"),
                             self.listed()))
        self.assertEqual(self.answer()["callback"], "a:1Version_%")

    def test_error_code_before_masks(self):
        template = "b:?%_DeviceIdentifier_%"
        self.configure(platform="ios", white_list=[SUCCESS, template, CANCEL])
        self.error(5, "bad-hex", url_of(error=encoded(template), message="x"), "b:?&ErrorCode=5")

    def test_configuration(self):
        self.configure()
        url = url_of(message=self.listed())
        self.dispatch(url)
        # Accepted callbacks stay, whatever the configuration becomes.
        self.configure(enabled=False, white_list=[])
        self.error(2, "not-configured", url, None)
        self.assertEqual(self.answer(False)["callback"], CANCEL)
        before = self.states()
        self.configure(enabled=False, white_list=[])
        self.assertEqual(self.states(), before)
        self.refused("bad-url A2A-25", "client.set_app2app", "c", enabled=False, scheme="Bank",
                     white_list=[], platform="ios", platform_name="", version="",
                     device_identifier="00" * 32)
        for change in ({"enabled": True}, {"scheme": "b"}, {"white_list": [CANCEL]},
                       {"platform": "ios"}, {"platform_name": ""}, {"version": ""},
                       {"device_identifier": "00" * 32}):
            self.configure(**{"enabled": False, "white_list": [], **change})
            self.assertNotEqual(self.states(), before)
        state = self.ok("client.save", "c", platform_key="00" * 16)["state"]
        self.ok("client.load", "d", platform_key="00" * 16, state=state, static_vector=None,
                platform_data="", app_version=0, rooted=False, root_policy="allow",
                replacement=False)
        self.error(2, "not-configured", url, None, client="d")

    def test_open_or_dispatched(self):
        """The digest tells a message opened by a URL from the same one opened otherwise."""
        self.configure()
        message = self.listed()
        self.ok("client.create", "d", static_vector=None, platform_data="", device_type=0,
                app_version=0, rooted=False, root_policy="allow", replacement=False)
        state = self.ok("client.save", "c", platform_key="00" * 16)["state"]
        digests = []
        for by_url in (True, False, True):
            self.ok("drop", "d")
            self.ok("client.load", "d", platform_key="00" * 16, state=state, static_vector=None,
                    platform_data="", app_version=1, rooted=False, root_policy="allow",
                    replacement=False)
            self.configure("d")
            if by_url:
                self.dispatch(url_of(message=message), "d")
            else:
                self.ok("client.open", "d", message=message, carrier="direct")
            digests.append(self.ok("state", "d"))
        self.assertEqual(digests[0], digests[2])
        self.assertNotEqual(digests[0], digests[1])

    def test_types(self):
        good = {"enabled": True, "scheme": "bank", "white_list": [], "platform": "ios",
                "platform_name": "", "version": "", "device_identifier": "00" * 32}
        for wrong in ({"enabled": 1}, {"scheme": None}, {"white_list": [""] * 17},
                      {"white_list": [1]}, {"white_list": ""}, {"platform": "Android"},
                      {"platform_name": None}, {"version": 5.8}, {"device_identifier": "00" * 31},
                      {"platform_name": "x" * 65}, {"version": "x" * 65}):
            self.fault("client.set_app2app", "c", **{**good, **wrong})
        self.ok("client.set_app2app", "c", **{**good, "white_list": [""] * 16,
                                              "version": "\U0001F600" * 64})
        self.fault("client.dispatch", "c", url=None)
        self.fault("client.answer", "c", approved=True, pin="right")
        self.fault("client.dispatch", "s", url="")
        self.respond(5, asked("1"))


if __name__ == "__main__":
    unittest.main()
