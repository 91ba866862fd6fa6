"""What a mutant is: one small change of one statement of the peer, made in its syntax tree.

A mutant has a name of four parts, so that a list of names stays valid when lines move:

    login.py:retrieve | if login.status != "pending": | compare | login.status == 'pending'

the file and the function, the text of the line, the kind of change, and what stands there instead. Where that
is not enough to tell two apart, the later one has a number.

What is left alone: words for people (the detail of a refusal, the text of a fault), what can only crash (an attribute
that is never set), and the order of two checks that refuse with one class, since a harness compares classes.
"""

import ast
import hashlib
import re
from pathlib import Path

from knowledge import Knowledge, name_called

PEER = Path(__file__).resolve().parent.parent / "peers" / "python"

#: function -> from which of its arguments on there are only words for people
PROSE = {"Fault": 0, "Refused": 1, "_check_length": 1, "_demand": 1, "_form": 2, "_in_range": 1,
         "check_parameters": 2, "check_written": 1, "not_empty": 1, "number": 3}
#: members of an answer that are words for people
PROSE_MEMBERS = {"fault", "detail"}

COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
           ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
#: how the other end of a boundary moves by one, where another comparison doesn't say the same
BOUNDARY = {ast.Lt: ast.Sub, ast.LtE: ast.Add, ast.Gt: ast.Add, ast.GtE: ast.Sub}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
              ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
              ast.BitOr: ast.BitAnd, ast.Mod: ast.FloorDiv}
FUNCTIONS = {"max": "min", "min": "max", "any": "all", "all": "any"}
METHODS = {"fullmatch": "match", "startswith": "endswith", "endswith": "startswith"}
#: calls that give what they are given, in another form
FORMS = {"sorted", "upper", "lower", "casefold", "strip", "removesuffix"}
#: methods whose texts name an encoding; another one can only crash, but for the order of bytes
ENCODINGS = {"encode", "decode", "to_bytes", "from_bytes"}
#: methods that change what they are called on
CHANGES = {"add", "append", "clear", "discard", "extend", "pop", "remove", "update"}


class Mutant:
    """A change that can be made in its tree, and taken back."""

    def __init__(self, tree, parts, source, span, edit):
        self.tree, self.parts = tree, parts
        self.source = source            # of the function, comments and all
        self.number = 1
        self.span = span                # lines of which one is run wherever the change could matter
        self._node, self._field, self._new = edit
        self._old = getattr(self._node, self._field)

    @property
    def file(self):
        return self.parts[0]

    @property
    def kind(self):
        return self.parts[3]

    @property
    def name(self):
        file, function, text, kind, change = self.parts
        number = " | %d" % self.number if self.number > 1 else ""
        return "%s:%s | %s | %s | %s%s" % (file, function, text, kind, change, number)

    @property
    def id(self):
        """The name in ten characters, for a command line."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:10]

    def code(self):
        """The file with this change."""
        self.apply()
        try:
            return compile(ast.fix_missing_locations(self.tree), str(PEER / self.file), "exec")
        finally:
            self.undo()

    def texts(self):
        """The file before and after, without its comments."""
        before = ast.unparse(self.tree)
        self.apply()
        try:
            return before, ast.unparse(ast.fix_missing_locations(self.tree))
        finally:
            self.undo()

    def apply(self):
        setattr(self._node, self._field, self._new)

    def undo(self):
        setattr(self._node, self._field, self._old)


# ---- changes of expressions -----------------------------------------------------

def _constant(value):
    return ast.Constant(value)


def _not(node):
    return node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) \
        else ast.UnaryOp(ast.Not(), node)


def _replaced(items, index, *new):
    return items[:index] + list(new) + items[index + 1:]


def _patterns(pattern):
    """Regular expressions that are a little wider or narrower."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    found = []
    for match in re.finditer(r"(?<=[{,])\d+(?=[,}])", text):
        for number in (int(match[0]) - 1, int(match[0]) + 1):
            found.append(text[:match.start()] + str(number) + text[match.end():])
    for match in re.finditer(r"(?<=[\])])[*+]", text):
        found.append(text[:match.start()] + {"*": "+", "+": "*"}[match[0]] + text[match.end():])
    for match in re.finditer(r"(?<=[0-9A-Za-z]-)[1-9B-Zb-z]", text):
        found.append(text[:match.start()] + chr(ord(match[0]) - 1) + text[match.end():])
    return [own if isinstance(pattern, str) else own.encode("latin-1") for own in found]


