"""What the tool does: each kind of change is made, and changes what it says; what is counted as what; what is told."""

import ast
import contextlib
import functools
import io
import json
import random
import subprocess
import sys
import unittest

import mutations
import run

#: kind -> a piece of a peer, and what stands in it after each change of this kind
KINDS = {
    "compare": ("def f(a, b):\n return a < b", {"return a <= b"}),
    "boundary": ("def f(a, b):\n return a > b", {"return a > b + 1"}),
    "never": ("def f(a):\n if a:\n  raise Refused('X-1')", {"if False:"}),
    "always": ("def f(a):\n return 1 if a else 2", {"return 1 if True else 2"}),
    "negated": ("def f(a):\n if a:\n  return 1", {"if not a:"}),
    "half": ("def f(a, b):\n return a and b", {"return a", "return b"}),
    "and-or": ("def f(a, b):\n return a and b", {"return a or b"}),
    "arithmetic": ("def f(a):\n return a // 60", {"return a * 60"}),
    "constant": ("LIMIT = 16\nLABEL = 'enc'\nORDER = 'big'",
                 {"LIMIT = 15", "LIMIT = 17", "LABEL = 'enb'", "ORDER = 'little'"}),
    "class": ("_CLASSES = {'one': 'X-1 X-2', 'two': 'X-3'}\ndef f():\n raise Refused('X-1', 'words')",
              {"raise Refused('X-3', 'words')"}),
    "element": ("def f(a):\n return a in (1, 2)", {"return a in (2,)", "return a in (1,)"}),
    "name": ("AM1, AM2 = 0, 1\ndef f(a):\n return a == AM1", {"return a == AM2"}),
    "pattern": ("import re\nFORM = re.compile('[A-Z]{1,3}')",
                {"FORM = re.compile('[A-Y]{1,3}')", "FORM = re.compile('[A-Z]{0,3}')",
                 "FORM = re.compile('[A-Z]{2,3}')", "FORM = re.compile('[A-Z]{1,2}')",
                 "FORM = re.compile('[A-Z]{1,4}')"}),
    "function": ("def f(a, p):\n return max(a) if p.fullmatch(a) else 0",
                 {"return min(a) if p.fullmatch(a) else 0", "return max(a) if p.match(a) else 0"}),
    "form": ("def f(a):\n return a.upper()", {"return a"}),
    "argument": ("def g(a, b=0):\n pass\ndef f(a):\n return g(a, 1)", {"return g(a)"}),
    "dropped": ("def f(s, a):\n s.used = a\n s.both, a = a, 1\n s.all.clear()",
                {"", "_dropped, a = (a, 1)"}),
    "swapped": ("def f(a, b):\n if a:\n  raise Refused('X-1')\n if b:\n  raise Refused('X-2')",
                {"if b:\n    raise Refused('X-2')\nif a:\n    raise Refused('X-1')"}),
    "late": ("def f(s, a):\n if a:\n  raise Refused('X-1')\n s.used = True",
             {"s.used = True\nif a:\n    raise Refused('X-1')"}),
    "early": ("def f(s):\n s.a()\n s.b()\n s.c()", {"return"}),
}


EVERY = functools.cache(mutations.mutants)


def changes(source, kind):
    """What each change of a kind makes of a piece of a peer."""
    parsed = {"piece.py": (source, ast.parse(source))}
    found = []
    for mutant in mutations.mutants_of("piece.py", parsed, mutations.knowledge_of(
            {"refusal.py": parsed["piece.py"]} if kind == "class" else parsed)):
        if mutant.kind == kind:
            found.append(mutant.texts()[1])
    return found


