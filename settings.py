"""Every environment variable of tbtwatch, typed, in one file; loud when one is wrong or unknown."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
DATA = ROOT / "data"
TEMPLATES = ROOT / "templates"
RECORDINGS = ROOT / "tests" / "recordings"
PREFIX = "TBTWATCH_"
KEY_PREFIX = PREFIX + "KEY_"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Profile = Literal["demo", "live"]


class TbtwatchError(Exception):
    """The base of every error a person is told about; the message is one line naming the thing and the cure."""

    exit_code = 1


class SettingError(TbtwatchError):
    """Raised when a TBTWATCH_* variable is wrong, unknown or missing for the chosen profile."""


class Settings(BaseSettings):
    """The settings of one process; see .env.example for what each is for."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=None, env_ignore_empty=True, extra="ignore")

    profile: Profile = "demo"
    database_url: str = ""
    var: Path = Path()
    base_url: str = "http://127.0.0.1:8000"
    contact: str = ""
    processor: str = Field(default="", max_length=100)  # 个人信息处理者: who answers for the firms' personal data
    secret: SecretStr | None = None

    smtp_host: str = ""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_username: str = ""
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    smtp_from: str = ""
    smtp_connections: int = Field(default=4, ge=1, le=32)
    smtp_timeout_s: float = Field(default=30.0, gt=0)
    mail_allow: str = ""
    mail_pace: Literal["auto", "on", "off"] = "auto"
    mail_check: Literal["auto", "on", "off"] = "auto"
    mail_host: str = ""
    mail_addresses: str = ""
    mail_dns: str = ""
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key_file: Path | None = None
    dkim_ed25519_selector: str = ""
    dkim_ed25519_key_file: Path | None = None
    bounce_dir: Path | None = None
    bounce_imap_host: str = ""
    bounce_imap_port: int = Field(default=993, ge=1, le=65535)
    bounce_imap_tls: Literal["implicit", "none"] = "implicit"
    bounce_imap_username: str = ""
    bounce_imap_password: SecretStr | None = None
    bounce_imap_folder: str = "INBOX"
    operators: str = ""
    officer_webhook_url: SecretStr | None = None  # a group robot's address is its key
    officer_webhook_secret: SecretStr | None = None
    officer_webhook_format: Literal["plain", "wecom"] = "plain"
    reply_to: str = ""
    robot_hosts: str = ""
    warning_lanes: Literal["by_colour", "at_once"] = "by_colour"

    organiser: str = ""
    party_government_mark: str = ""
    icp: str = ""
    public_security_record: str = ""
    site_code: str = ""

    text_url: str = ""
    text_model: str = ""
    text_key: SecretStr | None = None
    text_timeout_s: float = Field(default=8.0, gt=0, le=60)

    wto_api_key: SecretStr | None = None
    sources_on: str = ""
    sources_off: str = ""
    seed_model: Literal["auto", "off"] = "auto"
    take_back_minutes: float = Field(default=10.0, ge=0, le=1440)  # how long a decision that mails waits (待发)
    crawl_deadline_s: int = Field(default=1800, ge=5)
    crawl_memory_mb: int = Field(default=1024, ge=128)

    _file_keys: dict[str, str] = PrivateAttr(default_factory=dict)  # TBTWATCH_KEY_* that stand in .env

    @field_validator("base_url")
    @classmethod
    def _plain_base_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("officer_webhook_url")
    @classmethod
    def _guarded_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("must begin with https:// (http:// only for a receiver on this machine)")
        return value

    @field_validator("text_url", "party_government_mark")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value

    @field_validator("operators", "reply_to")
    @classmethod
    def _plain_addresses(cls, value: str) -> str:
        for address in filter(None, map(str.strip, value.split(","))):
            if not address.isascii() or address.count("@") != 1 or any(c in address for c in ' <>;:"\r\n'):
                raise ValueError(f"'{address}' is no plain address; write one@example.cn, two@example.cn")
        return value

    @model_validator(mode="after")
    def _fill_paths(self) -> Settings:
        if self.smtp_is_local and "smtp_tls" not in self.model_fields_set:
            self.smtp_tls = "none"  # nothing leaves the machine, and a local server rarely has a certificate
        if self.is_demo and "warning_lanes" not in self.model_fields_set:
            self.warning_lanes = "at_once"  # who looks at the demonstration does not wait until tomorrow's mail
        if self.var == Path():
            self.var = ROOT / "var" / self.profile
        if not self.database_url:
            self.database_url = f"sqlite:///{self.var / 'tbtwatch.sqlite'}"
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("TBTWATCH_DATABASE_URL must begin with sqlite:/// or postgresql://")
        if self.database_url in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("TBTWATCH_DATABASE_URL must name a file: in memory nothing would be kept")
        if self.officer_webhook_url and self.officer_webhook_format == "plain" and not self.officer_webhook_secret:
            raise ValueError("TBTWATCH_OFFICER_WEBHOOK_SECRET is missing: the receiver knows our calls by it")
        try:
            _ = urlsplit(self.database_url).port
        except ValueError as error:
            raise ValueError(f"TBTWATCH_DATABASE_URL: {error}") from None
        return self

    @property
    def operator_addresses(self) -> tuple[str, ...]:
        """Where mails to those who run the service go."""
        return tuple(address for part in self.operators.split(",") if (address := part.strip()))

    @property
    def is_demo(self) -> bool:
        """True in the demo profile, whose pages and mails all say 演示."""
        return self.profile == "demo"

    @property
    def webhook_address(self) -> str:
        """Where officers' messages are posted; "" when nowhere. The demo calls nobody outside this machine."""
        address = self.officer_webhook_url.get_secret_value() if self.officer_webhook_url else ""
        return address if not self.is_demo or urlsplit(address).hostname in LOOPBACK else ""

    @property
    def allowed_robot_hosts(self) -> frozenset[str]:
        """`host` or `host:port` that group robots may be posted to besides public ones."""
        return frozenset(host for part in self.robot_hosts.split(",") if (host := part.strip().lower()))

    @property
    def smtp_is_local(self) -> bool:
        """True when the mail server is on this machine, as a test's sink is."""
        return self.smtp_host in LOOPBACK

    @property
    def needs_mail_check(self) -> bool:
        """Whether live mail waits until `tbtwatch mail check` has passed once.

        Unless told otherwise, where the mail server is not this machine's: nothing leaves towards a test's sink, and
        a postfix of one's own is looked after by whoever runs it. The demo sends to listed addresses alone.
        """
        if self.mail_check != "auto":
            return self.mail_check == "on"
        return not self.is_demo and bool(self.smtp_host) and not self.smtp_is_local and not self.mail_allow.strip()

    @property
    def reads_bounces(self) -> bool:
        """Whether bounces arrive where this service reads them."""
        return bool(self.bounce_dir or self.bounce_imap_host)

    @property
    def paces_mail(self) -> bool:
        """Whether each provider's pace is kept: unless told otherwise, where the mail server is not this machine's.

        A mail server on this machine has a queue and limits of its own, and a test's sink needs none.
        """
        return self.mail_pace == "on" or (self.mail_pace == "auto" and bool(self.smtp_host) and not self.smtp_is_local)

    def switched(self, which: Literal["on", "off"]) -> tuple[str, ...]:
        """The ids of sources that are switched on or off here, whatever their declarations say."""
        printed = self.sources_on if which == "on" else self.sources_off
        return tuple(name for part in printed.split(",") if (name := part.strip()))

    def source_key(self, source: str) -> SecretStr | None:
        """The key of `source`, from TBTWATCH_KEY_<SOURCE>; the WTO sources share TBTWATCH_WTO_API_KEY."""
        own = os.environ.get(KEY_PREFIX + source.upper()) or self._file_keys.get(KEY_PREFIX + source.upper())
        if own:
            return SecretStr(own)
        return self.wto_api_key if source.startswith("wto_") else None

    def secret_bytes(self) -> bytes:
        """The key that signs links in mail: TBTWATCH_SECRET, else a file of mode 0600 made once below `var`."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        path = self.var / "secret.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return _make_secret(path)

    def require_live(self) -> None:
        """Raise SettingError naming every setting that a live service still lacks."""
        wanted = {"BASE_URL": "base_url", "CONTACT": "contact", "SMTP_HOST": "smtp_host", "SMTP_FROM": "smtp_from"}
        missing = [PREFIX + name for name, field in wanted.items() if field not in self.model_fields_set]
        if missing:
            raise SettingError(f"the live profile needs {', '.join(missing)}: set them in .env (see .env.example)")


def _make_secret(path: Path) -> bytes:
    """Write a new key; processes and threads that start together end with the same one (link fails when it exists)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"secret.{secrets.token_hex(8)}.tmp")  # a sender has several threads in one process
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_hex(32).encode())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


