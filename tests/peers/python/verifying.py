"""Verifying responses without a message (section 15): what both kinds of servers do."""

import responses
from refusal import Refused
from vector import UL


def check_settings(vector, tries, windows, secure_channel):
    """VER-21, VER-22."""
    applications = [a for a in vector.applications.values() if a.enabled and a.mode != UL]
    for requirement, part, first_use in (("VER-21", 100, False), ("VER-22", 20, True)):
        for a in applications:
            n = a.length - a.check_digit
            if tries * windows.candidates(a, secure_channel, first_use) \
                    > (16 if a.hexadecimal else 10) ** n // part:
                raise Refused(requirement, "application %d could be guessed" % a.index)


class Verifier:
    """A base class; it has `vector`, `windows` and `signature_tries`.

    A *holder* has `tracks` (application index -> Track) and `signature_failures`: an instance, or
    a single-device license."""

    def check_failures(self, holder):
        """VER-5."""
        if holder.signature_failures >= self.signature_tries:
            raise Refused("VER-5", "too many wrong signatures")

    @staticmethod
    def check_sync(track):
        """VER-19."""
        if not track.in_sync:
            raise Refused("VER-19", "the application has to be resynchronised")

    @staticmethod
    def found(holder, found, requirement="VER-12"):
        """VER-12 for what a search has found."""
        if found is None:
            holder.signature_failures += 1
            raise Refused(requirement, "no candidate gives this")
        return found

    def verify_data(self, holder, application, data, response, now):
        """From VER-5 on."""
        self.check_failures(holder)
        parameters = responses.find_application(self.vector, application, data)     # OTP-2
        data = responses.data_of(parameters, data)                  # OTP-3, OTP-4, ALG-8
        track = holder.tracks[application]
        self.check_sync(track)                                                  # VER-19
        claim = responses.claim(parameters, data, response)                     # VER-10, VER-11
        found = self.found(holder, track.search(claim, self.windows, now))
        track.check_fields(claim, found[0])                                     # VER-18, VER-20

        track.accept(claim, found, now)                                         # VER-14
        holder.signature_failures = 0

    def resynchronise_data(self, holder, application, first, second, now):
        """OPR-6, from VER-5 on."""
        self.check_failures(holder)
        for answer in (first, second):
            parameters = responses.find_application(self.vector, application, answer["data"])
        if not parameters.uses_event:
            raise Refused("OPR-7", "an application without events")
        data = [responses.data_of(parameters, answer["data"]) for answer in (first, second)]
        claims = [responses.claim(parameters, own, answer["response"])
                  for answer, own in zip((first, second), data)]                # VER-10, VER-11
        track = holder.tracks[application]
        found = self.found(holder, track.search_two(*claims, self.windows, now))

        track.accept(claims[1], found, now)                                     # OPR-6
        track.in_sync = True
        holder.signature_failures = 0
