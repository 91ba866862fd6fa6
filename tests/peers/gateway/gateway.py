"""A gateway of push, login and provisioning over HTTP (SPEC.md, section 27, GTW), written from the text, in front of the
servers of the second implementation. In memory: a restart forgets all. For the tests of `check --gateway`.

    python3 gateway.py LICENSES TRANSPORT_KEY_FILE API_KEY_FILE

listens on a free port of 127.0.0.1 and says which.
"""

import hmac
import http.server
import json
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))

import login                        # noqa: E402
import push                         # noqa: E402
from displayed import is_displayed  # noqa: E402
from refusal import Refused         # noqa: E402
from server import CONFIRMED, Server  # noqa: E402

MOST_READ = 16 * 1024               # bytes of a body, GTW-4
PATIENCE = 10                       # seconds for a head, and for a body
KNOWN = 7 * 86400                   # seconds for a registration, GTW-5
PER_SECOND, AT_ONCE = 20, 40       # requests for one license, GTW-10

TEXT = (HERE.parents[2] / "SPEC.md").read_text(encoding="utf-8")
SECTION = TEXT[TEXT.index("\n## 16. "):TEXT.index("\n## 17. ")]
CLASSES = re.findall(r"^\| `([a-z-]+)` \|", SECTION, re.MULTILINE)
STATUS = {
    404: "unknown-session unknown-instance unknown-message",
    409: "already-retrieved already-approved already-rejected already-cancelled already-active expired wrong-state "
         "replayed threshold-reached",
    403: "locked attempts-exhausted wrong-user wrong-signature wrong-code corrupted",
}
ERRORS = {400: (1001, "BAD_REQUEST"), 401: (1002, "NOT_ALLOWED"), 403: (1003, "FOREIGN_ORIGIN"),
          404: (1004, "NOT_FOUND"), 405: (1005, "BAD_METHOD"), 408: (1006, "TIMED_OUT"), 413: (1007, "TOO_LARGE"),
          415: (1008, "BAD_MEDIA"), 421: (1009, "MISDIRECTED"), 429: (1010, "TOO_MANY")}
GUARDS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
          "Referrer-Policy": "no-referrer",
          "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}

INSTANCE = re.compile(r"([0-9A-Z]{3}[0-9]{7})-([1-9][0-9]?)")
SERIAL = re.compile(r"[0-9A-Z]{3}[0-9]{7}")
IDENTIFIER = re.compile(r"[0-9A-Fa-f]{20}")


class Error(Exception):
    """What is no such request, by its HTTP status."""


class Refusal(Exception):
    """What a requirement refuses, by its class."""


class Place:
    """A license and what is beside it."""

    def __init__(self, server):
        self.server = server
        self.registration = None    # identifier, start, identity, replace, [sequence, AM2, description], over
        self.owner = None           # user and domain
        self.names = {}             # sequence -> description


