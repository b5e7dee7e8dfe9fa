"""The public feeds of warnings (Atom, JSON Feed, an Atom index of CAP messages), and the page that lists them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.wording import DEMO_PREFIX
from store.engine import reading
from web.feed_forms import FeedHead, entry_of, json_feed
from web.pages.routing import get_page
from web.reading.feeds import SEVERITIES, FeedAsked, FeedEntry, UnknownFilter, counties, feed_entries, names_asked
from web.reading.industries import sectors
from web.reading.notices import markets_seen
from web.rendering import render
from web.site import Site, site_of

router = APIRouter()
METHODS = ["GET", "HEAD"]
FORMS = ("warnings.atom", "warnings.json", "warnings.cap.atom")


@get_page(router, "/feeds", "feeds")
async def feeds(request: Request) -> Response:
    """What feeds there are, with their addresses for what was ticked."""
    site = site_of(request)
    asked = _asked(request)
    with reading(site.engine) as session:
        try:
            names_asked(session, asked)
        except UnknownFilter as error:
            raise HTTPException(404, str(error)) from None
        return render(
            request,
            "feeds.html",
            asked=asked,
            addresses={form: f"{site.settings.base_url}/feeds/{form}{asked.query}" for form in FORMS},
            markets=sorted((site.names.market(symbol), symbol) for symbol in markets_seen(session)),
            sectors=sectors(session),
            cities=counties(session),
            severities=SEVERITIES,
        )


@router.api_route("/feeds/warnings.atom", methods=METHODS, name="feed_atom")
async def feed_atom(request: Request) -> Response:
    """Atom (RFC 4287): an entry leads to the warning's page."""
    return _feed(request, "warnings.atom", "application/atom+xml", _atom)


@router.api_route("/feeds/warnings.cap.atom", methods=METHODS, name="feed_cap")
async def feed_cap(request: Request) -> Response:
    """Atom whose entries lead to the CAP 1.2 messages."""
    return _feed(request, "warnings.cap.atom", "application/atom+xml", _atom)


@router.api_route("/feeds/warnings.json", methods=METHODS, name="feed_json")
async def feed_json(request: Request) -> Response:
    """JSON Feed 1.1."""
    return _feed(request, "warnings.json", "application/feed+json", _json)


def is_unchanged(request: Request, etag: str, changed_at: datetime | None) -> bool:
    """Whether the reader has this already (RFC 9110, 13.1.2 and 13.1.3: a date counts only without a tag)."""
    if tags := request.headers.get("if-none-match"):
        return tags.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, TypeError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return changed_at is not None and changed_at.replace(microsecond=0) <= since


def _feed(
    request: Request, form: str, media: str, write: Callable[[Site, FeedHead, Sequence[FeedEntry]], bytes]
) -> Response:
    site, asked = site_of(request), _asked(request)
    with reading(site.engine) as session:
        try:
            entries, (industry, county) = feed_entries(session, asked), names_asked(session, asked)
        except UnknownFilter as error:
            raise HTTPException(404, str(error)) from None
    narrowed = [industry, county, *(site.names.of("severity", one) for one in asked.severities)]
    narrowed.append(site.names.market(asked.market))
    mark = DEMO_PREFIX if site.settings.is_demo else ""
    changed_at = max((entry.version.issued_at for entry in entries if entry.version.issued_at), default=None)
    head = FeedHead(
        title=mark + "·".join(["广东技术性贸易措施预警", *filter(None, narrowed)]),
        address=f"{site.settings.base_url}/feeds/{form}{asked.query}",
        base_url=site.settings.base_url,
        changed_at=changed_at,
        is_cap=form.endswith(".cap.atom"),
    )
    body = write(site, head, entries)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    if changed_at:
        headers["Last-Modified"] = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    if is_unchanged(request, etag, changed_at):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{media}; charset=utf-8", headers=headers)


def _asked(request: Request) -> FeedAsked:
    try:
        return FeedAsked.from_query(request.query_params)
    except UnknownFilter as error:
        raise HTTPException(404, str(error)) from None


def _atom(site: Site, head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    told = [entry_of(entry, head, site.names) for entry in entries]
    return site.templates.get_template("feed.xml").render(head=head, entries=told).encode()


def _json(site: Site, head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    told = [entry_of(entry, head, site.names) for entry in entries]
    return json.dumps(json_feed(head, told), ensure_ascii=False, indent=1).encode()
