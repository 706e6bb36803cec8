"""`followup protocol move`: running plans go on after today's wording of their protocol, on purpose."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import FAILED, VerbError, told_plainly

if TYPE_CHECKING:
    from followup.flows.move_plans import PlanMove

Episodes = Annotated[list[str] | None, typer.Argument(metavar="[EPISODE]…", help="The episodes' ids.")]
AllOf = Annotated[str, typer.Option("--all-of", metavar="PROTOCOL", help="Every plan on an older wording of this.")]
By = Annotated[str, typer.Option("--by", help="Who wants it: it stands in the journal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def move(
    episodes: Episodes = None,
    all_of: AllOf = "",
    by: By = "",
    dry_run: DryRun = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Move running plans to today's wording of their protocol. What was asked stays; nothing past is made up for.

    Example: followup protocol move --all-of mesotherapy --dry-run
    """
    with told_plainly():
        if bool(episodes) == bool(all_of):
            raise VerbError("say which episodes, or --all-of PROTOCOL")
        if not by.strip() and not dry_run:
            raise VerbError("say who wants it: --by NAME (or --dry-run to look only)")
        found = asyncio.run(_move(episodes or [], all_of, by.strip(), is_dry=dry_run))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        _say(found, is_dry=dry_run)
    if any(one.refused for one in found):
        raise typer.Exit(FAILED)


async def _move(episodes: list[str], all_of: str, by: str, *, is_dry: bool) -> list[PlanMove]:
    from followup.app import open_services
    from followup.catalogue.problems import nearest
    from followup.flows.move_plans import move_plans, on_older_wording
    from followup.settings import read_settings

    async with open_services(read_settings(os.environ), os.environ) as services:
        known = services.catalogue.protocols
        if all_of and all_of not in known:
            message = f'there is no protocol "{all_of}"{nearest(all_of, known)}'
            raise VerbError(message)
        wanted = await on_older_wording(services, all_of) if all_of else episodes
        return await move_plans(services, wanted, by, is_dry=is_dry)


def _say(found: list[PlanMove], *, is_dry: bool) -> None:
    for one in found:
        if one.refused:
            typer.echo(f"{one.episode_id}: stays as it is: {one.refused}")
            continue
        typer.echo(f"{one.episode_id}: {one.protocol} {one.from_version} → {one.to_version}")
        gone = [line for line in one.before if line not in one.after]
        new = [line for line in one.after if line not in one.before]
        for sign, lines in (("-", gone), ("+", new)):
            for step, due_at, state in lines:
                typer.echo(f"  {sign} {step} {due_at} ({state})")
    moved = sum(not one.refused for one in found)
    typer.echo(f"{moved} of {len(found)} plans {'would move' if is_dry else 'moved'}.")
