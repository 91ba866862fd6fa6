"""The operations of the peer (section 18): their parameters, and what does them."""

from hashlib import sha256

import app2app
import blobs
import license_file
import login
import message_vector as vectors
import oath
import plain
import qr
import wire
from client import Client
from parameters import (
    Fault, array, ascii_text, boolean, challenge, exactly, integer, item, matching, not_empty,
    nullable, number_of, octets, one_of, record, serial, tagged, text,
    text_up_to)
from server import Server
from single_client import SingleClient
from single_server import SingleServer
from single_state import ITERATIONS, MEMORY_KIB, PARAMETERS

# ---- types that several operations share --------------------------------------

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
EPOCH = exactly(8)
LICENSE_RANDOM = {"payload_key": KEY, "epoch": EPOCH}
OATH_KEY, OATH_DIGITS = octets(1, 128), integer(6, 8)
REQUESTER = text_up_to(64, 1)
PLATFORM, SHORT = one_of("android", "ios"), text_up_to(64)
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


# ---- operations of the protocol itself ----------------------------------------

def hello(protocol):
    return {"protocol": 1, "name": "counterproof-python", "version": "0.5.0",
            "language": "python", "profile": "full", "operations": list(OPERATIONS),
            "injects_time": True, "injects_randomness": True}


def ping():
    return {}


def state(session):
    """Equal states have equal digests: a hash over all of it but the counters."""
    digest = sha256(repr((type(session).__name__, session.snapshot())).encode()).digest()
    return {"digest": wire.to_hex(digest), "counters": session.counters()}


