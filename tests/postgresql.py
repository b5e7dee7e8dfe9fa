"""A PostgreSQL server of our own for the tests: initdb and pg_ctl in a temporary folder, no system service."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def server_folder() -> Path | None:
    """The folder with initdb and pg_ctl: TBTWATCH_TEST_PG_BIN, Debian's place, or the PATH; None when there is none."""
    named = os.environ.get("TBTWATCH_TEST_PG_BIN")
    candidates = [Path(named)] if named else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    return next((c for c in candidates if (c / "initdb").exists() and (c / "pg_ctl").exists()), None)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Start a server in `folder`; yields its URL without a database name. As root it runs as the user postgres."""
    bin_folder = server_folder()
    assert bin_folder is not None
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    as_user: dict[str, int] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid}
    run = {"check": True, "capture_output": True, "cwd": folder, **as_user}
    subprocess.run([bin_folder / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--no-sync"], **run)  # type: ignore[call-overload]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=60"
    subprocess.run([bin_folder / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"], **run)  # type: ignore[call-overload]
    try:
        yield f"postgresql://postgres@/{{database}}?host={folder}"
    finally:
        subprocess.run([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]


def create_database(url_form: str, template: str = "template0") -> str:
    """A new database copied from `template`; returns its name."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(url_form.format(database="postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


def drop_database(url_form: str, name: str) -> None:
    """Drop a database, whoever is still connected."""
    with psycopg.connect(url_form.format(database="postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
