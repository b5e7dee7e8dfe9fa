"""Searching finds exactly what a LIKE scan finds for Chinese words, on both stores; and no question is an error."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bench.chinese_notices import make_chinese_notices, make_questions
from bench.search import by_like, fill
from store.clock import parse_instant
from store.engine import reading
from store.notice import Notice
from store.search import search, search_among
from store.search_index import NOTICE_TEXT, reindex_notices
from store.search_terms import words_asked
from tests.rows import insert_notice

NOW = parse_instant("2026-06-03T09:00+08:00")
DAY = timedelta(days=1)
ONE_BY_ONE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def put(session: Session, *titles: str) -> dict[int, str]:
    """Notices with these titles, the first the newest; id -> title."""
    ids = [
        insert_notice(
            session, NOW, f"G/TBT/N/KEN/{n}", None, title=title, products="", published_on=date(2026, 5, 1) - n * DAY
        ).id
        for n, title in enumerate(titles, 1)
    ]
    return {n or 0: title for n, title in zip(ids, titles, strict=True)}


def titles_found(session: Session, question: str, titles: dict[int, str]) -> list[str]:
    return [titles[n] for n in search(session, question)]


def test_all_hits_of_two_to_four_characters_are_those_of_a_scan_and_in_its_order(store: Engine) -> None:
    """Texts with punctuation, line breaks and one document of 50,000 characters; words that occur and that do not."""
    notices = make_chinese_notices(300, seed=11)
    assert max(len(n.description) for n in notices) > 49_000 and any("\n" in n.description for n in notices)
    fill(store, notices)
    hits = 0
    with reading(store) as session:
        for question in make_questions(notices, 300, seed=12):
            found = search(session, question)
            assert found == by_like(session, question, None), question
            hits += len(found)
    assert hits > 1000


CHARACTERS = st.sampled_from("电池锂充塘的，。\n a%_'")


@ONE_BY_ONE
@given(
    texts=st.lists(st.text(CHARACTERS, min_size=1, max_size=14), min_size=1, max_size=6),
    question=st.text(st.sampled_from("电池锂充塘的"), min_size=1, max_size=4),
)
def test_few_characters_in_every_arrangement(session: Session, texts: list[str], question: str) -> None:
    session.rollback()
    titles = put(session, *texts)
    expected = [title for title in titles.values() if question in title]
    assert titles_found(session, question, titles) == expected
    assert search(session, question) == by_like(session, question, None)
    session.rollback()


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("电池", ["锂电池", "铅酸电池，", "锂，电池", "锂\n电池", "锂电，锌电池"]),
        ("锂电池", ["锂电池"]),  # 锂电，锌电池 has both of its bigrams
        ("锂 电池", ["锂电池", "锂，电池", "锂\n电池", "锂电，锌电池"]),
        ("池", ["锂电池", "充电、池塘", "铅酸电池，", "锂，电池", "锂\n电池", "锂电，锌电池"]),
        ("塘", ["充电、池塘"]),
        ("电、池", ["充电、池塘"]),
        ("锂，电", ["锂，电池"]),
        ("锂\n电池", ["锂电池", "锂，电池", "锂\n电池", "锂电，锌电池"]),  # a line break in a question parts two words
        ("《", ["《办法》"]),
        ("法》", ["《办法》"]),
        ("电 池 不", []),
    ],
)
def test_neighbours_are_no_words(session: Session, question: str, found: list[str]) -> None:
    titles = put(session, "锂电池", "充电、池塘", "铅酸电池，", "锂，电池", "锂\n电池", "《办法》", "锂电，锌电池")
    assert titles_found(session, question, titles) == found


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("batter", ["Lithium batteries"]),
        ("BATTERIES lith", ["Lithium batteries"]),
        ("tery", []),
        ("ken/1", ["Lithium batteries"]),
        ("g/tbt/n/ken/2", ["USB-C充电器 ISO9001"]),
        ("ke/1", []),
        ("usb-c", ["USB-C充电器 ISO9001"]),
        ("usb-c充电", ["USB-C充电器 ISO9001"]),
        ("iso9001", ["USB-C充电器 ISO9001"]),
        ("9001", []),
        ("étiq", ["Étiquetage 100%"]),
        ("100%", ["Étiquetage 100%"]),
        ("STRASSE", ["Straße"]),
        ("9503", ["Lithium batteries", "USB-C充电器 ISO9001", "Étiquetage 100%", "Straße"]),  # the HS code
        ("", ["Lithium batteries", "USB-C充电器 ISO9001", "Étiquetage 100%", "Straße"]),
    ],
)
def test_other_words_are_found_from_their_beginning(session: Session, question: str, found: list[str]) -> None:
    titles = put(session, "Lithium batteries", "USB-C充电器 ISO9001", "Étiquetage 100%", "Straße")
    assert titles_found(session, question, titles) == found


def test_a_word_at_the_very_end_of_a_long_document(session: Session) -> None:
    filler = "的".join("电阻器，池塘\n" for _ in range(6500))
    titles = put(session, "短", "长")
    long = session.exec(select(Notice).where(Notice.title == "长")).one()
    long.description = filler + "磷酸铁锂"
    reindex_notices(session, [long.id or 0])
    assert len(long.description) > 50_000
    assert titles_found(session, "磷酸铁锂", titles) == titles_found(session, "锂", titles) == ["长"]
    assert titles_found(session, "电池", titles) == titles_found(session, "酸锂", titles) == []


def test_a_text_with_more_terms_than_a_vector_holds(session: Session) -> None:
    """PostgreSQL refuses a vector past a megabyte; then the text is looked into for every question."""
    rng = random.Random(7)
    endless = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(200_000))
    titles = put(session, endless, "电池")
    assert titles_found(session, endless[-4:], titles) == [endless]
    assert titles_found(session, "电池", titles) == [t for t in titles.values() if "电池" in t]
    assert titles_found(session, "拖拉机", titles) == []


OPERATORS = """" ' * ( ^电 -电 <-> :x :terms %s %(place)s {0} % _ \\' "电池" 电池* NOT terms:电 a'':*""".split()
NASTY = [*OPERATORS, "电 AND", "NEAR(a b)", "a & b | !c", "' OR 1=1 --", "\x00", "\ud800", "a" * 5000, "电" * 5000]
NASTY += ["é" * 400, " ".join("abcdefghij"), "".join(map(chr, range(0x4E00, 0x5000)))]


