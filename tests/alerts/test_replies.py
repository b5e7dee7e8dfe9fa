"""Answers of real providers fall into the right class; a table that cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.providers import BrokenMailTable, provider_of, provider_of_mx, providers
from alerts.replies import ANY, rules, sort_reply

# (address's domain, code, words, class): answers as the providers' help pages and senders' reports give them.
ANSWERS = [
    ("qq.com", 550, "Mailbox not found. http://service.mail.qq.com/...", "unknown"),
    ("foxmail.com", 550, "Domain frequency limited.", "throttled"),
    ("qq.com", 550, "Connection frequency limited", "throttled"),
    ("qq.com", 550, "Mailbox unavailable or access denied", "throttled"),
    ("qq.com", 550, "Mail content denied.", "refused"),
    ("vip.qq.com", 550, "Mail is rejected by recipients", "blocked"),
    ("qq.com", 550, "DMARC check failed", "refused"),
    ("163.com", 550, "User not found: <address>", "unknown"),
    ("126.com", 451, "MI:SFQ 163 smtp8", "throttled"),
    ("yeah.net", 554, "MI:STC 163 smtp8", "throttled"),
    ("163.com", 421, "HL:ICC 163 mx9", "throttled"),
    ("163.com", 554, "DT:SPM 163 mx9,please see http://mail.163.com/help", "refused"),
    ("163.com", 550, "MI:SPF mx14", "refused"),
    ("163.com", 550, "User in blacklist", "blocked"),
    ("139.com", 550, "User not exist", "unknown"),
    ("139.com", 421, "too many connections", "throttled"),
    ("189.cn", 550, "no such user", "unknown"),
    ("aliyun.com", 554, "RCPT TO (<address>) recipient not exist", "unknown"),
    ("gmail.com", 550, "5.1.1 The email account that you tried to reach does not exist.", "unknown"),
    ("gmail.com", 452, "4.2.2 The recipient's inbox is out of storage space", "full"),
    ("gmail.com", 421, "4.7.28 unusual rate of unsolicited mail", "throttled"),
    ("gmail.com", 550, "5.7.26 This mail is unauthenticated", "refused"),
    ("outlook.com", 550, "5.5.0 Requested action not taken: mailbox unavailable", "unknown"),
    ("hotmail.com", 421, "RP-001 The mail server IP exceeded the rate limit allowed", "throttled"),
    (
        "live.com",
        550,
        "5.7.1 messages weren't sent: part of their network is on our block list",
        "refused",
    ),
    ("firm.example", 550, "5.1.1 <<address>> user unknown", "unknown"),
    ("firm.example", 552, "5.2.2 mailbox full", "full"),
    ("firm.example", 451, "4.7.1 greylisted, try again later", "later"),
    ("firm.example", 552, "5.3.4 message too big", "failed"),
    ("firm.example", 550, "5.7.1 relaying denied by policy", "refused"),
    ("firm.example", 554, "5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", "refused"),
    ("firm.example", 550, "too many messages, rate limited", "throttled"),
    ("firm.example", 250, "2.0.0 queued", "accepted"),
]


@pytest.mark.parametrize(("domain", "code", "words", "kind"), ANSWERS)
def test_an_answer_has_its_class(domain: str, code: int, words: str, kind: str) -> None:
    reply = sort_reply(provider_of(domain).key, code, words)
    assert (reply.kind, bool(reply.why)) == (kind, True)


def test_a_firms_own_domain_is_known_by_its_mx_alone() -> None:
    assert provider_of_mx(["mxbiz1.qq.com."]) == "exmail"
    assert provider_of_mx(["qiye163mx01.mxmail.netease.com"]) == "netease_biz"
    assert provider_of_mx(["mail.firm.example", "evilqq.com"]) == "other"
    assert provider_of("firm.example", {"firm.example": "exmail"}).key == "exmail"
    assert set(rules()) - {ANY} <= set(providers())


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    table = tmp_path / "mail_replies.csv"
    table.write_text("provider,code,enhanced,text,answer,source\nany,5..,,(,unknown,x\n")
    with pytest.raises(BrokenMailTable, match=r"mail_replies\.csv:2"):
        rules(table)
