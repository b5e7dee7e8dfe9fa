"""Mappings: the same from the files and from the store; one fingerprint for one set of rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from classifier.classify import suggest
from classifier.contract import Threshold
from classifier.mapping import MappingCache, NoMapping, fingerprint_of, mapping_from_files
from store.engine import reading, writing
from store.mapping import MappingRule, MappingVersion
from store.reference import BadReference
from tests.classifier.samples import mapping_of, notice


def test_the_store_gives_the_mapping_of_the_files(loaded: Engine) -> None:
    files = mapping_from_files()
    with reading(loaded) as session:
        stored = MappingCache().current(session)
    assert stored.number == 1
    assert stored.fingerprint == files.fingerprint
    assert set(stored.rules) == set(files.rules)
    assert stored.thresholds == files.thresholds and stored.places == files.places
    sample = [notice("Safety of toys", "Toys, 玩具", hs=("950300",))]
    assert suggest(sample, stored) == suggest(sample, files)


def test_the_cache_follows_the_version_in_force(loaded: Engine, now: object) -> None:
    cache = MappingCache()
    with reading(loaded) as session:
        first = cache.current(session)
        assert cache.current(session) is first
    with writing(loaded) as session:
        session.execute(update(MappingVersion).values(state="retired"))
        version = MappingVersion(number=2, state="published", created_at=now, published_at=now)
        session.add(version)
        session.flush()
        toys = session.exec(_industry("toys")).one()
        session.add(MappingRule(version_id=version.id, industry_id=toys, kind="word", lang="en", value="plaything"))
    with reading(loaded) as session:
        second = cache.current(session)
    assert second.number == 2
    assert [(rule.value, rule.industry) for rule in second.rules] == [("plaything", "toys")]


def _industry(slug: str):  # type: ignore[no-untyped-def]
    from sqlmodel import select

    from store.industry import Industry

    return select(Industry.id).where(Industry.slug == slug)


def test_without_a_published_version_there_is_no_mapping(store: Engine) -> None:
    with reading(store) as session, pytest.raises(NoMapping, match="data load"):
        MappingCache().current(session)


def test_the_fingerprint_is_of_what_decides_and_of_nothing_else() -> None:
    rules = list(mapping_of().rules)
    mark = fingerprint_of(rules, {})
    assert fingerprint_of(reversed(rules), {}) == mark
    assert fingerprint_of([replace(rule, author="someone", id="x") for rule in rules], {}) == mark
    assert fingerprint_of([replace(rules[0], weight=0.5), *rules[1:]], {}) != mark
    assert fingerprint_of(rules, {"toys": Threshold(0.7, 0.3)}) != mark


def test_two_mappings_live_side_by_side() -> None:
    ours, theirs = mapping_of(), mapping_of([("word", "en", "toy", "gifts-festive")])
    sample = [notice("Toys", "Toys")]
    assert [item.industry for item in suggest(sample, ours)[0]] == ["toys"]
    assert [item.industry for item in suggest(sample, theirs)[0]] == ["gifts-festive"]
    assert [item.industry for item in suggest(sample, ours)[0]] == ["toys"]


def test_every_rule_of_the_project_can_be_met() -> None:
    """A word that its own text does not lead back to would be dead letters in the list of staff."""
    from classifier.text import read_fields
    from classifier.words import WordIndex

    mapping = mapping_from_files()
    for rule in mapping.rules:
        if rule.kind in ("word", "umbrella"):
            (part,) = read_fields(notice(products=rule.value, lang=rule.lang))
            found = WordIndex([rule]).hits(part)
            assert found and found[0].industry == rule.industry, rule


def test_a_folder_that_holds_no_reference_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadReference, match=r"industries\.csv"):
        mapping_from_files(tmp_path)
