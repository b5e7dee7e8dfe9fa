"""From a telling to the subject, text and HTML of one mail body, by the templates of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.places import only, place, plain
from alerts.subjects import preheader_of, subject_of
from alerts.telling import Telling
from alerts.wording import DEMO_BANNER, DEMO_PREFIX, LEVEL_NOTE, SERVICE, day_zh
from settings import TEMPLATES
from store.clock import shanghai_day


@dataclass(frozen=True, slots=True)
class Rendered:
    """The three parts of a body, with places for a recipient's fields."""

    subject: str
    text: str
    html: str
    calendar: str = ""  # an iCalendar file with the days, "" when there are none


def render_body(
    kind: str, told: Telling, *, page_url: str, sent_on: str, is_demo: bool, calendar: str = ""
) -> Rendered:
    """The body of one mail kind (warning_issue, warning_update, warning_cancel).

    Everything a template shows is escaped in HTML; the styles are inlined and nothing is loaded from anywhere.
    """
    prefix = DEMO_PREFIX if is_demo else ""
    subject = plain(prefix + _templates().get_template(f"{kind}_subject.txt").render(told=told).strip())
    values = {
        "told": told,
        "kind": kind,
        "subject": subject,
        "preheader": preheader_of(told, kind.removeprefix("warning_")),
        "has_calendar": bool(calendar),
        "page_url": page_url,
        "sent_on": sent_on,
        "level_note": LEVEL_NOTE,
        "demo_banner": DEMO_BANNER if is_demo else "",
    }
    text = _templates().get_template(f"{kind}.txt").render(values)
    page = _templates().get_template(f"{kind}.html").render(values)
    return Rendered(subject, text, _inliner().inline(page), calendar)


def render_note(
    title: str, lines: Sequence[str], *, page_url: str, now: datetime, is_demo: bool, to_officer: bool = False
) -> Rendered:
    """A plain mail: a heading that is the subject, paragraphs, one link; to a firm with its bureau's signature."""
    subject = plain((DEMO_PREFIX if is_demo else "") + title)
    values = {
        "title": plain(title),
        "lines": [plain(line) for line in lines],
        "page_url": page_url,
        "sent_on": day_zh(shanghai_day(now)),
        "service": SERVICE,
        "to_officer": to_officer,
        "demo_banner": DEMO_BANNER if is_demo else "",
    }
    text = _templates().get_template("note.txt").render(values)
    return Rendered(subject, text, _inliner().inline(_templates().get_template("note.html").render(values)))


def render_operator_mail(kind: str, *, is_demo: bool, **values: object) -> Rendered:
    """A mail to operators; `values` are what its templates show."""
    return render_letter(kind, is_demo=is_demo, **values)


def render_letter(kind: str, *, is_demo: bool, **values: object) -> Rendered:
    """A mail by the three templates of its kind; `values` are what they show, beside `subject` and `demo_banner`."""
    subject = plain(
        (DEMO_PREFIX if is_demo else "") + _templates().get_template(f"{kind}_subject.txt").render(values).strip()
    )
    shown = {**values, "subject": subject, "demo_banner": DEMO_BANNER if is_demo else ""}
    text = _templates().get_template(f"{kind}.txt").render(shown)
    return Rendered(subject, text, _inliner().inline(_templates().get_template(f"{kind}.html").render(shown)))


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES / "email"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"place": place, "only": only, "subject_of": subject_of, "preheader_of": preheader_of}
    made.filters["one_line"] = plain  # for a recipient's own words where a body is one reader's
    return made


@cache
def _inliner() -> css_inline.CSSInliner:
    # The style element stays: the dark colours stand in a media query, which cannot be inlined.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
