"""Ids that a source gives to what we ask about: looked up in its own lists at each visit, they may change. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from crawlers.declaration_parts import Lookup
from crawlers.errors import WrongFormat
from crawlers.formats import Record, find_records
from crawlers.paths import values


def ids_in(body: bytes, lookup: Lookup) -> dict[str, str]:
    """Our name -> the id of the entry meant. Raises WrongFormat when one is not there; else as find_records."""
    entries = find_records(body, lookup.format).records
    return {name: _id_of(name, entries, wanted, lookup) for name, wanted in lookup.find.items()}


def _id_of(name: str, entries: list[Record], wanted: Mapping[str, tuple[str, ...]], lookup: Lookup) -> str:
    for entry in entries:
        if _is_meant(entry, wanted) and (found := values(entry, lookup.take)):
            return found[0]
    raise WrongFormat(
        f"the list at {lookup.url} has no entry for '{name}' with '{lookup.take}': compare lookups in the YAML with it"
    )


def _is_meant(entry: Record, wanted: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether any of the paths holds one of its texts, without regard to case."""
    return any(
        {text.casefold() for text in values(entry, path)} & {text.casefold() for text in texts}
        for path, texts in wanted.items()
    )
