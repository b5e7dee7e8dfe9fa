"""Bringing the files of data/ into the store: first as version 1, later as a draft beside what staff made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, select

from settings import TbtwatchError
from store.audit import write_audit
from store.mapping import MappingVersion, ReferenceRelease, published_mapping
from store.mapping_merge import (
    RECORDS,
    VERSIONED,
    Snapshot,
    Table,
    fingerprint_of,
    merge,
    pack,
    snapshot_of,
    unpack,
    with_new_columns,
)
from store.reference import BadReference, Reference
from store.reference_checks import validate
from store.reference_tables import (
    INHERITED,
    Ids,
    change_rows,
    end_rows,
    insert_rows,
    read_inherited,
    read_store,
)

Differences = list[dict[str, object]]
LOAD_LOCK = 0x7462_6C64  # "tbld": the advisory lock's number on PostgreSQL


class UnknownVersion(TbtwatchError):
    """Raised when a mapping version is asked for that is not there, or not a draft."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did: `outcome` is published (a fresh store), draft, or unchanged; `version` is the mapping's number.

    `taken` rows came from the release, `kept` are ours alone, `conflicts` were changed on both sides and stay ours.
    """

    outcome: str
    version: int
    taken: int = 0
    kept: int = 0
    conflicts: int = 0

    def as_json(self) -> dict[str, object]:
        """The result as `data load --json` prints it."""
        return asdict(self)


def load_reference(session: Session, reference: Reference, now: datetime) -> LoadResult:
    """Load the files: all of them into an empty store, else as a draft with the three-way difference.

    A release that was loaded before does nothing. A published version is never changed. Records outside the mapping
    (divisions, bureaus, markets, terms, severity rules) are merged at once by the same rule: what staff changed stays.
    Raises BadReference, before anything is written, when the files do not hold together.
    """
    problems = validate(reference)
    if problems:
        raise BadReference(problems)
    shipped = snapshot_of(reference)
    _wait_for_other_loads(session)
    published = published_mapping(session)
    if published is None:
        return _load_first(session, shipped, now)
    waiting = _version_of_release(session, fingerprint_of(shipped))
    if waiting is not None:
        return LoadResult("unchanged", waiting.number)
    return _load_draft(session, shipped, published, now)


def _wait_for_other_loads(session: Session) -> None:
    """One load at a time, until the transaction ends; on SQLite a write transaction is that already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOAD_LOCK})


def _load_first(session: Session, shipped: Snapshot, now: datetime) -> LoadResult:
    release = _keep_release(session, shipped, now)
    version = MappingVersion(
        number=1, state="published", release_id=release.id, created_at=now, published_at=now, note="first load"
    )
    session.add(version)
    session.flush()
    for name in RECORDS:
        insert_rows(session, name, shipped[name])
    for name in VERSIONED:
        insert_rows(session, name, shipped[name], version_id=version.id)
    version.fingerprint = mapping_fingerprint({name: shipped[name] for name in VERSIONED})
    session.add(version)
    rows = sum(len(table) for table in shipped.values())
    _audit(session, now, "data.load", version, {"release": release.fingerprint, "rows": rows})
    return LoadResult("published", 1, taken=rows)


def _load_draft(session: Session, shipped: Snapshot, published: MappingVersion, now: datetime) -> LoadResult:
    then = _release_behind(session, published)
    ours = read_store(session, published.id)
    differences: Differences = []
    for name in RECORDS:
        differences += _merge_records(session, name, then[name], shipped[name], ours[name])
    release = _keep_release(session, shipped, now)
    draft = MappingVersion(
        number=_next_number(session), based_on_id=published.id, release_id=release.id, created_at=now,
        note="a new release of the reference files",
    )  # fmt: skip
    session.add(draft)
    session.flush()
    merged: Snapshot = {}
    for name in VERSIONED:
        merged[name], found = merge(then[name], shipped[name], ours[name])
        differences += _named(name, found)
        _insert_version(session, name, merged[name], ours[name], published, draft)
    draft.fingerprint = mapping_fingerprint(merged)
    draft.differences = differences
    session.add(draft)
    result = _count(draft.number, differences)
    _audit(session, now, "data.load", draft, {"release": release.fingerprint, **result.as_json()})
    return result


