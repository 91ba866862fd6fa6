"""What a change in one file of the peer has to know of the others."""

import ast


class Knowledge:
    """All of it is known by name alone."""

    def __init__(self, trees):
        self.refusing = _refusing(trees)
        self.optional = {}              # function -> how many of its last parameters may be missing
        self.siblings = {}              # constant -> the next one that was named with it
        self.class_of = {}              # requirement -> class
        self.classes = {}               # requirement -> one whose class is another
        for tree in trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                    least = min(len(node.args.defaults), self.optional.get(node.name, 99))
                    self.optional[node.name] = least
            for node in tree.body:
                self._constants(node)
        self._classes(trees.get("refusal.py"))
        self._refusals = self._refusals_of(trees)

    def _refusals_of(self, trees):
        """Function of a file -> the classes with which it refuses, those of the functions that it calls among them."""
        named, called = {}, {}
        for file, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    own, calls = self._named_in(file, node)
                    named.setdefault((file, node.name), set()).update(own)
                    called.setdefault((file, node.name), set()).update(calls)
        everywhere = {}
        for file, name in named:
            everywhere.setdefault(name, []).append((file, name))
        while True:
            more = {place: own.union(*(self._of_call(call, named, everywhere) for call in called[place]))
                    for place, own in named.items()}
            if more == named:
                return lambda call: self._of_call(call, named, everywhere)
            named = more

    @staticmethod
    def _of_call(call, named, everywhere):
        """Those of the function of this file, else of all that have the name."""
        if call in named:
            return named[call]
        return set().union(*(named[place] for place in everywhere.get(call[1], ())))

    def _named_in(self, file, node):
        """The classes of the requirements that stand there, and the functions that are called there."""
        named, called = set(), set()
        for own in ast.walk(node):
            if isinstance(own, ast.Constant) and own.value in self.class_of:
                named.add(self.class_of[own.value])
            elif isinstance(own, ast.Call) and isinstance(getattr(own.func, "value", own.func), ast.Name):
                name = name_called(own)
                if name == "Fault":
                    named.add(name)
                called.add((file if isinstance(own.func, ast.Name) or own.func.value.id == "self" else None, name))
        return named, called

    def refusals(self, file, node):
        """The classes with which a statement can refuse, as far as its text says."""
        named, called = self._named_in(file, node)
        return named.union(*(self._refusals(call) for call in called))

    def _constants(self, node):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [name.id for name in node.targets[0].elts if name.id.isupper()]
            self.siblings.update(zip(names, names[1:] + names[:1]))

    @staticmethod
    def is_table(node):
        """Whether it is the table of classes and their requirements."""
        return isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "_CLASSES"

    def _classes(self, tree):
        if tree is None:
            return
        table = next(node.value for node in tree.body if self.is_table(node))
        rows = [value.value.split() for value in table.values]
        self.class_of = {name: key.value for key, row in zip(table.keys, rows) for name in row}
        for row, other in zip(rows, rows[1:] + rows[:1]):
            self.classes.update(dict.fromkeys(row, other[0]))


def name_called(node):
    """The name of what is called."""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)


def _refusing(trees):
    """Names of functions that can refuse, by themselves or through those that they call."""
    calls = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                called = {name_called(call) for call in ast.walk(node) if isinstance(call, ast.Call)}
                calls.setdefault(node.name, set()).update(called - {None})
    refusing = {"Refused", "Fault"}
    # Names that others have, too: what they say of one class they would say of all.
    shared = {"__init__", "check", "apply", "get", "update", "step"}
    while True:
        more = {name for name, called in calls.items()
                if called & refusing and name not in shared} - refusing
        if not more:
            return refusing
        refusing |= more
