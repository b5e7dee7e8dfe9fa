"""The text of one file, run as a process of its own: `python -m crawlers.extraction FILE` prints one line of JSON.

What it reads comes from strangers: the process has no settings, limits its own time and memory, and may die; only
here are the libraries imported that parse such files. crawlers/extracting.py starts it and survives it.
"""

from __future__ import annotations

import io
import json
import re
import resource
import signal
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word before 2007, and any encrypted Office file
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
MOST_PARTS = 2_000  # files in a DOCX
LEAST_LETTERS = 40  # a PDF with fewer in all its pages is a scan with a stamp on it
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES, _GAPS = re.compile(r"[ \t\u00a0\u3000]+"), re.compile(r"\n\s*\n\s*")


class Unreadable(Exception):
    """The file has no text for us; `problem` is a key of document_problem in data/display_names.csv."""

    def __init__(self, problem: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = problem


def limit_myself(seconds: float, memory_mb: int) -> None:
    """Let the kernel end this process when it takes too long or too much; no core dumps, no files written."""
    signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM ends it also inside a library, and without a parent
    cpu, memory = int(seconds) + 1, memory_mb * 1_000_000
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),  # SIGXCPU first: SIGKILL would not say why
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
    }
    for which, most in limits.items():
        with suppress(ValueError, OSError):  # a system that does not know this limit has the others
            resource.setrlimit(which, most)


def extract(body: bytes, most_pages: int, most_characters: int, most_unpacked: int) -> dict[str, Any]:
    """{text, pages, is_cut} of a DOCX or PDF; raises Unreadable."""
    kind = kind_of(body)
    parts: Iterable[str]
    pages: int | None
    if kind == "pdf":
        parts, pages, is_cut = _read_pdf(body, most_pages, most_characters)
    elif kind == "docx":
        parts, pages, is_cut = _read_docx(body, most_unpacked), None, False
    else:
        raise Unreadable(*_NOT_READ[kind])
    text, cut_here = _gather(parts, most_characters)
    if not text:
        raise Unreadable("empty", "the file holds no text")
    return {"text": text, "pages": pages, "is_cut": is_cut or cut_here}


_NOT_READ = {
    "encrypted": ("encrypted", "the file is encrypted"),
    "doc": ("old_word", "a Word file of before 2007 (.doc): only .docx and .pdf are read"),
    "html": ("web_page", "a web page came instead of a file"),
    "zip": ("other_format", "an archive or another Office format: only .docx and .pdf are read"),
    "damaged_zip": ("damaged", "the archive of the DOCX is damaged"),
    "": ("other_format", "neither DOCX nor PDF"),
}


def kind_of(body: bytes) -> str:
    """pdf | docx | doc | encrypted | html | zip | damaged_zip | "": by the bytes, since names and headers lie."""
    start = body[:1024]
    if b"%PDF-" in start:
        return "pdf"
    if start.startswith(OLE):
        return "encrypted" if ENCRYPTED_PACKAGE in body else "doc"
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                return "docx" if "word/document.xml" in archive.namelist() else "zip"
        except zipfile.BadZipFile:
            return "damaged_zip"
    return (
        "html" if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)", start, re.IGNORECASE) else ""
    )


def _read_docx(body: bytes, most_unpacked: int) -> Iterator[str]:
    """Paragraphs and table rows of the body in their order; raises Unreadable."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)  # more than it says is never unpacked: zipfile stops there
        if unpacked > most_unpacked or len(parts) > MOST_PARTS:
            raise Unreadable("bomb", f"the DOCX unpacks to {unpacked} bytes in {len(parts)} parts: more than is read")
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("encrypted", "the file is encrypted")
    import docx

    try:
        document = docx.Document(io.BytesIO(body))
    except MemoryError:
        raise
    except Exception as error:  # python-docx lets through whatever zipfile, lxml and its own parts raise
        if "memory" in str(error).lower():  # how libxml2 says it
            raise MemoryError from error
        raise Unreadable("damaged", f"the DOCX is damaged ({type(error).__name__})") from error
    return _blocks(document)


def _blocks(container: Any) -> Iterator[str]:
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            yield from _rows(block)
        else:
            yield block.text


def _rows(table: Any) -> Iterator[str]:
    """A line a row, cells joined by a bar; a merged cell, which python-docx gives once a grid place, is read once."""
    seen = set()
    for row in table.rows:
        cells = []
        for cell in row.cells:
            if cell._tc not in seen:
                seen.add(cell._tc)
                cells.append("\n".join(_blocks(cell)).strip())
        yield " | ".join(cell for cell in cells if cell)


def _read_pdf(body: bytes, most_pages: int, most_characters: int) -> tuple[list[str], int, bool]:
    """(texts of the pages, how many pages there are, whether some were left out); raises Unreadable."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Unreadable("encrypted", "the PDF asks for a password") from error
        raise Unreadable("damaged", f"the PDF is damaged ({error})") from error
    texts: list[str] = []
    for number in range(min(len(document), most_pages)):
        texts.append(_page_text(document, number))
        if sum(map(len, texts)) > most_characters:
            break
    if sum(letter.isalpha() for text in texts for letter in text) < LEAST_LETTERS:
        raise Unreadable("scan", f"a scan without text: {len(document)} pages of images")
    return texts, len(document), len(texts) < len(document)


def _page_text(document: Any, number: int) -> str:
    """The text of one page; a page that is damaged has none, the others are read."""
    import pypdfium2

    try:
        return str(document[number].get_textpage().get_text_bounded())
    except pypdfium2.PdfiumError:
        return ""


def _gather(parts: Iterable[str], most_characters: int) -> tuple[str, bool]:
    """The parts as tidy lines, cut at the limit, and whether something was cut."""
    kept: list[str] = []
    size = 0
    for part in parts:
        tidy = _tidy(part)
        if tidy:
            kept.append(tidy)
            size += len(tidy) + 1
        if size > most_characters:
            return "\n".join(kept)[:most_characters], True
    return "\n".join(kept), False


def _tidy(text: str) -> str:
    """What both kinds of store take: no control characters, no half characters, no runs of spaces."""
    plain = _UNFIT.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", ""))
    return _GAPS.sub("\n", _SPACES.sub(" ", plain)).strip()


def main() -> None:
    """FILE SECONDS MEMORY_MB PAGES CHARACTERS UNPACKED_BYTES."""
    path, seconds = Path(sys.argv[1]), float(sys.argv[2])
    memory_mb, pages, characters, unpacked = map(int, sys.argv[3:7])
    limit_myself(seconds, memory_mb)
    try:
        answer = extract(path.read_bytes(), pages, characters, unpacked)
    except Unreadable as error:
        answer = {"problem": error.problem, "reason": str(error)}
    except MemoryError:
        answer = {"problem": "too_much_memory", "reason": f"reading it takes more than {memory_mb} MB"}
    except Exception as error:
        answer = {"problem": "damaged", "reason": f"the file is damaged ({type(error).__name__}: {str(error)[:200]})"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
