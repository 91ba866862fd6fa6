"""Recomputes the worked example of the specification: python3 worked_example.py SPEC.md

Exit 0: every derived row was recomputed from the rows above it, and agrees, and every input was
needed for one of them. Exit 1: a value differs, a row is unknown, an input has no effect, or a row
that should be there is not; one line each. Exit 2: no table.
"""

import itertools
import json
import re
import sys

import crypto
import messages
import responses
import wire
from vector import parse_vector

# ---- the rows -----------------------------------------------------------------
# Each derived row is a function from the rows above it to its value: bytes, a number or text.


class Rows(dict):
    """name -> text, with the readings that the functions need; `read` has the names they read."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def data(self, name):
        return bytes.fromhex(self[name])

    def number(self, name):
        return int(self[name])

    def vector(self):
        return parse_vector(self.data("static vector"))

    def application(self, name):
        """The one whose index is in the row of this name."""
        return self.vector().applications[self.number(name)]

    def event(self, name):
        """SIG-4, SIG-5: as many as this application made of the responses before."""
        application = self.application(MADE_WITH[name])
        before = itertools.takewhile(lambda other: other != name, MADE_WITH)
        made = sum(self.number(MADE_WITH[other]) == application.index for other in before)
        return made if application.uses_event else 0

    def flag(self, bit):
        """A flag of AM1: bit 0 challenge, bit 1 static vector."""
        flags = self.number("AM1 flags")
        if not 0 <= flags <= 3:
            raise ValueError("AM1 flags %d" % flags)
        return bool(flags >> bit & 1)

    def nonce_of_am1(self):
        return self.data("challenge") if self.flag(0) else bytes(8)

    def device(self):
        return self.number("device type"), self.data("device id")

    def request(self, name, request_format):
        """The parameters of `server.generate_request`, but for time and carrier."""
        charsets = {number: charset for charset, number in messages.CHARSETS.items()}
        content = {"format": request_format, "title": self[name + " title"]}
        if request_format == "list":
            content["items"] = json.loads(self[name + " items"])
        else:
            content["challenge"] = self[name + " challenge"]
        return {"application": self.number(name + " application"),
                "minimum_version": self.number(name + " minimum version"),
                "require_pin": {"0": False, "1": True}[self[name + " requires PIN"]],
                "template": self.number(name + " template"),
                "charset": charsets[self.number(name + " charset")], "content": content}

    def response_data(self, name, kind):
        """The object of section 18 for a response without a message."""
        data = {"kind": kind}
        if kind == responses.CHALLENGE:
            data["challenge"] = self[name + " challenge"]
        elif kind == responses.FIELDS:
            data["fields"] = json.loads(self[name + " fields"])
        return data


# The responses in the order they are made, each with the row that has its application's index.
# Unlocking is none of them: no event counter moves (UNL-4).
MADE_WITH = {
    "confirmation": "post-activation application",
    "signature": "request application",
    "otp": "otp application",
    "challenge response": "challenge response application",
    "fields response": "fields response application",
    "challenge signature": "challenge request application",
}


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def _frame(name, frame):
    """The last row of a message: header, body and tag in a row."""
    body = " body" if name == "AM1" else " body as sent"
    return {frame: lambda r: r.data(name + " header") + r.data(name + body)
            + r.data(name + " tag")}


def _protected(name, kind, protection, channel_key, frame):
    """What all protected messages have alike; the last three are names of rows."""
    return {
        name + " header": lambda r: wire.header(
            kind, r.number(protection), r.data("serial number bytes"), r.data(name + " nonce")),
        name + " encryption key": lambda r: crypto.encryption_key(
            r.data(channel_key), r.number(protection)),
        name + " MAC key": lambda r: crypto.mac_key(r.data(channel_key), r.number(protection)),
        name + " keystream": lambda r: crypto.Ctr(r.data(name + " encryption key"))(
            crypto.first_block(r.data(name + " header")),
            bytes(len(r.data(name + " body in clear")))),
        name + " body as sent": lambda r: _xor(
            r.data(name + " body in clear"), r.data(name + " keystream")),
        name + " tag": lambda r: crypto.tagger(r.data(name + " MAC key"), r.number(protection))(
            r.data(name + " header") + r.data(name + " body as sent")),
        **_frame(name, frame),
    }


def _nonce(time, counter):
    return time.to_bytes(4, "big") + counter.to_bytes(4, "big")


def _further(name, before, kind, body):
    """A request or a deactivation, issued next after the message `before` (NON-1, NON-2)."""
    return {
        name + " counter": lambda r: r.number(before + " counter") + 1,
        name + " nonce": lambda r: _nonce(
            max(r.number(name + " time"), int.from_bytes(r.data(before + " nonce")[:4], "big")),
            r.number(name + " counter")),
        name + " body in clear": body,
        **_protected(name, kind, "message protection", "payload key", name + " frame"),
    }


def _request(name, before, request_format):
    return _further(name, before, wire.REQUEST, lambda r: messages.build_request(
        **r.request(name, request_format), carrier="direct"))


def _key(application):
    """KEY-8; `application` is the row with the index."""
    return lambda r: crypto.application_key(
        r.data("license key"), r.data("serial number bytes"), r.number("sequence number"),
        r.number(application), *r.device(), r.data("instance salt"))


def _digits(name, application, key, result):
    """From the input to the response; the last three are names of rows."""
    return {
        name + " R": lambda r: crypto.Cmac(r.data(key))(r.data(name + " input")),
        result: lambda r: _written(r.application(application), r.data(name + " R")),
    }


def _written(application, r):
    return application.with_check_digit(application.digits(r))


def _response(name, time, data_of, own_key=True, own_event=False):
    """The rows of a response, but for unlocking.

    `data_of` is a function of the rows and the application. Where the response has no row for its
    key, the row `application key` has to be its application's."""
    index = MADE_WITH[name]

    def made_from(r):
        application = r.application(index)
        if not own_key and application.index != r.number("post-activation application"):
            raise ValueError("the table has no key of this application")
        event = r.number(name + " event") if own_event else r.event(name)
        return application.input(data_of(r, application), r.number(name + " step"), event)
    return {
        name + " step": lambda r: r.application(index).step_at(r.number(time)),
        name + " input": made_from,
        **({name + " key": _key(index)} if own_key else {}),
        **({name + " event": lambda r: r.event(name)} if own_event else {}),
        **_digits(name, index, name + " key" if own_key else "application key", name),
    }


