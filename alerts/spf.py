"""SPF (RFC 7208): may this address send for this domain. Without macros, `ptr` and `exists`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_LOOKING_UP = ("include", "a", "mx", "redirect", "exists", "ptr")


class Lookups(Protocol):
    """What SPF asks of the DNS; an answer that does not exist is empty."""

    def txt(self, name: str) -> list[str]:
        """TXT records, their strings joined."""

    def addresses(self, name: str) -> list[str]:
        """A and AAAA records."""

    def mx(self, name: str) -> list[str]:
        """The hosts of the MX records."""


@dataclass(slots=True)
class _Evaluation:
    address: IPv4Address | IPv6Address
    dns: Lookups
    lookups: int = field(default=0)


def check_host(address: str, domain: str, dns: Lookups) -> str:
    """pass, fail, softfail, neutral, none (no record) or permerror, by RFC 7208, 4."""
    return _check(_Evaluation(ip_address(address), dns), domain)


def _check(run: _Evaluation, domain: str) -> str:
    records = [text for text in run.dns.txt(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(records) != 1:
        return "permerror" if records else "none"
    redirect = ""
    for term in records[0].split()[1:]:
        name, _, value = term.partition("=")
        if name.lower() == "redirect":
            redirect = value
            continue
        if value and ":" not in name and "/" not in name:
            continue  # another modifier
        sign = term[0] if term[0] in _RESULTS else "+"
        found = _fits(run, term.removeprefix(sign), domain)
        if found == "permerror":
            return found
        if found:
            return _RESULTS[sign]
    if not redirect:
        return "neutral"
    run.lookups += 1
    if run.lookups > MOST_LOOKUPS:
        return "permerror"
    result = _check(run, redirect)
    return "permerror" if result == "none" else result


def _fits(run: _Evaluation, term: str, domain: str) -> str:
    """ "yes", "" or "permerror" for one mechanism."""
    head, _, rest = term.partition(":")
    name, _, bits = head.partition("/")
    name = name.lower()
    if name in _LOOKING_UP:
        run.lookups += 1
        if run.lookups > MOST_LOOKUPS:
            return "permerror"
    try:
        return _mechanism(run, name, rest, bits, domain)
    except ValueError:  # an address or prefix that is none
        return "permerror"


def _mechanism(run: _Evaluation, name: str, rest: str, bits: str, domain: str) -> str:
    if name == "all":
        return "yes"
    if name in ("ip4", "ip6"):
        return "yes" if run.address in ip_network(rest, strict=False) else ""
    if name == "include":
        result = _check(run, rest)
        return "permerror" if result in ("none", "permerror") else ("yes" if result == "pass" else "")
    if name in ("a", "mx"):
        target, _, own_bits = rest.partition("/")
        hosts: list[str] = run.dns.mx(target or domain) if name == "mx" else [target or domain]
        return "yes" if any(_near(run, host, own_bits or bits) for host in hosts) else ""
    return ""


def _near(run: _Evaluation, host: str, bits: str) -> bool:
    """Whether the address is one of the host's, or in the same network of so many bits (`24`, `24//64`, `/64`)."""
    four, _, six = bits.partition("//")
    length: dict[int, Callable[[], int]] = {4: lambda: int(four or 32), 6: lambda: int(six or 128)}
    return any(
        run.address in ip_network(f"{found}/{length[ip_address(found).version]()}", strict=False)
        for found in run.dns.addresses(host)
    )
