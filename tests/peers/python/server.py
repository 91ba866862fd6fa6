"""The server: one license, the messages it issues, the codes and signatures it verifies."""

import hmac
import os
import re
from typing import NamedTuple

import blobs
import crypto
import messages
import push
import responses
import wire
from license_file import LicenseFile, activation_vector
from refusal import Refused
from track import Track, Windows
from vector import MODE_NAMES, parse_vector
from verifying import Verifier, check_settings

LAST_COUNTER = LAST_GENERATION = LAST_TIME = 0xFFFFFFFF
RESTORED_GAP = 1 << 20          # message counters that a lost state may have used, OPR-2
REQUESTS_KEPT = 256             # of formats 0 to 2, issued last, VER-7
DAY = 86400

UNCONFIRMED, CONFIRMED, DEACTIVATED = "unconfirmed", "confirmed", "deactivated"

_DEVICE_CODE = re.compile(r"[0-9]{26}")
_UNLOCK_CHALLENGE = re.compile(r"[0-9]{8}")


class Instance:
    def __init__(self, device, salt, replaces, message, am1_time):
        self.device = device            # (device type, device id)
        self.salt = salt
        self.replaces = replaces        # AM2-12, until VER-14 ends it
        self.message = message          # AM2, the whole frame
        self.am1_time = am1_time        # of the AM1 it belongs to, AM2-18
        self.tracks = {}                # application index -> Track
        self.status = UNCONFIRMED
        self.signature_failures = 0
        self.information = 0            # counter of the last information message accepted, INF-6

    def snapshot(self):
        return (self.device, self.salt, self.replaces, self.message, self.am1_time, self.status,
                self.information,
                [(index, track.snapshot()) for index, track in sorted(self.tracks.items())])


class Issued(NamedTuple):
    """What is remembered of an AM2 or request; `sequence` is None for a request."""
    hash: bytes
    sequence: int
    application: int


