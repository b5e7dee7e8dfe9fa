"""Where a robot may be posted to: outside addresses over https alone, never into the office's own network.

Whoever works at a desk may name an address, so that the server must not be led to what only it can reach (SSRF). A
name's addresses are looked at as the connection is made: one that leads elsewhere a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from settings import TbtwatchError
from store.robot import DINGTALK, FEISHU, WECOM

VENDOR_HOSTS = {WECOM: "qyapi.weixin.qq.com", DINGTALK: "oapi.dingtalk.com", FEISHU: "open.feishu.cn"}
_INSIDE = (".local", ".internal", ".localhost")
LONGEST = 1000  # characters of an address


class BadAddress(TbtwatchError):
    """Raised when an address is none a robot may have; the words never hold the address."""


class PrivateAddress(OSError):
    """Raised when a name leads into a network that is not public."""


def check_address(kind: str, address: str, allowed: Collection[str]) -> None:
    """Raise BadAddress unless `address` is one for a robot of `kind`.

    `allowed` holds `host` or `host:port` that the operator named (TBTWATCH_ROBOT_HOSTS): those may be anything, over
    http too. Else the host must be the vendor's own or, for a plain webhook, no private address. Pure.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("the address is no web address: copy it whole from the robot's page") from None
    plain = address.isascii() and not any(char.isspace() or ord(char) < 32 for char in address)
    if not host or not plain or parts.username is not None or len(address) > LONGEST:
        raise BadAddress("the address is no web address: copy it whole from the robot's page")
    if is_allowed(host, port, allowed) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise BadAddress("the address must begin with https://")
    if kind in VENDOR_HOSTS and (host != VENDOR_HOSTS[kind] or port not in (None, 443)):
        raise BadAddress(f"an address of this kind begins with https://{VENDOR_HOSTS[kind]}/")
    if _leads_inside(host):
        raise BadAddress("the address lies in a private network: TBTWATCH_ROBOT_HOSTS may allow it")


def is_allowed(host: str, port: int | None, allowed: Collection[str]) -> bool:
    """Whether the operator named this host, with this port or without any. Pure."""
    return host in allowed or f"{host}:{port}" in allowed


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet (no private, loopback, link-local or multicast one). Pure."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or is_public(str(inner)))


def connect_outside(
    address: tuple[str, int], timeout: float | None = None, source_address: Any = None
) -> socket.socket:
    """As `socket.create_connection`, to public addresses alone; raises PrivateAddress when a name has another one."""
    numbers = outside_numbers(*address)
    return socket.create_connection((numbers[0], address[1]), timeout, source_address)


def outside_numbers(host: str, port: int) -> list[str]:
    """The addresses of a name, all of them public; raises PrivateAddress, and OSError for a name that is unknown."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not numbers or not all(is_public(number) for number in numbers):
        raise PrivateAddress("the name leads into a private network")
    return numbers


def _leads_inside(host: str) -> bool:
    """Whether the bare host says already that it is no public one; other spellings of numbers count as such."""
    try:
        return not is_public(host)
    except ValueError:
        name = host.rstrip(".")
        last = name.rpartition(".")[2]
        return "." not in name or not last[:1].isalpha() or name.endswith(_INSIDE)
