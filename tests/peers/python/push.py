"""Push and login: gateway strings, the information message (section 27)."""

import re

from displayed import is_displayed
from refusal import Refused

NOTIFICATION, LOGIN = "notification", "login"
TEXT_LIMIT = 255                # characters of a service, user or domain
LAST_COUNTER = 0xFFFFFF         # of information messages

_TWO_DIGITS = re.compile(r"[0-9]{2}")
_CHALLENGE_KEY = re.compile(r"[0-9A-Fa-f]{10}")
_INDEX = re.compile(r"[1-8]")
_REJECTION = 1


def challenge_key(text, requirement="PSH-4"):
    """The five bytes; by PSH-10 where an operation is given one."""
    if not _CHALLENGE_KEY.fullmatch(text):
        raise Refused(requirement, "a challenge key has 10 hexadecimal digits")
    return bytes.fromhex(text)


def _check_length(text, name):
    """PSH-4: a domain may be empty."""
    if not text and name != "domain" or len(text) > TEXT_LIMIT:
        raise Refused("PSH-4", "a %s of %d characters" % (name, len(text)))


# ---- gateway strings ----------------------------------------------------------
# `content` is the object of section 18: {"format": "notification" or "login", …}.

def _field(text, known, requirement):
    if not _TWO_DIGITS.fullmatch(text):
        raise Refused("PSH-4", "not two digits")
    if text not in known:
        raise Refused(requirement, "unknown: " + text)
    return text


def read(text, application):
    """PSH-1 to PSH-6: the content, as a client reads it; `application` is that of the request."""
    version, *rest = text.split(";")
    _field(version, ("01",), "PSH-2")
    kind = _field(rest[0] if rest else "", ("03", "04"), "PSH-3")
    if len(rest) != (2 if kind == "03" else 5):
        raise Refused("PSH-4", "%d fields" % (len(rest) + 1))
    if kind == "03":
        return {"format": NOTIFICATION, "challenge_key": challenge_key(rest[1]).hex().upper()}
    _, service, index, user, domain = rest
    _check_length(service, "service")
    if not _INDEX.fullmatch(index):
        raise Refused("PSH-4", "not an application index")
    if int(index) != application:
        raise Refused("PSH-6", "the request is for application %d" % application)
    _check_length(user, "user")
    _check_length(domain, "domain")
    return {"format": LOGIN, "service": service, "index": int(index), "user": user,
            "domain": domain}


def check_written(text, name):
    """PSH-5."""
    if ";" in text:
        raise Refused("PSH-5", "a semicolon in the " + name)
    _check_length(text, name)
    if not is_displayed(text):
        raise Refused("PSH-5", "a character that is not displayed")


def write(content, application=None):
    """PSH-5: the text; `application` is that of the request, None without one (PSH-6)."""
    if content["format"] == NOTIFICATION:
        return "01;03;" + challenge_key(content["challenge_key"]).hex().upper()
    check_written(content["service"], "service")
    if application not in (None, content["index"]):
        raise Refused("PSH-6", "the request is for application %d" % application)
    check_written(content["user"], "user")
    check_written(content["domain"], "domain")
    return "01;04;%(service)s;%(index)d;%(user)s;%(domain)s" % content


# ---- the information message --------------------------------------------------

def build_information(key):
    return bytes([_REJECTION]) + key


def parse_information(body):
    """INF-5: the challenge key."""
    if len(body) != 6 or body[0] != _REJECTION:
        raise Refused("INF-5", "not the body of a rejection")
    return body[1:]
