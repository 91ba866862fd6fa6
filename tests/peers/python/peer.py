"""The peer (section 18): one JSON question per line on standard input, one answer per line."""

import json
import os
import sys

from operations import OPERATIONS
from parameters import Fault, check_parameters, integer, text
from refusal import Refused
from server import Server

QUESTION_LIMIT = 262144         # bytes, without the LF (PPR-1)
MEMBERS = {"seq", "op", "params", "session"}
COUNTER = integer(0, 0xFFFFFFFF)


class Peer:
    def __init__(self):
        self.sessions = {}

    def answer(self, question):
        """The answer to one parsed question."""
        seq = None
        try:
            if type(question) is not dict:
                raise Fault("a question is an object")
            seq = self._seq(question)
            return {"seq": seq, **self._do(question)}
        except Fault as fault:
            return {"seq": seq, "fault": str(fault)}
        except Refused as refusal:
            return {"seq": seq, "refused": {"class": refusal.refusal,
                                            "requirement": refusal.requirement,
                                            "detail": refusal.detail}}
        except Exception as error:      # a defect of this program, not a refusal
            return {"seq": seq, "fault": "internal: %s: %a" % (type(error).__name__, str(error))}

    @staticmethod
    def _seq(question):
        try:
            return COUNTER(question.get("seq"))
        except Fault as fault:
            raise Fault("seq %s" % fault) from None

    def _do(self, question):
        name = question.get("op")
        if type(name) is not str:
            raise Fault("op must be a string")
        text(name)
        if "params" not in question or not question.keys() <= MEMBERS:
            raise Fault("a question has seq, op, params and, for some operations, session")
        operation = OPERATIONS.get(name)
        if operation is None:
            return {"unsupported": name}                            # PPR-4
        if ("session" in question) != (operation.session is not None):
            raise Fault("session is there for operations in a session, and only there")
        if operation.session is None:
            return {"ok": self._plain(name, operation, question["params"])}
        return {"ok": self._in_session(name, operation, question["session"], question["params"])}

    def _plain(self, name, operation, params):
        parameters = self._parameters(operation, params)
        if name == "reset":
            self.sessions.clear()                                   # PPR-7
            return {}
        return operation.handler(**parameters)

    @staticmethod
    def _parameters(operation, params):
        """The parameters and the random fields given."""
        random = {}
        if operation.random is not None and type(params) is dict and "random" in params:
            params = dict(params)
            given = params.pop("random")
            if type(given) is not dict:
                raise Fault("random must be an object")
            # Each random field may be missing; an unknown one is found here all the same.
            kinds = {field: kind for field, kind in operation.random.items() if field in given}
            random = check_parameters(kinds, given, "random")
        return {**check_parameters(operation.parameters, params, "params"), **random}

    def _in_session(self, name, operation, key, params):
        if type(key) is not str or not 1 <= len(key) <= 64:
            raise Fault("session must be a string of 1 to 64 characters")
        text(key)
        parameters = self._parameters(operation, params)
        session = self.sessions.get(key)
        if operation.session == "create":
            if session is not None:
                raise Fault("the session exists")
            self.sessions[key] = operation.handler(**parameters)
            return {}
        if session is None:
            raise Fault("no such session")
        if not isinstance(session, operation.session):
            raise Fault("the session has another role")
        if name == "drop":
            del self.sessions[key]
            return {}
        answer = operation.handler(session, **parameters) or {}     # {} where there is no result
        if isinstance(session, Server):
            session.settle()                                        # BLB-11
        return answer

    # ---- lines ----

    def answer_line(self, line):
        """One line of input to one line of output, without its end."""
        try:
            if len(line.removesuffix(b"\n")) > QUESTION_LIMIT:
                raise Fault("longer than %d bytes" % QUESTION_LIMIT)
            characters = line.decode()
            if characters.startswith("\ufeff"):
                raise Fault("begins with a byte-order mark (U+FEFF)")
            question = _decode(characters)
        except (Fault, ValueError, RecursionError) as error:
            answer = {"seq": _seq_of(line), "fault": "not a question: %a" % str(error)}
        else:
            answer = self.answer(question)
        return _encode(answer).encode()


def _unique(pairs):
    """An object that names a member twice is no question."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Fault("a member is there twice")
    return result


def _no_constant(name):
    raise Fault(name + " is no JSON")


def _integer(digits):
    """A number far outside every range is not worth its conversion, and zero has no sign."""
    return int(digits) if len(digits) <= 20 and digits != "-0" else float("inf")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant,
                           parse_int=_integer).decode
_decode_leniently = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer).decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _seq_of(line):
    """The seq of a line that is no question, None where there is no readable one."""
    try:
        return COUNTER(_decode_leniently(line.decode()).get("seq"))
    except (Fault, ValueError, RecursionError, AttributeError):
        return None


def main():
    peer = Peer()
    output = sys.stdout.buffer
    for line in iter(sys.stdin.buffer.readline, b""):
        if not line.endswith(b"\n"):    # no question, PPR-1
            break
        output.write(peer.answer_line(line) + b"\n")
        output.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(0)
