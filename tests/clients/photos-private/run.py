"""run.py SHAREHOLD: see ../photos-private.sh. Exit status 1 if anything did not hold."""

import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from PIL import Image, ImageOps, ImageSequence

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
from house import serving  # noqa: E402

FIXTURES = (HERE / "../../../fixtures/photos").resolve()
REFUSED = {"damaged.jpg", "bomb.png"}
SIZES = {"small": 96, "medium": 176, "large": 800, "full": 2048, "smallSquare": 96, "mediumSquare": 176, "largeSquare": 800}
CLIENT_S = 120
EXIFTOOL_S = 60

# What is left may tell how the picture is to be shown, and nothing else: groups of exiftool's -G1, and names within others.
SHOWING = re.compile(r"""
    SourceFile | (ExifTool:ExifToolVersion|ExifTool:Warning\d*)$ | System: | File: | Composite:(ImageSize|Megapixels)$ | ICC | JFIF: | PNG:(?!Text)
    | PNG-pHYs: | PNG-cICP: | RIFF: | GIF: | Adobe: | IFD0:(Orientation|ResolutionUnit|XResolution|YResolution|YCbCrPositioning)$ | File:ExifByteOrder$
""", re.VERBOSE)
TELLING = re.compile(r"GPS|Serial|Owner|Artist|Copyright|By-?line|Creator|Author|Comment|Thumbnail|Preview|MakerNote|City|Country|Caption|"
                     r"Description|MPImage|MPF|Software|XMP|IPTC|Photoshop", re.IGNORECASE)
# What make.py writes: nothing of it is there in any bytes.
WORDS = [text.encode() for text in ("Ann Okafor", "Lindström", "SX-7-0042137", "SEXTANT", "Sextant", "Cooper", "Corinth", "Lagos", "Methana", "GPSLat",
                                    "ns.adobe.com", "W5M0Mp", "Photoshop 3.0", "8BIM", "MPF\0", "XMP Data", "23.6465")]

results = []


def holds(what, truth, otherwise=""):
    results.append(bool(truth))
    print(f"ok   {what}" if truth else f"FAIL {what} ({str(otherwise)[:1200]})", flush=True)


def exiftool(folder):
    """{file name: {group:tag: value}} of every file of a folder: unknown tags and embedded pictures too."""
    done = subprocess.run(["exiftool", "-json", "-a", "-u", "-U", "-ee3", "-G1", "-m", "-q", str(folder)], capture_output=True, text=True,
                          timeout=EXIFTOOL_S, stdin=subprocess.DEVNULL, check=False)
    return {pathlib.Path(tags["SourceFile"]).name: tags for tags in json.loads(done.stdout)}


def telling(tags):
    """What of it may tell where, who and with what."""
    return {name: value for name, value in tags.items() if not SHOWING.match(name) or (TELLING.search(name) and not name.startswith(("ICC", "System")))}


def frames(path):
    """Its pixels; a second picture behind a JPEG's end (MPO) is none of them."""
    with Image.open(path) as picture:
        pictures = [picture] if picture.format in ("JPEG", "MPO") else ImageSequence.Iterator(picture)
        return [(frame.mode, frame.size, frame.convert("RGBA").tobytes()) for frame in pictures]


def shown(path):
    """How it is to be shown."""
    with Image.open(path) as picture:
        return picture.get_format_mimetype().replace("mpo", "jpeg"), picture.getexif().get(0x0112, 1), picture.info.get("icc_profile"), picture.info.get("duration"), picture.info.get("loop")


def end_of(data):
    """What is behind a JPEG's end."""
    return data[data.rindex(b"\xff\xd9") + 2:] if data.startswith(b"\xff\xd8") else b""


def judge_content(client, name, seen, out):
    original = (FIXTURES / name).read_bytes()
    holds(f"{client}: {name} goes up and comes down", (seen["upload"], seen.get("whole"), seen.get("cut")) == (201, 200, 200), seen)
    if seen.get("whole") != 200 or seen.get("cut") != 200:
        return
    whole, cut = (out / f"{kind}-{name}" for kind in ("whole", "cut"))
    holds("  with Photos.Location.Read bit for bit", whole.read_bytes() == original)
    holds("  without it the same pixels, shown the same way", frames(cut) == frames(FIXTURES / name) and shown(cut) == shown(FIXTURES / name),
          (shown(cut)[:2], shown(FIXTURES / name)[:2]))
    data = cut.read_bytes()
    there = [word for word in WORDS if word in data]
    holds("  and none of its words", not there and not end_of(data), (there, len(end_of(data))))
    for kind, path in (("whole", whole), ("cut", cut)):
        item, data = seen[f"{kind} item"], path.read_bytes()
        told = item["size"], item["file"]["hashes"]["sha256Hash"].lower()
        holds(f"  size and hash are those of the {kind} bytes", told == (len(data), hashlib.sha256(data).hexdigest()), told)
    holds("  and a place is told with the scope alone", "location" not in seen["cut item"], seen["cut item"])