class Server(Verifier):
    def __init__(self, serial, license_key, static_vector, secure_channel, activation_protection,
                 message_protection, post_activation, activation_validity_days,
                 message_age_limit_s, threshold, code_tries, signature_tries,
                 identification_window, signature_window, first_use_s, look_ahead, last_counter,
                 payload_key=None, epoch=None):
        self.vector = parse_vector(static_vector)
        self.vector.check_serial(serial)                                        # AM1-8
        self.vector.check_post_activation(post_activation)                      # AM1-9
        if secure_channel:
            self.vector.check_channel()                                         # STV-7
        self.windows = Windows(identification_window, signature_window, first_use_s, look_ahead)
        check_settings(self.vector, signature_tries, self.windows, secure_channel)

        self.serial = serial
        self.serial_bytes = wire.encode_serial(serial)
        self._hold_license_key(license_key)
        self.activation_protection = activation_protection
        self.policy = messages.build_policy(activation_protection, message_protection,
                                            post_activation)
        self.post_activation = post_activation
        self.validity = DAY * activation_validity_days
        self.age_limit = message_age_limit_s
        self.threshold = threshold
        self.code_tries = code_tries
        self.signature_tries = signature_tries
        self.message_protection = message_protection
        self._hold_payload_key((payload_key or os.urandom(16)) if secure_channel else None)
        self._setup = (serial, static_vector, self.policy, self.validity, message_age_limit_s,
                       threshold, code_tries, signature_tries, identification_window,
                       signature_window, first_use_s, look_ahead)

        self.counter = last_counter     # of the last message issued
        self.last_time = 0              # in the nonce of the last message issued
        self.issued = {}                # counter -> Issued
        self.logins = {}                # challenge key -> Login
        self.am1 = None                 # (time, frame) of the AM1 out
        self.am1_time = None            # of the latest AM1, AM1-14
        self._forget_device()
        self.code_failures = 0
        self.instances = {}             # sequence -> Instance
        self.next_sequence = 1
        self.epoch = epoch or os.urandom(8)                                     # BLB-10
        self.generations = {}           # (sequence, index) of a BLOB -> (generation, content)
        self.settle()
        self.accepted = set()           # counters of requests in `issued`, VER-8

    # ---- licenses and their keys ----

    def _hold_license_key(self, key):
        self.license_key = key
        self.code_mac = crypto.Cmac(crypto.device_code_key(key))
        self.activation_vector = activation_vector(self.vector, self.serial, key)   # KEY-9

    def _application_key(self, instance, sequence, index):
        """KEY-8."""
        return crypto.application_key(self.license_key, self.serial_bytes, sequence, index,
                                      *instance.device, instance.salt)

    def _change_license_key(self, key):
        """With the license key all that is made from it changes, but for messages issued."""
        self._hold_license_key(key)
        for sequence, instance in self.instances.items():
            for index, track in instance.tracks.items():
                track.take_key(self._application_key(instance, sequence, index))

    def _hold_payload_key(self, key):
        """`key` is None without Secure Channel."""
        self.payload_key = key
        self.channel = key and crypto.Channel(key, self.message_protection)

    @classmethod
    def from_file(cls, transport_key, file, serial, last_counter=0, payload_key=None, epoch=None):
        """IMP-1."""
        license = LicenseFile(transport_key, file).license_of(serial)           # IMP-2
        return cls(**license, last_counter=last_counter, payload_key=payload_key, epoch=epoch)

    def reimport(self, transport_key, file, payload_key=None, epoch=None):
        """IMP-3: all is as after an import, but for counter and time of the last message."""
        fresh = self.from_file(transport_key, file, self.serial, self.counter, payload_key, epoch)
        fresh.last_time, fresh.am1_time = self.last_time, self.am1_time
        self.__dict__ = fresh.__dict__

    # ---- devices and instances ----

    def _forget_device(self):
        self.verified = None            # (device type, device id) of the verified device
        self.replace = False            # as its code was last verified before its AM2, AM2-12
        self.awaiting = None            # the sequence number of its AM2, once issued

    def _confirmed_of(self, device_id):
        """VER-4, VER-14, DVC-12: the id alone decides, the type does not."""
        return [instance for instance in self.instances.values()
                if instance.status == CONFIRMED and instance.device[1] == device_id]

    def _instance(self, sequence, requirement="VER-3"):
        instance = self.instances.get(sequence)
        if instance is None:
            raise Refused(requirement, "no instance %d" % sequence)
        return instance

    def confirmed(self, sequence):
        """VER-3, VER-4 for everything but a confirmation."""
        instance = self._instance(sequence)
        if instance.status != CONFIRMED:
            raise Refused("VER-4", "the instance is " + instance.status)
        return instance

    # ---- issuing ----

    def _nonce(self, now):
        """NON-1 to NON-3; nothing is taken before the message is sealed."""
        if self.counter >= LAST_COUNTER:
            raise Refused("NON-3", "no message counter is left")
        return max(now, self.last_time), self.counter + 1

    def _issue(self, kind, channel, nonce, body, sequence=None, application=None,
               request_format=None):
        time, counter = nonce
        header = wire.header(kind, channel.protection, self.serial_bytes,
                             time.to_bytes(4, "big") + counter.to_bytes(4, "big"))
        message = channel.seal(header, body)
        self.last_time, self.counter = nonce
        if kind == wire.AM2 or request_format in messages.FORMATS:              # VER-7
            self.issued[counter] = Issued(crypto.sha256(message), sequence, application)
            requests = sorted(counter for counter, entry in self.issued.items()
                              if entry.sequence is None)
            for forgotten in requests[:-REQUESTS_KEPT]:
                del self.issued[forgotten]
                self.accepted.discard(forgotten)
        return message

    def generate_activation1(self, with_challenge, with_static_vector, now, challenge=None):
        time = now if self.am1_time is None else max(now, self.am1_time + 1)    # AM1-14
        if time > LAST_TIME:
            raise Refused("AM1-15", "no later time is left")
        nonce = bytes(8)
        if with_challenge:
            nonce = challenge or os.urandom(8)
            while not any(nonce):
                nonce = os.urandom(8)
        body = messages.build_am1(time, self.activation_vector, self.policy, with_challenge,
                                  self.vector.raw if with_static_vector else b"")
        sent = wire.header(wire.AM1, 0, self.serial_bytes, nonce) + body
        message = sent + wire.checksum(sent)

        self.am1, self.am1_time = (time, message), time                         # AM1-10
        self.code_failures = 0
        self._forget_device()
        return wire.to_hex(message)

    def verify_device_code(self, device_code, replace, now):
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
        time, am1 = self.am1
        if now > time + self.validity:
            raise Refused("DVC-9", "the activation message 1 is too old")
        if self.code_failures >= self.code_tries:
            raise Refused("DVC-10", "too many wrong codes")
        mac = self.code_mac(crypto.device_code_input(device_type, device_id, am1))
        if not hmac.compare_digest(crypto.device_code(device_type, device_id, mac), device_code):
            self.code_failures += 1
            raise Refused("DVC-11", "the code does not verify")
        if not replace and self._confirmed_of(device_id):
            raise Refused("DVC-12", "the device has a confirmed instance")

        self.code_failures = 0
        for instance in self.instances.values():                                # AM2-18
            if instance.status == UNCONFIRMED and instance.am1_time < time:
                instance.status = DEACTIVATED
        if self.verified != (device_type, device_id):
            self.verified, self.awaiting = (device_type, device_id), None
        if self.awaiting is None:
            self.replace = replace                                              # AM2-12
        return {"device_type": device_type, "device_id": wire.to_hex(device_id)}

    def generate_activation2(self, now, instance_salt=None):
        if self.verified is None:
            raise Refused("AM2-2", "no verified device")
        if self.awaiting is not None:
            message = self.instances[self.awaiting].message                 # AM2-5
            return {"message": wire.to_hex(message), "sequence": self.awaiting}
        sequence = self.next_sequence
        if sequence > self.threshold:
            raise Refused("AM2-4", "no instance is left on the license")
        nonce = self._nonce(now)                                                # NON-3

        device_type, device_id = self.verified
        salt = instance_salt or os.urandom(13)
        channel_key = crypto.am2_channel_key(self.license_key, self.serial_bytes, device_type,
                                             device_id, crypto.sha256(self.am1[1]))
        message = self._issue(wire.AM2, crypto.Channel(channel_key, self.activation_protection),
                              nonce, messages.build_am2(sequence, self.payload_key, salt),
                              sequence, self.post_activation)
        instance = Instance(self.verified, salt, self.replace, message, self.am1[0])
        instance.tracks = {
            index: Track(application, self._application_key(instance, sequence, index))
            for index, application in self.vector.applications.items()}
        self.instances[sequence] = instance
        self.next_sequence = sequence + 1                                       # AM2-3
        self.awaiting = sequence
        return {"message": wire.to_hex(message), "sequence": sequence}

    def check_requests(self, application, request_format):
        """REQ-13, REQ-12."""
        if self.channel is None:
            raise Refused("REQ-13", "a license without Secure Channel")
        parameters = self.vector.applications.get(application)
        if parameters is None or not parameters.answers_requests(request_format):
            raise Refused("REQ-12", "application %d" % application)

    def generate_request(self, now, carrier, application, minimum_version, require_pin, template,
                         charset, content):
        self.check_requests(application, content["format"])
        body = messages.build_request(application, minimum_version, require_pin, template,
                                      charset, content, carrier)
        nonce = self._nonce(now)                                                # NON-3
        return wire.to_hex(self._issue(wire.REQUEST, self.channel, nonce, body,
                                       application=application,
                                       request_format=content["format"]))

    def generate_deactivation(self, sequence, now):
        if self.channel is None:
            raise Refused("DEA-2", "a license without Secure Channel")
        instance = self._instance(sequence, "DEA-3")
        nonce = self._nonce(now)                                                # NON-3
        instance.status = DEACTIVATED                                           # DEA-4
        if self.awaiting == sequence:
            self._forget_device()
        return wire.to_hex(self._issue(wire.DEACTIVATION, self.channel, nonce,
                                       messages.build_deactivation(sequence)))

    def generate_unlock_response(self, sequence, challenge):
        instance = self.confirmed(sequence)
        application = responses.unlock_application(self.vector)                 # UNL-3
        if not _UNLOCK_CHALLENGE.fullmatch(challenge):
            raise Refused("UNL-5", "not 8 digits")
        return responses.unlock_response(application, instance.tracks[application.index].cmac,
                                         challenge)

    # ---- verifying ----

    def verify_message_signature(self, sequence, message, signature, now):
        frame = wire.parse_frame(message, "gateway")
        if frame.serial != self.serial:
            raise Refused("VER-1", "another serial number")
        if frame.type not in (wire.AM2, wire.REQUEST):
            raise Refused("VER-2", "type %d" % frame.type)
        is_request = frame.type == wire.REQUEST
        if is_request:
            instance = self.confirmed(sequence)                                # VER-3, VER-4
        else:
            instance = self._instance(sequence)                                 # VER-3
            if instance.status != UNCONFIRMED:
                raise Refused("VER-4", "the instance is " + instance.status)
            if not instance.replaces and self._confirmed_of(instance.device[1]):
                raise Refused("VER-4", "the device has a confirmed instance")
        self.check_failures(instance)                                           # VER-5
        self._check_age(frame, now)                                             # VER-6
        issued = self.issued.get(frame.counter)
        if issued is None or issued.hash != crypto.sha256(frame.raw) \
                or not is_request and issued.sequence != sequence:
            raise Refused("VER-7", "not issued by this server")
        if frame.counter in self.accepted:
            raise Refused("VER-8", "accepted before")
        track, claim = self._claim_over(instance, issued.application, frame, signature)
        found = self.found(instance, track.search(claim, self.windows, now))

        track.accept(claim, found, now)                                         # VER-14
        instance.signature_failures = 0
        if is_request:
            self.accepted.add(frame.counter)
        else:
            self._confirm(instance)

    def _check_age(self, frame, now):
        """VER-6."""
        if self.age_limit and now > frame.time + self.age_limit:
            raise Refused("VER-6", "the message is too old")

    def _claim_over(self, instance, index, frame, signature):
        """VER-19, VER-10, VER-11."""
        track = instance.tracks[index]
        self.check_sync(track)
        data = responses.data_of_message(track.application, frame.raw)
        return track, responses.claim(track.application, data, signature)

    def verify_details(self, login, signature, now):
        """LGN-16, LGN-17, from VER-4 on; the login counts a wrong signature, too."""
        instance = self.confirmed(login.retriever)
        self.check_failures(instance)                                           # VER-5
        frame = wire.parse_frame(login.details, "gateway")
        self._check_age(frame, now)                                             # VER-6
        track, claim = self._claim_over(instance, login.content["index"], frame, signature)
        found = track.search(claim, self.windows, now)
        login.failures += found is None
        track.accept(claim, self.found(instance, found), now)                   # VER-14
        instance.signature_failures = 0

    def _confirm(self, instance):
        device_id = instance.device[1]
        for other in self._confirmed_of(device_id):     # there is one only where this replaces it
            other.status = DEACTIVATED
        for other in self.instances.values():           # an abandoned one can't push this one out
            if other.device[1] == device_id:
                other.replaces = False
        instance.status = CONFIRMED
        if self.verified is not None and self.verified[1] == device_id:
            self._forget_device()

    def verify_response(self, sequence, application, data, response, now):
        self.verify_data(self.confirmed(sequence), application, data, response, now)

    # ---- information messages ----

    def process_information(self, message, now):
        frame = wire.parse_frame(message, "gateway")
        if frame.serial != self.serial:
            raise Refused("VER-1", "another serial number")
        if frame.type != wire.INFORMATION:
            raise Refused("INF-2", "type %d" % frame.type)
        if self.channel is None:
            raise Refused("INF-3", "a license without Secure Channel")
        instance = self.confirmed(frame.sender)                                 # VER-3, VER-4
        self._check_age(frame, now)                                             # VER-6
        if frame.protection != self.message_protection:
            raise Refused("INF-7", "protection %d" % frame.protection)
        channel = crypto.Channel(self.payload_key, frame.protection, frame.sender)
        body = channel.open(frame)                                              # PRT-4
        if frame.information_counter <= instance.information:
            raise Refused("INF-4", "information counter %d" % frame.information_counter)
        key = push.parse_information(body)                                      # INF-5
        instance.information = frame.information_counter                        # INF-6
        return {"sequence": frame.sender, "challenge_key": wire.to_hex(key)}

    # ---- the operator's actions ----

    def unlock_instance(self, sequence):
        self._instance(sequence).signature_failures = 0                         # OPR-1

    def restored(self, highest_sequence, now):
        self.counter = min(self.counter + RESTORED_GAP, LAST_COUNTER)           # OPR-2
        self.last_time = now
        self.am1_time = max(now, self.am1_time or 0)
        self.am1 = None                                                         # OPR-3
        self._forget_device()
        self.issued = {counter: entry for counter, entry in self.issued.items()
                       if entry.sequence is not None}   # AM2s stay
        self.logins = {}
        self.accepted = set()           # of forgotten requests
        self.next_sequence = max(self.next_sequence, highest_sequence + 1)
        for instance in self.instances.values():
            for track in instance.tracks.values():
                track.restored(now)                                             # OPR-4, OPR-5

    def resynchronise(self, sequence, application, first, second, now):
        self.resynchronise_data(self.confirmed(sequence), application, first, second, now)

    # ---- BLOBs ----

    def _blob_of(self, sequence, index):
        """BLB-6: the instance of an application's BLOB, None for a BLOB of the license."""
        if sequence == 0:
            known, instance = index == 0 or index == 1 and self.channel is not None, None
        else:
            instance = self.instances.get(sequence)
            known = instance is not None and index in instance.tracks
        if not known:
            raise Refused("BLB-6", "the license has no BLOB %d/%d" % (sequence, index))
        return instance

    def _content(self, sequence, index):
        """What the BLOB has to hold."""
        if sequence:
            return blobs.write_track(self.instances[sequence].tracks[index])
        return self.license_key if index == 0 else self.payload_key

    def settle(self):
        """BLB-11, after each operation: the generation of each BLOB."""
        known = [(0, 0)] + ([(0, 1)] if self.channel else [])
        known += [(sequence, index) for sequence, instance in self.instances.items()
                  for index in instance.tracks]
        for place in known:
            content = self._content(*place)
            generation, before = self.generations.get(place, (0, None))
            if content != before:
                self.generations[place] = min(generation + 1, LAST_GENERATION), content

    def seal_blob(self, storage_key, sequence, index, blob_nonce=None):
        self._blob_of(sequence, index)
        generation, content = self.generations[sequence, index]
        return blobs.seal(storage_key, self.serial, sequence, index, self.epoch, generation,
                          content, blob_nonce)

    def load_blob(self, storage_key, sequence, index, blob, now):
        instance = self._blob_of(sequence, index)
        generation, content = blobs.open(storage_key, self.serial, sequence, index, self.epoch,
                                         blob)
        own_generation, own_content = self.generations[sequence, index]
        if generation < own_generation:
            raise Refused("BLB-12", "generation %d" % generation)
        if instance is not None:
            old = instance.tracks[index]
            track = blobs.read_track(content, old.application)
            if not hmac.compare_digest(track.key, old.key):
                raise Refused("BLB-8", "not the application key of this instance")
        else:
            key = blobs.read_key(content)
        if (generation, content) == (own_generation, own_content):              # BLB-13
            return
        if instance is not None:
            old.take_forward(track, now)                                        # BLB-14
        elif index == 0:
            self._change_license_key(key)                                       # BLB-9
        else:
            self._hold_payload_key(key)
        self.generations[sequence, index] = (min(generation + 1, LAST_GENERATION),
                                             self._content(sequence, index))

    # ---- what there is ----

    def describe_instance(self, sequence):
        """INS-1."""
        instance = self._instance(sequence)
        return {"type": "TYP%02d" % instance.device[0],
                "applications": [
                    {"application": index, "mode": MODE_NAMES[application.mode],
                     "name": application.name.decode() + "%02d" % sequence}
                    for index, application in self.vector.applications.items()]}

    # ---- what a test harness sees ----

    def snapshot(self):
        """Everything that decides what this server will do, its counters left out."""
        return (self._setup, self.license_key, self.payload_key, self.counter, self.last_time,
                self.epoch, sorted(self.generations.items()),
                sorted(self.issued.items()), self.am1, self.am1_time, self.verified, self.replace,
                self.awaiting,
                [(sequence, instance.snapshot())
                 for sequence, instance in sorted(self.instances.items())],
                self.next_sequence, sorted(self.accepted),
                [(key, login.snapshot()) for key, login in self.logins.items()])

    def counters(self):
        counters = {"code_failures": self.code_failures}
        for sequence, instance in self.instances.items():
            counters["signature_failures/%02d" % sequence] = instance.signature_failures
        for key, login in self.logins.items():
            counters["login_failures/" + wire.to_hex(key)] = login.failures
        return counters
