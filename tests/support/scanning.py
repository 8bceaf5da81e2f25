"""Reading a code off a picture, as a customer's phone does."""

import struct
import zlib
from collections.abc import Iterator

import zxingcpp

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
"""Of the colours that a browser's pictures have: RGB, with and without transparency."""


def scanned(png: bytes) -> list[str]:
    """Answer what the codes on a picture say."""
    width, height, grey = _grey(png)
    picture = memoryview(grey).cast("B", (height, width))
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def _grey(png: bytes) -> tuple[int, int, bytes]:
    chunks = list(_chunks(png))
    width, height, depth, colour = struct.unpack(">IIBB", chunks[0][1][:10])
    assert (depth, chunks[0][1][12]) == (8, 0), "8 bits a channel, not interlaced"
    data = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    channels = _CHANNELS[colour]
    rows = _rows(data, width * channels, channels)
    # Black and white look the same in every channel: green will do.
    return width, height, b"".join(bytes(row[1::channels]) for row in rows)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(_SIGNATURE)
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _rows(data: bytes, length: int, step: int) -> Iterator[bytearray]:
    """Take PNG's filters off, row by row (W3C PNG, 9.2)."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        row = bytearray(data[start + 1 : start + 1 + length])
        _unfilter(data[start], row, above, step)
        yield row
        above = row


def _unfilter(kind: int, row: bytearray, above: bytearray, step: int) -> None:
    left = bytearray(step) + row  # what stands to the left of each byte, as it becomes known
    corner = bytearray(step) + above
    for i in range(len(row)) if kind else ():
        if kind == 1:
            guess = left[i]
        elif kind == 2:
            guess = above[i]
        elif kind == 3:
            guess = (left[i] + above[i]) // 2
        else:
            guess = _paeth(left[i], above[i], corner[i])
        row[i] = left[i + step] = (row[i] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    if left == up == corner:
        return left
    near = left + up - corner
    return min((left, up, corner), key=lambda one: abs(near - one))
