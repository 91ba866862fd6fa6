"""The server: one license, the messages it issues, the codes and signatures it verifies."""

import hmac
import os
import re

import crypto
import messages
import wire
from refusal import Refused
from vector import parse_vector

LAST_COUNTER = 0xFFFFFFFF
REPLAY_WINDOW = 64
DAY = 86400

_DEVICE_CODE = re.compile(r"[0-9]{26}")
_DECIMAL = re.compile(r"[0-9]*")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]*")


class Application:
    """The server's view of one application of one instance: key, drift, counters."""

    __slots__ = ("cmac", "shift", "last_step", "next_event")

    def __init__(self, key):
        self.cmac = crypto.Cmac(key)
        self.shift = 0
        self.last_step = None
        self.next_event = 0


class Instance:
    def __init__(self, device, message, applications):
        self.device = device            # (device type, device id)
        self.message = message          # AM2, the whole frame
        self.applications = applications
        self.confirmed = False
        self.signature_failures = 0

    def snapshot(self):
        return (self.device, self.message, self.confirmed,
                [(index, a.cmac.key, a.shift, a.last_step, a.next_event)
                 for index, a in sorted(self.applications.items())])


class Server:
    def __init__(self, serial, license_key, static_vector, secure_channel, activation_protection,
                 message_protection, post_activation, activation_validity_days,
                 message_age_limit_s, threshold, code_tries, signature_tries, window, look_ahead,
                 last_counter, payload_key=None):
        self.vector = parse_vector(static_vector)
        if serial[:3] != self.vector.prefix:
            raise Refused("AM1-8", "the static vector belongs to another serial prefix")
        application = self.vector.applications.get(post_activation)
        if application is None or not application.signs_activation():
            raise Refused("AM1-9", "the post-activation application cannot sign")

        self.serial = serial
        self.serial_bytes = wire.encode_serial(serial)
        self.license_key = license_key
        self.activation_protection = activation_protection
        self.policy = messages.build_policy(activation_protection, message_protection,
                                            post_activation)
        self.post_activation = post_activation
        self.validity = DAY * activation_validity_days
        self.age_limit = message_age_limit_s
        self.threshold = threshold
        self.code_tries = code_tries
        self.signature_tries = signature_tries
        self.window = window
        self.look_ahead = look_ahead
        self.message_protection = message_protection
        self.payload_key = (payload_key or os.urandom(16)) if secure_channel else None
        self.channel = (crypto.Channel(self.payload_key, message_protection)
                        if secure_channel else None)
        self.code_mac = crypto.Cmac(crypto.device_code_key(license_key))
        kek = crypto.wrapping_key(self.vector.master_key, self.serial_bytes)
        self.activation_vector = crypto.key_wrap(kek, license_key)              # KEY-9
        self._setup = (serial, license_key, static_vector, secure_channel, self.policy,
                       self.validity, message_age_limit_s, threshold, code_tries,
                       signature_tries, window, look_ahead, self.payload_key)

        self.counter = last_counter     # of the last message issued
        self.last_time = 0              # in the nonce of the last message issued
        self.issued = {}                # counter -> (hash, sequence of an AM2 or None, application)
        self.am1 = None                 # (time, challenge, frame) of the AM1 out
        self.verified = None            # (device type, device id) of the verified device
        self.awaiting = None            # the sequence number of its AM2, once issued
        self.code_failures = 0
        self.instances = []             # sequence n is element n - 1
        self.accepted = set()           # accepted request counters that VER-9 leaves open
        self.highest = None             # the highest counter accepted so far

    def _has_confirmed(self, device_id):
        return any(instance.confirmed and instance.device[1] == device_id
                   for instance in self.instances)

    # ---- issuing ----

    def _nonce(self, now):
        """NON-1 to NON-3; nothing is taken before the message is sealed."""
        if self.counter >= LAST_COUNTER:
            raise Refused("NON-3", "no message counter is left")
        return max(now, self.last_time), self.counter + 1

    def _issue(self, kind, channel, nonce, body, sequence, application):
        time, counter = nonce
        header = wire.header(kind, channel.protection, self.serial_bytes,
                             time.to_bytes(4, "big") + counter.to_bytes(4, "big"))
        message = channel.seal(header, body)
        self.last_time, self.counter = nonce
        self.issued[counter] = crypto.sha256(message), sequence, application
        return message

    def generate_activation1(self, with_challenge, with_static_vector, now, challenge=None):
        nonce = bytes(8)
        if with_challenge:
            nonce = challenge or os.urandom(8)
            while not any(nonce):
                nonce = os.urandom(8)
        body = messages.build_am1(now, self.activation_vector, self.policy, with_challenge,
                                  self.vector.raw if with_static_vector else b"")
        sent = wire.header(wire.AM1, 0, self.serial_bytes, nonce) + body
        message = sent + wire.checksum(sent)

        self.am1 = now, nonce, message                                          # AM1-10
        self.code_failures = 0
        self.verified = self.awaiting = None
        return wire.to_hex(message)

    def verify_device_code(self, device_code, now):
        if not _DEVICE_CODE.fullmatch(device_code):
            raise Refused("DVC-4", "not 26 digits")
        if crypto.check_digit(device_code[:25], False) != device_code[25]:
            raise Refused("DVC-5", "wrong check digit")
        n = int(device_code[:25])
        if n >> 83:
            raise Refused("DVC-6", "the number has more than 83 bits")
        device_type, device_id = n >> 76, (n >> 36 & 0xFFFFFFFFFF).to_bytes(5, "big")
        if device_type > 99:
            raise Refused("DVC-7", "device type %d" % device_type)
        if self.am1 is None:
            raise Refused("DVC-8", "no activation message 1 was issued")
        time, _, am1 = self.am1
        if now > time + self.validity:
            raise Refused("DVC-9", "the activation message 1 is too old")
        if self.code_failures >= self.code_tries:
            raise Refused("DVC-10", "too many wrong codes")
        mac = self.code_mac(crypto.device_code_input(device_type, device_id, am1))
        if not hmac.compare_digest(crypto.device_code(device_type, device_id, mac), device_code):
            self.code_failures += 1
            raise Refused("DVC-11", "the code does not verify")
        if self._has_confirmed(device_id):
            raise Refused("DVC-12", "the device has a confirmed instance")

        self.code_failures = 0
        if self.verified != (device_type, device_id):
            self.verified, self.awaiting = (device_type, device_id), None
        return {"device_type": device_type, "device_id": wire.to_hex(device_id)}

    def generate_activation2(self, now, instance_salt=None):
        if self.verified is None:
            raise Refused("AM2-2", "no verified device")
        if self.awaiting is not None:
            message = self.instances[self.awaiting - 1].message                 # AM2-5
            return {"message": wire.to_hex(message), "sequence": self.awaiting}
        sequence = len(self.instances) + 1
        if sequence > self.threshold:
            raise Refused("AM2-4", "no instance is left on the license")
        nonce = self._nonce(now)                                                # NON-3

        device_type, device_id = self.verified
        salt = instance_salt or os.urandom(13)
        channel_key = crypto.am2_channel_key(self.license_key, self.serial_bytes, device_type,
                                             device_id, self.am1[1])
        message = self._issue(wire.AM2, crypto.Channel(channel_key, self.activation_protection),
                              nonce, messages.build_am2(sequence, self.payload_key, salt),
                              sequence, self.post_activation)
        self.instances.append(Instance(self.verified, message, {
            index: Application(crypto.application_key(self.license_key, self.serial_bytes,
                                                      sequence, index, device_type, device_id,
                                                      salt))
            for index in self.vector.applications}))
        self.awaiting = sequence
        return {"message": wire.to_hex(message), "sequence": sequence}

    def generate_request(self, now, carrier, application, minimum_version, require_pin, template,
                         charset, title, items):
        if self.channel is None:
            raise Refused("REQ-13", "a license without Secure Channel")
        parameters = self.vector.applications.get(application)
        if parameters is None or not parameters.signs_requests():
            raise Refused("REQ-12", "application %d" % application)
        body = messages.build_request(application, minimum_version, require_pin, template,
                                      charset, title, items, carrier)
        nonce = self._nonce(now)                                                # NON-3
        return wire.to_hex(self._issue(wire.REQUEST, self.channel, nonce, body, None,
                                       application))

    # ---- verifying ----

    def verify_message_signature(self, sequence, message, signature, now):
        frame = wire.parse_frame(message, "gateway")
        if frame.serial != self.serial:
            raise Refused("VER-1", "another serial number")
        if frame.type not in (wire.AM2, wire.REQUEST):
            raise Refused("VER-2", "type %d" % frame.type)
        if sequence > len(self.instances):
            raise Refused("VER-3", "no instance %d" % sequence)
        instance = self.instances[sequence - 1]
        is_request = frame.type == wire.REQUEST
        if is_request and not instance.confirmed:
            raise Refused("VER-4", "the instance is not yet confirmed")
        if not is_request and self._has_confirmed(instance.device[1]):
            raise Refused("VER-4", "the device has a confirmed instance")
        if instance.signature_failures >= self.signature_tries:
            raise Refused("VER-5", "too many wrong signatures")
        if now > frame.time + self.age_limit:
            raise Refused("VER-6", "the message is too old")
        known, owner, index = self.issued.get(frame.counter, (None, None, None))
        if known != crypto.sha256(frame.raw) or not is_request and owner != sequence:
            raise Refused("VER-7", "not issued by this server")
        if is_request and frame.counter in self.accepted:
            raise Refused("VER-8", "accepted before")
        if is_request and self.highest is not None \
                and frame.counter <= self.highest - REPLAY_WINDOW:
            raise Refused("VER-9", "too far below the highest accepted")
        parameters = self.vector.applications[index]
        digits = self._signature_digits(parameters, signature)                  # VER-10, VER-11
        track = instance.applications[index]
        found = self._search(parameters, track, frame.raw, digits, now)
        if found is None:
            instance.signature_failures += 1
            raise Refused("VER-12", "the signature does not verify")

        step, event = found                                                     # VER-14
        if parameters.uses_time:
            track.shift = step - parameters.step_at(now)
            track.last_step = step
        if parameters.uses_event:
            track.next_event = event + 1
        instance.signature_failures = 0
        if is_request:
            self._accept(frame.counter)
        else:
            instance.confirmed = True
            # The id alone decides, as for VER-4 and DVC-12; the type does not.
            if self.verified is not None and self.verified[1] == instance.device[1]:
                self.verified = self.awaiting = None

    @staticmethod
    def _signature_digits(parameters, signature):
        """VER-10 and VER-11: the digits of a signature without their check digit."""
        alphabet = _HEXADECIMAL if parameters.hexadecimal else _DECIMAL
        if len(signature) != parameters.length or not alphabet.fullmatch(signature):
            raise Refused("VER-10", "not a signature of this application")
        digits = signature.upper()
        if not parameters.check_digit:
            return digits
        if crypto.check_digit(digits[:-1], parameters.hexadecimal) != digits[-1]:
            raise Refused("VER-11", "wrong check digit")
        return digits[:-1]

    def _steps(self, parameters, track, now):
        """VER-13: the candidate steps, nearest first."""
        if not parameters.uses_time:
            yield 0
            return
        centre = parameters.step_at(now) + track.shift
        lowest = track.last_step or 0
        for distance in range(self.window // 2 + 1):
            if centre - distance >= lowest:
                yield centre - distance
            if distance and centre + distance >= lowest:
                yield centre + distance

    def _search(self, parameters, track, frame, digits, now):
        """The first candidate (step, event) that gives the signature, or None."""
        events = (range(track.next_event, track.next_event + self.look_ahead + 1)
                  if parameters.uses_event else (0,))
        for step in self._steps(parameters, track, now):
            for event in events:
                r = track.cmac(parameters.signature_input(step, event, frame))
                expected = crypto.response(r, len(digits), parameters.hexadecimal, False)
                if hmac.compare_digest(expected, digits):
                    return step, event
        return None

    def _accept(self, counter):
        self.highest = counter if self.highest is None else max(self.highest, counter)
        self.accepted.add(counter)
        self.accepted = {c for c in self.accepted if c > self.highest - REPLAY_WINDOW}

    # ---- what a test harness sees ----

    def snapshot(self):
        """Everything that decides what this server will do, its counters left out."""
        return (self._setup, self.counter, self.last_time, sorted(self.issued.items()), self.am1,
                self.verified, self.awaiting,
                [instance.snapshot() for instance in self.instances],
                sorted(self.accepted), self.highest)

    def counters(self):
        counters = {"code_failures": self.code_failures}
        for number, instance in enumerate(self.instances, 1):
            counters["signature_failures/%02d" % number] = instance.signature_failures
        return counters
