"""`tbtwatch notices list --search` and `tbtwatch db reindex`, on both stores."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from cli import app
from store.engine import writing
from store.notice import HISTORY
from store.search_index import NOTICE_TEXT
from tests.rows import insert_notice


@pytest.fixture
def filled(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Three notices, the last of them history that may still be commented on."""
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1", None, title="锂电池标签", published_on=date(2026, 5, 1))
        insert_notice(session, now, "G/TBT/N/USA/2", None, title="充电、池塘", published_on=date(2026, 5, 2))
        insert_notice(session, now, "G/TBT/N/EU/3", None, title="电池", issuer="EU", admitted=HISTORY)
    for name, value in (("DATABASE_URL", loaded_url), ("VAR", str(tmp_path)), ("PROFILE", "demo")):
        monkeypatch.setenv(f"TBTWATCH_{name}", value)
    return loaded


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("--search", "电池"), ["电池", "锂电池标签"]),
        (("--search", "标签 电池"), ["锂电池标签"]),
        (("--search", "电池", "--limit", "1"), ["电池"]),
        (("--search", "电池", "--market", "USA"), ["锂电池标签"]),
        (("--search", "电池", "--open"), ["电池"]),
        (("--search", "标签", "--open"), []),
        (("--search", "电池* OR \"'"), []),
        (("--search", " "), ["电池", "充电、池塘", "锂电池标签"]),
        (("--search", "usa/2"), ["充电、池塘"]),
    ],
)
def test_the_list_holds_what_has_all_words(filled: Engine, arguments: tuple[str, ...], titles: list[str]) -> None:
    rows = run("notices", "list", *arguments, "--now", "2026-06-03T09:00+08:00")
    assert [row["title"] for row in rows] == titles


def test_an_index_that_was_lost_is_made_anew(filled: Engine) -> None:
    with writing(filled) as session:
        session.execute(NOTICE_TEXT.delete())
    assert run("notices", "list", "--search", "电池") == []
    assert run("db", "reindex") == {"notices": 3}
    assert len(run("notices", "list", "--search", "电池")) == 2
    assert run("db", "check") == {"differences": []}
