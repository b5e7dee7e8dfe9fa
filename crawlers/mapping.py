"""Records into notice items, as the declaration of their source says: one place for all sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from crawlers.codes import distinct_codes, hs_code, ics_code
from crawlers.dates import read_date, resolve_date
from crawlers.declarations import Declaration
from crawlers.errors import BadRecord, SourceError, WrongFormat
from crawlers.formats import Found, Record, find_records
from crawlers.items import Link, NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.members import member_code
from crawlers.paths import filled, values
from crawlers.reading import Note, Reading, distinct_links, language_of

MANY = 5  # records, of which one at least has a field that the declaration's `where` reads
LINKS = ("notification", "document", "original")
Hook = Callable[..., Any]


def found_in(body: bytes, source: Declaration) -> Found:
    """The records of one answer; raises SourceError."""
    return find_records(body, source.format, source.expect.marker)


def read_records(found: Found, source: Declaration) -> Reading:
    """A Reading of `found`: items, records that cannot be read, notes on fields that nobody reads.

    A reader module may have `prepare(record) -> record or None` (None: not meant) before the mapping, and
    `finish(item, record) -> item` after it; both may raise BadRecord.
    """
    reading = Reading(rows=len(found.records), total=found.total)
    module = source.module()
    prepare: Hook | None = getattr(module, "prepare", None)
    finish: Hook | None = getattr(module, "finish", None)
    unread: set[str] = set()
    _refuse_renamed(found, source)
    for position, record in enumerate(found.records, 1):
        if not is_meant(record, source):
            continue
        try:
            prepared = prepare(record) if prepare else record
            if prepared is None:
                continue
            item, notes = read_record(prepared, source)
            reading.items.append(finish(item, prepared) if finish else item)
        except BadRecord as error:
            reading.bad.append(error)
        except SourceError:
            raise
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            reading.bad.append(BadRecord(f"record {position}", f"a field is not of its declared kind ({error})"))
        else:
            unread |= prepared.keys() - source.read_fields
            reading.notes += notes
    reading.notes += [
        Note("unread_field", name, f"there is a field '{name}' that is not read") for name in sorted(unread)
    ]
    reading.notes = list(dict.fromkeys(reading.notes))
    return reading


def _refuse_renamed(found: Found, source: Declaration) -> None:
    """Raises WrongFormat when many records came and none has the field that says which of them are meant."""
    for wanted in source.where:
        if len(found.records) >= MANY and not any(values(record, wanted.field) for record in found.records):
            raise WrongFormat(f"none of {len(found.records)} records has the field '{wanted.field}': it was renamed")


def is_meant(record: Record, source: Declaration) -> bool:
    """Whether the declaration's `where` lets the record in."""
    for wanted in source.where:
        texts = values(record, wanted.field)
        if wanted.among and not {t.casefold() for t in texts} & {a.casefold() for a in wanted.among}:
            return False
        if wanted.matches and not any(re.search(wanted.matches, text) for text in texts):
            return False
    return True


def read_record(record: Record, source: Declaration) -> tuple[NoticeItem, list[Note]]:
    """One record as an item, and notes on it. Raises BadRecord naming the record when a `must` is missing."""
    key = one_line(" ".join(_texts(source, "key", record)))[:200]
    title = one_line(_text(source, "title", record, separator=" · "))
    name = key or title[:80] or "?"
    description, products = _text(source, "description", record), _text(source, "products", record)
    published, published_text = _date(source, "published", record)
    for field in source.must:
        if not _texts(source, field, record):
            raise BadRecord(name, f"no {field}: the field was renamed, or the record is broken")
    if published_text and published is None:
        raise BadRecord(name, f"the date '{published_text}' is not understood")
    deadline, deadline_text = _date(source, "deadline", record, published)
    adoption, adoption_text = _date(source, "adoption", record, published)
    force, force_text = _date(source, "force", record, published, adoption)
    origins, origin_notes = origins_of(record, source, name)
    categories, category_notes = categories_of(record, source)
    item = NoticeItem(
        source=source.id,
        source_key=key,
        kind=source.kind,
        issuer=source.country,
        members=(source.country,),
        notification_type=one_line(_text(source, "notification_type", record, separator=" ")) or None,
        title=title,
        description=description,
        products=products,
        lang=_lang(source, record, title, description, products),
        hs=_codes(source, "hs", record, hs_code),
        ics=_codes(source, "ics", record, ics_code),
        objectives=tuple(map(plain_text, _texts(source, "objectives", record))),
        keywords=tuple(map(plain_text, _texts(source, "keywords", record))),
        origins=origins,
        regions_affected=_text(source, "regions", record),
        published_on=published,
        published_text=published_text,
        comment_deadline=deadline,
        comment_deadline_text=deadline_text,
        adoption_on=adoption,
        adoption_text=adoption_text,
        force_on=force,
        force_text=force_text,
        links=_links(source, record),
        attributes=_attributes(source, record, categories),
    )
    return item, [*origin_notes, *category_notes]


