"""The sender as a process of its own beside a serving one, so that pages and stages do not hold mails up."""

from __future__ import annotations

import subprocess
import sys
import threading

from cli.crawling import environment_of
from settings import Settings

RESTART_S = 5.0


class SenderProcess:
    """`tbtwatch send --follow` as a child: begun again when it ends, and it ends when this process does."""

    def __init__(self, settings: Settings, restart_s: float = RESTART_S) -> None:
        """Nothing starts before `start()`; a child that ended is begun again after `restart_s` seconds."""
        self._settings, self._restart_s, self._stopping = settings, restart_s, threading.Event()
        self.child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="sender", daemon=True)

    def start(self) -> None:
        """Start the child and what looks after it."""
        self._thread.start()

    def stop(self) -> None:
        """Let the child finish the mails on their way, then end."""
        self._stopping.set()
        if self.child is not None and self.child.stdin is not None:
            self.child.stdin.close()
        self._thread.join(timeout=10)

    def _keep_running(self) -> None:
        command = [sys.executable, "-c", "from cli import main; main()", "send", "--follow"]
        while not self._stopping.is_set():
            environment = environment_of(self._settings)
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
            self.child.wait()
            self._stopping.wait(self._restart_s)
