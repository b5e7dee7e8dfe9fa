"""The stage classify: notices without the stamp get a classification, its suggestions, and the stamp."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from classifier.classify import Assessment, assess, assess_all
from classifier.contract import Mapping, Model, NoticeText
from classifier.forms import said_in
from classifier.mapping import MappingCache
from classifier.publishing import ModelCache
from store.classification import LIVE, NO_MODEL, Classification, ModelVersion, Suggestion
from store.columns import new_public_ids
from store.document import document_texts_of
from store.engine import reading, writing
from store.industry import Industry
from store.inserting import add_keyed_rows, add_rows, table_of
from store.mapping import MappingVersion
from store.notice import HISTORY, Notice, NoticeVersion
from store.work import claim, fail, finish, worker_name

log = logging.getLogger(__name__)

BATCH = 200  # notices a transaction: short enough for other writers, long enough to pay for its commit
MOST = 5000  # notices a call: then others get their turn
DOCUMENT_TEXT = 6000  # characters of each document: the whole form, or what a draft says of its scope


@dataclass(frozen=True)
class _Batch:
    """Claimed notices with what is needed to write about them."""

    texts: tuple[NoticeText, ...]
    numbers: dict[int, int]  # notice id -> the number of the version that was read
    only_history: bool


@dataclass(frozen=True)
class Versions:
    """The numbers of the mapping and the model that a batch was read with."""

    mapping: int
    model: int


@dataclass
class _Outcome:
    """What the classifier said of a batch."""

    assessments: dict[int, Assessment] = field(default_factory=dict)  # notice id ->
    errors: dict[int, str] = field(default_factory=dict)


def classify_pending(
    engine: Engine,
    now: datetime,
    limit: int = MOST,
    cache: MappingCache | None = None,
    models: ModelCache | None = None,
) -> int:
    """Classify up to `limit` pending notices under the published mapping; returns how many got their stamp or failed.

    The model in force combines the voices; without one fixed weights do. `cache` and `models` spare a long-lived caller
    the reading of rules and model. Running it again with nothing pending changes nothing.
    Raises NoMapping when notices wait and no mapping is published.
    """
    cache, models = cache or MappingCache(), models or ModelCache()
    handled = 0
    failed: set[int] = set()  # their first retry comes at once, and must not come from this very loop
    while handled < limit:
        with writing(engine) as session:
            ids = claim(session, Notice, _pending(failed), limit=min(BATCH, limit - handled))
        if not ids:
            break
        with reading(engine) as session:
            mapping, model = cache.current(session), models.current(session)
            batch = _read_batch(session, ids)
        outcome = _assess_all(batch, mapping, model)
        _write(engine, batch, outcome, Versions(mapping.number, model.version if model else NO_MODEL), now)
        failed |= outcome.errors.keys()
        handled += len(ids)
    return handled


def _pending(failed: set[int]) -> Any:
    rows = _columns(Notice)
    return and_(rows.classified_at.is_(None), rows.merged_into_id.is_(None), rows.id.not_in(failed))


def text_of(notice: Any, documents: Sequence[str] = ()) -> NoticeText:
    """What the classifier reads of a notice, a row with these columns; `documents` are the texts of its files."""
    codes = tuple(notice.hs), tuple(notice.ics)
    said = notice.title, notice.products, notice.description
    categories = categories_of(notice.attributes)
    return NoticeText(notice.id or 0, *said, *codes, notice.lang, "\n\n".join(map(said_in, documents)), categories)


def categories_of(attributes: Any) -> tuple[str, ...]:
    """The industries that the source's own categories hint at, as its reader stored them."""
    found = attributes.get("industries") if isinstance(attributes, dict) else None
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


_ROWS = table_of(Notice).c
_TO_READ = (
    select(*(_ROWS[name] for name in "id title products description hs ics lang number admitted attributes".split()))
    .where(_ROWS.id.in_(bindparam("ids", expanding=True)))
    .order_by(_ROWS.id)
)


def _read_batch(session: Session, ids: Sequence[int]) -> _Batch:
    notices = session.execute(_TO_READ, {"ids": list(ids)}).all()
    documents = document_texts_of(session, ids, DOCUMENT_TEXT)
    return _Batch(
        tuple(text_of(notice, documents.get(notice.id or 0, ())) for notice in notices),
        {notice.id or 0: notice.number for notice in notices},
        all(notice.admitted == HISTORY for notice in notices),
    )


