"""Raw answers read again by the present parser: what it makes of them otherwise becomes a new version, and no alert."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import col

from crawlers.declarations import Declaration
from crawlers.errors import SourceError
from crawlers.formats import Found
from crawlers.items import NoticeItem
from crawlers.mapping import found_in, read_records
from crawlers.reading import Note, Reading, without_future
from crawlers.runs import begin_run, end_run
from crawlers.visits import Answer, Report, records_of
from crawlers.writing import Writer
from settings import TbtwatchError
from store.clock import Clock, shanghai_day
from store.crawl import RawAnswer
from store.engine import reading
from store.notice import NoticeSighting, NoticeVersion


class NothingToReparse(TbtwatchError):
    """Raised for sources whose notices do not follow from one answer alone."""


@dataclass
class _Newest:
    """Keys that a newer answer spoke of already: an older one must not undo it."""

    keys: set[str] = field(default_factory=set)

    def of(self, items: list[NoticeItem]) -> list[NoticeItem]:
        """Those of `items` that no newer answer has."""
        fresh = [item for item in items if item.source_key not in self.keys]
        self.keys.update(item.source_key for item in fresh)
        return fresh

    def pass_over(self, engine: Engine, raw_id: int) -> None:
        """What came out of an answer that cannot be read now stays as it is."""
        seen, told = NoticeSighting, NoticeVersion
        wanted = (
            select(col(seen.source_keys))
            .join(told, (col(told.notice_id) == seen.notice_id) & (col(told.source) == seen.source))
            .where(col(told.raw_answer_id) == raw_id)
        )
        with reading(engine) as session:
            self.keys.update(key for keys in session.execute(wanted).scalars() for key in keys)


def reparse(source: Declaration, engine: Engine, clock: Clock, *, everything: bool = False) -> Report:
    """Read the kept answers of `source` again, the newest first, and store what comes out otherwise.

    Only answers that another parser read, unless `everything`. Each notice is taken from the newest answer that has it.
    What changes is classified again; nothing is raised, reviewed or mailed for it. Run again, it changes nothing.
    Raises NothingToReparse.
    """
    if source.shape == "watched_page":
        raise NothingToReparse(
            f"{source.id}: its notices tell what changed between two visits, which an answer alone does not say"
        )
    report = Report(source.id)
    run_id = begin_run(engine, source.id, "reparse", clock())
    writer = Writer(engine, run_id, source.id, "reparse", clock(), clock, bulk=True)
    newest = _Newest()
    try:
        for raw_id, is_old, answer in _answers(engine, source):
            try:
                found = reading_of(answer, source)
            except SourceError as error:
                report.add_notes([Note(error.kind, answer.url, f"kept answer {raw_id}: {error}")])
                newest.pass_over(engine, raw_id)
                continue
            without_future(found, shanghai_day(clock()))
            fresh = newest.of(found.items)
            if not (is_old or everything):
                continue  # the present parser has read it: it only keeps older answers from undoing what it said
            report.look.rows += found.rows
            report.add_bad(found.bad)
            report.add_notes(found.notes)
            writer.write(fresh, answer, report)
    finally:
        end_run(engine, run_id, report, clock())
    return report


def _answers(engine: Engine, source: Declaration) -> Iterator[tuple[int, bool, Answer]]:
    """(id, read by another parser, answer) of each kept answer, the newest first and one at a time in memory."""
    rows: Any = RawAnswer
    wanted = select(rows.id).where(rows.source == source.id).order_by(rows.fetched_at.desc(), rows.id.desc())
    with reading(engine) as session:
        ids = list(session.execute(wanted).scalars())
    for raw_id in ids:
        with reading(engine) as session:
            raw = session.get(RawAnswer, raw_id)
        if raw is not None:
            asked, body = (raw.method, raw.url), zlib.decompress(raw.body)
            answer = Answer(*asked, raw.status, raw.headers, raw.fetched_at, body, raw.request_body)
            yield raw_id, raw.parser_version != source.parser_version, answer


def reading_of(answer: Answer, source: Declaration) -> Reading:
    """What the present parser makes of a kept answer; raises SourceError."""
    module = source.module()
    if hasattr(module, "read_rows"):  # a workbook's pages are kept as their rows
        kept = json.loads(answer.body)
        header, notes = module.read_header(kept["header"])
        whole = Reading(notes=notes)
        for one in module.read_rows([(n, cells) for n, cells in kept["rows"]], header, source.id):
            whole.add(one)
        return whole
    if (records := records_of(answer)) is not None:
        return read_records(Found(records), source)
    if source.reads_whole_answers:
        return source.read()(answer.body, source.id)
    return read_records(found_in(answer.body, source), source)
