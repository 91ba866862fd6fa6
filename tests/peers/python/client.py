"""The client: one installed app on one device, one account per license (section 12)."""

import hmac
import os

import app2app
import crypto
import messages
import push
import responses
import state as storage
import wire
from accounts import Account, PreActivated
from refusal import Refused
from vector import parse_vector

ACTIVATED, LOCKED, PRE_ACTIVATED = 1, 2, 4
SERIALS = 32                    # CLI-22


class Opened:
    """A message on display; `call` is that of the app that sent it by a URL."""

    def __init__(self, handle, account, request, frame, call):
        self.handle, self.account, self.request, self.raw = handle, account, request, frame.raw
        self.call = call

    def snapshot(self):
        return self.handle, self.raw, self.call and self.call.snapshot()


class Client:
    def __init__(self, static_vector, platform_data, device_type, app_version, rooted,
                 root_policy, replacement, installation_salt=None):
        self.vector = None if static_vector is None else parse_vector(static_vector)
        self.device_type = device_type
        self.app_version = app_version
        self.refuses_root = rooted and root_policy == "block"
        self.replacement = replacement
        self.salt = installation_salt or os.urandom(16)
        self.platform_data = platform_data
        self.activated = {}             # serial -> Account
        self.pre_activated = {}         # serial -> PreActivated; perhaps beside an activated one
        self.waiting = {}               # serial -> Account beside an activated one, AM2-11
        self.opened = None
        self.handles = 0                # messages put on display, CLI-25
        self.app2app = app2app.Configuration()
        self._setup = (static_vector, platform_data, device_type, app_version, rooted,
                       root_policy, replacement, self.salt)

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

    def _device_id(self, serial):
        """DVC-2; the serial number as bytes."""
        return crypto.device_id(self.salt, serial, self.platform_data)

    @staticmethod
    def _check_counter(account, frame):
        """CLI-8."""
        if frame.counter <= account.activation_counter:
            raise Refused("CLI-8", "message counter %d" % frame.counter)

    @staticmethod
    def _open_frame(accounts, frame):
        """CLI-6, CLI-7, PRT-4: the accounts whose message this is, and the body."""
        accounts = [account for account in accounts if account.channel is not None]
        if not accounts:
            raise Refused("CLI-6", "the account received no payload key")
        accounts = [account for account in accounts
                    if account.message_protection == frame.protection]
        if not accounts:
            raise Refused("CLI-7", "protection %d" % frame.protection)
        opened = []
        for account in accounts:
            try:
                opened.append((account, account.channel.open(frame)))
            except Refused as refusal:                                          # PRT-4
                reason = refusal
        if not opened:
            raise reason
        return opened

    def _close(self):
        """Closes the message on display; A2A-30: the x-cancel of the call that ends, or None."""
        opened, self.opened = self.opened, None
        if opened is None or opened.call is None:
            return None
        return self.app2app.call(opened.call, "x-cancel", opened.account)

    def _forget(self, serial):
        """The activated account goes, and the message opened on it with it (A2A-30); one that
        waits takes its place."""
        account = self.activated.pop(serial, None)
        if serial in self.waiting:
            self.activated[serial] = self.waiting.pop(serial)
            self.activated[serial].am2_hash = None
        if self.opened is not None and self.opened.account is account:
            return self._close()
        return None

    # ---- operations ----

    def activate_license(self, message):
        frame = self._frame(message, "direct", wire.AM1)
        if frame.serial in self.activated and not self.replacement:
            raise Refused("AM1-11", "the account is activated already")
        if frame.serial in self.waiting:
            raise Refused("AM1-17", "an account waits for its confirmation")
        if frame.tag != wire.checksum(frame.raw[:-8]):
            raise Refused("FRM-12", "the checksum does not fit")
        wrapped, policy, carried = messages.parse_am1(frame)        # AM1-3 to AM1-6
        if carried is None and self.vector is None:
            raise Refused("AM1-7", "no static vector, neither here nor in the message")
        if carried is not None and self.vector is not None and carried != self.vector.raw:
            raise Refused("AM1-13", "another static vector than the client's own")
        vector = self.vector or parse_vector(carried)
        vector.check_serial(frame.serial)                           # AM1-8
        vector.check_post_activation(policy[2])                     # AM1-9
        serial = frame.raw[2:7]
        kek = crypto.wrapping_key(vector.master_key, serial)
        license_key = crypto.key_unwrap(kek, wrapped)               # KEY-10
        old = self.activated.get(frame.serial)
        if old is not None \
                and not hmac.compare_digest(old.check, crypto.client_check(license_key, serial)):
            raise Refused("AM1-16", "the license key of another account")
        if len(self.activated.keys() | self.pre_activated.keys() | {frame.serial}) > SERIALS:
            raise Refused("CLI-22", "no place for another account")

        # An activated account stays as it is (AM1-12).
        self.pre_activated[frame.serial] = PreActivated(
            frame.serial, vector, policy, crypto.sha256(frame.raw), license_key)
        code_mac = crypto.Cmac(crypto.device_code_key(license_key))
        device_id = self._device_id(serial)
        return crypto.device_code(self.device_type, device_id, code_mac(
            crypto.device_code_input(self.device_type, device_id, frame.raw)))

    def activate_instance(self, message, pin, now):
        frame = self._frame(message, "direct", wire.AM2)
        self._check_serial(frame.serial)
        pre, waiting = self.pre_activated.get(frame.serial), self.waiting.get(frame.serial)
        if pre is None and waiting is None:
            raise Refused("AM2-6", "no account is pre-activated")
        if waiting is not None:
            if waiting.am2_hash != crypto.sha256(frame.raw):
                raise Refused("AM2-14", "not the message that the waiting account was made from")
            return self._confirmation(waiting, frame, now)
        if frame.protection != pre.policy[0]:
            raise Refused("AM2-7", "protection %d" % frame.protection)
        serial = frame.raw[2:7]
        device_id = self._device_id(serial)
        channel_key = crypto.am2_channel_key(pre.license_key, serial, self.device_type, device_id,
                                             pre.am1_hash)
        body = crypto.Channel(channel_key, frame.protection).open(frame)        # PRT-4
        sequence, payload_key, salt = messages.parse_am2(body)                  # AM2-8
        old = self.activated.get(frame.serial)
        if old is not None:
            if old.locked:
                raise Refused("AM2-15", "the account to be replaced is locked")
            if pin == "cached":
                raise Refused("AM2-16", "replacing an account demands its PIN")
            old.check_pin(pin, "AM2-17")

        keys = {index: crypto.application_key(pre.license_key, serial, sequence, index,
                                              self.device_type, device_id, salt)
                for index in pre.vector.applications}
        account = Account(pre.serial, pre.vector, pre.policy, sequence, payload_key, keys,
                          frame.counter, crypto.client_check(pre.license_key, serial))
        del self.pre_activated[frame.serial]                                    # AM2-9
        if old is None:                                                         # AM2-11
            self.activated[frame.serial] = account
        else:
            account.am2_hash = crypto.sha256(frame.raw)
            self.waiting[frame.serial] = account
        return self._confirmation(account, frame, now)

    @staticmethod
    def _confirmation(account, frame, now):
        """AM2-10."""
        return {"serial": account.serial, "sequence": account.sequence,
                "signature": account.sign(account.policy[2], frame.raw, now)}

    def mark_confirmed(self, message):
        """CLI-21; `message` is the AM2 whose confirmation the server accepted."""
        frame = self._frame(message, "direct", wire.AM2)
        self._activated(frame.serial)
        waiting = self.waiting.get(frame.serial)
        if waiting is None:
            return {"callback": None}
        if waiting.am2_hash != crypto.sha256(frame.raw):
            raise Refused("CLI-23", "not the message that the waiting account was made from")
        return {"callback": self._forget(frame.serial)}

    def remove(self, serial, what):
        """CLI-19."""
        self._check_root()
        self._check_serial(serial)
        if what == "account":
            self.pre_activated.pop(serial, None)
            self.waiting.pop(serial, None)
            return {"callback": self._forget(serial)}
        if serial not in self.activated \
                or serial not in self.pre_activated and serial not in self.waiting:
            raise Refused("CLI-20", "nothing stands beside an activated account")
        self.pre_activated.pop(serial, None)
        self.waiting.pop(serial, None)
        return {"callback": None}

    def open(self, message, carrier):
        frame = self._frame(message, carrier, wire.REQUEST)
        request, content = self._read_request(self._activated(frame.serial), frame, carrier)
        if content["format"] == push.NOTIFICATION:                              # PSH-7
            return {**self._describe_request(frame, request, content), "handle": None,
                    "callback": None}
        if carrier == "gateway" and self.opened is not None:
            raise Refused("CLI-26", "another message is on display")
        callback = self._close()                                                # CLI-27
        return {**self._display(frame, request, content), "callback": callback}

    def _read_request(self, account, frame, carrier):
        """From CLI-5 to CLI-10: the request and what of it is told."""
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        (account, body), = self._open_frame([account], frame)
        self._check_counter(account, frame)                                     # CLI-8
        request = messages.parse_request(body, carrier)                         # section 13
        if request.minimum_version > self.app_version:
            raise Refused("CLI-9", "app version %d demanded" % request.minimum_version)
        application = account.vector.applications.get(request.application)
        if application is None \
                or not application.answers_requests(request.content["format"]):
            raise Refused("CLI-10", "application %d" % request.application)

        content = dict(request.content)
        if content["format"] == "challenge":
            del content["title"]                                                # CLI-11
        return request, content

    def _describe_request(self, frame, request, content):
        account = self.activated[frame.serial]
        return {"serial": account.serial, "sequence": account.sequence,
                "application": request.application, "template": request.template,
                "require_pin": request.require_pin, "content": content}

    def _display(self, frame, request, content, call=None):
        """CLI-25."""
        self.handles += 1
        self.opened = Opened(self.handles, self.activated[frame.serial], request, frame, call)
        return {"handle": self.handles, **self._describe_request(frame, request, content)}

    def close(self):
        """CLI-28."""
        return {"callback": self._close()}

    def _on_display(self, handle, by_url, requirement):
        """CLI-12, A2A-16."""
        opened = self.opened
        if opened is None or opened.handle != handle or (opened.call is not None) != by_url:
            raise Refused(requirement, "no such message is on display")
        return opened

    def sign(self, handle, approved, pin, now):
        """The signature, or None where the user rejected."""
        self._check_root()
        self._on_display(handle, False, "CLI-12")
        return self._sign(approved, pin, now)

    def _sign(self, approved, pin, now):
        """From CLI-16 on."""
        account, request = self.opened.account, self.opened.request
        if account.locked:
            raise Refused("CLI-16", "the account is locked")
        if not approved:                                                        # CLI-13
            self.opened = None
            return None
        if request.require_pin and pin == "cached":
            raise Refused("CLI-14", "the request demands the PIN")
        account.check_pin(pin)                                                  # CLI-15
        raw, self.opened = self.opened.raw, None                                # CLI-13
        if request.content["format"] == push.LOGIN:                             # PSH-8
            account.identity = request.content["user"], request.content["domain"]
        return account.sign(request.application, raw, now)

    def deactivate(self, message, carrier):
        frame = self._frame(message, carrier, wire.DEACTIVATION)
        account = self._activated(frame.serial)
        accounts = [account]
        if frame.serial in self.waiting:
            accounts.append(self.waiting[frame.serial])
        opened = self._open_frame(accounts, frame)
        sequence = messages.parse_deactivation(opened[0][1])                    # DEA-5
        hit = next((own for own, _ in opened if own.sequence == sequence), None)
        if hit is None:
            raise Refused("DEA-6", "no account has sequence number %d" % sequence)
        self._check_counter(hit, frame)                                         # CLI-8
        callback = None
        if hit is account:
            callback = self._forget(frame.serial)                               # DEA-7
        else:
            del self.waiting[frame.serial]
        return {"serial": frame.serial, "sequence": sequence, "callback": callback}

    def generate_response(self, serial, application, data, pin, now):
        self._check_root()
        account = self._activated(serial)
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        parameters = responses.find_application(account.vector, application, data)  # OTP-2
        data = responses.data_of(parameters, data)                  # OTP-3, OTP-4, ALG-8
        account.check_pin(pin)                                                  # CLI-15
        return account.respond(application, data, now)

    # ---- push and login ----

    def generate_information(self, serial, challenge_key, now):
        """INF-1."""
        self._check_root()
        account = self._activated(serial)
        if account.locked:
            raise Refused("CLI-5", "the account is locked")
        if account.channel is None:
            raise Refused("CLI-6", "the account received no payload key")
        body = push.build_information(push.challenge_key(challenge_key, "PSH-10"))
        if account.information >= push.LAST_COUNTER:
            raise Refused("NON-5", "no information counter is left")
        account.information += 1
        nonce = now.to_bytes(4, "big") + bytes([account.sequence]) \
            + account.information.to_bytes(3, "big")                            # NON-4
        channel = crypto.Channel(account.payload_key, account.message_protection,
                                 account.sequence)
        header = wire.header(wire.INFORMATION, account.message_protection,
                             wire.encode_serial(serial), nonce)
        return wire.to_hex(channel.seal(header, body))

    def login_identity(self, serial):
        self._check_root()
        user, domain = self._activated(serial).identity or (None, None)
        return {"user": user, "domain": domain}

    # ---- app-to-app ----

    def set_app2app(self, **configuration):
        self.app2app = app2app.Configuration(**configuration)

    def dispatch(self, url):
        """A2A-12: what was opened, or the error and the callback that tells it."""
        account = None
        try:
            call, message = self.app2app.accept(url)
            self._check_root()
            if not self.activated:
                raise Refused("A2A-11", "no account is activated")
            frame = self._frame(message, "direct", wire.REQUEST)
            account = self._activated(frame.serial)
            request, content = self._read_request(account, frame, "direct")
            if self.opened is not None:
                raise Refused("A2A-28", "another message is on display")
        except Refused as refusal:
            call = self.app2app.failed(url)
            return {"opened": None, "error": app2app.error(refusal),
                    "callback": call and self.app2app.call_error(call, refusal, account)}
        return {"opened": self._display(frame, request, content, call), "error": None,
                "callback": None}

    def answer(self, handle, approved, pin, now):
        self._check_root()
        opened = self._on_display(handle, True, "A2A-16")
        try:
            signature = self._sign(approved, pin, now)
        except Refused as refusal:
            if refusal.requirement != "CLI-16":
                raise
            self.opened = None                                                  # A2A-18
            return {"callback": self.app2app.call_error(opened.call, refusal, opened.account),
                    "error": app2app.error(refusal)}
        name = "x-cancel" if signature is None else "x-success"                 # A2A-17
        return {"callback": self.app2app.call(opened.call, name, opened.account, signature),
                "error": None}

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
        if account.unlock_challenge is None:                                    # UNL-9
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

    # ---- storage ----

    def save(self, platform_key, state_nonce=None):
        return storage.write(platform_key, self.salt, self.device_type, self.activated,
                             self.waiting, self.pre_activated, state_nonce)

    @classmethod
    def load(cls, platform_key, state, static_vector, **setup):
        """CST-9: a client with the accounts of a state; nothing else is different."""
        if static_vector is not None:
            parse_vector(static_vector)         # comes before the state
        salt, device_type, *accounts = storage.read(platform_key, state)
        client = cls(static_vector, device_type=device_type, installation_salt=salt, **setup)
        client.activated, client.waiting, client.pre_activated = accounts
        return client

    # ---- what there is ----

    def list_accounts(self):
        """CLI-18."""
        self._check_root()
        return [self._describe(serial)
                for serial in sorted(self.activated.keys() | self.pre_activated.keys())]

    def _describe(self, serial):
        account = self.activated.get(serial)
        if account is None:
            return {"serial": serial, "state": PRE_ACTIVATED, "sequence": None, "waiting": None,
                    "pre_activated": True}
        waiting = self.waiting.get(serial)
        return {"serial": serial, "state": LOCKED if account.locked else ACTIVATED,
                "sequence": account.sequence, "waiting": waiting and waiting.sequence,
                "pre_activated": serial in self.pre_activated}

    # ---- what a test harness sees ----

    def snapshot(self):
        """Everything that decides what this client will do, its counters left out."""
        accounts = [[accounts[serial].snapshot() for serial in sorted(accounts)]
                    for accounts in (self.activated, self.waiting, self.pre_activated)]
        return (self._setup, accounts, self.opened and self.opened.snapshot(), self.handles,
                self.app2app.snapshot())

    def counters(self):
        counters = {}
        for serial, account in self.activated.items():
            counters["pin_failures/" + serial] = account.pin_failures
            counters["unlock_failures/" + serial] = account.unlock_failures
        return counters