def _unknown_names(names: Iterable[str]) -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(n for n in names if n.startswith(PREFIX) and n not in known and not _is_outside(n))


def _is_outside(name: str) -> bool:
    """Names read elsewhere: the sources' keys, and what only tests and benches read."""
    return name.startswith((KEY_PREFIX, PREFIX + "TEST_"))


def load_settings(profile: Profile | None = None) -> Settings:
    """Read the environment, and `.env` for the live profile.

    The profile is the argument, else TBTWATCH_PROFILE, else live where a `.env` exists, else demo. The demo never
    reads `.env`: a demonstration on a live machine must not find the real mail server.
    Raises SettingError, one line, when a value is wrong or a TBTWATCH_ name is unknown.
    """
    env_file = ROOT / ".env"
    chosen = profile or os.environ.get(PREFIX + "PROFILE") or ("live" if env_file.exists() else "demo")
    in_file = {k.upper(): v or "" for k, v in dotenv_values(env_file).items()} if chosen == "live" else {}
    if unknown := _unknown_names([*os.environ, *in_file]):
        raise SettingError(f"unknown setting {', '.join(unknown)}: .env.example lists the names that exist")
    try:
        settings = Settings(_env_file=env_file if chosen == "live" else None, profile=chosen)
    except ValidationError as error:
        raise SettingError("; ".join(_describe(e) for e in error.errors())) from None
    settings._file_keys = {name: value for name, value in in_file.items() if name.startswith(KEY_PREFIX)}
    return settings


def _describe(error: object) -> str:
    detail = dict(error)  # type: ignore[call-overload]
    name = PREFIX + "_".join(str(part) for part in detail["loc"]).upper() if detail["loc"] else "settings"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')} (see .env.example)"
