"""The command `oathtool` of the OATH Toolkit on the bench, a process per question. `python3 peer.py PROFILE`."""
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from adapter import HOTP, TOTP, hexadecimal, serve  # noqa: E402


def oathtool(key, digits, *arguments):
    command = ["oathtool", *arguments, f"--digits={digits}", "-"]  # the key comes on standard input
    done = subprocess.run(command, input=hexadecimal(key), capture_output=True, text=True, check=True)
    return {"response": done.stdout.removesuffix("\n")}


def hotp(key, counter, digits):
    return oathtool(key, digits, "--hotp", f"--counter={counter}")


def totp(key, time, step, digits, hash):
    mode = hash.replace("-", "").upper()
    return oathtool(key, digits, f"--totp={mode}", f"--now=@{time}", f"--time-step-size={step}s")


version = subprocess.run(["oathtool", "--version"], capture_output=True, text=True, check=True).stdout
serve("oathtool", version.splitlines()[0].rpartition(" ")[2], {
    "primitive.hotp": (hotp, HOTP),
    "primitive.totp": (totp, TOTP),
})
