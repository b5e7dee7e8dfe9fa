"""`tbtwatch mail`: whether the world will take our mail, and the keys that sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Our standing as a sender: DNS records, keys.")
    group.command("check")(check)
    group.command("key")(key)
    app.add_typer(group, name="mail")


def check(
    now: Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Look up SPF, DKIM, DMARC, PTR and HELO, and keep the result; exit code 1 when something is to be done."""
    from dataclasses import asdict

    from alerts.lookups import Dns
    from alerts.mail_checks import check_mail, keep_check
    from cli.opening import open_place
    from cli.output import emit_list, say
    from store.engine import writing

    place = open_place(now)
    lines = check_mail(place.settings, Dns(place.settings.mail_dns))
    with writing(place.engine) as session:
        passed = keep_check(session, place.settings, lines, place.now)
    rows = [asdict(line) for line in lines]
    emit_list(rows, as_json=as_json, columns=("what", "state", "found"), limit=None)
    for line in lines:
        if line.todo:
            say(f"{line.what}：{line.todo}")
    say("全部通过，可以正式发信。" if passed else "还有未通过的项目，处理后请再运行一次。")
    if not passed:
        raise typer.Exit(1)


def key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="where the private key goes; never overwritten")],
    selector: Annotated[str, typer.Option(help="the name under which the record stands, e.g. tbt2026")],
    kind: Annotated[str, typer.Option(help="rsa | ed25519")] = "rsa",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make a DKIM key and print the DNS record that belongs to it."""
    from alerts.dkim import Key, make_key, public_record, write_key
    from alerts.mail_checks import sender_domain
    from cli.lookups import check_value
    from cli.output import emit
    from settings import load_settings

    check_value(kind, ("rsa", "ed25519"), "--kind")
    settings = load_settings()
    domain = settings.dkim_domain or (sender_domain(settings) if settings.smtp_from else "")
    made = Key(selector, make_key(kind))
    write_key(path, made.private)
    name = f"{selector}._domainkey.{domain}" if domain else f"{selector}._domainkey"
    emit({"file": str(path), "name": name, "type": "TXT", "value": public_record(made)}, as_json=as_json)
