"""`followup replay`: what a changed protocol would have flagged in the past, before anybody is asked by it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from followup.cli.ending import VerbError, told_plainly

if TYPE_CHECKING:
    from followup.domain.replay import Case, Replayed

ProtocolFile = Annotated[Path, typer.Option("--protocol", metavar="NEW.toml", help="The changed protocol.")]
Clinic = Annotated[list[str] | None, typer.Option("--clinic", help="Only this clinic's episodes; may be repeated.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
MOST_LINES = 20


def replay(protocol: ProtocolFile, clinic: Clinic = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads a flag as a bool parameter
    """Run a changed protocol over past episodes: flags per 100 check-ins, real ones missed, false ones spared.

    Example: followup replay --protocol mesotherapy-72h.toml
    """
    with told_plainly():
        if not protocol.is_file():
            message = f"{protocol}: no such file"
            raise VerbError(message)
        found = asyncio.run(_replay(protocol, clinic or None))
    if as_json:
        typer.echo(json.dumps(as_said(found), ensure_ascii=False, indent=2))
    else:
        _say(found)


async def _replay(file: Path, clinics: list[str] | None) -> Replayed:
    from followup.app import open_database
    from followup.flows.replay import changed_protocol
    from followup.flows.replay import replay as over
    from followup.settings import read_settings

    settings = read_settings(os.environ)
    protocol = changed_protocol(file, settings.config)
    async with open_database(settings) as store:
        found = await over(store, protocol, clinics)
    if not found.episodes:
        message = f'no episode has followed "{protocol.id}" yet'
        raise VerbError(message)
    return found


def as_said(found: Replayed) -> dict[str, Any]:
    """All of it for machines. No names: episodes by their ids, for those who may open them."""
    from followup.domain.replay import Fate

    before, after = sum(found.before.values()), sum(found.after.values())
    return {
        "episodes": found.episodes,
        "check_ins": found.check_ins,
        "flags": {"before": before, "after": after},
        "per_100_check_ins": {
            "before": round(found.per_hundred(before), 2),
            "after": round(found.per_hundred(after), 2),
        },
        "by_reason": {reason.value: {"before": was, "after": now} for reason, was, now in found.by_reason()},
        "counts": {fate.value: len(found.of(fate)) for fate in Fate if fate is not Fate.KEPT},
        "changes": [_plain(case) for case in found.changes],
    }


def _plain(case: Case) -> dict[str, Any]:
    # What the patient said is for those who may open the episode.
    told = {name: value for name, value in asdict(case).items() if name != "said"}
    return {**told, "raised_at": case.raised_at.isoformat()}


def _say(found: Replayed) -> None:
    from followup.domain.replay import Fate

    before, after = sum(found.before.values()), sum(found.after.values())
    typer.echo(f"{found.episodes} episodes, {found.check_ins} check-ins asked.\n")
    typer.echo(f"{'':22}{'as it was':>12}{'as it would be':>16}")
    rows = [("flags", before, after), *found.by_reason()]
    for name, was, now in rows:
        typer.echo(f"{name:22}{was:>12}{now:>16}")
    typer.echo(f"{'per 100 check-ins':22}{found.per_hundred(before):>12.1f}{found.per_hundred(after):>16.1f}\n")
    for fate, meaning in _MEANINGS.items():
        cases = found.of(Fate(fate))
        typer.echo(f"{len(cases)} {meaning}")
        if fate == Fate.MISSED:
            _list(cases)


_MEANINGS = {
    "missed": "real flags would be missed: nothing else would have shown those replies to a person.",
    "seen otherwise": "real flags would not be raised, but the same replies would be flagged for another reason.",
    "spared": "mistaken flags would be spared.",
    "not reviewed": "flags that nobody has closed yet would not be raised.",
    "added": "flags would be new.",
}


def _list(cases: tuple[Case, ...]) -> None:
    for case in cases[:MOST_LINES]:
        what = f"{case.reason}: {case.subject}" if case.subject else case.reason.value
        typer.echo(f"  {case.episode_id}  {what} at {case.hours_since_treatment:.1f} h, closed as {case.outcome}")
    if len(cases) > MOST_LINES:
        typer.echo(f"  … and {len(cases) - MOST_LINES} more: --json lists them all")


def add_to(main: typer.Typer) -> None:
    """Make this verb part of the command line."""
    main.command()(replay)
