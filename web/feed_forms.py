"""What a feed says of a warning, and the JSON Feed 1.1 of several. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.versions import facts_in
from store.clock import SHANGHAI
from web.names import Names
from web.reading.feeds import FeedEntry
from web.words import day_zh

JSON_FEED = "https://jsonfeed.org/version/1.1"
MARKS = {"issue": "", "update": "【更新】", "cancel": "【已撤销】"}
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class FeedHead:
    """What heads a feed; `address` is its own, `changed_at` the newest instant in it (None: it is empty)."""

    title: str
    address: str
    base_url: str
    changed_at: datetime | None
    is_cap: bool = False

    @property
    def updated(self) -> str:
        """Atom must say when; an empty feed says the epoch, so that its bytes stay the same."""
        return stamp(self.changed_at) if self.changed_at else "1970-01-01T08:00:00+08:00"


@dataclass(frozen=True)
class Told:
    """A warning as all forms tell it; `id` stays the same through its versions."""

    id: str
    title: str
    text: str
    url: str
    cap_url: str
    published: str
    updated: str
    severity: str
    severity_zh: str
    kind: str
    number: int
    market: str
    industries: tuple[tuple[str, str], ...]  # slug, Chinese name
    comment_deadline: str


def stamp(at: datetime) -> str:
    """RFC 3339 to the second, in the time of Shanghai."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def entry_of(entry: FeedEntry, head: FeedHead, names: Names) -> Told:
    """One warning; no word of it is about a person."""
    version, facts = entry.version, facts_in(entry.version)
    colour, page = names.of("severity", version.severity), f"{head.base_url}/warnings/{entry.warning.public_id}"
    original = facts["title"] or facts["products"] or "、".join(facts["symbols"])
    lines = (
        "本预警已撤销。" if version.kind == "cancel" else "",
        f"评定理由：{version.severity_reason}" if version.severity_reason else "",
        f"原标题：{original}" if original else "",
        f"评议截止：{day_zh(facts['comment_deadline'])}" if facts["comment_deadline"] else "",
        f"相关行业：{'、'.join(industry.name_zh for industry in entry.industries)}" if entry.industries else "",
    )
    return Told(
        id=uuid.UUID(entry.warning.public_id).urn,
        title=_clean(f"{MARKS[version.kind]}【{colour}预警】{entry.headline}"),
        text=_clean("\n".join(filter(None, lines))),
        url=page,
        cap_url=f"{page}/{version.number}/cap.xml",
        published=stamp(entry.first_at),
        updated=stamp(version.issued_at or entry.first_at),
        severity=version.severity,
        severity_zh=colour,
        kind=version.kind,
        number=version.number,
        market=facts["market"],
        industries=tuple((industry.slug, industry.name_zh) for industry in entry.industries),
        comment_deadline=facts["comment_deadline"] or "",
    )


def json_feed(head: FeedHead, entries: Sequence[Told]) -> dict[str, Any]:
    """The feed by JSON Feed 1.1; `_tbtwatch` holds codes for machines, as the standard's extensions do."""
    return {
        "version": JSON_FEED,
        "title": head.title,
        "home_page_url": f"{head.base_url}/warnings",
        "feed_url": head.address,
        "language": "zh-CN",
        "items": [
            {
                "id": told.id,
                "url": told.url,
                "title": told.title,
                "content_text": told.text or told.title,
                "date_published": told.published,
                "date_modified": told.updated,
                "tags": [name for _, name in told.industries],
                "_tbtwatch": {
                    "severity": told.severity,
                    "kind": told.kind,
                    "version": told.number,
                    "market": told.market,
                    "industries": [slug for slug, _ in told.industries],
                    "comment_deadline": told.comment_deadline or None,
                    "cap_url": told.cap_url,
                },
            }
            for told in entries
        ],
    }


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold: a source may print them."""
    return _NOT_IN_XML.sub("", text)
