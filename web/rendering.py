"""From values to a page: the Jinja environment and what every page may use."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.official import official_lines
from settings import ROOT, TEMPLATES
from web import words
from web.access import ROUTES, Permission, may
from web.sessions import COOKIE, form_token
from web.site import Site, site_of

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
STATIC = ROOT / "web" / "static"


def make_templates() -> Environment:
    """The environment of templates/web: everything escaped, an unknown name is an error."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(day=words.day_zh, instant=words.instant_zh, plain=_plain, as_set=set, own_words=_own_words)
    templates.filters.update(share=words.share_zh, of_hundred=words.of_hundred_zh, score=words.score_zh)
    templates.globals.update(
        days_left=words.days_left_zh,
        urgency=words.urgency,
        due=words.due_zh,
        due_urgency=words.due_urgency,
        style_version=_version_of("pages.css"),
        script_version=_version_of("copy.js"),
    )
    return templates


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render templates/web/`template` with `values` and what all pages share."""
    site = site_of(request)
    page = site.templates.get_template(template).render(shared_values(request, site) | values)
    return HTMLResponse(page, status_code=status)


def shared_values(request: Request, site: Site) -> dict[str, Any]:
    """Who is signed in, the time, the names, and which pages are open to this person."""
    who = getattr(request.state, "who", None)
    is_demo = site.settings.is_demo
    token = request.cookies.get(COOKIE)
    return {
        "who": who,
        "is_demo": is_demo,
        "now": site.now,
        "names": site.names,
        "headings": site.headings,
        "contact": site.settings.contact,
        "official": official_lines(site.settings),
        "party_government_mark": site.settings.party_government_mark,
        "here": request.url.path,
        "form_token": form_token(token) if who and token else "",
        "open_to": lambda name: may(who, ROUTES[name], is_demo=is_demo) and ROUTES[name] is not Permission.PUBLIC,
    }


def _version_of(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _plain(value: Any) -> str:
    """A value out of a difference in words: lists joined, dates in Chinese, nothing as 空."""
    if value in (None, "", [], {}):
        return "（空）"
    if isinstance(value, list):
        return "、".join(_plain(item) for item in value)
    if _DAY.fullmatch(str(value)):
        return words.day_zh(str(value))
    return str(value)


def _own_words(words_printed: str, day: date | str | None = None) -> str:
    """What a source printed for a date, where it says more than the date itself."""
    begins_as_day = bool(_DAY.match(words_printed)) and words_printed[10:] in ("", "T00:00:00", "T00:00:00Z")
    return "" if day and begins_as_day and words_printed[:10] == str(day) else words_printed
