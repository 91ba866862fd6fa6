"""What once escaped the written cases, rebuilt from the Python peer, and found by random programs alone.

`examples.py` plays each with the programs of a default run; `--seeds 0 1 2` with those of several seeds, `--only TEXT` those
whose name contains it, `--binary PATH` with another build. It fails where one is not found, and where the text that it
changes is gone. Beside each stands what was blamed: what a program shows first need not be the rule itself (who keeps an
old license key issues another activation message)."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[2]
PEER = ROOT / "tests/peers/python"


class Example(NamedTuple):
    name: str
    rules: str              # that say it is wrong
    file: str
    old: str
    new: str
    within: str = ""        # stands before `old`, where that is there more than once


def _no_age(name, parameters):
    head = "def %s(server, %s, now):\n" % (name, parameters)
    return Example("expiry-not-in-" + name, "LGN-5 LGN-6 LGN-7 LGN-9", "login.py", head + "    _age(server, now)\n", head)


EXAMPLES = [
    # --- a look before the operation makes happen what the operation must do ---
    _no_age("retrieve", "challenge_key, serial, sequence"),
    _no_age("approve", "challenge_key, user, domain, signature"),
    _no_age("reject", "message"),
    _no_age("cancel", "challenge_key"),
    # --- a rule decided in one operation, not in the others that have it ---
    Example("age-not-in-approve", "VER-6", "server.py",
            "        self._check_age(frame, now)                                             # VER-6\n", "",
            "def verify_details"),
    Example("resynchronise-without-platform", "BND-10 OPR-6", "single_server.py",
            "        self.resynchronise_data(self, application, first, second, now)", """\
        bound, self.platform = self.platform, None
        for index, track in self.tracks.items():
            track.take_key(self._key_of(index))
        try:
            self.resynchronise_data(self, application, first, second, now)
        finally:
            self.platform = bound
            for index, track in self.tracks.items():
                track.take_key(self._key_of(index))"""),
    Example("first-use-not-of-time-and-event", "VER-16 VER-12", "track.py",
            "        if first_use:     ", "        if first_use and not self.application.uses_event:"),
    # --- what an accepted operation does besides its answer ---
    Example("failures-stay-after-approve", "LGN-16 VER-25", "server.py",
            "        instance.signature_failures = 0\n", "", "def verify_details"),
    Example("failures-stay-after-resynchronise", "OPR-9 VER-25", "verifying.py",
            "        track.in_sync = True\n        holder.signature_failures = 0\n",
            "        track.in_sync = True\n"),
    Example("counter-stays-after-approve", "LGN-16 VER-14 VER-17 VER-12", "server.py",
            "        track.accept(claim, self.found(instance, found), now)", "        self.found(instance, found)",
            "def verify_details"),
    Example("counter-stays-after-reject", "INF-6 INF-4 LGN-11", "login.py",
            "    answer = server.process_information(message, now)               # stays, whatever follows\n", """\
    counts = {number: instance.information for number, instance in server.instances.items()}
    answer = server.process_information(message, now)
    for number, instance in server.instances.items():
        instance.information = counts[number]
"""),
    Example("license-key-stays-with-instances", "BLB-9 BLB-12 BLB-11", "server.py",
            "            self._change_license_key(key) ",
            "            self.instances or self._change_license_key(key) "),
    # --- the order of two checks that are never both broken ---
    Example("counter-before-threshold", "AM2-4", "server.py", """\
        if sequence > self.threshold:
            raise Refused("AM2-4", "no instance is left on the license")
        nonce = self._nonce(now)                                                # NON-3
""", """\
        nonce = self._nonce(now)
        if sequence > self.threshold:
            raise Refused("AM2-4", "no instance is left on the license")
