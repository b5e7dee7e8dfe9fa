"""Bureaus, their officers and the officers' sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, select

from store.columns import Public, UTCDateTime

OFFICER, ASSOCIATION = "officer", "association"  # kinds of Officer


class Bureau(Public, table=True):
    """The office (主管部门) of a jurisdiction; unconfirmed until it says itself that the entry is right.

    `role_a_zh`, `role_b_zh`: the posts (not persons) that answer and stand in (A/B 角). `confirmed_by`: the public id
    of the officer who confirmed; no foreign key, since officers refer to bureaus already.
    """

    id: int | None = Field(default=None, primary_key=True)
    jurisdiction_id: int = Field(foreign_key="jurisdiction.id", unique=True)
    name_zh: str = Field(max_length=80)
    short_name_zh: str = Field(default="", max_length=40)
    unit_zh: str = Field(default="", max_length=80)
    duty_phone: str = Field(default="", max_length=40)
    reply_address: str = Field(default="", max_length=254)
    role_a_zh: str = Field(default="", max_length=80)
    role_b_zh: str = Field(default="", max_length=80)
    confirmed: bool = Field(default=False)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    confirmed_by: str = Field(default="", max_length=32)

    @property
    def called_zh(self) -> str:
        """What it is called where room is short."""
        return self.short_name_zh or self.name_zh


class Officer(Public, table=True):
    """A person who works at a bureau's desk; the only place of an officer's name and address.

    `kind`: an officer decides; an association's or standards institution's person reads and comments at the same desk.
    `role`: A answers, B stands in (A/B 角) while A is absent. `on_duty`: called at once for red (值班).
    """

    id: int | None = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    sign_in: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    email: str = Field(default="", max_length=254)
    password_hash: str = Field(default="", max_length=200)  # Argon2id; "" means no sign-in is possible
    kind: str = Field(default=OFFICER, max_length=12)
    role: str = Field(default="A", max_length=1)
    on_duty: bool = Field(default=False)
    absent_from: datetime | None = Field(default=None, sa_type=UTCDateTime)
    absent_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    must_change: bool = Field(default=False)  # the password was chosen by somebody else
    locked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # until the tier above unlocks it
    unlocked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # failures of before count no more
    totp_secret: str = Field(default="", max_length=200)  # encrypted, see alerts/one_time_codes.py
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    totp_last_step: int | None = Field(default=None)  # a code is taken once
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class OfficerSession(SQLModel, table=True):
    """A signed-in browser. The cookie carries a random token; only its SHA-256 stands here, so rows open no door."""

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    form_token_hash: str = Field(max_length=64)
    began_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    awaits_code: bool = Field(default=False)  # the password was right, the one-time code is still to come


class SignInAttempt(SQLModel, table=True):
    """One attempt to sign in, counted over all processes. The name is hashed: it may be a mistyped password."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    sign_in_hash: str = Field(max_length=64, index=True)
    succeeded: bool = Field(default=False)


class SignInRecord(SQLModel, table=True):
    """A sign-in as its officer may look it up. The address it came from is hashed under the service's key."""

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    succeeded: bool = Field(default=False)
    address_hash: str = Field(default="", max_length=64)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for the one-time code once, when the telephone is lost; only its keyed hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Invitation(Public, table=True):
    """A link by which an officer sets a password, once, within its time. `kind`: invite (new here) or recover.

    The token in the link is a signature over the public id (alerts/inviting.py): nothing in the store opens it.
    """

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    invited_by_id: int | None = Field(default=None, foreign_key="officer.id")  # None: the command line
    kind: str = Field(max_length=10)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def is_absent(officer: Officer, now: datetime) -> bool:
    """Whether the officer has said to be away at this instant; without a beginning the absence has begun."""
    if officer.absent_until is None or officer.absent_until <= now:
        return False
    return officer.absent_from is None or officer.absent_from <= now


def bureau_of(session: Session, jurisdiction_id: int) -> Bureau | None:
    """The bureau of a jurisdiction."""
    return session.exec(select(Bureau).where(Bureau.jurisdiction_id == jurisdiction_id)).first()


def officer_by_sign_in(session: Session, sign_in: str) -> Officer | None:
    """The officer, still in office, who signs in under this name."""
    return session.exec(select(Officer).where(Officer.sign_in == sign_in, Officer.ended_at.is_(None))).first()  # type: ignore[union-attr]


def called_now(session: Session, bureau_id: int, now: datetime) -> list[Officer]:
    """The officers of a bureau who answer now: those of role A who are present, else B's, else whoever is there."""
    mine = select(Officer).where(
        Officer.bureau_id == bureau_id,
        Officer.kind == OFFICER,
        Officer.ended_at.is_(None),  # type: ignore[union-attr]
    )
    return answering(list(session.exec(mine.order_by(Officer.id))), now)  # type: ignore[arg-type]


def is_present(officer: Officer, now: datetime) -> bool:
    """Whether an officer is not on leave."""
    return not is_absent(officer, now)


def answering(officers: Sequence[Officer], now: datetime) -> list[Officer]:
    """Those of one bureau's officers who answer now, by the rule of `called_now`. Pure."""
    present = [o for o in officers if is_present(o, now)]
    first = [o for o in present if o.role == "A"]
    return first or present or list(officers)
