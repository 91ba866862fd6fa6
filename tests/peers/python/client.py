"""The client: one installed app on one device, one account per license (section 12)."""

import hmac
import os

import crypto
import messages
import responses
import wire
from refusal import Refused
from vector import parse_vector

ACTIVATED, LOCKED, PRE_ACTIVATED = 1, 2, 4


class PreActivated:
    """A license between its activation messages."""

    def __init__(self, serial, vector, policy, challenge, license_key):
        self.serial = serial
        self.vector = vector
        self.activation_protection, self.message_protection, self.post_activation = policy
        self.challenge = challenge
        self.license_key = license_key

    def snapshot(self):
        return (self.serial, self.vector.raw, self.activation_protection, self.message_protection,
                self.post_activation, self.challenge, self.license_key)


class Account:
    """One activated license on this client, from AM2 on."""

    def __init__(self, pre, sequence, payload_key, keys, activation_counter):
        self.serial = pre.serial
        self.vector = pre.vector
        self.message_protection = pre.message_protection
        self.sequence = sequence
        self.payload_key = payload_key
        self.channel = None             # None without Secure Channel
        if payload_key is not None:
            self.channel = crypto.Channel(payload_key, pre.message_protection)
        self.activation_counter = activation_counter    # the message counter of AM2
        self.cmacs = {index: crypto.Cmac(key) for index, key in keys.items()}
        self.events = {index: 0 for index in keys}
        self.pin_failures = 0
        self.unlock_failures = 0
        self.unlock_challenge = None    # the one shown

    @property
    def locked(self):
        return self.pin_failures >= self.vector.tries

    def check_pin(self, pin):
        """CLI-15; what a right PIN does, too."""
        if pin == "wrong":
            self.pin_failures += 1
            raise Refused("CLI-15", "wrong PIN")
        if pin == "right":
            self.pin_failures = 0

    def respond(self, index, mode, fields, now):
        """The response; the event counter is moved before it is shown (SIG-5)."""
        application = self.vector.applications[index]
        event = 0
        if application.uses_event:
            event = self.events[index]
            self.events[index] = event + 1
        data = application.input(mode, application.step_at(now), event, fields)
        return application.response(self.cmacs[index](data))

    def sign(self, index, frame, now):
        """Over a message: the mode is the application's own (SIG-4)."""
        return self.respond(index, self.vector.applications[index].mode, [frame], now)

    def snapshot(self):
        return (self.serial, self.vector.raw, self.message_protection, self.sequence,
                self.payload_key, self.activation_counter,
                [(index, cmac.key) for index, cmac in sorted(self.cmacs.items())],
                sorted(self.events.items()), self.unlock_challenge)


