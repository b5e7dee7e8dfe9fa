"""Where bounces, complaints and replies arrive: a Maildir, a folder of .eml files, or a mailbox by IMAP."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from settings import LOOPBACK, SettingError, Settings, TbtwatchError

READ = "read"  # the subfolder for .eml files that were read
MOST_BYTES = 10 << 20  # larger ones are not read: a bounce is small


class BoxUnreachable(TbtwatchError):
    """Raised when the folder or the mailbox cannot be read."""


@contextmanager
def taken_from_folder(folder: Path) -> Iterator[Iterator[tuple[bytes, Path]]]:
    """The messages of a folder as (bytes, file); `put_away` each once it was acted on. Raises BoxUnreachable."""
    if not folder.is_dir():
        raise BoxUnreachable(f"{folder} is no folder: name a Maildir or a folder of .eml files")
    yield ((path.read_bytes(), path) for path in _files(folder) if path.stat().st_size <= MOST_BYTES)


def put_away(path: Path) -> None:
    """Mark a file as read: in a Maildir from new/ to cur/, else into read/.

    A folder we may not write in stays as it is: the store knows by hash what was read.
    """
    is_maildir = path.parent.name == "new"
    target = path.parent.parent / "cur" / f"{path.name}:2,S" if is_maildir else path.parent / READ / path.name
    with suppress(OSError):
        target.parent.mkdir(exist_ok=True)
        path.rename(target)


@contextmanager
def taken_by_imap(settings: Settings) -> Iterator[Iterator[tuple[bytes, bytes]]]:
    """The unseen messages of TBTWATCH_BOUNCE_IMAP_* as (bytes, number). Raises BoxUnreachable, SettingError."""
    if settings.bounce_imap_tls == "none" and settings.bounce_imap_host not in LOOPBACK:
        raise SettingError("TBTWATCH_BOUNCE_IMAP_TLS=none is for a server on this machine: use implicit")
    try:
        box = _open(settings)
    except (OSError, imaplib.IMAP4.error) as error:
        raise BoxUnreachable(f"{settings.bounce_imap_host}: {error}; check TBTWATCH_BOUNCE_IMAP_*") from None
    try:
        yield _unseen(box)
    except (OSError, imaplib.IMAP4.error) as error:
        raise BoxUnreachable(f"{settings.bounce_imap_host}: {error}; it is tried again") from None
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def _open(settings: Settings) -> imaplib.IMAP4:
    kind = imaplib.IMAP4_SSL if settings.bounce_imap_tls == "implicit" else imaplib.IMAP4
    box = kind(settings.bounce_imap_host, settings.bounce_imap_port, timeout=settings.smtp_timeout_s)
    password = settings.bounce_imap_password
    box.login(settings.bounce_imap_username, password.get_secret_value() if password else "")
    answer, _ = box.select(settings.bounce_imap_folder)
    if answer != "OK":
        raise imaplib.IMAP4.error(f"no folder {settings.bounce_imap_folder}")
    return box


def _unseen(box: imaplib.IMAP4) -> Iterator[tuple[bytes, bytes]]:
    _, found = box.search(None, "UNSEEN")
    for number in (found[0] or b"").split():
        # PEEK leaves it unseen until it was acted on; then \\Seen is set.
        _, answer = box.fetch(number.decode(), "(BODY.PEEK[])")
        content = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if content is not None:
            yield content, number
            box.store(number.decode(), "+FLAGS", "\\Seen")


def _files(folder: Path) -> list[Path]:
    new = folder / "new"
    found = new.iterdir() if new.is_dir() else folder.glob("*.eml")
    return sorted(path for path in found if path.is_file())
