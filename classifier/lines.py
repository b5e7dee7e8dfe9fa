"""Reading notices from a JSONL file: one object a line, everything but `id` optional."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from classifier.contract import NoticeText
from settings import TbtwatchError

TEXTS = ("title", "products", "description", "lang")
CODES = ("hs", "ics")


class BadLine(TbtwatchError):
    """Raised when a file cannot be read, or a line of it is no notice; the message names file and line."""


def read_notices(path: Path) -> list[NoticeText]:
    """Every notice of the file, in its order; the whole file is checked before anything is returned.

    Raises BadLine. Unknown fields are ignored: labelled sets carry more than the classifier reads. A line may be empty.
    """
    return [notice_of(row, f"{path.name}:{number}") for number, row in read_objects(path)]


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """(line number from 1, object) of each line that is not empty; raises BadLine."""
    for number, line in enumerate(_text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path.name}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be decoded"
            raise BadLine(f"{place}: no JSON ({reason}); write one object a line, or take the line out") from None
        if not isinstance(row, dict):
            raise BadLine(f'{place}: no JSON object; write {{"id": ...}} or take the line out')
        yield number, row


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLine(f"{path.name}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except OSError as error:
        raise BadLine(f"cannot read {path}: {error.strerror}; give the path of a JSONL file") from None


def notice_of(row: dict[str, object], place: str) -> NoticeText:
    """The notice that an object holds; `place` is file and line for the message of BadLine."""
    key = row.get("id")
    if isinstance(key, str):
        key = text_in(row, "id", place)
    if not isinstance(key, (str, int)) or isinstance(key, bool) or key == "":
        raise BadLine(f"{place}: no `id`; give each notice a text or number to know its answer by")
    title, products, description, lang = (text_in(row, name, place) for name in TEXTS)
    hs, ics = (_codes(row, name, place) for name in CODES)
    return NoticeText(key, title, products, description, hs, ics, lang)


def text_in(row: dict[str, object], name: str, place: str) -> str:
    """A field that is text, "" when missing; raises BadLine."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLine(f"{place}: `{name}` is no text; put it in quotes or leave it out")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            half = value[error.start].encode("unicode_escape").decode()
            raise BadLine(f"{place}: `{name}` holds half a character ({half}); take it out") from None
    return value


def _codes(row: dict[str, object], name: str, place: str) -> tuple[str, ...]:
    """A list of codes, or one text with commas or semicolons between; numbers lose leading zeros, so are refused."""
    value = row.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.replace(";", ",").split(",")
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise BadLine(f'{place}: `{name}` is no list of texts; write ["950300"] with quotes')
    return tuple(code.strip() for code in value if code.strip())
