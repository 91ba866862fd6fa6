"""The peer (section 18): one JSON question per line on standard input, one answer per line."""

import json
import os
import sys
from hashlib import sha256

import activation
import app2app
import blobs
import crypto
import license_file
import login
import message_vector as vectors
import oath
import push
import qr
import wire
from client import Client
from displayed import check_text
from refusal import Refused
from server import Server
from single_client import SingleClient
from single_server import SingleServer
from single_state import ITERATIONS, MEMORY_KIB, PARAMETERS

QUESTION_LIMIT = 65536          # bytes, without the LF (PPR-1)
MEMBERS = {"seq", "op", "params", "session"}


class Fault(Exception):
    """The question itself was wrong (PPR-5)."""


# ---- types of parameters ------------------------------------------------------
# Each is a function from the JSON value to the value the operation takes.

def integer(low, high):
    def check(value):
        if type(value) is not int or not low <= value <= high:      # a bool is no number
            raise Fault("must be an integer of %d..=%d" % (low, high))
        return value
    return check


def number_of(*choices):
    def check(value):
        if type(value) is not int or value not in choices:
            raise Fault("must be one of " + ", ".join(map(str, choices)))
        return value
    return check


def boolean(value):
    if type(value) is not bool:
        raise Fault("must be true or false")
    return value


def text(value):
    if type(value) is not str:
        raise Fault("must be a string")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Fault("must not hold half a surrogate pair")
    return value


def ascii_text(value):
    if not text(value).isascii():
        raise Fault("must be ASCII")
    return value


def one_of(*choices):
    def check(value):
        if type(value) is not str or value not in choices:
            raise Fault("must be one of " + ", ".join(choices))
        return value
    return check


def octets(low=0, high=None):
    def check(value):
        if type(value) is not str or not wire.is_hex(value):
            raise Fault("must be an even number of hexadecimal digits")
        data = bytes.fromhex(value)
        if len(data) < low or high is not None and len(data) > high:
            raise Fault("wrong number of bytes")
        return data
    return check


def exactly(n):
    return octets(n, n)


def challenge(value):
    data = exactly(8)(value)
    if not any(data):
        raise Fault("must not be zero")
    return data


def nullable(kind):
    return lambda value: None if value is None else kind(value)


def serial(value):
    if type(value) is not str or not wire.is_serial(value):
        raise Fault("must be a serial number of ten characters")
    return value


def array(low, high, kind):
    def check(value):
        if type(value) is not list or not low <= len(value) <= high:
            raise Fault("must be an array of %d to %d elements" % (low, high))
        return [kind(element) for element in value]
    return check


def item(value):
    if type(value) is not list or len(value) != 2:
        raise Fault("must hold pairs [key, value]")
    key, content = text(value[0]), text(value[1])
    if key == "":
        raise Fault("must not hold an empty key")
    return key, content


def matching(pattern):
    def check(value):
        if type(value) is not str or not pattern.fullmatch(value):
            raise Fault("does not have its form")
        return value
    return check


def not_empty(value):
    if text(value) == "":
        raise Fault("must not be empty")
    return value


def record(**kinds):
    """An object with just these members."""
    return lambda value: check_parameters(kinds, value, "members")


def tagged(tag, kinds):
    """An object whose member `tag` says which others it has."""
    def check(value):
        name = value.get(tag) if type(value) is dict else None
        if type(name) is not str or name not in kinds:
            raise Fault("must be an object with a known " + tag)
        return record(**{tag: text}, **kinds[name])(value)
    return check


TIME = COUNTER = integer(0, 0xFFFFFFFF)
LONG = integer(0, 2 ** 53 - 1)
CARRIER = one_of("direct", "gateway")
PROTECTION = integer(1, 2)
APPLICATION = integer(1, 8)
THRESHOLD = SEQUENCE = integer(1, 99)
KEY = exactly(16)
BYTES = octets()
BLOB_SEQUENCE, BLOB_INDEX = integer(0, 99), integer(0, 8)
TRANSPORT_KEY = exactly(32)
OATH_KEY, OATH_DIGITS = octets(1, 128), integer(6, 8)
PLATFORM = one_of("android", "ios")
PIN = one_of("right", "wrong", "cached")
GATEWAY_STRINGS = {
    "notification": {"challenge_key": text},
    "login": {"service": text, "index": APPLICATION, "user": text, "domain": text}}
