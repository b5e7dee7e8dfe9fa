"""Entries out of a parsed feed: what each child element means is found once a layout, then read by its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from lxml import etree

from crawlers.feed_layouts import ROLE, Layout, layout_of, name_of
from crawlers.feeds import Entry, Feed, FeedLink

XML = "{http://www.w3.org/XML/1998/namespace}"
ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_NESTED: Any = etree.XPath("*/*[*]")
_HEADS: Any = etree.XPath("*[local-name() != 'item' and local-name() != 'entry']")
_new_link = partial(tuple.__new__, FeedLink)  # a named tuple's own way is three times slower
_HTML = ("text/html", "application/xhtml+xml")
_XHTML = re.compile(r' xmlns(?::\w+)?="[^"]*"')
_DIV = re.compile(r"\s*<(?:\w+:)?div\b[^>]*>(.*)</(?:\w+:)?div>\s*\Z", re.DOTALL)
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOMS = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}


@dataclass(slots=True)
class _Place:
    """What holds for the whole feed."""

    lang: str
    is_atom: bool
    mends: bool  # texts outside ASCII may have been encoded twice
    based: bool  # addresses may be relative
    languages: bool  # entries may name their own
    nested: frozenset[str]
    layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict)


def feed_of(root: Any, body: bytes) -> Feed:
    """The feed whose tree is `root`; `body` are its bytes in UTF-8 or ASCII-like."""
    name = name_of(root)
    is_atom = name == "feed"
    channel = root if is_atom else next((kid for kid in root if name_of(kid) == "channel"), None)
    if channel is None or not (is_atom or name == "rss" or root.tag == RDF):
        return Feed()
    space = channel.tag[: channel.tag.find("}") + 1]
    found = list(root.iter(f"{space}{'entry' if is_atom else 'item'}"))
    heads = _HEADS(channel)
    head = {name_of(kid): kid for kid in reversed(heads)}
    lang = channel.get(f"{XML}lang") or root.get(f"{XML}lang") or _text(head.get("language"))
    nested = frozenset(kid.tag for kid in _NESTED(found[0].getparent())) if found else frozenset()
    mends = not (body.isascii() and b"&#" not in body)
    based, languages = (b"xml:base" in body, body.count(b"xml:lang") > 1) if b"xml:" in body else (False, False)
    place = _Place(lang.replace("_", "-"), is_atom, mends, based, languages, nested)
    return Feed(
        version=_version(root, is_atom, space),
        title=_mend(_inner(head["title"]).strip()) if "title" in head else "",
        entries=[_entry(one, place) for one in found],
        next_url=_next_url(heads, place),
    )


def _version(root: Any, is_atom: bool, space: str) -> str:
    if root.tag == RDF:
        return "rss090" if "netscape" in space else "rss10"
    given = root.get("version", "")
    if is_atom:
        return "atom10" if space.lower() == "{http://www.w3.org/2005/atom}" else _ATOMS.get(given, "atom")
    return _VERSIONS.get(given) or ("rss20" if given.startswith("2.") else "rss")


def _next_url(heads: Sequence[Any], place: _Place) -> str:
    for kid in heads:
        if kid.get("rel") == "next" and kid.get("href") and name_of(kid) == "link":
            return _resolved(kid, str(kid.get("href")), place)
    return ""


def _text(kid: Any) -> str:
    return (kid.text or "").strip() if kid is not None else ""


def _entry(element: Any, place: _Place) -> Entry:
    kids = list(element)
    tags = tuple([kid.tag for kid in kids])
    layout = place.layouts.get(tags)
    if layout is None:
        layout = place.layouts[tags] = layout_of(kids, place.nested, place.is_atom)
    texts = [kid.text or "" for kid in kids]
    for i in layout.nested:
        texts[i] = _inner(kids[i])
    if place.mends:
        texts = [text if text.isascii() else _mend(text) for text in texts]
    texts.append("")
    if not layout.plain:
        return _chosen(element, kids, texts, layout, place)
    link = texts[layout.link].strip()
    links: tuple[FeedLink, ...] = ()
    key = texts[layout.id].strip()
    if layout.attributed or place.based:
        link, links = _links(kids, texts, layout, place)
        key = _key(element, kids, key, layout, place)
    elif link:
        links = (_new_link(("alternate", link, "text/html")),)
    if not link and key:
        link = _link_by(key, kids, layout)
    return Entry(
        key or element.get(ABOUT, ""),
        texts[layout.title].strip(),
        link,
        links,
        texts[layout.summary].strip(),
        texts[layout.published].strip(),
        texts[layout.updated].strip(),
        _categories(kids, texts, layout) if layout.categories else (),
        texts[layout.lang].strip() or (element.get(f"{XML}lang") if place.languages else "") or place.lang,
        {name: text for name, i in layout.extra if (text := texts[i].strip() or _value(kids[i]))},
    )


def _chosen(element: Any, kids: Sequence[Any], texts: list[str], layout: Layout, place: _Place) -> Entry:
    """The same where several children could give a text: feedparser's choice among them."""
    link, links = _links(kids, texts, layout, place)
    key = _key(element, kids, _last(texts, layout, "id"), layout, place)
    if not link and key:
        link = _link_by(key, kids, layout)
    return Entry(
        key or element.get(ABOUT, ""),
        _first(texts, layout, "title"),
        link,
        links,
        _first(texts, layout, "summary") or _first(texts, layout, "content"),
        _last(texts, layout, "published"),
        _last(texts, layout, "updated"),
        _categories(kids, texts, layout),
        _last(texts, layout, "lang") or element.get(f"{XML}lang") or place.lang,
        {name: text for name, i in reversed(layout.extra) if (text := texts[i].strip() or _value(kids[i]))},
    )


