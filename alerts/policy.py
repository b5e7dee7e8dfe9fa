"""The policy of flags: which signs make a person look, from which severity on, and what a wave is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from store.policy import FlagPolicy, newest_policy


@dataclass(frozen=True, slots=True)
class WaveRule:
    """So many incidents, of so many brands or firms, within so many days are a wave."""

    size: int = 5
    firms: int = 3
    days: int = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """What is flagged. `number` 0 are the defaults; `off` are flags of alerts.flags.FLAGS that raise nothing."""

    number: int = 0
    off: frozenset[str] = frozenset()
    sign_off_from: str = "red"  # this severity and worse ones are signed off by a person
    wave: WaveRule = WaveRule()


DEFAULT = Policy()


def rules_of(policy: Policy) -> dict[str, object]:
    """The rules as they are kept in the store and shown as JSON: equal policies give equal rules."""
    wave = policy.wave
    return {
        "off": sorted(policy.off),
        "sign_off_from": policy.sign_off_from,
        "wave": {"size": wave.size, "firms": wave.firms, "days": wave.days},
    }


def policy_of(rules: Mapping[str, Any], number: int = 0) -> Policy:
    """The policy kept as `rules`."""
    return Policy(number, frozenset(rules["off"]), str(rules["sign_off_from"]), WaveRule(**rules["wave"]))


def policy_in_force(session: Session) -> Policy:
    """The newest saved policy, else the defaults."""
    row = newest_policy(session)
    return policy_in(row) if row is not None else DEFAULT


def policy_in(row: FlagPolicy) -> Policy:
    """The policy of a row."""
    return policy_of(row.rules, row.number)
