"""Operations without a session, from parameters to results (section 18)."""

import activation
import app2app
import blobs
import crypto
import license_file
import message_vector as vectors
import oath
import push
import qr
import wire
from displayed import check_text
from parameters import Fault
from refusal import Refused


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
    generation, content = blobs.open(**parameters)
    return {"generation": generation, "content": wire.to_hex(content)}


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


def app2app_build(**parameters):
    return {"url": app2app.build(**parameters)}


def app2app_parse(scheme, platform, url):
    app2app.check_scheme(scheme)
    call, message = app2app.parse(scheme, platform, url)
    return {"x_success": call.callbacks["x-success"], "x_error": call.callbacks["x-error"],
            "x_cancel": call.callbacks["x-cancel"], "secure_message": message,
            "state": call.state}
