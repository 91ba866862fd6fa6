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
    """line of a file -> the cases that run it."""

    def __init__(self, cases, lines, imported):
        self.cases, self._lines, self._imported = cases, lines, imported

    @classmethod
    def of(cls, program, folder):
        kept = folder / "reach.json"
        if not kept.exists():
            kept.write_text(json.dumps(cls._measure(program, folder)))
        return cls(**json.loads(kept.read_text()))

    @staticmethod
    def _measure(program, folder):
        output, asked = _watched(program, folder)
        cases = list(dict.fromkeys(asked))
        place = {name: i for i, name in enumerate(cases)}
        found, imported, askers, met = {}, {}, iter(asked), False
        with open(output, encoding="utf-8") as lines:
            for question, ran in map(json.loads, lines):
                if question == "import":
                    for file, numbers in ran.items():
                        imported.setdefault(file, set()).update(numbers)
                    continue
                if not met:             # the question by which the program meets a peer belongs to no case
                    met = True
                    continue
                case = place[next(askers)]
                for file, numbers in ran.items():
                    for number in numbers:
                        found.setdefault(file, {}).setdefault(number, set()).add(case)
        output.unlink()
        return {"cases": cases,
                "lines": {file: {number: sorted(own) for number, own in numbers.items()}
                          for file, numbers in found.items()},
                "imported": {file: sorted(numbers) for file, numbers in imported.items()}}

    def of_mutant(self, mutant):
        """The cases to which a change could matter, None for all of them."""
        lines, imported = self._lines.get(mutant.file, {}), self._imported.get(mutant.file, [])
        if any(number in imported for number in mutant.span) and mutant.parts[1] == "module":
            return None
        found = {case for number in mutant.span for case in lines.get(str(number), ())}
        if not found and any(number in imported for number in mutant.span):
            return None
        return [self.cases[case] for case in sorted(found)]
