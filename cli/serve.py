"""`tbtwatch serve`: pages, timetable and stages in one process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from errno import EACCES, EADDRINUSE
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from settings import TbtwatchError

if TYPE_CHECKING:
    from cli.opening import Place

HOST, PORT = "127.0.0.1", 8000
BACKLOG = 128


class PortBusy(TbtwatchError):
    """Raised when the address to serve on is taken."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    profile: Annotated[str | None, typer.Option(help="demo or live; TBTWATCH_PROFILE when not given")] = None,
    host: Annotated[str, typer.Option(help="address to listen on")] = HOST,
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = PORT,
) -> None:
    """Serve the pages and keep the timetable: `demo` replays recordings, `live` asks the real sources."""
    from cli.opening import open_place
    from cli.output import say
    from settings import load_settings

    if profile not in (None, "demo", "live"):
        raise typer.BadParameter("demo or live", param_hint="--profile")
    settings = load_settings(profile)  # type: ignore[arg-type]
    if settings.profile == "live":
        settings.require_live()
    listener = _listen(host, port)
    if settings.is_demo and "base_url" not in settings.model_fields_set:
        settings.base_url = f"http://{host}:{port}"
    place = open_place(settings=settings)
    say(f"tbtwatch ({settings.profile}) on http://{host}:{port}  (stop with Ctrl-C)")
    if settings.is_demo:
        from cli.demo import ACCOUNTS, prepare_demo

        place = prepare_demo(place)
        _serve_until_stopped(place, listener, ACCOUNTS, seed=_seeding(place))
    else:
        _serve_until_stopped(place, listener, (), seed=None)


def _listen(host: str, port: int) -> socket.socket:
    """Bind first: a busy port is told before anything is opened or changed."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        cure = "stop what uses it or give --port N" if error.errno in (EADDRINUSE, EACCES) else "give another --host"
        raise PortBusy(f"cannot listen on {host}:{port}: {error.strerror}; {cure}") from None
    return listener


def _seeding(place: Place) -> Callable[[], None]:
    def seed() -> None:
        from cli.demo import seed_demo

        seed_demo(place)

    return seed


def _serve_until_stopped(
    place: Place, listener: socket.socket, accounts: tuple[dict[str, str], ...], seed: Callable[[], None] | None
) -> None:
    import uvicorn

    from alerts.calendar_care import tell_missing_holidays
    from alerts.match_index import index_of
    from cli.crawling import crawl_by_command, declared_sources
    from cli.mail_jobs import bounces_job, domains_job, index_job, reminders_job
    from cli.sender import SenderProcess
    from cli.training import train_by_command
    from crawlers.documents import fetch_documents
    from scheduler import (
        Service,
        comments_job,
        crawl_jobs,
        documents_job,
        holidays_job,
        retention_job,
        summary_job,
        training_job,
        watch_job,
    )
    from store.planning import Job
    from web.app import create_app

    sources = declared_sources(place.settings)
    app = create_app(place.settings, place.engine, place.clock, sources=sources, demo_accounts=list(accounts))
    visits: list[Job] = []
    if not seed:  # the demo asks nobody
        visits = crawl_jobs(sources, crawl_by_command, place.settings.crawl_deadline_s)
        visits.append(domains_job(place.engine, place.settings, place.clock))
        visits.append(documents_job(partial(fetch_documents, place.engine, place.settings, place.clock)))
    train = partial(train_by_command, settings=place.settings)
    jobs = [*visits, retention_job(place.engine, place.clock), training_job(partial(train, "--if-due"))]
    jobs.append(holidays_job(lambda: tell_missing_holidays(place.engine, place.clock(), place.settings)))
    jobs.append(comments_job(place.engine, place.clock))
    jobs.append(summary_job(place.engine, place.clock, place.settings))
    if place.settings.reads_bounces:
        jobs.append(bounces_job(place.engine, place.settings, place.clock))
    jobs.append(reminders_job(place.engine, place.clock, place.settings))
    jobs.append(watch_job(place.engine, place.settings, place.clock))
    index_of(place.engine).keep_in(place.settings.var)
    jobs.append(index_job(place.engine))
    prepare: Callable[[], object] = partial(train, "--if-missing") if place.settings.seed_model == "auto" else dict
    sender = None if seed else SenderProcess(place.settings)  # the demo has a clock of its own
    service = Service(place.engine, place.settings, place.clock, jobs, prepare, sends=sender is None)
    service.start()
    if sender:
        sender.start()
    if seed:
        threading.Thread(target=seed, name="seed", daemon=True).start()
    config = uvicorn.Config(
        app,
        log_level="warning",
        backlog=BACKLOG,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        service.stop()
        if sender:
            sender.stop()
