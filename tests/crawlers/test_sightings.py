"""Sightings kept as what differs from their notice: nothing is stored twice, and nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from crawlers.items import CONTENT, Link, NoticeItem, as_json, from_json
from crawlers.rows import notice_values
from crawlers.sightings import folded, unfold_all
from store.engine import reading, writing
from store.notice import Notice, NoticeSighting
from tests.crawlers.items_made import API, BOOK, item
from tests.crawlers.test_upserting import put

WHOLE = item(
    "G/TBT/N/ARE/741, G/TBT/N/BHR/818", key="9", title="Kettles", description="Hot", hs=("8516",), keywords=("heat",),
    comment_deadline=date(2026, 7, 17), comment_deadline_text="60 days", notification_type="Regular notification",
    links=(Link("document", "en", "https://a/b"),), attributes={"urgent": True, "articles": ["2.9.2"]},
)  # fmt: skip


def spoken(store: Engine) -> dict[str, NoticeItem]:
    """source -> what it says, unfolded."""
    rows: Any = NoticeSighting
    with reading(store) as session:
        sightings = list(session.execute(select(rows)).scalars())
        notices: Any = Notice
        unfold_all(session, session.execute(select(notices)).scalars().all(), sightings)
        return {sighting.source: from_json(sighting.content) for sighting in sightings}


def contents(store: Engine) -> dict[str, dict[str, object]]:
    rows: Any = NoticeSighting
    with reading(store) as session:
        return {source: content for source, content in session.execute(select(rows.source, rows.content))}  # noqa: C416


def test_the_only_sighting_of_a_notice_stores_nothing_twice(store: Engine) -> None:
    put(store, [WHOLE])
    assert contents(store) == {API: {}}
    assert spoken(store) == {API: WHOLE}


def test_what_a_column_cannot_hold_is_kept_beside_it(store: Engine) -> None:
    odd = replace(WHOLE, title="", notification_type="x" * 130)
    put(store, [odd])
    assert contents(store) == {API: {"title": "", "notification_type": "x" * 130}}
    assert spoken(store) == {API: odd}


def test_two_sources_keep_what_each_said_through_every_change(store: Engine) -> None:
    book = replace(WHOLE, source=BOOK, source_key="G/TBT/N/ARE/741", title="Kettles of the book", products="Kettles")
    api = replace(WHOLE, title="Kettles of the API")
    put(store, [book], mode="workbook")
    put(store, [api])
    assert spoken(store) == {API: api, BOOK: book}
    assert contents(store)[BOOK].keys() == {"title"} and contents(store)[API].keys() == {"products"}
    later = replace(api, title="Kettles again", products="Kettles and jugs", hs=())
    put(store, [later])
    assert spoken(store) == {API: later, BOOK: book}
    assert list(put(store, [book], mode="workbook").statuses.values()) == ["unchanged"]
    assert list(put(store, [later]).statuses.values()) == ["unchanged"]


def test_sightings_written_whole_by_an_older_version_read_the_same(store: Engine) -> None:
    put(store, [WHOLE])
    rows: Any = NoticeSighting
    with writing(store) as session:
        session.execute(update(rows).values(content=as_json(WHOLE)))
    assert spoken(store) == {API: WHOLE}
    assert list(put(store, [WHOLE]).statuses.values()) == ["unchanged"]
    put(store, [replace(WHOLE, title="New")])
    assert contents(store) == {API: {}} and spoken(store)[API].title == "New"


def test_notices_that_turn_out_to_be_one_keep_what_was_said_of_each(store: Engine) -> None:
    one, other = item("G/TBT/N/ARE/741", key="9", title="old"), item("G/TBT/N/SAU/1498", key="12", title="other")
    imported = replace(other, source=BOOK, source_key="G/TBT/N/SAU/1498", products="of the book")
    put(store, [one])
    put(store, [other])
    put(store, [imported], mode="workbook")
    put(store, [item("G/TBT/N/ARE/741, G/TBT/N/SAU/1498", key="9", title="old")])
    said = spoken(store)
    assert (said[API].title, said[API].members, said[API].source_key) == ("old", ("ARE", "SAU"), "9")
    assert said[BOOK] == imported


def test_every_field_of_the_content_has_its_column() -> None:
    values = notice_values(WHOLE)
    assert set(CONTENT) <= values.keys() and values.keys() <= Notice.model_fields.keys()
    for name in set(CONTENT) - {"links"}:
        value = getattr(WHOLE, name)
        assert values[name] == (list(value) if isinstance(value, tuple) else value), name


TEXTS = st.text(max_size=4)


@given(*[st.builds(item, st.just("G/TBT/N/JPN/1"), title=TEXTS, products=TEXTS, hs=st.lists(TEXTS).map(tuple))] * 2)
def test_what_is_folded_unfolds_to_itself(notice: NoticeItem, sighting: NoticeItem) -> None:
    said = as_json(notice)
    small = folded(sighting, said)
    assert from_json({**said, **small, "source": sighting.source, "source_key": sighting.source_key}) == sighting
    assert notice != sighting or small == {}