def _bent(value):
    """Other values of the same type."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1] if value else [1]
    if value == "big":
        return ["little"]
    if isinstance(value, str) and " " in value.strip() and "%" not in value:
        words = value.split()
        return [" ".join(_replaced(words, i)) for i in range(len(words))]
    if isinstance(value, str):
        return [value[:-1] + chr(ord(value[-1]) ^ 1)] if value else ["x"]
    if isinstance(value, bytes):
        return [value[:-1] + bytes([value[-1] ^ 1])] if value else [b"x"]
    return []


class _Changes:
    """All changes of one file."""

    def __init__(self, file, source, tree, knowledge):
        self.file, self.tree, self.knowledge = file, tree, knowledge
        self.lines = source.splitlines()
        self.found = []
        self.function, self.source = "module", ""
        self.statement = None           # the one that is looked at
        self.outer = None               # the expression around the one that is looked at
        self.made = set()               # names of objects that the function makes
        self.named = set()              # names that the function has given a value before

    def emit(self, kind, node, change, edit, span=None):
        first, last = span or self.span
        text = " ".join(self.lines[node.lineno - 1].split("#")[0].split())
        change = " ".join(change.split())
        if len(change) > 100:
            change = change[:60] + "…" + hashlib.sha256(change.encode()).hexdigest()[:8]
        span = range(first, last + 1)
        parts = [self.file, self.function, text, kind, change]
        self.found.append(Mutant(self.tree, parts, self.source, span, edit))

    # -- statements --

    def block(self, owner, field):
        """Changes of the statements of a block, and of what they hold."""
        body = getattr(owner, field)
        if self.function != "module":
            self._drops(owner, field, body)
            self._swaps(owner, field, body)
        for statement in body:
            self.one(statement)

    def one(self, node):
        outer = self.statement
        self.statement = node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self._scope(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)):
            pass
        else:
            self.span = (node.lineno, self._end(node))
            self._conditions(node)
            for field, value in ast.iter_fields(node):
                if field in ("body", "orelse", "finalbody", "handlers"):
                    continue
                self.expressions(node, field, value)
            for field in ("body", "orelse", "finalbody"):
                if getattr(node, field, None) and not isinstance(node, ast.Lambda):
                    self.block(node, field)
            for handler in getattr(node, "handlers", []):
                self.block(handler, "body")
            if isinstance(node, ast.Assign):
                self.named |= {name.id for target in node.targets for name in ast.walk(target)
                               if isinstance(name, ast.Name)}
        self.statement = outer

    @staticmethod
    def _end(node):
        """The last line of what a statement says before its block."""
        body = getattr(node, "body", None)
        return max(node.lineno, body[0].lineno - 1) if body else node.end_lineno

    def _scope(self, node):
        outer, named, source = self.function, self.named, self.source
        if isinstance(node, ast.FunctionDef):
            prefix = outer + "." if outer != "module" else ""
            self.function = prefix + node.name
            self.source = "\n".join(self.lines[node.lineno - 1:node.end_lineno])
            self.named = {argument.arg for argument in node.args.args}
            self.made = {own.targets[0].id for own in ast.walk(node)
                         if isinstance(own, ast.Assign) and isinstance(own.targets[0], ast.Name)
                         and isinstance(own.value, ast.Call) and (name_called(own.value) or "")[:1].isupper()}
            self.span = (node.lineno, node.lineno)
            for i, default in enumerate(node.args.defaults):
                self.expression(node.args, "defaults", i, default)
            self._early(node)
            self.block(node, "body")
        else:
            self.function = node.name if outer == "module" else outer + "." + node.name
            for statement in node.body:
                if isinstance(statement, ast.FunctionDef):
                    self.one(statement)
        self.function, self.named, self.source = outer, named, source

    def _conditions(self, node):
        """A condition that always holds, never, or the other way round."""
        if not isinstance(node, (ast.If, ast.IfExp, ast.comprehension)):
            return
        tests = [(node, "test", None)] if not isinstance(node, ast.comprehension) \
            else [(node, "ifs", i) for i in range(len(node.ifs))]
        for owner, field, index in tests:
            old = getattr(owner, field) if index is None else getattr(owner, field)[index]

            def edit(new):
                return owner, field, new if index is None else _replaced(getattr(owner, field), index, new)
            at = old if isinstance(node, ast.comprehension) else node
            self.emit("never", at, "if False", edit(_constant(False)))
            self.emit("always", at, "if True", edit(_constant(True)))
            if not (isinstance(old, ast.Compare) and len(old.ops) == 1
                    and type(old.ops[0]) not in BOUNDARY):
                new = _not(old)
                self.emit("negated", at, ast.unparse(new), edit(new))

    def _drops(self, owner, field, body):
        for i, node in enumerate(body):
            span = (node.lineno, self._end(node))

            def without(*new):
                return owner, field, _replaced(body, i, *new) or [ast.Pass()]
            text = ast.unparse(node).split("\n")[0]
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) \
                    or isinstance(node, (ast.AugAssign, ast.Delete, ast.Break, ast.Continue)):
                self.emit("dropped", node, "without " + text, without(), span)
            elif isinstance(node, ast.For):
                self.emit("dropped", node, "without " + text, without(), span)
            elif isinstance(node, ast.Assign):
                self._drop_assignment(node, text, without, span)
            elif isinstance(node, ast.Raise) and not isinstance(owner, (ast.If, ast.ExceptHandler)):
                self.emit("dropped", node, "without " + text, without(), span)

    def _drop_assignment(self, node, text, without, span):
        """What an object keeps, or what a name was before. Else the program could only crash."""
        if self.function.endswith("__init__"):
            return
        target = node.targets[0]
        stores = (ast.Attribute, ast.Subscript)
        if isinstance(target, stores) or isinstance(target, ast.Name) and target.id in self.named:
            self.emit("dropped", node, "without " + text, without(), span)
        elif isinstance(target, ast.Tuple):
            for i, own in enumerate(target.elts):
                if isinstance(own, stores):
                    name = ast.Name("_dropped", ast.Store())
                    new = ast.Assign([ast.Tuple(_replaced(target.elts, i, name), ast.Store())], node.value)
                    self.emit("dropped", node, ast.unparse(ast.fix_missing_locations(new)),
                              without(ast.copy_location(new, node)), span)

    def _swaps(self, owner, field, body):
        """Two neighbours of which the first can refuse: in the other order another rule decides, or
        something has changed before."""
        for i, (first, second) in enumerate(zip(body, body[1:])):
            if not self._refuses(first):
                continue
            if not self._refuses(second) and (self._is_being_made(second) or not self._changes(second)):
                continue
            if _depend(first, second):
                continue
            classes = self.knowledge.refusals(self.file, first)
            if len(classes) == 1 and classes == self.knowledge.refusals(self.file, second):
                continue
            new = body[:i] + [second, first] + body[i + 2:]
            span = (first.lineno, self._end(second))
            kind = "swapped" if self._refuses(second) else "late"
            self.emit(kind, first, ast.unparse(second).split("\n")[0] + " first", (owner, field, new), span)

    def _refuses(self, node):
        if isinstance(node, (ast.If, ast.Expr, ast.Assign, ast.For)):
            return any(isinstance(own, ast.Raise)
                       or isinstance(own, ast.Call) and name_called(own) in self.knowledge.refusing
                       for own in ast.walk(node))
        return False

    def _is_being_made(self, node):
        """Whether what changes is an object that nobody has before the function ends: where that refuses, nobody
        ever sees it."""
        targets = getattr(node, "targets", [])
        roots = {own.id for target in targets for own in ast.walk(target) if isinstance(own, ast.Name)}
        return self.function.endswith("__init__") or bool(roots & self.made)

    @staticmethod
    def _changes(node):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
            targets = getattr(node, "targets", None) or [node.target]
            return any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in targets)
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) \
            and name_called(node.value) in CHANGES

    def _early(self, node):
        """A function that ends before its last statements."""
        returns = [own.value for own in ast.walk(node) if isinstance(own, ast.Return)]
        if any(value is not None for value in returns) or node.name == "__init__":
            return
        for i in range(1, len(node.body) - 1):
            at = node.body[i]
            new = node.body[:i] + [ast.copy_location(ast.Return(None), at)] + node.body[i:]
            self.emit("early", at, "return before", (node, "body", new), (at.lineno, self._end(at)))

    # -- expressions --

    def expressions(self, owner, field, value):
        if isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, ast.AST):
                    self.expression(owner, field, i, item)
        elif isinstance(value, ast.AST):
            self.expression(owner, field, None, value)

    def expression(self, owner, field, index, node):
        """Changes of an expression, which is `field` (its part `index`) of `owner`."""
        def edit(new):
            old = getattr(owner, field)
            return owner, field, new if index is None else _replaced(old, index, new)

        def put(kind, new, change=None):
            new = ast.copy_location(new, node)
            self.emit(kind, node, change or ast.unparse(new), edit(new))
        self.outer = owner if isinstance(owner, ast.expr) else None
        handler = getattr(self, "_" + type(node).__name__.lower(), None)
        if handler is not None:
            handler(node, put)
        if isinstance(node, (ast.IfExp, ast.comprehension)):
            self._conditions(node)
        for inner, value in ast.iter_fields(node):
            if isinstance(node, ast.Call) and inner == "args":
                limit = PROSE.get(name_called(node), len(value))
                for i, item in enumerate(value[:limit]):
                    self.expression(node, "args", i, item)
            elif isinstance(node, ast.Dict) and inner == "values":
                for i, (key, item) in enumerate(zip(node.keys, value)):
                    if not (isinstance(key, ast.Constant) and key.value in PROSE_MEMBERS):
                        self.expression(node, "values", i, item)
            elif isinstance(node, ast.Dict) and inner == "keys":
                for i, key in enumerate(value):     # the name of a member is missed at once
                    if key is not None and not _is_text(key):
                        self.expression(node, "keys", i, key)
            elif isinstance(node, ast.Subscript) and inner == "slice" and _is_text(value):
                pass
            else:
                self.expressions(node, inner, value)

    def _compare(self, node, put):
        for i, op in enumerate(node.ops):
            new = COMPARE[type(op)]()
            put("compare", ast.Compare(node.left, _replaced(node.ops, i, new), node.comparators))
            right = node.comparators[i]
            move = BOUNDARY.get(type(op))
            if move is not None and not isinstance(right, ast.Constant):
                moved = ast.BinOp(right, move(), _constant(1))
                put("boundary", ast.Compare(node.left, node.ops, _replaced(node.comparators, i, moved)))
            if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, (ast.Tuple, ast.Set)):
                for j in range(len(right.elts)):
                    less = type(right)(_replaced(right.elts, j))
                    if isinstance(right, ast.Tuple):
                        less.ctx = ast.Load()
                    put("element", ast.Compare(node.left, node.ops, _replaced(node.comparators, i, less)))

    def _boolop(self, node, put):
        for i in range(len(node.values)):
            rest = _replaced(node.values, i)
            put("half", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
        put("and-or", ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values))

    def _unaryop(self, node, put):
        if isinstance(node.op, ast.Not):
            put("negated", node.operand)

    def _binop(self, node, put):
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            return                      # a text with places
        new = ARITHMETIC.get(type(node.op))
        texts = (ast.List, ast.JoinedStr)
        if isinstance(node.op, ast.Add) and (
                isinstance(node.left, texts) or isinstance(node.right, texts)
                or any(isinstance(own, ast.Constant) and isinstance(own.value, (str, bytes))
                       for own in (node.left, node.right))):
            put("half", node.left)
            put("half", node.right)
        elif new is not None:
            put("arithmetic", ast.BinOp(node.left, new(), node.right))

    def _constant(self, node, put):
        if isinstance(self.statement, ast.Expr) and self.statement.value is node:
            return                      # says what the function is
        if self.knowledge.is_table(self.statement):
            return                      # which class a requirement has: see below
        outer = " in " + " ".join(ast.unparse(self.outer).split()) if self.outer is not None else ""
        if node.value in self.knowledge.classes:
            other = self.knowledge.classes[node.value]
            put("class", _constant(other), "%s -> %s" % (node.value, other))
            return
        if isinstance(self.outer, ast.Call) and name_called(self.outer) in ENCODINGS \
                and isinstance(node.value, str) and node.value != "big":
            return
        for value in _bent(node.value):
            put("constant", _constant(value), "%r -> %r%s" % (node.value, value, outer))

    def _call(self, node, put):
        name = name_called(node)
        known = name and isinstance(node.func, ast.Name)
        if known and name in FUNCTIONS:
            put("function", ast.Call(ast.Name(FUNCTIONS[name], ast.Load()), node.args, node.keywords))
        if not known and name in METHODS:
            function = ast.Attribute(node.func.value, METHODS[name], ast.Load())
            put("function", ast.Call(function, node.args, node.keywords))
        if name in FORMS:
            put("form", node.args[0] if known else node.func.value)
        if name == "compile" and isinstance(node.args[0], ast.Constant):
            for pattern in _patterns(node.args[0].value):
                put("pattern", ast.Call(node.func, [_constant(pattern)], node.keywords))
        for i in range(len(node.keywords) if self.function != "module" else 0):
            put("argument", ast.Call(node.func, node.args, _replaced(node.keywords, i)))
        if node.args and self.knowledge.optional.get(name) and not isinstance(node.args[-1], ast.Starred):
            put("argument", ast.Call(node.func, node.args[:-1], node.keywords))

    def _name(self, node, put):
        other = self.knowledge.siblings.get(node.id)
        if other is not None and isinstance(node.ctx, ast.Load):
            put("name", ast.Name(other, ast.Load()))

    def _attribute(self, node, put):
        other = self.knowledge.siblings.get(node.attr)
        if other is not None and isinstance(node.ctx, ast.Load):
            put("name", ast.Attribute(node.value, other, ast.Load()))

    def _dict(self, node, put):
        if self.function == "module" and 1 < len(node.keys) < 12:
            for i in range(len(node.keys)):
                put("element", ast.Dict(_replaced(node.keys, i), _replaced(node.values, i)))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _depend(first, second):
    """Whether one of two statements needs a name that the other one gives."""
    def names(node, context):
        return {own.id for own in ast.walk(node)
                if isinstance(own, ast.Name) and isinstance(own.ctx, context)}
    stored, loaded = names(first, ast.Store), names(first, ast.Load)
    return bool(stored & names(second, (ast.Load, ast.Store)) or names(second, ast.Store) & loaded)


# ---- all of them ----------------------------------------------------------------

def files():
    """The files of the peer, without its tests and what only watches it."""
    return sorted(path for path in PEER.glob("*.py")
                  if not path.name.startswith("test_") and path.name not in ("worked_example.py", "reached.py"))


def parse():
    """File name -> source and tree."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in files()}
    return {name: (source, ast.parse(source, name)) for name, source in sources.items()}


def mutants_of(file, parsed, knowledge):
    """The mutants of one file, each name once."""
    source, tree = parsed[file]
    changes = _Changes(file, source, tree, knowledge)
    changes.block(tree, "body")
    counted = {}
    for mutant in changes.found:
        counted[mutant.name] = mutant.number = counted.get(mutant.name, 0) + 1
    return changes.found


def knowledge_of(parsed):
    return Knowledge({name: tree for name, (_, tree) in parsed.items()})


def mutants():
    """All of them, in the order of files and lines."""
    parsed = parse()
    knowledge = knowledge_of(parsed)
    return [mutant for file in parsed for mutant in mutants_of(file, parsed, knowledge)]


def found(file, wanted):
    """The mutant of a file with this id."""
    parsed = parse()
    for mutant in mutants_of(file, parsed, knowledge_of(parsed)):
        if mutant.id == wanted:
            return mutant
    raise SystemExit("no mutant %s of %s" % (wanted, file))