@pytest.mark.parametrize("question", NASTY, ids=range(len(NASTY)))
def test_no_character_of_a_question_is_an_operator(session: Session, question: str) -> None:
    titles = put(session, "锂电池", "a b c terms NOT AND")
    expected = [t for t in titles.values() if all(word in t.casefold() for word in words_asked(question))]
    assert set(titles_found(session, question, titles)) <= set(expected)


@ONE_BY_ONE
@given(question=st.text(max_size=40))
def test_no_question_is_an_error(session: Session, question: str) -> None:
    if session.execute(select(NOTICE_TEXT.c.notice_id)).first() is None:
        put(session, "锂电池 the battery", "x")
        session.commit()
    assert len(search(session, question, limit=5)) <= 2


def test_pages_follow_each_other(session: Session) -> None:
    titles = put(session, *(f"电池{n}" for n in range(7)), "玩具")
    whole = search(session, "电池")
    walked: list[int] = []
    while page := search(session, "电池", limit=3, before=walked[-1] if walked else None):
        walked += page
    assert walked == whole == [n for n, title in titles.items() if "电池" in title]
    assert search(session, "电池", before=10**6) == []


def test_notices_without_a_date_come_last(session: Session) -> None:
    dated = insert_notice(session, NOW, "G/TBT/N/KEN/1", None, title="电池")
    undated = insert_notice(session, NOW, "G/TBT/N/KEN/2", None, title="电池", published_on=None)
    newest = insert_notice(session, NOW, "G/TBT/N/KEN/3", None, title="电池", published_on=date(2026, 6, 2))
    same_day = insert_notice(session, NOW, "G/TBT/N/KEN/4", None, title="电池")
    assert search(session, "电池") == [newest.id, same_day.id, dated.id, undated.id]


@pytest.mark.parametrize(("limit", "skip"), [(None, 0), (4, 0), (4, 3), (4, 9), (3, 40), (1, 0)])
def test_other_conditions_are_held_against_the_hits(
    session: Session, monkeypatch: pytest.MonkeyPatch, limit: int | None, skip: int
) -> None:
    monkeypatch.setattr("store.search.FIRST_SLICE", 2)  # several slices even here
    for n in range(20):
        title, issuer = ("电池", "电器")[n % 3 == 2], ("USA", "JPN")[n % 2]
        insert_notice(session, NOW, f"G/TBT/N/{issuer}/{n}", None, title=title, issuer=issuer)
    expected = session.exec(
        select(Notice)
        .where(Notice.issuer == "JPN", Notice.title == "电池")
        .order_by(col(Notice.published_on).desc(), col(Notice.id).desc())
        .offset(skip)
        .limit(limit)
    ).all()
    found = search_among(session, "电池", select(Notice).where(Notice.issuer == "JPN"), limit=limit, skip=skip)
    assert found == expected
