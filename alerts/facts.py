"""What a warning version tells: the facts of a notice thread as they stand, and what changed since the last version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NotRequired, TypedDict, cast

from store.notice import Notice

# An addendum repeats little: what it leaves out is read from the notices before it.
INHERITED = ("domain", "products", "hs", "ics", "objectives", "regions_affected")
INHERITED_DATES = (
    ("comment_deadline", "comment_deadline_text"),
    ("adoption_on", "adoption_text"),
    ("force_on", "force_text"),
)
COMPARED = ("comment_deadline", "comment_deadline_text", "adoption_on", "force_on", "products", "hs", "ics", "stage")
# The fields whose change is worth a new version whatever the reason given for it.
MATTERING = ("comment_deadline", "adoption_on", "force_on", "hs", "ics")

STAGES = ("draft", "adopted", "in_force", "emergency", "withdrawn", "recall", "border", "standard", "other")
_EMERGENCY = re.compile(r"emergency|urgent|紧急", re.IGNORECASE)
_BAN = re.compile(
    r"\bban(?:s|ned|ning)?\b|\bprohibit(?:s|ed|ing|ion)?\b|\bprohib[ei](?:r|do|da|ción)?\b|\binterdi(?:re|t|te|ction)\b|禁止|禁令",
    re.IGNORECASE,
)


_LIFTED = re.compile(r"\blift|\brepeal|\brevo[kc]|\bremov|\blevant|解除|取消|废止", re.IGNORECASE)


class Facts(TypedDict):
    """The JSON of WarningVersion.facts; dates are ISO 8601 or None."""

    title: str
    lang: str
    market: str
    members: list[str]
    kind: str
    domain: str | None
    symbols: list[str]
    products: str
    description: str
    hs: list[str]
    ics: list[str]
    objectives: list[str]
    origins: list[str]
    regions_affected: str
    notification_type: str | None
    published_on: str | None
    comment_deadline: str | None
    comment_deadline_text: str
    adoption_on: str | None
    adoption_text: str
    force_on: str | None
    force_text: str
    links: list[dict[str, str]]
    stage: str
    thread_reason: str | None
    ban: bool
    wave: bool
    wave_told: NotRequired[str]  # in words, how large the wave is
    changes: dict[str, list[Any]]
    notice_public_id: str
    also: NotRequired[list[str]]  # texts of joined notices, for matching only
    added: NotRequired[dict[str, Any]]  # what a joined source added, see alerts/additions.py
    seen_on: NotRequired[str]  # the Shanghai day of first sight: below 45 days before the final date the ladder shrinks
    leads: NotRequired[list[int]]  # days of the channel for county, city, province
    amended: NotRequired[dict[str, Any]]  # what an officer changed of a warning that was out, see alerts/amending.py
    exercise: NotRequired[bool]  # made up for a drill, see alerts/drills.py
    delayed_days: NotRequired[int]  # how much later we saw it because its source was out, see alerts/delays.py
    outage: NotRequired[dict[str, str]]  # source, source_zh, began_on, ended_on (ISO days)


def order_in_thread(notice: Notice) -> tuple[date, int]:
    """The key by which the notices of a thread follow one another: publication day, then the order of arrival."""
    return notice.published_on or date.max, notice.id or 0


def stage_of(
    kind: str,
    notification_type: str | None,
    thread_reason: str | None,
    adoption_on: date | None,
    force_on: date | None,
    today: date,
    *,
    articles: Sequence[str] = (),
    declared: str = "",
) -> str:
    """How far the measure has come: one of STAGES.

    What the notice says of itself goes before its dates; a notification without past dates is a draft, since the
    agreements ask for notice at that stage (TBT 2.9.2, SPS annex B 5). An addendum about an entry into force that
    still lies ahead tells of an adopted measure. `declared` is a source's own word for it.
    """
    if thread_reason == "withdrawn":
        return "withdrawn"
    if kind in ("recall", "border", "standard"):
        return kind
    if declared in STAGES:
        return declared
    if _EMERGENCY.search(notification_type or "") or is_urgent(articles):
        return "emergency"
    if (thread_reason == "in_force" and force_on is None) or (force_on is not None and force_on <= today):
        return "in_force"
    if thread_reason in ("adopted", "in_force") or (adoption_on is not None and adoption_on <= today):
        return "adopted"
    return "draft" if kind == "notification" else "other"


def is_urgent(articles: Sequence[str]) -> bool:
    """True for a TBT notice under the articles on urgent problems (2.10, 5.7) and none on drafts (2.9, 5.6)."""
    urgent = any(a.startswith(("2.10", "5.7")) for a in articles)
    return urgent and not any(a.startswith(("2.9", "5.6")) for a in articles)


def is_ban(title: str) -> bool:
    """True when the title itself speaks of a ban, not of its end; texts mention prohibitions in passing too often."""
    return bool(_BAN.search(title)) and not _LIFTED.search(title)


def facts_of(thread: Sequence[Notice], symbols: Sequence[str], today: date) -> Facts:
    """The facts of a thread as its last notice leaves them; `thread` is in order_in_thread, `symbols` are the last's.

    An addendum inherits what it does not repeat from the notices before it; a revision is a full text of its own.
    """
    head = thread[-1]
    values = {name: getattr(head, name) for name in INHERITED}
    dates = {pair: (getattr(head, pair[0]), getattr(head, pair[1])) for pair in INHERITED_DATES}
    for earlier in reversed(base_of(thread)[:-1]):
        values = {name: value or getattr(earlier, name) for name, value in values.items()}
        dates = {
            pair: said if any(said) else (getattr(earlier, pair[0]), getattr(earlier, pair[1]))
            for pair, said in dates.items()
        }
    said: dict[str, Any] = {}
    for (day, words), (value, original) in dates.items():
        said |= {day: value.isoformat() if value else None, words: original}
    adoption_on, force_on = (dates[pair][0] for pair in INHERITED_DATES[1:])
    stage = stage_of(
        head.kind,
        head.notification_type,
        staging_reason(thread),
        adoption_on,
        force_on,
        today,
        articles=_words(head.attributes.get("articles")),
        declared=str(head.attributes.get("stage", "")),
    )
    return cast(
        Facts,
        {
            **values,
            **said,
            "title": head.title,
            "lang": head.lang,
            "market": head.issuer,
            "members": head.members or [head.issuer],
            "kind": head.kind,
            "symbols": list(symbols),
            "description": head.description,
            "origins": head.origins,
            "notification_type": head.notification_type,
            "published_on": head.published_on.isoformat() if head.published_on else None,
            "links": head.links,
            "stage": stage,
            "thread_reason": head.thread_reason,
            "ban": any(is_ban(n.title) for n in base_of(thread)),
            "wave": False,
            "changes": {},
            "notice_public_id": head.public_id,
        },
    )


def base_of(thread: Sequence[Notice]) -> Sequence[Notice]:
    """The last full text of a thread and the addenda to it."""
    for start in range(len(thread) - 1, -1, -1):
        if thread[start].thread_reason is None:
            return thread[start:]
    return thread


def staging_reason(thread: Sequence[Notice]) -> str | None:
    """The last reason in the thread that tells how far the measure is; a new comment period makes it a draft again."""
    for notice in reversed(base_of(thread)):
        if notice.thread_reason in ("withdrawn", "adopted", "in_force"):
            return notice.thread_reason
        if notice.thread_reason == "deadline_changed":
            return None
    return None


def real_reason(before: Facts, now: Facts) -> str | None:
    """The thread reason, or what a corrigendum really does to readers when it moves a date or the products."""
    if now["thread_reason"] != "corrected":
        return now["thread_reason"]
    if before["comment_deadline"] != now["comment_deadline"]:
        return "deadline_changed"
    if (before["hs"], before["ics"]) != (now["hs"], now["ics"]):
        return "scope_changed"
    dates = ("adoption_on", "force_on")
    return "other" if any(before[name] != now[name] for name in dates) else "corrected"  # type: ignore[literal-required]


def changes_between(before: Facts, now: Facts) -> dict[str, list[Any]]:
    """field -> [before, now] for every field a reader would plan by."""
    pairs = {name: [before.get(name), now.get(name)] for name in COMPARED}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r"[;,]", value))
    return tuple(str(part) for part in value) if isinstance(value, (list, tuple)) else ()