def single_activate(client, serial, suffix, **parameters):
    if (serial is None) == (suffix is None):
        raise Fault("just one of serial and suffix must be null")
    return client.activate(serial, suffix, **parameters)


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
    "primitive.cmac": Operation(plain.primitive_cmac, key=KEY, data=BYTES),
    "primitive.ctr": Operation(plain.primitive_ctr, key=KEY, block=exactly(16), data=BYTES),
    "primitive.kdf": Operation(
        plain.primitive_kdf, key=KEY, label=ascii_text, context=BYTES,
        bits=number_of(128, 256)),
    "primitive.key_wrap": Operation(plain.primitive_key_wrap, kek=KEY, key=KEY),
    "primitive.key_unwrap": Operation(plain.primitive_key_unwrap, kek=KEY, wrapped=exactly(24)),
    "primitive.check_digit": Operation(
        plain.primitive_check_digit, digits=text, hexadecimal=boolean),
    "primitive.response": Operation(
        plain.primitive_response, key=KEY, mode=integer(1, 5), application=APPLICATION,
        step=LONG, event=LONG, length=integer(6, 16), hexadecimal=boolean, check_digit=boolean,
        fields=array(0, 8, BYTES)),
    "primitive.hotp": Operation(
        plain.primitive_hotp, key=OATH_KEY, counter=LONG, digits=OATH_DIGITS),
    "primitive.totp": Operation(
        plain.primitive_totp, key=OATH_KEY, time=LONG, step=integer(1, 65535), digits=OATH_DIGITS,
        hash=one_of(*oath.HASHES)),
    "primitive.ocra": Operation(
        plain.primitive_ocra, suite=text, key=OATH_KEY, counter=nullable(LONG), question=text,
        password=nullable(text), session=nullable(BYTES), time=nullable(LONG)),
    "primitive.percent_decode": Operation(plain.primitive_percent_decode, text=text),
    "app2app.build": Operation(
        plain.app2app_build, scheme=text, message=text, state=nullable(text), **CALLBACKS),
    "app2app.parse": Operation(plain.app2app_parse, scheme=text, platform=PLATFORM, url=text),
    "app2app.read": Operation(app2app.read, url=text, **CALLBACKS),
    "frame.parse": Operation(plain.frame_parse, message=text, carrier=CARRIER),
    "frame.seal": Operation(
        plain.frame_seal, key=KEY, type=number_of(1, 2, 3, wire.INFORMATION),
        protection=PROTECTION, serial=serial, nonce=exactly(8),
        body=octets(0, wire.BODY_LIMIT["gateway"])),
    "frame.open": Operation(plain.frame_open, key=KEY, message=text),

    "message_vector.encode": Operation(plain.message_vector_encode, **VECTOR_PARAMETERS),
    "message_vector.decode": Operation(vectors.decode, message_vector=text),
    "license_file.write": Operation(
        plain.license_file_write, None, {"file_id": exactly(16)},
        transport_key=TRANSPORT_KEY, static_vector=BYTES, message_vector=text,
        licenses=array(1, 99, LICENSE)),
    "license_file.read": Operation(
        plain.license_file_read, transport_key=TRANSPORT_KEY, file=BYTES),
    "blob.seal": Operation(
        plain.blob_seal, None, {"blob_nonce": exactly(12)},
        storage_key=KEY, serial=serial, sequence=BLOB_SEQUENCE, index=BLOB_INDEX,
        epoch=EPOCH, generation=COUNTER, content=octets(0, blobs.CONTENT_LIMIT)),
    "blob.open": Operation(
        plain.blob_open, storage_key=KEY, serial=serial, sequence=BLOB_SEQUENCE, index=BLOB_INDEX,
        epoch=EPOCH, blob=text),

    "push.read": Operation(plain.push_read, text=text, application=APPLICATION),
    "push.write": Operation(plain.push_write, content=tagged("format", GATEWAY_STRINGS)),

    "client.create": Operation(
        Client, "create", {"installation_salt": exactly(16)},
        static_vector=nullable(BYTES), platform_data=BYTES, device_type=integer(0, 99),
        **CLIENT_SETUP),
    "client.activate_license": Operation(
        _of("device_code", Client.activate_license), Client, message=text),
    "client.activate_instance": Operation(
        Client.activate_instance, Client, message=text, pin=PIN, now=TIME),
    "client.mark_confirmed": Operation(Client.mark_confirmed, Client, message=text),
    "client.remove": Operation(
        Client.remove, Client, serial=serial, what=one_of("account", "replacement")),
    "client.open": Operation(Client.open, Client, message=text, carrier=CARRIER),
    "client.sign": Operation(
        _of("signature", Client.sign), Client,
        handle=LONG, approved=boolean, pin=PIN, now=TIME),
    "client.close": Operation(Client.close, Client),
    "client.set_app2app": Operation(
        Client.set_app2app, Client, enabled=boolean, scheme=text, white_list=array(0, 16, text),
        platform=PLATFORM, platform_name=SHORT, version=SHORT, device_identifier=exactly(32)),
    "client.dispatch": Operation(Client.dispatch, Client, url=text),
    "client.answer": Operation(
        Client.answer, Client, handle=LONG, approved=boolean, pin=PIN, now=TIME),
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
        Server, "create", LICENSE_RANDOM,
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
        user=text, domain=nullable(text), requester=REQUESTER, now=TIME),
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
        Server.from_file, "create", LICENSE_RANDOM,
        transport_key=TRANSPORT_KEY, file=BYTES, serial=serial),
    "server.reimport": Operation(
        Server.reimport, Server, LICENSE_RANDOM, transport_key=TRANSPORT_KEY, file=BYTES),
    "server.instance": Operation(Server.describe_instance, Server, sequence=SEQUENCE),
    "server.seal_blob": Operation(
        _of("blob", Server.seal_blob), Server, {"blob_nonce": exactly(12)},
        storage_key=KEY, sequence=BLOB_SEQUENCE, index=BLOB_INDEX),
    "server.load_blob": Operation(
        Server.load_blob, Server,
        storage_key=KEY, sequence=BLOB_SEQUENCE, index=BLOB_INDEX, blob=text, now=TIME),

    "activation_code.write": Operation(
        plain.activation_code_write, master_key=KEY, serial=serial, license_key=KEY,
        hexadecimal=boolean),
    "activation_code.read": Operation(
        plain.activation_code_read, master_key=KEY, serial=serial, code=text, short=boolean),
    "export_svf.read": Operation(plain.export_svf_read, file=BYTES),
    "acode_log.read": Operation(plain.acode_log_read, file=BYTES),
    "acode_log.write": Operation(
        plain.acode_log_write, licenses=array(1, 99, record(serial=serial, code=text))),

    "client.single_create": Operation(SingleClient, "create", **SINGLE_SETUP),
    "client.single_activate": Operation(
        single_activate, SingleClient, SALT, serial=nullable(text), suffix=nullable(text),
        code=text, event_reactivation_counter=nullable(text), password=PASSWORD),
    "client.single_activate_online": Operation(
        SingleClient.activate_online, SingleClient, SALT,
        data=text, shared_secret=nullable(KEY), password=PASSWORD),
    "client.single_report": Operation(SingleClient.report, SingleClient, accepted=boolean),
    "client.single_revert": Operation(SingleClient.revert, SingleClient),
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
        serial=serial, challenge=nullable(text), code=text, replace=boolean, now=TIME),
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
    OPERATIONS["qr.write"] = Operation(plain.qr_write, text=ascii_text)
    OPERATIONS["qr.read"] = Operation(plain.qr_read, picture=BYTES)
