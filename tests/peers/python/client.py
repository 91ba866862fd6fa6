"""The client: one installed app on one device, one account per license (section 12)."""

import os

import crypto
import messages
import wire
from refusal import Refused
from vector import parse_vector

ACTIVATED, PRE_ACTIVATED = 1, 4


class Account:
    """One license on this client. Which fields are set depends on `state`."""

    def __init__(self, serial, vector, policy):
        self.state = PRE_ACTIVATED
        self.serial = serial
        self.vector = vector
        self.activation_protection, self.message_protection, self.post_activation = policy
        # Until AM2:
        self.challenge = None
        self.license_key = None
        # From AM2 on:
        self.sequence = None
        self.payload_key = None
        self.channel = None             # None without Secure Channel
        self.activation_counter = None  # the message counter of AM2
        self.applications = {}          # index -> Cmac under the application key
        self.events = {}                # index -> event counter
        self.pin_failures = 0

    @property
    def locked(self):
        return self.state == ACTIVATED and self.pin_failures >= self.vector.tries

    def sign(self, index, frame, now):
        """The signature over a frame; the event counter is moved before it is shown (SIG-5)."""
        application = self.vector.applications[index]
        event = 0
        if application.uses_event:
            event = self.events[index]
            self.events[index] = event + 1
        data = application.signature_input(application.step_at(now), event, frame)
        return crypto.response(self.applications[index](data), application.length,
                               application.hexadecimal, application.check_digit)

    def snapshot(self):
        return (self.state, self.serial, self.vector.raw, self.activation_protection,
                self.message_protection, self.post_activation, self.challenge, self.license_key,
                self.sequence, self.payload_key, self.activation_counter,
                [(index, cmac.key) for index, cmac in sorted(self.applications.items())],
                sorted(self.events.items()))


class Client:
    def __init__(self, static_vector, platform_data, device_type, app_version, rooted,
                 root_policy, installation_salt=None):
        self.vector = None if static_vector is None else parse_vector(static_vector)
        self.device_type = device_type
        self.app_version = app_version
        self.refuses_root = rooted and root_policy == "block"
        salt = installation_salt or os.urandom(16)
        self.device_id = crypto.device_id(salt, platform_data)
        self.accounts = {}              # serial -> Account
        self.opened = None              # (account, request, bytes of the frame)
        self._setup = (static_vector, platform_data, device_type, app_version, rooted,
                       root_policy, salt)

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

    def _account(self, frame):
        account = self.accounts.get(frame.serial)
        if account is None:
            raise Refused("CLI-3", "not dedicated to this authenticator")
        return account

    # ---- operations ----

    def activate_license(self, message):
        frame = self._frame(message, "direct", wire.AM1)
        account = self.accounts.get(frame.serial)
        if account is not None and account.state == ACTIVATED:
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

        account = Account(frame.serial, vector, policy)
        account.challenge = frame.nonce
        account.license_key = license_key
        self.accounts[frame.serial] = account
        code_mac = crypto.Cmac(crypto.device_code_key(license_key))
        return crypto.device_code(self.device_type, self.device_id, code_mac(
            crypto.device_code_input(self.device_type, self.device_id, frame.raw)))

    def activate_instance(self, message, now):
        frame = self._frame(message, "direct", wire.AM2)
        account = self._account(frame)
        if account.state != PRE_ACTIVATED:
            raise Refused("AM2-6", "the account is not pre-activated")
        if frame.protection != account.activation_protection:
            raise Refused("AM2-7", "protection %d" % frame.protection)
        serial = frame.raw[2:7]
        channel_key = crypto.am2_channel_key(account.license_key, serial, self.device_type,
                                             self.device_id, account.challenge)
        body = crypto.Channel(channel_key, frame.protection).open(frame)        # PRT-4
        sequence, payload_key, salt = messages.parse_am2(body)                  # AM2-8

        account.applications = {
            index: crypto.Cmac(crypto.application_key(account.license_key, serial, sequence, index,
                                                      self.device_type, self.device_id, salt))
            for index in account.vector.applications}
        account.events = {index: 0 for index in account.applications}
        account.sequence = sequence
        account.payload_key = payload_key
        if payload_key is not None:
            account.channel = crypto.Channel(payload_key, account.message_protection)
        account.activation_counter = frame.counter
        account.license_key = account.challenge = None                          # AM2-9
        account.state = ACTIVATED
        signature = account.sign(account.post_activation, frame.raw, now)       # AM2-10
        return {"serial": account.serial, "sequence": sequence, "signature": signature}

    def open(self, message, carrier):
        frame = self._frame(message, carrier, wire.REQUEST)
        account = self._account(frame)
        if account.state != ACTIVATED:
            raise Refused("CLI-4", "the account is only pre-activated")
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        if account.channel is None:
            raise Refused("CLI-6", "the account received no payload key")
        if frame.protection != account.message_protection:
            raise Refused("CLI-7", "protection %d" % frame.protection)
        body = account.channel.open(frame)                                      # PRT-4
        if frame.counter <= account.activation_counter:
            raise Refused("CLI-8", "message counter %d" % frame.counter)
        request = messages.parse_request(body)                                  # section 13
        if request.minimum_version > self.app_version:
            raise Refused("CLI-9", "app version %d demanded" % request.minimum_version)
        application = account.vector.applications.get(request.application)
        if application is None or not application.signs_requests():
            raise Refused("CLI-10", "application %d" % request.application)

        self.opened = account, request, frame.raw
        return {"serial": account.serial, "sequence": account.sequence,
                "application": request.application, "template": request.template,
                "require_pin": request.require_pin, "title": request.title,
                "items": request.items}

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
        if pin == "wrong":
            account.pin_failures += 1
            raise Refused("CLI-15", "wrong PIN")
        if pin == "right":
            account.pin_failures = 0
        self.opened = None                                                      # CLI-12
        return account.sign(request.application, raw, now)

    # ---- what a test harness sees ----

    def snapshot(self):
        """Everything that decides what this client will do, its counters left out."""
        accounts = [self.accounts[serial].snapshot() for serial in sorted(self.accounts)]
        return self._setup, accounts, self.opened and self.opened[2]

    def counters(self):
        return {"pin_failures/" + serial: account.pin_failures
                for serial, account in self.accounts.items() if account.state == ACTIVATED}