CONTENT = tagged("format", {
    **GATEWAY_STRINGS,
    "list": {"title": text, "items": array(1, 16, item)},
    "challenge": {"title": text, "challenge": text},
    "free-text": {"title": text, "text": not_empty}})
DATA = tagged("kind", {
    "response-only": {},
    "challenge": {"challenge": text},
    "fields": {"fields": array(0, 8, text)}})
ANSWER = record(data=DATA, response=text)
LICENSE = record(
    serial=serial, type=matching(license_file.TYPE), application=matching(license_file.APPLICATION),
    threshold=THRESHOLD, secure_channel=boolean, license_key=KEY)
VECTOR_PARAMETERS = {name: integer(low, high) for name, low, high, _ in vectors.FIELDS}
CLIENT_SETUP = {"app_version": integer(0, 3), "rooted": boolean,
                "root_policy": one_of("allow", "block"), "replacement": boolean}


SINGLE_SETUP = {"static_vector": nullable(BYTES), "platform_data": BYTES, "platform_key": KEY,
                "short_codes": boolean, "rooted": boolean,
                "root_policy": one_of("allow", "block"), "reset_policy": one_of("lock", "reset"),
                "memory_kib": integer(*MEMORY_KIB), "iterations": integer(*ITERATIONS)}
PASSWORD, SALT = nullable(text), {"password_salt": KEY}
CALLBACKS = {"x_success": text, "x_error": text, "x_cancel": text}


def check_parameters(kinds, values, where):
    """Every parameter there, none unknown, each of its type."""
    if type(values) is not dict:
        raise Fault(where + " must be an object")
    for name in values:
        if name not in kinds:
            raise Fault("%s: unknown %a" % (where, name[:64]))
    result = {}
    for name, kind in kinds.items():
        if name not in values:
            raise Fault("%s: %s is missing" % (where, name))
        try:
            result[name] = kind(values[name])
        except Fault as fault:
            raise Fault("%s %s" % (name, fault)) from None
    return result


# ---- operations without a session ---------------------------------------------

def hello(protocol):
    return {"protocol": 1, "name": "counterproof-python", "version": "0.4.0",
            "language": "python", "profile": "full", "operations": list(OPERATIONS),
            "injects_time": True, "injects_randomness": True}


def ping():
    return {}


def primitive_cmac(key, data):
    return {"mac": wire.to_hex(crypto.Cmac(key)(data))}


def primitive_ctr(key, block, data):
    return {"data": wire.to_hex(crypto.Ctr(key)(block, data))}


def primitive_kdf(key, label, context, bits):
    return {"key": wire.to_hex(crypto.kdf(key, label, context, bits))}


def primitive_key_wrap(kek, key):
    return {"wrapped": wire.to_hex(crypto.key_wrap(kek, key))}


def primitive_key_unwrap(kek, wrapped):
    return {"key": wire.to_hex(crypto.key_unwrap(kek, wrapped))}


def primitive_check_digit(digits, hexadecimal):
    alphabet = "0123456789abcdefABCDEF" if hexadecimal else "0123456789"
    if not 1 <= len(digits) <= 64 or not set(digits) <= set(alphabet):
        raise Fault("digits must be 1 to 64 digits of their kind")
    return {"digit": crypto.check_digit(digits, hexadecimal)}


def primitive_response(key, mode, application, step, event, length, hexadecimal, check_digit,
                       fields):
    r = crypto.Cmac(key)(crypto.response_input(mode, application, step, event, length, fields))
    return {"response": crypto.response(r, length, hexadecimal, check_digit)}


def primitive_hotp(**parameters):
    return {"response": oath.hotp(**parameters)}


def primitive_totp(key, time, step, digits, hash):
    return {"response": oath.totp(key, time, step, digits, oath.HASHES[hash])}


def primitive_ocra(**parameters):
    return {"response": oath.ocra(**parameters)}


def frame_parse(message, carrier):
    frame = wire.parse_frame(message, carrier)
    return {"version": frame.version, "type": frame.type, "protection": frame.protection,
            "serial": frame.serial, "nonce": wire.to_hex(frame.nonce),
            "body": wire.to_hex(frame.body), "tag": wire.to_hex(frame.tag)}


def frame_seal(key, type, protection, serial, nonce, body):
    header = wire.header(type, protection, wire.encode_serial(serial), nonce)
    sender = nonce[4] if type == wire.INFORMATION else None
    return {"message": wire.to_hex(crypto.Channel(key, protection, sender).seal(header, body))}


