"""The client's state: what it writes to its storage (section 23)."""

import hmac
import os
import re

import crypto
import push
import wire
from accounts import Account, PreActivated
from messages import build_policy, parse_policy
from refusal import Refused
from responses import unlock_application
from vector import parse_vector

_START = b"CPC"
_VERSION = b"\x02"
_HEADER, _MAC = 32, 16          # up to the installation salt; the device type follows
_SHORTEST = 51
_ACTIVATED, _PRE_ACTIVATED, _PAYLOAD_KEY, _CHALLENGE, _INFORMATION, _IDENTITY = 1, 2, 4, 8, 16, 32
_WAITING, _WAITING_PAYLOAD_KEY = 64, 128
_PLACE_ACTIVATED, _PLACE_WAITING, _PLACE_PRE_ACTIVATED = range(3)               # CST-2
_SERIALS = 32
_EVENT_LIMIT = 2 ** 53 - 1

_DIGITS = re.compile(rb"[0-9]{8}")


class _Keys:
    """CST-2, CST-3: the keys of one state, under its platform key."""

    def __init__(self, platform_key, nonce, salt):
        self._platform_key, self._nonce, self._salt = platform_key, nonce, salt

    def _sealing_key(self, label, serial, place, index):
        context = self._salt + serial + bytes([place, index])
        return crypto.kdf(self._platform_key, label, context, 128)

    def seal(self, key, label, serial, place, index=0):
        return crypto.gcm_seal(self._sealing_key(label, serial, place, index), self._nonce, key)

    def open(self, sealed, label, serial, place, index=0):
        return crypto.gcm_open(self._sealing_key(label, serial, place, index), self._nonce,
                               sealed, "CST-8")

    def mac(self, data):
        return crypto.Cmac(crypto.kdf(self._platform_key, "client-state", self._salt, 128))(data)


# ---- writing ------------------------------------------------------------------

def write(platform_key, salt, device_type, activated, waiting, pre_activated, nonce=None):
    """CST-1; each kind of accounts by serial number."""
    nonce = nonce or os.urandom(12)
    keys = _Keys(platform_key, nonce, salt)
    serials = sorted(activated.keys() | pre_activated.keys(), key=wire.encode_serial)
    data = _START + _VERSION + nonce + salt + bytes([device_type]) \
        + len(serials).to_bytes(2, "big")
    for serial in serials:
        data += _account(keys, wire.encode_serial(serial), activated.get(serial),
                         waiting.get(serial), pre_activated.get(serial))
    return data + keys.mac(data)


def _head(account):
    return bytes([account.sequence]) + _policy(account) \
        + account.activation_counter.to_bytes(4, "big")


def _vector_and_keys(keys, serial, account, place):
    data = _vector(account)
    if account.payload_key is not None:
        data += keys.seal(account.payload_key, "client-payload", serial, place)
    for index in account.vector.applications:
        data += account.events[index].to_bytes(8, "big") \
            + keys.seal(account.cmacs[index].key, "client-application", serial, place, index)
    return data


def _account(keys, serial, account, waiting, pre):
    flags, rest = 0, b""
    if account is not None:
        flags |= _ACTIVATED
        if account.payload_key is not None:
            flags |= _PAYLOAD_KEY
        rest += _head(account) + account.check \
            + bytes([account.pin_failures, account.unlock_failures])
        if account.unlock_challenge is not None:
            flags |= _CHALLENGE
            rest += account.unlock_challenge.encode("ascii")
        if account.information:
            flags |= _INFORMATION
            rest += account.information.to_bytes(3, "big")
        if account.identity is not None:
            flags |= _IDENTITY
            for text in account.identity:
                rest += len(text.encode()).to_bytes(2, "big") + text.encode()
        rest += _vector_and_keys(keys, serial, account, _PLACE_ACTIVATED)
    if waiting is not None:
        flags |= _WAITING | (0 if waiting.payload_key is None else _WAITING_PAYLOAD_KEY)
        rest += _head(waiting) + waiting.am2_hash \
            + _vector_and_keys(keys, serial, waiting, _PLACE_WAITING)
    if pre is not None:
        flags |= _PRE_ACTIVATED
        rest += pre.am1_hash + _policy(pre) + _vector(pre) \
            + keys.seal(pre.license_key, "client-license", serial, _PLACE_PRE_ACTIVATED)
    return serial + bytes([flags]) + rest


