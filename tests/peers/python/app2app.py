"""App-to-app: URLs, callbacks, masks (section 26)."""

import re

import wire
from displayed import check_text
from refusal import NUMBER_OF, Refused

URL_LIMIT = 16384
ACTION = "app2app_secure_channel"
CALLBACKS = ("x-success", "x-error", "x-cancel")
MESSAGE = "secure_message"
_NAMES = CALLBACKS + (MESSAGE,)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,63}")
_URL = re.compile(r"[\x21-\x7e]*")
_RAW = re.compile(r"(?:[A-Za-z0-9._~!'()*-]|%25[0-9A-Fa-f]{2})+")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

OTP = "%_OTP_%"
_MASK = re.compile("%_(OTP|PlatformName|SerialNumber|SequenceNumber|UserIdentifier|Version"
                   "|DeviceIdentifier|RootingStatus)_%")
_VALUE = r"((?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)"
_INSEPARABLE = re.compile(r"[A-Za-z0-9._~%-]")


def check_scheme(scheme):
    if not _SCHEME.fullmatch(scheme):
        raise Refused("A2A-25", "not a scheme in lower case")


# ---- percent-encoding ---------------------------------------------------------

def percent_encode(text):
    return "".join(chr(byte) if byte in _UNRESERVED else "%%%02X" % byte
                   for byte in text.encode())


def _decode_bytes(data):
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), data)


def percent_decode(text):
    """A2A-26: once."""
    if _BROKEN.search(text):
        raise Refused("A2A-26", "a % without two hexadecimal digits")
    try:
        return _decode_bytes(text.encode()).decode()
    except UnicodeDecodeError:
        raise Refused("A2A-26", "not UTF-8") from None


# ---- callbacks ----------------------------------------------------------------

def _check_decoded(callback):
    """A2A-7, what it says of the decoded form."""
    try:
        check_text(callback)
    except Refused as refusal:
        raise Refused("A2A-7", refusal.detail) from None
    if " " in callback or not _ABSOLUTE.match(callback):
        raise Refused("A2A-7", "a blank, or no scheme")


def _check_masks(name, callback):
    """A2A-8."""
    if name != "x-success" and OTP in callback:
        raise Refused("A2A-8", "a signature for " + name)


def _decode_callback(name, raw):
    """A2A-6 to A2A-8."""
    if not _RAW.fullmatch(raw):
        raise Refused("A2A-6", name + " is not encoded twice")
    try:
        callback = _decode_bytes(_decode_bytes(raw.encode("ascii"))).decode()
    except UnicodeDecodeError:
        raise Refused("A2A-7", name + " is not UTF-8") from None
    _check_decoded(callback)
    _check_masks(name, callback)
    return callback


def check_template(name, callback):
    """A2A-22."""
    _check_decoded(callback)
    _check_masks(name, callback)
    if any(_INSEPARABLE.match(callback, found.end()) for found in _MASK.finditer(callback)):
        raise Refused("A2A-22", "a value could not be told from what follows it")


def with_error(callback, number):
    """A2A-14; the masks are still in it."""
    before, sharp, fragment = callback.partition("#")
    return before + _joint(before) + "ErrorCode=%d" % number + sharp + fragment


def _joint(before):
    if before.endswith(("?", "&")):
        return ""
    return "&" if "?" in before else "?"


def fill(callback, values):
    """A2A-19, A2A-20; a mask without a value is empty."""
    return _MASK.sub(lambda found: percent_encode(values.get(found[1], "")), callback)


# ---- the URL that calls the client --------------------------------------------

def _query(url, scheme, platform):
    """A2A-1, A2A-2: what stands behind the `?`."""
    if len(url) > URL_LIMIT or not _URL.fullmatch(url) or "#" in url:
        raise Refused("A2A-1", "too long, or a character that no URL has")
    start = "%s://%s?" % (scheme, ACTION)
    if scheme is None or url[:len(start)].lower() != start.lower() \
            or platform == "android" and not url.startswith(scheme):
        raise Refused("A2A-2", "another scheme or action")
    return url[len(start):]


