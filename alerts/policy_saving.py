"""Trying a policy on the past, and saving it: the province's deed, with its figures and its audit entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from alerts.backtest import MOST_BUNDLES, MOST_RED, exceeded, figures_of
from alerts.flags import FLAGS
from alerts.network import read_rules
from alerts.past import BACK, read_incidences, read_past
from alerts.policy import Policy, policy_in_force, rules_of
from alerts.reviewing import NotAllowed, bureau_line
from alerts.severity import SEVERITIES, Rule
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.clock import shanghai_day
from store.engine import reading, writing
from store.policy import FlagPolicy, PolicyTrial, newest_trial

FRESH = timedelta(hours=24)  # so long a back-test speaks for a policy
BOUNDS = {"size": (2, 100), "firms": (1, 50), "days": (1, 180)}  # of a wave


class BadPolicy(TbtwatchError):
    """Raised for a policy that names an unknown flag or severity, or a wave out of bounds."""


class StalePolicy(TbtwatchError):
    """Raised when somebody else saved a policy after this one was begun."""


class AboveLimits(TbtwatchError):
    """Raised when the back-test breaks a limit and no note says why; `broken` are names of backtest.exceeded."""

    def __init__(self, broken: Sequence[str]) -> None:
        told = ", ".join(f"{name} above {LIMITS[name]}" for name in broken)
        super().__init__(f"the back-test of this policy breaks its limits ({told}): change it, or say why in a note")
        self.broken = tuple(broken)


LIMITS = {"red_share": MOST_RED, "bundles_p95": MOST_BUNDLES}


def check_policy(policy: Policy) -> None:
    """Raise BadPolicy unless flags, severity and numbers are known and within bounds."""
    if unknown := sorted(policy.off - set(FLAGS)):
        raise BadPolicy(f"no flag '{unknown[0]}': there are {', '.join(FLAGS)}")
    if policy.sign_off_from not in SEVERITIES:
        raise BadPolicy(f"no severity '{policy.sign_off_from}': there are {', '.join(SEVERITIES)}")
    for name, (least, most) in BOUNDS.items():
        value = getattr(policy.wave, name)
        if not least <= value <= most:
            raise BadPolicy(f"a wave's {name} is {value}: give a number from {least} to {most}")
    if policy.wave.firms > policy.wave.size:
        raise BadPolicy(f"a wave of {policy.wave.size} cannot be of {policy.wave.firms} firms: ask for fewer firms")


def try_policy(engine: Engine, policy: Policy, now: datetime) -> PolicyTrial:
    """Run the back-test over the twelve months before `now` and keep what it found; raises BadPolicy."""
    check_policy(policy)
    until = shanghai_day(now)
    since = until - BACK
    with reading(engine) as session:
        rules = read_rules(session)
    pasts = read_past(engine, since, until)
    incidences = read_incidences(engine, since - timedelta(days=policy.wave.days), until)
    figures = figures_of(pasts, incidences, policy, rules, since, until)
    with writing(engine) as session:
        trial = PolicyTrial(at=now, rules=rules_of(policy), severity_hash=hash_of(rules), figures=figures)
        session.add(trial)
    return trial


def fresh_trial(session: Session, policy: Policy, now: datetime) -> PolicyTrial | None:
    """The back-test of the last day of just this policy under the present severity table."""
    return newest_trial(session, rules_of(policy), hash_of(read_rules(session)), now, FRESH)


def save_policy(
    session: Session,
    policy: Policy,
    trial: PolicyTrial,
    officer: Officer,
    now: datetime,
    *,
    expected_number: int,
    note: str = "",
) -> FlagPolicy:
    """Put a policy in force for what is raised from now on, with the figures of its back-test.

    `expected_number` is the policy that was in force when the officer began. Raises NotAllowed unless the officer is
    the province's, BadPolicy, StalePolicy, and AboveLimits without a note.
    """
    if len(bureau_line(session, officer.bureau_id)) > 1:
        raise NotAllowed(f"{officer.sign_in} may not save a policy: only the province's officers may")
    check_policy(policy)
    if trial.rules != rules_of(policy):
        raise BadPolicy("the back-test is of another policy: run it again for this one")
    before = policy_in_force(session)
    if before.number != expected_number:
        raise _stale(before.number)
    broken = exceeded(trial.figures)
    if broken and not note.strip():
        raise AboveLimits(broken)
    row = _insert(session, policy, trial, officer, now, before.number + 1, note.strip())
    write_audit(
        session,
        now,
        action="policy.save",
        object_kind="flag_policy",
        object_id=row.public_id,
        officer_id=officer.id,
        details={"number": row.number, "before": rules_of(before), "after": row.rules, "above": broken},
    )
    return row


def _insert(
    session: Session, policy: Policy, trial: PolicyTrial, officer: Officer, now: datetime, number: int, note: str
) -> FlagPolicy:
    row = FlagPolicy(
        number=number,
        rules=rules_of(policy),
        officer_id=officer.id or 0,
        saved_at=now,
        note=note[:500],
        figures=trial.figures,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # on PostgreSQL another may have saved the same number since we looked
        raise _stale(number) from None
    return row


def _stale(number: int) -> StalePolicy:
    return StalePolicy(f"policy {number} was saved meanwhile: look at it with `tbtwatch policy show`, then save again")


def hash_of(rules: Sequence[Rule]) -> str:
    """A fingerprint of the severity table: the same rows, the same text."""
    rows = [[rule.severity, dict(rule.conditions), rule.reason] for rule in rules]
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
