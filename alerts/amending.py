"""更正 and 撤销: what officers do to a warning that is out: a new version that refers to it, never a silent change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.concerns import Concern, corrected
from alerts.network import grade_of
from alerts.reviewing import (
    AT_ONCE,
    NoIndustry,
    NotAllowed,
    bureau_line,
    bureau_name,
    may_decide,
)
from alerts.versions import concerns_in, facts_in, industries_of, lock_version
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import ASSOCIATION, Officer
from store.industry import industry_by_slug
from store.review import Review
from store.warning import ISSUED, OUTGOING, SIGNED_OFF, SUPERSEDED, TradeWarning, WarningIndustry, WarningVersion

CANCEL, UPDATE = "cancel", "update"


class NotIssued(TbtwatchError):
    """Raised when a version is not the newest of its warning, or has not gone out: there is nothing to amend."""


def newest_of(session: Session, version: WarningVersion) -> WarningVersion:
    """The last version of this warning that was not superseded, locked; one that came while we waited counts."""
    rows = select(WarningVersion.id).where(
        WarningVersion.warning_id == version.warning_id, WarningVersion.state != SUPERSEDED
    )
    newest = rows.order_by(col(WarningVersion.number).desc())
    last = session.exec(newest).first()
    while True:
        locked = lock_version(session, last or version.id or 0)
        again = session.exec(newest).first()
        if again is None or again == locked.id:
            return locked
        last = again


def newest_issued(session: Session, version: WarningVersion) -> WarningVersion:
    """The last version of this warning, locked. Raises NotIssued unless it has gone out and is no cancel."""
    newest = newest_of(session, version)
    if newest.state != ISSUED or newest.kind == CANCEL:
        raise NotIssued("this warning is not out, is cancelled, or a newer version waits: decide on that one")
    return newest


def may_amend(session: Session, version: WarningVersion, officer: Officer) -> bool:
    """True for an officer of a desk that looked at a version of this warning, or of a tier above; and the province."""
    if officer.kind == ASSOCIATION:
        return False
    place = bureau_line(session, officer.bureau_id)
    desks = session.exec(
        select(Review.bureau_id)
        .join(WarningVersion, col(WarningVersion.id) == Review.version_id)
        .where(WarningVersion.warning_id == version.warning_id)
        .distinct()
    )
    return len(place) == 1 or any(may_decide(place[0], bureau_line(session, desk)) for desk in desks)


def is_full(session: Session, officer: Officer) -> bool:
    """True for officers whose word takes something away for all: cities' and the province's."""
    return len(bureau_line(session, officer.bureau_id)) <= 2


def amend(
    session: Session,
    version: WarningVersion,
    officer: Officer,
    now: datetime,
    industries: Sequence[str],
    *,
    note: str = "",
    wait: timedelta = AT_ONCE,
) -> WarningVersion:
    """Issue an update that is about exactly these industries (slugs), graded again.

    A county may only add; taking away needs its city or the province. The update goes to those who got the earlier
    version and, as a first issue, to all who match now. Raises NotAllowed, NotIssued, NoIndustry, UnknownIndustry.
    """
    if not industries:
        raise NoIndustry("an update needs at least one industry; to end the warning, cancel it")
    before = newest_issued(session, version)
    _check(session, before, officer)
    wanted = [industry_by_slug(session, slug).id or 0 for slug in industries]
    present = concerns_in(session, before)
    if not is_full(session, officer) and {c.industry_id for c in present if c.counts} - set(wanted):
        raise NotAllowed(f"{officer.sign_in} may add industries; taking one away is for the city or the province")
    after = corrected(present, wanted)
    old, new = ([i.name_zh for i in industries_of(session, concerns)] for concerns in (present, after))
    said = {"by": bureau_name(session, officer.bureau_id), "note": note.strip(), "industries": [old, new]}
    return _write(session, before, officer, now, UPDATE, after, said, wait)


def revoke(
    session: Session,
    version: WarningVersion,
    officer: Officer,
    now: datetime,
    *,
    reason: str,
    wait: timedelta = AT_ONCE,
) -> WarningVersion:
    """Cancel a warning that is out: exactly those who got it are told, with the reason.

    Only a city or the province may. Raises NotAllowed, NotIssued, and NotAllowed too without a reason.
    """
    before = newest_issued(session, version)
    _check(session, before, officer)
    if not is_full(session, officer):
        raise NotAllowed(f"{officer.sign_in} may not cancel for all: ask the city or the province")
    if not reason.strip():
        raise NotAllowed("a cancel needs a reason: those who got the warning will read it")
    said = {"by": bureau_name(session, officer.bureau_id), "note": reason.strip()}
    return _write(session, before, officer, now, CANCEL, concerns_in(session, before), said, wait)


def _check(session: Session, version: WarningVersion, officer: Officer) -> None:
    if not may_amend(session, version, officer):
        raise NotAllowed(f"{officer.sign_in} may not change this warning: no desk of that line has looked at it")


def _next_number(session: Session, warning_id: int) -> int:
    last = session.exec(select(func.max(WarningVersion.number)).where(WarningVersion.warning_id == warning_id)).one()
    return int(last or 0) + 1


def _write(
    session: Session,
    before: WarningVersion,
    officer: Officer,
    now: datetime,
    kind: str,
    concerns: Sequence[Concern],
    said: Mapping[str, object],
    wait: timedelta,
) -> WarningVersion:
    facts: dict[str, object] = {**facts_in(before), "changes": {}, "amended": dict(said)}
    facts.pop("added", None)
    grade = grade_of(session, facts_in(before), industries_of(session, concerns), now)
    is_cancel = kind == CANCEL
    version = WarningVersion(
        warning_id=before.warning_id,
        number=_next_number(session, before.warning_id),
        kind=kind,
        references_id=before.id,
        notice_id=before.notice_id,
        notice_number=before.notice_number,
        classification_id=before.classification_id,
        severity=before.severity if is_cancel else grade.severity,
        severity_reason=before.severity_reason if is_cancel else grade.reason,
        facts=facts,
        state=OUTGOING if wait else ISSUED,
        basis=SIGNED_OFF,
        signed_by_id=officer.bureau_id,
        raised_at=now,
        informed_at=now,  # told by its mails alone
        release_at=now + wait if wait else None,
        issued_at=None if wait else now,
    )
    session.add(version)
    session.flush()
    session.add_all(
        WarningIndustry(version_id=version.id or 0, industry_id=c.industry_id, score=c.score, state=c.state)
        for c in concerns
    )
    warning = session.get_one(TradeWarning, before.warning_id)
    write_audit(
        session,
        now,
        action=f"warning.{kind}",
        object_kind="warning",
        object_id=warning.public_id,
        officer_id=officer.id,
        details={"version": version.public_id, "references": before.public_id, "note": said["note"]},
    )
    session.flush()
    return version


def take_version_back(session: Session, version: WarningVersion, officer: Officer, now: datetime) -> None:
    """Take an update or cancel back while it waits in 待发. Raises NotAllowed, NotIssued."""
    locked = lock_version(session, version.id or 0)
    _check(session, locked, officer)
    if locked.state != OUTGOING or "amended" not in locked.facts:
        raise NotIssued("this version has left or is no officer's own update: issue another one instead")
    locked.state, locked.release_at = SUPERSEDED, None
    session.add(locked)
    write_audit(
        session,
        now,
        action="warning.take_back",
        object_kind="warning_version",
        object_id=locked.public_id,
        officer_id=officer.id,
    )
    session.flush()