def _policy(account):
    return build_policy(*account.policy).to_bytes(2, "big")


def _vector(account):
    return len(account.vector.raw).to_bytes(2, "big") + account.vector.raw


# ---- reading ------------------------------------------------------------------

def _demand(condition, what):
    if not condition:
        raise Refused("CST-7", what)


class _Reader:
    """Takes what is between the installation salt and the MAC, from left to right."""

    def __init__(self, data, keys):
        self.data, self.keys, self.offset = data, keys, 0

    def take(self, length):
        start, self.offset = self.offset, self.offset + length
        _demand(self.offset <= len(self.data), "runs past the end")
        return self.data[start:self.offset]

    def number(self, size, low, high, what):
        value = int.from_bytes(self.take(size), "big")
        _demand(low <= value <= high, "%s of %d" % (what, value))
        return value

    def serial(self):
        """The five bytes and the text."""
        data = self.take(5)
        self._as(wire.decode_serial, data)
        return data, wire.decode_serial(data)

    def policy(self):
        policy = parse_policy(int.from_bytes(self.take(2), "big"))
        _demand(policy is not None, "a policy that AM1-6 refuses")
        return policy

    def vector(self, serial):
        vector = parse_vector(self.take(int.from_bytes(self.take(2), "big")))   # section 8
        self._as(vector.check_serial, serial)                                   # by AM1-8
        return vector

    def identity_text(self, name):
        """What PSH-5 allows, as UTF-8."""
        data = self.take(int.from_bytes(self.take(2), "big"))
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Refused("CST-7", "a %s that is not UTF-8" % name) from None
        self._as(lambda text: push.check_written(text, name), text)
        return text

    @staticmethod
    def _as(check, value):
        """What another requirement would refuse of a state is CST-7."""
        try:
            check(value)
        except Refused as refusal:
            raise Refused("CST-7", refusal.detail) from None

    def key(self, label, serial, place, index=0):
        return self.keys.open(self.take(32), label, serial, place, index)       # CST-8

    # ---- accounts ----

    def head(self):
        """Sequence number, policy and the counter of AM2."""
        return self.number(1, 1, 99, "a sequence number"), self.policy(), \
            int.from_bytes(self.take(4), "big")

    def keys_of(self, five, vector, with_payload_key, place):
        """What follows the vector: payload key, application keys, events."""
        payload_key = self.key("client-payload", five, place) if with_payload_key else None
        keys, events = {}, {}
        for index, application in vector.applications.items():
            limit = _EVENT_LIMIT if application.uses_event else 0
            events[index] = self.number(8, 0, limit, "an event")
            keys[index] = self.key("client-application", five, place, index)
        return payload_key, keys, events

    def activated(self, five, serial, flags):
        sequence, policy, counter = self.head()
        check = self.take(16)
        pin_failures, unlock_failures = self.take(2)
        challenge = None
        if flags & _CHALLENGE:
            challenge = self.take(8)
            _demand(_DIGITS.fullmatch(challenge), "an unlock challenge that is not 8 digits")
            challenge = challenge.decode()
        information = 0
        if flags & _INFORMATION:
            information = self.number(3, 1, push.LAST_COUNTER, "an information counter")
        identity = None
        if flags & _IDENTITY:
            identity = self.identity_text("user"), self.identity_text("domain")
        vector = self.vector(serial)
        _demand(max(pin_failures, unlock_failures) <= vector.tries, "more failures than tries")
        if challenge is not None:
            _check_shown(pin_failures, vector)
        payload_key, keys, events = self.keys_of(five, vector, flags & _PAYLOAD_KEY,
                                                 _PLACE_ACTIVATED)
        account = Account(serial, vector, policy, sequence, payload_key, keys, counter, check)
        account.events = events
        account.pin_failures, account.unlock_failures = pin_failures, unlock_failures
        account.unlock_challenge = challenge
        account.information, account.identity = information, identity
        return account

    def waiting(self, five, serial, flags, check):
        sequence, policy, counter = self.head()
        am2_hash, vector = self.take(32), self.vector(serial)
        self._as(vector.check_post_activation, policy[2])                       # by AM1-9
        payload_key, keys, events = self.keys_of(five, vector, flags & _WAITING_PAYLOAD_KEY,
                                                 _PLACE_WAITING)
        account = Account(serial, vector, policy, sequence, payload_key, keys, counter, check,
                          am2_hash)
        account.events = events
        return account

    def pre_activated(self, five, serial):
        am1_hash, policy, vector = self.take(32), self.policy(), self.vector(serial)
        self._as(vector.check_post_activation, policy[2])                       # by AM1-9
        return PreActivated(serial, vector, policy, am1_hash,
                            self.key("client-license", five, _PLACE_PRE_ACTIVATED))