def _parts(query):
    """A2A-3: pairs of a known name and its value."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name.lower() in _NAMES:
            yield name.lower(), value


def parse(scheme, platform, url):
    """What `app2app.parse` checks: the callbacks, decoded, and the message as it stands."""
    values = {}
    for name, value in _parts(_query(url, scheme, platform)):
        if name in values:
            raise Refused("A2A-4", name + " stands twice")
        values[name] = value
    for name in _NAMES:
        if name not in values:
            raise Refused("A2A-5", name + " is missing")
    return {name: _decode_callback(name, values[name]) for name in CALLBACKS}, values[MESSAGE]


def error_callback(scheme, platform, url):
    """A2A-13, but for the white list: x-error, or None."""
    try:
        found = [value for name, value in _parts(_query(url, scheme, platform))
                 if name == "x-error"]
        return _decode_callback("x-error", found[0]) if len(found) == 1 else None
    except Refused:
        return None


def error(refusal):
    """What dispatch and answer tell of an error (A2A-12)."""
    return {"number": NUMBER_OF[refusal.refusal], "class": refusal.refusal}


class Configuration:
    """What `client.set_app2app` was given."""

    def __init__(self, enabled=False, scheme=None, white_list=(), platform="android",
                 platform_name="", version="", device_identifier=bytes(32)):
        if scheme is not None:
            check_scheme(scheme)
        self.enabled, self.scheme, self.platform = enabled, scheme, platform
        self.white_list = list(white_list)
        self.values = {
            "PlatformName": platform_name, "Version": version, "RootingStatus": "false",
            "DeviceIdentifier": wire.to_hex(device_identifier) if platform == "android" else ""}
        self._setup = (enabled, scheme, self.white_list, platform, platform_name, version,
                       device_identifier)

    def accept(self, url):
        """A2A-9, the URL, A2A-10: the callbacks and the message."""
        if not self.enabled:
            raise Refused("A2A-9", "app-to-app is off")
        callbacks, message = parse(self.scheme, self.platform, url)
        for name in CALLBACKS:
            if callbacks[name] not in self.white_list:
                raise Refused("A2A-10", name + " is not on the white list")
        return callbacks, message

    def error_callback(self, url):
        """A2A-13."""
        callback = error_callback(self.scheme, self.platform, url)
        return callback if callback in self.white_list else None

    def call(self, callback, account=None, otp=None):
        """A2A-19: the URL that is called; `account` is that of the message."""
        values = dict(self.values)
        if account is not None:
            values.update(SerialNumber=account.serial, SequenceNumber="%02d" % account.sequence)
        if otp is not None:
            values["OTP"] = otp
        return fill(callback, values)

    def call_error(self, callback, refusal, account=None):
        return self.call(with_error(callback, NUMBER_OF[refusal.refusal]), account)

    def snapshot(self):
        return self._setup


# ---- the third-party app ------------------------------------------------------

def build(scheme, x_success, x_error, x_cancel, message):
    """A2A-21: the URL."""
    check_scheme(scheme)
    templates = dict(zip(CALLBACKS, (x_success, x_error, x_cancel)))
    for name, callback in templates.items():
        check_template(name, callback)
    frame = wire.parse_frame(message, "direct")
    if frame.type != wire.REQUEST:
        raise Refused("CLI-2", "type %d" % frame.type)
    url = "%s://%s?%s&%s=%s" % (scheme, ACTION, "&".join(
        name + "=" + percent_encode(percent_encode(callback))
        for name, callback in templates.items()), MESSAGE, wire.to_hex(frame.raw))
    if len(url) > URL_LIMIT:
        raise Refused("A2A-1", "%d characters" % len(url))
    return url


def _pattern(template):
    """A2A-23: the pattern of the URLs that fit, and the masks in their order."""
    parts = _MASK.split(template)           # text, mask, text, …
    return _VALUE.join(map(re.escape, parts[::2])), parts[1::2]


def _values(masks, found):
    """A2A-24 for what stands in the place of masks."""
    values = {}
    for mask, escaped in zip(masks, found):
        try:
            value = percent_decode(escaped)
        except Refused:
            raise Refused("A2A-24", mask + " is not UTF-8") from None
        if mask == "OTP" and value == "" or values.setdefault(mask, value) != value:
            raise Refused("A2A-24", mask + " is empty, or stands twice with two values")
    return values


def read(x_success, x_error, x_cancel, url):
    """A2A-23, A2A-24: which callback was called, with which values."""
    templates = dict(zip(CALLBACKS, (x_success, x_error, x_cancel)))
    for name, callback in templates.items():
        check_template(name, callback)
    before, sharp, fragment = x_error.partition("#")
    pattern, masks = _pattern(before)
    behind, more = _pattern(sharp + fragment)
    found = re.fullmatch(pattern + re.escape(_joint(before)) + "ErrorCode=([1-8])" + behind, url)
    if found:
        at = len(masks)
        values = found.groups()
        return {"outcome": "error", "error": int(values[at]),
                "values": _values(masks + more, values[:at] + values[at + 1:])}
    for outcome, template in (("success", x_success), ("cancel", x_cancel)):
        pattern, masks = _pattern(template)
        found = re.fullmatch(pattern, url)
        if found:
            return {"outcome": outcome, "error": None, "values": _values(masks, found.groups())}
    raise Refused("A2A-24", "none of the three callbacks")
