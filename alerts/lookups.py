"""DNS questions through dnspython; what does not exist is an empty answer, a server that is silent an error."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.resolver
import dns.reversename

from settings import SettingError, TbtwatchError


class NoAnswer(TbtwatchError):
    """Raised when no DNS server answers: nothing is known then."""


class Dns:
    """A resolver: the system's, or the server named (address, or address:port)."""

    def __init__(self, server: str = "", timeout_s: float = 5.0) -> None:
        """Raises SettingError when `server` is no address."""
        self._resolver = dns.resolver.Resolver(configure=not server)
        self._resolver.lifetime = timeout_s
        if server:
            host, _, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
            try:
                self._resolver.nameservers, self._resolver.port = [host], int(port or 53)
            except ValueError:
                raise SettingError(f"TBTWATCH_MAIL_DNS: '{server}' is no address: write 127.0.0.1:5353") from None

    def txt(self, name: str) -> list[str]:
        """TXT records, their strings joined (RFC 7208, 3.3)."""
        return [b"".join(row.strings).decode("utf-8", "replace") for row in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """A and AAAA records."""
        return [row.to_text() for kind in ("A", "AAAA") for row in self._ask(name, kind)]

    def mx(self, name: str) -> list[str]:
        """The hosts of the MX records, without the last dot, the preferred first."""
        rows = sorted(self._ask(name, "MX"), key=lambda row: row.preference)
        return [row.exchange.to_text().rstrip(".").lower() for row in rows]

    def names(self, address: str) -> list[str]:
        """PTR records of an address, without the last dot."""
        rows = self._ask(dns.reversename.from_address(address), "PTR")
        return [row.target.to_text().rstrip(".").lower() for row in rows]

    def _ask(self, name: Any, kind: str) -> list[Any]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer(f"the DNS does not answer for {name} {kind}: {error}; try again later") from None
