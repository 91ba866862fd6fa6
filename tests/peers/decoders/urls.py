"""App-to-app URLs that are a little off, to what takes URLs apart on several platforms, and to the reference.

    python3 urls.py [--reference 'target/release/counterproof peer']

Of a platform: scheme, authority and query, as it has them. Of the reference: the callback, or why not. The dots stand
for the other three parameters."""
import argparse
import json
import shlex
import subprocess
import urllib.parse

import decoders

REST = "x-error=demo%253Ae&x-cancel=demo%253Ac&secure_message=00"
ACTION = "app2app_secure_channel"
SUCCESS = "x-success=demo%253As"

URLS = [  # what it shows, the URL
    ("as it should be", f"demo://{ACTION}?{SUCCESS}&{REST}"),
    ("a scheme in capitals", f"DEMO://{ACTION}?{SUCCESS}&{REST}"),
    ("an action in capitals", f"demo://App2App_Secure_Channel?{SUCCESS}&{REST}"),
    ("an action encoded", f"demo://app2app%5Fsecure_channel?{SUCCESS}&{REST}"),
    ("a name in capitals", f"demo://{ACTION}?X-SUCCESS=demo%253As&{REST}"),
    ("a name encoded", f"demo://{ACTION}?x%2Dsuccess=demo%253As&{REST}"),
    ("a name twice", f"demo://{ACTION}?{SUCCESS}&x-success=demo%253At&{REST}"),
    ("a parameter that only decoding makes", f"demo://{ACTION}?other=1%26x-success=demo%253At&{SUCCESS}&{REST}"),
    ("a semicolon between parameters", f"demo://{ACTION}?{SUCCESS};other=1&{REST}"),
    ("a path", f"demo://{ACTION}/path?{SUCCESS}&{REST}"),
    ("one slash", f"demo:/{ACTION}?{SUCCESS}&{REST}"),
    ("three slashes", f"demo:///{ACTION}?{SUCCESS}&{REST}"),
    ("a user", f"demo://user@{ACTION}?{SUCCESS}&{REST}"),
    ("a port", f"demo://{ACTION}:80?{SUCCESS}&{REST}"),
    ("a blank in front", f" demo://{ACTION}?{SUCCESS}&{REST}"),
    ("a line end inside", f"demo://app2app_sec\nure_channel?x-success=demo%253A\ns&{REST}"),
    ("a letter as it is", f"demo://{ACTION}?x-success=demo%253A\u00e9&{REST}"),
    ("a fragment", f"demo://{ACTION}?{SUCCESS}&{REST}#f"),
    ("a second question mark", f"demo://{ACTION}?{SUCCESS}?&{REST}"),
]


def short(text):
    return text.replace(REST, "…").replace(urllib.parse.unquote(REST), "…")


def python(url):
    parts = urllib.parse.urlsplit(url)
    return " ".join((parts.scheme, parts.netloc, parts.query))


def reference(command, platform):
    lines = "".join(json.dumps({"seq": seq, "op": "app2app.parse", "params": {
        "scheme": "demo", "platform": platform, "url": url}}) + "\n" for seq, (_, url) in enumerate(URLS))
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    for answer in map(json.loads, done.stdout.splitlines()):
        if "unsupported" in answer:
            raise decoders.Absent("app2app.parse: not in this build")
        refused = answer.get("refused")
        yield ("error", decoders.refusal(refused)) if refused else ("ok", answer["ok"]["x_success"].encode())


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--reference", default="target/release/counterproof peer")
    command = shlex.split(options.parse_args().reference)
    asking = {
        "reference, android": lambda: reference(command, "android"),
        "reference, ios": lambda: reference(command, "ios"),
        "Python urlsplit": lambda: [("ok", python(url).encode()) for _, url in URLS],
    }
    for platform, decoder in (
            ("Node", "new URL"), ("JDK", "URI"), ("JDK", "URI with getQuery"), ("Perl", "URI")):
        asking[f"{platform} {decoder}"] = lambda platform=platform, decoder=decoder: decoders.program(
            decoders.PROGRAMS[platform], [(decoder, url.encode()) for _, url in URLS])
    print("Scheme, authority and query; of the reference the callback")
    answers = {}
    for label, ask in asking.items():
        try:
            answers[label] = list(ask())
        except (OSError, subprocess.CalledProcessError, decoders.Absent) as error:
            print(f"left out: {label} ({error})")
    for number, (words, url) in enumerate(URLS):
        groups = {}
        for label, of in answers.items():
            groups.setdefault(short(decoders.shown(of[number])), []).append(label)
        print(f"\n{words}: {short(decoders.shown(('ok', url.encode())))}")
        print("".join(f"  {'; '.join(labels)}\n    {answer}\n" for answer, labels in groups.items()), end="")


if __name__ == "__main__":
    main()
