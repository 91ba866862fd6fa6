"""Recomputes the worked example of the specification: python3 worked_example.py SPEC.md

Exit 0: every derived value was recomputed and agrees. Exit 1: a value differs, or a row cannot be
recomputed; one line each. Exit 2: there is no table, or it is empty, or the file cannot be read.
"""

import re
import sys

_BEGIN = re.compile(r"<!-- worked example: written by [^\n]*-->")
_END = "<!-- end of worked example -->"
_COLUMNS = ["name", "value", "how"]

#: name of a derived row -> function from all values (name -> text) to its value as text
RECOMPUTE = {}


class NoTable(Exception):
    pass


def _cells(line):
    """The cells of a table row; a `\\|` does not end a cell; code marks are taken off."""
    parts = re.split(r"(?<!\\)\|", line.strip())
    return [part.strip().replace("\\|", "|") for part in parts[1:-1]]


def read_table(markdown):
    """The rows between the markers, as (name, value, how)."""
    begin = _BEGIN.search(markdown)
    end = markdown.find(_END, begin.end()) if begin else -1
    if end < 0:
        raise NoTable("the markers of the worked example are missing")
    lines = [line for line in markdown[begin.end():end].splitlines()
             if line.lstrip().startswith("|")]
    if not lines:
        raise NoTable("the worked example is empty")
    if [cell.lower() for cell in _cells(lines[0])] != _COLUMNS:
        raise NoTable("the worked example's table has other columns than name, value, how")
    rows = []
    for line in lines[1:]:
        cells = _cells(line)
        if cells and all(re.fullmatch(":?-+:?", cell) for cell in cells):
            continue
        if len(cells) != len(_COLUMNS):
            raise NoTable("a row does not have three cells: " + line.strip())
        name, value, how = cells
        rows.append((name.strip("`"), value.strip("`"), how))
    if not rows:
        raise NoTable("the worked example's table has no rows")
    return rows


def is_input(how):
    """A row that is given, not derived."""
    return how.strip("`* ").lower().startswith(("input", "given"))


def differences(rows):
    """One line for each row that does not hold."""
    found = []
    values = {}
    for name, value, _ in rows:
        if name in values:
            found.append("%s: there are two rows of this name" % name)
        values[name] = value
    for name, value, how in rows:
        if is_input(how):
            continue
        recompute = RECOMPUTE.get(name)
        if recompute is None:
            found.append("%s: unknown name, cannot be recomputed" % name)
            continue
        try:
            own = recompute(values)
        except Exception as error:
            found.append("%s: cannot be recomputed: %s: %s" % (name, type(error).__name__, error))
            continue
        if own != value:
            found.append("%s: the table has %s, recomputed is %s" % (name, value, own))
    return found


def main(arguments):
    if len(arguments) != 1:
        print("usage: worked_example.py SPEC.md", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            rows = read_table(file.read())
    except (OSError, NoTable) as error:
        print(error)
        return 2
    found = differences(rows)
    for line in found:
        print(line)
    if not found:
        print("%d rows, all derived values agree" % len(rows))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
