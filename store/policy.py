"""Which warnings a person must look at: the province's policy in versions, and what its back-tests counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, select

from store.columns import JSONColumn, Public, UTCDateTime


class FlagPolicy(Public, table=True):
    """One saved policy; the newest is in force, none means the defaults of alerts/policy.py. Never changed."""

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)  # 1, 2, ...; two who save at once cannot both have the next
    rules: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)  # as alerts.policy.rules_of
    officer_id: int = Field(foreign_key="officer.id")
    saved_at: datetime = Field(sa_type=UTCDateTime)
    note: str = Field(default="", max_length=500)
    figures: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)  # of its back-test


class PolicyTrial(Public, table=True):
    """A back-test: rules that somebody thought of, and what they would have done in the twelve months before."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    rules: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    severity_hash: str = Field(max_length=64)  # the severity table it was graded by
    figures: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)


def newest_policy(session: Session) -> FlagPolicy | None:
    """The policy in force; None before the first is saved."""
    return session.exec(select(FlagPolicy).order_by(col(FlagPolicy.number).desc()).limit(1)).first()


def saved_policies(session: Session, limit: int = 50) -> list[FlagPolicy]:
    """The saved policies, the newest first."""
    return list(session.exec(select(FlagPolicy).order_by(col(FlagPolicy.number).desc()).limit(limit)))


def trial_by_id(session: Session, public_id: str) -> PolicyTrial | None:
    """The back-test with this public id."""
    return session.exec(select(PolicyTrial).where(PolicyTrial.public_id == public_id)).first()


def newest_trial(
    session: Session, rules: dict[str, object], severity_hash: str, now: datetime, within: timedelta
) -> PolicyTrial | None:
    """The last back-test of exactly these rules and this severity table, not older than `within`."""
    recent = select(PolicyTrial).where(PolicyTrial.at >= now - within, PolicyTrial.severity_hash == severity_hash)
    rows = session.exec(recent.order_by(col(PolicyTrial.id).desc()).limit(200))
    return next((row for row in rows if row.rules == rules), None)
