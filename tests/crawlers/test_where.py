"""Which records are meant is read from a field: when it is gone, nothing is passed over in silence."""

from __future__ import annotations

from typing import Any

import pytest

from crawlers.declarations import declared_source
from crawlers.errors import WrongFormat
from crawlers.formats import Found
from crawlers.mapping import read_records

DOU = declared_source("br_dou_acts")


def act(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "urlTitle": f"portaria-n-{number}-{731000000 + number}", "title": f"PORTARIA Nº {number}", "content": "Aprova.",
        "artType": "Portaria", "hierarchyStr": "Instituto Nacional de Metrologia", "pubDate": "02/06/2026", **changes,
    }  # fmt: skip


def test_records_that_are_not_meant_are_passed_over() -> None:
    found = Found([act(n, hierarchyStr="Ministério da Fazenda") for n in range(6)] + [act(7)])
    assert [item.source_key for item in read_records(found, DOU).items] == ["731000007"]
    assert read_records(Found(found.records[:6]), DOU).items == []


def test_when_no_record_has_the_field_it_was_renamed() -> None:
    records = [act(n) for n in range(5)]
    renamed = [{"tipo" if name == "artType" else name: value for name, value in record.items()} for record in records]
    with pytest.raises(WrongFormat, match="artType"):
        read_records(Found(renamed), DOU)
    assert len(read_records(Found([*renamed, act(9)]), DOU).items) == 1
    assert read_records(Found(renamed[:4]), DOU).items == []  # too few to tell
