"""What a mail server answers, in classes, by data/mail_replies.csv: the first row that fits, own rows before any's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alerts.providers import BrokenMailTable, rows_of
from settings import DATA

# Classes of an answer. `later` and `failed` are what no row knows: a temporary and a permanent refusal.
ACCEPTED, UNKNOWN, FULL, THROTTLED, REFUSED, BLOCKED = "accepted", "unknown", "full", "throttled", "refused", "blocked"
LATER, FAILED = "later", "failed"
CLASSES = (UNKNOWN, FULL, THROTTLED, REFUSED, BLOCKED)
ANY = "any"
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; an empty pattern fits everything."""

    provider: str
    code: re.Pattern[str]
    enhanced: re.Pattern[str]
    text: re.Pattern[str]
    kind: str
    source: str

    def fits(self, code: str, enhanced: str, text: str) -> bool:
        """Whether an answer is what this row is about."""
        if self.code.pattern and not self.code.fullmatch(code):
            return False
        if self.enhanced.pattern and not self.enhanced.fullmatch(enhanced):
            return False
        return self.text.search(text) is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer means, and why we think so."""

    kind: str
    why: str


def sort_reply(provider: str, code: int | None, text: str) -> Reply:
    """The class of an answer (code and words as the server gave them) by the table; pure.

    The enhanced code (RFC 3463) is looked for in the words. Without a row 4xx is `later`, anything else `failed`.
    """
    number, found = str(code or ""), _ENHANCED.search(text)
    if number.startswith("2"):
        return Reply(ACCEPTED, "2xx")
    enhanced = found.group(1) if found else ""
    for name in (provider, ANY):
        for rule in rules().get(name, ()):
            if rule.fits(number, enhanced, text):
                return Reply(rule.kind, f"{name}: {rule.source}")
    return Reply(LATER, "4xx, no row knows it") if number.startswith("4") else Reply(FAILED, "no row knows it")


@cache
def rules(path: Path = DATA / "mail_replies.csv") -> dict[str, tuple[Rule, ...]]:
    """provider -> its rows in order, read once a process; raises BrokenMailTable with file and line."""
    found: dict[str, tuple[Rule, ...]] = {}
    for where, row in rows_of(path):
        rule = _rule(row, where)
        found[rule.provider] = (*found.get(rule.provider, ()), rule)
    return found


def _rule(row: dict[str, str], where: str) -> Rule:
    try:
        code, text = (re.compile(row[name], re.IGNORECASE) for name in ("code", "text"))
        # An enhanced code is written with its dots; they mean dots.
        enhanced = re.compile(row["enhanced"].replace(".", r"\."))
        if row["answer"] not in CLASSES or not (row["code"] or row["enhanced"] or row["text"]):
            raise ValueError
    except (KeyError, ValueError, TypeError, re.error):
        raise BrokenMailTable(f"{where}: write a pattern, and one of {', '.join(CLASSES)} as answer") from None
    return Rule(row["provider"], code, enhanced, text, row["answer"], row["source"])