def frame_open(key, message):
    frame = wire.parse_frame(message, "gateway")
    if frame.type == wire.AM1:
        raise Refused("CLI-2", "type %d" % frame.type)
    channel = crypto.Channel(key, frame.protection, frame.sender)
    return {"body": wire.to_hex(channel.open(frame))}


def qr_write(text):
    return {"modules": qr.write(text)}


def qr_read(picture):
    return {"text": qr.read(picture)}


def push_read(text, application):
    check_text(text)                                                            # REQ-9
    return {"content": push.read(text, application)}


def push_write(content):
    return {"text": push.write(content)}


def message_vector_encode(**values):
    return {"message_vector": vectors.encode(**values)}


def license_file_write(**parameters):
    return {"file": wire.to_hex(license_file.write(**parameters))}


def license_file_read(transport_key, file):
    return license_file.LicenseFile(transport_key, file).contents()


def blob_seal(**parameters):
    return {"blob": blobs.seal(**parameters)}


def blob_open(**parameters):
    return {"content": wire.to_hex(blobs.open(**parameters))}


def primitive_percent_decode(text):
    return {"text": app2app.percent_decode(text)}


def activation_code_write(master_key, serial, license_key, hexadecimal):
    return {"code": activation.write_code(master_key, wire.encode_serial(serial), license_key,
                                          hexadecimal)}


def activation_code_read(master_key, serial, code, short):
    return {"license_key": wire.to_hex(activation.read_code(
        master_key, wire.encode_serial(serial), code, short))}


def export_svf_read(file):
    return {"static_vector": wire.to_hex(activation.read_svf(file).raw)}


def acode_log_read(file):
    return {"licenses": activation.read_log(file)}


def acode_log_write(licenses):
    return {"file": wire.to_hex(activation.write_log(licenses))}


def single_activate(client, serial, suffix, **parameters):
    if (serial is None) == (suffix is None):
        raise Fault("just one of serial and suffix must be null")
    return client.activate(serial, suffix, **parameters)


def app2app_build(**parameters):
    return {"url": app2app.build(**parameters)}


def app2app_parse(scheme, platform, url):
    app2app.check_scheme(scheme)
    callbacks, message = app2app.parse(scheme, platform, url)
    return {"x_success": callbacks["x-success"], "x_error": callbacks["x-error"],
            "x_cancel": callbacks["x-cancel"], "secure_message": message}


def state(session):
    """Equal states have equal digests: a hash over all of it but the counters."""
    digest = sha256(repr((type(session).__name__, session.snapshot())).encode()).digest()
    return {"digest": wire.to_hex(digest), "counters": session.counters()}


# ---- the table of operations --------------------------------------------------

class Operation:
    """`session` is None, a role (the session must be one of it), `object` (any) or "create"."""

    def __init__(self, handler, session=None, random=None, /, **parameters):
        self.handler = handler
        self.session = session
        self.random = random
        self.parameters = parameters


def _of(name, method):
    """An operation of a role whose result is one value."""
    return lambda role, **parameters: {name: method(role, **parameters)}


def _of_bytes(name, method):
    return lambda role, **parameters: {name: wire.to_hex(method(role, **parameters))}


