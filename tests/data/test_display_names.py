"""What codes are called, walked whole: 国家（地区）, 境外来源, 中国香港, 中国澳门, 中国台湾; never 国外."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from settings import DATA, ROOT, TEMPLATES
from store.display_names import BrokenDisplayNames, codes_of, display_name, display_names
from store.reference import Reference, read_reference

# The names of the three regions stand only after 中国.
BARE_REGION = re.compile(r"(?<!中国)(?:台湾|台北|香港|澳门)")
FOREIGN = re.compile("国外|外国")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return read_reference(DATA)


def test_the_whole_table_keeps_to_the_words() -> None:
    for (kind, code), name in display_names().items():
        for text in (name.zh, name.wto_zh):
            assert not FOREIGN.search(text), (kind, code, text)
            assert not BARE_REGION.search(text), (kind, code, text)
        assert name.zh and name.en, (kind, code)


# What to look for in texts of others is theirs to word; it is never shown as ours.
SHOWN = sorted({path.name for path in DATA.glob("*.csv")} - {"industry_words.csv"})


@pytest.mark.parametrize("file", SHOWN)
def test_every_chinese_cell_that_people_see_keeps_to_the_words(file: str) -> None:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        for line, cells in enumerate(csv.reader(lines), 1):
            for cell in cells:
                assert not FOREIGN.search(cell), (file, line, cell)
                assert not BARE_REGION.search(cell), (file, line, cell)


def test_every_page_mail_and_message_keeps_to_the_words() -> None:
    """Templates and the texts in the rooms that people read; crawlers and classifier quote what others wrote."""
    sources = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))
    sources += [path for room in ("alerts", "web", "cli") for path in sorted((ROOT / room).glob("*.py"))]
    assert len(sources) > 50
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not FOREIGN.search(text), path
        assert not BARE_REGION.search(text), path


def test_every_member_and_every_code_of_a_market_has_a_name(reference: Reference) -> None:
    for country in reference.countries:
        for code in (country.wto_symbol, country.iso2, country.iso3, *country.legacy_symbols):
            assert not code or display_name("country", code) == country.name_zh, code


def test_the_three_regions_and_their_names_in_wto_context() -> None:
    assert [display_name("country", code) for code in ("HKG", "MAC", "TPKM", "TW", "TWN")] == [
        "中国香港", "中国澳门", "中国台湾", "中国台湾", "中国台湾",
    ]  # fmt: skip
    assert display_name("country", "TPKM", context="wto") == "中国台北"
    assert display_name("country", "TPKM", "en", "wto") == "Chinese Taipei"
    assert display_name("country", "HKG", context="wto") == "中国香港"


def test_the_names_of_fields() -> None:
    assert display_name("field", "country") == "国家（地区）"
    assert display_name("field", "source") == "境外来源"


def test_the_names_of_what_a_warning_says() -> None:
    assert codes_of("severity") == ["red", "orange", "yellow", "blue"]
    assert [display_name("severity", code) for code in codes_of("severity")] == ["红色", "橙色", "黄色", "蓝色"]
    assert display_name("severity", "red", "en") == "Red"
    assert set(codes_of("notice_kind")) == {"notification", "regulation", "standard", "recall", "border"}
    assert set(codes_of("source_status")) >= {"ok", "unchanged", "limited", "needs_key", "failing"}
    assert codes_of("country").count("EU") == 1


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert display_name("country", "XXX") == "XXX"
    assert display_name("nothing", "red") == "red"


def test_a_broken_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenDisplayNames, match=r"names\.csv"):
        display_names(tmp_path / "names.csv")
    (tmp_path / "names.csv").write_text("kind,code\nfield,x\n")
    with pytest.raises(BrokenDisplayNames):
        display_names(tmp_path / "names.csv")