def _assess_all(batch: _Batch, mapping: Mapping, model: Model | None = None) -> _Outcome:
    """Each notice by itself: one that cannot be read must not hold up the others."""
    outcome = _Outcome()
    try:
        assessments = assess_all(batch.texts, mapping, model)
        outcome.assessments = {int(text.id): each for text, each in zip(batch.texts, assessments, strict=True)}
        return outcome
    except Exception as error:
        log.info("one notice of %d cannot be classified, each is tried by itself: %s", len(batch.texts), error)
    for text in batch.texts:
        notice_id = int(text.id)
        try:
            outcome.assessments[notice_id] = assess(text, mapping, model)
        except Exception as error:
            outcome.errors[notice_id] = f"{type(error).__name__}: {error}"
            log.warning("notice %s cannot be classified: %s", notice_id, outcome.errors[notice_id])
    return outcome


def _write(engine: Engine, batch: _Batch, outcome: _Outcome, used: Versions, now: datetime) -> None:
    """One transaction: classifications, suggestions, stamps. What was taken over or changed meanwhile is left alone."""
    with writing(engine, bulk=batch.only_history) as session:
        held = _still_held(session, batch)
        for notice_id in held.keys() & outcome.errors.keys():
            fail(session, Notice, notice_id, outcome.errors[notice_id])
        finish(session, Notice, [key for key, version in held.items() if version is None and key not in outcome.errors])
        ours = {key: version for key, version in held.items() if version is not None}
        wanted = [notice_id for notice_id in ours if notice_id in outcome.assessments]
        if wanted:
            _insert(session, {key: outcome.assessments[key] for key in wanted}, ours, used, now)
            rows: Any = Notice
            stamp = update(Notice).where(rows.id.in_(wanted)).values(classified_at=now)
            session.execute(stamp.execution_options(synchronize_session=False))
            finish(session, Notice, wanted)


def _still_held(session: Session, batch: _Batch) -> dict[int, int | None]:
    """notice id -> id of the version that was read, None if it was changed meanwhile; without those others took."""
    rows, versions = _columns(Notice), _columns(NoticeVersion)
    found = session.execute(
        select(rows.id, rows.number, versions.id)
        .join(versions, and_(versions.notice_id == rows.id, versions.number == rows.number))
        .where(rows.id.in_(batch.numbers), rows.claimed_by == worker_name(), rows.classified_at.is_(None))
        .order_by(rows.id)
        .with_for_update(of=rows)
    )
    return {key: version_id if batch.numbers[key] == number else None for key, number, version_id in found}


def _insert(
    session: Session, assessments: dict[int, Assessment], versions: dict[int, int], used: Versions, now: datetime
) -> None:
    """Write what is new; a version that was classified before under this mapping and model keeps its rows."""
    mapping_id, model_id = _mapping_id(session, used.mapping), _model_id(session, used.model, now)
    known = _columns(Classification)
    before = set(
        session.execute(
            select(known.notice_version_id).where(
                known.notice_version_id.in_([versions[key] for key in assessments]),
                known.mapping_version_id == mapping_id,
                known.model_version_id == model_id,
                known.lane == LIVE,
            )
        ).scalars()
    )
    fresh = {key: said for key, said in assessments.items() if versions[key] not in before}
    if not fresh:
        return
    names = new_public_ids(len(fresh))
    rows = [
        {
            "public_id": name,
            "notice_id": key,
            "notice_version_id": versions[key],
            "mapping_version_id": mapping_id,
            "model_version_id": model_id,
            "lane": LIVE,
            "doubts": list(said.doubts),
            "created_at": now,
        }
        for name, (key, said) in zip(names, fresh.items(), strict=True)
    ]
    inserted = zip(add_keyed_rows(session, Classification, rows), fresh, strict=True)
    industries = _columns(Industry)
    slugs: dict[str, int] = {slug: key for slug, key in session.execute(select(industries.slug, industries.id))}  # noqa: C416
    suggestions = [
        {
            "classification_id": classification_id,
            "industry_id": slugs[item.industry],
            "score": item.score,
            "state": item.state,
            "evidence": [reason.as_json() for reason in item.evidence],
        }
        for classification_id, key in inserted
        for item in fresh[key].suggestions
    ]
    add_rows(session, Suggestion, suggestions)


def _mapping_id(session: Session, number: int) -> int:
    rows = _columns(MappingVersion)
    return int(session.execute(select(rows.id).where(rows.number == number)).scalar_one())


def _model_id(session: Session, number: int, now: datetime) -> int:
    """The row of a model; that of having none is made on first use: two workers that start together end with one."""
    rows = _columns(ModelVersion)
    wanted = select(rows.id).where(rows.number == number)
    found = session.execute(wanted).scalar_one_or_none()
    if found is None and number == NO_MODEL:
        try:
            with session.begin_nested():
                session.add(ModelVersion(number=NO_MODEL, fingerprint="rules", created_at=now))
        except IntegrityError:
            pass
        found = session.execute(wanted).scalar_one()
    assert found is not None
    return int(found)


def _columns(table: type[Any]) -> Any:
    """A table class without its instance types: columns of statements are not the values of rows."""
    return table
