"""Models in the store: published once, the newest readable one serves, a worse or late one is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select

from alerts.reviewing import accept
from classifier import making
from classifier.due import why_due
from classifier.gathering import gather
from classifier.learned import LearnedModel
from classifier.making import NoCorpus, WorseModel, make_model
from classifier.publishing import ModelCache, ModelTaken, publish
from classifier.splitting import is_for_judging, split
from classifier.stage import classify_pending
from classifier.training import Material
from store.classification import PUBLISHED, RETIRED, Classification, ModelArtefact, ModelVersion
from store.engine import reading, writing
from store.review import Review
from tests.alerts.drilled import start
from tests.cast import insert_cast
from tests.classifier.learned import material, rules, small_model
from tests.rows import insert_notice


def put(engine: Engine, now: datetime, replaces: int, model: LearnedModel | None = None) -> int:
    with writing(engine) as session:
        return publish(session, model or small_model(), {"evaluated_at": "x"}, now, replaces=replaces)


def test_the_newest_serves_and_the_one_before_is_retired(loaded: Engine, now: datetime) -> None:
    cache = ModelCache()
    with reading(loaded) as session:
        assert cache.current(session) is None
    assert [put(loaded, now, 0), put(loaded, now, 1)] == [1, 2]
    with reading(loaded) as session:
        model = cache.current(session)
        states = session.exec(select(ModelVersion.state).where(ModelVersion.number > 0).order_by("number")).all()
    assert model is not None
    assert model.version == 2
    assert states == [RETIRED, PUBLISHED]


def test_one_that_cannot_be_read_leaves_the_one_before_serving(
    loaded: Engine, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    put(loaded, now, 0)
    put(loaded, now, 1)
    with writing(loaded) as session:
        newest = session.exec(select(ModelVersion.id).where(ModelVersion.number == 2)).one()
        damaged = update(ModelArtefact).where(ModelArtefact.model_version_id == newest).values(content=b"broken")  # type: ignore[arg-type]
        session.execute(damaged)
    with reading(loaded) as session:
        model = ModelCache().current(session)
    assert model is not None
    assert model.version == 1
    assert "model 2: " in caplog.text
    assert "tbtwatch train" in caplog.text


def test_one_that_was_overtaken_is_refused(loaded: Engine, now: datetime) -> None:
    put(loaded, now, 0)
    with pytest.raises(ModelTaken, match="model 1 was published"):
        put(loaded, now, 0)


def test_the_stage_classifies_with_the_model_in_force(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1", None)
    assert classify_pending(loaded, now) == 1
    put(loaded, now, 0)
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/2", None)
    assert classify_pending(loaded, now) == 1
    assert classify_pending(loaded, now) == 0
    with reading(loaded) as session:
        found = session.exec(
            select(ModelVersion.number)
            .join(Classification, Classification.model_version_id == ModelVersion.id)  # type: ignore[arg-type]
            .order_by(Classification.id)  # type: ignore[arg-type]
        ).all()
    assert found == [0, 1]


def test_a_worse_model_is_refused_and_says_where(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    few = Material(material().examples[:40], material().held_out)
    monkeypatch.setattr(making, "material_of", lambda *_: few)
    made = make_model(rules(), None, None, now)
    assert made.figures["baselines"]
    with pytest.raises(WorseModel, match=r"micro_f1 0\.\d+ -> 0\.\d+.*Most lost: "):
        make_model(rules(), None, small_model(), now)


def test_missing_files_are_named(tmp_path, now: datetime) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NoCorpus, match=r"seed_corpus\.jsonl is missing"):
        make_model(rules(), None, None, now, tmp_path)


def test_the_first_fill_is_a_reason_to_train_and_a_few_notices_are_none(
    loaded: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from classifier import due

    with reading(loaded) as session:
        assert why_due(session, now) == ""
    put(loaded, now, 0)
    with writing(loaded) as session:
        for number in range(3):
            insert_notice(session, now, f"G/TBT/N/USA/{number + 1}", None)
    with reading(loaded) as session:
        assert why_due(session, now + timedelta(days=400)) == ""  # nobody decided anything since
        monkeypatch.setattr(due, "FIRST_FILL", 3)
        assert why_due(session, now) == "the store holds 3 notices now"


def test_codes_and_categories_teach_what_they_agree_on(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1", None, hs=["950300"], ics=["97.200.50"])
        insert_notice(session, now, "G/TBT/N/USA/2", None, hs=["950300"], ics=["67.160"])
        insert_notice(session, now, "G/TBT/N/USA/3", None, hs=[], attributes={"industries": ["eyewear"]})
        insert_notice(session, now, "G/TBT/N/USA/4", None, hs=[], attributes={"industries": ["eyewear", "toys"]})
    with reading(loaded) as session:
        taught = gather(session, rules())
    assert sorted((each.origin, *sorted(each.industries)) for each in taught.weak) == [
        ("category", "eyewear"),
        ("codes", "toys"),
    ]
    assert (taught.decisions, taught.judging, taught.notices) == ([], [], 4)


def test_a_drill_teaches_nothing_and_asks_for_no_training(loaded: Engine, now: datetime) -> None:
    put(loaded, now, 0)
    with writing(loaded) as session:
        cast = insert_cast(session, now)
    start(loaded, cast.province, now)
    later = now + timedelta(days=400)
    with writing(loaded) as session:
        lead = session.exec(select(Review).where(Review.is_lead)).one()
        accept(session, lead, cast.province, later)
    with reading(loaded) as session:
        taught = gather(session, rules())
        assert (taught.decisions, taught.judging, taught.weak, taught.notices) == ([], [], [], 0)
        assert why_due(session, later + timedelta(days=1)) == ""


def test_families_stay_together_and_the_newest_are_held_out() -> None:
    from classifier.examples import Example
    from tests.classifier.samples import notice

    years = [
        Example(notice(str(year)), frozenset(), "decision", family=f"f{year}", date=f"{year}-05-01")
        for year in range(2010, 2026)
    ]
    addendum = Example(notice("late"), frozenset(), "decision", family="f2010", date="2025-12-01")
    learned, held_out = split([*years, addendum])
    assert {each.family for each in learned} & {each.family for each in held_out} == set()
    assert "f2025" in {each.family for each in held_out}
    assert "f2010" in {each.family for each in held_out}  # its addendum is among the newest
    names = [f"n{number}" for number in range(2000)]
    assert 0.25 < sum(map(is_for_judging, names)) / len(names) < 0.35
