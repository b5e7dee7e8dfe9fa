"""Finding what a command names: an officer, a notice, a value of a filter; each with the cure when there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlmodel import Session, select

from settings import TbtwatchError
from store.bureau import Officer, officer_by_sign_in
from store.notice import DRILL, Notice, notice_by_symbol

T = TypeVar("T")


class UnknownOfficer(TbtwatchError):
    """Raised when no officer in office has this sign-in."""


class UnknownNotice(TbtwatchError):
    """Raised when a notice is neither a public id nor a symbol in the store."""


class UnknownValue(TbtwatchError):
    """Raised when an option has a value that does not exist."""


def officer_called(session: Session, sign_in: str) -> Officer:
    """The officer in office with this sign-in; raises UnknownOfficer."""
    found = officer_by_sign_in(session, sign_in)
    if found is None:
        raise UnknownOfficer(f"no officer '{sign_in}': add one with `tbtwatch officers add`")
    return found


def notice_called(session: Session, name: str) -> Notice:
    """The notice with this public id or document symbol; raises UnknownNotice."""
    found = session.exec(select(Notice).where(Notice.public_id == name)).first()
    found = found or notice_by_symbol(session, name.strip())
    if found is None or found.admitted == DRILL:
        raise UnknownNotice(f"no notice '{name}': give its id or its symbol as `tbtwatch notices list` shows them")
    return found


def slices(values: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
    """`values` in parts that a statement's IN can hold: a store may have a hundred thousand notices."""
    return (values[start : start + size] for start in range(0, len(values), size))


def check_value(value: str, known: Sequence[str], option: str) -> None:
    """Raise UnknownValue unless `value` is one of `known`."""
    if value not in known:
        raise UnknownValue(f"{option} '{value}' is unknown: choose one of {', '.join(known)}")
