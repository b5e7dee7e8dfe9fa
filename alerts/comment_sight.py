"""Who sees what of a firm's comment: one rule, in one place. Pure.

Name, yearly value and wording belong to the firm's own line of bureaus. The province, at the end of the line, reads
value and wording, but the name only where the firm ticked that it goes up. Everybody else, associations included, gets
sums over at least three firms, or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_FIRMS = 3
NAMED, NAMELESS, SUMS_ONLY = "named", "nameless", "sums_only"
WITHHELD = "（企业未同意向上级公开名称）"


def sight_of(place: str, tier: str, line: Sequence[str], *, may_be_named: bool, decides: bool = True) -> str:
    """NAMED, NAMELESS or SUMS_ONLY: how an officer at `place` sees a comment.

    `line` are the codes of the firm's own bureau and those above it, the nearest first; `decides` is False for
    associations. Who is the firm's own bureau always sees the name.
    """
    if not decides or place not in line:
        return SUMS_ONLY
    return NAMED if tier != "province" or place == line[0] or may_be_named else NAMELESS


@dataclass(frozen=True)
class Share:
    """One comment in a sum: which firm, how it is affected, its yearly value in 万元 (None: not said)."""

    firm: str
    affected: str
    value: float | None = None


@dataclass(frozen=True)
class Sums:
    """Over `firms` firms: how many said what; `value` in 万元 over `valued` of them, None for fewer than three."""

    firms: int
    affected: int
    unaffected: int
    unsure: int
    valued: int
    value: float | None


def sums_of(shares: Sequence[Share]) -> Sums | None:
    """Sums over at least three firms; None for fewer.

    `shares` must hold only what the reader does not see one by one, in order of arrival. Firms are added in whole
    groups of three: who compares today's sum with yesterday's learns of no single one.
    """
    firms = {share.firm: share for share in shares}  # one firm counts once
    whole = list(firms.values())[: len(firms) // LEAST_FIRMS * LEAST_FIRMS]
    if not whole:
        return None
    said = Counter(share.affected for share in whole)
    values = [share.value for share in whole if share.value is not None]
    values = values[: len(values) // LEAST_FIRMS * LEAST_FIRMS]
    total = round(sum(values), 2) if values else None
    return Sums(len(whole), said["yes"], said["no"], said["unsure"], len(values), total)


def total_to_print(named: Sequence[float], nameless: Sequence[float]) -> float | None:
    """The yearly value for a document in which `named` values stand beside their firms; None where it would tell.

    With one or two nameless firms the difference between total and named values would be theirs alone.
    """
    if nameless and len(nameless) < LEAST_FIRMS:
        return None
    return round(sum(named) + sum(nameless), 2) if named or nameless else None
