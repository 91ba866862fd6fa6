"""The server's view of one application of one instance: drift, counters, candidates (15)."""

import hmac

import crypto
from refusal import Refused
from vector import CR, MM, RO, SG

FIRST_USE_LIMIT = 300           # steps, VER-16
FIELDS_LIMIT = 12               # signatures over fields at one step, VER-20
RESYNCHRONISE = 200             # events, OPR-6


class Windows:
    """How far a server looks; the parameters of a license."""

    def __init__(self, identification, signature, first_use, look_ahead):
        self.identification, self.signature = identification, signature
        self.first_use, self.look_ahead = first_use, look_ahead

    def candidates(self, application, secure_channel, first_use):
        """How many there are at most ("Settings that can't be guessed", section 15)."""
        events = self.look_ahead + 1 if application.uses_event else 1
        if not application.uses_time:
            return events
        mode, reaches = application.mode, []
        if mode in (RO, CR, MM):
            reaches.append(self.identification // 2)
        if mode in (SG, MM) or mode == CR and secure_channel and application.secure_channel:
            reaches.append(self.signature // 2)
        if first_use:
            reaches.append(min(FIRST_USE_LIMIT, self.first_use // application.step))
        return (2 * max(reaches) + 1) * events


def hash_of(fields):
    """What is remembered of accepted fields (section 22)."""
    return crypto.sha256(crypto.field_bytes(fields))[:8]


class Track:
    __slots__ = ("application", "cmac", "shift", "last_step", "next_otp", "signed",
                 "next_event", "used", "in_sync")

    def __init__(self, application, key):
        self.application = application
        self.take_key(key)
        self.shift = 0
        self.last_step = 0              # last accepted, or raised to by OPR-4; 0 excludes nothing
        self.next_otp = 0               # lowest step for response-only and challenge, VER-17
        self.signed = set()             # hashes of data fields accepted at the last step, VER-18
        self.next_event = 0
        self.used = False               # something was accepted, VER-16
        self.in_sync = True             # VER-19

    def moves_as(self, application):
        """SDL-29: steps and events of this application mean the same."""
        def meaning(a):
            return a.algorithm, a.factor, a.step, a.suite and a.suite.text
        return meaning(self.application) == meaning(application)

    def take_key(self, key):
        self.cmac = crypto.Cmac(key)

    @property
    def key(self):
        return self.cmac.key

    def snapshot(self):
        return (self.key, self.shift, self.last_step, self.next_otp, sorted(self.signed),
                self.next_event, self.used, self.in_sync)

    # ---- candidates ----

    def _steps(self, claim, windows, now, first_use):
        """VER-13: the candidate steps, nearest first; `first_use` says whether VER-16 applies."""
        if not self.application.uses_time:
            return [0]
        reach = (windows.identification if claim.identifies else windows.signature) // 2  # VER-15
        if first_use:                                                           # VER-16
            reach = max(reach, min(windows.first_use // self.application.step, FIRST_USE_LIMIT))
        lowest = self.last_step
        if claim.identifies:
            lowest = max(lowest, self.next_otp)                                 # VER-17
        centre = self.application.step_at(now) + self.shift
        steps = [centre]
        for distance in range(1, reach + 1):
            steps += centre - distance, centre + distance
        return [step for step in steps if step >= lowest]

    def _gives(self, claim):
        """The function that says whether the response is that of a step and event."""
        digits_at = self.application.digits_at(self.cmac, claim)
        return lambda step, event: hmac.compare_digest(digits_at(step, event), claim.digits)

    def search(self, claim, windows, now, gives=None):
        """The first candidate (step, event) that gives the response, or None; `gives` takes the
        place of the application's own algorithm."""
        events = (range(self.next_event, self.next_event + windows.look_ahead + 1)
                  if self.application.uses_event else (0,))
        gives = gives or self._gives(claim)
        for step in self._steps(claim, windows, now, not self.used):
            for event in events:
                if gives(step, event):
                    return step, event
        return None

    def search_two(self, first, second, windows, now):
        """OPR-6: the (step, event) of the second of two responses in a row, or None."""
        def finder(claim):
            """The function from an event to the first step that gives the response, or None."""
            gives, steps = self._gives(claim), self._steps(claim, windows, now, False)
            return lambda event: next((step for step in steps if gives(step, event)), None)
        find_first, find_second = finder(first), finder(second)
        for event in range(self.next_event, self.next_event + RESYNCHRONISE + 1):
            if find_first(event) is not None:
                step = find_second(event + 1)
                if step is not None:
                    return step, event + 1
        return None

    # ---- acceptance ----

    def check_fields(self, claim, step):
        """VER-18, VER-20."""
        if claim.kind != "fields" or not self.application.only_time or step != self.last_step:
            return
        if hash_of(claim.fields) in self.signed:
            raise Refused("VER-18", "these fields were accepted at this step")
        if len(self.signed) >= FIELDS_LIMIT:
            raise Refused("VER-20", "no more fields are accepted at this step")

    def accept(self, claim, found, now):
        """VER-14, what it says of one application."""
        step, event = found
        self.used = True
        if self.application.uses_event:
            self.next_event = event + 1
        if not self.application.uses_time:
            return
        if step != self.last_step:
            self.signed = set()         # what is below the last step is no candidate any more
        self.shift = step - self.application.step_at(now)
        self.last_step = step
        if self.application.only_time and claim.identifies:
            self.next_otp = step + 1
        elif self.application.only_time and claim.kind == "fields":
            self.signed.add(hash_of(claim.fields))

    def take_forward(self, other, now):
        """BLB-14: this is the server's, `other` a BLOB's."""
        self.shift = other.shift
        self.used = self.used or other.used
        if other.last_step >= self.last_step:
            self.signed = other.signed
        self.last_step = max(self.last_step, other.last_step)
        self.next_otp = max(self.next_otp, other.next_otp)
        self.next_event = max(self.next_event, other.next_event)
        self.restored(now)

    def restored(self, now):
        """OPR-4, OPR-5. No acceptance: shift, VER-16, VER-17 stay; fields below are past."""
        if self.application.uses_event:
            self.in_sync = False
        if self.application.uses_time:
            step = self.application.step_at(now) + self.shift + 1
            if step > self.last_step:       # never below 0, so neither is what it becomes
                self.last_step = step
                self.signed = set()
