"""A large picture in parts with msgraph-core's own task, while the server is killed between the parts: once it is there again before the
client notices, once the client fails and resumes."""

import hashlib
import io
import logging
import os
import struct
import zlib

from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph_core.models import LargeFileUploadSession
from msgraph_core.tasks.large_file_upload import LargeFileUploadTask
from thing import Fault, Thing

FAULTS = {"4XX": Fault, "5XX": Fault}
RANGE = 320 * 1024
WIDTH, HEIGHT = 1024, 1000


def noise():
    """A PNG of noise: a megabyte that is no smaller in any form."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(WIDTH) for _ in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


async def session(ann, name, size):
    request = ann.request(Method.POST, "/me/photos/createUploadSession", {"item": {"name": name, "fileSize": size}})
    return await ann.adapter.send_async(request, LargeFileUploadSession, FAULTS)


async def awaited(ann, url):
    """What the session says that it awaits."""
    request = RequestInformation(Method.GET)
    request.url = url
    status = await ann.adapter.send_async(request, LargeFileUploadSession, FAULTS)
    status.upload_url = url
    return status


def task(begun, ann, picture):
    return LargeFileUploadTask(begun, ann.adapter, io.BytesIO(picture), Thing, RANGE)


class Once:
    """Done after the first part, which the task tells of."""

    def __init__(self, what):
        self.what, self.ranges = what, []

    def __call__(self, uploaded):
        self.ranges.append(uploaded)
        if len(self.ranges) == 1:
            self.what()


async def judge(ann, holds, what, name, picture, result):
    item = result.item_response
    told = plain(plain(item["file"])["hashes"])["sha256Hash"].lower()
    sha256 = hashlib.sha256(picture).hexdigest()
    came = await ann.bytes(f"/me/photos/{item['id']}/content")
    holds(f"{what}: the photo is there, by the name and the bytes that were sent", item["name"] == name and item["size"] == len(picture)
          and told == sha256 and came == picture, item.additional_data)


def plain(value):
    return getattr(value, "additional_data", value)


async def run(house, client, holds):
    """`client`: makes one, as an application does when it starts."""
    # The task logs what it tries again.
    logging.getLogger().setLevel(logging.CRITICAL)
    what, name, picture, ann = "killed and there again", "again.png", noise(), client()

    def restart():
        house.kill()
        house.begin()

    once = Once(restart)
    result = await task(await session(ann, name, len(picture)), ann, picture).upload(once)
    holds(f"{what}: between two parts of some", len(once.ranges) >= 3, once.ranges)
    await judge(ann, holds, what, name, picture, result)

    what, name, picture = "killed, and resumed later", "later.png", noise()
    begun = await session(ann, name, len(picture))
    try:
        await task(begun, ann, picture).upload(Once(house.kill))
        holds(f"{what}: the client notices", False, "it did not")
    except Exception as error:  # noqa: BLE001: whatever the transport says.
        holds(f"{what}: the client notices", not isinstance(error, (Fault, TypeError, AttributeError)), repr(error))
    house.begin()
    ann = client()
    status = await awaited(ann, begun.upload_url)
    holds(f"{what}: what was taken is not awaited again", status.next_expected_ranges == [f"{RANGE}-{len(picture) - 1}"], status.next_expected_ranges)
    await judge(ann, holds, what, name, picture, await task(status, ann, picture).resume())
    holds("there are two photos", await ann.text("/me/photos/$count") == 2)
