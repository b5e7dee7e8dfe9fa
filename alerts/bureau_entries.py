"""A bureau's own entry: unit, duty telephone, reply address and A/B posts, kept and confirmed by its officers."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.enrolling import BadEnrolment, checked_address
from alerts.network import Network
from alerts.routing import serving_place
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import OFFICER, Bureau, Officer

LENGTHS = {"unit_zh": 80, "duty_phone": 40, "reply_address": 254, "role_a_zh": 80, "role_b_zh": 80}
_PHONE = re.compile(r"[0-9０-９+()（） \-、,，转]{5,40}")


class BadEntry(TbtwatchError):
    """Raised when a cell of a bureau's entry cannot be kept; `column` is the one to mend."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Entry:
    """What a bureau says of itself; posts, never names of persons."""

    unit_zh: str = ""
    duty_phone: str = ""
    reply_address: str = ""
    role_a_zh: str = ""
    role_b_zh: str = ""


def entry_of(bureau: Bureau) -> Entry:
    """The entry as it stands."""
    return Entry(**{column: getattr(bureau, column) for column in LENGTHS})


def may_keep(network: Network, place: str, kind: str, code: str) -> bool:
    """Whether an officer (`kind`) of the bureau at `place` keeps the entry of the bureau at `code`.

    The bureau itself, the province, and where a county works no desk of its own the city that does its work.
    """
    if kind != OFFICER or code not in network.places:
        return False
    own = place in (code, serving_place(code, network.places))
    return own or network.places[place].tier == "province"


def checked_entry(entry: Entry, *, confirming: bool) -> Entry:
    """The entry without stray blanks; raises BadEntry. Who confirms must say whom to call."""
    cells = {column: " ".join(cell.split()) for column, cell in asdict(entry).items()}
    for column, most in LENGTHS.items():
        if len(cells[column]) > most:
            raise BadEntry(column, f"{column} has {len(cells[column])} characters: shorten it to {most}")
    if cells["duty_phone"] and not _PHONE.fullmatch(cells["duty_phone"]):
        raise BadEntry("duty_phone", f"'{cells['duty_phone']}' is no telephone number: write it like 0754-12345678")
    if cells["reply_address"]:
        try:
            cells["reply_address"], _ = checked_address(cells["reply_address"])
        except BadEnrolment as error:
            raise BadEntry("reply_address", str(error)) from None
    if confirming and not cells["duty_phone"]:
        raise BadEntry("duty_phone", "an entry without a duty telephone cannot be confirmed: fill it in")
    return Entry(**cells)


def keep_entry(
    session: Session, now: datetime, bureau: Bureau, officer: Officer, entry: Entry, *, confirming: bool = False
) -> bool:
    """Write a bureau's entry, and with `confirming` say that it is right; each with its audit entry.

    A change without confirming makes a confirmed entry unconfirmed again. Returns whether anything was written.
    Raises BadEntry. The caller has asked `may_keep`.
    """
    entry = checked_entry(entry, confirming=confirming)
    before = asdict(entry_of(bureau))
    changed = {column: cell for column, cell in asdict(entry).items() if before[column] != cell}
    if not changed and not confirming:
        return False
    for column, cell in changed.items():
        setattr(bureau, column, cell)
    bureau.confirmed = confirming
    bureau.confirmed_at, bureau.confirmed_by = (now, officer.public_id) if confirming else (None, "")
    session.add(bureau)
    if changed:
        told = {column: [before[column], cell] for column, cell in changed.items()}
        _audit(session, now, "bureau.edit", bureau, officer, {"changed": told})
    if confirming:
        _audit(session, now, "bureau.confirm", bureau, officer, {"on_behalf": officer.bureau_id != bureau.id})
    session.flush()
    return True


def _audit(
    session: Session, now: datetime, action: str, bureau: Bureau, officer: Officer, details: dict[str, object]
) -> None:
    write_audit(
        session,
        now,
        action=action,
        object_kind="bureau",
        object_id=bureau.public_id,
        officer_id=officer.id,
        details=details,
    )
