"""工作人员: the accounts of the own bureau and of the bureaus below it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.inviting import may_invite
from alerts.standing import DEEDS, INVITE, Standing, may_manage, standing_of
from store.bureau import ASSOCIATION, OFFICER, Bureau, Officer
from store.jurisdiction import Jurisdiction
from web.access import Who, bureaus_below


@dataclass(frozen=True)
class ShownOfficer:
    """An account, and what the person before the page may do to it (of DEEDS)."""

    officer: Officer
    bureau: Bureau
    deeds: frozenset[str]


@dataclass(frozen=True)
class InvitingTo:
    """A bureau one may invite to; `code` is its jurisdiction's; `roles` what the new person may be."""

    code: str
    name: str
    roles: tuple[tuple[str, str], ...]  # (kind, role)


CHOICES = ((OFFICER, "A"), (OFFICER, "B"), (ASSOCIATION, "B"))


def officers_below(session: Session, who: Who) -> list[ShownOfficer]:
    """The accounts of the own bureau and the tiers below, those who have left too, in the order of the places."""
    own = session.get_one(Officer, who.officer_id)
    mine = standing_of(session, own)
    rows = session.exec(
        select(Officer, Bureau, Jurisdiction)
        .join(Bureau, col(Bureau.id) == Officer.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .where(col(Officer.bureau_id).in_(bureaus_below(session, who)))
        .order_by(col(Officer.ended_at).is_not(None), col(Jurisdiction.code), col(Officer.role), col(Officer.id))
    )
    return [ShownOfficer(officer, bureau, _deeds(session, mine, officer)) for officer, bureau, _place in rows]


def officer_below(session: Session, who: Who, public_id: str) -> Officer | None:
    """One of them; None when there is none, or when it is not of the own line: the two look the same."""
    found = session.exec(select(Officer).where(Officer.public_id == public_id)).first()
    return found if found is not None and found.bureau_id in bureaus_below(session, who) else None


def inviting_to(session: Session, who: Who) -> list[InvitingTo]:
    """The bureaus that the person before the page may invite to, in the order of their places."""
    own = session.get_one(Officer, who.officer_id)
    rows = session.exec(
        select(Bureau, Jurisdiction.code)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .where(col(Bureau.id).in_(bureaus_below(session, who)))
        .order_by(Jurisdiction.code)
    )
    found = []
    for bureau, code in rows:
        roles = tuple(c for c in CHOICES if may_invite(session, own, bureau, kind=c[0], role=c[1]))
        if roles:
            found.append(InvitingTo(code, bureau.name_zh, roles))
    return found


def _deeds(session: Session, mine: Standing, about: Officer) -> frozenset[str]:
    if about.ended_at is not None:
        return frozenset()
    standing = standing_of(session, about)
    return frozenset(deed for deed in DEEDS if deed != INVITE and may_manage(deed, mine, standing))
