"""What a person typed about its subscription, as terms; and what it says of its firm. Each mistake names its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.changing import FLOORS
from alerts.credit_codes import BadCreditCode, checked_credit_code
from alerts.enrolling import BadEnrolment, Terms, bureau_for, checked_prefix, checked_word, read_vocabulary
from alerts.market_groups import understand
from settings import TbtwatchError
from store.audit import write_audit
from store.industry import industry_by_slug
from store.jurisdiction import jurisdiction_by_code
from store.subscription import HS, INDUSTRY, MARKET, WORD, Exporter, Subscriber

_BETWEEN = re.compile(r"[、，,；;\r\n]+")
_MOBILE = re.compile(r"1\d{10}")  # mainland numbers: eleven digits
_MOST_SAID, _MOST_NAME, _MOST_TERMS = 300, 120, 200


class BadWish(TbtwatchError):
    """Raised for what cannot be understood; `field` and `given` say where and what."""

    def __init__(self, field: str, given: str = "") -> None:
        super().__init__(f"{field}: '{given}' cannot be used")
        self.field, self.given = field, given


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription as it is asked for on one's own page."""

    terms: Terms
    said: str
    floor: str


def wish_of(
    session: Session, *, industries: Sequence[str], hs: str, words: str, markets: str, said: str, floor: str
) -> Wish:
    """The wish in its stored form. Slugs as ticked, the rest as typed, with 、 or commas between. Raises BadWish."""
    asked = {(INDUSTRY, slug) for slug in industries if _known_industry(session, slug)}
    asked |= {(HS, _checked("hs", code)) for code in parts(hs)}
    asked |= {(WORD, _checked("words", word)) for word in parts(words)}
    if not asked:
        raise BadWish("nothing")
    if floor not in FLOORS:
        raise BadWish("floor", floor)
    where = understand(markets, read_vocabulary(session))
    if where.unknown:
        raise BadWish("markets", "、".join(word for word, _ in where.unknown))
    asked |= {(MARKET, symbol) for one in where.understood for symbol in one.symbols}
    if len(asked) > _MOST_TERMS:
        raise BadWish("many")
    return Wish(frozenset(asked), said.strip()[:_MOST_SAID], floor)


def parts(typed: str) -> list[str]:
    """What was typed, cut at 、 commas, semicolons and line ends; without what is empty or said twice."""
    return list(dict.fromkeys(part.strip() for part in _BETWEEN.split(typed) if part.strip()))


def change_firm(
    session: Session,
    now: datetime,
    subscriber: Subscriber,
    *,
    name: str,
    credit_code: str,
    place: str,
    mobile: str,
) -> bool:
    """Keep what a firm says of itself; `place` is a code ("": the province serves it). Says whether anything changed.

    The audit entry names the fields and no value. Raises BadWish.
    """
    phone = re.sub(r"[\s-]", "", mobile)
    try:
        code = checked_credit_code(credit_code)
    except BadCreditCode:
        raise BadWish("credit_code", credit_code) from None
    if phone and not _MOBILE.fullmatch(phone):
        raise BadWish("mobile", phone)
    where = jurisdiction_by_code(session, place) if place else None
    if place and where is None:
        raise BadWish("place", place)
    firm = session.get_one(Exporter, subscriber.exporter_id)
    values = {"name": name.strip()[:_MOST_NAME], "credit_code": code, "jurisdiction_id": where.id if where else None}
    changed = [field for field, value in values.items() if getattr(firm, field) != value]
    for field in changed:
        setattr(firm, field, values[field])
    if "jurisdiction_id" in changed:
        firm.bureau_id = bureau_for(session, where).id or 0
    if subscriber.mobile != phone:
        subscriber.mobile = phone
        changed.append("mobile")
    if changed:
        session.add_all([firm, subscriber])
        write_audit(
            session, now, action="exporter.change", object_kind="exporter", object_id=firm.public_id,
            actor="subscriber", details={"fields": changed},
        )  # fmt: skip
    return bool(changed)


def _known_industry(session: Session, slug: str) -> bool:
    try:
        return bool(industry_by_slug(session, slug))
    except TbtwatchError:
        raise BadWish("industries", slug) from None


def _checked(field: str, given: str) -> str:
    try:
        return checked_prefix(given) if field == "hs" else checked_word(given)
    except BadEnrolment:
        raise BadWish(field, given) from None
