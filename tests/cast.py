"""The cast of every test: three officers of one line, a stranger's, an exporter of toys and one of something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from store.bureau import Bureau, Officer, bureau_of
from store.jurisdiction import Jurisdiction, jurisdiction_by_code
from store.subscription import INDUSTRY, Exporter, Subscriber, Subscription, SubscriptionTerm

PROVINCE, SHANTOU, CHENGHAI, STRANGER = "440000", "440500", "440515", "441422"  # the stranger: 大埔县
TOYS, CERAMICS = "toys", "ceramics-daily"


@dataclass(frozen=True)
class Cast:
    """Who plays. Officers are named by their office; firms are named by what they make."""

    county: Officer
    city: Officer
    province: Officer
    stranger: Officer
    toys: Subscriber  # in Chenghai, asks for toys
    ceramics: Subscriber  # in Dabu, asks for tableware


def insert_cast(session: Session, now: datetime) -> Cast:
    """The whole cast, into a store with the reference data loaded."""
    return Cast(
        county=insert_officer(session, CHENGHAI, "chenghai", "澄海区测试账号", now),
        city=insert_officer(session, SHANTOU, "shantou", "汕头市测试账号", now),
        province=insert_officer(session, PROVINCE, "guangdong", "省测试账号", now),
        stranger=insert_officer(session, STRANGER, "dabu", "大埔县测试账号", now),
        toys=insert_exporter(session, "澄海玩具测试企业", CHENGHAI, "toys@exporter.example", [(INDUSTRY, TOYS)], now),
        ceramics=insert_exporter(
            session, "大埔陶瓷测试企业", STRANGER, "tableware@exporter.example", [(INDUSTRY, CERAMICS)], now
        ),
    )


def bureau_at(session: Session, code: str) -> Bureau:
    """The bureau of the jurisdiction with this code."""
    bureau = bureau_of(session, place_at(session, code).id or 0)
    assert bureau is not None, f"no bureau at {code}"
    return bureau


def place_at(session: Session, code: str) -> Jurisdiction:
    """The jurisdiction with this code."""
    place = jurisdiction_by_code(session, code)
    assert place is not None, f"no jurisdiction {code}"
    return place


def insert_officer(
    session: Session,
    code: str,
    sign_in: str,
    name: str,
    now: datetime,
    *,
    password_hash: str = "",
) -> Officer:
    """An officer of the bureau at this code."""
    officer = Officer(
        bureau_id=bureau_at(session, code).id or 0,
        sign_in=sign_in,
        name=name,
        password_hash=password_hash,
        created_at=now,
    )
    session.add(officer)
    session.flush()
    return officer


def insert_exporter(
    session: Session,
    name: str,
    code: str | None,
    email: str,
    terms: Sequence[tuple[str, str]],
    now: datetime,
    *,
    floor: str = "",
) -> Subscriber:
    """A firm at this code (None: it names no place and belongs to the province), confirmed, with one subscription."""
    exporter = Exporter(
        name=name,
        jurisdiction_id=place_at(session, code).id if code else None,
        bureau_id=bureau_at(session, code or PROVINCE).id or 0,
        created_at=now,
    )
    session.add(exporter)
    session.flush()
    subscriber = Subscriber(
        exporter_id=exporter.id or 0, email=email, email_key=email.casefold(), created_at=now, confirmed_at=now
    )
    session.add(subscriber)
    session.flush()
    subscription = Subscription(subscriber_id=subscriber.id or 0, began_at=now, severity_floor=floor)
    session.add(subscription)
    session.flush()
    session.add_all(
        SubscriptionTerm(subscription_id=subscription.id or 0, kind=kind, value=value) for kind, value in terms
    )
    session.flush()
    return subscriber