def _signature(name, time, frame, **own):
    """Over a message: the data is the whole frame."""
    return _response(name, time, lambda r, application: responses.data_of_message(
        application, r.data(frame)), **own)


def _without_message(name, kind, **own):
    """The application has to be one for this kind (OTP-2), which also is the mode (OTP-1)."""
    def data_of(r, application):
        data = r.response_data(name, kind)
        responses.find_application(r.vector(), application.index, data)
        return responses.data_of(application, data)
    return _response(name, name + " time", data_of, **own)


RECOMPUTE = {
    "serial number bytes": lambda r: wire.encode_serial(r["serial number"]),
    "master key": lambda r: r.vector().master_key,
    "wrapping key": lambda r: crypto.wrapping_key(
        r.data("master key"), r.data("serial number bytes")),
    "activation vector": lambda r: crypto.key_wrap(
        r.data("wrapping key"), r.data("license key")),

    "policy": lambda r: messages.build_policy(
        r.number("activation protection"), r.number("message protection"),
        r.number("post-activation application")).to_bytes(2, "big"),
    "AM1 header": lambda r: wire.header(
        wire.AM1, 0, r.data("serial number bytes"), r.nonce_of_am1()),
    "AM1 body": lambda r: messages.build_am1(
        r.number("AM1 time"), r.data("activation vector"),
        int.from_bytes(r.data("policy"), "big"), r.flag(0),
        r.data("static vector") if r.flag(1) else b""),
    "AM1 tag": lambda r: wire.checksum(r.data("AM1 header") + r.data("AM1 body")),
    **_frame("AM1", "AM1"),

    "device id": lambda r: crypto.device_id(
        r.data("installation salt"), r.data("serial number bytes"), r.data("platform data")),
    "device code key": lambda r: crypto.device_code_key(r.data("license key")),
    "device code MAC input": lambda r: crypto.device_code_input(*r.device(), r.data("AM1")),
    "device code MAC": lambda r: crypto.Cmac(r.data("device code key"))(
        r.data("device code MAC input")),
    "device code": lambda r: crypto.device_code(*r.device(), r.data("device code MAC")),

    "SHA-256 of AM1": lambda r: crypto.sha256(r.data("AM1")),
    "AM2 channel key": lambda r: crypto.am2_channel_key(
        r.data("license key"), r.data("serial number bytes"), *r.device(),
        r.data("SHA-256 of AM1")),
    "check value": lambda r: crypto.client_check(
        r.data("license key"), r.data("serial number bytes")),
    "AM2 counter": lambda r: r.number("last counter") + 1,
    "AM2 nonce": lambda r: _nonce(r.number("AM2 time"), r.number("AM2 counter")),
    "AM2 body in clear": lambda r: messages.build_am2(
        r.number("sequence number"), r.data("payload key"), r.data("instance salt")),
    **_protected("AM2", wire.AM2, "activation protection", "AM2 channel key", "AM2"),

    "application key": _key("post-activation application"),
    **_signature("confirmation", "confirmation time", "AM2", own_key=False),

    **_request("request", "AM2", "list"),
    **_signature("signature", "signing time", "request frame", own_key=False),

    **_without_message("otp", responses.RESPONSE_ONLY),
    **_without_message("challenge response", responses.CHALLENGE, own_event=True),
    **_without_message("fields response", responses.FIELDS, own_event=True),

    **_request("challenge request", "request", "challenge"),
    **_signature("challenge signature", "challenge signature time", "challenge request frame",
                 own_event=True),

    "unlock challenge": lambda r: responses.unlock_digits(r.data("unlock random")),
    "unlock application": lambda r: responses.unlock_application(r.vector()).index,
    "unlock key": _key("unlock application"),
    "unlock input": lambda r: r.application("unlock application").input(
        responses.unlock_data(r["unlock challenge"]), 0, 0),
    **_digits("unlock", "unlock application", "unlock key", "unlock response"),

    **_further("deactivation", "challenge request", wire.DEACTIVATION,
               lambda r: messages.build_deactivation(r.number("sequence number"))),
}