OPERATIONS = {
    "hello": Operation(hello, protocol=integer(1, 1)),
    "ping": Operation(ping),
    "reset": Operation(None),           # the peer itself does these two
    "drop": Operation(None, object),
    "state": Operation(state, object),
    "primitive.cmac": Operation(primitive_cmac, key=KEY, data=BYTES),
    "primitive.ctr": Operation(primitive_ctr, key=KEY, block=exactly(16), data=BYTES),
    "primitive.kdf": Operation(
        primitive_kdf, key=KEY, label=ascii_text, context=BYTES,
        bits=number_of(128, 256)),
    "primitive.key_wrap": Operation(primitive_key_wrap, kek=KEY, key=KEY),
    "primitive.key_unwrap": Operation(primitive_key_unwrap, kek=KEY, wrapped=exactly(24)),
    "primitive.check_digit": Operation(primitive_check_digit, digits=text, hexadecimal=boolean),
    "primitive.response": Operation(
        primitive_response, key=KEY, mode=integer(1, 5), application=APPLICATION,
        step=LONG, event=LONG, length=integer(6, 16), hexadecimal=boolean, check_digit=boolean,
        fields=array(0, 8, BYTES)),
    "primitive.hotp": Operation(
        primitive_hotp, key=OATH_KEY, counter=LONG, digits=OATH_DIGITS),
    "primitive.totp": Operation(
        primitive_totp, key=OATH_KEY, time=LONG, step=integer(1, 65535), digits=OATH_DIGITS,
        hash=one_of(*oath.HASHES)),
    "primitive.ocra": Operation(
        primitive_ocra, suite=text, key=OATH_KEY, counter=nullable(LONG), question=text,
        password=nullable(text), session=nullable(BYTES), time=nullable(LONG)),
    "primitive.percent_decode": Operation(primitive_percent_decode, text=text),
    "app2app.build": Operation(app2app_build, scheme=text, message=text, **CALLBACKS),
    "app2app.parse": Operation(app2app_parse, scheme=text, platform=PLATFORM, url=text),
    "app2app.read": Operation(app2app.read, url=text, **CALLBACKS),
    "frame.parse": Operation(frame_parse, message=text, carrier=CARRIER),
    "frame.seal": Operation(
        frame_seal, key=KEY, type=number_of(1, 2, 3, wire.INFORMATION), protection=PROTECTION, serial=serial,
        nonce=exactly(8), body=octets(0, wire.BODY_LIMIT["gateway"])),
    "frame.open": Operation(frame_open, key=KEY, message=text),

    "message_vector.encode": Operation(message_vector_encode, **VECTOR_PARAMETERS),
    "message_vector.decode": Operation(vectors.decode, message_vector=text),
    "license_file.write": Operation(
        license_file_write, None, {"file_id": exactly(16)},
        transport_key=TRANSPORT_KEY, static_vector=BYTES, message_vector=text,
        licenses=array(1, 99, LICENSE)),
    "license_file.read": Operation(license_file_read, transport_key=TRANSPORT_KEY, file=BYTES),
    "blob.seal": Operation(
        blob_seal, None, {"blob_nonce": exactly(12)},
        storage_key=KEY, serial=serial, sequence=BLOB_SEQUENCE, index=BLOB_INDEX,
        content=octets(0, blobs.CONTENT_LIMIT)),
    "blob.open": Operation(
        blob_open, storage_key=KEY, serial=serial, sequence=BLOB_SEQUENCE, index=BLOB_INDEX,
        blob=text),

    "push.read": Operation(push_read, text=text, application=APPLICATION),
    "push.write": Operation(push_write, content=tagged("format", GATEWAY_STRINGS)),

    "client.create": Operation(
        Client, "create", {"installation_salt": exactly(16)},
        static_vector=nullable(BYTES), platform_data=BYTES, device_type=integer(0, 99),
        **CLIENT_SETUP),
    "client.activate_license": Operation(
        _of("device_code", Client.activate_license), Client, message=text),
    "client.activate_instance": Operation(
        Client.activate_instance, Client, message=text, now=TIME),
    "client.open": Operation(Client.open, Client, message=text, carrier=CARRIER),
    "client.sign": Operation(
        _of("signature", Client.sign), Client,
        approved=boolean, pin=PIN, now=TIME),
    "client.set_app2app": Operation(
        Client.set_app2app, Client, enabled=boolean, scheme=text, white_list=array(0, 16, text),
        platform=PLATFORM, platform_name=text, version=text, device_identifier=exactly(32)),
    "client.dispatch": Operation(Client.dispatch, Client, url=text),
    "client.answer": Operation(Client.answer, Client, approved=boolean, pin=PIN, now=TIME),
    "client.deactivate": Operation(Client.deactivate, Client, message=text, carrier=CARRIER),
    "client.generate_information": Operation(
        _of("message", Client.generate_information), Client,
        serial=serial, challenge_key=text, now=TIME),
    "client.login_identity": Operation(Client.login_identity, Client, serial=serial),
    "client.generate_response": Operation(
        _of("response", Client.generate_response), Client,
        serial=serial, application=APPLICATION, data=DATA, pin=PIN, now=TIME),
    "client.generate_unlock_challenge": Operation(
        _of("challenge", Client.generate_unlock_challenge), Client,
        {"unlock_challenge": exactly(8)}, serial=serial),
    "client.unlock": Operation(Client.unlock, Client, serial=serial, response=text),
    "client.accounts": Operation(_of("accounts", Client.list_accounts), Client),
    "client.save": Operation(
        _of_bytes("state", Client.save), Client, {"state_nonce": exactly(12)}, platform_key=KEY),
    "client.load": Operation(
        Client.load, "create", platform_key=KEY, state=BYTES, static_vector=nullable(BYTES),
        platform_data=BYTES, **CLIENT_SETUP),

    "server.create": Operation(
        Server, "create", {"payload_key": KEY},
        serial=serial, license_key=KEY, static_vector=BYTES, secure_channel=boolean,
        threshold=THRESHOLD, last_counter=COUNTER, **VECTOR_PARAMETERS),
    "server.generate_activation1": Operation(
        _of("message", Server.generate_activation1), Server, {"challenge": challenge},
        with_challenge=boolean, with_static_vector=boolean, now=TIME),
    "server.verify_device_code": Operation(
        Server.verify_device_code, Server, device_code=text, replace=boolean, now=TIME),
    "server.generate_activation2": Operation(
        Server.generate_activation2, Server, {"instance_salt": exactly(13)}, now=TIME),
    "server.generate_request": Operation(
        _of("message", Server.generate_request), Server,
        now=TIME, carrier=CARRIER, application=APPLICATION, minimum_version=integer(0, 3),
        require_pin=boolean, template=integer(0, 15), charset=one_of("utf-8", "iso-8859-15"),
        content=CONTENT),
    "server.verify_message_signature": Operation(
        Server.verify_message_signature, Server,
        sequence=SEQUENCE, message=text, signature=text, now=TIME),
    "server.process_information": Operation(
        Server.process_information, Server, message=text, now=TIME),
    "server.login_start": Operation(
        login.start, Server, {"challenge_key": exactly(5)}, application=APPLICATION, service=text,
        user=text, domain=nullable(text), now=TIME),
    "server.login_retrieve": Operation(
        login.retrieve, Server, challenge_key=text, serial=serial, sequence=SEQUENCE, now=TIME),
    "server.login_approve": Operation(
        login.approve, Server,
        challenge_key=text, user=text, domain=nullable(text), signature=text, now=TIME),
    "server.login_reject": Operation(login.reject, Server, message=text, now=TIME),
    "server.login_cancel": Operation(login.cancel, Server, challenge_key=text, now=TIME),
    "server.login_status": Operation(login.status, Server, challenge_key=text, now=TIME),
    "server.generate_deactivation": Operation(
        _of("message", Server.generate_deactivation), Server, sequence=SEQUENCE, now=TIME),
    "server.verify_response": Operation(
        Server.verify_response, Server,
        sequence=SEQUENCE, application=APPLICATION, data=DATA, response=text, now=TIME),
    "server.generate_unlock_response": Operation(
        _of("response", Server.generate_unlock_response), Server,
        sequence=SEQUENCE, challenge=text),
    "server.unlock_instance": Operation(Server.unlock_instance, Server, sequence=SEQUENCE),
    "server.restored": Operation(
        Server.restored, Server, highest_sequence=integer(0, 99), now=TIME),
    "server.resynchronise": Operation(
        Server.resynchronise, Server,
        sequence=SEQUENCE, application=APPLICATION, first=ANSWER, second=ANSWER, now=TIME),
    "server.import": Operation(
        Server.from_file, "create", {"payload_key": KEY},
        transport_key=TRANSPORT_KEY, file=BYTES, serial=serial),
    "server.reimport": Operation(
        Server.reimport, Server, {"payload_key": KEY}, transport_key=TRANSPORT_KEY, file=BYTES),
    "server.instance": Operation(Server.describe_instance, Server, sequence=SEQUENCE),
    "server.seal_blob": Operation(
        _of("blob", Server.seal_blob), Server, {"blob_nonce": exactly(12)},
        storage_key=KEY, sequence=BLOB_SEQUENCE, index=BLOB_INDEX),
    "server.load_blob": Operation(
        Server.load_blob, Server,
        storage_key=KEY, sequence=BLOB_SEQUENCE, index=BLOB_INDEX, blob=text),

    "activation_code.write": Operation(
        activation_code_write, master_key=KEY, serial=serial, license_key=KEY,
        hexadecimal=boolean),
    "activation_code.read": Operation(
        activation_code_read, master_key=KEY, serial=serial, code=text, short=boolean),
    "export_svf.read": Operation(export_svf_read, file=BYTES),
    "acode_log.read": Operation(acode_log_read, file=BYTES),
    "acode_log.write": Operation(
        acode_log_write, licenses=array(1, 99, record(serial=serial, code=text))),

    "client.single_create": Operation(SingleClient, "create", **SINGLE_SETUP),
    "client.single_activate": Operation(
        single_activate, SingleClient, SALT, serial=nullable(text), suffix=nullable(text),
        code=text, event_reactivation_counter=nullable(text), password=PASSWORD),
    "client.single_activate_online": Operation(
        SingleClient.activate_online, SingleClient, SALT,
        data=text, shared_secret=nullable(KEY), password=PASSWORD),
    "client.single_report": Operation(SingleClient.report, SingleClient, accepted=boolean),
    "client.single_status": Operation(SingleClient.status, SingleClient),
    "client.single_change_password": Operation(
        SingleClient.change_password, SingleClient, SALT, old=PASSWORD, new=PASSWORD),
    "client.single_generate_response": Operation(
        _of("response", SingleClient.generate_response), SingleClient,
        application=APPLICATION, data=DATA, password=PASSWORD, now=TIME),
    "client.single_generate_derivation_code": Operation(
        _of("code", SingleClient.generate_derivation_code), SingleClient,
        challenge=nullable(text), password=PASSWORD, now=TIME),
    "client.single_mark_bound": Operation(SingleClient.mark_bound, SingleClient),
    "client.single_save": Operation(
        _of_bytes("state", SingleClient.save), SingleClient, {"state_nonce": exactly(12)}),
    "client.single_load": Operation(SingleClient.load, "create", state=BYTES, **SINGLE_SETUP),

    "server.single_create": Operation(
        SingleServer, "create", serial=serial, license_key=KEY, static_vector=BYTES,
        **{name: integer(low, high) for name, _, low, high in PARAMETERS}),
    "server.single_reimport": Operation(
        SingleServer.reimport, SingleServer, license_key=KEY, static_vector=BYTES),
    "server.single_generate_activation_code": Operation(
        _of("code", SingleServer.generate_activation_code), SingleServer, hexadecimal=boolean),
    "server.single_generate_full_activation_data": Operation(
        _of("data", SingleServer.generate_full_activation_data), SingleServer,
        {"activation_nonce": exactly(12)}, shared_secret=nullable(KEY), with_counter=boolean),
    "server.single_generate_event_reactivation_counter": Operation(
        _of("event_reactivation_counter", SingleServer.generate_event_reactivation_counter),
        SingleServer),
    "server.single_verify_response": Operation(
        SingleServer.verify_response, SingleServer,
        serial=serial, application=APPLICATION, data=DATA, response=text, now=TIME),
    "server.single_verify_derivation_code": Operation(
        SingleServer.verify_derivation_code, SingleServer,
        serial=serial, challenge=nullable(text), code=text, now=TIME),
    "server.single_unlock": Operation(SingleServer.unlock, SingleServer),
    "server.single_resynchronise": Operation(
        SingleServer.resynchronise, SingleServer,
        application=APPLICATION, first=ANSWER, second=ANSWER, now=TIME),
    "server.single_save": Operation(
        _of_bytes("state", SingleServer.save), SingleServer, {"state_nonce": exactly(12)},
        storage_key=KEY),
    "server.single_load": Operation(SingleServer.load, "create", storage_key=KEY, state=BYTES),
}

