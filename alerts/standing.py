"""Who may do what to whose account: the tiers above a bureau, and within it those of role A. Pure but for one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from alerts.reviewing import NotAllowed, bureau_line
from store.bureau import OFFICER, Officer

INVITE, UNLOCK, RECOVER, END, ROLE, DUTY = "invite", "unlock", "recover", "end", "role", "duty"
DEEDS = (INVITE, UNLOCK, RECOVER, END, ROLE, DUTY)


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's place: the codes of the bureau's jurisdiction and those above it, the nearest first; kind and role.

    `officer_id` 0: somebody who is still to be invited.
    """

    officer_id: int
    line: tuple[str, ...]
    kind: str
    role: str


def standing_of(session: Session, officer: Officer) -> Standing:
    """The standing of an officer."""
    return Standing(officer.id or 0, tuple(bureau_line(session, officer.bureau_id)), officer.kind, officer.role)


def may_manage(deed: str, by: Standing, about: Standing, *, city_has_desk: bool = True) -> bool:
    """Whether `by` may do `deed` (of DEEDS) to the account of `about`.

    The tiers above may do all of it, but invite only to the tier below their own: the province invites a county's
    officer itself where no city desk stands between (`city_has_desk` False). Within a bureau role A sees to duty, and
    invites and ends role B and the associations' people. Nobody ends, unlocks or recovers their own account.
    """
    if by.kind != OFFICER or (by.officer_id == about.officer_id and deed != DUTY):
        return False
    if by.line[0] in about.line[1:]:
        return deed != INVITE or by.line[0] == about.line[1] or not city_has_desk
    if by.line[0] != about.line[0] or by.role != "A":
        return False
    return deed == DUTY or (deed in (INVITE, END) and (about.role == "B" or about.kind != OFFICER))


def check_may_manage(session: Session, deed: str, by: Officer | None, about: Officer) -> None:
    """Raise NotAllowed unless `by` may; None is the command line, which may do all."""
    if by is not None and not may_manage(deed, standing_of(session, by), standing_of(session, about)):
        raise NotAllowed(f"officer {by.public_id} may not {deed} officer {about.public_id}: the tier above may")
