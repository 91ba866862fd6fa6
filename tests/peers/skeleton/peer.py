"""The skeleton of a peer (SPEC.md section 18): Python 3, nothing else. It has the loop, the table of operations,
all ways to say no, and one operation. Copy it, add a function and its row."""
import json
import sys

class Fault(Exception): pass  # the question itself was wrong (PPR-5)
class Refused(Exception): pass  # the protocol refuses: Refused("corrupted", "PRT-4"), words of SPEC section 16

# Types of parameters: functions that fault what they don't like.
def text(value):
    if type(value) is not str or any("\ud800" <= c <= "\udfff" for c in value):
        raise Fault("not a text")
    return value

def boolean(value):
    if type(value) is not bool:
        raise Fault("not true or false")
    return value

def one(value):
    if type(value) is not int or value != 1:  # True == 1 in Python, so look at the type of every number
        raise Fault("only 1 is known")

def hello(protocol):
    return {"protocol": 1, "name": "skeleton", "version": "1", "language": "Python",
            "profile": "primitive:primitive.check_digit",  # the claim; it grows with what passes
            "operations": list(OPERATIONS), "injects_time": True, "injects_randomness": True}

def check_digit(digits, hexadecimal):  # CNV-4, CNV-5
    base, kind = (16, "0123456789ABCDEF") if hexadecimal else (10, "0123456789")
    if not 1 <= len(digits) <= 64 or not all(c.isascii() and c.upper() in kind for c in digits):
        raise Fault("digits: 1 to 64 of its kind")
    p = base
    for digit in digits:
        p = 2 * ((p + int(digit, base)) % base or base) % (base + 1)
    return {"digit": kind[(base + 1 - p) % base]}

SESSIONS = {}  # name -> client or server, once there are some
OPERATIONS = {  # name -> what answers it, the types of its parameters, whether it belongs to a session
    "hello": (hello, {"protocol": one}, False),
    "ping": (lambda: {}, {}, False),
    "reset": (lambda: SESSIONS.clear() or {}, {}, False),
    "drop": (lambda session: {} if SESSIONS.pop(session) is not None else {}, {}, True),
    "primitive.check_digit": (check_digit, {"digits": text, "hexadecimal": boolean}, False),
}

def serve(question):
    if not {"seq", "op", "params"} <= question.keys() <= {"seq", "op", "params", "session"}:
        raise Fault("a question has seq, op, params and perhaps session")
    if text(question["op"]) not in OPERATIONS:
        return {"unsupported": question["op"]}  # PPR-4: before anything about its parameters
    run, types, in_session = OPERATIONS[question["op"]]
    params, session = question["params"], question.get("session")
    if type(params) is not dict or params.keys() != types.keys() or ("session" in question) != in_session:
        raise Fault("params or session: one missing, or one too many")
    params = {name: types[name](value) for name, value in params.items()}
    if in_session and (not 1 <= len(text(session)) <= 64 or session not in SESSIONS):
        raise Fault("no such session")  # what creates a session wants it not to be there yet
    return {"ok": run(**params, **({"session": session} if in_session else {}))}

def once(pairs):  # a member that is there twice is a fault; json would keep the last
    if len(dict(pairs)) != len(pairs):
        raise Fault("a member is there twice")
    return dict(pairs)

def whole(digits):  # zero has no sign; what is no int is no number of ours
    return int(digits) if digits != "-0" else -0.0

def constant(word):  # NaN and Infinity, which Python would take
    raise ValueError(f"{word} is no JSON")

def answer(line):
    seq = None  # null where it can't be read
    try:
        if len(line.rstrip(b"\n")) > 262144:
            raise Fault("longer than 262144 bytes")
        loose = json.loads(line.decode(), parse_int=whole, parse_constant=constant)
        if type(loose) is not dict or type(loose.get("seq")) is not int or not 0 <= loose["seq"] < 2 ** 32:
            raise Fault("not an object with a seq")
        seq = loose["seq"]
        return {"seq": seq, **serve(json.loads(line.decode(), object_pairs_hook=once, parse_int=whole, parse_constant=constant))}
    except Refused as refused:
        return {"seq": seq, "refused": dict(zip(("class", "requirement"), refused.args))}
    except (Fault, ValueError, RecursionError) as fault:
        return {"seq": seq, "fault": str(fault)}

for line in sys.stdin.buffer:  # ends with the input, and so does the peer (PPR-8)
    if not line.endswith(b"\n"):
        break  # half a line is no question (PPR-1)
    print(json.dumps(answer(line)), flush=True)  # one line, flushed; nothing else goes to standard output
