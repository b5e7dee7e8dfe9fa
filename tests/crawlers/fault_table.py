"""Every fault that a source may meet: how its recording is broken, and by what name that must be known."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from tests.crawlers.broken_bodies import Edit, edited, form_of, recoded, replaced, with_bomb
from tests.crawlers.faulty_recordings import Line, Recorded

HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"
LARGE = 200_000_000  # bytes
FAILING, LIMITED, NEEDS_KEY, WELL = "failing", "limited", "needs_key", "well"  # well: ok or unchanged

# What half a listing is judged by: the source's own count, else what its visits usually bring. To be tightened to
# {"IncompleteListing", "FewerThanUsual"} for a source that was visited well before.
TOO_FEW = ("NothingListed", "IncompleteListing", "FewerThanUsual")
HALF_OUTCOMES = frozenset({(WELL, ""), *((FAILING, name) for name in TOO_FEW)})
# A list that is empty where it never is; JSON lines without a line are an empty answer.
EMPTY_OUTCOMES = frozenset((FAILING, name) for name in (*TOO_FEW, "EmptyAnswer"))
HALF = "half the items"
RENAMED = ("AllRejected", "WrongFormat", "NothingListed", "IncompleteListing")
NO_PAGE = ("WrongFormat", "ShellInstead", "NothingListed", "HtmlInstead", "AllRejected")


@dataclass(frozen=True)
class Fault:
    """One fault: the broken exchanges, the outcomes that are right, and what of the records it must leave."""

    lines: Callable[[], list[Line]]
    outcomes: frozenset[tuple[str, str]]
    rejects_one: bool = False
    stores_all: bool = False
    may_pass: bool = False  # at a source that was read well before, the broken answer need not be asked for again
    heals: bool = True  # False: what was missing and looked whole is not asked for again


def faults(played: Recorded) -> dict[str, Fault]:
    """Each fault by its name; those that a form or a declaration does not know are left out."""
    found = dict(_of_answer(played, played.main, form_of(played.source)))
    of_records = dict(_of_records(played)) | dict(_of_texts(played))
    if played.index is not None and played.source.index:
        of_index = _of_answer(played, played.index, played.source.index.format.type)
        # A report that looks whole is read once more while it is fresh, and then never.
        of_records[HALF] = replace(of_records[HALF], heals=False)
        of_reports = {name: replace(fault, may_pass=True) for name, fault in (found | of_records).items()}
        return of_reports | {f"index: {name}": fault for name, fault in of_index}
    return found | of_records


def _only(status: str, *names: str) -> frozenset[tuple[str, str]]:
    return frozenset((status, name) for name in names)


def _of_answer(played: Recorded, at: int, form: str) -> Iterator[tuple[str, Fault]]:
    """Faults of one answer that need no look at its records."""
    source, line = played.source, played.lines[at]
    body: bytes = line["body"]
    largest = source.politeness.max_bytes
    keyed = source.key is not None
    refused = _only(NEEDS_KEY, "KeyRefused") if keyed else _only(FAILING, "AccessRefused")

    def broken(**changes: Any) -> list[Line]:
        return played.changed(played.beside(at), lambda one: {**line, "url": one["url"], **changes})

    def fault(outcomes: frozenset[tuple[str, str]], **changes: Any) -> Fault:
        return Fault(lambda: broken(**changes), outcomes)

    def packed() -> list[Line]:
        return broken(body=_bomb(largest + 1), headers={**line["headers"], "Content-Encoding": "gzip"})

    as_page = {"Content-Type": "text/html; charset=utf-8"}
    pages = NO_PAGE if form in ("html", "html_json") else ("HtmlInstead",)
    yield "maintenance page", fault(_only(FAILING, *pages), body=HTML, headers=as_page)
    yield "empty body", fault(_only(FAILING, "EmptyAnswer"), body=None)
    yield "truncated", fault(_only(FAILING, "TruncatedAnswer"), body=_cut(body))
    if form != "workbook":
        yield "wrong charset", Fault(lambda: broken(body=recoded(body, source)), _only(FAILING, "WrongCharset"))
    yield "404", fault(_only(FAILING, "PageMissing"), status=404, body=b"not here")
    yield "401", fault(refused, status=401, body=b"no")
    yield "403", fault(refused, status=403, body=b"no")
    yield "429", fault(_only(LIMITED, "Throttled"), status=429, body=None, headers={"Retry-After": "2"})
    yield "503", fault(_only(FAILING, "ServerTrouble"), status=503, body=b"down")
    yield "time-out", fault(_only(FAILING, "TimedOut"), delay_s=3600)
    loop = {"Location": line["url"]}  # 307 keeps the method and what was posted
    yield "redirect loop", fault(_only(FAILING, "RedirectLoop"), status=307, body=None, headers=loop)
    yield "cut", fault(_only(FAILING, "ConnectionCut"), cut_after=len(body) // 2)
    yield "gzip bomb", Fault(packed, _only(FAILING, "TooBig"))
    if form in ("xml", "feed"):
        yield "entity bomb", fault(_only(FAILING, "WrongFormat"), body=with_bomb(body))
    yield "200 MB", fault(_only(FAILING, "TooBig"), fill_to=max(LARGE, largest + 1))


def _of_records(played: Recorded) -> Iterator[tuple[str, Fault]]:
    """Faults of the lists themselves, in every answer that holds records."""
    source = played.source

    def fault(outcomes: frozenset[tuple[str, str]], edit: Edit, *, stores_all: bool = False) -> Fault:
        def lines() -> list[Line]:
            return _with_body(played, played.listings, lambda body: edited(body, source, edit))

        return Fault(lines, outcomes, stores_all=stores_all)

    if not source.expect.zero_ok:
        yield "zero items", fault(EMPTY_OUTCOMES, lambda n, number: 0)
    yield HALF, fault(HALF_OUTCOMES, lambda n, number: int(2 * n < number))
    yield "the items twice", fault(_only(WELL, ""), lambda n, number: 2, stores_all=True)


def _of_texts(played: Recorded) -> Iterator[tuple[str, Fault]]:
    """Faults that the recording's faults.json words: a field renamed everywhere, one date, one record."""
    source = played.source

    def fault(name: str, outcomes: frozenset[tuple[str, str]], *, everywhere: bool = False) -> Fault:
        old, new = played.texts[name] or ("", "")
        places = played.holding(old)
        assert places, f"{source.id}: faults.json, {name}: no answer holds '{old}'"
        chosen = places if everywhere else places[:1]
        count = -1 if everywhere else 1
        alone = not everywhere and chosen[0] != played.index
        return Fault(
            lambda: _with_body(played, chosen, lambda b: replaced(b, source, old, new, count)), outcomes, alone
        )

    if played.texts.get("rename"):
        yield "renamed field", fault("rename", _only(FAILING, *RENAMED), everywhere=True)
    if played.texts.get("future"):
        yield "dated 2099", fault("future", _only(WELL, ""))
    if played.texts.get("break"):
        yield "one broken item", fault("break", _only(WELL, ""))


def _with_body(played: Recorded, positions: list[int], change: Callable[[bytes], bytes]) -> list[Line]:
    return played.changed(positions, lambda line: {**line, "body": change(line["body"])})


def _cut(body: bytes) -> bytes:
    """Two thirds of a body, to the end of a letter: bytes that end within one may be taken for another encoding."""
    end = len(body) * 2 // 3
    while end > 1 and (body[end - 1] > 0x7F or body[end] > 0x7F):
        end -= 1
    return body[:end]


@lru_cache(maxsize=2)
def _bomb(size: int) -> bytes:
    return gzip.compress(b" " * size, 1)
