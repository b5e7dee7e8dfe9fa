"""Notice items as rows: the values of each table (store/inserting.py writes them)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from crawlers.items import NoticeItem
from crawlers.symbols import thread_reason

T = TypeVar("T")
_IN_LIST = 5000  # values in one IN (...): SQLite takes 32,766 variables
LONGEST_TYPE = 120  # characters of notice.notification_type


def notice_values(item: NoticeItem) -> dict[str, Any]:
    """The columns of Notice that follow from its content and identity, written out: half the time of a loop."""
    links = item.links
    return {
        "title": item.title or _stand_in_title(item),
        "description": item.description,
        "products": item.products,
        "notification_type": item.notification_type[:LONGEST_TYPE] if item.notification_type else None,
        "lang": item.lang,
        "hs": list(item.hs),
        "ics": list(item.ics),
        "objectives": list(item.objectives),
        "keywords": list(item.keywords),
        "origins": list(item.origins),
        "regions_affected": item.regions_affected,
        "published_on": item.published_on,
        "published_text": item.published_text,
        "comment_deadline": item.comment_deadline,
        "comment_deadline_text": item.comment_deadline_text,
        "adoption_on": item.adoption_on,
        "adoption_text": item.adoption_text,
        "force_on": item.force_on,
        "force_text": item.force_text,
        "links": [{"rel": link.rel, "lang": link.lang, "url": link.url} for link in links],
        "attributes": item.attributes,
        "kind": item.kind,
        "domain": item.domain,
        "issuer": item.issuer,
        "members": list(item.members),
        "thread_reason": thread_reason(item),
    }


def _stand_in_title(item: NoticeItem) -> str:
    """Some addenda have no title at all: their kind and symbol stand in, so that a list has something to show."""
    return " ".join(filter(None, (item.notification_type, item.symbols[0] if item.symbols else item.source_key)))


def new_notice(
    item: NoticeItem, public_id: str, thread_id: int, digest: str, admitted: tuple[str, str], seen_at: datetime
) -> dict[str, Any]:
    """A whole row for a notice seen for the first time."""
    return {
        **notice_values(item),
        "public_id": public_id,
        "source": item.source,
        "source_key": "" if item.symbols else item.source_key,
        "thread_id": thread_id,
        "merged_into_id": None,
        "admitted": admitted[0],
        "admitted_reason": admitted[1],
        "first_seen_at": seen_at,
        "number": 1,
        "content_hash": digest,
        "classified_at": None,
        "raised_at": None,
        **UNCLAIMED,
    }


# A notice with a new version, or newly admitted, is work again for every stage, and no worker's claim on it stands.
UNCLAIMED: dict[str, Any] = {
    "claimed_by": None,
    "claimed_until": None,
    "attempts": 0,
    "last_error": None,
    "parked_at": None,
}


def sighting(
    notice_id: int, source: str, keys: Sequence[str], item: NoticeItem, digest: str, seen_at: datetime
) -> dict[str, Any]:
    """A whole row for what the only source so far says of a notice made of `item`: nothing but what a column cut."""
    content: dict[str, Any] = {}
    if not item.title:
        content["title"] = ""
    if item.notification_type and len(item.notification_type) > LONGEST_TYPE:
        content["notification_type"] = item.notification_type
    if item.source_key != keys[0]:
        content["source_key"] = item.source_key
    return {
        "notice_id": notice_id,
        "source": source,
        "source_keys": keys,
        "content": content,
        "content_hash": digest,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
    }


def version(
    notice_id: int,
    number: int,
    digest: str,
    source: str,
    raw_id: int | None,
    at: datetime,
    difference: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A whole row for a version."""
    return {
        "notice_id": notice_id,
        "number": number,
        "content_hash": digest,
        "difference": difference or {},
        "source": source,
        "raw_answer_id": raw_id,
        "created_at": at,
    }


def slices(values: Iterable[T], size: int = _IN_LIST) -> Iterator[list[T]]:
    """`values` in lists of at most `size`, fit for IN (...)."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
