"""The search index: the folded text of every notice, and where each of its terms stands. Made from the notices alone.

Two tables that a backup leaves out: `noticetext`, what is searched, and `noticeindex`, its terms: on SQLite an FTS5
table without content, on PostgreSQL term vectors without positions under a GIN index. See docs/adr/0008.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
    text,
)
from sqlmodel import Session

from store.document import document_text_of
from store.notice import DRILL, Notice, NoticeSymbol
from store.search_terms import cut, fold

INDEX = "noticeindex"  # FTS5 adds tables whose names begin with it
SEARCH = MetaData()  # its own: what stands here is derived, so backups pass it by
NOTICE_TEXT = Table(
    "noticetext",
    SEARCH,
    Column("notice_id", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False, unique=True),
    Column("text", Text, nullable=False),
)
SLICE = 1000  # notices read and written at a time
IDS = 1 << 31  # keys of a day; a place is below 2**63
ALWAYS = "\uffff"  # the one term of a text with more terms than a vector holds: a candidate for every question
MOST_BYTES = 1_000_000  # a vector of PostgreSQL holds 2**20 bytes of terms

# As the drivers write them: SQLAlchemy takes longer to look at each row than SQLite to store it.
_ADD_TEXT = {
    "sqlite": "INSERT INTO noticetext (notice_id, place, text) VALUES (?, ?, ?)",
    "postgresql": "INSERT INTO noticetext (notice_id, place, text) VALUES (%s, %s, %s)",
}
_ADD = {
    "sqlite": "INSERT INTO noticeindex (rowid, terms) VALUES (?, ?)",
    "postgresql": "INSERT INTO noticeindex (place, terms) VALUES (%s, array_to_tsvector(string_to_array(%s, ' ')))",
}
_REMOVE = {
    "sqlite": "INSERT INTO noticeindex (noticeindex, rowid, terms) VALUES ('delete', :place, :terms)",
    "postgresql": "DELETE FROM noticeindex WHERE place = :place",
}
# PostgreSQL fills the bare table and indexes it at the end, in half the time. Questions wait for that meanwhile.
_EMPTY = {
    "sqlite": ("INSERT INTO noticeindex (noticeindex) VALUES ('delete-all')",),
    "postgresql": ("DROP INDEX IF EXISTS ix_noticeindex_terms", "TRUNCATE noticeindex"),
}
_FINISH = {
    "sqlite": ("INSERT INTO noticeindex (noticeindex) VALUES ('optimize')",),
    # New terms wait in a list that every question reads to its end: it is kept short (kB).
    "postgresql": (
        "CREATE INDEX ix_noticeindex_terms ON noticeindex USING gin (terms) WITH (gin_pending_list_limit = 1024)",
    ),
}


class Entry(NamedTuple):
    """What the index is told of one notice."""

    notice_id: int
    published_on: date | None
    text: str


def is_ours(name: str | None, kind: str, _parents: Any = None) -> bool:
    """Whether a thing in the database is one that the code's tables should say: alembic's `include_name`."""
    return kind != "table" or not (name or "").startswith(INDEX)


def notice_text(columns: Mapping[str, Any], symbols: Iterable[str], documents: str = "") -> str:
    """What is searched of a notice: columns, symbols, documents, a line each, so that no word runs across two."""
    codes = (*columns["keywords"], *columns["hs"], *symbols)
    return "\n".join(filter(None, (columns["title"], columns["description"], columns["products"], *codes, documents)))


def index_notices(session: Session, entries: Iterable[Entry]) -> None:
    """Add notices that the index does not hold yet, in the transaction that writes them."""
    insert_entries(session.connection(), entries)


def insert_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """The same on a bare connection."""
    rows = [(notice_id, place_of(notice_id, day), fold(text)) for notice_id, day, text in entries]
    if not rows:
        return
    kind = connection.dialect.name
    connection.exec_driver_sql(_ADD_TEXT[kind], rows)
    rows.sort(key=itemgetter(1))  # FTS5 writes what it has gathered whenever a place goes back
    connection.exec_driver_sql(_ADD[kind], [(place, terms_of(text, kind)) for _, place, text in rows])


def reindex_notices(session: Session, notice_ids: Sequence[int]) -> None:
    """Let the index say of these notices what the store says now: edited, merged into another, with further text."""
    for first in range(0, len(notice_ids), SLICE):
        some = notice_ids[first : first + SLICE]
        session.flush()
        now = {entry.notice_id: entry for entry in _entries(session, some)}
        held = session.execute(select(NOTICE_TEXT).where(NOTICE_TEXT.c.notice_id.in_(some))).mappings().all()
        gone = []
        for row in held:
            entry = now.get(row["notice_id"])
            if entry and (place_of(*entry[:2]), fold(entry.text)) == (row["place"], row["text"]):
                del now[entry.notice_id]
            else:
                gone.append(dict(row))
        if gone:  # text before index, as in adding and rebuilding: two writers never wait for each other
            ids = [row["notice_id"] for row in gone]
            session.execute(delete(NOTICE_TEXT).where(NOTICE_TEXT.c.notice_id.in_(ids)))
            _write(session.connection(), _REMOVE, gone)
        index_notices(session, now.values())


def rebuild_index(session: Session) -> int:
    """Make the whole index anew, in the caller's transaction; returns the number of notices in it."""
    if _kind(session) == "postgresql":
        session.execute(text("LOCK TABLE noticetext IN SHARE ROW EXCLUSIVE MODE"))  # writers wait their turn
    _run(session, _EMPTY)
    session.execute(delete(NOTICE_TEXT))
    last = 0
    notices: Any = Notice
    while ids := list(
        session.execute(select(notices.id).where(notices.id > last).order_by(notices.id).limit(SLICE)).scalars()
    ):
        index_notices(session, _entries(session, ids))
        last = ids[-1]
    _run(session, _FINISH)
    return int(session.execute(select(func.count()).select_from(NOTICE_TEXT)).scalar_one())


