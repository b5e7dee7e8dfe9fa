"""Flags: why a person must look before a warning goes out. Pure; the words are for pages and mails."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from alerts.concerns import FLAGGED, Concern
from alerts.facts import Facts
from alerts.policy import DEFAULT, Policy
from alerts.severity import SEVERITIES

FLAGS = {
    "doubt": "行业归类存疑",
    "other_origin": "可能只针对其他来源地的产品",
    "horizontal": "泛指各类产品，未列明具体产品",
    "sign_off": "达到须人工签发的预警级别",
    "deadline_unread": "评议截止日期未能识别",
    "no_text": "标题和产品说明均为空",
    "dismissed_before": "此前研判认为与本地无关",
    "drill": "这是一次演练，请按真实预警办理",
}


def flags_of(
    concerns: Sequence[Concern],
    doubts: Sequence[str],
    severity: str,
    facts: Facts,
    *,
    dismissed_before: bool = False,
    policy: Policy = DEFAULT,
) -> list[str]:
    """The flags of a new version, in the order of FLAGS; an empty list lets it go out by itself.

    `doubts` are the classifier's about the notice as a whole; they count where they left an industry in doubt.
    """
    return flags_for(signs_of(concerns, doubts, facts, dismissed_before=dismissed_before), severity, policy)


def signs_of(
    concerns: Sequence[Concern], doubts: Sequence[str], facts: Facts, *, dismissed_before: bool = False
) -> frozenset[str]:
    """What is odd about a version, whatever the policy makes of it: names of FLAGS."""
    doubtful = any(c.state == FLAGGED for c in concerns)
    raised = {
        "doubt": doubtful,
        "other_origin": doubtful and "other_origin" in doubts,
        "horizontal": doubtful and "horizontal" in doubts,
        "deadline_unread": lacks_deadline(facts),
        "no_text": not (facts["title"].strip() or facts["products"].strip()),
        "dismissed_before": dismissed_before,
    }
    return frozenset(name for name, is_raised in raised.items() if is_raised)


def flags_for(signs: Collection[str], severity: str, policy: Policy) -> list[str]:
    """The flags that these signs and this severity raise under a policy, in the order of FLAGS."""
    signed_off = SEVERITIES.index(severity) <= SEVERITIES.index(policy.sign_off_from)
    raised = {*signs, "sign_off"} if signed_off else set(signs)
    return [name for name in FLAGS if name in raised and name not in policy.off]


def lacks_deadline(facts: Facts) -> bool:
    """True when a draft prints a date or a number of days for comments that could not be read.

    Urgent and adopted measures often give none, and addenda need not repeat it: a blank is no defect.
    """
    expected = facts["kind"] == "notification" and facts["stage"] == "draft" and facts["thread_reason"] is None
    return expected and facts["comment_deadline"] is None and bool(re.search(r"\d", facts["comment_deadline_text"]))


def flags_in_words(flags: Sequence[str]) -> list[str]:
    """The flags as a person reads them, in Chinese; an unknown one as it is."""
    return [FLAGS.get(flag, flag) for flag in flags]
