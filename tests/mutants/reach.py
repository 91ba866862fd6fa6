"""Which cases run which lines of the unchanged peer: one run of the whole suite, watched, and kept for as long as
neither the program nor the peer changes."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import mutations

WRAPPER = Path(__file__).resolve().parent / "peer.py"
_ASKED = re.compile(rb"(\S+) \[0\] asked ")


def key(program):
    """Names the program and the peer."""
    state = hashlib.sha256(Path(program).read_bytes())
    for path in mutations.files():
        state.update(path.name.encode() + path.read_bytes())
    return state.hexdigest()[:12]


def command(*arguments):
    """What starts the peer, changed or watched, from the root of the repository."""
    return "%s %s %s" % (sys.executable, WRAPPER, " ".join(map(str, arguments)))


def _cases(program):
    done = subprocess.run([program, "check", "--list"], capture_output=True, check=True)
    return [line.strip() for line in done.stdout.decode().splitlines() if line.startswith("  ")]


def _watched(program, folder):
    """The question lines with what they ran, and the names of the cases that asked them."""
    output, asked = folder / "lines", []
    output.unlink(missing_ok=True)
    check = subprocess.Popen(
        [program, "check", "--peer", command("--watch", output), "--jobs", "1", "--verbose", "--keep-going",
         "--timeout", "300", "--deadline", "3600", "--report", str(folder / "watched")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = []
    for line in check.stdout:
        found = _ASKED.match(line)
        if found:
            asked.append(found[1].decode())
        elif b"] answered " not in line:
            text.append(line.decode(errors="replace"))
    if check.wait() != 0:
        raise SystemExit("the unchanged peer doesn't pass:\n" + "".join(text[-30:]))
    return output, asked


class Reach:
    """line of a file -> the cases that run it; and which lines something runs that is no case: random programs."""

    def __init__(self, cases, lines, imported, others):
        self.cases, self._lines, self._imported, self._others = cases, lines, imported, others

    @classmethod
    def of(cls, program, folder):
        kept = folder / "reach.json"
        if not kept.exists():
            kept.write_text(json.dumps(cls._measure(program, folder)))
        return cls(**json.loads(kept.read_text()))

    @staticmethod
    def _measure(program, folder):
        output, asked = _watched(program, folder)
        cases = _cases(program)
        place = {name: i for i, name in enumerate(cases)}
        found, imported, others, askers, met = {}, {}, {}, iter(asked), False
        with open(output, encoding="utf-8") as lines:
            for question, ran in map(json.loads, lines):
                case = None
                if question == "import":
                    to = imported
                elif not met:           # the question by which the program meets a peer belongs to no case
                    met, to = True, others
                else:
                    case = place.get(next(askers))
                    to = others
                for file, numbers in ran.items():
                    if case is None:
                        to.setdefault(file, set()).update(numbers)
                    else:
                        for number in numbers:
                            found.setdefault(file, {}).setdefault(number, set()).add(case)
        output.unlink()
        return {"cases": cases,
                "lines": {file: {number: sorted(own) for number, own in numbers.items()}
                          for file, numbers in found.items()},
                "imported": {file: sorted(numbers) for file, numbers in imported.items()},
                "others": {file: sorted(numbers) for file, numbers in others.items()}}

    def of_mutant(self, mutant):
        """The cases that run a changed line; None where all of them could meet what it changes."""
        lines = self._lines.get(mutant.file, {})
        found = {case for number in mutant.span for case in lines.get(str(number), ())}
        if self._has(self._imported, mutant) and (mutant.parts[1] == "module" or not found):
            return None
        return [self.cases[case] for case in sorted(found)]

    def is_reached(self, mutant):
        return self.of_mutant(mutant) != [] or self._has(self._others, mutant)

    @staticmethod
    def _has(lines, mutant):
        own = lines.get(mutant.file, ())
        return any(number in own for number in mutant.span)