class Client:
    def __init__(self, static_vector, platform_data, device_type, app_version, rooted,
                 root_policy, replacement, installation_salt=None):
        self.vector = None if static_vector is None else parse_vector(static_vector)
        self.device_type = device_type
        self.app_version = app_version
        self.refuses_root = rooted and root_policy == "block"
        self.replacement = replacement
        salt = installation_salt or os.urandom(16)
        self.device_id = crypto.device_id(salt, platform_data)
        self.activated = {}             # serial -> Account
        self.pre_activated = {}         # serial -> PreActivated; perhaps beside an activated one
        self.opened = None              # (account, request, bytes of the frame)
        self._setup = (static_vector, platform_data, device_type, app_version, rooted,
                       root_policy, replacement, salt)

    # ---- what the operations have in common ----

    def _check_root(self):
        if self.refuses_root:
            raise Refused("CLI-1", "rooted device")

    def _frame(self, message, carrier, kind):
        self._check_root()
        frame = wire.parse_frame(message, carrier)
        if frame.type != kind:
            raise Refused("CLI-2", "type %d" % frame.type)
        return frame

    def _check_serial(self, serial):
        if serial not in self.activated and serial not in self.pre_activated:
            raise Refused("CLI-3", "not dedicated to this authenticator")

    def _activated(self, serial):
        """CLI-3, CLI-4."""
        self._check_serial(serial)
        if serial not in self.activated:
            raise Refused("CLI-4", "the account is only pre-activated")
        return self.activated[serial]

    @staticmethod
    def _open_frame(account, frame):
        """CLI-6, CLI-7, PRT-4, CLI-8: the body of a request or deactivation."""
        if account.channel is None:
            raise Refused("CLI-6", "the account received no payload key")
        if frame.protection != account.message_protection:
            raise Refused("CLI-7", "protection %d" % frame.protection)
        body = account.channel.open(frame)                                      # PRT-4
        if frame.counter <= account.activation_counter:
            raise Refused("CLI-8", "message counter %d" % frame.counter)
        return body

    def _forget(self, serial):
        """The activated account goes, and the message opened on it with it."""
        account = self.activated.pop(serial, None)
        if self.opened is not None and self.opened[0] is account:
            self.opened = None

    # ---- operations ----

    def activate_license(self, message):
        frame = self._frame(message, "direct", wire.AM1)
        if frame.serial in self.activated and not self.replacement:
            raise Refused("AM1-11", "the account is activated already")
        if frame.tag != wire.checksum(frame.raw[:-8]):
            raise Refused("FRM-12", "the checksum does not fit")
        wrapped, policy, carried = messages.parse_am1(frame)        # AM1-3 to AM1-6
        if carried is None and self.vector is None:
            raise Refused("AM1-7", "no static vector, neither here nor in the message")
        vector = self.vector if carried is None else parse_vector(carried)
        if frame.serial[:3] != vector.prefix:
            raise Refused("AM1-8", "the static vector belongs to another serial prefix")
        post_activation = vector.applications.get(policy[2])
        if post_activation is None or not post_activation.signs_activation():
            raise Refused("AM1-9", "the post-activation application cannot sign")
        kek = crypto.wrapping_key(vector.master_key, frame.raw[2:7])
        license_key = crypto.key_unwrap(kek, wrapped)               # KEY-10

        # An activated account stays as it is (AM1-12).
        self.pre_activated[frame.serial] = PreActivated(frame.serial, vector, policy, frame.nonce,
                                                        license_key)
        code_mac = crypto.Cmac(crypto.device_code_key(license_key))
        return crypto.device_code(self.device_type, self.device_id, code_mac(
            crypto.device_code_input(self.device_type, self.device_id, frame.raw)))

    def activate_instance(self, message, now):
        frame = self._frame(message, "direct", wire.AM2)
        self._check_serial(frame.serial)
        pre = self.pre_activated.get(frame.serial)
        if pre is None:
            raise Refused("AM2-6", "no account is pre-activated")
        if frame.protection != pre.activation_protection:
            raise Refused("AM2-7", "protection %d" % frame.protection)
        serial = frame.raw[2:7]
        channel_key = crypto.am2_channel_key(pre.license_key, serial, self.device_type,
                                             self.device_id, pre.challenge)
        body = crypto.Channel(channel_key, frame.protection).open(frame)        # PRT-4
        sequence, payload_key, salt = messages.parse_am2(body)                  # AM2-8

        keys = {index: crypto.application_key(pre.license_key, serial, sequence, index,
                                              self.device_type, self.device_id, salt)
                for index in pre.vector.applications}
        self._forget(frame.serial)                                              # AM2-11
        del self.pre_activated[frame.serial]                                    # AM2-9
        account = Account(pre, sequence, payload_key, keys, frame.counter)
        self.activated[frame.serial] = account
        signature = account.sign(pre.post_activation, frame.raw, now)           # AM2-10
        return {"serial": account.serial, "sequence": sequence, "signature": signature}

    def open(self, message, carrier):
        frame = self._frame(message, carrier, wire.REQUEST)
        account = self._activated(frame.serial)
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        body = self._open_frame(account, frame)
        request = messages.parse_request(body)                                  # section 13
        if request.minimum_version > self.app_version:
            raise Refused("CLI-9", "app version %d demanded" % request.minimum_version)
        application = account.vector.applications.get(request.application)
        if application is None \
                or not application.answers_requests(request.content["format"]):
            raise Refused("CLI-10", "application %d" % request.application)

        self.opened = account, request, frame.raw
        content = dict(request.content)
        if content["format"] == "challenge":
            del content["title"]                                                # CLI-11
        return {"serial": account.serial, "sequence": account.sequence,
                "application": request.application, "template": request.template,
                "require_pin": request.require_pin, "content": content}

    def sign(self, approved, pin, now):
        """The signature, or None where the user rejected."""
        self._check_root()
        if self.opened is None:
            raise Refused("CLI-12", "no message is open")
        account, request, raw = self.opened
        if account.locked:
            raise Refused("CLI-16", "the account is locked")
        if not approved:                                                        # CLI-13
            self.opened = None
            return None
        if request.require_pin and pin == "cached":
            raise Refused("CLI-14", "the request demands the PIN")
        account.check_pin(pin)                                                  # CLI-15
        self.opened = None                                                      # CLI-12
        return account.sign(request.application, raw, now)

    def deactivate(self, message, carrier):
        frame = self._frame(message, carrier, wire.DEACTIVATION)
        account = self._activated(frame.serial)
        sequence = messages.parse_deactivation(self._open_frame(account, frame))    # DEA-5
        if sequence != account.sequence:
            raise Refused("DEA-6", "the account's sequence number is %d" % account.sequence)
        self._forget(frame.serial)                                              # DEA-7
        return {"serial": frame.serial, "sequence": sequence}

    def generate_response(self, serial, application, data, pin, now):
        self._check_root()
        account = self._activated(serial)
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        parameters = responses.find_application(account.vector, application, data)  # OTP-2
        fields = responses.fields_of(parameters, data)                          # OTP-3, OTP-4
        account.check_pin(pin)                                                  # CLI-15
        return account.respond(application, responses.MODE_OF[data["kind"]], fields, now)

    # ---- unlocking ----

    def _to_unlock(self, serial):
        """CLI-1, CLI-3, CLI-4 and the first part of UNL-2."""
        self._check_root()
        account = self._activated(serial)
        if not account.locked:
            raise Refused("UNL-2", "the account is not locked")
        return account

    @staticmethod
    def _check_attempts(account):
        if account.unlock_failures >= account.vector.tries:
            raise Refused("UNL-6", "too many wrong unlock responses")

    def generate_unlock_challenge(self, serial, unlock_challenge=None):
        account = self._to_unlock(serial)
        self._check_attempts(account)
        responses.unlock_application(account.vector)                            # UNL-3
        account.unlock_challenge = responses.unlock_digits(unlock_challenge or os.urandom(8))
        return account.unlock_challenge

    def unlock(self, serial, response):
        account = self._to_unlock(serial)
        if account.unlock_challenge is None:
            raise Refused("UNL-2", "no challenge is shown")
        self._check_attempts(account)
        application = responses.unlock_application(account.vector)
        # A right check digit says nothing more; digits are compared in upper case.
        responses.digits_of(application, response)                              # VER-10, VER-11
        expected = responses.unlock_response(application, account.cmacs[application.index],
                                             account.unlock_challenge)
        if not hmac.compare_digest(expected, response.upper()):
            account.unlock_failures += 1
            raise Refused("UNL-7", "not the response to the challenge shown")
        account.pin_failures = account.unlock_failures = 0                      # UNL-8
        account.unlock_challenge = None

    # ---- what there is ----

    def list_accounts(self):
        """CLI-18."""
        self._check_root()
        return [self._describe(serial)
                for serial in sorted(self.activated.keys() | self.pre_activated.keys())]

    def _describe(self, serial):
        account = self.activated.get(serial)
        if account is None:
            return {"serial": serial, "state": PRE_ACTIVATED, "sequence": None,
                    "pre_activated": True}
        return {"serial": serial, "state": LOCKED if account.locked else ACTIVATED,
                "sequence": account.sequence, "pre_activated": serial in self.pre_activated}

    # ---- what a test harness sees ----

    def snapshot(self):
        """Everything that decides what this client will do, its counters left out."""
        accounts = [[accounts[serial].snapshot() for serial in sorted(accounts)]
                    for accounts in (self.activated, self.pre_activated)]
        return self._setup, accounts, self.opened and self.opened[2]

    def counters(self):
        counters = {}
        for serial, account in self.activated.items():
            counters["pin_failures/" + serial] = account.pin_failures
            counters["unlock_failures/" + serial] = account.unlock_failures
        return counters
