"""Saving a policy: by the province, on its back-test, above the limits only with a note, one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.policy import DEFAULT, Policy, WaveRule, policy_in_force, policy_of, rules_of
from alerts.policy_saving import (
    AboveLimits,
    BadPolicy,
    StalePolicy,
    check_policy,
    fresh_trial,
    save_policy,
    try_policy,
)
from alerts.reviewing import NotAllowed
from store.audit import AuditEntry
from store.engine import reading, writing
from store.glossary import SeverityRule
from store.policy import FlagPolicy, PolicyTrial
from tests.alerts.raised import SURE, put
from tests.cast import Cast, insert_cast

STRICT = Policy(sign_off_from="orange", wave=WaveRule(6, 3, 20))


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(off=frozenset({"moon"})),
        Policy(sign_off_from="purple"),
        Policy(wave=WaveRule(1, 1, 30)),
        Policy(wave=WaveRule(5, 0, 30)),
        Policy(wave=WaveRule(5, 6, 30)),
        Policy(wave=WaveRule(5, 3, 181)),
    ],
)
def test_what_is_no_policy(policy: Policy) -> None:
    with pytest.raises(BadPolicy):
        check_policy(policy)


def test_rules_are_kept_as_they_are() -> None:
    for policy in (DEFAULT, STRICT, Policy(off=frozenset({"doubt", "no_text"}))):
        assert policy_of(rules_of(policy)) == policy


def test_the_first_one_is_in_force_with_its_figures_and_an_entry(loaded: Engine, cast: Cast, now: datetime) -> None:
    with reading(loaded) as session:
        assert policy_in_force(session) == DEFAULT
    trial = try_policy(loaded, STRICT, now)
    with writing(loaded) as session:
        save_policy(session, STRICT, trial, cast.province, now, expected_number=0, note=" stricter ")
    with reading(loaded) as session:
        present = policy_in_force(session)
        assert (present.number, rules_of(present)) == (1, rules_of(STRICT))
        row = session.exec(select(FlagPolicy)).one()
        assert row.note == "stricter" and row.figures == trial.figures and row.figures["warnings"] == 0
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "policy.save")).one()
        assert entry.details["before"] == rules_of(DEFAULT) and entry.details["after"] == rules_of(STRICT)


def test_only_the_province_saves(loaded: Engine, cast: Cast, now: datetime) -> None:
    trial = try_policy(loaded, STRICT, now)
    for officer in (cast.county, cast.city):
        with pytest.raises(NotAllowed), writing(loaded) as session:
            save_policy(session, STRICT, trial, officer, now, expected_number=0)


def test_above_the_limits_a_note_is_needed(loaded: Engine, cast: Cast, now: datetime) -> None:
    for number in range(100):
        kind = "Emergency notification" if number < 2 else "Regular notification"
        put(loaded, now, f"G/TBT/N/USA/{number}", SURE, notification_type=kind)
    trial = try_policy(loaded, DEFAULT, now)
    assert trial.figures["red_share"] == 0.02
    with pytest.raises(AboveLimits) as told, writing(loaded) as session:
        save_policy(session, DEFAULT, trial, cast.province, now, expected_number=0, note="  ")
    assert told.value.broken == ("red_share",)
    with writing(loaded) as session:
        row = save_policy(session, DEFAULT, trial, cast.province, now, expected_number=0, note="a year of emergencies")
        assert row.number == 1
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "policy.save")).one()
        assert entry.details["above"] == ["red_share"]


def test_many_bundles_are_above_the_limits_too(loaded: Engine, cast: Cast, now: datetime) -> None:
    for number in range(21):
        put(loaded, now, f"G/TBT/N/USA/{number}", SURE)
    blue = Policy(sign_off_from="blue")  # everything waits
    trial = try_policy(loaded, blue, now)
    assert trial.figures["bundles_p95"] == 21
    with pytest.raises(AboveLimits), writing(loaded) as session:
        save_policy(session, blue, trial, cast.province, now, expected_number=0)


def test_a_back_test_speaks_for_its_own_rules_and_one_day(loaded: Engine, cast: Cast, now: datetime) -> None:
    trial = try_policy(loaded, STRICT, now)
    with pytest.raises(BadPolicy), writing(loaded) as session:
        save_policy(session, DEFAULT, trial, cast.province, now, expected_number=0)
    with writing(loaded) as session:
        found = fresh_trial(session, STRICT, now + timedelta(hours=24))
        assert isinstance(found, PolicyTrial) and found.id == trial.id
        assert fresh_trial(session, DEFAULT, now) is None
        assert fresh_trial(session, STRICT, now + timedelta(hours=25)) is None
        rule = session.exec(select(SeverityRule)).first()
        assert rule is not None
        rule.severity = "yellow"
        session.flush()
        assert fresh_trial(session, STRICT, now) is None  # graded by another table


def test_who_began_before_another_saved_is_told(loaded: Engine, cast: Cast, now: datetime) -> None:
    trial = try_policy(loaded, STRICT, now)
    with writing(loaded) as session:
        save_policy(session, STRICT, trial, cast.province, now, expected_number=0)
    with pytest.raises(StalePolicy, match="policy 1"), writing(loaded) as session:
        save_policy(session, STRICT, trial, cast.province, now, expected_number=0)
    with writing(loaded) as session:
        assert save_policy(session, STRICT, trial, cast.province, now, expected_number=1).number == 2


def test_of_two_at_once_one_is_told(loaded: Engine, cast: Cast, now: datetime) -> None:
    trial = try_policy(loaded, STRICT, now)
    together = Barrier(2)

    def work() -> str:
        together.wait()
        try:
            with writing(loaded) as session:
                save_policy(session, STRICT, trial, cast.province, now, expected_number=0)
        except StalePolicy:
            return "stale"
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(job.result() for job in [pool.submit(work), pool.submit(work)]) == ["saved", "stale"]
