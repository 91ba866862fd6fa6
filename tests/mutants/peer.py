"""The peer with one change, or watched: `peer.py FILE ID` or `peer.py --watch OUTPUT`. Whoever plays a mutant often
compiles it once: `peer.py FILE CODE`, the path of what `marshal` wrote."""

import importlib.util
import json
import marshal
import os
import sys

import mutations

sys.path[0] = str(mutations.PEER)       # whose modules have names of their own
sys.dont_write_bytecode = True


def change(file, wanted):
    """From now on, importing this file gives the changed one."""
    name = file.removesuffix(".py")
    if os.path.exists(wanted):
        with open(wanted, "rb") as compiled:
            code = marshal.load(compiled)
    else:
        code = mutations.found(file, wanted).code()
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, None))
    module.__file__ = str(mutations.PEER / file)
    sys.modules[name] = module
    exec(code, module.__dict__)


class Watch:
    """Which lines each question runs, as lines of JSON: the question, and file and number of each."""

    def __init__(self, output):
        self.files = {str(path): path.name for path in mutations.files()}
        self.output = open(output, "a", encoding="utf-8")
        self.lines = set()
        sys.settrace(self._call)

    def _call(self, frame, event, argument):
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame, event, argument):
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    def write(self, question):
        lines = {}
        for path, number in self.lines:
            lines.setdefault(self.files[path], []).append(number)
        self.lines = set()
        self.output.write(json.dumps([question.decode("latin-1"), lines]) + "\n")
        self.output.flush()


def main(arguments):
    if arguments[0] != "--watch":
        change(*arguments)
        import peer
        return peer.main()
    watch = Watch(arguments[1])
    import peer
    watch.write(b"import")
    answer = peer.Peer.answer_line

    def watched(self, line):
        try:
            return answer(self, line)
        finally:
            watch.write(line)
    peer.Peer.answer_line = watched
    return peer.main()


if __name__ == "__main__":
    main(sys.argv[1:])
