"""The skeleton of a peer (SPEC.md section 18): Python 3, nothing else. It has the loop, the table of operations and
all ways to say no, and one operation. Copy it, add a function and its row, name it in nothing else."""

import json
import sys


class Fault(Exception):
    """The question itself was wrong (PPR-5)."""


class Refused(Exception):
    """The protocol refuses: Refused("corrupted", "PRT-4"), words of SPEC section 16."""


def text(value):  # types of parameters: a function that faults what it does not like
    if type(value) is not str or any("\ud800" <= c <= "\udfff" for c in value):
        raise Fault("not a text")
    return value


def boolean(value):
    if type(value) is not bool:
        raise Fault("not true or false")
    return value


def protocol(value):
    if type(value) is not int or value != 1:  # in Python True == 1, so the type is looked at, here as everywhere
        raise Fault("protocol 1 is what there is")


def hello(protocol):
    return {"protocol": 1, "name": "skeleton", "version": "1", "language": "Python",
            "profile": "primitive:primitive.check_digit",  # the claim; grows with what passes
            "operations": list(OPERATIONS), "injects_time": True, "injects_randomness": True}


def check_digit(digits, hexadecimal):  # CNV-4, CNV-5
    base, kind = (16, "0123456789ABCDEF") if hexadecimal else (10, "0123456789")
    if not 1 <= len(digits) <= 64 or not all(c.upper() in kind and c.isascii() for c in digits):
        raise Fault("digits: 1 to 64 of its kind")
    p = base
    for digit in digits:
        p = 2 * ((p + int(digit, base)) % base or base) % (base + 1)
    return {"digit": kind[(base + 1 - p) % base]}


SESSIONS = {}  # name -> client or server, once there are some
# name -> (what answers it, the types of its parameters, whether it belongs to a session)
OPERATIONS = {
    "hello": (hello, {"protocol": protocol}, False),
    "ping": (lambda: {}, {}, False),
    "reset": (lambda: SESSIONS.clear() or {}, {}, False),
    "drop": (lambda session: SESSIONS.pop(session) and {}, {}, True),
    "primitive.check_digit": (check_digit, {"digits": text, "hexadecimal": boolean}, False),
}


def serve(question):
    if not {"seq", "op", "params"} <= question.keys() <= {"seq", "op", "params", "session"}:
        raise Fault("a question has seq, op, params and perhaps session")
    if text(question["op"]) not in OPERATIONS:
        return {"unsupported": question["op"]}  # PPR-4, before anything about its parameters
    run, types, in_session = OPERATIONS[question["op"]]
    params = question["params"]
    if type(params) is not dict or params.keys() != types.keys():
        raise Fault("params: exactly " + ", ".join(types))
    params = {name: types[name](value) for name, value in params.items()}
    if ("session" in question) != in_session:
        raise Fault("session: exactly where the operation has one")
    if in_session:  # an operation that creates one wants the opposite of the second line
        if not 1 <= len(text(question["session"])) <= 64 or question["session"] not in SESSIONS:
            raise Fault("no such session")
        params["session"] = question["session"]
    return {"ok": run(**params)}


def once(pairs):  # a member that is there twice is a fault, and json would keep the last
    if len(dict(pairs)) != len(pairs):
        raise Fault("a member is there twice")
    return dict(pairs)


def answer(line):
    seq = None  # null where it can't be read
    try:
        if len(line.rstrip(b"\n")) > 65536:
            raise Fault("too long")
        loose = json.loads(line)  # first for the seq alone
        if type(loose) is dict and type(loose.get("seq")) is int and 0 <= loose["seq"] < 2 ** 32:
            seq = loose["seq"]
        if seq is None:
            raise Fault("not an object with a seq")
        return {"seq": seq, **serve(json.loads(line, object_pairs_hook=once))}
    except Refused as refused:
        return {"seq": seq, "refused": dict(zip(("class", "requirement"), refused.args))}
    except (Fault, ValueError, RecursionError) as fault:
        return {"seq": seq, "fault": str(fault)}


for line in sys.stdin.buffer:  # ends with the input, and so does the peer (PPR-8)
    print(json.dumps(answer(line)), flush=True)  # one line, ASCII, flushed; nothing else prints to standard output
