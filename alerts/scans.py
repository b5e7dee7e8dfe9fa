"""The sealed scan of a document: what kind of file it is, by its first bytes, and whether it may be kept. Pure."""

from __future__ import annotations

from settings import TbtwatchError

MOST_BYTES = 10 * 1024 * 1024
_MAGIC = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
MEDIA_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


class BadScan(TbtwatchError):
    """Raised when a file is empty, too large, or neither PDF, JPG nor PNG."""


def kind_of_scan(content: bytes) -> str:
    """pdf, jpg or png; the name of the file does not count. Raises BadScan."""
    if len(content) > MOST_BYTES:
        raise BadScan(f"the scan has {len(content)} bytes: at most {MOST_BYTES} are kept, scan it in grey at 200 dpi")
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        raise BadScan("the file is neither PDF, JPG nor PNG: scan the sealed paper into one of these")
    return kind
