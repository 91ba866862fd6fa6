"""App-to-app: URLs, callbacks, masks (section 26)."""

import re

import wire
from displayed import check_text
from refusal import NUMBER_OF, Refused

URL_LIMIT = 16384
ACTION = "app2app_secure_channel"
CALLBACKS = ("x-success", "x-error", "x-cancel")
MESSAGE = "secure_message"
STATE = "state"                 # the one that may be missing
_REQUIRED = CALLBACKS + (MESSAGE,)
_NAMES = _REQUIRED + (STATE,)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,63}")
_URL = re.compile(r"[\x21-\x7e]*")
_RAW = re.compile(r"(?:[A-Za-z0-9._~!'()*-]|%25[0-9A-Fa-f]{2})+")
_STATE = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

OTP = "%_OTP_%"
_MASK = re.compile("%_(OTP|PlatformName|SerialNumber|SequenceNumber|UserIdentifier|Version"
                   "|DeviceIdentifier|RootingStatus|State)_%")
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
    """What `app2app.parse` checks: the call, and the message as it stands."""
    values = {}
    for name, value in _parts(_query(url, scheme, platform)):
        if name in values:
            raise Refused("A2A-4", name + " stands twice")
        values[name] = value
    for name in _REQUIRED:
        if name not in values:
            raise Refused("A2A-5", name + " is missing")
    check_state(values.get(STATE))
    callbacks = {name: _decode_callback(name, values[name]) for name in CALLBACKS}
    return Call(callbacks, values.get(STATE)), values[MESSAGE]


def check_state(state):
    """A2A-27."""
    if state is not None and not _STATE.fullmatch(state):
        raise Refused("A2A-27", "a state that is not 1 to 64 unreserved characters")


class Call:
    """What a URL asks to be called, and the state it gives to the call."""

    def __init__(self, callbacks, state):
        self.callbacks, self.state = callbacks, state

    def snapshot(self):
        return sorted(self.callbacks.items()), self.state


def failed_call(scheme, platform, url):
    """A2A-13, but for the white list: a call with x-error alone, or None."""
    try:
        parts = list(_parts(_query(url, scheme, platform)))
        found = [value for name, value in parts if name == "x-error"]
        if len(found) != 1:
            return None
        callback = _decode_callback("x-error", found[0])
    except Refused:
        return None
    states = [value for name, value in parts if name == STATE]
    usable = len(states) == 1 and _STATE.fullmatch(states[0])                   # A2A-29
    return Call({"x-error": callback}, states[0] if usable else None)


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
        """A2A-9, the URL, A2A-10: the call and the message."""
        if not self.enabled:
            raise Refused("A2A-9", "app-to-app is off")
        call, message = parse(self.scheme, self.platform, url)
        for name in CALLBACKS:
            if call.callbacks[name] not in self.white_list:
                raise Refused("A2A-10", name + " is not on the white list")
        return call, message

    def failed(self, url):
        """A2A-13."""
        call = failed_call(self.scheme, self.platform, url)
        return call if call and call.callbacks["x-error"] in self.white_list else None

    def call(self, call, name, account, otp=None):
        return self._fill(call.callbacks[name], call, account, otp)

    def call_error(self, call, refusal, account=None):
        template = with_error(call.callbacks["x-error"], NUMBER_OF[refusal.refusal])
        return self._fill(template, call, account)

    def _fill(self, template, call, account, otp=None):
        """A2A-19: the URL that is called; `account` is that of the message."""
        values = {**self.values, "State": call.state or ""}                     # A2A-29
        if account is not None:
            values.update(SerialNumber=account.serial, SequenceNumber="%02d" % account.sequence)
        if otp is not None:
            values["OTP"] = otp
        return fill(template, values)

    def snapshot(self):
        return self._setup


# ---- the third-party app ------------------------------------------------------

def build(scheme, x_success, x_error, x_cancel, message, state):
    """A2A-21: the URL."""
    check_scheme(scheme)
    check_state(state)
    templates = dict(zip(CALLBACKS, (x_success, x_error, x_cancel)))
    for name, callback in templates.items():
        check_template(name, callback)
    frame = wire.parse_frame(message, "direct")
    if frame.type != wire.REQUEST:
        raise Refused("CLI-2", "type %d" % frame.type)
    url = "%s://%s?%s&%s=%s" % (scheme, ACTION, "&".join(
        name + "=" + percent_encode(percent_encode(callback))
        for name, callback in templates.items()), MESSAGE, wire.to_hex(frame.raw))
    if state is not None:
        url += "&%s=%s" % (STATE, state)
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
