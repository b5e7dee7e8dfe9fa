"""A DNS server of our own on a real UDP socket: what a test's zone says, NXDOMAIN for the rest."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

HERE = "127.0.0.1"
Zone = dict[tuple[str, str], list[str]]  # (name, kind) -> rows as a zone file has them


@contextmanager
def dns_server(zone: Zone) -> Iterator[str]:
    """`address:port` of a running server; `zone` may be changed while it runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((HERE, 0))
        thread = threading.Thread(target=_serve, args=(udp, zone), daemon=True)
        thread.start()
        port = udp.getsockname()[1]
        yield f"{HERE}:{port}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (HERE, port))
        thread.join()


def _serve(udp: socket.socket, zone: Zone) -> None:
    while True:
        asked, sender = udp.recvfrom(4096)
        if not asked:
            return
        query = dns.message.from_wire(asked)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        rows = zone.get((question.name.to_text(omit_final_dot=True).lower(), kind))
        if rows:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *rows))
        elif not any(name == question.name.to_text(omit_final_dot=True).lower() for name, _ in zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        udp.sendto(answer.to_wire(max_size=65535), sender)
