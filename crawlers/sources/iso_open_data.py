"""ISO deliverables: the stages that matter for goods, each an event of its own under the deliverable's number."""

from __future__ import annotations

from crawlers.formats import Record
from crawlers.paths import values

READ = frozenset({"id", "currentStage", "publicationDate"})
STAGES = {"4020": "DIS ballot", "6060": "publication", "9599": "withdrawal"}  # ISO's harmonized stage codes


def prepare(record: Record) -> Record:
    """The record with its stage in words; only a publication is dated, by the one date that ISO tells."""
    stage = "".join(values(record, "currentStage"))
    return {
        **record,
        "event": STAGES.get(stage, ""),
        "published": record.get("publicationDate") if stage == "6060" else None,
        "was_published": record.get("publicationDate") if stage != "6060" else None,
    }


def keys_of(record: Record) -> list[str]:
    """A deliverable that has gone on to another stage is still listed."""
    return [f"{record.get('id')}-{stage}" for stage in STAGES]
