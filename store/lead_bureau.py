"""Which bureau leads for an industry: exactly one, whatever the clusters say or lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from store.reference_rows import ClusterRow, RegionRow

Basis = Literal["mark", "routed", "unconfirmed", "province"]
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Lead:
    """The division whose bureau leads, and on what ground; `town_zh` names the town that carries the cluster."""

    region_code: str
    basis: Basis
    town_zh: str = ""


def lead_of(industry: str, clusters: Iterable[ClusterRow], regions: Iterable[RegionRow]) -> Lead:
    """The one lead of `industry` (slug).

    The marked cluster; else among those mail is routed by, the best confidence, then sourced, then with a named town,
    then the lowest code; else an unconfirmed cluster by the same order; else the province. Clusters in divisions that
    `regions` does not know (or that are no longer active) do not count. Raises ValueError when there is no province.
    """
    active = {region.code: region.tier for region in regions if region.status == "active"}
    own = [cluster for cluster in clusters if cluster.industry_id == industry and cluster.region_code in active]
    chosen: tuple[tuple[Basis, list[ClusterRow]], ...] = (
        ("mark", [cluster for cluster in own if cluster.lead]),
        ("routed", [cluster for cluster in own if is_routed(cluster)]),
        ("unconfirmed", own),
    )
    for basis, candidates in chosen:
        if candidates:
            best = min(candidates, key=_rank)
            return Lead(best.region_code, basis, best.town_zh)
    province = next((code for code, tier in sorted(active.items()) if tier == "province"), None)
    if province is None:
        raise ValueError("no province among the regions")
    return Lead(province, "province")


def is_routed(cluster: ClusterRow) -> bool:
    """Whether warnings are routed by this cluster before its bureau has confirmed it."""
    return cluster.sourced or cluster.confidence == "high"


def _rank(cluster: ClusterRow) -> tuple[int, bool, bool, str, str]:
    unsourced, unnamed = not cluster.sourced, not cluster.town_zh
    return (_CONFIDENCE.get(cluster.confidence, 3), unsourced, unnamed, cluster.region_code, cluster.town_code)
