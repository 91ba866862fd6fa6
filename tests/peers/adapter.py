"""What the adapters of this folder share (SPEC.md section 18): the loop, the types of parameters, the ways to say no.
An adapter is a table from operation to function; the functions call somebody else's library and do little besides."""
import json
import sys

LARGEST = 2 ** 53 - 1


class Fault(Exception):
    """The question itself was wrong (PPR-5)."""


class Refused(Exception):
    """The library says no: Refused("corrupted", "KEY-10"), words of SPEC section 16."""


# ---- types of parameters: functions from the JSON value to what the operation takes ----

def text(value):
    if type(value) is not str or any("\ud800" <= character <= "\udfff" for character in value):
        raise Fault("not a text")
    return value


def ascii_text(value):
    if not text(value).isascii():
        raise Fault("not ASCII")
    return value


def octets(low=0, high=None):
    def check(value):
        digits = text(value)
        if len(digits) % 2 or not all(digit in "0123456789ABCDEFabcdef" for digit in digits):
            raise Fault("not an even number of hexadecimal digits")
        if not low <= len(digits) // 2 <= (len(digits) if high is None else high):
            raise Fault("wrong number of bytes")
        return bytes.fromhex(digits)
    return check


def whole(low, high):
    def check(value):
        if type(value) is not int or not low <= value <= high:  # True == 1 in Python, so the type is looked at
            raise Fault(f"not a whole number from {low} to {high}")
        return value
    return check


def one_of(*choices):
    def check(value):
        if type(value) not in (str, int) or value not in choices:
            raise Fault(f"none of {choices}")
        return value
    return check


def hexadecimal(data):
    return data.hex().upper()


HOTP = {"key": octets(1, 128), "counter": whole(0, LARGEST), "digits": whole(6, 8)}
TOTP = {"key": octets(1, 128), "time": whole(0, LARGEST), "step": whole(1, 65535), "digits": whole(6, 8),
        "hash": one_of("sha-1", "sha-256", "sha-512")}


# ---- the loop ----

def once(pairs):  # a member that is there twice is a fault; json would keep the last
    if len(dict(pairs)) != len(pairs):
        raise Fault("a member is there twice")
    return dict(pairs)


def checked(types, params):
    if type(params) is not dict or params.keys() != types.keys():
        raise Fault(f"params: exactly {', '.join(types) or 'none'}")
    return {name: types[name](value) for name, value in params.items()}


def run(question, operations):
    if not {"seq", "op", "params"} <= question.keys() <= {"seq", "op", "params", "session"}:
        raise Fault("a question has seq, op, params and perhaps session")
    if text(question["op"]) not in operations:
        return {"unsupported": question["op"]}  # PPR-4: before anything about its parameters
    function, types = operations[question["op"]]
    if question["op"] == "drop" or "session" in question:
        raise Fault("no such session: there are none here")
    return {"ok": function(**checked(types, question["params"]))}


def number(digits):  # Python reads no more than 4300 digits, nobody here wants more than 20; zero has no sign
    return int(digits) if len(digits) <= 20 and digits != "-0" else float(digits)


def constant(word):  # NaN and Infinity, which Python would take
    raise ValueError(f"{word} is no JSON")


def read(line, pairs=None):
    try:
        return json.loads(line.decode(), object_pairs_hook=pairs, parse_int=number, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise Fault(str(error)) from None


def answer(line, operations):
    seq = None  # null where it can't be read
    try:
        if len(line.rstrip(b"\n")) > 262144:
            raise Fault("longer than 262144 bytes")
        loose = read(line)
        if type(loose) is not dict or type(loose.get("seq")) is not int or not 0 <= loose["seq"] < 2 ** 32:
            raise Fault("not an object with a seq")
        seq = loose["seq"]
        return {"seq": seq, **run(read(line, once), operations)}
    except Refused as refused:
        return {"seq": seq, "refused": dict(zip(("class", "requirement", "detail"), refused.args))}
    except Fault as fault:  # what else a library throws ends the adapter: the run then shows it as a crash
        return {"seq": seq, "fault": str(fault)}


def serve(name, version, operations):
    """Answers until standard input ends. The claim is the last argument of the command line."""
    claim = sys.argv[-1]
    nothing = (lambda: {}, {})

    def hello(protocol):
        return {"protocol": protocol, "name": name, "version": version, "language": "Python", "profile": claim,
                "operations": list(operations), "injects_time": True, "injects_randomness": True}

    operations = {"hello": (hello, {"protocol": whole(1, 1)}), "ping": nothing, "reset": nothing, "drop": nothing,
                  **operations}
    for line in sys.stdin.buffer:
        if not line.endswith(b"\n"):
            break  # half a line is no question (PPR-1)
        sys.stdout.write(json.dumps(answer(line, operations)) + "\n")
        sys.stdout.flush()