class Mutations(unittest.TestCase):
    def test_each_kind_is_made(self):
        for kind, (source, expected) in KINDS.items():
            with self.subTest(kind):
                found = changes(source, kind)
                before = ast.unparse(ast.parse(source))
                self.assertNotIn(before, found)
                for text in expected:
                    lines = [line.strip() for line in text.splitlines()]
                    self.assertTrue(any(self.has(own, lines) for own in found), (text, found))

    @staticmethod
    def has(text, lines):
        stripped = [line.strip() for line in text.splitlines()]
        return any(stripped[i:i + len(lines)] == lines for i in range(len(stripped)))

    def test_every_kind_of_the_peer_is_tested_here(self):
        self.assertEqual({mutant.kind for mutant in EVERY()}, set(KINDS))

    def test_words_for_people_are_left_alone(self):
        source = "def f(a):\n \"\"\"Words.\"\"\"\n raise Refused(a, 'words %d' % 7)"
        self.assertEqual(changes(source, "constant"), [])
        self.assertEqual(changes("def f():\n return {'fault': 'words', 'ok': 1}", "constant"),
                         ["def f():\n    return {'fault': 'words', 'ok': 0}",
                          "def f():\n    return {'fault': 'words', 'ok': 2}"])

    def test_statements_that_need_each_other_are_not_swapped(self):
        self.assertEqual(changes("def f(a):\n b = g(a)\n if b:\n  raise Refused('X-1')\n\n"
                                 "def g(a):\n raise Refused('X-2')", "swapped"), [])

    def test_checks_of_one_class_are_not_swapped(self):
        self.assertEqual(changes("def f(a):\n if a:\n  raise Fault('this')\n if a > 1:\n  raise Fault('that')",
                                 "swapped"), [])
        self.assertEqual(changes("def g(a):\n if a:\n  raise Fault('this')\ndef f(a):\n g(a)\n g(a + 1)",
                                 "swapped"), [])

    def test_a_name_outlives_its_line(self):
        source = "def f(a, b):\n    return a < b  # why\n"
        names = []
        for text in (source, "# more\n\n" + source):
            parsed = {"piece.py": (text, ast.parse(text))}
            names.append([own.name for own in mutations.mutants_of(
                "piece.py", parsed, mutations.knowledge_of(parsed))])
        self.assertEqual(names[0], names[1])
        self.assertEqual(names[0][0], "piece.py:f | return a < b | compare | a <= b")

    def test_names_tell_mutants_apart(self):
        every = EVERY()
        self.assertEqual(len({mutant.name for mutant in every}), len(every))
        self.assertEqual(len({mutant.id for mutant in every}), len(every))

    def test_each_change_says_something_else_and_is_taken_back(self):
        parsed = mutations.parse()
        knowledge = mutations.knowledge_of(parsed)
        before = {file: ast.dump(tree) for file, (_, tree) in parsed.items()}
        every = [own for file in parsed for own in mutations.mutants_of(file, parsed, knowledge)]
        for mutant in random.Random(0).sample(every, 150):
            mutant.apply()
            self.assertNotEqual(ast.dump(mutant.tree), before[mutant.file], mutant.name)
            mutant.undo()
            self.assertIsNotNone(mutant.code())
            self.assertEqual(ast.dump(mutant.tree), before[mutant.file], mutant.name)


class Peers(unittest.TestCase):
    def answer(self, *arguments):
        question = {"seq": 1, "op": "primitive.check_digit", "params": {"digits": "0794", "hexadecimal": False}}
        done = subprocess.run([sys.executable, str(run.HERE / "peer.py"), *arguments], capture_output=True,
                              input=json.dumps(question).encode() + b"\n")
        return json.loads(done.stdout)

    def test_a_mutant_answers_otherwise(self):
        wanted = "crypto.py:check_digit | base = 16 if hexadecimal else 10 | always | if True"
        mutant = next(own for own in EVERY() if own.name == wanted)
        self.assertEqual(self.answer("crypto.py", mutant.id)["ok"], {"digit": "6"})

    def test_a_watched_one_answers_as_ever(self):
        with run.tempfile.TemporaryDirectory() as folder:
            output = run.Path(folder, "lines")
            self.assertEqual(self.answer("--watch", str(output))["ok"], {"digit": "5"})
            first, second = map(json.loads, output.read_text().splitlines())
        self.assertEqual(first[0], "import")
        self.assertIn("primitive.check_digit", second[0])
        self.assertIn("crypto.py", second[1])
        self.assertNotIn("server.py", second[1])


class Reached(unittest.TestCase):
    def test_only_what_runs_a_line_is_played_first(self):
        lines = {"piece.py": {"2": [0, 2], "3": [1]}}
        own = run.reach.Reach(["a", "b", "c"], lines, {"piece.py": [1, 9]}, {"piece.py": [4]})
        source = "LIMIT = 1\ndef f(a):\n return a < 2\ndef g(a):\n return not a\n\n\n\ndef h(a):\n return not a"
        parsed = {"piece.py": (source, ast.parse(source))}
        found = {}
        for mutant in mutations.mutants_of("piece.py", parsed, mutations.knowledge_of(parsed)):
            place = mutant.parts[1]
            found[place] = own.of_mutant(mutant), own.is_reached(mutant)
        self.assertEqual(found["module"], (None, True))     # run when it was imported: all could meet it
        self.assertEqual(found["f"], (["b"], True))
        self.assertEqual(found["g"], ([], False))


def played(code, *cases):
    return run.Played(code, {"parts": [{"cases": [
        {"id": "c%d" % i, "verdict": verdict, "got": got} for i, (verdict, got) in enumerate(cases)]}]}, "")


