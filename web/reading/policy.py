"""The policy of flags as its page shows it: saved versions with their officers, the severity table, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from alerts.backtest import ENOUGH, MOST_BUNDLES, MOST_RED, is_few
from alerts.policy import Policy, policy_in
from store.bureau import Officer
from store.glossary import SeverityRule
from store.policy import FlagPolicy, saved_policies


@dataclass(frozen=True)
class PolicyRow:
    """A saved version: its row, its rules, who saved it."""

    policy: FlagPolicy
    rules: Policy
    officer: str


class Figures:
    """What a back-test counted, for the table."""

    most_red, most_bundles, enough = MOST_RED, MOST_BUNDLES, ENOUGH

    def __init__(self, figures: Mapping[str, Any]) -> None:
        self.of = figures
        self.is_few = is_few(figures)


def policy_rows(session: Session) -> list[PolicyRow]:
    """The saved policies, the newest first."""
    found = saved_policies(session)
    wanted = select(Officer.id, Officer.name).where(col(Officer.id).in_([row.officer_id for row in found]))
    names = {key: name for key, name in session.exec(wanted)}  # noqa: C416 - rows
    return [PolicyRow(row, policy_in(row), names.get(row.officer_id, "")) for row in found]


def severity_rows(session: Session) -> list[SeverityRule]:
    """The severity table, top-down."""
    return list(session.exec(select(SeverityRule).order_by(col(SeverityRule.position))))
