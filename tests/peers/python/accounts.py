"""What a client holds of one license: before AM2 and after it (section 12)."""

import crypto
import responses
from refusal import Refused


class PreActivated:
    """A license between its activation messages.

    `policy` is the pair of protections (type 1, the others) and the post-activation index."""

    def __init__(self, serial, vector, policy, am1_hash, license_key):
        self.serial = serial
        self.vector = vector
        self.policy = policy
        self.am1_hash = am1_hash        # of the whole frame, KEY-6
        self.license_key = license_key

    def snapshot(self):
        return self.serial, self.vector.raw, self.policy, self.am1_hash, self.license_key


class Account:
    """One license on this client, from AM2 on: activated, or waiting beside an activated one."""

    def __init__(self, serial, vector, policy, sequence, payload_key, keys, activation_counter,
                 check, am2_hash=None):
        self.serial = serial
        self.vector = vector
        self.policy = policy
        self.sequence = sequence
        self.payload_key = payload_key
        self.channel = None             # None without Secure Channel
        if payload_key is not None:
            self.channel = crypto.Channel(payload_key, self.message_protection)
        self.activation_counter = activation_counter    # the message counter of AM2
        self.check = check              # AM2-13
        self.am2_hash = am2_hash        # of the whole frame, while it waits (AM2-14)
        self.cmacs = {index: crypto.Cmac(key) for index, key in keys.items()}
        self.events = {index: 0 for index in keys}
        self.pin_failures = 0
        self.unlock_failures = 0
        self.unlock_challenge = None    # the one shown
        self.information = 0            # information messages made, NON-4
        self.identity = None            # (user, domain) of the login signed last, PSH-8

    @property
    def message_protection(self):
        return self.policy[1]

    @property
    def locked(self):
        return self.pin_failures >= self.vector.tries

    def check_pin(self, pin, requirement="CLI-15"):
        """What a right PIN does, too (CLI-29)."""
        if pin == "wrong":
            self.pin_failures += 1
            raise Refused(requirement, "wrong PIN")
        if pin == "right":
            self.pin_failures = 0

    def respond(self, index, data, now):
        """The response; the event counter is moved before it is shown (SIG-5)."""
        application = self.vector.applications[index]
        event = 0
        if application.uses_event:
            event = self.events[index]
            self.events[index] = event + 1
        digits = application.digits_at(self.cmacs[index], data)(application.step_at(now), event)
        return application.with_check_digit(digits)

    def sign(self, index, frame, now):
        """Over a message."""
        data = responses.data_of_message(self.vector.applications[index], frame)
        return self.respond(index, data, now)

    def snapshot(self):
        return (self.serial, self.vector.raw, self.policy, self.sequence,
                self.payload_key, self.activation_counter, self.check, self.am2_hash,
                [(index, cmac.key) for index, cmac in sorted(self.cmacs.items())],
                sorted(self.events.items()), self.unlock_challenge, self.information,
                self.identity)
