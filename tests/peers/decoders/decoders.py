"""The same encoded callbacks to the URL decoders of several platforms and to the reference: what each makes of them
after one decoding and after two. Groups them by answer, the reference's group first.

    python3 decoders.py [--reference 'target/release/counterproof peer'] [--only TEXT]

A platform whose command is missing is left out and named."""
import argparse
import json
import re
import shlex
import subprocess
import textwrap
import urllib.parse
from pathlib import Path
from platform import python_version

HERE = Path(__file__).resolve().parent
CALLBACK = "demo://ok?otp=%_OTP_%&name=J\u00fcrgen+M"


def encoded(times, text=CALLBACK):
    for _ in range(times):
        text = urllib.parse.quote(text, safe="-._~")
    return text


INPUTS = [  # what it shows, the raw value as it stands behind `x-success=`
    ("a callback, not encoded", CALLBACK),
    ("encoded once", encoded(1)),
    ("encoded twice, as it should be", encoded(2)),
    ("encoded twice, lower-case hexadecimal", re.sub("%25[0-9A-F]{2}", lambda escape: escape[0].lower(), encoded(2))),
    ("encoded three times", encoded(3)),
    ("a plus", "demo%253Aa+b"),
    ("a plus encoded once", "demo%253Aa%2Bb"),
    ("a plus encoded twice", "demo%253Aa%252Bb"),
    ("a blank encoded once", "demo%253Aa%20b"),
    ("a blank encoded twice", "demo%253Aa%2520b"),
    ("a percent sign alone", "demo%253Aa%"),
    ("half an escape", "demo%253Aa%2"),
    ("an escape with a letter that is no digit", "demo%253Aa%G1"),
    ("an escape with a sign", "demo%253Aa%+1"),
    ("an escape with a sign, behind the first decoding", "demo%253Aa%25-0"),
    ("an escape with digits of full width", "demo%253Aa%\uff11\uff11"),
    ("an escape broken by the second decoding", "demo%253Aa%25G1"),
    ("a mask that was encoded once", "demo%253A%25_OTP_%25"),
    ("an escape of JavaScript's", "demo%253Aa%u0041"),
    ("the same behind the first decoding", "demo%253Aa%25u0041"),
    ("an overlong slash", "demo%253Aa%25C0%25AF"),
    ("a byte that is no UTF-8", "demo%253Aa%25FF"),
    ("half a surrogate pair as three bytes", "demo%253Aa%25ED%25A0%2580"),
    ("a letter of two bytes", "demo%253Aa%25C3%25A9"),
    ("a letter in ISO 8859-1", "demo%253Aa%25E9"),
    ("a letter as it is", "demo%253Aa\u00e9"),
    ("a tab as it is", "demo%253Aa\tb"),
    ("a null", "demo%253Aa%2500b"),
    ("a line end", "demo%253Aa%250Ab"),
    ("a semicolon", "demo%253Aa;b"),
    ("an ampersand", "demo%253Aa&b"),
    ("an ampersand encoded once", "demo%253Aa%26b"),
    ("an ampersand encoded twice", "demo%253Aa%2526b"),
    ("an equals sign encoded once", "demo%253Aa%3Db"),
    ("a number sign", "demo%253Aa#b"),
    ("a number sign encoded twice", "demo%253Aa%2523b"),
]

