"""Markets in everyday words: every row of the table leads somewhere, what firms write is understood or asked about."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from alerts.candidates import eu_members
from alerts.criteria import Told, Wanted, hit_of
from alerts.enrolling import read_vocabulary
from alerts.market_groups import Vocabulary, group_rows, understand
from store.engine import reading

pytestmark = pytest.mark.parametrize("store_kind", ["sqlite"])


@pytest.fixture
def words(loaded: Engine) -> Vocabulary:
    with reading(loaded) as session:
        return read_vocabulary(session)


def test_every_word_of_the_table_stands_for_markets_of_the_store(words: Vocabulary) -> None:
    codes = {symbol for name, symbols in words.values() for symbol in symbols}
    for row in group_rows():
        named = [part for part in row["members"].split(";") if not part.startswith("@")]
        assert set(named) <= codes, row
        for word in (row["name_zh"], *filter(None, row["also"].split(";"))):
            (understood,) = understand(word, words).understood
            assert understood.symbols, word


@pytest.mark.parametrize(
    ("said", "names", "unknown"),
    [
        ("德国、美国和中东", ["德国", "美国", "中东"], []),
        ("德国美国日本", ["德国", "美国", "日本"], []),
        ("主要出口欧盟，东南亚等国家", ["欧盟", "东南亚"], []),
        ("亚马逊美国站 / 沙特", ["亚马逊美国站", "沙特"], []),
        ("安提瓜和巴布达与独联体", ["安提瓜和巴布达", "独联体"], []),
        ("USA, Germany and Japan", ["美国", "德国", "日本"], []),
        ("美国 英国  澳洲", ["美国", "英国", "澳大利亚"], []),
        ("香港和澳门", ["中国香港", "中国澳门"], []),
        ("全球", [], []),
        ("", [], []),
        ("德国，火星", ["德国"], ["火星"]),
        ("德囯", [], ["德囯"]),
    ],
)
def test_what_firms_write(said: str, names: list[str], unknown: list[str], words: Vocabulary) -> None:
    markets = understand(said, words)
    assert [one.name for one in markets.understood] == names
    assert [word for word, _ in markets.unknown] == unknown


def test_an_unknown_word_comes_with_near_names(words: Vocabulary) -> None:
    ((_, near),) = understand("德囯", words).unknown
    assert near[0] == "德国"


@pytest.mark.parametrize(
    ("said", "issuers", "meets"),
    [
        ("德国", ("EU",), True),
        ("德国", ("DEU",), True),
        ("德国", ("FRA",), False),
        ("欧盟", ("FRA",), True),
        ("沙特", ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU", "YEM"), True),  # a joint notice of the GCC
        ("中东", ("QAT",), True),
        ("东盟", ("VNM",), True),
        ("东南亚", ("TLS",), True),
        ("独联体", ("KAZ",), True),
        ("亚马逊美国站", ("USA",), True),
        ("亚马逊美国站", ("CAN",), False),
    ],
)
def test_groups_meet_their_members_and_members_their_groups(
    said: str, issuers: tuple[str, ...], meets: bool, loaded: Engine, words: Vocabulary
) -> None:
    told: Any = Told(frozenset({"toys"}), (), "", issuers)
    wanted = Wanted(industries=frozenset({"toys"}), markets=frozenset(understand(said, words).symbols))
    with reading(loaded) as session:
        assert (hit_of(wanted, told, eu_members(session)) is not None) is meets
