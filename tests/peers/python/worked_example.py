"""Recomputes the worked example of the specification: python3 worked_example.py SPEC.md

Exit 0: every derived row was recomputed from the rows above it, and agrees, and every input was
needed for one of them. Exit 1: a value differs, a row is unknown, an input has no effect, or a row
that should be there is not; one line each. Exit 2: no table.
"""

import json
import re
import sys

import crypto
import messages
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

    def application_key(self, name):
        """The one row `application key` is the post-activation application's."""
        if self.number(name) != self.number("post-activation application"):
            raise ValueError("the table has no key of this application")
        return self.data("application key")

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

    def request(self):
        """The parameters of `server.generate_request`, but for time and carrier."""
        charsets = {number: name for name, number in messages.CHARSETS.items()}
        return {"application": self.number("request application"),
                "minimum_version": self.number("request minimum version"),
                "require_pin": {"0": False, "1": True}[self["request requires PIN"]],
                "template": self.number("request template"),
                "charset": charsets[self.number("request charset")],
                "content": {"format": "list", "title": self["request title"],
                            "items": json.loads(self["request items"])}}


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def _frame(name, frame):
    """The last row of a message: header, body and tag in a row."""
    body = " body" if name == "AM1" else " body as sent"
    return {frame: lambda r: r.data(name + " header") + r.data(name + body)
            + r.data(name + " tag")}


def _protected(name, kind, protection, channel_key, frame):
    """What AM2 and the request have alike; the last three are names of rows."""
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


def _signature(name, time, frame, application, event):
    """The rows of the confirmation and of the signature over the request.

    `event` is the number of responses made before, `application` the row with the index."""
    def event_of(signer):
        return event if signer.uses_event else 0

    def response(r):
        signer = r.application(application)
        return crypto.response(r.data(name + " R"), signer.length, signer.hexadecimal,
                               signer.check_digit)
    return {
        name + " step": lambda r: r.application(application).step_at(r.number(time)),
        name + " input": lambda r: r.application(application).signature_input(
            r.number(name + " step"), event_of(r.application(application)), r.data(frame)),
        name + " R": lambda r: crypto.Cmac(r.application_key(application))(
            r.data(name + " input")),
        name: response,
    }


def _nonce(time, counter):
    return time.to_bytes(4, "big") + counter.to_bytes(4, "big")


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
        r.data("installation salt"), r.data("platform data")),
    "device code key": lambda r: crypto.device_code_key(r.data("license key")),
    "device code MAC input": lambda r: crypto.device_code_input(*r.device(), r.data("AM1")),
    "device code MAC": lambda r: crypto.Cmac(r.data("device code key"))(
        r.data("device code MAC input")),
    "device code": lambda r: crypto.device_code(*r.device(), r.data("device code MAC")),

    "AM2 channel key": lambda r: crypto.am2_channel_key(
        r.data("license key"), r.data("serial number bytes"), *r.device(),
        r.nonce_of_am1()),
    "AM2 counter": lambda r: r.number("last counter") + 1,
    "AM2 nonce": lambda r: _nonce(r.number("AM2 time"), r.number("AM2 counter")),
    "AM2 body in clear": lambda r: messages.build_am2(
        r.number("sequence number"), r.data("payload key"), r.data("instance salt")),
    **_protected("AM2", wire.AM2, "activation protection", "AM2 channel key", "AM2"),

    "application key": lambda r: crypto.application_key(
        r.data("license key"), r.data("serial number bytes"), r.number("sequence number"),
        r.number("post-activation application"), *r.device(), r.data("instance salt")),
    **_signature("confirmation", "confirmation time", "AM2", "post-activation application", 0),

    "request counter": lambda r: r.number("AM2 counter") + 1,
    "request nonce": lambda r: _nonce(
        max(r.number("request time"), r.number("AM2 time")), r.number("request counter")),
    "request body in clear": lambda r: messages.build_request(**r.request(), carrier="direct"),
    **_protected("request", wire.REQUEST, "message protection", "payload key", "request frame"),
    **_signature("signature", "signing time", "request frame", "request application", 1),
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
