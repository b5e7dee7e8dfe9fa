"""The files of data/: what is shipped holds together, and every mistake is named by file, line and column."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from settings import DATA
from store.reference import read_reference
from store.reference_checks import validate
from tests.store.release import Release


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


def test_the_shipped_files_hold_together() -> None:
    reference = read_reference(DATA)
    assert validate(reference) == []
    tiers = Counter(region.tier for region in reference.regions)
    assert tiers == {"province": 1, "city": 21, "county": 122, "town": 56}
    assert len(reference.industries) == 116
    assert len(reference.clusters) == 573
    assert Counter(country.status for country in reference.countries) == {"member": 166, "observer": 23}


def test_every_industry_has_words_in_four_languages() -> None:
    reference = read_reference(DATA)
    spoken = Counter((word.industry_id, word.lang) for word in reference.words if word.kind == "word")
    for industry in reference.industries:
        assert [lang for lang in ("en", "zh") if spoken[industry.id, lang] < 13] == [], industry.id
        assert [lang for lang in ("es", "fr") if spoken[industry.id, lang] < 8] == [], industry.id


def test_an_exclusion_holds_a_word_that_it_excludes() -> None:
    """A phrase in which none of the industry's words stands would exclude nothing."""
    reference = read_reference(DATA)
    words: dict[str, list[str]] = {}
    for word in reference.words:
        if word.kind == "word":
            words.setdefault(word.industry_id, []).append(_stems(word.text))
    idle = [
        (word.industry_id, word.text)
        for word in reference.words
        if word.kind == "exclusion" and not any(each in _stems(word.text) for each in words[word.industry_id])
    ]
    assert idle == []


def _stems(text: str) -> str:
    """The words without their plural endings; Chinese as it is."""
    return " ".join(re.sub("(?:es|s|x)$", "", word) for word in re.findall(r"\w+", text.lower()))


MISTAKES = [
    # file, the line begins with, replaced, by, column, said
    ("regions.csv", "440515,", ",county,440500,", ",county,440599,", "parent_code", "'440599' is not in regions.csv"),
    ("regions.csv", "440515,", ",county,", ",hamlet,", "tier", "write one of province, city, county, town"),
    ("regions.csv", "440515,", ",440500,", ",440000,", "parent_code", "a county stands below city"),
    ("regions.csv", "440515,", "440515,", "440513,", "code", "stands already in line"),
    ("regions.csv", "440515,", ",active,yes,", ",active,maybe,", "is_node", "'maybe' is neither yes nor no"),
    ("regions_abolished.csv", "440583,", ",2003", ",03", "abolished_year", "is no year"),
    ("regions_abolished.csv", "440583,", ",440515,", ",440516,", "successor_code", "is not in regions.csv"),
    ("bureaus.csv", "440515,", "440515,", "440516,", "region_code", "is not in regions.csv"),
    ("industries.csv", "toys,", ",A,", ",D,", "priority", "write one of A, B, C"),
    ("industries.csv", "toys,", "950300;", "950399;", "hs", "'950399' is no HS code of the nomenclature"),
    ("industries.csv", "toys,", "950300;", "950300;950300;", "hs", "stands twice in the cell"),
    ("industries.csv", "toys,", "97.200.50", "97.200.51", "ics", "'97.200.51' is no ICS code"),
    ("industries.csv", "toys,", "2451;", "2450;", "gb4754", "'2450' is no GB4754 code"),
    ("industry_words.csv", "toys,en,word,doll,", "toys,", "tois,", "industry_id", "'tois' is not in industries.csv"),
    ("industry_words.csv", "toys,en,word,doll,", ",en,", ",de,", "lang", "write one of zh, en, es, fr"),
    ("industry_words.csv", "toys,en,word,doll,", ",word,", ",hs,", "kind", "write one of word, umbrella, exclusion"),
    ("industry_words.csv", "toys,en,word,doll,", ",doll,", ",Toy,", "text", "stands already in line"),
    ("industry_words.csv", "toys,en,word,doll,", ",doll,", ",,", "text", "is empty"),
    ("industry_words.csv", "toys,en,word,doll,", ",1,", ",viel,", "weight", "'viel' is no number"),
    ("industry_words.csv", "toys,en,word,doll,", ",1,", ",nan,", "weight", "out of range"),
    ("code_weights.csv", "juvenile-products,hs,950300,", "950300", "850300", "value", "name it in industries.csv"),
    ("thresholds.csv", "toys,", ",0.3", ",0.9", "flagged", "must be at most accepted"),
    ("clusters.csv", "440515,澄海区,toys,", ",toys,", ",tois,", "industry_id", "'tois' is not in industries.csv"),
    ("clusters.csv", "440515,澄海区,toys,", "440515,澄海区", "440500,汕头市", "region_code", "give a county or town"),
    ("clusters.csv", "440515,澄海区,toys,", "澄海区", "澄海县", "region_zh", "is called 澄海区"),
    ("clusters.csv", "440515,澄海区,toys,", ",yes,high", ",no,high", "sourced", "exactly where a source other than K"),
    ("clusters.csv", "440515,澄海区,toys,", ",yes,high", ",yes,sure", "confidence", "write one of high, medium, low"),
    ("countries.csv", "TPKM,", "中国台湾", "台湾", "name_zh", "is called otherwise"),
    ("countries.csv", "USA,", ",5,15,2023,", ",9,15,2023,", "weight_tier", "write 1 to 5"),
    ("countries.csv", "USA,", ",5,15,2023,", ",5,15,23,", "share_year", "is no year"),
    ("countries.csv", "DEU,", "EU27", "EU28", "groups", "'EU28' is not known"),
    ("severity.csv", "100,", "100,red", "100,pink", "severity", "write one of red, orange, yellow, blue"),
    ("severity.csv", "305,", ",14,", ",two weeks,", "max_days_left", "is no whole number"),
    ("hs_names_zh.csv", "9503,", "9503,", "9502,", "code", "'9502' is no HS code"),
]


