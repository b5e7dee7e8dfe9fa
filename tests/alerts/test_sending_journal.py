"""The journal of a connection: what it says afterwards, also when the disk was full for a while."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alerts.sending_journal import journals_in, left_in

# A limit on the size of files makes a write end in the middle, as a full disk does.
FULL_FOR_A_WHILE = """
import resource, signal, sys
from pathlib import Path
from alerts.sending_journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path(sys.argv[1]))
journal.begin(1)
journal.answered(1, 250, accepted=True)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 5, most))
try:
    journal.begin(2)
except OSError:
    print("refused")
journal.write()
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
journal.begin(3)
"""


def test_a_full_disk_spoils_no_line_and_lets_no_mail_begin(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_FOR_A_WHILE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused"]
    [paths] = journals_in(tmp_path).values()
    left = left_in(paths)
    assert (left.accepted, left.ambiguous) == ({1: 250}, {3})