def place_of(notice_id: int, published_on: date | None) -> int:
    """Where a notice stands in the list, the newest highest, the undated lowest. In the index this is its number."""
    return (published_on.toordinal() if published_on else 0) * IDS + notice_id


def _entries(session: Session, ids: Sequence[int]) -> list[Entry]:
    """The notices among `ids` that stand for themselves. What is to be searched beside their columns is added here."""
    symbols: dict[int, list[str]] = {}
    owned: Any = NoticeSymbol
    wanted = select(owned.notice_id, owned.symbol).where(owned.notice_id.in_(ids)).order_by(owned.position, owned.id)
    for notice_id, symbol in session.execute(wanted):
        symbols.setdefault(notice_id, []).append(symbol)
    rows: Any = Notice
    columns = (rows.id, rows.published_on, rows.title, rows.description, rows.products, rows.keywords, rows.hs)
    found = session.execute(
        select(*columns).where(rows.id.in_(ids), rows.merged_into_id.is_(None), rows.admitted != DRILL)
    )
    read = document_text_of(session, ids)
    return [
        Entry(row.id, row.published_on, notice_text(row._asdict(), symbols.get(row.id, ()), read.get(row.id, "")))
        for row in found
    ]


def _write(connection: Connection, statement: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    kind = connection.dialect.name
    connection.execute(
        text(statement[kind]), [{"place": row["place"], "terms": terms_of(row["text"], kind)} for row in rows]
    )


def terms_of(folded: str, kind: str) -> str:
    """The terms of a text as the index of this kind of store takes them: PostgreSQL's each once, and not too many."""
    terms = cut(folded)
    if kind == "sqlite":
        return terms
    each = " ".join(set(terms.split()))
    return ALWAYS if len(each.encode()) > MOST_BYTES else each


def _run(session: Session, statements: Mapping[str, Sequence[str]]) -> None:
    for statement in statements[_kind(session)]:
        session.execute(text(statement))


def _kind(session: Session) -> str:
    return session.get_bind().dialect.name
