"""`tbtwatch mail check`: SPF, DKIM, DMARC, PTR and HELO of our mail, and whether live mail may go by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Protocol

from sqlmodel import Session, col, select

from alerts.dkim import public_record, signer_of
from alerts.spf import Lookups, check_host
from settings import SettingError, Settings
from store.mail_care import MailCheck


class Names(Lookups, Protocol):
    """Lookups that also answer for addresses."""

    def names(self, address: str) -> list[str]:
        """PTR records of an address."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked: `state` is ok or bad; `todo` says in Chinese what to do about a bad one."""

    what: str
    state: str
    found: str
    todo: str = ""


def check_mail(settings: Settings, dns: Names) -> list[Line]:
    """Look everything up. Raises SettingError when there is no sender or host to ask about, NoAnswer from `dns`."""
    domain, host = sender_domain(settings), mail_host(settings)
    if is_anothers_relay(settings):
        return [_relays_host(host), _spf_there(domain, dns), *_dkim(settings, domain, dns), _dmarc(domain, dns)]
    given = [part.strip() for part in settings.mail_addresses.split(",") if part.strip()]
    addresses = given or dns.addresses(host)
    return [
        *_helo(host, addresses, dns),
        *(line for address in addresses for line in _ptr(address, host, dns)),
        *(_spf(address, domain, dns) for address in addresses),
        *_dkim(settings, domain, dns),
        _dmarc(domain, dns),
    ]


def keep_check(session: Session, settings: Settings, lines: list[Line], now: datetime) -> bool:
    """Write the result down; returns whether all was well."""
    passed = bool(lines) and all(line.state == "ok" for line in lines)
    session.add(MailCheck(at=now, passed=passed, subject=subject_of(settings), lines=[asdict(line) for line in lines]))
    return passed


def has_passed(session: Session, settings: Settings) -> bool:
    """Whether a check of this very sender, host and keys ever passed: what passed for another says nothing."""
    passed = select(MailCheck.id).where(col(MailCheck.passed).is_(True), MailCheck.subject == subject_of(settings))
    return session.exec(passed.limit(1)).first() is not None


def subject_of(settings: Settings) -> str:
    """What a check is about, in one line."""
    selectors = (settings.dkim_selector, settings.dkim_ed25519_selector)
    parts = (sender_domain(settings), mail_host(settings), settings.dkim_domain, *selectors, settings.mail_addresses)
    return " ".join(part or "-" for part in parts)[:600]


def sender_domain(settings: Settings) -> str:
    """The domain of TBTWATCH_SMTP_FROM; raises SettingError."""
    domain = parseaddr(settings.smtp_from)[1].rpartition("@")[2].lower()
    if not domain:
        raise SettingError("TBTWATCH_SMTP_FROM is missing: the check is about its domain")
    return domain


def mail_host(settings: Settings) -> str:
    """The name by which the machine that hands our mail to the world greets."""
    return (settings.mail_host or settings.smtp_host).rstrip(".").lower()


def is_anothers_relay(settings: Settings) -> bool:
    """Whether we sign in to somebody else's server and nothing is said of the machines that deliver for it.

    Their names and addresses are the provider's: nobody but the provider could mend them, or even knows them all.
    """
    return bool(settings.smtp_username) and not settings.mail_host and not settings.mail_addresses


def _relays_host(host: str) -> Line:
    return Line("HELO, PTR", "ok", f"{host}: the relay's own")


def _spf_there(domain: str, dns: Names) -> Line:
    """With a relay that delivers from addresses unknown to us: one record that can be read and names the relay's."""
    result = check_host("203.0.113.1", domain, dns)  # an address of nobody (RFC 5737)
    good = result in ("fail", "softfail", "neutral")
    todo = (
        f"请向中继服务商索取SPF记录（通常是一个include），并在DNS为{domain}设置唯一一条TXT记录：v=spf1 include:… -all"
    )
    return Line("SPF", "ok" if good else "bad", f"{domain}: {'a record' if good else result}", "" if good else todo)


