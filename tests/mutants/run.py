"""The mutation score of the suite: how many wrong peers it notices.

    python3 tests/mutants/run.py --binary target/release/counterproof --sample 600

makes mutants of the Python peer (see `mutations.py`) and plays `check` against each: first the cases that run the
changed line, then all. What was played is kept in a journal, so that a run which was ended goes on. Exit code 0 where
each survivor is listed in `survivors.toml` and each that is listed survives, 1 where not.

    run.py --list                   the names of the mutants
    run.py --show TEXT              those whose name contains it, with what changes
    run.py --only TEXT              plays those
    run.py --blame                  plays those of `blame.toml`, and compares the requirement that is blamed first

Why a tool of our own: mutmut and cosmic-ray want a test command whose exit code is all that counts, and the first also
wants it inside the interpreter. Here the suite is another process that says which case failed, and how: a mutant that
is only noticed since it crashed has to be told from one that a case blames, blame itself is measured, and lines are
known by the case, not by the test. Neither swaps neighbouring checks or moves a change before a check, which is where
the suite was weak; and both name a mutant by its place in the file, so that a list of survivors with reasons is stale
with the next commit.
"""

import argparse
import collections
import concurrent.futures
import difflib
import hashlib
import json
import marshal
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from pathlib import Path

import mutations
import reach

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent

KILLED, BROKEN, HANG, SURVIVED, UNREACHED, FAULTY = OUTCOMES = (
    "killed", "broken answer", "timeout", "survived", "not reached", "no verdict")
#: outcomes of a peer that conforms
ALIVE = (SURVIVED, UNREACHED)
#: verdicts of a case that a peer violates
VIOLATED = ("fail", "unsupported")
#: seconds for an answer, on a machine that has other work as well; and for all of them
TIMEOUT, DEADLINE = 20, 600


# ---- one mutant -----------------------------------------------------------------

class Played:
    """What a run of `check` says."""

    def __init__(self, code, report, words):
        self.code, self.words, self.has_report = code, words, report is not None
        part = report["parts"][0] if report else {"cases": []}
        programs = part.get("programs", {}).get("findings", [])
        self.failures = [case for case in part["cases"] + programs
                         if case["verdict"] not in ("pass", "warn", "not-testable", "not-run")]
        self.likely = [cause["requirement"] for cause in part.get("causes", [])]

    @property
    def violations(self):
        """The cases that judged an answer; the peer's own word for its defect is no answer."""
        return [case for case in self.failures if case["verdict"] in VIOLATED
                and not case.get("got", "").startswith("fault: internal")]

    @property
    def outcome(self):
        if self.code == 0:
            return SURVIVED
        if self.violations:
            return KILLED
        verdicts = {case["verdict"] for case in self.failures}
        if "harness-error" in verdicts or self.has_report and not self.failures:
            return FAULTY               # or it was out of time
        return HANG if verdicts == {"hang"} else BROKEN


class Player:
    """Plays `check` against mutants."""

    def __init__(self, program, cases, seed, explore=None):
        self.program, self.cases, self.seed = program, cases, seed
        #: the options of a run of all cases
        self.whole = [] if explore is None else ["--explore", str(explore)]
        self._tree = threading.Lock()   # a change is made in the one tree of its file

    def check(self, mutant, *options):
        with tempfile.TemporaryDirectory(prefix="counterproof-mutant-") as folder:
            code = Path(folder, "code")
            with self._tree:
                code.write_bytes(marshal.dumps(mutant.code()))
            arguments = [self.program, "check", "--peer", reach.command(mutant.file, code), "--jobs", "1",
                         "--timeout", str(TIMEOUT), "--deadline", str(DEADLINE), "--show", "0", "--seed",
                         str(self.seed), "--report", folder + "/report", *options]
            done = subprocess.run(arguments, capture_output=True, cwd=ROOT)
            try:
                report = json.loads(Path(folder, "report", "report.json").read_bytes())
            except FileNotFoundError:
                report = None
        if done.returncode == 2:
            raise SystemExit("check: " + done.stderr.decode(errors="replace"))
        return Played(done.returncode, report, done.stderr.decode(errors="replace").strip()[-300:])

    def selection(self, mutant):
        """The options by which only the cases are played that run the line; none where that is no use."""
        if self.cases is None:
            return [option for requirement in self.near(mutant) for option in ("--req", requirement)]
        cases = self.cases.of_mutant(mutant) or []
        if 2 * len(cases) > len(self.cases.cases):
            return []
        return [option for case in cases for option in ("--only", case)]

    @staticmethod
    def near(mutant):
        """The requirements that the function names."""
        known = set(re.findall(r"\*\*([A-Z0-9]+-\d+)\*\* \(", (ROOT / "SPEC.md").read_text(encoding="utf-8")))
        return sorted(known & set(re.findall(r"[A-Z][A-Z0-9]{2}-\d+", mutant.source)))

    def play(self, mutant):
        """Until something is noticed. What is only noticed by a broken answer is played again, to its end: perhaps
        some case judges another answer."""
        selection = self.selection(mutant)
        played = self.check(mutant, "--fail-fast", *(selection or self.whole))
        if selection and played.code == 0:
            selection = []
            played = self.check(mutant, "--fail-fast", *self.whole)
        for options in [selection, self.whole] if selection else [self.whole]:
            if played.outcome in (BROKEN, HANG, FAULTY) and played.failures:
                whole = self.check(mutant, *options)
                played = whole if whole.outcome == KILLED else played
        outcome = played.outcome
        if outcome == SURVIVED and self.cases is not None and not self.cases.is_reached(mutant):
            outcome = UNREACHED
        failure = (played.violations or played.failures or [{}])[0]
        return {"name": mutant.name, "outcome": outcome, "case": failure.get("id"),
                "requirement": failure.get("requirement"),
                "words": None if played.failures else played.words or None}

    def blame(self, mutant):
        """The requirement that the report blames first, the one that it thinks is the reason, and all of them."""
        played = self.check(mutant, *(self.selection(mutant) or self.whole))
        blamed = [case.get("requirement") for case in played.failures]
        return {"name": mutant.name, "outcome": played.outcome, "first": blamed[0] if blamed else None,
                "likely": (played.likely or blamed or [None])[0], "all": collections.Counter(blamed).most_common()}


