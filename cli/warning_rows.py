"""The rows of `tbtwatch warnings`: versions with their facts, reviews and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from cli.lookups import check_value, slices
from settings import TbtwatchError
from store.bureau import Bureau
from store.industry import Industry, industry_by_slug
from store.jurisdiction import Jurisdiction
from store.review import Decision, Review
from store.warning import ACTUAL, TradeWarning, WarningIndustry, WarningVersion, versions_of


class UnknownWarning(TbtwatchError):
    """Raised when no warning or version has this public id."""


def warning_rows(
    session: Session,
    *,
    state: str = "all",
    severity: str | None = None,
    industry: str | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Warnings by their newest version, the newest first; drills have a list of their own."""
    check_value(state, ("issued", "outgoing", "under_review", "dismissed", "superseded", "all"), "--state")
    newest = select(func.max(WarningVersion.id)).group_by(col(WarningVersion.warning_id))
    wanted = (
        select(TradeWarning, WarningVersion)
        .join(WarningVersion, col(WarningVersion.warning_id) == TradeWarning.id)
        .where(col(WarningVersion.id).in_(newest), TradeWarning.status == ACTUAL)
    )
    if state != "all":
        wanted = wanted.where(WarningVersion.state == state)
    if severity is not None:
        check_value(severity, ("red", "orange", "yellow", "blue"), "--severity")
        wanted = wanted.where(WarningVersion.severity == severity)
    if industry is not None:
        about = select(WarningIndustry.version_id).where(
            WarningIndustry.industry_id == industry_by_slug(session, industry).id, WarningIndustry.state != "removed"
        )
        wanted = wanted.where(col(WarningVersion.id).in_(about))
    found = session.exec(wanted.order_by(col(WarningVersion.id).desc()).limit(limit)).all()
    slugs = industries_in(session, [version.id or 0 for _, version in found])
    return [{"id": warning.public_id, **version_row(version, slugs[version.id or 0])} for warning, version in found]


def version_row(version: WarningVersion, slugs: Sequence[str]) -> dict[str, Any]:
    """What a list says of one version."""
    return {
        "version": version.public_id,
        "number": version.number,
        "kind": version.kind,
        "severity": version.severity,
        "severity_reason": version.severity_reason,
        "state": version.state,
        "basis": version.basis,
        "flags": version.flags,
        "industries": list(slugs),
        "title": version.facts["title"],
        "market": version.facts["market"],
        "symbols": version.facts["symbols"],
        "stage": version.facts["stage"],
        "comment_deadline": version.facts["comment_deadline"],
        "raised_at": version.raised_at,
        "issued_at": version.issued_at,
    }


def whole_warning(session: Session, public_id: str) -> dict[str, Any]:
    """A warning (by its own or a version's public id) with all its versions; raises UnknownWarning."""
    warning, _ = _named(session, public_id)
    versions = versions_of(session, warning.id or 0)
    slugs = industries_in(session, [v.id or 0 for v in versions])
    named = {v.id: v.public_id for v in versions}
    return {
        "id": warning.public_id,
        "status": warning.status,
        "created_at": warning.created_at,
        "versions": [
            {
                **version_row(v, slugs[v.id or 0]),
                "references": named.get(v.references_id),
                "facts": v.facts,
                "reviews": _reviews_of(session, v),
            }
            for v in versions
        ],
    }


def issued_version(session: Session, public_id: str, number: int | None = None) -> WarningVersion:
    """The version named by its own public id, or of a warning the one with `number`, or its newest that went out.

    Raises UnknownWarning, also where none went out.
    """
    warning, version = _named(session, public_id)
    if version is not None and number is None:
        return version
    out = [v for v in versions_of(session, warning.id or 0) if v.issued_at is not None and number in (None, v.number)]
    if not out:
        which = f"version {number} of " if number else ""
        raise UnknownWarning(
            f"{which}warning '{public_id}' has not been issued: see `tbtwatch warnings show {public_id}`"
        )
    return out[-1]


def _named(session: Session, public_id: str) -> tuple[TradeWarning, WarningVersion | None]:
    """The warning of this public id, or that of the version which has it, with that version."""
    warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == public_id)).first()
    version = None
    if warning is None:
        version = session.exec(select(WarningVersion).where(WarningVersion.public_id == public_id)).first()
        warning = session.get(TradeWarning, version.warning_id) if version else None
    if warning is None:
        raise UnknownWarning(f"no warning '{public_id}': `tbtwatch warnings list` shows the ids")
    return warning, version


def _reviews_of(session: Session, version: WarningVersion) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Review, Jurisdiction.code, Decision)
        .join(Bureau, col(Bureau.id) == Review.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .join(Decision, col(Decision.review_id) == Review.id, isouter=True)
        .where(Review.version_id == version.id)
        .order_by(col(Review.id))
    )
    return [
        {
            "id": review.public_id,
            "bureau": code,
            "state": review.state,
            "lead": review.is_lead,
            "due": review.due_at,
            "closed_reason": review.closed_reason,
            "decision": decision.kind if decision else None,
            "industries_after": decision.industries_after if decision else None,
            "advice": decision.advice if decision else "",
        }
        for review, code, decision in rows
    ]


def industries_in(session: Session, version_ids: Sequence[int]) -> dict[int, list[str]]:
    """version id -> slugs of the industries that count, the surest first."""
    found: dict[int, list[str]] = {key: [] for key in version_ids}
    for slice_of_ids in slices(list(found)):
        rows = session.exec(
            select(WarningIndustry, Industry.slug)
            .join(Industry, col(Industry.id) == WarningIndustry.industry_id)
            .where(col(WarningIndustry.version_id).in_(slice_of_ids), WarningIndustry.state != "removed")
            .order_by(col(WarningIndustry.score).desc(), Industry.slug)
        )
        for row, slug in rows:
            found[row.version_id].append(slug)
    return found