# ---- the table ----------------------------------------------------------------

_BEGIN = re.compile(r"<!-- worked example: written by [^\n]*-->")
_END = "<!-- end of worked example -->"
_COLUMNS = ["name", "value", "how"]


class NoTable(Exception):
    pass


def _cells(line):
    """The cells of a table row; a `\\|` does not end a cell."""
    parts = re.split(r"(?<!\\)\|", line.strip())
    return [part.strip().replace("\\|", "|") for part in parts[1:-1]]


def read_table(markdown):
    """The rows between the markers, as (name, value, how)."""
    begin = _BEGIN.search(markdown)
    end = markdown.find(_END, begin.end()) if begin else -1
    if end < 0:
        raise NoTable("the markers of the worked example are missing")
    rows = [_cells(line) for line in markdown[begin.end():end].splitlines() if line.strip()]
    if len(rows) < 3 or rows[0] != _COLUMNS:
        raise NoTable("there is no table with rows and the columns name, value, how")
    for row in rows[2:]:
        if len(row) != len(_COLUMNS):
            raise NoTable("a row does not have three cells: %s" % row)
    return [(name, value.strip("`"), how) for name, value, how in rows[2:]]


def _text(value):
    return wire.to_hex(value) if isinstance(value, bytes) else str(value)


def differences(rows):
    """One line for each row that does not hold."""
    found, above, derived, inputs = [], Rows(), set(), []
    for name, value, how in rows:
        if name in above:
            found.append("%s: there are two rows of this name" % name)
        elif how.split(":")[0] == "input":      # also `input: …`, with a remark
            inputs.append(name)
        else:
            derived.add(name)
            if name not in RECOMPUTE:
                found.append("%s: unknown name, cannot be recomputed" % name)
            else:
                try:
                    own = _text(RECOMPUTE[name](above))
                    if own != value:
                        found.append("%s: the table has %s, recomputed is %s" % (name, value, own))
                except Exception as error:
                    found.append("%s: cannot be recomputed: %r" % (name, error))
        above[name] = value
    found += ["%s: no derived row of this name" % name for name in RECOMPUTE
              if name not in derived]
    found += ["%s: an input from which nothing is recomputed" % name for name in inputs
              if name not in above.read and name not in RECOMPUTE]
    return found


def main(arguments):
    if len(arguments) != 1:
        print("usage: worked_example.py SPEC.md", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            rows = read_table(file.read())
    except (OSError, NoTable) as error:
        print(error)
        return 2
    found = differences(rows)
    for line in found:
        print(line)
    if not found:
        print("%d of %d rows recomputed, all agree; the others are inputs, each of them used"
              % (len(RECOMPUTE), len(rows)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
