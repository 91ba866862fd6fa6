"""Login sessions of a server (section 27); the first parameter of each operation is the server."""

import os

import messages
import push
import wire
from refusal import Refused

OPEN_LIMIT = 16                 # sessions of a requester that are pending or retrieved, LGN-3
LIMIT = 256                     # sessions in all, LGN-23
LIFE = {"pending": 60, "retrieved": 180}        # seconds from the start, LGN-5
MEMORY = 3600                   # LGN-6

_OVER = {"expired": "LGN-9", "approved": "LGN-10", "rejected": "LGN-11", "cancelled": "LGN-12",
         "failed": "LGN-22"}


class Login:
    def __init__(self, start, application, service, user, domain, requester, tries):
        self.start, self.requester = start, requester
        self.tries = tries              # how many wrong signatures it stands, LGN-22
        self.content = {"format": push.LOGIN, "service": service, "index": application,
                        "user": user, "domain": domain}
        self._status = "pending"
        self.retriever = None           # the sequence number of the instance that retrieved
        self.details = None             # what it got, the whole frame
        self.failures = 0               # wrong signatures, LGN-17

    @property
    def status(self):
        return "failed" if self.failures >= self.tries else self._status

    @property
    def open(self):
        return self.status in LIFE

    def step(self, status):
        self._status = status

    def age(self, now):
        """LGN-5."""
        if self.open and now > self.start + LIFE[self.status]:
            self.step("expired")

    def check_open(self):
        """LGN-9 to LGN-12, LGN-22."""
        if not self.open:
            raise Refused(_OVER[self.status], "the session is " + self.status)

    def check_retrieved(self):
        """LGN-9 to LGN-12, LGN-22, LGN-13."""
        self.check_open()
        if self.status == "pending":
            raise Refused("LGN-13", "nobody retrieved the details")

    def snapshot(self):
        return (self.start, self.requester, sorted(self.content.items()), self._status,
                self.retriever, self.details)


def _age(server, now):
    """LGN-5, LGN-6: before anything else; no refusal undoes it."""
    server.logins = {key: login for key, login in server.logins.items()
                     if now <= login.start + MEMORY}
    for login in server.logins.values():
        login.age(now)


def _find(server, key):
    """LGN-7 for the key alone."""
    if key not in server.logins:
        raise Refused("LGN-7", "no session has this challenge key")
    return server.logins[key]


def _request(server, now, application, require_pin, content):
    """LGN-1, LGN-14."""
    return server.generate_request(now, "gateway", application, 0, require_pin, 0, "utf-8", content)


# ---- operations ---------------------------------------------------------------

def start(server, application, service, user, domain, requester, now, challenge_key=None):
    _age(server, now)
    server.check_requests(application, push.LOGIN)                              # REQ-13, REQ-12
    key = challenge_key or os.urandom(5)
    if key in server.logins:
        raise Refused("LGN-2", "the challenge key is in use")
    if sum(login.open and login.requester == requester
           for login in server.logins.values()) >= OPEN_LIMIT:
        raise Refused("LGN-3", "too many sessions of this requester")
    oldest = None                       # to be forgotten
    if len(server.logins) >= LIMIT:
        oldest = next((key for key, login in server.logins.items() if not login.open), None)
        if oldest is None:
            raise Refused("LGN-23", "too many sessions")
    login = Login(now, application, service, user, domain or "", requester, server.signature_tries)
    # LGN-4: the details could be issued.
    messages.build_request(application, 0, True, 0, "utf-8", login.content, "gateway")
    text = wire.to_hex(key)
    message = _request(server, now, application, False,
                       {"format": push.NOTIFICATION, "challenge_key": text})
    server.logins.pop(oldest, None)
    server.logins[key] = login
    return {"challenge_key": text, "message": message}


def retrieve(server, challenge_key, serial, sequence, now):
    _age(server, now)
    login = _find(server, push.challenge_key(challenge_key, "PSH-10"))
    if serial != server.serial:
        raise Refused("LGN-7", "a session of another license")
    server.confirmed(sequence)                                      # VER-3, VER-4; LGN-24
    login.check_open()
    if login.status != "pending":
        raise Refused("LGN-8", "the details were handed out before")
    message = _request(server, now, login.content["index"], True, login.content)
    login.step("retrieved")
    login.retriever, login.details = sequence, message
    return {"message": message}


def approve(server, challenge_key, user, domain, signature, now):
    _age(server, now)
    login = _find(server, push.challenge_key(challenge_key, "PSH-10"))
    login.check_retrieved()
    if (user, domain or "") != (login.content["user"], login.content["domain"]):
        raise Refused("LGN-15", "not the user or domain of the session")
    server.verify_details(login, signature, now)                                # LGN-16
    login.step("approved")
    return {"sequence": login.retriever}


def reject(server, message, now):
    _age(server, now)
    answer = server.process_information(message, now)               # stays, whatever follows
    login = _find(server, bytes.fromhex(answer["challenge_key"]))
    login.check_retrieved()
    login.step("rejected")
    return answer


def cancel(server, challenge_key, now):
    _age(server, now)
    login = _find(server, push.challenge_key(challenge_key, "PSH-10"))
    login.check_open()
    login.step("cancelled")


def status(server, challenge_key, now):
    _age(server, now)
    return {"status": _find(server, push.challenge_key(challenge_key, "PSH-10")).status}