def within(size, width, height):
    """How large that rendition is of so large a picture."""
    side = SIZES[size]
    if size.endswith("Square"):
        side = min(side, width, height)
        return side, side
    scale = min(1, side / max(width, height))
    return width * scale, height * scale


def judge_renditions(client, name, seen, out):
    with Image.open(FIXTURES / name) as picture:
        upright = ImageOps.exif_transpose(picture).size
    bad = {}
    for size in SIZES:
        for kind in (size, f"{size} signed"):
            path = out / f"{kind.replace(' ', '-')}-{name}.jpg"
            if seen.get(kind) != 200:
                bad[kind] = seen.get(kind)
                continue
            with Image.open(path) as picture:
                expected = within(size, *upright)
                if picture.format != "JPEG" or any(abs(a - b) > 1 for a, b in zip(picture.size, expected)):
                    bad[kind] = picture.format, picture.size, expected
            data = path.read_bytes()
            if b"Exif" in data or end_of(data) or any(word in data for word in WORDS):
                bad[kind] = "tells"
    holds(f"{client}: {name}: every rendition, upright and in its size, by its path and by its signed address", not bad, bad)


def judge(client, told, out):
    holds(f"{client}: what is damaged or a bomb is refused", {name: told[name]["upload"] for name in REFUSED} == dict.fromkeys(REFUSED, 422), told)
    pictures = sorted(set(told) - REFUSED)
    for name in pictures:
        judge_content(client, name, told[name], out)
        judge_renditions(client, name, told[name], out)
    found = exiftool(out)
    of_whole = {name: telling(found[f"whole-{name}"]) for name in pictures if f"whole-{name}" in found}
    kinds = {re.sub(r".*:", "", tag) for tags in of_whole.values() for tag in tags}
    expected = {"GPSLatitude", "SerialNumber", "OwnerName", "Artist", "ThumbnailImage", "PreviewImage", "City", "Comment"}
    holds(f"{client}: exiftool sees what the originals tell", len([tags for tags in of_whole.values() if tags]) >= 8
          and all(any(name in kind for kind in kinds) for name in expected), sorted(kinds))
    others = {name: tags for name, tags in found.items() if not name.startswith("whole-")}
    loud = {name: telling(tags) for name, tags in others.items() if telling(tags)}
    holds(f"{client}: and nothing of it in {len(others)} other answers", not loud and len(others) == len(pictures) * (1 + 2 * len(SIZES)),
          loud or len(others))


def run(house, scratch):
    files = sorted(str(path) for path in FIXTURES.iterdir() if path.suffix not in (".md", ".py"))
    holds("there are twelve pictures", len(files) == 12, files)
    for client, command in (("python", [sys.executable, "-B", str(HERE / "client.py")]), ("node", ["node", str(HERE / "client.mjs")])):
        out = pathlib.Path(scratch, client)
        out.mkdir()
        # A person of its own for each, who has none of the pictures yet.
        whole = house.mint(client, "Photos.ReadWrite Photos.Location.Read")
        job = {"url": house.url, "whole": whole, "cut": house.mint(client, "Photos.Read"), "files": files, "sizes": list(SIZES), "out": str(out)}
        done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, timeout=CLIENT_S, check=False,
                              env={"PATH": os.environ["PATH"]})
        if done.returncode != 0:
            holds(f"{client}: the client comes to its end", False, done.stderr)
            continue
        judge(client, json.loads(done.stdout), out)


def main(binary):
    with serving(binary) as house, tempfile.TemporaryDirectory(prefix="sharehold-photos-") as scratch:
        try:
            run(house, scratch)
        except Exception as error:  # noqa: BLE001: whatever it is, it is a failure, and the server's log is shown.
            holds("the checks come to their end", False, repr(error))
        if not all(results):
            print("--- what the server printed\n" + house.log.read_text(encoding="utf-8")[-4000:] + "\n---")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1]))
