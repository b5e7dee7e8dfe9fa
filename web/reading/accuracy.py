"""The last published evaluation of the classifier, as the page of its accuracy shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from store.classification import ModelVersion
from store.clock import parse_instant
from store.industry import Industry

PUBLISHED = "published"
BASELINES = ("codes", "words", "svc")
FEW_OF_INDUSTRY, FEW_OF_LANGUAGE = 10, 30  # notices below which a row is marked as saying little

Row = Mapping[str, Any]


@dataclass(frozen=True)
class IndustryRow:
    """An industry's name, what was right, wrong and missed, and whether its notices are too few to say much."""

    name: str
    right: int
    wrong: int
    wanted: int
    f1: float

    @property
    def is_few(self) -> bool:
        """Fewer than ten notices concern it."""
        return self.wanted < FEW_OF_INDUSTRY


@dataclass(frozen=True)
class PublishedEvaluation:
    """What was measured, when and on what; `with_codes` and `without_codes` are Figures.as_json() of the classifier."""

    model: int
    mapping: int
    evaluated_at: datetime
    asked: Row  # name, notices, synthetic, decisions, fingerprint
    with_codes: Row
    without_codes: Row
    baselines: Sequence[tuple[str, Row, Row]]  # name, headline with codes, headline without
    industries: Sequence[IndustryRow]


def published_evaluation(session: Session) -> PublishedEvaluation | None:
    """The evaluation of the newest published model; None when there is no such model, or it was not measured."""
    version = session.exec(
        select(ModelVersion)
        .where(ModelVersion.state == PUBLISHED, ModelVersion.number > 0)
        .order_by(col(ModelVersion.number).desc())
    ).first()
    if version is None or not version.figures:
        return None
    told: Row = version.figures
    return PublishedEvaluation(
        model=version.number,
        mapping=told["mapping_version"],
        evaluated_at=parse_instant(told["evaluated_at"]),
        asked=told["set"],
        with_codes=told["with_codes"],
        without_codes=told["without_codes"],
        baselines=_baselines(told.get("baselines") or {}),
        industries=_industries(session, told["with_codes"]["industries"]),
    )


def _baselines(told: Row) -> list[tuple[str, Row, Row]]:
    """Those that were measured both ways, in the order of the page."""
    both = (told.get("with_codes") or {}, told.get("without_codes") or {})
    return [(name, both[0][name], both[1][name]) for name in BASELINES if all(name in each for each in both)]


def _industries(session: Session, counts: Mapping[str, Row]) -> list[IndustryRow]:
    """In the order of the list of industries; one that is no longer in it comes last, by its slug."""
    named = session.exec(select(Industry.slug, Industry.name_zh).order_by(col(Industry.id)))
    names = {slug: name for slug, name in named}  # noqa: C416
    order = [slug for slug in names if slug in counts] + sorted(set(counts) - set(names))
    return [_industry_row(names.get(slug, slug), counts[slug]) for slug in order]


def _industry_row(name: str, count: Row) -> IndustryRow:
    return IndustryRow(name, count["right"], count["wrong"], count["right"] + count["missed"], count["f1"])
