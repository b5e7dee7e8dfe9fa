"""`tbtwatch policy`: which warnings a person must look at, tried on the past before it is put in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from alerts.policy import Policy

Off = Annotated[list[str] | None, typer.Option("--off", metavar="FLAG", help="raises nothing; `none`: all count")]
SignOff = Annotated[str | None, typer.Option("--sign-off-from", help="red | orange | yellow | blue")]
Size = Annotated[int | None, typer.Option("--wave-size", help="incidents that make a wave")]
Firms = Annotated[int | None, typer.Option("--wave-firms", help="brands or firms that make a wave")]
Days = Annotated[int | None, typer.Option("--wave-days", help="within so many days")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]

COLUMNS = ("number", "saved_at", "by", "sign_off_from", "off", "wave", "note")
FIGURES = ("warnings", "red_share", "flagged", "waves", "bundles_p95", "exceeded", "is_few")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="What is flagged (研判规则): shown, back-tested, saved.")
    group.command("show")(show)
    group.command("backtest")(backtest)
    group.command("save")(save)
    app.add_typer(group, name="policy")


def show(as_json: AsJson = False) -> None:
    """The policy in force; number 0 are the defaults."""
    from alerts.policy import policy_in_force
    from cli.opening import open_place
    from cli.output import emit
    from store.bureau import Officer
    from store.engine import reading
    from store.policy import newest_policy

    with reading(open_place().engine) as session:
        row, policy = newest_policy(session), policy_in_force(session)
        officer = session.get(Officer, row.officer_id) if row else None
        shown = _rules(policy) | {
            "saved_at": row.saved_at if row else None,
            "by": officer.sign_in if officer else "",
            "note": row.note if row else "",
            "figures": row.figures if row else {},
        }
    emit(shown, as_json=as_json, columns=COLUMNS)


def backtest(
    off: Off = None,
    sign_off_from: SignOff = None,
    wave_size: Size = None,
    wave_firms: Firms = None,
    wave_days: Days = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """What a policy would have flagged in the last twelve months; what is not given is as in force. Saves no policy."""
    from alerts.backtest import exceeded, is_few
    from alerts.policy_saving import try_policy
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading

    place = open_place(now)
    with reading(place.engine) as session:
        policy = _changed(session, off, sign_off_from, wave_size, wave_firms, wave_days)
    trial = try_policy(place.engine, policy, place.now)
    figures = trial.figures | {"exceeded": exceeded(trial.figures), "is_few": is_few(trial.figures)}
    emit({"id": trial.public_id} | _rules(policy) | figures, as_json=as_json, columns=FIGURES)


def save(
    officer: Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of the province's officer")],
    off: Off = None,
    sign_off_from: SignOff = None,
    wave_size: Size = None,
    wave_firms: Firms = None,
    wave_days: Days = None,
    note: Annotated[str, typer.Option(help="why, where the back-test breaks a limit")] = "",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Back-test a policy and put it in force for what is raised from now on."""
    from alerts.policy import policy_in, policy_in_force
    from alerts.policy_saving import fresh_trial, save_policy, try_policy
    from cli.lookups import officer_called
    from cli.opening import open_place
    from cli.output import emit
    from store.engine import reading, writing

    place = open_place(now)
    with reading(place.engine) as session:
        policy = _changed(session, off, sign_off_from, wave_size, wave_firms, wave_days)
        number = policy_in_force(session).number
        officer_called(session, officer)  # a wrong name is told before the back-test is run
        trial = fresh_trial(session, policy, place.now)
    trial = trial or try_policy(place.engine, policy, place.now)
    with writing(place.engine) as session:
        who = officer_called(session, officer)
        row = save_policy(session, policy, trial, who, place.now, expected_number=number, note=note)
    shown = _rules(policy_in(row)) | {"saved_at": row.saved_at, "by": officer, "note": row.note, "figures": row.figures}
    emit(shown, as_json=as_json, columns=COLUMNS)


def _changed(session: Any, off: list[str] | None, sign_off_from: str | None, *wave: int | None) -> Policy:
    """The policy in force with what the options change."""
    from alerts.policy import Policy, WaveRule, policy_in_force

    present = policy_in_force(session)
    size, firms, days = (
        given if given is not None else kept
        for given, kept in zip(wave, (present.wave.size, present.wave.firms, present.wave.days), strict=True)
    )
    named = present.off if off is None else frozenset(off) - {"none"}
    return Policy(0, named, sign_off_from or present.sign_off_from, WaveRule(size, firms, days))


def _rules(policy: Policy) -> dict[str, Any]:
    from alerts.policy import rules_of

    return {"number": policy.number} | rules_of(policy)
