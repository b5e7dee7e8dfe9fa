"""The numbered log of what changed in subscriptions, written by the database itself, whoever makes the edit.

The index of subscriptions (alerts/match_index.py) follows it. Triggers write it, so that no edit is forgotten, be it
made by a page, a command, another process or by hand in SQL. A row names what changed, never what it became: the reader
reads the row again, so reading a change twice does no harm.

Numbers are given in the order of commits. SQLite has one writer, so they are. On PostgreSQL two transactions could
number their changes in one order and commit in the other, and a reader would step over the later commit for ever. There
the triggers are deferred to the end of the transaction and take an advisory lock before they number anything: it is
held for the commit alone, when the transaction waits for no row any more, so it neither blocks work nor dead-locks.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, Integer, delete, func, inspect, select
from sqlmodel import Field, Session, SQLModel, col

KEPT_CHANGES = 500_000  # a copy of the index further behind is made anew from the rows
LOCK = 0x7462_7463  # "tbtc": the advisory lock's number on PostgreSQL
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts on by itself only in an INTEGER


class SubscriptionChange(SQLModel, table=True):
    """One change: of a subscription or its terms, of a subscriber, or of an exporter; exactly one of the three ids."""

    __table_args__ = {"sqlite_autoincrement": True}

    number: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    subscription_id: int | None = Field(default=None)
    subscriber_id: int | None = Field(default=None)
    exporter_id: int | None = Field(default=None)
    mark: str = Field(max_length=16)  # random: tells this log from that of a restored or another store


# table -> (column of the log, which id of the row it takes, columns whose change counts)
_WATCHED = {
    "subscription": ("subscription_id", "id", ("subscriber_id", "ended_at", "severity_floor")),
    "subscriptionterm": ("subscription_id", "subscription_id", ("subscription_id", "kind", "value")),
    "subscriber": ("subscriber_id", "id", ("confirmed_at", "ended_at", "exporter_id")),
    "exporter": ("exporter_id", "id", ("bureau_id",)),
}
_WHOLE = ("subscription", "subscriptionterm")  # beginning and going count too; the others only matter by these


def newest_number(session: Session) -> int:
    """The number of the last change that this session sees; 0 in a store without a log."""
    return session.execute(select(func.max(SubscriptionChange.number))).scalar() or 0


def forget_changes(session: Session, keep: int = KEPT_CHANGES) -> int:
    """Delete all but the last `keep` changes (one at least: the log goes on from it); returns how many."""
    old = col(SubscriptionChange.number) <= newest_number(session) - max(keep, 1)
    done = session.execute(delete(SubscriptionChange).where(old).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def make_triggers(connection: Connection) -> None:
    """Put the triggers in place, whatever was there: SQLite loses those of a table that a migration copies."""
    if not inspect(connection).has_table("subscriptionchange"):
        return
    drop_triggers(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
    for table in _WATCHED:
        events = ("INSERT", "UPDATE", "DELETE") if table in _WHOLE else ("UPDATE",)
        for event in events:
            make = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
            connection.exec_driver_sql(make(table, event))


def drop_triggers(connection: Connection) -> None:
    """Take the triggers away, those that are there."""
    on_postgresql = connection.dialect.name == "postgresql"
    for table in _WATCHED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            where = f" ON {table}" if on_postgresql else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {_name(table, event)}{where}")
    if on_postgresql:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS subscriptionchange_note()")


def _name(table: str, event: str) -> str:
    return f"subscriptionchange_{table}_{event.lower()}"


def _on_sqlite(table: str, event: str) -> str:
    noted, key, columns = _WATCHED[table]
    insert = f"INSERT INTO subscriptionchange ({noted}, mark)"
    values = [f"{insert} VALUES ({side}.{key}, lower(hex(randomblob(8))));" for side in _sides(event, key)]
    when = f" WHEN {' OR '.join(f'OLD.{c} IS NOT NEW.{c}' for c in columns)}" if event == "UPDATE" else ""
    which = f"UPDATE OF {', '.join(columns)}" if event == "UPDATE" else event
    return f"CREATE TRIGGER {_name(table, event)} AFTER {which} ON {table}{when} BEGIN {' '.join(values)} END"


def _on_postgresql(table: str, event: str) -> str:
    noted, key, columns = _WATCHED[table]
    when = f"WHEN ({' OR '.join(f'OLD.{c} IS DISTINCT FROM NEW.{c}' for c in columns)})" if event == "UPDATE" else ""
    which = f"UPDATE OF {', '.join(columns)}" if event == "UPDATE" else event
    return (
        f"CREATE CONSTRAINT TRIGGER {_name(table, event)} AFTER {which} ON {table} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW {when} EXECUTE FUNCTION subscriptionchange_note('{noted}', '{key}')"
    )


def _sides(event: str, key: str) -> tuple[str, ...]:
    """Of an update both rows, where a row can go over to another subscription."""
    return {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("NEW",) if key == "id" else ("OLD", "NEW")}[event]


_POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION subscriptionchange_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint := CASE WHEN TG_OP <> 'INSERT' THEN (to_jsonb(OLD) ->> TG_ARGV[1])::bigint END;
    after bigint := CASE WHEN TG_OP <> 'DELETE' THEN (to_jsonb(NEW) ->> TG_ARGV[1])::bigint END;
    changed bigint;
BEGIN
    PERFORM pg_advisory_xact_lock({LOCK});
    FOR changed IN SELECT DISTINCT id FROM (VALUES (before), (after)) AS both_sides (id) WHERE id IS NOT NULL LOOP
        INSERT INTO subscriptionchange (subscription_id, subscriber_id, exporter_id, mark) VALUES (
            CASE TG_ARGV[0] WHEN 'subscription_id' THEN changed END,
            CASE TG_ARGV[0] WHEN 'subscriber_id' THEN changed END,
            CASE TG_ARGV[0] WHEN 'exporter_id' THEN changed END,
            substr(md5(random()::text), 1, 16)
        );
    END LOOP;
    RETURN NULL;
END $$
"""  # noqa: S608 - our own words
