"""Which addresses of others' notices may be asked: those of the public web, never this machine's or this network's."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

WEB_PORTS = (None, 80, 443)
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa")  # last part of a name


def is_public_address(url: str) -> bool:
    """Whether `url` is http(s), on the web's ports, without a sign-in, at a named public host or a public IP number."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or port not in WEB_PORTS or parts.username or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        name, _, last = host.rpartition(".")
        return bool(name) and last not in _INSIDE and not last.isdigit()
