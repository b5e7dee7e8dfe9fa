"""Settings are typed, loud when wrong, and a live service says what it lacks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import settings as module
from settings import SettingError, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("TBTWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(module, "ROOT", tmp_path)


def test_without_a_dot_env_it_is_the_demo() -> None:
    assert load_settings().profile == "demo"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TBTWATCH_SMTP_PORT", "smtp", "TBTWATCH_SMTP_PORT"),
        ("TBTWATCH_SMPT_HOST", "mail", "unknown setting TBTWATCH_SMPT_HOST"),
        ("TBTWATCH_DATABASE_URL", "mysql://x", "TBTWATCH_DATABASE_URL must begin"),
        ("TBTWATCH_PROFILE", "test", "TBTWATCH_PROFILE"),
        ("TBTWATCH_BASE_URL", "tbt.example", "TBTWATCH_BASE_URL"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as error:
        load_settings()
    assert told in str(error.value) and "\n" not in str(error.value)


def test_the_demo_never_reads_dot_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TBTWATCH_SMTP_HOST=mail.example\n")
    assert load_settings("demo").smtp_host == ""
    assert load_settings().profile == "live" and load_settings().smtp_host == "mail.example"


def test_names_and_keys_in_dot_env_count_like_those_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TBTWATCH_KEY_KR_SAFETY=abc\n")
    key = load_settings("live").source_key("kr_safety")
    assert key is not None and key.get_secret_value() == "abc"
    (tmp_path / ".env").write_text("TBTWATCH_SMPT_HOST=mail\n")
    with pytest.raises(SettingError, match="unknown setting"):
        load_settings("live")


def test_a_live_service_names_all_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TBTWATCH_BASE_URL=https://tbt.example\nTBTWATCH_SMTP_HOST=\n")
    with pytest.raises(SettingError, match="TBTWATCH_CONTACT, TBTWATCH_SMTP_HOST, TBTWATCH_SMTP_FROM"):
        load_settings("live").require_live()


def test_two_processes_share_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path / "var"))
    first, second = load_settings().secret_bytes(), load_settings().secret_bytes()
    assert first == second and len(first) == 64
    assert (tmp_path / "var" / "secret.key").stat().st_mode & 0o077 == 0


def test_threads_that_start_together_share_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path / "var"))
    together = Barrier(8)

    def ask(_: int) -> bytes:
        settings = load_settings()
        together.wait()
        return settings.secret_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret.key"]


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TBTWATCH_WTO_API_KEY", "very-secret")
    assert "very-secret" not in repr(load_settings())
