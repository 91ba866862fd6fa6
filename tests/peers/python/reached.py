"""The peer, and it tells who fuzzes it which of its code was reached (section 18, `coverage`). It is slower then; `peer.py`
is the peer that is judged."""

import os
import sys
import zlib

import peer
from operations import OPERATIONS, Operation

BORED = 50      # calls of a function without anything new, after which it is watched no more: watching is slow


class Reached:
    """Which jumps from one line of this peer to another were taken, each told once."""

    def __init__(self):
        self.folder = os.path.dirname(os.path.abspath(__file__)) + os.sep
        self.calls = {}             # of each function, since it showed something new
        self.known = set()
        self.new = []

    def coverage(self):
        reached, self.new = self.new, []
        return {"reached": reached}

    def call(self, frame, event, argument):
        code = frame.f_code
        calls = self.calls.get(code)
        if calls is None:
            path = os.path.abspath(code.co_filename)
            calls = 0 if path.startswith(self.folder) else BORED
        self.calls[code] = calls + 1
        if calls >= BORED:
            return None
        name = os.path.basename(code.co_filename)
        before = 0

        def line(frame, event, argument):
            nonlocal before
            if event == "line":
                jump = (name, before, frame.f_lineno)
                before = frame.f_lineno
                if jump not in self.known:
                    self.known.add(jump)
                    self.new.append(zlib.crc32(repr(jump).encode()))
                    self.calls[code] = 0
            return line
        return line


if __name__ == "__main__":
    reached = Reached()
    OPERATIONS["coverage"] = Operation(reached.coverage)
    sys.settrace(reached.call)
    try:
        peer.main()
    except BrokenPipeError:
        os._exit(0)