DECODERS = [  # the platform, its first decoding, its second; the first may take a query apart, too
    ("Python", "unquote", "unquote"),
    ("Python", "unquote(errors='strict')", "unquote(errors='strict')"),
    ("Python", "unquote_plus", "unquote_plus"),
    ("Python", "parse_qs", "unquote"),
    ("Node", "decodeURIComponent", "decodeURIComponent"),
    ("Node", "decodeURI", "decodeURI"),
    ("Node", "unescape", "unescape"),
    ("Node", "querystring.unescape", "querystring.unescape"),
    ("Node", "querystring.parse", "querystring.unescape"),
    ("Node", "URLSearchParams", "decodeURIComponent"),
    ("Node", "new URL().searchParams", "decodeURIComponent"),
    ("JDK", "URLDecoder.decode", "URLDecoder.decode"),
    ("JDK", "URLDecoder.decode + strict UTF-8", "URLDecoder.decode + strict UTF-8"),
    ("JDK", "URI.getRawQuery + URLDecoder.decode", "URLDecoder.decode"),
    ("JDK", "URI.getQuery", "URLDecoder.decode"),
    ("Perl", "uri_unescape", "uri_unescape"),
    ("Perl", "uri_unescape + strict UTF-8", "uri_unescape + strict UTF-8"),
    ("Perl", "URI->query_param", "uri_unescape"),
    ("reference", "primitive.percent_decode", "primitive.percent_decode"),
    ("reference", "app2app.parse", None),  # both at once
]

RAW = re.compile("([A-Za-z0-9._~!'()*-]|%25[0-9A-Fa-f]{2})+")  # A2A-6
ONCE = re.compile("([A-Za-z0-9._~!'()*-]|%[0-9A-Fa-f]{2})+")  # what is left of such a value after one decoding

PYTHON = {
    "unquote": urllib.parse.unquote,
    "unquote(errors='strict')": lambda text: urllib.parse.unquote(text, errors="strict"),
    "unquote_plus": urllib.parse.unquote_plus,
    "parse_qs": lambda text: urllib.parse.parse_qs(f"v={text}", keep_blank_values=True)["v"][0],
}
PROGRAMS = {  # each prints its version if it is given an argument
    "Node": ["node", str(HERE / "decoders.mjs")],
    "JDK": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", str(HERE / "Decoders.java")],
    "Perl": ["perl", str(HERE / "decoders.pl")],
}


class Absent(Exception):
    """A platform that isn't here."""


def python(questions):
    def ask(name, data):
        try:
            return "ok", PYTHON[name](data.decode()).encode()
        except (ValueError, KeyError) as error:
            return "error", type(error).__name__
    return [ask(name, data) for name, data in questions]


def program(command, questions):
    """The decoders of another language: a line for a question, a line for an answer."""
    lines = "".join(f"{name}\t{data.hex()}\n" for name, data in questions)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = [line.split("\t") for line in done.stdout.splitlines()]
    return [(kind, bytes.fromhex(words) if kind == "ok" else words) for kind, words in answers]


def question(seq, name, data):
    if name == "app2app.parse":
        others = "".join(f"&{other}=demo%253Ae" for other in ("x-error", "x-cancel"))
        url = f"demo://app2app_secure_channel?x-success={data.decode()}{others}&secure_message=00"
        params = {"scheme": "demo", "platform": "android", "url": url}
    else:
        params = {"text": data.decode()}
    return json.dumps({"seq": seq, "op": name, "params": params})


def refusal(refused):
    return " ".join(filter(None, (refused["class"], refused.get("requirement"))))


def reference(command, questions):
    lines = "".join(question(seq, *asked) + "\n" for seq, asked in enumerate(questions))
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = []
    for answer in map(json.loads, done.stdout.splitlines()):
        if "unsupported" in answer:
            raise Absent(f"{answer['unsupported']}: not in this build")
        if "refused" in answer:
            answers.append(("error", refusal(answer["refused"])))
        else:
            result = answer["ok"]
            answers.append(("ok", result.get("text", result.get("x_success")).encode()))
    return answers


def ask(platform, command, questions):
    if not questions:
        return []
    if platform == "Python":
        return python(questions)
    return (reference if platform == "reference" else program)(command, questions)


def decode(platform, command):
    """Decoder and input to what it is after one decoding, and after two."""
    rows = [(first, second) for name, first, second in DECODERS if name == platform]
    asked = [(row, raw) for row in rows for _, raw in INPUTS]
    once = ask(platform, command, [(first, raw.encode()) for (first, _), raw in asked])
    further = [i for i, ((_, second), (kind, _)) in enumerate(zip((row for row, _ in asked), once))
               if second and kind == "ok"]
    twice = dict(zip(further, ask(platform, command, [(asked[i][0][1], once[i][1]) for i in further])))
    results = {}
    for i, ((first, second), raw) in enumerate(asked):
        results[(platform, first), raw] = (once[i], twice.get(i)) if second else (None, once[i])
    return results


