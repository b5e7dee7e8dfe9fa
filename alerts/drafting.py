"""Drafts: what a warning version raised from a notice thread would say now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.concerns import Concern, concerns_of
from alerts.facts import Facts, base_of, facts_of, real_reason
from alerts.network import grade_of
from alerts.outages import mark_delay
from alerts.policy import Policy, policy_in_force
from alerts.severity import Grade
from alerts.threads import Warned, classifications_of, suggested, thread_until
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.waves import wave_at, wave_in_words
from store.clock import shanghai_day
from store.industry import Industry
from store.notice import Notice, symbols_of
from store.warning import SIGNED_OFF


@dataclass(frozen=True)
class Draft:
    """A version in the making: what it says, of which industries, how urgent, and from which notice."""

    notice: Notice
    classification_id: int | None
    facts: Facts
    concerns: Sequence[Concern]
    industries: Sequence[Industry]
    grade: Grade
    doubts: Sequence[str]
    policy: Policy


def draft_of(session: Session, head: Notice, warned: Warned, now: datetime) -> Draft:
    """What a version raised from `head` now would say."""
    thread = thread_until(session, head)
    key = head.id or 0
    facts = facts_of(thread, symbols_of(session, [key])[key], shanghai_day(now))
    policy = policy_in_force(session)
    if wave := wave_at(session, head, policy.wave):
        facts["wave"], facts["wave_told"] = True, wave_in_words(wave)
    if warned.latest is not None:
        facts["thread_reason"] = real_reason(facts_in(warned.latest), facts)
    if warned.issued is None or warned.issued.notice_id != key:  # what readers know already did not come late today
        mark_delay(session, head, facts)
    found = classifications_of(session, base_of(thread))
    own = found.pop(key, None)
    decided = concerns_in(session, warned.latest) if warned.latest else []
    concerns = concerns_of(
        suggested(session, [own] if own else []),
        suggested(session, list(found.values())),
        decided,
        is_addendum=head.thread_reason is not None,
        is_new_text=_is_new_text(head, warned),
        signed_off=warned.latest is not None and warned.latest.basis == SIGNED_OFF,
    )
    industries = industries_of(session, concerns)
    return Draft(
        head,
        own.id if own else None,
        facts,
        concerns,
        industries,
        grade_of(session, facts, industries, now),
        own.doubts if own else [],
        policy,
    )


def _is_new_text(head: Notice, warned: Warned) -> bool:
    is_new = warned.latest is None or warned.latest.notice_id != head.id
    return is_new and head.thread_reason in (None, "scope_changed")