# ---- many -----------------------------------------------------------------------

def draw(mutants, sample, seed, shard):
    """In an order that a seed decides, mutant by mutant: one more in the peer moves none of the others."""
    def place(mutant):
        return hashlib.sha256(("%d %s" % (seed, mutant.name)).encode()).digest()
    drawn = sorted(mutants, key=place)[:sample]
    index, count = shard
    return drawn[index - 1::count]


class Journal:
    """What was played, a line each; read again when a run goes on."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self.played = {}
        if path.exists():
            # A run may have ended in the middle of its last line.
            lines = [line for line in path.read_text(encoding="utf-8").splitlines(True) if line.endswith("\n")]
            path.write_text("".join(lines), encoding="utf-8")
            self.played = {entry["name"]: entry for entry in map(json.loads, lines)}
        self._output = open(path, "a", encoding="utf-8")

    def add(self, entry):
        with self._lock:
            self.played[entry["name"]] = entry
            self._output.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._output.flush()


def play_all(mutants, play, journal, jobs):
    """Plays those that the journal doesn't have; gives the entries of all, in their order."""
    left = [mutant for mutant in mutants if mutant.name not in journal.played]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(play, mutant) for mutant in left]
        for i, done in enumerate(concurrent.futures.as_completed(running), 1):
            entry = done.result()
            journal.add(entry)
            if sys.stderr.isatty() or entry["outcome"] != KILLED:
                print("%d of %d  %s  %s" % (i, len(left), entry["outcome"], entry["name"]), file=sys.stderr)
    return [journal.played[mutant.name] for mutant in mutants]


# ---- what it says ---------------------------------------------------------------

def listed(path, table):
    """Name -> entry of a list that is kept by hand."""
    with open(path, "rb") as file:
        entries = tomllib.load(file).get(table, [])
    names = [entry["name"] for entry in entries]
    twice = [name for name, n in collections.Counter(names).items() if n > 1]
    if twice:
        raise SystemExit("%s has this twice: %s" % (path.name, twice[0]))
    return dict(zip(names, entries))


def summarize(mutants, entries, excused):
    """Prints the score, and what is wrong. Returns whether nothing is."""
    count = collections.Counter(entry["outcome"] for entry in entries)
    for outcome in OUTCOMES:
        print("%-14s %5d" % (outcome, count[outcome]))
    alive = [entry for entry in entries if entry["outcome"] in ALIVE]
    escaped = [entry for entry in alive if entry["name"] not in excused]
    real = len(entries) - (len(alive) - len(escaped))
    if real:
        print("of %d mutants, %d are neither equivalent nor unobservable: a case kills %.1f %%, %.1f %% are noticed"
              % (len(entries), real, 100 * count[KILLED] / real, 100 * (real - len(escaped)) / real))
    wrong = ["escaped (%s): %s" % (entry["outcome"], entry["name"]) for entry in escaped]
    wrong += ["listed as a survivor, but %s by %s: %s" % (entry["outcome"], entry["case"], entry["name"])
              for entry in entries if entry["outcome"] not in ALIVE and entry["name"] in excused]
    wrong += ["no verdict (%s): %s" % (entry["case"] or entry["words"], entry["name"])
              for entry in entries if entry["outcome"] == FAULTY]
    known = {mutant.name for mutant in mutants}
    wrong += ["listed as a survivor, but there is no such mutant: " + name for name in excused if name not in known]
    for line in wrong:
        print(line)
    return not wrong


