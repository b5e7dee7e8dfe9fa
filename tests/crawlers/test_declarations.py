"""Declarations are read strictly: what is wrong is named with file, key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.declarations import SOURCES, declared_source, declared_sources, read_declaration
from crawlers.errors import BadDeclaration, UnknownSource
from crawlers.recording import EXCHANGES

GOOD = (SOURCES / "wto_tbt_notifications.yaml").read_text(encoding="utf-8")


def declared(folder: Path, text: str, name: str = "wto_tbt_notifications") -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{name}.yaml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n- b\n", "a mapping of keys"),
        ("id: [", "no YAML"),
        (GOOD.replace("publisher:", "publisherr:"), "publisherr: no such key; known are id, "),
        (GOOD.replace("delay_s:", "delays:"), "politeness.delays: no such key"),
        (GOOD.replace("grade: A", "grade: Z"), "grade: Input should be 'A', 'B', 'C', 'D' or 'M'"),
        (GOOD.replace("shape: json_api", "shape: magic"), "shape:"),
        (GOOD.replace("enabled: true", "enabled: perhaps"), "enabled:"),
        (GOOD.replace("verified_on: 2026-05-03", "verified_on: lately"), "verified_on:"),
        (GOOD.replace("paging:", "# paging:"), "shape json_api needs paging"),
        (GOOD.replace("reader: wto_api", "reader: nobody"), "no crawlers/sources/nobody.py"),
        (GOOD.replace("id: wto_tbt_notifications", "id: another"), "the file is called 'wto_tbt_notifications'"),
        (GOOD.replace(", header: Ocp-Apim-Subscription-Key", ""), "either header or parameter"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadDeclaration) as refused:
        read_declaration(declared(tmp_path, text))
    assert words in str(refused.value) and "wto_tbt_notifications.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_declaration_is_good_and_has_a_recording() -> None:
    assert set(declared_sources()) >= {"wto_tbt_notifications", "wto_sps_notifications", "wto_notifications_workbook"}
    missing = [source for source, one in declared_sources().items() if not (one.recording / EXCHANGES).is_file()]
    assert missing == []


def test_an_unknown_source_is_named_with_the_cure() -> None:
    with pytest.raises(UnknownSource, match=r"no_such_source.*tbtwatch sources"):
        declared_source("no_such_source")
