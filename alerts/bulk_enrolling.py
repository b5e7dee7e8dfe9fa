"""Enrolling many firms by a bureau: each address gets one invitation that names the bureau and the ground, no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.credit_codes import BadCreditCode
from alerts.enrolling import BadEnrolment, checked_address, read_vocabulary
from alerts.enrolment_sheet import SheetRow
from alerts.invitations import write_invitation
from alerts.market_groups import Vocabulary, understand
from alerts.reviewing import may_decide
from alerts.signing_up import Asked, check, new_subscriber, note, replace_waiting
from settings import Settings, TbtwatchError
from store.bureau import Bureau
from store.industry import Industry
from store.jurisdiction import Jurisdiction, jurisdiction_by_code, lineage
from store.subscription import Subscriber

INVITED, KNOWN, WRONG = "invited", "known", "wrong"
MOST_GROUND = 200
_BETWEEN = re.compile(r"[、，,；;\n]+")
Guess = Callable[[str], tuple[Sequence[str], Sequence[str]]]  # what is made -> (industry slugs, product words)
_SLIPS = {
    "nothing is asked": "没有认出行业：请填行业、产品词或海关编码",
    "no mail address": "邮箱写得不对",
    "no HS": "海关编码不对",
    "product word": "产品词应为2至100个字",
    "telephone": "电话号码不对",
}


class BadGround(TbtwatchError):
    """Raised when firms are to be enrolled without a ground, or with one that is too long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row, or would: invited, known (its address is in the store already) or wrong, with the reason.

    `understood` says in words what it asks for.
    """

    number: int
    email: str
    outcome: str
    told: str = ""
    understood: str = ""


class _Wrong(Exception):
    """A row that cannot be enrolled; the message is for the bureau."""


def enrol_rows(
    session: Session,
    now: datetime,
    settings: Settings,
    rows: Sequence[SheetRow],
    *,
    bureau: Bureau,
    ground: str,
    guess: Guess,
    dry_run: bool,
    officer_id: int | None = None,
) -> list[Verdict]:
    """Enrol each row that can be; with `dry_run` only say what would become of each.

    An address in the store already, be it subscribed, invited or gone, is left alone: who said no is not asked again
    by a list. Raises BadGround.
    """
    ground = ground.strip()
    if not dry_run and not 4 <= len(ground) <= MOST_GROUND:
        raise BadGround(f"请写明登记依据（4至{MOST_GROUND}字），例如：2026年6月企业座谈会现场登记")
    reader = _Reader(session, bureau, guess)
    seen: set[str] = set()
    verdicts = []
    for row in rows:
        verdict, asked = reader.verdict(row, seen)
        verdicts.append(verdict)
        if asked is not None and not dry_run:
            _enrol(session, now, settings, asked, bureau, ground, officer_id)
    return verdicts


class _Reader:
    """Reads the rows of one sheet for one bureau; writes nothing."""

    def __init__(self, session: Session, bureau: Bureau, guess: Guess) -> None:
        self._session, self._guess = session, guess
        self._own = session.get_one(Jurisdiction, bureau.jurisdiction_id)
        self._markets: Vocabulary = read_vocabulary(session)
        self._industries = {one.slug: one for one in session.exec(select(Industry).where(Industry.status == "active"))}

    def verdict(self, row: SheetRow, seen: set[str]) -> tuple[Verdict, Asked | None]:
        """What becomes of a row, and its sign-up when it is to be enrolled."""
        email = row.cells.get("email", "")
        try:
            key = checked_address(email)[1]
            asked = self._asked(row)
            check(self._session, asked)
        except (BadEnrolment, BadCreditCode, _Wrong) as slip:
            return Verdict(row.number, email, WRONG, _told(str(slip))), None
        shown = self._shown(asked)
        if key in seen:
            return Verdict(row.number, email, WRONG, "同一个邮箱在前面出现过", shown), None
        seen.add(key)
        if self._session.exec(select(Subscriber.id).where(Subscriber.email_key == key)).first() is not None:
            return Verdict(row.number, email, KNOWN, "这个邮箱以前登记过，不再发邀请", shown), None
        return Verdict(row.number, email, INVITED, "", shown), asked

    def _asked(self, row: SheetRow) -> Asked:
        cells = row.cells
        markets = understand(cells.get("markets", ""), self._markets)
        if markets.unknown:
            raise _Wrong(f"没有看懂市场“{markets.unknown[0][0]}”")
        slugs, words = (
            [self._slug(name) for name in _split(cells.get("industries", ""))],
            _split(cells.get("words", "")),
        )
        if not slugs and cells.get("said"):
            guessed, left = self._guess(cells["said"])
            slugs, words = list(guessed), [*words, *(left if not words else ())]
        return Asked(
            email=cells.get("email", ""),
            said=cells.get("said", ""),
            industries=slugs,
            words=words,
            hs=_split(cells.get("hs", "")),
            markets=markets.symbols,
            name=cells.get("name", ""),
            credit_code=cells.get("credit_code", ""),
            place=self._place(cells.get("place", "")),
            mobile=cells.get("mobile", ""),
        )

    def _slug(self, name: str) -> str:
        if name in self._industries:
            return name
        found = next((one.slug for one in self._industries.values() if one.name_zh == name), None)
        if found is None:
            raise _Wrong(f"没有行业“{name}”")
        return found

    def _place(self, said: str) -> str:
        """The code of a place by code or name, at the bureau's own place or below; its own when left out."""
        if not said:
            return self._own.code
        found = jurisdiction_by_code(self._session, said)
        named = select(Jurisdiction).where(Jurisdiction.name_zh == said, Jurisdiction.status == "active")
        for place in [found] if found else self._session.exec(named.order_by(col(Jurisdiction.code))):
            if may_decide(self._own.code, [each.code for each in lineage(self._session, place)]):
                return place.code
        raise _Wrong(f"所在地“{said}”不在本单位辖区内")

    def _shown(self, asked: Asked) -> str:
        names = [self._industries[slug].name_zh for slug in asked.industries]
        return "、".join([*names, *asked.words, *asked.hs])


def _enrol(
    session: Session,
    now: datetime,
    settings: Settings,
    asked: Asked,
    bureau: Bureau,
    ground: str,
    officer_id: int | None,
) -> None:
    checked = check(session, asked)
    subscriber = new_subscriber(session, now, checked, asked)
    subscriber.mobile, subscriber.enrolled_by_id, subscriber.enrolled_ground = checked.mobile, bureau.id, ground
    session.add(subscriber)
    subscription = replace_waiting(session, now, subscriber, checked.terms, asked)
    write_invitation(session, now, settings, subscriber, subscription)
    note(
        session,
        now,
        "subscription.enrol",
        subscription,
        subscriber,
        actor="" if officer_id else "operator",
        officer_id=officer_id,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _told(message: str) -> str:
    return next((told for mark, told in _SLIPS.items() if mark in message), message)
