"""The single-device client: one app, one account, perhaps another that is kept (28 to 30)."""

import os
import re

import activation
import binding
import crypto
import responses
import single_state as storage
import wire
from passwords import Lock, check_new
from refusal import Refused
from single_state import Account
from vector import parse_vector

NONE, ACTIVE, LOCKED, INVALID = 0, 1, 2, 3
_SUFFIX = re.compile(r"[0-9]{7}")


class SingleClient:
    def __init__(self, static_vector, platform_data, platform_key, short_codes, rooted,
                 root_policy, reset_policy, memory_kib, iterations):
        self.vector = None if static_vector is None else parse_vector(static_vector)
        self.platform_data = platform_data
        self.platform_key = platform_key
        self.short_codes = short_codes
        self.refuses_root = rooted and root_policy == "block"
        self.resets = reset_policy == "reset"
        self.memory_kib, self.iterations = memory_kib, iterations
        self.account = None             # the one that answers
        self.kept = None                # SDL-35
        self._setup = (static_vector, platform_data, platform_key, short_codes, rooted,
                       root_policy, reset_policy, memory_kib, iterations)

    # ---- what the operations have in common ----

    def _check_root(self):
        if self.refuses_root:
            raise Refused("CLI-1", "rooted device")

    def _activated(self):
        """CLI-1, SDL-27."""
        self._check_root()
        if self.account is None:
            raise Refused("SDL-27", "no account")
        return self.account

    def _unlocked(self):
        """CLI-1, SDL-27, PWD-7."""
        account = self._activated()
        if account.locked:
            raise Refused("PWD-7", "too many wrong passwords")
        return account

    def _unseal(self, password):
        """PWD-5, PWD-6: the license key."""
        account = self.account
        if (password is not None) != account.with_password:
            raise Refused("PWD-5", "a password for an account without one, or none for one with")
        account.failures += 1                   # before it is tried
        try:
            key = account.lock.open(self.platform_key, account.five, password, account.sealed)
        except Refused:
            if account.locked and self.resets:                                  # PWD-8
                self._go_back()                                                 # SDL-41
            raise
        account.failures = 0
        return key

    def _go_back(self):
        """SDL-39, SDL-41: the kept account, if there is one, answers again."""
        gone, self.account, self.kept = self.account, self.kept, None
        if self.account is not None:
            self.account.take_over([gone])

    def _platform(self):
        """D for the account that answers."""
        return binding.diversifier(self.account.five, self.platform_data)

    def _seal(self, serial, password, license_key, salt):
        """PWD-9, PWD-10: the lock and what it holds."""
        lock = Lock(salt or os.urandom(16), self.memory_kib, self.iterations)
        return lock, lock.seal(self.platform_key, serial, password, license_key)

    # ---- activation ----

    def activate(self, serial, suffix, code, event_reactivation_counter, password,
                 password_salt=None):
        self._check_root()
        if self.vector is None:
            raise Refused("SDL-17", "no static vector")
        if suffix is not None:                                                  # SDL-11
            if not _SUFFIX.fullmatch(suffix):
                raise Refused("SDL-12", "a suffix has 7 digits")
            serial = self.vector.prefix + suffix
            warnings = ["prefix-from-vector"]
        else:
            if not wire.is_serial(serial):
                raise Refused("SDL-12", "not a serial number")
            if serial[:3] != self.vector.prefix:
                raise Refused("SDL-13", "the static vector is for another prefix")
            warnings = []
        self._check_account(serial)
        license_key = activation.read_code(self.vector.master_key, wire.encode_serial(serial),
                                           code, self.short_codes)              # SDL-4 to SDL-6
        self._activate(serial, self.vector, license_key, event_reactivation_counter, password,
                       password_salt, False)
        return {"serial": serial, "warnings": warnings}

    def activate_online(self, data, shared_secret, password, password_salt=None):
        self._check_root()
        serial, vector, license_key, counter = activation.read_data(data, shared_secret)
        self._check_account(serial)
        self._activate(serial, vector, license_key, counter or None, password, password_salt, True)
        return {"serial": serial}

    def _check_account(self, serial):
        """SDL-14."""
        if self.account is not None and self.account.serial != serial:
            raise Refused("SDL-14", "an account of another serial number")

    def _activate(self, serial, vector, license_key, counter, password, salt, proven):
        """The password, the event reactivation counter, then SDL-16."""
        check_new(vector, password)                                             # PWD-1 to PWD-4
        five = wire.encode_serial(serial)
        lock, sealed = self._seal(five, password, license_key, salt)
        new = Account(serial, vector, activation.check_of(license_key, five), lock, sealed,
                      password is not None, dict.fromkeys(vector.applications, 0))
        new.take_over([self.account, self.kept])
        if counter is not None:                                                 # ERC-2 to ERC-8
            own = {index: new.events[index] for index in vector.with_events()}
            new.events.update(activation.read_counter(counter, license_key, five, own))
        new.proven = proven
        if proven:                                                              # SDL-37
            self.kept = None
        elif self.kept is None:                                                 # SDL-35
            self.kept = self.account
        else:
            self.kept.take_over([self.account])
        self.account = new

    def report(self, accepted):
        """SDL-15, SDL-37."""
        account = self._activated()
        if not account.proven:
            account.proven, account.invalid = accepted, not accepted
            if accepted:
                self.kept = None

    def revert(self):
        """SDL-39."""
        self._check_root()
        if self.kept is None:
            raise Refused("SDL-38", "no account is kept")
        self._go_back()

    def status(self):
        account = self.account
        if account is None:
            return {"state": NONE, "serial": None, "password": False, "bound": False,
                    "proven": False, "kept": False}
        state = LOCKED if account.locked else INVALID if account.invalid else ACTIVE
        return {"state": state, "serial": account.serial, "password": account.with_password,
                "bound": account.bound, "proven": account.proven,
                "kept": self.kept is not None}

    def change_password(self, old, new, password_salt=None):
        account = self._unlocked()
        check_new(account.vector, new)                                          # PWD-1 to PWD-4
        license_key = self._unseal(old)                                         # PWD-5, PWD-6
        account.lock, account.sealed = self._seal(account.five, new, license_key, password_salt)
        account.with_password = new is not None

    # ---- responses ----

    @staticmethod
    def _take_event(account, application):
        """SIG-5."""
        event = account.events[application.index]
        if application.uses_event:
            account.events[application.index] = event + 1
        return event

    def generate_response(self, application, data, password, now):
        account = self._unlocked()
        parameters = responses.find_application(account.vector, application, data)  # OTP-2
        data = responses.data_of(parameters, data)                  # OTP-3, OTP-4, ALG-8
        license_key = self._unseal(password)
        key = activation.application_key(license_key, account.five, application,
                                         self._platform() if account.bound else None)  # SDL-26
        digits_at = parameters.digits_at(crypto.Cmac(key), data)
        event = self._take_event(account, parameters)
        return parameters.with_check_digit(digits_at(parameters.step_at(now), event))

    def generate_derivation_code(self, challenge, password, now):
        account = self._unlocked()
        application = binding.deriving_application(account.vector, challenge)
        license_key = self._unseal(password)
        platform = self._platform()
        digits_at = binding.mac_digits(license_key, account.five, application, platform, challenge)
        event = self._take_event(account, application)
        return binding.write_code(platform, digits_at(application.step_at(now), event))

    def mark_bound(self):
        """BND-7."""
        account = self._activated()
        if not account.vector.binding:
            raise Refused("BND-3", "the static vector does not allow binding")
        account.bound = True

    # ---- storage ----

    def save(self, state_nonce=None):
        content = storage.write_accounts(self.account, self.kept)
        return storage.seal(storage.CLIENT, self.platform_key, content, state_nonce)

    @classmethod
    def load(cls, state, **setup):
        client = cls(**setup)                   # a static vector of its own comes first
        client.account, client.kept = storage.read_accounts(client.platform_key, state)
        return client

    # ---- what a test harness sees ----

    def snapshot(self):
        return (self._setup, self.account and self.account.snapshot(),
                self.kept and (self.kept.snapshot(), self.kept.failures))

    def counters(self):
        return {"password_failures": self.account.failures} if self.account else {}
