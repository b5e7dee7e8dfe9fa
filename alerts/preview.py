"""Before a sign-up is kept: what it would have sent in twelve months, and what to do about too much. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from alerts.criteria import Wanted, hit_of
from alerts.enrolling import Terms
from alerts.lanes import URGENT
from alerts.retelling import Retold
from alerts.severity import SEVERITIES
from store.subscription import HS, INDUSTRY, KIND, MARKET, WORD

MOST_SHOWN = 40
TOO_MANY = 250  # mails a year: about one each working day
ADVICE_MANY = "邮件会很多，重要的容易被淹没。可以去掉不做的行业，写明主要市场，或只收黄色以上的预警。"
ADVICE_NONE = "过去没有与您有关的预警。可以多勾选相近的行业，少限制市场，或补充产品词和海关编码。"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would have been sent: `mails` (yellow and blue ones of a day share one), the `warnings` in them.

    `shown` are the newest of them; `busiest` the industries by how many they brought; `since` the first day looked at.
    """

    mails: int
    warnings: int
    shown: tuple[Retold, ...]
    busiest: tuple[tuple[str, int], ...]
    since: date

    @property
    def advice(self) -> str:
        """What to change when it is too much, or nothing at all; "" when it is well."""
        if self.mails > TOO_MANY:
            return ADVICE_MANY
        return "" if self.warnings else ADVICE_NONE


def wanted_of(terms: Terms) -> Wanted:
    """The terms of a subscription as the rule of criteria.py reads them."""
    industries, hs, words, markets, kinds = (
        frozenset(value for each, value in terms if each == kind) for kind in (INDUSTRY, HS, WORD, MARKET, KIND)
    )
    return Wanted(industries, hs, words, markets, kinds)


def passes_floor(severity: str, floor: str) -> bool:
    """Whether a colour is at or above the lowest one that is wanted; "" wants all."""
    return not floor or SEVERITIES.index(severity) <= SEVERITIES.index(floor)


def met_by(rows: Iterable[Retold], terms: Terms, floor: str, members: Collection[str]) -> list[Retold]:
    """Those rows that a subscription to these terms meets; `members` are the wto_symbols of the EU's members."""
    wanted = wanted_of(terms)
    return [row for row in rows if passes_floor(row.severity, floor) and hit_of(wanted, row.told, members)]


def preview(rows: Sequence[Retold], terms: Terms, floor: str, members: Collection[str], since: date) -> Preview:
    """The replay of `rows`, which begin on `since`."""
    met = met_by(rows, terms, floor, members)
    urgent = sum(row.severity in URGENT for row in met)
    days = {row.on for row in met if row.severity not in URGENT}
    asked = {value for kind, value in terms if kind == INDUSTRY}
    busiest = Counter(slug for row in met for slug in row.told.industries & asked)
    return Preview(
        mails=urgent + len(days),
        warnings=len(met),
        shown=tuple(reversed(met[-MOST_SHOWN:])),
        busiest=tuple(busiest.most_common(3)),
        since=since,
    )