def _texts(source: Declaration, field: str, record: Record) -> Sequence[str]:
    """The texts of a declared field; none of one that is not declared."""
    getter = source.getters.get(field)
    return getter(record) if getter else ()


def _text(source: Declaration, field: str, record: Record, separator: str = "\n") -> str:
    texts = _texts(source, field, record)
    if len(texts) < 2:
        return plain_text(texts[0]) if texts else ""
    return separator.join(dict.fromkeys(text for text in map(plain_text, texts) if text))


def _lang(source: Declaration, record: Record, *texts: str) -> str:
    if source.lang:
        return source.lang
    said = _texts(source, "lang", record)
    return said[0][:2].lower() if said else language_of("\n".join(texts))


def _codes(source: Declaration, field: str, record: Record, read: Callable[[str], str | None]) -> tuple[str, ...]:
    texts = _texts(source, field, record)
    return distinct_codes(read(code) for text in texts for code in re.split(r"[;,\s]+", text)) if texts else ()


def _date(
    source: Declaration, field: str, record: Record, start: date | None = None, adopted: date | None = None
) -> tuple[date | None, str]:
    """(the date, its words): by the declared formats, else as dates are usually written, else as a period in words."""
    texts = _texts(source, field, record)
    if not texts:
        return None, ""
    text = plain_text(texts[0])
    return day_of(text, source.dates) or (resolve_date(text, start, adopted) if start else None), text


def day_of(text: str, formats: Sequence[str] = ()) -> date | None:
    """The calendar day that `text` says, as printed; instants are not moved to another zone."""
    for form in formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return read_date(text)


def origins_of(record: Record, source: Declaration, name: str) -> tuple[tuple[str, ...], list[Note]]:
    """(wto_symbols of the origins, notes on names that no table knows)."""
    origin = source.origin
    if origin is None:
        return (), []
    codes = [origin.own] if origin.own else []
    notes = []
    for text in values(record, origin.field) if origin.field else ():
        if text in origin.none:
            continue
        code = origin.codes.get(text) or member_code(text)
        if code:
            codes.append(code)
        else:
            notes.append(
                Note("unknown_origin", text[:80], f"origin '{text}' of {name} is not known: add it to the YAML")
            )
    return tuple(dict.fromkeys(codes)), notes


def categories_of(record: Record, source: Declaration) -> tuple[dict[str, Any], list[Note]]:
    """({"categories": as printed, "industries": what they hint at}, notes on labels that no map has)."""
    category = source.category
    if category is None:
        return {}, []
    printed = list(dict.fromkeys(values(record, category.field)))
    industries = [industry for label in printed for industry in category.labels.get(label, ())]
    notes = [
        Note("unknown_category", label[:80], f"category '{label}' has no line in category.labels of the YAML")
        for label in printed
        if category.labels and label not in category.labels
    ]
    found = {"categories": printed, "industries": list(dict.fromkeys(industries))}
    return {name: value for name, value in found.items() if value}, notes


def _links(source: Declaration, record: Record) -> tuple[Link, ...]:
    links = [
        Link(rel, source.lang if source.lang in ("en", "es", "fr", "zh") else "", url)
        for rel in LINKS
        if rel in source.getters
        for url in _texts(source, rel, record)
        if url.startswith(("http://", "https://"))
    ]
    return distinct_links(links)


def _attributes(source: Declaration, record: Record, categories: dict[str, Any]) -> dict[str, object]:
    found: dict[str, object] = dict(categories)
    for name, path in source.keep.items():
        if "{" in path:
            kept: object = filled(path, record)
        else:
            texts = [plain_text(text) for text in values(record, path)]
            kept = texts if len(texts) > 1 else (texts[0] if texts else "")
        if kept:
            found[name] = kept
    if references := _texts(source, "references", record):
        found["references"] = [one_line(reference) for reference in references]
    if reason := _texts(source, "reason", record):
        found["reason"] = one_line(reason[0])
    return found
