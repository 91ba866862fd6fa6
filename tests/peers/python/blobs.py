"""BLOBs: secrets and moving values, sealed for a caller to keep (section 22)."""

import base64
import os
import struct

import crypto
import wire
from refusal import Refused
from track import FIELDS_LIMIT, Track

CONTENT_LIMIT = 153
_VERSION = b"\x02"
_OVERHEAD = 33                  # version, generation, nonce, tag
_ACCEPTED, _OUT_OF_SYNC = 1, 2
_SHIFT_LIMIT = 1 << 40
_NUMBER_LIMIT = 2 ** 53 - 1
_VALUES = struct.Struct(">B16sqQQQB")


# ---- sealing ------------------------------------------------------------------

def _key(storage_key, serial, sequence, index):
    """BLB-2."""
    context = wire.encode_serial(serial) + bytes([sequence, index])
    return crypto.kdf(storage_key, "blob", context, 128)


def seal(storage_key, serial, sequence, index, epoch, generation, content, blob_nonce=None):
    """BLB-1, BLB-2."""
    nonce = blob_nonce or os.urandom(12)
    head = _VERSION + generation.to_bytes(4, "big")
    sealed = crypto.gcm_seal(_key(storage_key, serial, sequence, index), nonce, content,
                             head + epoch)
    return base64.b64encode(head + nonce + sealed).decode()


def open(storage_key, serial, sequence, index, epoch, blob):
    """BLB-3, BLB-4, BLB-5: generation and content."""
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError:
        raise Refused("BLB-3", "not base64") from None
    if base64.b64encode(raw).decode() != blob:
        raise Refused("BLB-3", "not the one form of base64")
    if not _OVERHEAD <= len(raw) <= _OVERHEAD + CONTENT_LIMIT:
        raise Refused("BLB-3", "%d bytes" % len(raw))
    if raw[:1] != _VERSION:
        raise Refused("BLB-4", "version %d" % raw[0])
    return int.from_bytes(raw[1:5], "big"), crypto.gcm_open(
        _key(storage_key, serial, sequence, index), raw[5:17], raw[17:], "BLB-5", raw[:5] + epoch)


# ---- contents -----------------------------------------------------------------

def read_key(content):
    """BLB-7 for a license key or payload key."""
    _demand(len(content) == 16, "a key of %d bytes" % len(content))
    return content


def write_track(track):
    """The content of an application's BLOB."""
    flags = (_ACCEPTED if track.used else 0) | (0 if track.in_sync else _OUT_OF_SYNC)
    return _VALUES.pack(flags, track.key, track.shift, track.last_step, track.next_otp,
                        track.next_event, len(track.signed)) + b"".join(sorted(track.signed))


def read_track(content, application):
    """BLB-7: the track of an application that has this content."""
    _demand(len(content) >= _VALUES.size, "a content of %d bytes" % len(content))
    flags, key, shift, last_step, next_otp, next_event, n = _VALUES.unpack_from(content)
    hashes = [content[at:at + 8] for at in range(_VALUES.size, len(content), 8)]
    _demand(n <= FIELDS_LIMIT and len(content) == _VALUES.size + 8 * n, "a content of %d bytes, "
            "%d hashes" % (len(content), n))
    _demand(all(a < b for a, b in zip(hashes, hashes[1:])), "hashes that do not ascend")
    _demand(flags <= _ACCEPTED | _OUT_OF_SYNC, "a reserved flag")
    _demand(abs(shift) <= _SHIFT_LIMIT, "shift")
    _demand(max(last_step, next_otp, next_event) <= _NUMBER_LIMIT, "a number too high")
    if not application.uses_time:
        _demand(shift == last_step == 0, "steps of an application without time")
    if not application.only_time:               # VER-17, VER-18
        _demand(next_otp == n == 0, "values for time alone")
    if not application.uses_event:
        _demand(next_event == 0 and not flags & _OUT_OF_SYNC,
                "events of an application without them")
    track = Track(application, key)
    track.used, track.in_sync = bool(flags & _ACCEPTED), not flags & _OUT_OF_SYNC
    track.shift, track.last_step = shift, last_step
    track.next_otp, track.next_event = next_otp, next_event
    track.signed = set(hashes)
    return track


def _demand(condition, what):
    if not condition:
        raise Refused("BLB-7", what)
