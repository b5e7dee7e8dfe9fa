"""Which provider keeps the mailbox of an address, and at what pace it takes mail: data/mail_providers.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from settings import DATA, TbtwatchError

OTHER = "other"


class BrokenMailTable(TbtwatchError):
    """Raised when data/mail_providers.csv or data/mail_replies.csv is missing or holds a line that cannot be read."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of mailboxes; `per_minute` 0 means no pace of its own."""

    key: str
    name_zh: str
    domains: frozenset[str]
    mx_suffixes: tuple[str, ...]
    per_minute: int
    burst: int
    connections: int


@cache
def providers(path: Path = DATA / "mail_providers.csv") -> Mapping[str, Provider]:
    """key -> provider, read once a process; raises BrokenMailTable with file and line."""
    return {found.key: found for found in (_provider(row, where) for where, row in rows_of(path))}


def provider_of(domain: str, known: Mapping[str, str] | None = None) -> Provider:
    """The provider of a domain by its name, else by what `known` (domain -> provider, found by MX) says, else other."""
    found = _by_domain().get(domain) or (known or {}).get(domain, "")
    return providers().get(found) or providers()[OTHER]


def provider_of_mx(hosts: Iterable[str]) -> str:
    """The key of the provider with the longest MX suffix that one of `hosts` ends with; "other" without one. Pure."""
    names = ["." + host.rstrip(".").lower() for host in hosts]
    suffixes = ((suffix, found.key) for found in providers().values() for suffix in found.mx_suffixes)
    fitting = [(len(suffix), key) for suffix, key in suffixes if any(name.endswith("." + suffix) for name in names)]
    return max(fitting)[1] if fitting else OTHER


def rows_of(path: Path) -> list[tuple[str, dict[str, str]]]:
    """(file and line, row) of a table; raises BrokenMailTable."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [(f"{path.name}:{line}", row) for line, row in enumerate(csv.DictReader(file), 2)]
    except OSError as error:
        raise BrokenMailTable(f"{path.name}: {error.strerror}; restore it from the release") from None


@cache
def _by_domain() -> Mapping[str, str]:
    return {domain: found.key for found in providers().values() for domain in found.domains}


def _provider(row: dict[str, str], where: str) -> Provider:
    try:
        pace = [int(row[name]) for name in ("per_minute", "burst", "connections")]
        names = [tuple(filter(None, row[name].lower().split(";"))) for name in ("domains", "mx_suffixes")]
    except (KeyError, ValueError, AttributeError):
        raise BrokenMailTable(f"{where}: per_minute, burst and connections are whole numbers") from None
    return Provider(row["provider"], row["name_zh"], frozenset(names[0]), names[1], *pace)
