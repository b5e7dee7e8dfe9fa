"""Loading and exporting on both stores: version 1 at first, later drafts; the published version never changes."""

from __future__ import annotations

import filecmp
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, select, update

from settings import DATA
from store.audit import AuditEntry
from store.bureau import Bureau
from store.engine import reading, writing
from store.glossary import GlossaryTerm, SeverityRule
from store.industry import Industry, industry_by_slug
from store.jurisdiction import Jurisdiction, jurisdiction_by_code, lineage
from store.mapping import Cluster, IndustryThreshold, MappingRule, MappingVersion, published_mapping
from store.mapping_merge import VERSIONED, Snapshot
from store.mapping_release import LoadResult, UnknownVersion, load_reference, publish_version
from store.reference import BadReference, Reference, read_reference
from store.reference_export import CannotExport, export_reference
from store.reference_tables import read_store
from tests.store.release import Release

DOLL = ("toys", "word", "en", "doll")


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


@pytest.fixture
def work(loaded: Engine) -> Iterator[Session]:
    """A session on a loaded store."""
    with Session(loaded, expire_on_commit=False) as session:
        yield session


def load(session: Session, reference: Reference, now: datetime) -> LoadResult:
    result = load_reference(session, reference, now)
    session.flush()
    return result


def rules_of(session: Session, number: int) -> dict[tuple[str, ...], dict[str, Any]]:
    return version_of(session, number)["rules"]


def version_of(session: Session, number: int) -> Snapshot:
    version = session.exec(select(MappingVersion).where(MappingVersion.number == number)).one()
    return read_store(session, version.id)


def staff_changes(session: Session, value: str, **cells: Any) -> None:
    """Change words of the published version as the province's page does (there by a version of its own)."""
    table: Any = MappingRule
    session.execute(update(table).where(table.value == value).values(author="省局", **cells))


def test_a_fresh_store_gets_everything_as_version_1(session: Session, now: datetime) -> None:
    reference = read_reference(DATA)
    result = load(session, reference, now)
    assert (result.outcome, result.version, result.conflicts) == ("published", 1, 0)
    counted = {table: session.exec(select(func.count()).select_from(table)).one() for table in (
        Jurisdiction, Bureau, Industry, GlossaryTerm, SeverityRule, MappingRule, IndustryThreshold, Cluster,
    )}  # fmt: skip
    codes = sum(len(industry.hs) + len(industry.ics) for industry in reference.industries)
    rules = codes + len(reference.words)
    assert list(counted.values()) == [200, 200, 116, 388, len(reference.severity), rules, 116, 573]
    published = published_mapping(session)
    assert published is not None and published.number == 1 and len(published.fingerprint) == 64


def test_processes_that_start_together_load_once(store: Engine, now: datetime) -> None:
    reference = read_reference(DATA)
    together = threading.Barrier(3)

    def begin() -> str:
        together.wait()
        with writing(store) as session:
            return load_reference(session, reference, now).outcome

    with ThreadPoolExecutor(3) as workers:
        outcomes = [each.result() for each in [workers.submit(begin) for _ in range(3)]]
    assert sorted(outcomes) == ["published", "unchanged", "unchanged"]


def test_what_is_loaded_can_be_asked_for(work: Session) -> None:
    chenghai = jurisdiction_by_code(work, "440583")  # the code it had until 2003
    assert chenghai is not None
    assert [each.name_zh for each in lineage(work, chenghai)] == ["澄海区", "汕头市", "广东省"]
    bureau = work.exec(select(Bureau).where(Bureau.jurisdiction_id == chenghai.id)).one()
    assert (bureau.name_zh, bureau.confirmed) == ("汕头市澄海区市场监督管理局", False)
    assert industry_by_slug(work, "toys").name_zh == "玩具"
    first = work.exec(select(SeverityRule).order_by(SeverityRule.position)).first()  # type: ignore[arg-type]
    assert first is not None and (first.severity, first.conditions) == ("blue", {"stage": ["withdrawn"]})


def test_the_same_release_again_does_nothing(work: Session, now: datetime) -> None:
    before = version_of(work, 1)
    assert load(work, read_reference(DATA), now) == LoadResult("unchanged", 1)
    assert work.exec(select(func.count()).select_from(MappingVersion)).one() == 1
    assert version_of(work, 1) == before


