"""The golden vectors of ../../../vectors, without the harness; test_peer.py runs them, too."""

import glob
import json
import os
import unittest

import qr
from operations import OPERATIONS
from test_peer import HERE, Case

FOLDER = os.path.join(HERE, "..", "..", "..", "vectors")


class Vectors(Case):
    def play(self, name, step):
        """One question with its answer: `ok`, `refused` or `fault`."""
        answer = self.ask(step["op"], *([step["session"]] if "session" in step else []),
                          **step["params"])
        if "ok" in step and step["op"] == "state":
            self.assertEqual(answer["ok"]["counters"], step["ok"]["counters"], name)
        elif "ok" in step and step["op"] not in ("hello", "qr.write"):
            self.assertEqual(answer.get("ok"), step["ok"], name)
        elif "refused" in step:
            self.assertEqual(answer.get("refused", {}).get("class"), step["refused"]["class"], name)
        elif "fault" in step:
            self.assertIn("fault", answer, name)

    def test_all(self):
        played = 0
        for path in sorted(glob.glob(os.path.join(FOLDER, "*.json"))):
            with open(path, encoding="utf-8") as file:
                for vector in json.load(file).get("vectors", ()):
                    steps = vector.get("steps")
                    if steps is None and vector.get("operation") in OPERATIONS:
                        outcome = {"ok": vector["output"]} if vector["result"] == "valid" \
                            else {"refused": {"class": vector["class"]}}
                        steps = [{"op": vector["operation"], "params": vector["input"], **outcome}]
                    for step in steps or ():
                        if qr.AVAILABLE or not step["op"].startswith("qr."):
                            self.play(vector["id"], step)
                            played += 1
                    self.ok("reset")
        self.assertGreater(played, 1000)


if __name__ == "__main__":
    unittest.main()