class Counting(unittest.TestCase):
    def test_a_crash_is_no_kill(self):
        passed = ("pass", "")
        for outcome, one in (
                (run.SURVIVED, played(0, passed, ("not-run", ""))),
                (run.KILLED, played(1, passed, ("fail", "accepted: {}"))),
                (run.KILLED, played(1, ("crash", "it ended"), ("fail", "accepted: {}"))),
                (run.KILLED, played(1, ("unsupported", ""))),
                (run.KILLED, run.Played(1, {"parts": [{"cases": [], "programs": {"findings": [
                    {"id": "program:x", "verdict": "fail", "got": "accepted: {}"}]}}]}, "")),
                (run.BROKEN, played(1, ("fail", "fault: internal: KeyError: 'a'"))),
                (run.BROKEN, played(1, ("crash", "it ended"))),
                (run.BROKEN, played(1, ("protocol-violation", ""), ("hang", ""))),
                (run.BROKEN, run.Played(3, None, "no usable answer to hello")),
                (run.HANG, played(1, ("hang", ""))),
                (run.FAULTY, played(1, ("harness-error", ""))),
                (run.FAULTY, played(3, ("pass", ""), ("not-run", "")))):
            self.assertEqual(one.outcome, outcome)

    def test_a_sample_stays_what_it_is(self):
        every = EVERY()
        drawn = run.draw(every, 40, 7, (1, 1))
        self.assertEqual([own.name for own in drawn], [own.name for own in run.draw(every[::-1], 40, 7, (1, 1))])
        self.assertNotEqual(drawn, run.draw(every, 40, 8, (1, 1)))
        parts = [run.draw(every, 40, 7, (i, 3)) for i in (1, 2, 3)]
        self.assertEqual({own.name for part in parts for own in part}, {own.name for own in drawn})
        self.assertEqual(sum(map(len, parts)), 40)
        # Without one of them the others stay.
        self.assertEqual(run.draw([own for own in every if own is not drawn[0]], 39, 7, (1, 1)), drawn[1:])

    def summary(self, outcome, excused):
        mutant = EVERY()[0]
        with contextlib.redirect_stdout(io.StringIO()) as words:
            right = run.summarize([mutant], [{"name": mutant.name, "outcome": outcome, "case": "c"}],
                                  {mutant.name: {}} if excused is None else excused)
        return right, words.getvalue()

    def test_a_survivor_needs_a_reason(self):
        right, words = self.summary(run.SURVIVED, {})
        self.assertFalse(right)
        self.assertIn("escaped (survived)", words)
        self.assertFalse(self.summary(run.UNREACHED, {})[0])
        self.assertTrue(self.summary(run.SURVIVED, None)[0])

    def test_a_reason_needs_a_survivor(self):
        right, words = self.summary(run.KILLED, None)
        self.assertFalse(right)
        self.assertIn("listed as a survivor, but killed by c", words)
        self.assertTrue(self.summary(run.KILLED, {})[0])
        self.assertIn("there is no such mutant: nobody", self.summary(run.KILLED, {"nobody": {}})[1])

    def test_what_is_noticed_by_a_crash_alone_is_no_kill(self):
        right, words = self.summary(run.BROKEN, {})
        self.assertTrue(right)
        self.assertIn("a case kills 0.0 %, 100.0 % are noticed", words)

    def test_the_lists_are_of_mutants(self):
        names = {mutant.name for mutant in EVERY()}
        survivors = run.listed(run.HERE / "survivors.toml", "survivor")
        self.assertLessEqual(set(survivors), names)
        for name, entry in survivors.items():
            self.assertRegex(entry["reason"], "^(equivalent|unobservable): .", name)
        self.assertLessEqual(set(run.listed(run.HERE / "blame.toml", "blame")), names)

    def test_the_first_blame_is_what_counts(self):
        expected = {"a": {"rule": "X-1"}, "b": {"rule": "X-2"}}
        entries = [{"name": "a", "first": "X-1", "likely": "X-1", "outcome": run.KILLED, "all": [("X-1", 1)]},
                   {"name": "b", "first": "X-1", "likely": "X-2", "outcome": run.KILLED,
                    "all": [("X-1", 1), ("X-2", 9)]}]
        with contextlib.redirect_stdout(io.StringIO()) as words:
            self.assertFalse(run.summarize_blame(entries, expected))
            self.assertTrue(run.summarize_blame(entries[:1], expected))
        self.assertIn("of 2 mutants: first blame right 1, likeliest cause right 2, right one among them 2",
                      words.getvalue())


if __name__ == "__main__":
    unittest.main()
