"""Bodies: activation messages, deactivation, requests."""

import push
from displayed import check_text
from refusal import Refused
from responses import check_challenge
from wire import BODY_LIMIT

CHARSETS = {"utf-8": 0, "iso-8859-15": 1}
FORMATS = ("list", "challenge", "free-text")    # by format number
_GATEWAY_STRING = 3             # of a notification or a login
_CODECS = ("utf-8", "iso8859-15")           # by charset number; REQ-8

# ---- activation message 1 -----------------------------------------------------

_AM1_FIXED = 31


def build_am1(time, activation_vector, policy, challenge_present, static_vector):
    """The body (AM1-1); `static_vector` is empty where it is not sent."""
    flags = challenge_present | (2 if static_vector else 0)
    return (bytes([flags]) + time.to_bytes(4, "big") + activation_vector
            + policy.to_bytes(2, "big") + static_vector)


def build_policy(activation_protection, message_protection, post_activation):
    return activation_protection << 10 | message_protection << 4 | (post_activation - 1) << 1


def parse_policy(policy):
    """(protection 1, protection 3, index), or None where AM1-6 refuses it."""
    activation, message, index = policy >> 10, policy >> 4 & 63, (policy >> 1 & 7) + 1
    if activation not in (1, 2) or message not in (1, 2) or policy & 1:
        return None
    return activation, message, index


def parse_am1(frame):
    """AM1-3 to AM1-6: (activation vector, (protection 1, protection 3, index), vector or None)."""
    body = frame.body
    # A body too short to have its flags is too short whatever they say.
    with_vector = bool(body and body[0] & 2)
    if len(body) < _AM1_FIXED or with_vector != (len(body) > _AM1_FIXED):
        raise Refused("AM1-3", "body of %d bytes" % len(body))
    if body[0] > 3:
        raise Refused("AM1-4", "unknown flag")
    if bool(body[0] & 1) != any(frame.nonce):
        raise Refused("AM1-5", "challenge and its flag disagree")
    policy = parse_policy(int.from_bytes(body[29:31], "big"))
    if policy is None:
        raise Refused("AM1-6", "policy " + body[29:31].hex())
    return body[5:29], policy, body[31:] if with_vector else None


# ---- activation message 2 -----------------------------------------------------

def build_am2(sequence, payload_key, salt):
    """The body (AM2-1); `payload_key` is None without Secure Channel."""
    return bytes([sequence, payload_key is not None]) + (payload_key or bytes(16)) + salt


def parse_am2(body):
    """AM2-8: (sequence, payload key or None, instance salt)."""
    if len(body) != 31:
        raise Refused("AM2-8", "body of %d bytes" % len(body))
    sequence, flags, key, salt = body[0], body[1], body[2:18], body[18:]
    if not 1 <= sequence <= 99:
        raise Refused("AM2-8", "sequence number %d" % sequence)
    if flags > 1:
        raise Refused("AM2-8", "unknown flag")
    if flags == 0 and any(key):
        raise Refused("AM2-8", "a payload key without its flag")
    return sequence, key if flags else None, salt


# ---- deactivation -------------------------------------------------------------

def build_deactivation(sequence):                                           # DEA-1
    return bytes([sequence, 0])


def parse_deactivation(body):
    """DEA-5: the sequence number."""
    if len(body) != 2 or not 1 <= body[0] <= 99 or body[1] != 0:
        raise Refused("DEA-5", "not the body of a deactivation")
    return body[0]


# ---- request ------------------------------------------------------------------
# `content` is the object of section 18: {"format": …, "title": …, …}.

class Request:
    __slots__ = ("minimum_version", "require_pin", "template", "application", "content")


def _encode(text, codec):
    """REQ-10, REQ-9."""
    try:
        data = text.encode(codec)
    except UnicodeEncodeError:
        raise Refused("REQ-10", "a character the charset does not have") from None
    check_text(text)
    return data


def _string(text, codec):
    """One string of the builder: REQ-10, REQ-9, REQ-11 in this order."""
    data = _encode(text, codec)
    if len(data) > 255:
        raise Refused("REQ-11", "a string of %d bytes" % len(data))
    return bytes([len(data)]) + data