def summarize_blame(entries, expected):
    """Prints what is blamed. Returns whether that is right for 95 of 100."""
    right = [entry for entry in entries if entry["first"] == expected[entry["name"]]["rule"]]
    for entry in entries:
        rule = expected[entry["name"]]["rule"]
        if entry["first"] != rule:
            every = ", ".join("%s %d" % tuple(pair) for pair in entry["all"][:8])
            print("%s, not %s (%s)\n    %s\n    blamed: %s" % (entry["first"], rule, entry["outcome"], entry["name"],
                                                              every))
    likely = [entry for entry in entries if entry["likely"] == expected[entry["name"]]["rule"]]
    some = [entry for entry in entries if expected[entry["name"]]["rule"] in dict(entry["all"])]
    print("of %d mutants: first blame right %d, likeliest cause right %d, right one among them %d"
          % (len(entries), len(right), len(likely), len(some)))
    return 100 * len(right) >= 95 * len(entries)


def show(mutant):
    """What a mutant changes, as a difference."""
    before, after = (text.splitlines() for text in mutant.texts())
    return "\n".join(list(difflib.unified_diff(before, after, lineterm="", n=2))[2:])


def shard_of(text):
    index, count = map(int, text.split("/"))
    if not 1 <= index <= count:
        raise ValueError(text)
    return index, count


def arguments_of(arguments):
    parser = argparse.ArgumentParser(description="The mutation score of the suite.")
    parser.add_argument("--binary", metavar="PATH", default=str(ROOT / "target/release/counterproof"))
    parser.add_argument("--sample", type=int, metavar="N", help="so many of them")
    parser.add_argument("--seed", type=int, default=0, help="which ones, and the bytes of the suite")
    parser.add_argument("--shard", type=shard_of, default=(1, 1), metavar="I/N", help="the I-th of N parts of these")
    parser.add_argument("--only", action="append", metavar="TEXT", help="those whose name contains this")
    parser.add_argument("--kind", action="append", metavar="KIND", help="those of this kind, such as swapped")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--journal", type=Path, default=ROOT / "target/mutants", metavar="DIR",
                        help="where it is kept what was played")
    parser.add_argument("--near", action="store_true",
                        help="begin with the cases of the requirements that the function names, instead of those that "
                             "run the line: for a few mutants, since it needs no watched run")
    parser.add_argument("--explore", type=int, metavar="N", help="random programs in a run of all cases")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--show", metavar="TEXT")
    parser.add_argument("--blame", action="store_true")
    return parser.parse_args(arguments)


def main(arguments):
    options = arguments_of(arguments)
    every = mutations.mutants()
    if options.show is not None:
        for mutant in every:
            if options.show in mutant.name or options.show == mutant.id:
                print("%s  %s\n%s\n" % (mutant.id, mutant.name, show(mutant)))
        return 0
    expected = listed(HERE / "blame.toml", "blame")
    chosen = [mutant for mutant in every
              if (not options.only or any(text in mutant.name for text in options.only))
              and (not options.kind or mutant.kind in options.kind)
              and (not options.blame or mutant.name in expected)]
    chosen = draw(chosen, options.sample, options.seed, options.shard)
    if options.list:
        print("\n".join(mutant.name for mutant in chosen))
        return 0
    if shutil.which(options.binary) is None:
        raise SystemExit("no program at %s: see --binary" % options.binary)
    folder = options.journal / reach.key(options.binary)
    folder.mkdir(parents=True, exist_ok=True)
    cases = None if options.near else reach.Reach.of(options.binary, folder)
    player = Player(options.binary, cases, options.seed, options.explore)

    def journal(kind):
        """What was played with other options says nothing of these."""
        explore = "default" if options.explore is None else options.explore
        return Journal(folder / ("%s-seed-%d-programs-%s.jsonl" % (kind, options.seed, explore)))
    if options.blame:
        missing = set(expected) - {mutant.name for mutant in every}
        if missing:
            raise SystemExit("blame.toml: there is no such mutant: " + min(missing))
        entries = play_all(chosen, player.blame, journal("blame"), options.jobs)
        return 0 if summarize_blame(entries, expected) else 1
    entries = play_all(chosen, player.play, journal("score"), options.jobs)
    return 0 if summarize(every, entries, listed(HERE / "survivors.toml", "survivor")) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
