"""`followup bookings`: what we make of a booking system's calls."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from followup.cli.ending import FAILED, VerbError, told_plainly

if TYPE_CHECKING:
    from followup.bookings import Request, Setting
    from followup.domain.clinic import Clinic
    from followup.flows.replay_bookings import Replayed

Adapter = Annotated[str, typer.Argument(metavar="ADAPTER", help="calcom, square, acuity, … : followup/bookings/.")]
File = Annotated[Path, typer.Argument(help="A body as it was sent; or headers, an empty line and the body.")]
Source = Annotated[str, typer.Option(help="Read it as this source of a clinic is set up: fields, statuses, mapping.")]
Days = Annotated[int, typer.Option(min=1, help="How far back.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is changed.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

bookings = typer.Typer(no_args_is_help=True, help="What we make of a booking system's calls.")


@bookings.command("try")
def try_call(adapter: Adapter, file: File, source: Source = "") -> None:
    """Show what we would make of a call; nothing is kept, nobody is asked.

    With --source it also says what would become of it there: which protocol, and what is missing for a first text.

    Example: followup bookings try calcom payload.json --source glow-calcom
    """
    with told_plainly():
        said = _made_of(adapter, file, source)
    typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    raise typer.Exit(FAILED if "unreadable" in said else 0)


@bookings.command()
def replay(source: Source, days: Days = 30, apply: Apply = False, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Read kept calls of a source again, after an adapter or a clinic's file was mended. Does nothing without --apply.

    Calls are kept for 90 days after they were read, and longer while staff have them on the worklist.

    Example: followup bookings replay --source glow-calcom --days 7
    """
    from followup.flows.replay_bookings import NOT_KEPT

    with told_plainly():
        found = asyncio.run(_replay(source, days, is_dry=not apply))
    if as_json:
        typer.echo(json.dumps([_plain(each) for each in found], indent=2))
        return
    changed = [each for each in found if each.now == "applied"]
    for each in changed:
        typer.echo(
            f"{each.received_at:%Y-%m-%d %H:%M} {each.item_id} was {each.was}: {'applied' if apply else 'would apply'}"
        )
    gone = sum(each.now == NOT_KEPT for each in found)
    typer.echo(f"{len(found) - gone} calls read, {len(changed)} {'changed' if apply else 'would change'} something.")
    if gone:
        typer.echo(
            f"{gone} more came in that time and cannot be read again: calls are emptied 90 days after they were read,"
            " and when their patient is erased. The booking system may be able to send them once more."
        )
    if changed and not apply:
        typer.echo("Nothing was changed. To do it: the same with --apply")


def _made_of(adapter_name: str, file: Path, source: str) -> dict[str, Any]:
    from followup.bookings import QuarantinedError, RejectedError
    from followup.bookings.find import find_adapters
    from followup.flows.booking_doubts import doubts

    adapters = find_adapters()
    if adapter_name not in adapters:
        message = f'there is no adapter "{adapter_name}" (known: {", ".join(adapters)})'
        raise VerbError(message)
    setting, clinic = _setting(source)
    adapter, request = adapters[adapter_name], _request(file, setting)
    try:
        adapter.check(request)
        found = adapter.read(request)
        notes = {"notes": list(doubts(clinic, found))} if clinic else {}
        return {"key": adapter.key(request), "found": [_plain(each) for each in found], **notes}
    except RejectedError as error:
        return {"unreadable": error.title, "faults": [_plain(fault) for fault in error.faults]}
    except QuarantinedError as error:
        return {"unreadable": str(error)}


def _request(file: Path, setting: Setting) -> Request:
    from followup.bookings import Request

    try:
        raw = file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise VerbError(message) from error
    headers = {"content-type": "application/json", "webhook-id": "try"}
    head, gap, body = raw.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").splitlines()
    if not gap or not lines or not all(_is_header(line) for line in lines):
        return Request(headers, raw, setting)
    named = (line.partition(":") for line in lines)
    return Request({**headers, **{name.strip().lower(): value.strip() for name, _, value in named}}, body, setting)


def _is_header(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and name.replace("-", "").isalnum()


def _setting(source: str) -> tuple[Setting, Clinic | None]:
    if not source:
        from followup.bookings import Setting

        return Setting(), None
    from followup.catalogue.clinics import read_clinics
    from followup.catalogue.problems import Problems
    from followup.cli.check import Secrets
    from followup.flows.booking_setting import setting_of
    from followup.settings import read_settings

    settings, problems = read_settings(os.environ), Problems()
    clinics = [read.clinic for read in read_clinics(settings.config / "clinics", Secrets(os.environ), problems)]
    problems.raise_if_any()
    for clinic in clinics:
        if found := clinic.source(source):
            return setting_of(settings.public_url, clinic, found), clinic
    message = f'no clinic has a booking source "{source}"'
    raise VerbError(message)


async def _replay(source: str, days: int, *, is_dry: bool) -> list[Replayed]:
    from followup.app import open_services, real_time
    from followup.flows.replay_bookings import replay_bookings
    from followup.settings import read_settings

    async with open_services(read_settings(os.environ), os.environ) as services:
        if services.catalogue.source(source) is None:
            message = f'no clinic has a booking source "{source}"'
            raise VerbError(message)
        since = real_time() - timedelta(days=days)
        return [each async for each in replay_bookings(services, source, since, is_dry=is_dry)]


def _plain(value: Any) -> Any:
    """As JSON, without what says nothing."""
    if is_dataclass(value):
        members = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {name: member for name, member in members.items() if member is not None and member != ""}
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command line."""
    app.add_typer(bookings, name="bookings")