class Gateway:
    def __init__(self, file, transport_key):
        self.file, self.transport_key = file, transport_key
        lines = file.decode().splitlines()[1:-1]
        self.serials = {json.loads(line)["serial"] for line in lines}
        self.places = {}
        self.keys = {}              # challenge key -> serial number
        self.registrations = {}     # identifier -> serial number
        self.owners = {}            # user and domain -> serial number
        self.lock = threading.Lock()
        self.buckets = {}

    def place(self, serial):
        if serial not in self.serials:
            return None
        if serial not in self.places:
            self.places[serial] = Place(Server.from_file(self.transport_key, self.file, serial))
        return self.places[serial]

    def limit(self, serial):
        """GTW-10."""
        lacks, then = self.buckets.get(serial, (0, time.monotonic()))
        now = time.monotonic()
        lacks = max(0, lacks - (now - then) * PER_SECOND)
        if lacks + 1 > AT_ONCE:
            raise Error(429)
        self.buckets[serial] = (lacks + 1, now)

    # ---- logins ----

    def session(self, text):
        """The license of a challenge key."""
        serial = self.keys.get(push.challenge_key(text))
        if serial is None:
            raise Refusal("unknown-session")
        return self.places[serial].server

    def prepare(self, now, serialNumber, challengeKey):
        serial, sequence = instance(serialNumber)
        push.challenge_key(challengeKey)
        self.limit(serial)
        server = self.session(challengeKey)
        return {"requestMessage": login.retrieve(server, challengeKey, serial, sequence, now)["message"]}

    def approve(self, now, userID, challengeKey, signature, domain=None):
        login.approve(self.session(challengeKey), challengeKey, userID, domain, signature, now)

    def reject(self, now, serialNumber, challengeKey):
        serial, _ = instance(serialNumber)
        self.limit(serial)
        place = self.place(serial)
        try:
            if place is None:
                raise Refusal("corrupted")
            login.reject(place.server, challengeKey, now)
        except Refused as refused:
            told = refused.requirement.startswith("LGN-") or refused.requirement in ("INF-4", "INF-5")
            raise Refusal(refused.refusal if told else "corrupted") from None

    def start(self, now, userID, service, domain=None, application=1, requester=""):
        owner = identity(userID, domain)
        words(requester)
        place = self.owned(owner)
        told = login.start(place.server, application, service, *owner, requester, now)
        self.keys[bytes.fromhex(told["challenge_key"])] = place.server.serial
        return {"challengeKey": told["challenge_key"], "serialNumber": place.server.serial,
                "notificationMessage": told["message"]}

    def status(self, now, challengeKey):
        return {"loginStatus": login.status(self.session(challengeKey), challengeKey, now)["status"]}

    def cancel(self, now, challengeKey):
        login.cancel(self.session(challengeKey), challengeKey, now)

    # ---- devices ----

    def owned(self, owner):
        if owner not in self.owners:
            raise Refusal("unknown-instance")
        return self.places[self.owners[owner]]

    def devices(self, now, userID, domain=None):
        place = self.owned(identity(userID, domain))
        server = place.server
        return {"devices": [
            {"serialNumber": "%s-%d" % (server.serial, sequence),
             "description": place.names.get(sequence, ""), "status": held.status,
             "locked": held.signature_failures >= server.signature_tries}
            for sequence, held in sorted(server.instances.items())]}

    def register(self, now, serialNumber, userID, domain=None, replace=False):
        if not SERIAL.fullmatch(serialNumber):
            raise Error(400)
        owner = identity(userID, domain)
        place = self.place(serialNumber)
        if place is None:
            raise Refusal("unknown-instance")
        if place.owner not in (None, owner):
            raise Refusal("already-active")
        message = place.server.generate_activation1(True, True, now)
        identifier = os.urandom(10)
        place.registration = {"id": identifier, "start": now, "owner": owner, "replace": replace,
                              "added": None, "over": False}
        self.registrations[identifier] = serialNumber
        return {"registrationIdentifier": identifier.hex().upper(),
                "licenseActivationMessage": message}

    def registered(self, now, text):
        if not IDENTIFIER.fullmatch(text):
            raise Error(400)
        identifier = bytes.fromhex(text)
        place = self.places.get(self.registrations.get(identifier))
        known = place and place.registration
        if not known or known["id"] != identifier or now > known["start"] + KNOWN:
            raise Refusal("unknown-session")
        if known["over"]:
            raise Refusal("already-active")
        return place, known

    def add(self, now, registrationIdentifier, deviceCode, description=""):
        words(description)
        place, known = self.registered(now, registrationIdentifier)
        place.server.verify_device_code(deviceCode, known["replace"], now)
        told = place.server.generate_activation2(now)
        known["added"] = (told["sequence"], told["message"], description)
        return {"serialNumber": "%s-%d" % (place.server.serial, told["sequence"]),
                "instanceActivationMessage": told["message"]}

    def activate(self, now, registrationIdentifier, signature):
        place, known = self.registered(now, registrationIdentifier)
        if known["added"] is None:
            raise Refusal("wrong-state")
        sequence, message, description = known["added"]
        place.server.verify_message_signature(sequence, message, signature, now)
        assert place.server.instances[sequence].status == CONFIRMED
        known["over"] = True
        place.owner, place.names[sequence] = known["owner"], description
        self.owners[known["owner"]] = place.server.serial
        return {"activatedSerialNumber": "%s-%d" % (place.server.serial, sequence)}


def instance(text):
    """GTW-2."""
    found = INSTANCE.fullmatch(text)
    if not found:
        raise Error(400)
    return found[1], int(found[2])


def identity(user, domain):
    push.check_written(user, "user")
    push.check_written(domain or "", "domain")
    return user, domain or ""


def words(text):
    if len(text) > 255 or not is_displayed(text):
        raise Error(400)


text, optional, boolean, small = (str,), (str, type(None)), (bool,), (int,)
REST = "/rest/v2/"
# path -> (what does it, whether the back end asks, members that are due, others)
SURFACE = {
    REST + "authentication/push/getPreparedSecureChallenge":
        (Gateway.prepare, False, {"serialNumber": text, "challengeKey": text}, {}),
    REST + "authentication/push/authUser":
        (Gateway.approve, False, {"userID": text, "challengeKey": text, "signature": text}, {"domain": optional}),
    REST + "authentication/push/cancelAuthUser":
        (Gateway.reject, False, {"serialNumber": text, "challengeKey": text}, {}),
    REST + "provisioning/MdlAddDevice":
        (Gateway.add, False, {"registrationIdentifier": text, "deviceCode": text}, {"description": text}),
    REST + "provisioning/MdlActivate":
        (Gateway.activate, False, {"registrationIdentifier": text, "signature": text}, {}),
    REST + "backend/registration":
        (Gateway.register, True, {"serialNumber": text, "userID": text}, {"domain": optional, "replace": boolean}),
    REST + "backend/login":
        (Gateway.start, True, {"userID": text, "service": text},
         {"domain": optional, "application": small, "requester": text}),
    REST + "backend/loginStatus": (Gateway.status, True, {"challengeKey": text}, {}),
    REST + "backend/cancelLogin": (Gateway.cancel, True, {"challengeKey": text}, {}),
    REST + "backend/devices": (Gateway.devices, True, {"userID": text}, {"domain": optional}),
}


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def no_constant(name):
    raise ValueError(name)