def _check_shown(pin_failures, vector):
    """CST-11."""
    try:
        unlock_application(vector)
    except Refused as refusal:
        raise Refused("CST-11", refusal.detail) from None
    if pin_failures < vector.tries:
        raise Refused("CST-11", "an unlock challenge of an account that is not locked")


def read(platform_key, data):
    """CST-4 to CST-11: (installation salt, device type, activated, waiting, pre-activated)."""
    if not data.startswith(_START) or len(data) < _SHORTEST:
        raise Refused("CST-4", "not a client's state")
    if data[3:4] != _VERSION:
        raise Refused("CST-5", "version %d" % data[3])
    salt = data[16:_HEADER]
    keys = _Keys(platform_key, data[4:16], salt)
    if not hmac.compare_digest(keys.mac(data[:-_MAC]), data[-_MAC:]):
        raise Refused("CST-6", "the MAC does not fit")

    reader = _Reader(data[_HEADER:-_MAC], keys)
    device_type = reader.number(1, 0, 99, "a device type")
    activated, waiting, pre_activated, last = {}, {}, {}, b""
    count = reader.number(2, 0, 0xFFFF, "accounts")
    if count > _SERIALS:
        raise Refused("CST-10", "%d serial numbers" % count)
    for _ in range(count):
        five, serial = reader.serial()
        _demand(five > last, "accounts out of order")
        last = five
        flags = reader.number(1, 0, 255, "flags")
        _demand(flags & (_ACTIVATED | _PRE_ACTIVATED), "neither activated nor pre-activated")
        _demand(flags & _ACTIVATED or not flags & (_PAYLOAD_KEY | _CHALLENGE | _WAITING),
                "flags of an account that is not activated")
        _demand(flags & _PAYLOAD_KEY or not flags & (_INFORMATION | _IDENTITY),
                "flags of an account without a payload key")
        _demand(not flags & _WAITING or not flags & _PRE_ACTIVATED, "waiting and pre-activated")
        _demand(flags & _WAITING or not flags & _WAITING_PAYLOAD_KEY,
                "a payload key of no waiting account")
        if flags & _ACTIVATED:
            activated[serial] = reader.activated(five, serial, flags)
        if flags & _WAITING:
            waiting[serial] = reader.waiting(five, serial, flags, activated[serial].check)
        if flags & _PRE_ACTIVATED:
            pre_activated[serial] = reader.pre_activated(five, serial)
    _demand(reader.offset == len(reader.data), "bytes left over")
    return salt, device_type, activated, waiting, pre_activated
