"""Searching the notices: candidates from the index, each held against the text itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, text
from sqlmodel import Session, col

from store.notice import Notice
from store.search_index import ALWAYS
from store.search_terms import terms_asked, words_asked

FIRST_SLICE, LARGEST_SLICE = 250, 10_000  # hits that other conditions are held against at a time; SQLite takes 32,766

# The candidates come first and in order, and their texts are read one by one until there are enough. SQLite's planner
# keeps to that because of CROSS JOIN, PostgreSQL's because it cannot sort by an expression from any other index.
_CANDIDATES = {
    "sqlite": "noticeindex CROSS JOIN noticetext ON noticetext.place = noticeindex.rowid "
    "WHERE noticeindex MATCH :terms",
    "postgresql": "(SELECT place, place + 0 AS rank FROM noticeindex WHERE terms @@ CAST(:terms AS tsquery) "
    "ORDER BY rank DESC OFFSET 0) AS found JOIN noticetext ON noticetext.place = found.place WHERE true",
}
_PLACE = {"sqlite": "noticeindex.rowid", "postgresql": "found.rank"}
_CONTAINS = {"sqlite": "instr(noticetext.text, :{0}) > 0", "postgresql": "strpos(noticetext.text, :{0}) > 0"}
_BEFORE = "{0} < (SELECT n.place FROM noticetext n WHERE n.notice_id = :before)"


def search(session: Session, question: str, *, limit: int | None = None, before: int | None = None) -> list[int]:
    """Ids of the notices that have all words of `question`, the newest first; without a word, of all notices.

    A word is what stands between spaces. It is found where the text has it as written, in whatever case: for Chinese
    that is exactly what LIKE '%word%' finds. A run of other letters or digits must besides begin a word of the text,
    and be a whole one unless it ends the word asked for: `batter` finds batteries, `tery` finds nothing, `usa/21` finds
    G/TBT/N/USA/2101. No character of a question is an operator.
    `before`: the last id that was shown, for what follows it; an id that is not in the index is followed by nothing.
    """
    kind = session.get_bind().dialect.name
    words = words_asked(question)
    terms = _terms_of(words)
    values: dict[str, Any] = {f"word{i}": word for i, word in enumerate(words)}
    conditions = [_CONTAINS[kind].format(name) for name in values]
    source, place = "noticetext WHERE true", "noticetext.place"
    if terms:
        source, place = _CANDIDATES[kind], _PLACE[kind]
        values["terms"] = _QUESTION[kind](terms)
    if before is not None:
        conditions.append(_BEFORE.format(place))
        values["before"] = before
    if limit is not None:
        values["most"] = limit
    parts = [f"SELECT noticetext.notice_id FROM {source}", *conditions]  # noqa: S608  (what was asked is bound)
    statement = f"{' AND '.join(parts)} ORDER BY {place} DESC {'' if limit is None else 'LIMIT :most'}"
    found = session.execute(text(statement), values)
    return [int(notice_id) for notice_id in found.scalars()]


def search_among(
    session: Session, question: str, wanted: Select[Any], *, limit: int | None = None, skip: int = 0
) -> list[Notice]:
    """The notices of `wanted` (a select of Notice, unordered) that have all words of `question`, the newest first.

    The first `skip` of them are passed over. Hits are taken slice by slice until there are enough of them.
    """
    found: list[int] = []
    size, before = FIRST_SLICE, None
    only_ids = wanted.with_only_columns(col(Notice.id))
    while limit is None or len(found) < skip + limit:
        hits = search(session, question, limit=size, before=before)
        among = set(session.execute(only_ids.where(col(Notice.id).in_(hits))).scalars()) if hits else set()
        found += [hit for hit in hits if hit in among]
        if len(hits) < size:
            break
        size, before = min(size * 4, LARGEST_SLICE), hits[-1]
    return _notices(session, found[skip:] if limit is None else found[skip : skip + limit])


def _notices(session: Session, ids: Sequence[int]) -> list[Notice]:
    found: dict[int, Notice] = {}
    rows: Any = Notice
    for first in range(0, len(ids), LARGEST_SLICE):
        some = ids[first : first + LARGEST_SLICE]
        found |= {row.id: row for row in session.execute(Select(rows).where(rows.id.in_(some))).scalars()}
    return [found[notice_id] for notice_id in ids]


def _terms_of(words: Sequence[str]) -> dict[str, bool]:
    """Every term asked for -> whether it is enough that one begins so."""
    terms: dict[str, bool] = {}
    for word in words:
        for term, is_open in terms_asked(word).items():
            terms[term] = is_open and terms.get(term, True)
    return terms


def _as_match(terms: Mapping[str, bool]) -> str:
    """For FTS5. Terms are letters and digits alone, so nothing in them could end the quotes."""
    return " AND ".join(f'"{term}"*' if is_open else f'"{term}"' for term, is_open in terms.items())


def _as_tsquery(terms: Mapping[str, bool]) -> str:
    """For PostgreSQL; texts too long for a vector are candidates always."""
    all_of_them = " & ".join(f"'{term}':*" if is_open else f"'{term}'" for term, is_open in terms.items())
    return f"({all_of_them}) | '{ALWAYS}'"


_QUESTION = {"sqlite": _as_match, "postgresql": _as_tsquery}