def test_a_new_release_becomes_a_draft(work: Session, release: Release, now: datetime) -> None:
    before = version_of(work, 1)
    release.change("industry_words.csv", "toys,en,word,doll,1,", "toys,en,word,doll,0.7,")
    release.add("industry_words.csv", "toys,en,word,clacker,1,").drop(
        "industry_words.csv", "toys,en,word,jigsaw puzzle,"
    )
    release.change("clusters.csv", '440515,澄海区,toys,,,"', '440515,澄海区,toys,,,"More: ')
    release.change("thresholds.csv", "toys,0.6,0.3", "toys,0.65,0.3")
    result = load(work, release.read(), now)
    assert (result.outcome, result.version, result.taken, result.kept, result.conflicts) == ("draft", 2, 5, 0, 0)
    assert version_of(work, 1) == before
    published = published_mapping(work)
    assert published is not None and published.number == 1
    draft = rules_of(work, 2)
    assert draft[DOLL]["weight"] == 0.7
    assert ("toys", "word", "en", "clacker") in draft
    assert ("toys", "word", "en", "jigsaw puzzle") not in draft
    assert len(draft) == len(before["rules"])
    assert load(work, release.read(), now) == LoadResult("unchanged", 2)


def test_the_difference_has_three_sides(work: Session, release: Release, now: datetime) -> None:
    staff_changes(work, "doll", weight=0.8)
    staff_changes(work, "plush toy", weight=0.9)
    release.change("industry_words.csv", "toys,en,word,doll,1,", "toys,en,word,doll,0.7,")
    release.change("industry_words.csv", "toys,en,word,water toy,1,", "toys,en,word,water toy,0.6,")
    result = load(work, release.read(), now)
    assert (result.taken, result.kept, result.conflicts) == (1, 1, 1)
    draft = work.exec(select(MappingVersion).where(MappingVersion.number == 2)).one()
    told = {tuple(map(str, each["key"])): each for each in draft.differences}  # type: ignore[call-overload]
    conflict = told[DOLL]
    assert [conflict[side]["weight"] for side in ("then", "now", "ours")] == [1.0, 0.7, 0.8]  # type: ignore[index]
    assert (conflict["table"], conflict["outcome"]) == ("rules", "conflict")
    rules = rules_of(work, 2)
    weights = [rules["toys", "word", "en", word]["weight"] for word in ("doll", "plush toy", "water toy")]
    assert weights == [0.8, 0.9, 0.6]
    drafted = work.exec(select(MappingRule).where(MappingRule.version_id == draft.id))
    authors = {rule.value: rule.author for rule in drafted}
    assert (authors["doll"], authors["plush toy"], authors["water toy"]) == ("省局", "省局", "shipped")


def test_a_cluster_stays_confirmed(work: Session, release: Release, now: datetime) -> None:
    table: Any = Cluster
    work.execute(update(table).where(table.town_zh == "古镇镇").values(confirmed_at=now))
    load(work, release.change("thresholds.csv", "toys,0.6,", "toys,0.7,").read(), now)
    draft = work.exec(select(MappingVersion).where(MappingVersion.number == 2)).one()
    confirmed = work.exec(select(Cluster).where(Cluster.version_id == draft.id, table.confirmed_at.is_not(None))).all()
    assert {cluster.town_zh for cluster in confirmed} == {"古镇镇"}


def test_the_next_release_is_compared_with_the_published_draft(work: Session, release: Release, now: datetime) -> None:
    release.change("industry_words.csv", "toys,en,word,doll,1,", "toys,en,word,doll,0.7,")
    load(work, release.read(), now)
    publish_version(work, 2, now)
    work.flush()
    published = published_mapping(work)
    assert published is not None and published.number == 2
    assert {each.number: each.state for each in work.exec(select(MappingVersion))} == {1: "retired", 2: "published"}
    release.change("industry_words.csv", "toys,en,word,doll,0.7,", "toys,en,word,doll,0.6,")
    assert load(work, release.read(), now) == LoadResult("draft", 3, taken=1)
    assert rules_of(work, 2)[DOLL]["weight"] == 0.7
    with pytest.raises(UnknownVersion, match="version 2 is no draft"):
        publish_version(work, 2, now)


def test_records_outside_the_mapping_are_merged_at_once(work: Session, release: Release, now: datetime) -> None:
    table: Any = Bureau
    chenghai = jurisdiction_by_code(work, "440515")
    assert chenghai is not None
    ours = {"duty_phone": "0754-00000000", "confirmed": True}
    work.execute(update(table).where(table.jurisdiction_id == chenghai.id).values(**ours))
    release.change("bureaus.csv", "440515,汕头市澄海区市场监督管理局", "440515,澄海市场监督管理局")
    release.change("bureaus.csv", "440513,汕头市潮阳区市场监督管理局", "440513,潮阳市场监督管理局")
    release.change("severity.csv", "20,blue,", "20,yellow,")
    release.drop("glossary.csv", "notification,").add("glossary.csv", "brand-new term,,新词,,,wto")
    result = load(work, release.read(), now)
    assert result.conflicts == 1
    names = {bureau.jurisdiction_id: bureau.name_zh for bureau in work.exec(select(Bureau))}
    chaoyang = jurisdiction_by_code(work, "440513")
    assert chaoyang is not None and chenghai.id is not None and chaoyang.id is not None
    assert names[chenghai.id] == "汕头市澄海区市场监督管理局"  # a conflict: ours stays
    assert names[chaoyang.id] == "潮阳市场监督管理局"
    severity = work.exec(select(SeverityRule.severity).where(SeverityRule.position == 20)).one()
    assert severity == "yellow"
    terms = set(work.exec(select(GlossaryTerm.en)))
    assert "brand-new term" in terms and "notification" not in terms


