"""The server's side of a single-device license (sections 28 to 30)."""

import activation
import binding
import responses
import single_state as storage
import wire
from refusal import Refused
from track import Track, Windows
from vector import RO, parse_vector
from verifying import Verifier, check_settings


class SingleServer(Verifier):
    """Its own holder of tracks and failures."""

    def __init__(self, serial, license_key, static_vector, loaded=False, **parameters):
        self.serial, self.five = serial, wire.encode_serial(serial)
        self.parameters = parameters
        self.signature_tries = parameters["signature_tries"]
        self.windows = Windows(parameters["identification_window"], parameters["signature_window"],
                               parameters["first_use_s"], parameters["look_ahead"])
        self._take(license_key, self._parse(static_vector, loaded))
        self.tracks = self._new_tracks()

    def _parse(self, static_vector, loaded=False):
        vector = parse_vector(static_vector)
        vector.check_serial(self.serial)                                        # AM1-8
        if not loaded:                                                          # VER-24
            check_settings(vector, self.signature_tries, self.windows, False)
        return vector

    def _take(self, license_key, vector):
        self.license_key, self.vector = license_key, vector
        self.signature_failures = 0
        self.platform = None                    # D of the platform it is bound to

    def _key_of(self, index):
        return activation.application_key(self.license_key, self.five, index, self.platform)

    def _new_tracks(self):
        return {index: Track(application, self._key_of(index))
                for index, application in self.vector.applications.items()}

    def reimport(self, license_key, static_vector):
        """SDL-29."""
        vector = self._parse(static_vector)
        old = self.tracks if license_key == self.license_key else {}
        self._take(license_key, vector)
        self.tracks = self._new_tracks()
        for index, track in self.tracks.items():
            if index in old and old[index].moves_as(track.application):
                old[index].application = track.application
                old[index].take_key(track.key)
                self.tracks[index] = old[index]

    # ---- activating ----

    def generate_activation_code(self, hexadecimal):
        return activation.write_code(self.vector.master_key, self.five, self.license_key,
                                     hexadecimal)

    def generate_event_reactivation_counter(self):
        return activation.write_counter(self.license_key, self.five, {
            index: self.tracks[index].next_event for index in self.vector.with_events()})

    def generate_full_activation_data(self, shared_secret, with_counter, activation_nonce=None):
        counter = self.generate_event_reactivation_counter() if with_counter else ""
        return activation.write_data(self.vector, self.five, self.license_key, counter,
                                     shared_secret, activation_nonce)

    # ---- verifying ----

    def _check_serial(self, serial):
        if serial[3:] != self.serial[3:]:
            raise Refused("SDL-14", "another serial number")
        if serial != self.serial:
            raise Refused("SDL-13", "the prefix is from another static vector")

    def verify_response(self, serial, application, data, response, now):
        self._check_serial(serial)
        self.verify_data(self, application, data, response, now)                # SDL-28

    def verify_derivation_code(self, serial, challenge, code, replace, now):
        self._check_serial(serial)
        self.check_failures(self)                                               # VER-5
        application = binding.deriving_application(self.vector, challenge)
        platform, mac = binding.read_code(code)                                 # BND-6, BND-8
        track = self.tracks[application.index]
        self.check_sync(track)                                                  # VER-19
        digits_at = binding.mac_digits(self.license_key, self.five, application, platform,
                                       challenge)
        claim = responses.Claim(responses.Data(responses.RESPONSE_ONLY, RO, []), mac)
        found = self.found(self, track.search(
            claim, self.windows, now, lambda step, event: digits_at(step, event) == mac), "BND-9")

        if self.platform not in (None, platform) and not replace:
            raise Refused("BND-11", "the license is bound to another platform")

        track.accept(claim, found, now)                                         # BND-10
        self.signature_failures = 0
        self.platform = platform
        for index, track in self.tracks.items():
            track.take_key(self._key_of(index))

    def unlock(self):
        self.signature_failures = 0                                             # OPR-1

    def resynchronise(self, application, first, second, now):
        self.resynchronise_data(self, application, first, second, now)

    # ---- storage ----

    def save(self, storage_key, state_nonce=None):
        return storage.seal(storage.LICENSE, storage_key, storage.write_license(
            self.serial, self.license_key, self.vector, self.parameters, self.signature_failures,
            self.platform, self.tracks), state_nonce)

    @classmethod
    def load(cls, storage_key, state):
        setup, failures, platform, tracks = storage.read_license(storage_key, state,
                                                                 activation.application_key)
        server = cls(**setup, loaded=True)
        server.signature_failures, server.platform, server.tracks = failures, platform, tracks
        return server

    # ---- what a test harness sees ----

    def snapshot(self):
        return (self.serial, self.license_key, self.vector.raw, sorted(self.parameters.items()),
                self.platform, [(index, track.snapshot())
                                for index, track in sorted(self.tracks.items())])

    def counters(self):
        return {"signature_failures": self.signature_failures}
