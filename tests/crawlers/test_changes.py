"""Which records are one notice, what it says, what changed, news or history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.changes import (
    admission,
    comparable,
    content_hash,
    content_text,
    difference,
    groups,
    join_records,
    join_sightings,
    key_order,
)
from crawlers.items import Link, NoticeItem, as_json, from_json
from crawlers.jobs import Mode
from store.clock import parse_instant
from tests.crawlers.items_made import API, BOOK, IMPORT, item

NOW = parse_instant("2026-06-03T09:00+08:00")


def test_records_meet_on_any_shared_key_directly_or_through_others() -> None:
    assert groups([["a", "b"], ["c"], ["b", "d"], ["e"], ["d", "c"], []]) == [[0, 1, 2, 4], [3], [5]]


@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=12), st.randoms(use_true_random=False))
def test_the_groups_do_not_depend_on_the_order(keys: list[list[int]], random: object) -> None:
    order = list(range(len(keys)))
    random.shuffle(order)  # type: ignore[attr-defined]
    there = {frozenset(order[i] for i in group) for group in groups([keys[i] for i in order])}
    assert there == {frozenset(group) for group in groups(keys)}


def test_ids_are_ordered_as_numbers_are_meant() -> None:
    assert sorted(["100", "99", "9"], key=key_order) == ["9", "99", "100"]


def test_joint_records_become_one_led_by_the_member_printed_first() -> None:
    records = [
        item("G/TBT/N/ARE/1, G/TBT/N/SAU/2", key="113", issuer="SAU", title="late"),
        item("G/TBT/N/ARE/1, G/TBT/N/SAU/2", key="99", issuer="ARE", title="early"),
        item("G/TBT/N/ARE/1, G/TBT/N/SAU/2, G/TBT/N/YEM/3", key="120", issuer="YEM", title="later"),
    ]
    for order in (records, records[::-1]):
        joined = join_records(order)
        assert (joined.title, joined.source_key, joined.issuer) == ("early", "99", "ARE")
        assert joined.members == ("ARE", "SAU", "YEM")
        assert joined.symbols == ("G/TBT/N/ARE/1", "G/TBT/N/SAU/2", "G/TBT/N/YEM/3")


def test_of_each_field_the_first_that_is_not_empty_by_precedence() -> None:
    api = item("G/TBT/N/JPN/1", source=API, title="from the API", comment_deadline_text="to be determined")
    book = item(
        "G/TBT/N/JPN/1",
        source=BOOK,
        title="from the workbook",
        products="Toys",
        comment_deadline=date(2026, 7, 19),
        comment_deadline_text="60 days",
        attributes={"urgent": True},
    )
    imported = item("G/TBT/N/JPN/1", source=IMPORT, products="Old words", hs=("9503",))
    for order in ([api, book, imported], [imported, book, api]):
        joined = join_sightings(order)
        assert (joined.title, joined.products, joined.hs) == ("from the API", "Toys", ("9503",))
        assert (joined.comment_deadline, joined.comment_deadline_text) == (date(2026, 7, 19), "60 days")
        assert joined.attributes == {"urgent": True}


def test_links_of_all_sightings_are_gathered_once() -> None:
    one, other = Link("notification", "es", "https://a/V"), Link("notification", "en", "https://a/t")
    joined = join_sightings([
        item("G/TBT/N/CHL/1", source=BOOK, links=(other, replace(one, url="https://a/v"))),
        item("G/TBT/N/CHL/1", source=API, links=(one,)),
    ])  # fmt: skip
    assert joined.links == (one, other)


def test_a_member_that_joins_is_no_change() -> None:
    before = item("G/TBT/N/ARE/1")
    now = item("G/TBT/N/ARE/1, G/TBT/N/YEM/3", key="7")
    assert content_hash(before) == content_hash(now)
    assert difference(before, now) == {}


def test_the_way_a_date_is_written_is_no_change_but_words_without_a_date_are() -> None:
    before = item("G/TBT/N/JPN/1", comment_deadline=date(2026, 7, 19), comment_deadline_text="60 days")
    assert content_hash(before) == content_hash(replace(before, comment_deadline_text="19/07/2026", published_text="x"))
    undated = replace(before, comment_deadline=None)
    assert difference(undated, replace(undated, comment_deadline_text="none")) == {
        "comment_deadline_text": ["60 days", "none"]
    }


def test_what_changed_is_told_field_by_field() -> None:
    before = item("G/TBT/N/JPN/1", hs=("9503",), comment_deadline=date(2026, 7, 19))
    now = replace(before, hs=("9503", "9504"), comment_deadline=date(2026, 8, 17), title="Toys")
    assert difference(before, now) == {
        "hs": [["9503"], ["9503", "9504"]], "comment_deadline": ["2026-07-19", "2026-08-17"],
    }  # fmt: skip


def test_an_item_survives_json() -> None:
    whole = item("G/TBT/N/JPN/1", links=(Link("document", "en", "https://a"),), attributes={"articles": ["2.9.2"]})
    assert from_json(as_json(whole)) == whole


def _of(published: date | None, deadline: date | None = None) -> NoticeItem:
    return item("G/TBT/N/JPN/1", published_on=published, comment_deadline=deadline)


@pytest.mark.parametrize(
    ("notice", "mode", "admitted"),
    [
        (_of(date(2026, 5, 20)), "recent", ("news", "recent")),
        (_of(date(2026, 5, 20)), "as_news", ("news", "as_news")),
        (_of(date(2026, 5, 20)), "fill", ("history", "fill")),
        (_of(date(2026, 5, 20)), "workbook", ("history", "workbook")),
        (_of(date(2026, 5, 20)), "import", ("history", "import")),
        (_of(date(2026, 5, 20)), "first", ("history", "first")),
        (_of(date(2026, 5, 20)), "reparse", ("history", "reparse")),
        (_of(date(2026, 5, 4)), "recent", ("news", "recent")),  # 30 days ago is not over 30 days ago
        (_of(date(2026, 5, 3)), "recent", ("history", "old")),
        (_of(date(2026, 5, 3)), "as_news", ("history", "old")),
        (_of(date(2026, 5, 3), date(2026, 6, 3)), "recent", ("news", "recent")),  # open on its last day
        (_of(date(2026, 5, 3), date(2026, 6, 2)), "recent", ("history", "old")),
        (_of(None), "recent", ("news", "recent")),
    ],
)
def test_news_or_history(notice: NoticeItem, mode: Mode, admitted: tuple[str, str]) -> None:
    assert admission(notice, mode, NOW) == admitted


@pytest.mark.parametrize(
    ("published_on", "last_success", "admitted"),
    [
        (date(2026, 4, 24), date(2026, 5, 24), "news"),  # 30 days old when the source was last read
        (date(2026, 4, 23), date(2026, 5, 24), "history"),
        (date(2026, 4, 4), date(2025, 1, 1), "news"),  # 60 days: as far as an outage is caught up with
        (date(2026, 4, 3), date(2025, 1, 1), "history"),
        (date(2026, 5, 3), date(2026, 6, 3), "history"),
    ],
)
def test_what_came_out_during_an_outage_is_caught_up_with(
    published_on: date, last_success: date, admitted: str
) -> None:
    at = datetime.combine(last_success, time(12), UTC)
    assert admission(_of(published_on), "recent", NOW, at)[0] == admitted


def test_without_a_clock_age_is_not_judged() -> None:
    assert admission(_of(date(2006, 9, 22)), "recent", None) == ("news", "recent")


TEXTS = st.text(max_size=5)
DAYS = st.none() | st.dates()


@given(
    st.builds(
        item,
        st.just("G/TBT/N/JPN/1"),
        title=TEXTS,
        description=TEXTS,
        hs=st.lists(TEXTS, max_size=2).map(tuple),
        comment_deadline=DAYS,
        comment_deadline_text=TEXTS,
        adoption_on=DAYS,
        adoption_text=TEXTS,
        force_on=DAYS,
        force_text=TEXTS,
        notification_type=st.none() | TEXTS,
        origins=st.lists(TEXTS, max_size=2).map(tuple),
        links=st.lists(st.builds(Link, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
        attributes=st.dictionaries(TEXTS, TEXTS | st.booleans() | st.lists(TEXTS, max_size=2) | st.integers()),
    )
)
def test_the_text_that_is_hashed_is_the_plain_json_of_what_is_compared(notice: NoticeItem) -> None:
    expected = json.dumps(comparable(notice), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert content_text(notice) == expected