if qr.AVAILABLE:
    OPERATIONS["qr.write"] = Operation(qr_write, text=ascii_text)
    OPERATIONS["qr.read"] = Operation(qr_read, picture=BYTES)


# ---- questions and answers ----------------------------------------------------

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
        return operation.handler(session, **parameters) or {}       # {} where there is no result

    # ---- lines ----

    def answer_line(self, line):
        """One line of input to one line of output, without its end."""
        try:
            if len(line.removesuffix(b"\n")) > QUESTION_LIMIT:
                raise Fault("longer than %d bytes" % QUESTION_LIMIT)
            question = _decode(line.decode())
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
    """A number far outside every range is not worth its conversion."""
    return int(digits) if len(digits) <= 20 else float("inf")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant,
                           parse_int=_integer).decode
_decode_leniently = json.JSONDecoder(parse_int=_integer).decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _seq_of(line):
    """The seq of a line that is no question, None where there is no readable one."""
    try:
        return COUNTER(_decode_leniently(line.decode(errors="replace")).get("seq"))
    except (Fault, ValueError, RecursionError, AttributeError):
        return None


def main():
    peer = Peer()
    output = sys.stdout.buffer
    for line in iter(sys.stdin.buffer.readline, b""):
        output.write(peer.answer_line(line) + b"\n")
        output.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(0)
