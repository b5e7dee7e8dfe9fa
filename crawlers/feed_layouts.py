"""What the children of an entry mean: their names as feedparser has them, their roles, and their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_OWN = frozenset(  # feedparser's: the elements of these are the feed's own
    """http://www.w3.org/2005/atom http://purl.org/rss/1.0/ http://purl.org/atom/ns# http://backend.userland.com/rss
    http://blogs.law.harvard.edu/tech/rss http://my.netscape.com/rdf/simple/0.9/ http://purl.org/rss/1.0/modules/rss091#
    http://backend.userland.com/rss2""".split()
)
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
}
_ROLES = {
    "id": ("guid", "id"),
    "title": ("title", "dc:title"),
    "link": ("link",),
    "enclosure": ("enclosure",),
    "summary": ("description", "summary", "dc:description"),
    "content": ("content:encoded", "content"),
    "published": ("pubdate", "published", "issued", "dcterms:issued"),
    "updated": ("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified"),
    "category": ("category", "keywords", "dc:subject"),
    "lang": ("dc:language",),
}
ROLE = {name: role for role, names in _ROLES.items() for name in names}
_KEPT_TOO = ("dc:date", "dc:language", "dcterms:issued", "dcterms:modified")  # a source may want to tell them apart
LAST = -1


@dataclass(slots=True)
class Layout:
    """The places of an entry's children by what they mean; LAST is the empty text that stands after them."""

    places: dict[str, tuple[int, ...]]
    extra: tuple[tuple[str, int], ...]
    nested: tuple[int, ...]  # children with elements of their own
    plain: bool  # one child at most for each text: no choice to make
    title: int
    summary: int
    id: int
    published: int
    updated: int
    lang: int
    link: int
    categories: tuple[int, ...]
    addressed: tuple[tuple[int, bool], ...]  # links and enclosures (True) in order
    attributed: bool  # links or categories that say more than their text


def name_of(kid: Any) -> str:
    """The element's name, lower-cased, with feedparser's prefix; none for the feed's own."""
    return shown_name(kid).lower()


def shown_name(kid: Any) -> str:
    """The same as it is printed."""
    space, _, name = kid.tag.rpartition("}")
    space = space[1:].lower()
    if not space or space in _OWN:
        return str(name)
    prefix = _PREFIXES.get(space) or kid.prefix
    return f"{prefix}:{name}" if prefix else str(name)


def layout_of(kids: Sequence[Any], nested: frozenset[str], is_atom: bool) -> Layout:
    """The layout of entries with such children; `nested` are the tags with elements of their own somewhere."""
    places: dict[str, tuple[int, ...]] = {}
    extra = []
    for i, kid in enumerate(kids):
        name = name_of(kid)
        role = ROLE.get(name)
        if role:
            places[role] = (*places.get(role, ()), i)
        if role is None or name in _KEPT_TOO:
            extra.append((shown_name(kid), i))
    single = {role: found[-1] for role, found in places.items()}
    texts = [found for role, found in places.items() if role not in ("category", "link", "enclosure")]
    addressed = [(i, role == "enclosure") for role in ("link", "enclosure") for i in places.get(role, ())]
    return Layout(
        places=places,
        extra=tuple(extra),
        nested=tuple(i for i, kid in enumerate(kids) if kid.tag in nested),
        plain=all(len(found) == 1 for found in texts)
        and not ("summary" in places and "content" in places)
        and len({name for name, _ in extra}) == len(extra),
        title=single.get("title", LAST),
        summary=single.get("summary", single.get("content", LAST)),
        id=single.get("id", LAST),
        published=single.get("published", LAST),
        updated=single.get("updated", LAST),
        lang=single.get("lang", LAST),
        link=single.get("link", LAST),
        categories=places.get("category", ()),
        addressed=tuple(sorted(addressed)),
        attributed=is_atom or len(places.get("link", ())) > 1 or "enclosure" in places,
    )
