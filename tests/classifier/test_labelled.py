"""Labelled lines: what they carry, and what is wrong with one that cannot be measured against."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.evaluation import Gold
from classifier.labelled import UnknownIndustry, read_labelled
from classifier.lines import BadLine

KNOWN = ("toys", "glass")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_line_is_a_notice_with_its_labels(tmp_path: Path) -> None:
    line = '{"id": "a", "title": "Toys", "kind": "recall", "date": "2025-06-02", "industries": ["toys"], '
    line += '"optional": ["glass"], "origin_limited": true, "horizontal": false}'
    full, bare = read_labelled(write(tmp_path / "in.jsonl", line, '{"id": "b", "industries": []}'), known=KNOWN)
    assert (full.notice.id, full.notice.title, full.kind, full.date) == ("a", "Toys", "recall", "2025-06-02")
    assert full.gold == Gold(frozenset({"toys"}), frozenset({"glass"}), origin_limited=True)
    assert (bare.gold, bare.kind, bare.date) == (Gold(frozenset()), "", "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "b"}', "no `industries`"),
        ('{"id": "b", "industries": null}', "no `industries`"),
        ('{"id": "b", "industries": "toys"}', "`industries` is no list of texts"),
        ('{"id": "b", "industries": [1]}', "`industries` is no list of texts"),
        ('{"id": "b", "industries": [], "optional": {}}', "`optional` is no list of texts"),
        ('{"id": "b", "industries": [], "origin_limited": "no"}', "`origin_limited` is neither true nor false"),
        ('{"id": "b", "industries": [], "origin_limited": 1}', "`origin_limited` is neither true nor false"),
        ('{"id": "b", "industries": [], "kind": 5}', "`kind` is no text"),
        ('{"id": "b", "industries": [], "title": 5}', "`title` is no text"),
        ('{"industries": []}', "no `id`"),
    ],
)
def test_a_line_that_cannot_be_measured_against_is_named(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        read_labelled(write(tmp_path / "in.jsonl", '{"id": "a", "industries": []}', line))
    assert str(caught.value).startswith("in.jsonl:2: ") and reason in str(caught.value)


@pytest.mark.parametrize("field", ["industries", "optional"])
def test_a_label_must_be_an_industry_where_the_list_is_known(tmp_path: Path, field: str) -> None:
    labels = {"industries": "[]", "optional": "[]"} | {field: '["toys", "tyos"]'}
    line = f'{{"id": "a", "industries": {labels["industries"]}, "optional": {labels["optional"]}}}'
    file = write(tmp_path / "in.jsonl", line)
    assert len(read_labelled(file)) == 1
    with pytest.raises(UnknownIndustry, match=rf"^in\.jsonl:1: `{field}` names 'tyos'"):
        read_labelled(file, known=KNOWN)
