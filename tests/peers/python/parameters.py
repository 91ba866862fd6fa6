"""Types of parameters (section 18): each is a function from the JSON value to the value the
operation takes."""

import wire


class Fault(Exception):
    """The question itself was wrong (PPR-5)."""


def integer(low, high):
    def check(value):
        if type(value) is not int or not low <= value <= high:      # a bool is no number
            raise Fault("must be an integer of %d..=%d" % (low, high))
        return value
    return check


def number_of(*choices):
    def check(value):
        if type(value) is not int or value not in choices:
            raise Fault("must be one of " + ", ".join(map(str, choices)))
        return value
    return check


def boolean(value):
    if type(value) is not bool:
        raise Fault("must be true or false")
    return value


def text(value):
    if type(value) is not str:
        raise Fault("must be a string")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Fault("must not hold half a surrogate pair")
    return value


def text_up_to(length, least=0):
    def check(value):
        if not least <= len(text(value)) <= length:
            raise Fault("must have %d to %d characters" % (least, length))
        return value
    return check


def ascii_text(value):
    if not text(value).isascii():
        raise Fault("must be ASCII")
    return value


def one_of(*choices):
    def check(value):
        if type(value) is not str or value not in choices:
            raise Fault("must be one of " + ", ".join(choices))
        return value
    return check


def octets(low=0, high=None):
    def check(value):
        if type(value) is not str or not wire.is_hex(value):
            raise Fault("must be an even number of hexadecimal digits")
        data = bytes.fromhex(value)
        if len(data) < low or high is not None and len(data) > high:
            raise Fault("wrong number of bytes")
        return data
    return check


def exactly(n):
    return octets(n, n)


def challenge(value):
    data = exactly(8)(value)
    if not any(data):
        raise Fault("must not be zero")
    return data


def nullable(kind):
    return lambda value: None if value is None else kind(value)


def serial(value):
    if type(value) is not str or not wire.is_serial(value):
        raise Fault("must be a serial number of ten characters")
    return value


def array(low, high, kind):
    def check(value):
        if type(value) is not list or not low <= len(value) <= high:
            raise Fault("must be an array of %d to %d elements" % (low, high))
        return [kind(element) for element in value]
    return check


def item(value):
    if type(value) is not list or len(value) != 2:
        raise Fault("must hold pairs [key, value]")
    key, content = text(value[0]), text(value[1])
    if key == "":
        raise Fault("must not hold an empty key")
    return key, content


def matching(pattern):
    def check(value):
        if type(value) is not str or not pattern.fullmatch(value):
            raise Fault("does not have its form")
        return value
    return check


def not_empty(value):
    if text(value) == "":
        raise Fault("must not be empty")
    return value


def record(**kinds):
    """An object with just these members."""
    return lambda value: check_parameters(kinds, value, "members")


def tagged(tag, kinds):
    """An object whose member `tag` says which others it has."""
    def check(value):
        name = value.get(tag) if type(value) is dict else None
        if type(name) is not str or name not in kinds:
            raise Fault("must be an object with a known " + tag)
        return record(**{tag: text}, **kinds[name])(value)
    return check


def check_parameters(kinds, values, where):
    """Every parameter there, none unknown, each of its type."""
    if type(values) is not dict:
        raise Fault(where + " must be an object")
    for name in values:
        if name not in kinds:
            raise Fault("%s: unknown %a" % (where, name[:64]))
    result = {}
    for name, kind in kinds.items():
        if name not in values:
            raise Fault("%s: %s is missing" % (where, name))
        try:
            result[name] = kind(values[name])
        except Fault as fault:
            raise Fault("%s %s" % (name, fault)) from None
    return result
