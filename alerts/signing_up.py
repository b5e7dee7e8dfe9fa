"""Signing up without an account: what was asked waits, unconfirmed, until the address itself confirms it.

Nothing but invitations goes to an address that has not confirmed, and an invitation carries no free text of whoever
filled in the form: the page must be no way to write to a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.consent import VERSION
from alerts.credit_codes import checked_credit_code
from alerts.enrolling import BadEnrolment, Terms, bureau_for, checked_address, place_called, terms_of
from alerts.invitations import may_invite, write_invitation, write_standing
from alerts.severity import SEVERITIES
from settings import Settings
from store.audit import write_audit
from store.subscription import Exporter, Subscriber, Subscription, SubscriptionTerm

REPLACED = "replaced"
LANGS = ("zh", "en")
MOST_SAID = 300  # characters, the column's width
_PHONE = re.compile(r"\+?\d{7,15}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One sign-up as its form says it: `industries` slugs, `markets` wto_symbols (none: all), `place` a region code."""

    email: str
    said: str = ""
    industries: Sequence[str] = ()
    hs: Sequence[str] = ()
    words: Sequence[str] = ()
    markets: Sequence[str] = ()
    name: str = ""
    credit_code: str = ""
    place: str = ""
    mobile: str = ""
    severity_floor: str = ""
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class Checked:
    """A sign-up whose every field can be kept."""

    address: str
    key: str
    terms: Terms
    credit_code: str
    mobile: str


def check(session: Session, asked: Asked) -> Checked:
    """The fields in their stored form. Raises BadEnrolment, BadCreditCode, UnknownIndustry, UnknownMarket."""
    address, key = checked_address(asked.email)
    terms = terms_of(
        session, industries=asked.industries, hs=asked.hs, words=asked.words, markets=asked.markets
    )  # fmt: skip
    if asked.place:
        place_called(session, asked.place)
    if asked.severity_floor and asked.severity_floor not in SEVERITIES:
        raise BadEnrolment(f"'{asked.severity_floor}' is no colour: write one of {', '.join(SEVERITIES)}")
    if asked.lang not in LANGS:
        raise BadEnrolment(f"'{asked.lang}' is no language of ours: write one of {', '.join(LANGS)}")
    return Checked(address, key, terms, checked_credit_code(asked.credit_code), checked_phone(asked.mobile))


def checked_phone(text: str) -> str:
    """A telephone number as digits, perhaps with a plus; "" stays "". Raises BadEnrolment."""
    digits = re.sub(r"[\s()（）-]", "", text)
    if digits and not _PHONE.fullmatch(digits):
        raise BadEnrolment("the telephone number cannot be used: write 7 to 15 digits")
    return digits


def sign_up(session: Session, now: datetime, settings: Settings, asked: Asked) -> Subscription | None:
    """Keep what was asked, unconfirmed, and invite the address to confirm it; None when it is subscribed already.

    The caller answers both alike. An earlier request that waits ends as replaced. At most one invitation a day goes to
    an address. Raises what `check` raises; nothing is written then.
    """
    checked = check(session, asked)
    subscriber = _subscriber(session, now, checked, asked)
    if subscriber.confirmed_at is not None and subscriber.ended_at is None:
        write_standing(session, now, settings, subscriber)
        return None
    _wait_for(subscriber, now)
    _take(session, subscriber, checked, asked)
    subscription = replace_waiting(session, now, subscriber, checked.terms, asked)
    if may_invite(subscriber, now):
        write_invitation(session, now, settings, subscriber, subscription)
    note(session, now, "subscription.ask", subscription, subscriber)
    return subscription


def note(
    session: Session,
    now: datetime,
    action: str,
    subscription: Subscription,
    subscriber: Subscriber,
    actor: str = "subscriber",
    officer_id: int | None = None,
) -> None:
    """The audit entry of a step of a sign-up, done by an officer or else by `actor`."""
    write_audit(
        session,
        now,
        action=action,
        object_kind="subscription",
        object_id=subscription.public_id,
        actor=actor,
        officer_id=officer_id,
        details={"subscriber": subscriber.public_id},
    )


def new_subscriber(session: Session, now: datetime, checked: Checked, asked: Asked) -> Subscriber:
    """The rows of a firm and its address, unconfirmed."""
    place = place_called(session, asked.place) if asked.place else None
    exporter = Exporter(
        name=asked.name.strip()[:120],
        credit_code=checked.credit_code,
        jurisdiction_id=place.id if place else None,
        bureau_id=bureau_for(session, place).id or 0,
        created_at=now,
    )
    session.add(exporter)
    session.flush()
    subscriber = Subscriber(
        exporter_id=exporter.id or 0, email=checked.address, email_key=checked.key, created_at=now
    )  # fmt: skip
    session.add(subscriber)
    session.flush()
    return subscriber


def replace_waiting(
    session: Session, now: datetime, subscriber: Subscriber, terms: Terms, asked: Asked
) -> Subscription:
    """End what waits and begin what is asked now."""
    waiting = select(Subscription).where(
        Subscription.subscriber_id == subscriber.id, col(Subscription.ended_at).is_(None)
    )
    for earlier in session.exec(waiting):
        earlier.ended_at, earlier.ended_reason = now, REPLACED
        session.add(earlier)
    subscription = Subscription(
        subscriber_id=subscriber.id or 0,
        said=asked.said.strip()[:MOST_SAID],
        severity_floor=asked.severity_floor,
        began_at=now,
    )
    session.add(subscription)
    session.flush()
    session.add_all(
        SubscriptionTerm(subscription_id=subscription.id or 0, kind=kind, value=value) for kind, value in sorted(terms)
    )
    session.flush()
    return subscription


def _subscriber(session: Session, now: datetime, checked: Checked, asked: Asked) -> Subscriber:
    """The row of this address, made when there is none; held until the transaction ends."""
    found = session.exec(select(Subscriber).where(Subscriber.email_key == checked.key).with_for_update()).first()
    return found or new_subscriber(session, now, checked, asked)


def _wait_for(subscriber: Subscriber, now: datetime) -> None:
    """One who had left has to confirm again: until then nothing of what he got before is continued."""
    subscriber.confirmed_at, subscriber.ended_at, subscriber.ended_reason = None, None, ""
    subscriber.consent_at, subscriber.consent_version = now, VERSION


def _take(session: Session, subscriber: Subscriber, checked: Checked, asked: Asked) -> None:
    """Keep what the form says of the firm, where nothing stands yet: the form proves nothing about who filled it in."""
    exporter = session.get_one(Exporter, subscriber.exporter_id)
    exporter.name = exporter.name or asked.name.strip()[:120]
    exporter.credit_code = exporter.credit_code or checked.credit_code
    subscriber.mobile = subscriber.mobile or checked.mobile
    subscriber.lang = asked.lang
    if asked.place and exporter.jurisdiction_id is None:
        place = place_called(session, asked.place)
        exporter.jurisdiction_id, exporter.bureau_id = place.id, bureau_for(session, place).id or 0
    session.add_all([exporter, subscriber])
