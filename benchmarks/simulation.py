"""Months of many patients from one seed each: what was promised and did not hold, and how long it took.

PYTHONPATH=tests .venv/bin/python benchmarks/simulation.py --patients 100 --days 60 --seeds 10
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
import time
import warnings
from pathlib import Path

import structlog

from kit.torture_simulation import simulate
from kit.torture_treated import catalogue

SHOWN = 5


async def main(arguments: argparse.Namespace) -> bool:
    broken = 0
    print(f"{'seed':>6}{'texts':>8}{'replies':>9}{'flags':>7}{'crashes':>9}{'broken':>8}{'seconds':>9}  trace")
    catalogue()
    gc.freeze()  # as the service does: what is read once stays, and is not to be looked through again and again
    with tempfile.TemporaryDirectory() as named:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            began = time.perf_counter()
            found = await simulate(Path(named), patients=arguments.patients, days=arguments.days, seed=seed)
            took = time.perf_counter() - began
            figures = f"{found.texts:>8}{found.replies:>9}{found.flags:>7}{found.crashes:>9}{len(found.broken):>8}"
            print(f"{seed:>6}{figures}{took:>9.0f}  {found.trace[:12]}", flush=True)
            for promise in found.broken[:SHOWN]:
                print(f"       {promise}")
            broken += len(found.broken)
    return not broken


def asked() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    gc.set_threshold(50_000, 20, 100)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    sys.exit(not asyncio.run(main(asked())))