def _helo(host: str, addresses: list[str], dns: Names) -> Iterator[Line]:
    known = dns.addresses(host) if "." in host else []
    if known and set(addresses) <= set(known):
        yield Line("HELO", "ok", f"{host} -> {', '.join(known)}")
    else:
        target = "、".join(addresses) or "发信机器的地址"
        todo = f"请把TBTWATCH_MAIL_HOST设为发信机器问候（HELO）用的完整域名，并在DNS添加A/AAAA记录，指向{target}。"
        yield Line("HELO", "bad", f"{host or '-'} -> {', '.join(known) or '-'}", todo)


def _ptr(address: str, host: str, dns: Names) -> Iterator[Line]:
    names = dns.names(address)
    if any(address in dns.addresses(name) for name in names if name == host):
        yield Line("PTR", "ok", f"{address} -> {host} -> {address}")
    else:
        todo = f"请向线路或云服务商申请，把{address}的反向解析设为{host}，并使{host}解析回{address}。"
        yield Line("PTR", "bad", f"{address} -> {', '.join(names) or '-'}", todo)


def _spf(address: str, domain: str, dns: Names) -> Line:
    result = check_host(address, domain, dns)
    kind = "ip6" if ":" in address else "ip4"
    todo = f"请在{domain}的SPF记录（TXT，v=spf1 …）中加入{kind}:{address}；没有记录则新建：v=spf1 {kind}:{address} -all"
    return (
        Line("SPF", "ok", f"{address}: pass") if result == "pass" else Line("SPF", "bad", f"{address}: {result}", todo)
    )


def _dkim(settings: Settings, domain: str, dns: Names) -> Iterator[Line]:
    signer = signer_of(settings, domain)
    for key in signer.keys if signer else ():
        name = f"{key.selector}._domainkey.{signer.domain if signer else domain}"
        wanted = _tags(public_record(key)).get("p", "")
        found = [_tags(text).get("p", "") for text in dns.txt(name)]
        good = found == [wanted]
        yield Line(
            "DKIM", "ok" if good else "bad", f"{name}: {'our key' if good else ('another key' if found else '-')}",
            "" if good else f"请在DNS为{name}设置TXT记录：{public_record(key)}",
        )  # fmt: skip
    if signer is None:
        yield _relays_dkim(settings, domain, dns)
    elif not _aligned(signer.domain, domain):
        yield Line("DKIM", "bad", f"d={signer.domain}, From: {domain}", "请把TBTWATCH_DKIM_DOMAIN设为发件人的域名。")


def _relays_dkim(settings: Settings, domain: str, dns: Names) -> Line:
    """Where a relay signs, we know its selector alone."""
    if not settings.dkim_selector:
        todo = (
            "系统没有自行签名。若由中继服务器签名，请把它的选择器填入TBTWATCH_DKIM_SELECTOR；"
            "否则请运行tbtwatch mail key生成密钥。"
        )
        return Line("DKIM", "bad", "-", todo)
    name = f"{settings.dkim_selector}._domainkey.{settings.dkim_domain or domain}"
    found = any(_tags(text).get("p") for text in dns.txt(name))
    todo = "" if found else f"DNS中没有{name}的公钥，请向中继服务商索取记录并添加。"
    return Line("DKIM", "ok" if found else "bad", f"{name}: {'a key' if found else '-'}", todo)


def _dmarc(domain: str, dns: Names) -> Line:
    """The domain's own record, else the nearest above it with at least two labels (RFC 7489, 6.6.3)."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = "_dmarc." + ".".join(labels[at:])
        found = [text for text in dns.txt(name) if text.lower().startswith("v=dmarc1")]
        if len(found) == 1 and _tags(found[0]).get("p", "") in ("none", "quarantine", "reject"):
            return Line("DMARC", "ok", f"{name}: {found[0][:120]}")
    todo = f"请在DNS为_dmarc.{domain}设置TXT记录：v=DMARC1; p=quarantine"
    return Line("DMARC", "bad", f"_dmarc.{domain}: -", todo)


def _aligned(signing: str, sender: str) -> bool:
    return signing == sender or sender.endswith("." + signing) or signing.endswith("." + sender)


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs if name.strip()}
