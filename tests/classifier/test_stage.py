"""The stage classify: every pending notice once, evidence kept, a second run changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, update
from sqlmodel import col, select

import classifier.stage as stage
from classifier.mapping import MappingCache, NoMapping
from store.classification import LIVE, Classification, ModelVersion, Suggestion
from store.engine import reading, writing
from store.industry import Industry
from store.notice import NEWS, Notice, NoticeThread, NoticeVersion
from store.work import claim


def add_notices(engine: Engine, now: datetime, texts: Sequence[dict[str, object]]) -> list[int]:
    """Rows as a crawl leaves them: a notice, its thread, its first version."""
    with writing(engine) as session:
        ids = []
        for number, text in enumerate(texts):
            thread = NoticeThread()
            session.add(thread)
            session.flush()
            row = Notice(
                source="cn_test_notices",
                source_key=str(number),
                thread_id=thread.id,
                kind="notification",
                issuer="EU",
                admitted=NEWS,
                first_seen_at=now,
                content_hash="0" * 64,
                **text,
            )
            session.add(row)
            session.flush()
            session.add(version_of(row.id or 0, 1, now))
            ids.append(row.id or 0)
        return ids


def version_of(notice_id: int, number: int, now: datetime) -> NoticeVersion:
    """The row of a notice's version."""
    return NoticeVersion(
        notice_id=notice_id, number=number, content_hash=str(number) * 64, source="cn_test_notices", created_at=now
    )


TOY = {"title": "Safety of toys", "products": "Toys", "hs": ["950300"], "ics": ["97.200.50"], "lang": "en"}
PROCEDURE = {"title": "Law on standardization", "products": "All products"}


def rows_of(engine: Engine) -> list[tuple[object, ...]]:
    """Everything the stage writes, keys included: equal before and after means nothing was touched."""
    with reading(engine) as session:
        suggestions = session.exec(select(Suggestion).order_by(col(Suggestion.id))).all()
        classifications = session.exec(select(Classification).order_by(col(Classification.id))).all()
        notices = session.exec(select(Notice).order_by(col(Notice.id))).all()
        return [
            *((s.id, s.classification_id, s.industry_id, s.score, s.state) for s in suggestions),
            *((c.id, c.public_id, c.notice_version_id, c.created_at) for c in classifications),
            *((n.id, n.classified_at, n.claimed_by, n.attempts) for n in notices),
        ]


def test_each_notice_gets_its_classification_and_its_stamp(loaded: Engine, now: datetime) -> None:
    toy, procedure = add_notices(loaded, now, [TOY, PROCEDURE])
    assert stage.classify_pending(loaded, now) == 2
    with reading(loaded) as session:
        assert all(n.classified_at == now and n.claimed_by is None for n in session.exec(select(Notice)))
        first = session.exec(select(Classification).where(Classification.notice_id == toy)).one()
        assert first.lane == LIVE and first.created_at == now and first.doubts == []
        model = session.get(ModelVersion, first.model_version_id)
        assert model is not None and model.number == 0
        found = session.exec(
            select(Suggestion, Industry.slug).join(Industry).where(Suggestion.classification_id == first.id)
        ).all()
        (suggestion, slug) = max(found, key=lambda pair: pair[0].score)
        assert (slug, suggestion.state) == ("toys", "accepted")
        assert {reason["voice"] for reason in suggestion.evidence} >= {"hs", "ics", "words"}
        second = session.exec(select(Classification).where(Classification.notice_id == procedure)).one()
        assert second.doubts == ["horizontal"]
        assert session.exec(select(Suggestion).where(Suggestion.classification_id == second.id)).all() == []


def test_a_second_run_changes_nothing(loaded: Engine, now: datetime) -> None:
    add_notices(loaded, now, [TOY, PROCEDURE])
    stage.classify_pending(loaded, now)
    before = rows_of(loaded)
    assert stage.classify_pending(loaded, now) == 0
    assert rows_of(loaded) == before


def test_a_version_classified_before_keeps_its_rows_and_gets_its_stamp_back(loaded: Engine, now: datetime) -> None:
    add_notices(loaded, now, [TOY])
    stage.classify_pending(loaded, now)
    before = rows_of(loaded)
    with writing(loaded) as session:
        session.execute(update(Notice).values(classified_at=None))
    assert stage.classify_pending(loaded, now) == 1
    assert rows_of(loaded) == before


def test_a_new_version_gets_a_classification_of_its_own(loaded: Engine, now: datetime) -> None:
    (toy,) = add_notices(loaded, now, [TOY])
    stage.classify_pending(loaded, now)
    with writing(loaded) as session:
        session.execute(update(Notice).values(number=2, classified_at=None, products="Toys and fireworks"))
        session.add(version_of(toy, 2, now))
    assert stage.classify_pending(loaded, now) == 1
    with reading(loaded) as session:
        assert session.exec(select(func.count()).select_from(Classification)).one() == 2


def test_batches_and_the_limit(loaded: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "BATCH", 2)
    add_notices(loaded, now, [TOY] * 5)
    cache = MappingCache()
    assert stage.classify_pending(loaded, now, limit=3, cache=cache) == 3
    assert stage.classify_pending(loaded, now, limit=10, cache=cache) == 2
    with reading(loaded) as session:
        assert session.exec(select(func.count()).select_from(Classification)).one() == 5


def test_what_another_worker_holds_is_left_alone(loaded: Engine, now: datetime) -> None:
    (toy,) = add_notices(loaded, now, [TOY])
    with writing(loaded) as session:
        assert claim(session, Notice, col(Notice.classified_at).is_(None), limit=5) == [toy]
    assert stage.classify_pending(loaded, now) == 0


def test_a_notice_changed_meanwhile_is_given_back_for_its_new_version(loaded: Engine, now: datetime) -> None:
    (toy,) = add_notices(loaded, now, [TOY])
    with writing(loaded) as session:
        claim(session, Notice, col(Notice.classified_at).is_(None), limit=5)
    with reading(loaded) as session:
        mapping = MappingCache().current(session)
        batch = stage._read_batch(session, [toy])
    with writing(loaded) as session:
        session.execute(update(Notice).values(number=2))
        session.add(version_of(toy, 2, now))
    stage._write(loaded, batch, stage._assess_all(batch, mapping), mapping, now)
    with reading(loaded) as session:
        notice = session.get(Notice, toy)
        assert notice is not None and notice.classified_at is None and notice.claimed_by is None
        assert session.exec(select(Classification)).all() == []


def test_a_notice_that_cannot_be_read_holds_up_no_other(loaded: Engine, now: datetime) -> None:
    bad, good = add_notices(loaded, now, [{**TOY, "hs": [["no code"]]}, TOY])
    assert stage.classify_pending(loaded, now) == 2
    with reading(loaded) as session:
        failed, done = session.get(Notice, bad), session.get(Notice, good)
        assert failed is not None and failed.classified_at is None and failed.last_error and failed.attempts == 1
        assert done is not None and done.classified_at == now


def test_nothing_pending_needs_no_mapping_but_a_notice_does(store: Engine, now: datetime) -> None:
    assert stage.classify_pending(store, now) == 0
    add_notices(store, now, [TOY])
    with pytest.raises(NoMapping):
        stage.classify_pending(store, now)