"""),
    # --- one side of a boundary, one end of a range ---
    Example("callback-before-account", "A2A-31 A2A-19", "client.py",
            "            account = self._activated(frame.serial)\n",
            "            account = next(iter(self.activated.values()))\n"
            "            account = self._activated(frame.serial)\n", "def dispatch"),
    Example("callback-not-from-account", "A2A-31 A2A-19", "client.py",
            "            account = self._activated(frame.serial)\n"
            "            request, content = self._read_request(account, frame, \"direct\")\n",
            "            request, content = self._read_request(self._activated(frame.serial), frame, \"direct\")\n"
            "            account = self._activated(frame.serial)\n", "def dispatch"),
    Example("first-use-of-299-steps", "VER-16 VER-12", "track.py", "FIRST_USE_LIMIT = 300", "FIRST_USE_LIMIT = 299"),
    Example("first-use-of-301-steps", "VER-16 VER-12 VER-21 VER-22", "track.py", "FIRST_USE_LIMIT = 300",
            "FIRST_USE_LIMIT = 301"),
    Example("session-of-63-characters", "PPR-6 PPR-5", "peer.py", "<= len(key) <= 64", "<= len(key) <= 63"),
    Example("text-with-206F", "REQ-9", "displayed.py", "2066-206F", "2066-206E"),
    Example("text-with-2066", "REQ-9", "displayed.py", "2066-206F", "2067-206F"),
    Example("text-with-FE00", "REQ-9", "displayed.py", "FE00-FE0F", "FE01-FE0F"),
    Example("text-with-FE0F", "REQ-9", "displayed.py", "FE00-FE0F", "FE00-FE0E"),
    Example("text-with-13442", "REQ-9", "displayed.py", "13440-13442", "13440-13441"),
    Example("text-with-40000", "REQ-9", "displayed.py", "40000-10FFFF", "40001-10FFFF"),
    Example("blob-of-152-bytes", "BLB-5 BLB-2 BLB-4 PPR-5", "operations.py", "octets(0, blobs.CONTENT_LIMIT)",
            "octets(0, blobs.CONTENT_LIMIT - 1)"),
    Example("blob-of-154-bytes", "BLB-5 BLB-2 BLB-4 PPR-5", "operations.py", "octets(0, blobs.CONTENT_LIMIT)",
            "octets(0, blobs.CONTENT_LIMIT + 1)"),
    # --- a negative case masked by a second defect of the same class ---
    Example("empty-suite", "STV-3", "vector.py",
            "                if not 2 <= len(value) <= 1 + oath.SUITE_LIMIT:\n", """\
                if not value:
                    last_index, waiting, offset = application.index, None, end
                    application.suite = oath.Suite("OCRA-1:HOTP-SHA1-6:QN08")
                    vector.applications[last_index] = application
                    continue
                if not 2 <= len(value) <= 1 + oath.SUITE_LIMIT:
"""),
    # --- `state` one way only ---
    Example("digest-constant", "PPR-3", "operations.py",
            "    digest = sha256(repr((type(session).__name__, session.snapshot())).encode()).digest()\n",
            "    digest = bytes(32)\n"),
    Example("digest-of-the-moment", "PPR-3", "operations.py",
            "    digest = sha256(repr((type(session).__name__, session.snapshot())).encode()).digest()\n", """\
    moment = __import__("time").monotonic_ns()
    digest = sha256(repr((moment, session.snapshot())).encode()).digest()
"""),
]


def build(example, folder):
    """The peer with this change."""
    shutil.copytree(PEER, folder, ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    path = folder / example.file
    text = path.read_text(encoding="utf-8")
    at = text.find(example.old, max(0, text.find(example.within)))
    if at < 0 or example.within not in text or not example.within and text.count(example.old) > 1:
        raise SystemExit("%s: the text that it changes in %s is gone, or there twice" % (example.name, example.file))
    changed = text[:at] + example.new + text[at + len(example.old):]
    compile(changed, example.file, "exec")
    path.write_text(changed, encoding="utf-8")


def play(example, seed, arguments):
    """What is blamed, or nothing where it is not found; and the whole of what was told."""
    with tempfile.TemporaryDirectory(prefix="counterproof-example-") as place:
        folder = pathlib.Path(place)
        build(example, folder / "peer")
        command = [arguments.binary, "check", "--only-programs", "--fail-fast", "--jobs", "1", "--seed", str(seed),
                   "--peer", "python3 " + str(folder / "peer/peer.py"), "--report", str(folder / "report")]
        if arguments.programs:
            command += ["--explore", str(arguments.programs)]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ,
                               "PYTHONDONTWRITEBYTECODE": "1"})
        told = ended.stdout + ended.stderr
        if ended.returncode not in (0, 1):
            raise SystemExit("%s, seed %d: exit %d\n%s" % (example.name, seed, ended.returncode, told))
        blamed = re.search(r"program:[a-z_.0-9]+:([A-Z0-9]+-[0-9]+)", told)
        return (blamed[1] if ended.returncode == 1 and blamed else None), told


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "target/release/counterproof"))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--programs", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    chosen = [example for example in EXAMPLES
              if not arguments.only or any(text in example.name for text in arguments.only)]
    for text in arguments.only:
        if not any(text in example.name for example in EXAMPLES):
            raise SystemExit("no example has %r in its name" % text)
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        asked = [(example, [pool.submit(play, example, seed, arguments) for seed in arguments.seeds])
                 for example in chosen]
        for example, plays in asked:
            blamed = [play.result() for play in plays]
            found = sum(rule is not None for rule, _ in blamed)
            wrong = [rule for rule, _ in blamed if rule and rule not in example.rules.split()]
            missed += found < len(plays)
            print("%-36s %d of %d  %s%s" % (example.name, found, len(plays), " ".join(rule or "-" for rule, _ in blamed),
                                          "  (rather %s)" % example.rules if wrong else ""), flush=True)
            if arguments.verbose:
                print("\n".join(told for _, told in blamed))
    print("%d of %d found with each seed" % (len(chosen) - missed, len(chosen)))
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
