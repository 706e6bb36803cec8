"""Kills the real worker at random points while the carrier fails: every check-in is asked once or shown to staff.

Beside it the two usual orders, which each break one half of that. Lives are real processes, ended by SIGKILL.

    PYTHONPATH=tests .venv/bin/python benchmarks/kill_test.py --kills 200 --seeds 3 --engine sqlite
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kit.postgres import private_postgres
from kit.torture_killing import kill_often, unfinished

if TYPE_CHECKING:
    from kit.torture_killing import Outcome

HEADINGS = ("design", "seed", "kills", "due", "texts", "twice", "lost", "shown", "replies", "lost", "seconds")
WIDTHS = (34, 6, 7, 7, 8, 7, 6, 7, 9, 6, 9)
OURS = "ours"
WRONG = {
    "send, then mark": "kit.torture_wrong_sends:send_then_mark",
    "mark, then send": "kit.torture_wrong_sends:mark_then_send",
}


def line(*cells: object) -> None:
    """One line of the table."""
    pairs = enumerate(zip(cells, WIDTHS, strict=True))
    shown = [f"{cell:{chr(62) if place else chr(60)}{width}}" for place, (cell, width) in pairs]
    print("".join(shown), flush=True)


def tell(design: str, seed: int, outcome: Outcome) -> None:
    """What one run came to."""
    figures = (outcome.kills, outcome.check_ins, outcome.texts, outcome.duplicates, outcome.lost, outcome.shown)
    line(design, seed, *figures, outcome.replies, outcome.replies_lost, f"{outcome.seconds:.0f}")
    if not outcome.at_rest:
        print("  it never came to rest")


async def main(arguments: argparse.Namespace) -> bool:
    is_kept = True
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(private_postgres()) if arguments.engine == "postgresql" else None

        async def run(design: str, seed: int, *, kills: int, send: str = "", with_faults: bool = True) -> Outcome:
            room = directory / f"{design}-{seed}-{with_faults}".replace(" ", "-").replace(",", "")
            room.mkdir()
            url = postgres.new_database() if postgres else f"sqlite:///{room / 'followup.db'}"
            how = {"send": send, "with_faults": with_faults, "on_many": postgres is not None}
            outcome = await kill_often(room, url, kills=kills, seed=seed, **how)
            tell(design, seed, outcome)
            return outcome

        line(*HEADINGS)
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            outcome = await run(OURS, seed, kills=arguments.kills)
            is_kept = is_kept and not unfinished(outcome)
            print(f"  the carrier's faults: {dict(outcome.did)}")
        if arguments.bite:
            for name, send in WRONG.items():
                for with_faults in (True, False):
                    shown = f"{name}{'' if with_faults else ', kills only'}"
                    await run(shown, 1, kills=arguments.bite, send=send, with_faults=with_faults)
    return is_kept


def asked() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--bite", type=int, default=50, help="kills of the two wrong orders; 0: leave them out")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    sys.exit(not asyncio.run(main(asked())))