def _merge_records(session: Session, name: str, then: Table, shipped: Table, ours: Table) -> Differences:
    merged, found = merge(then, shipped, ours)
    insert_rows(session, name, {key: value for key, value in merged.items() if key not in ours})
    change_rows(session, name, {key: value for key, value in merged.items() if key in ours and ours[key] != value})
    end_rows(session, name, [key for key in ours if key not in merged])
    return _named(name, found)


def _insert_version(
    session: Session, name: str, merged: Table, ours: Table, published: MappingVersion, draft: MappingVersion
) -> None:
    """The merged rows under the draft; rows that stay as they were keep their author and their confirmation."""
    assert published.id is not None
    inherited = read_inherited(session, name, Ids(session), published.id)
    rows = {
        key: value | (inherited[key] if ours.get(key) == value else INHERITED[name]) for key, value in merged.items()
    }
    insert_rows(session, name, rows, version_id=draft.id)


def _named(name: str, found: Differences) -> Differences:
    return [{"table": name, **difference} for difference in found]


def _count(number: int, differences: Differences) -> LoadResult:
    outcomes = [difference["outcome"] for difference in differences]
    return LoadResult("draft", number, outcomes.count("taken"), outcomes.count("ours"), outcomes.count("conflict"))


def _keep_release(session: Session, shipped: Snapshot, now: datetime) -> ReferenceRelease:
    mark = fingerprint_of(shipped)
    release = session.exec(select(ReferenceRelease).where(ReferenceRelease.fingerprint == mark)).first()
    if release is None:
        release = ReferenceRelease(fingerprint=mark, loaded_at=now, content=pack(shipped))
        session.add(release)
        session.flush()
    return release


def _version_of_release(session: Session, fingerprint: str) -> MappingVersion | None:
    """The newest version that came from this very release, if any."""
    return session.exec(
        select(MappingVersion)
        .join(ReferenceRelease, MappingVersion.release_id == ReferenceRelease.id)  # type: ignore[arg-type]
        .where(ReferenceRelease.fingerprint == fingerprint)
        .order_by(MappingVersion.number.desc())  # type: ignore[attr-defined]
    ).first()


def _release_behind(session: Session, version: MappingVersion) -> Snapshot:
    """What was shipped when `version` (or the one it was made from) was loaded; empty tables when nothing was."""
    seen: MappingVersion | None = version
    while seen is not None and seen.release_id is None:
        seen = session.get(MappingVersion, seen.based_on_id) if seen.based_on_id else None
    release = session.get(ReferenceRelease, seen.release_id) if seen else None
    return with_new_columns(unpack(release.content)) if release else {name: {} for name in RECORDS + VERSIONED}


def _next_number(session: Session) -> int:
    return (session.exec(select(func.max(MappingVersion.number))).one() or 0) + 1


def publish_version(session: Session, number: int, now: datetime) -> MappingVersion:
    """Put a draft in force and retire the version that was; raises UnknownVersion unless `number` is a draft's."""
    draft = session.exec(select(MappingVersion).where(MappingVersion.number == number)).first()
    if draft is None or draft.state != "draft":
        raise UnknownVersion(f"mapping version {number} is no draft: `tbtwatch data load` says the number of one")
    before = published_mapping(session)
    if before is not None:
        before.state = "retired"
        session.add(before)
    draft.state, draft.published_at = "published", now
    session.add(draft)
    _audit(session, now, "mapping.publish", draft, {"number": number, "instead_of": before.number if before else None})
    return draft


def mapping_fingerprint(tables: Snapshot) -> str:
    """SHA-256 over the rules, thresholds and clusters of a version: the same rows, the same fingerprint."""
    return fingerprint_of(tables)


def _audit(session: Session, now: datetime, action: str, version: MappingVersion, details: dict[str, Any]) -> None:
    write_audit(session, now, action=action, object_kind="mapping_version", object_id=version.public_id,
                actor="operator", details=details)  # fmt: skip
