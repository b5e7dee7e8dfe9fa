"""Measuring a classifier on labelled notices: what an officer would see first, against a gold list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.calibration import Bin, calibration_error, judged, reliability
from classifier.codes import without_codes
from classifier.contract import NoticeText, Suggestion
from classifier.counting import (
    Count,
    Gold,
    accepted,
    confusions,
    count_each,
    first_three,
    found_at_all,
    per_industry,
    seen_first,
    total,
)

__all__ = ["Count", "Figures", "Gold", "accepted", "evaluate", "found_at_all", "seen_first", "strip_codes"]

MOST_CONFUSIONS = 20
UNKNOWN = "unknown"  # the language of a text that says none
OF_A_LANGUAGE = ("notices", "micro_f1", "accepted_precision", "found_recall", "share_flagged")
Pair = tuple[Sequence[Suggestion], Gold]


@dataclass(frozen=True)
class Figures:
    """One classifier on one set: what is seen first, accepted, found at all, and the share that needs an officer.

    `exact_empty` and `silent_on_empty` are shares of the notices that concern nobody here; None without such notices.
    """

    notices: int
    first: Count
    accepted: Count
    found: Count
    three: Count
    share_flagged: float
    empty_or_elsewhere_accepted: int
    exact_empty: float | None
    silent_on_empty: float | None
    reliability: Sequence[Bin]
    per_industry: Mapping[str, Count]
    confusions: Sequence[tuple[str, str, int]]
    languages: Mapping[str, Figures] = field(default_factory=dict)

    @property
    def ece(self) -> float | None:
        """The expected calibration error; None where there are too few suggestions to judge."""
        return calibration_error(self.reliability)

    def headline(self) -> dict[str, object]:
        """One number a key, ratios to three places."""
        macro = [count.f1 for count in self.per_industry.values() if count.right + count.missed]
        return {
            "notices": self.notices,
            "micro_f1": round(self.first.f1, 3),
            "precision": round(self.first.precision, 3),
            "recall": round(self.first.recall, 3),
            "macro_f1": round(sum(macro) / len(macro), 3) if macro else 1.0,
            "recall_at_3": round(self.three.recall, 3),
            "accepted_precision": round(self.accepted.precision, 3),
            "accepted_recall": round(self.accepted.recall, 3),
            "found_recall": round(self.found.recall, 3),
            "share_flagged": round(self.share_flagged, 3),
            "exact_empty": _rounded(self.exact_empty),
            "silent_on_empty": _rounded(self.silent_on_empty),
            "empty_or_elsewhere_accepted": self.empty_or_elsewhere_accepted,
            "suggestions": sum(each.count for each in self.reliability),
            "ece": _rounded(self.ece),
        }

    def as_json(self) -> dict[str, object]:
        """The headline with its tables beside it: bins, languages, industries, the commonest confusions."""
        tables = {lang: figures.headline() for lang, figures in self.languages.items()}
        return {
            **self.headline(),
            "reliability": [each.as_json() for each in self.reliability],
            "languages": {lang: {key: row[key] for key in OF_A_LANGUAGE} for lang, row in tables.items()},
            "industries": {
                name: {"right": count.right, "wrong": count.wrong, "missed": count.missed, "f1": round(count.f1, 3)}
                for name, count in self.per_industry.items()
            },
            "confusions": [
                {"missed": missed, "suggested": wrong, "count": count}
                for missed, wrong, count in self.confusions[:MOST_CONFUSIONS]
            ],
        }


def evaluate(
    answers: Sequence[Sequence[Suggestion]], golds: Sequence[Gold], languages: Sequence[str] | None = None
) -> Figures:
    """Compare suggestions with labels, one list a notice; `languages` (one a notice, "" unknown) adds a table of them.

    A suggestion is right when in `industries`, ignored when in `optional`, else wrong; a missing one is missed only
    when in `industries`. Notices aimed at other origins are left out of all counts but the accepted-in-vain one.
    """
    pairs = list(zip(answers, golds, strict=True))
    figures = _figures_of(pairs)
    if languages is None:
        return figures
    groups: dict[str, list[Pair]] = {}
    for pair, lang in zip(pairs, languages, strict=True):
        groups.setdefault(lang or UNKNOWN, []).append(pair)
    return replace(figures, languages={lang: _figures_of(group) for lang, group in sorted(groups.items())})


def strip_codes(notice: NoticeText) -> NoticeText:
    """The notice without its codes, given or written in the texts."""
    return replace(
        notice,
        hs=(),
        ics=(),
        title=without_codes(notice.title),
        products=without_codes(notice.products),
        description=without_codes(notice.description),
    )


def _figures_of(pairs: Sequence[Pair]) -> Figures:
    counted = [(answer, gold) for answer, gold in pairs if not gold.origin_limited]
    first = [count_each(seen_first(answer), gold) for answer, gold in counted]
    empty = [(answer, gold) for answer, gold in counted if not gold.industries]
    vain = [pair for pair in pairs if pair[1].origin_limited or not pair[1].industries]
    return Figures(
        notices=len(counted),
        first=total(first),
        accepted=_counted(counted, accepted),
        found=_counted(counted, found_at_all),
        three=_counted(counted, first_three),
        share_flagged=sum(any(i.state == "flagged" for i in answer) for answer, _ in counted) / max(1, len(counted)),
        empty_or_elsewhere_accepted=sum(_says(accepted(answer), gold) for answer, gold in vain),
        exact_empty=_share(not _says(accepted(answer), gold) for answer, gold in empty),
        silent_on_empty=_share(not _says((i.industry for i in answer), gold) for answer, gold in empty),
        reliability=reliability([each for answer, gold in counted for each in judged(answer, gold)]),
        per_industry=per_industry(first),
        confusions=confusions(first),
    )


def _counted(pairs: Sequence[Pair], chosen: Callable[[Sequence[Suggestion]], list[str]]) -> Count:
    return total(count_each(chosen(answer), gold) for answer, gold in pairs)


def _says(names: Iterable[str], gold: Gold) -> bool:
    """Whether anything is suggested that nobody would call optional."""
    return any(name not in gold.optional for name in names)


def _share(outcomes: Iterable[bool]) -> float | None:
    listed = list(outcomes)
    return sum(listed) / len(listed) if listed else None


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)