def _first(texts: Sequence[str], layout: Layout, role: str) -> str:
    return next((text for i in layout.places.get(role, ()) if (text := texts[i].strip())), "")


def _last(texts: Sequence[str], layout: Layout, role: str) -> str:
    places = layout.places.get(role, ())
    return texts[places[-1]].strip() if places else ""


def _links(
    kids: Sequence[Any], texts: Sequence[str], layout: Layout, place: _Place
) -> tuple[str, tuple[FeedLink, ...]]:
    """(the entry's address, all its links); of several addresses the last HTML one, as feedparser has it."""
    link = ""
    links = []
    for i, is_enclosure in layout.addressed:
        kid = kids[i]
        href = kid.get("href") or (kid.get("url") if is_enclosure else None)
        rel = "enclosure" if is_enclosure else kid.get("rel") or "alternate"
        kind = kid.get("type") or ("application/atom+xml" if rel == "self" else "" if is_enclosure else "text/html")
        address = _resolved(kid, (href or texts[i]).strip(), place)
        if not address:
            continue
        links.append(_new_link((rel, address, kind)))
        if (rel == "alternate" and kind in _HTML) or not (href or is_enclosure):
            link = address
    return link, tuple(links)


def _resolved(kid: Any, address: str, place: _Place) -> str:
    return urljoin(kid.base or "", address) if place.based and address else address


def _key(element: Any, kids: Sequence[Any], key: str, layout: Layout, place: _Place) -> str:
    if not key or not place.based or kids[layout.id].get("isPermaLink") == "false":
        return key
    return _resolved(kids[layout.id], key, place)


def _link_by(key: str, kids: Sequence[Any], layout: Layout) -> str:
    """An id is the address of its entry unless it says that it is none."""
    return key if (kids[layout.id].get("isPermaLink") or "true") == "true" else ""


def _categories(kids: Sequence[Any], texts: Sequence[str], layout: Layout) -> tuple[str, ...]:
    found = [texts[i].strip() or kids[i].get("term", "") for i in layout.categories]
    return tuple(found) if len(found) == 1 and found[0] else tuple(dict.fromkeys(filter(None, found)))


def _value(kid: Any) -> str:
    """What an empty element says in its attribute (<ukm:Year Value="2026"/>)."""
    if not kid.attrib:
        return ""
    return str(kid.get("value") or kid.get("Value") or kid.get("term") or "").strip()


def _inner(kid: Any) -> str:
    """The markup inside an element, as source; of what is no text of the entry, the words alone."""
    if not len(kid):
        return kid.text or ""
    return _markup(kid) if ROLE.get(name_of(kid)) else _words(kid)


def _words(kid: Any) -> str:
    if len(kid) == 1 and not len(kid[0]) and not (kid.text or "").strip():  # <author><name>
        return str(kid[0].text or "")
    return " ".join(" ".join(kid.itertext()).split())


def _markup(kid: Any) -> str:
    inside = escape(kid.text or "") + "".join(etree.tostring(one, encoding="unicode") for one in kid)
    inside = _XHTML.sub("", inside)
    whole = _DIV.match(inside) if len(kid) == 1 else None
    return whole[1] if whole else inside


_WINDOWS = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}
_WINDOWS = {code: char for code, char in _WINDOWS.items() if char != "\ufffd"}


def _mend(text: str) -> str:
    """Text that was encoded twice (Ã© for é) or holds Windows characters as control codes, mended as by feedparser."""
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_WINDOWS)