@pytest.mark.parametrize(("file", "start", "old", "new", "column", "said"), MISTAKES)
def test_a_mistake_is_named_by_file_line_and_column(
    release: Release, file: str, start: str, old: str, new: str, column: str, said: str
) -> None:
    line = release.line_of(file, start)
    path = release.folder / file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert old in lines[line - 1], "the test is out of date"
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("".join(lines), encoding="utf-8", newline="")
    told = [problem for problem in release.problems() if (problem.line, problem.column) == (line, column)]
    assert [said in problem.message for problem in told] == [True]
    assert str(told[0]).startswith(f"{file}:{line}:{column}: ")


def test_two_lead_marks_for_one_industry_are_one_too_many(release: Release) -> None:
    lines = (release.folder / "clusters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for start in ("440515,澄海区,toys,", "445122,饶平县,toys,"):
        (line,) = [each for each in lines if each.startswith(start)]
        release.change("clusters.csv", line, line.rstrip("\n") + "yes\n")
    (told,) = release.problems()
    assert (told.file, told.column) == ("clusters.csv", "lead")
    assert "keep one mark" in told.message


def test_a_severity_table_without_a_rule_for_all_the_rest_is_refused(release: Release) -> None:
    release.drop("severity.csv", "900,")
    (told,) = release.problems()
    assert "the last rule must have no condition" in told.message


def test_a_division_without_a_bureau_is_named(release: Release) -> None:
    (told,) = release.drop("bureaus.csv", "440515,").problems()
    assert (told.file, told.line) == ("regions.csv", release.line_of("regions.csv", "440515,"))


def test_all_mistakes_are_told_at_once(release: Release) -> None:
    release.change("clusters.csv", ",toys,", ",tois,").change("industries.csv", "950300;", "950399;")
    release.change("regions.csv", ",county,440500,", ",county,440599,")
    assert {problem.file for problem in release.problems()} >= {"clusters.csv", "industries.csv", "regions.csv"}


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (None, "thresholds.csv:1:-", "cannot be read"),
        (b"", "thresholds.csv:1:-", "is empty"),
        (b"industry_id,accepted\ntoys,0.6\n", "thresholds.csv:1:flagged", "the header must be"),
        (b"industry_id,accepted,flagged\ntoys,0.6,0.3\ntoys,0.6\n", "thresholds.csv:3:flagged", "2 cells where"),
        (b"industry_id,accepted,flagged\ntoys,0.6,0.3\n\xcd\xe6,0.6,0.3\n", "thresholds.csv:3:-", "is not UTF-8"),
        (b'industry_id,accepted,flagged\ntoys,0.6,0.3\n"toys,0.6,0.3\n', "thresholds.csv:3:-", "is not CSV from here"),
    ],
    ids=["missing", "empty", "no column", "a cell short", "not UTF-8", "open quote"],
)
def test_a_file_that_cannot_be_read_is_named(release: Release, content: bytes | None, place: str, said: str) -> None:
    path = release.folder / "thresholds.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    (told,) = release.problems()
    assert str(told).startswith(place + ": ")
    assert said in told.message


def test_a_folder_that_is_none_is_one_problem(tmp_path: Path) -> None:
    (told,) = validate(read_reference(tmp_path / "nowhere"))
    assert "is no folder" in told.message


def test_a_file_saved_by_a_spreadsheet_program_reads_the_same(release: Release) -> None:
    """Byte order mark, CRLF and an empty last line are no difference."""
    before = release.read()
    for file in ("industries.csv", "clusters.csv"):
        path = release.folder / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    after = release.read()
    assert (after.industries, after.clusters) == (before.industries, before.clusters)
    assert release.problems() == []