def test_an_industry_that_a_release_drops_is_retired(work: Session, release: Release, now: datetime) -> None:
    for file in ("industries.csv", "industry_words.csv", "thresholds.csv"):
        release.drop(file, "agricultural-machinery,")
    load(work, release.read(), now)
    assert industry_by_slug(work, "agricultural-machinery").status == "retired"
    assert not [key for key in rules_of(work, 2) if key[0] == "agricultural-machinery"]
    assert [key for key in rules_of(work, 1) if key[0] == "agricultural-machinery"]


def test_a_new_industry_comes_with_its_rules(work: Session, release: Release, now: datetime) -> None:
    release.add("industries.csv", "kites,风筝,Kites,consumer,C,2451,950300,97.200.50,active,")
    release.add("industry_words.csv", "kites,en,word,kite,1,").add("thresholds.csv", "kites,0.6,0.3")
    load(work, release.read(), now)
    assert industry_by_slug(work, "kites").public_id
    assert len([key for key in rules_of(work, 2) if key[0] == "kites"]) == 3


def test_a_release_that_does_not_hold_together_writes_nothing(loaded: Engine, release: Release, now: datetime) -> None:
    line = release.line_of("clusters.csv", "440515,澄海区,toys,")
    release.change("clusters.csv", "440515,澄海区,toys,", "440515,澄海区,tois,")
    release.change("glossary.csv", "notification,", "notifications,")  # good in itself
    with pytest.raises(BadReference) as told, writing(loaded) as session:
        load_reference(session, release.read(), now)
    assert str(told.value).startswith(f"clusters.csv:{line}:industry_id: 'tois' is not in industries.csv")
    with reading(loaded) as session:
        assert session.exec(select(func.count()).select_from(MappingVersion)).one() == 1
        assert "notification" in set(session.exec(select(GlossaryTerm.en)))


def test_a_load_is_in_the_audit_trail(work: Session, release: Release, now: datetime) -> None:
    load(work, release.change("thresholds.csv", "toys,0.6,", "toys,0.7,").read(), now)
    entries = work.exec(select(AuditEntry).where(AuditEntry.action == "data.load")).all()
    assert [entry.details.get("version", 1) for entry in entries] == [1, 2]


def test_what_is_exported_is_byte_for_byte_what_was_loaded(work: Session, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = export_reference(work, out)
    shipped = sorted(str(path.relative_to(DATA)) for path in DATA.rglob("*.csv"))
    assert files == shipped
    assert filecmp.cmpfiles(DATA, out, shipped, shallow=False) == (shipped, [], [])


def test_an_export_shows_what_staff_changed_and_loads_again(
    work: Session, release: Release, tmp_path: Path, now: datetime
) -> None:
    staff_changes(work, "950300", weight=0.5, note="a catch-all")
    staff_changes(work, "doll", weight=0.25)
    out = tmp_path / "out"
    export_reference(work, out)
    differing = filecmp.cmpfiles(DATA, out, [path.name for path in DATA.glob("*.csv")], shallow=False)[1]
    assert sorted(differing) == ["code_weights.csv", "industry_words.csv"]
    assert "toys,en,word,doll,0.25," in (out / "industry_words.csv").read_text(encoding="utf-8")
    assert "toys,hs,950300,0.5,a catch-all" in (out / "code_weights.csv").read_text(encoding="utf-8")
    before = version_of(work, 1)
    load(work, read_reference(out), now)
    after = version_of(work, 2)
    assert {name: after[name] for name in VERSIONED} == {name: before[name] for name in VERSIONED}


def test_an_export_into_a_file_is_refused(work: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotExport, match="name a folder that can be written"):
        export_reference(work, tmp_path / "file")


def test_an_empty_store_has_nothing_to_export(session: Session, tmp_path: Path) -> None:
    with pytest.raises(CannotExport, match="no mapping is published yet"):
        export_reference(session, tmp_path / "out")
