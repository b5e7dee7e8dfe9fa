"""The written notices in data/: what each set promises, and that they are apart from each other."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from classifier.labelled import Labelled, read_labelled
from classifier.mapping import mapping_from_files
from settings import DATA

SETS = ("seed_corpus.jsonl", "held_out.jsonl", "reference_set.jsonl")


def read(name: str) -> list[Labelled]:
    return read_labelled(DATA / name, known=mapping_from_files().industries)


def _text(item: Labelled) -> str:
    return json.dumps([item.notice.title, item.notice.products, item.notice.description])


@pytest.mark.parametrize("name", SETS)
def test_every_notice_has_a_name_of_its_own_and_known_labels(name: str) -> None:
    items = read(name)
    assert [key for key, times in Counter(each.notice.id for each in items).items() if times > 1] == []
    assert {each.notice.lang for each in items} <= {"en", "zh", "es", "fr", ""}
    assert all(each.kind for each in items)


def test_no_notice_stands_in_two_sets() -> None:
    texts = Counter(text for name in SETS for text in {_text(each) for each in read(name)})
    assert [text for text, times in texts.items() if times > 1] == []


def test_the_reference_set_is_what_it_must_be() -> None:
    items = read("reference_set.jsonl")
    uncoded = [each for each in items if not each.notice.hs and not each.notice.ics]
    empty = [each for each in items if not each.gold.industries]
    assert len(items) >= 600
    assert len(uncoded) >= len(items) / 3
    assert 0.13 <= len(empty) / len(items) <= 0.2
    assert min(Counter(each.notice.lang for each in items).values()) >= 60


def test_every_industry_has_examples_in_every_set() -> None:
    for name, least in zip(SETS, (10, 2, 3), strict=True):
        met = Counter(slug for each in read(name) for slug in each.gold.industries)
        assert {slug: met[slug] for slug in mapping_from_files().industries if met[slug] < least} == {}, name
