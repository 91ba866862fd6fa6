"""QR readers and a writer of others on the bench. `python3 peer.py (zbar | zxing) PROFILE`: the reader is the command
`zbarimg`, or ZXing-C++ by way of PyPI's `zxing-cpp` and `pillow`; the writer is PyPI's `segno` with either."""
import io
import subprocess
import sys
import xml.etree.ElementTree as xml
from importlib.metadata import version
from pathlib import Path

import segno

sys.path.append(str(Path(__file__).resolve().parent.parent))
from adapter import Refused, ascii_text, octets, serve  # noqa: E402


def refuse(requirement, detail):
    raise Refused("bad-picture", requirement, detail)


def only(texts):
    if len(texts) != 1:
        refuse("CAR-5", f"{len(texts)} codes")
    return {"text": texts[0]} if texts[0].isascii() else refuse("CAR-6", "not ASCII")


def zbar(picture):
    command = ["zbarimg", "--quiet", "--xml", "--nodbus", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted",
               "png:-"]
    done = subprocess.run(command, input=picture, capture_output=True, check=False)
    if done.returncode == 4:  # its word for: no code found
        refuse("CAR-5", "no code")
    if done.returncode:
        refuse("CAR-3", done.stderr.decode(errors="replace").strip())
    symbols = xml.fromstring(done.stdout).iter("{http://zbar.sourceforge.net/2008/barcode}symbol")
    found = [symbol.find("{http://zbar.sourceforge.net/2008/barcode}data") for symbol in symbols]
    if any(data.get("format") == "base64" for data in found):  # what it can't show as text
        refuse("CAR-6", "not ASCII")
    return only([data.text for data in found])


def zxing(picture):
    import zxingcpp
    from PIL import Image
    try:
        image = Image.open(io.BytesIO(picture), formats=["PNG"])
        image.load()
    except Exception as error:  # Pillow has a different one for each way in which a picture can be none
        refuse("CAR-3", str(error))
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return only([code.text for code in found])


def write(text):
    try:
        symbol = segno.make(text, micro=False)
    except (ValueError, segno.DataOverflowError) as error:
        raise Refused("bad-length", "CAR-2", str(error)) from None
    return {"modules": ["".join(map(str, row)) for row in symbol.matrix]}


def zbar_version():
    return subprocess.run(["zbarimg", "--version"], capture_output=True, text=True, check=True).stdout.strip()


READERS = {"zbar": (zbar, zbar_version), "zxing": (zxing, lambda: version("zxing-cpp"))}
reader = sys.argv[1]
read, version_of = READERS[reader]
serve(f"{reader} and segno", f"{version_of()} and {version('segno')}", {
    "qr.read": (read, {"picture": octets()}),
    "qr.write": (write, {"text": ascii_text}),
})
