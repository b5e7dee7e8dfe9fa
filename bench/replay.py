"""The yardstick of mail.ceiling: finished bytes written by two processes, pipelined, with nothing kept."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

from bench.peers import HERE
from settings import ROOT

PROCESSES = 2
HEAD = b"MAIL FROM:<warn@service.example>\r\nRCPT TO:<firm@firm.example>\r\nDATA\r\n"


def replay_seconds(number: int, length: int, port: int) -> float:
    """Seconds that two processes take for `number` mails of `length` bytes."""
    command = [sys.executable, "-m", "bench.replay", str(number // PROCESSES), str(length), str(port)]
    started = [
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout
        process.stdout.readline()
    began = time.perf_counter()
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout
        process.stdout.readline()
    seconds = time.perf_counter() - began
    for process in started:
        process.communicate()
    return seconds


def _replay(number: int, length: int, port: int) -> None:
    content = b"x" * 76 + b"\r\n"
    content = content * (length // len(content)) + b"\r\n.\r\n"
    with socket.create_connection((HERE, port)) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.recv(4096)
        server.sendall(b"EHLO replay.example\r\n")
        server.recv(4096)
        print("ready", flush=True)
        sys.stdin.readline()
        server.sendall(HEAD)
        _wait(server, b"354")
        for _ in range(number - 1):
            server.sendall(content + HEAD)
            _wait(server, b"354")
        server.sendall(content)
        _wait(server, b"250")
        print("done", flush=True)


def _wait(server: socket.socket, code: bytes) -> None:
    said = b""
    while code not in said:
        said += server.recv(4096)


if __name__ == "__main__":
    _replay(*map(int, sys.argv[1:]))