def version(platform):
    if platform == "Python":
        return f"Python {python_version()}"
    return subprocess.run([*PROGRAMS[platform], "version"], capture_output=True, text=True, check=True).stdout.strip()


def shown(answer):
    if answer is None:
        return ""
    kind, value = answer
    if kind == "error":
        return f"[{value}]"
    text = value.decode(errors="surrogateescape")  # bytes that are no UTF-8 as \xNN
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return plain.replace("\\udc", "\\x")


def listed(decoders):
    """`Python unquote, parse_qs; Node unescape`."""
    platforms = {}
    for platform, first in decoders:
        platforms.setdefault(platform, []).append(first)
    line = "; ".join(f"{platform} {', '.join(names)}" for platform, names in platforms.items())
    return textwrap.fill(line, 110, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def summary(results):
    """On how many inputs a decoder is wrong: with no check beside it, with A2A-6 before it, and with the same check
    between its decodings. Right is what `primitive.percent_decode` says twice, and no where A2A-6 does."""
    text = {key: [answer[1].decode(errors="replace") if answer and answer[0] == "ok" else None for answer in answers]
            for key, answers in results.items()}
    print(f"\nWrong answers of {len(INPUTS)}: no check, A2A-6 before, A2A-6 between; for which, in spite of a check")
    for decoder in dict.fromkeys(decoder for decoder, _ in text):
        if decoder[1] == "app2app.parse":  # it checks more than decoding
            continue
        wrong = [set(), set(), set()]
        for words, raw in INPUTS:
            once, twice = text[decoder, raw]
            right = text[("reference", "primitive.percent_decode"), raw][1] if RAW.fullmatch(raw) else None
            answers = (twice, twice if RAW.fullmatch(raw) else None, twice if once and ONCE.fullmatch(once) else None)
            for number, answer in enumerate(answers):
                if answer != right:
                    wrong[number].add(words)
        counts = "".join(f"{len(words):4}" for words in wrong)
        print(f"  {' '.join(decoder):43}{counts}")
        still = [words for words, _ in INPUTS if words in wrong[1] | wrong[2]]
        if still:
            print(textwrap.fill("; ".join(still), 110, initial_indent=" " * 6, subsequent_indent=" " * 6))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--reference", default="target/release/counterproof peer")
    options.add_argument("--only", default="", metavar="TEXT", help="only inputs whose words contain this")
    options = options.parse_args()
    results = {}
    for platform in dict.fromkeys(platform for platform, _, _ in DECODERS):
        command = PROGRAMS.get(platform) or shlex.split(options.reference)
        try:
            results.update(decode(platform, command))
            if platform != "reference":
                print(version(platform))
        except (OSError, subprocess.CalledProcessError, Absent) as error:
            print(f"left out: {platform} ({error})")
    print("\nThe second decoding is by the same function, but:")
    for platform, first, second in DECODERS:
        if second not in (first, None):
            print(f"  {platform} {first}, then {second}")
    for words, raw in INPUTS:
        if options.only not in words:
            continue
        groups = {}
        for (decoder, of), answers in results.items():
            if of == raw:
                groups.setdefault(tuple(map(shown, answers)), []).append(decoder)
        print(f"\n{words}: {shown(('ok', raw.encode()))}")
        for (once, twice), decoders in sorted(groups.items(), key=lambda group: "reference" not in str(group[1])):
            print(listed(decoders))
            print("".join(f"    {word:6}{answer}\n" for word, answer in (("once", once), ("twice", twice)) if answer),
                  end="")
    if not options.only and ("reference", "primitive.percent_decode") in {decoder for decoder, _ in results}:
        summary(results)


if __name__ == "__main__":
    main()