def _build_content(content, codec):
    """What follows the control bytes; the length of the body is not yet checked."""
    parts = [_string(content["title"], codec)]
    if content["format"] == "list":
        parts.append(bytes([len(content["items"])]))
        for key, value in content["items"]:
            parts += _string(key, codec), _string(value, codec)
    elif content["format"] == "challenge":
        parts.append(_string(check_challenge(content["challenge"]), codec))     # OTP-3
    else:
        data = _encode(content["text"], codec)
        parts += len(data).to_bytes(2, "big"), data     # no question holds a longer one (PPR-1)
    return b"".join(parts)


def _check_gateway_string(carrier, charset):
    """REQ-4."""
    if carrier != "gateway" or charset != 0:
        raise Refused("REQ-4", "a gateway string on this carrier, or in this charset")


def build_request(application, minimum_version, require_pin, template, charset, content, carrier):
    """The body (REQ-1)."""
    number = CHARSETS[charset]
    if content["format"] in FORMATS:
        request_format = FORMATS.index(content["format"])
        written = _build_content(content, _CODECS[number])
    else:
        request_format = _GATEWAY_STRING
        _check_gateway_string(carrier, number)
        data = push.write(content, application).encode()
        written = len(data).to_bytes(2, "big") + data
    control = (minimum_version << 14 | require_pin << 13 | template << 9 | number << 6
               | request_format << 4 | (application - 1) << 1)
    body = control.to_bytes(2, "big") + written
    if len(body) > BODY_LIMIT[carrier]:
        raise Refused("REQ-11", "a body of %d bytes" % len(body))
    return body


class _Reader:
    """Takes the content of a request from left to right."""

    def __init__(self, data, offset, codec):
        self.data, self.offset, self.codec = data, offset, codec

    def take(self, length):
        start, self.offset = self.offset, self.offset + length
        if self.offset > len(self.data):
            raise Refused("REQ-5", "runs past the end")
        return self.data[start:self.offset]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def text(self, length):
        data = self.take(length)
        try:
            text = data.decode(self.codec)
        except UnicodeDecodeError:
            raise Refused("REQ-7", "not well-formed UTF-8") from None
        check_text(text)                                                       # REQ-9
        return text

    def string(self):
        return self.text(self.number(1))

    def not_empty(self, size, what):
        """A text with its length in `size` bytes; REQ-6 where it is empty."""
        length = self.number(size)
        if length == 0:
            raise Refused("REQ-6", what)
        return self.text(length)


def _parse_content(reader, number, application):
    if number == _GATEWAY_STRING:
        return push.read(reader.not_empty(2, "an empty gateway string"), application)
    request_format = FORMATS[number]
    content = {"format": request_format, "title": reader.string()}
    if request_format == "list":
        count = reader.number(1)
        if not 1 <= count <= 16:
            raise Refused("REQ-6", "%d items" % count)
        content["items"] = [(reader.not_empty(1, "an empty key"), reader.string())
                            for _ in range(count)]
    elif request_format == "challenge":
        content["challenge"] = check_challenge(reader.string())                 # OTP-3
    else:
        content["text"] = reader.not_empty(2, "an empty text")
    return content


def parse_request(body, carrier):
    """Section 13, the client's order."""
    if len(body) < 2 or body[1] & 1:
        raise Refused("REQ-2", "too short, or its last control bit is set")
    control = int.from_bytes(body[:2], "big")
    charset = control >> 6 & 7
    if charset > 1:
        raise Refused("REQ-3", "charset %d" % charset)
    number = control >> 4 & 3
    if number == _GATEWAY_STRING:
        _check_gateway_string(carrier, charset)
    request = Request()
    request.minimum_version = control >> 14
    request.require_pin = bool(control >> 13 & 1)
    request.template = control >> 9 & 15
    request.application = (control >> 1 & 7) + 1
    reader = _Reader(body, 2, _CODECS[charset])
    request.content = _parse_content(reader, number, request.application)
    if reader.offset != len(body):
        raise Refused("REQ-5", "bytes left over")
    return request