def read(body, due, others):
    """GTW-2: the members of a body that are known."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=once, parse_constant=no_constant)
        json.dumps(value, ensure_ascii=False).encode()      # no half of a surrogate pair
    except (ValueError, RecursionError):
        raise Error(400) from None
    if type(value) is not dict or not due.keys() <= value.keys():
        raise Error(400)
    known = {**due, **others}
    members = {name: value[name] for name in known if name in value}
    if any(type(member) not in known[name] for name, member in members.items()):
        raise Error(400)
    if not 0 <= members.get("application", 1) <= 255:
        raise Error(400)
    return members


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server_version, sys_version = "gateway", ""

    def log_message(self, *_):
        pass                        # GTW-11

    def handle_any(self):
        self.close_connection = True
        try:
            status, body = 200, self.answer()
        except Error as error:
            status = error.args[0]
            code, name = ERRORS[status]
            body = codes(2, "RET_ERROR", code, "STAT_" + name)
        except Refused as refused:
            status, body = refusal(refused.refusal)
        except Refusal as refused:
            status, body = refusal(refused.args[0])
        self.reply(status, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any

    def reply(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in GUARDS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        # Who still writes is to get the answer before the connection is reset.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            pass

    def answer(self):
        self.check_hosts()
        if self.path == "/healthz" or self.path == "/openapi.json":
            if self.command != "GET":
                raise Error(405)
            return {"status": "ok"} if self.path == "/healthz" else {
                "openapi": "3.1.0", "info": {"title": "gateway", "version": "1"},
                "paths": {path: {"post": {}} for path in SURFACE}}
        if self.path not in SURFACE:
            raise Error(404)
        if self.command != "POST":
            raise Error(405)
        does, is_ours, due, others = SURFACE[self.path]
        if is_ours:
            given = self.headers.get("Authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, b"Bearer " + self.server.api_key):
                raise Error(401)
        if self.headers.get_content_type() != "application/json" or "Content-Type" not in self.headers:
            raise Error(415)
        members = read(self.body(), due, others)
        gateway = self.server.gateway
        with gateway.lock:
            result = does(gateway, int(time.time()), **members)
        answer = codes(0, "RET_SUCCESS", 0, "STAT_SUCCESS")
        return answer if result is None else {**answer, "result": result}

    def check_hosts(self):
        """GTW-9."""
        port = self.server.server_address[1]
        names = ["%s:%d" % (name, port) for name in ("127.0.0.1", "localhost", "[::1]")]
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in names:
            raise Error(421)
        for origin in self.headers.get_all("Origin", []):
            if origin.removeprefix("http://").removeprefix("https://").lower() not in names or "://" not in origin:
                raise Error(403)

    def body(self):
        """GTW-4."""
        until = time.monotonic() + PATIENCE
        try:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                whole = b""
                while size := int(self.rfile.readline(64), 16):
                    whole += self.part(size, until)
                    self.rfile.readline(64)
                    if len(whole) > MOST_READ:
                        raise Error(413)
                return whole
            return self.part(int(self.headers.get("Content-Length", "0")), until)
        except TimeoutError:
            raise Error(408) from None
        except ValueError:
            raise Error(400) from None

    def part(self, size, until):
        if size > MOST_READ:
            raise Error(413)
        self.connection.settimeout(max(0.01, until - time.monotonic()))
        return self.rfile.read(size)


def codes(code, word, status, name):
    return {"resultCodes": {"returnCodeEnum": word, "statusCodeEnum": name, "returnCode": code,
                            "statusCode": status}}


def refusal(word):
    status = next((status for status, words in STATUS.items() if word in words.split()), 422)
    name = "STAT_" + word.upper().replace("-", "_")
    return status, codes(1, "RET_REFUSED", CLASSES.index(word) + 1, name)


class Service(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128        # of five, as is usual, those who ask at once would overflow it


def main(file, transport_key, api_key):
    keys = [Path(path).read_text().strip() for path in (transport_key, api_key)]
    service = Service(("127.0.0.1", 0), Handler)
    service.gateway = Gateway(Path(file).read_bytes(), bytes.fromhex(keys[0]))
    service.api_key = keys[1].encode()
    print("listening on http://127.0.0.1:%d" % service.server_address[1], flush=True)
    service.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
