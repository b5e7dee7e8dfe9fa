"""工作人员: the accounts of the own bureau and of the bureaus below it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

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
    lines = _lines(session)
    return [ShownOfficer(o, bureau, _deeds(mine, lines[place.id or 0], o)) for o, bureau, place in rows]


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
    mine, lines, desks = standing_of(session, own), _lines(session), _desks(session)
    found = []
    for bureau, code in rows:
        line = lines[bureau.jurisdiction_id]
        has_desk = len(line) > 1 and line[1] in desks
        about = [(choice, Standing(0, line, *choice)) for choice in CHOICES]
        roles = tuple(c for c, standing in about if may_manage(INVITE, mine, standing, city_has_desk=has_desk))
        if roles:
            found.append(InvitingTo(code, bureau.name_zh, roles))
    return found


def _lines(session: Session) -> dict[int, tuple[str, ...]]:
    """For each jurisdiction's id its code and those above it, the nearest first: one query for the whole page."""
    places = {place.id or 0: place for place in session.exec(select(Jurisdiction))}

    def line(key: int | None) -> tuple[str, ...]:
        return (places[key].code, *line(places[key].parent_id)) if key else ()

    return {key: line(key) for key in places}


def _desks(session: Session) -> set[str]:
    """The codes of the places whose bureau has an officer in office."""
    rows = (
        select(Jurisdiction.code)
        .join(Bureau, col(Bureau.jurisdiction_id) == Jurisdiction.id)
        .join(Officer, col(Officer.bureau_id) == Bureau.id)
        .where(Officer.kind == OFFICER, col(Officer.ended_at).is_(None))
    )
    return set(session.exec(rows))


def _deeds(mine: Standing, line: tuple[str, ...], about: Officer) -> frozenset[str]:
    if about.ended_at is not None:
        return frozenset()
    standing = Standing(about.id or 0, line, about.kind, about.role)
    return frozenset(deed for deed in DEEDS if deed != INVITE and may_manage(deed, mine, standing))
