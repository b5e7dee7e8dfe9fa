"""JSON, JSON lines and SPARQL results into records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crawlers.declaration_parts import Format, Verdict
from crawlers.errors import KeyRefused, RequestRefused, TruncatedAnswer, WrongFormat
from crawlers.formats import Found, Record
from crawlers.formats.texts import decoded, lines_of, refuse_empty, refuse_html
from crawlers.paths import at, values

LONGEST_WORD = 5  # false: a cut in the middle of one is told from its beginning


def read(body: bytes, form: Format) -> Found:
    """The records at `form.root`; see crawlers.formats.find_records for what is raised."""
    if form.type == "jsonl":
        return Found(list(each(body, form)))
    refuse_empty(body)
    refuse_html(body, "JSON")
    answer = parsed(decoded(body, form.encoding), len(body))
    if form.verdict and not is_good(answer, form.verdict):
        return Found()
    if form.type == "sparql":
        return Found([_bound(row) for row in _list(answer, form.root or "results.bindings")])
    found = Found(_single(answer, form.root) if form.one else _list(answer, form.root))
    total = values(answer, form.total) if form.total else []
    found.total = int(float(total[0])) if total and total[0].replace(".", "", 1).isdigit() else None
    found.next_url = next(iter(values(answer, form.next)), "") if form.next else ""
    return found


def each(body: bytes, form: Format) -> Iterator[Record]:
    """The records one after the other: JSON lines are read as they are asked for, other JSON at once."""
    if form.type != "jsonl":
        yield from read(body, form).records
        return
    refuse_empty(body)
    refuse_html(body, "JSON")
    yield from _lines(lines_of(body, form.encoding, lenient=form.lenient))


def parsed(text: str, size: int) -> Any:
    """The JSON value; `size` in bytes is for the message. Raises TruncatedAnswer, WrongFormat."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) - LONGEST_WORD or error.msg.startswith("Unterminated"):
            raise TruncatedAnswer(f"the JSON ends in the middle, after {size} bytes") from None
        raise WrongFormat(f"the answer is no JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise WrongFormat("the answer is no listing: it is nested too deeply") from None


def _list(answer: Any, root: str) -> list[Record]:
    records = at(answer, root)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise WrongFormat(f"the answer has no list of records at '{root or 'its top'}': the source has changed")
    return records


def is_good(answer: Any, verdict: Verdict) -> bool:
    """Whether there is something to read; False when nothing was found.

    Raises KeyRefused, RequestRefused, and WrongFormat where no code stands.
    """
    code = next(iter(values(answer, verdict.at)), "")
    words = next(iter(values(answer, verdict.words)), "") if verdict.words else ""
    if code in verdict.good:
        return True
    if code in verdict.nothing:
        return False
    if not code:
        raise WrongFormat(f"the answer has no result code at '{verdict.at}': the source has changed")
    told = f"result code {code} ({words})" if words else f"result code {code}"
    if code in verdict.refused:
        raise KeyRefused(f"{told}: the key was refused, or is not meant for this machine's address; check the setting")
    raise RequestRefused(f"{told}: the question is not understood; compare the YAML with the source")


def _single(answer: Any, root: str) -> list[Record]:
    record = at(answer, root)
    if not isinstance(record, dict):
        raise WrongFormat(f"the answer has no object at '{root or 'its top'}': the source has changed")
    return [record]


def _lines(lines: Iterator[str]) -> Iterator[Record]:
    """One object a line. A last line that is cut, without its line break, means a cut file."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            if not line.endswith("\n"):
                raise TruncatedAnswer(f"line {number}, the last one, ends in the middle") from None
            raise WrongFormat(f"line {number} is no JSON") from None
        if not isinstance(record, dict):
            raise WrongFormat(f"line {number} is no object")
        yield record


def _bound(row: Record) -> Record:
    """A SPARQL solution: variable -> its value."""
    return {name: cell.get("value", "") for name, cell in row.items() if isinstance(cell, dict)}
