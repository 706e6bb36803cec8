"""How many patients' texts a worker reads: taken from the inbox, understood, decided, recorded, and settled.

Each of so many patients was asked and answers once, in the words of the developer sets. Beside it, the reading alone.

    .venv/bin/python benchmarks/replies.py [how many, 2000]
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import structlog
from due_work import NoGateway, opened_store, sample_catalogue, services_of

from followup.domain.understanding import Asked, Question, read
from followup.flows.accept import accept
from followup.flows.drain_inbox import drain_inbox
from followup.flows.send_messages import send_messages
from followup.flows.wake_episodes import wake_episodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.vocabulary import Vocabulary
    from followup.flows.services import Services

SET = Path(__file__).parents[1] / "tests" / "contracts" / "replies" / "dev_en.jsonl"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def texts() -> list[str]:
    """What patients say."""
    return [json.loads(line)["text"] for line in SET.read_text(encoding="utf-8").splitlines()]


async def answered(services: Services, said: Sequence[str], many: int) -> None:
    """Every patient's answer, in the inbox."""
    sender = services.catalogue.clinics["glow"].sms.sender

    async def answer(number: int) -> None:
        form = {
            "MessageSid": f"SM{number:032x}",
            "From": f"+4477{number:08d}",
            "To": sender,
            "Body": said[number % len(said)],
            "NumMedia": "0",
        }
        door, body = "sms:simulator:reply", urlencode(form).encode()
        await accept(services, clinic="", door=door, key=form["MessageSid"], body=body, headers=FORM)

    await asyncio.gather(*(answer(number) for number in range(many)))


def understood(vocabulary: Vocabulary, said: Sequence[str], many: int) -> float:
    """Processor seconds for reading alone."""
    began = time.process_time()
    for number in range(many):
        read(said[number % len(said)], vocabulary, Asked(Question.COMBINED_0_3))
    return time.process_time() - began


async def main(many: int) -> None:
    said, catalogue = texts(), sample_catalogue()
    with tempfile.TemporaryDirectory() as named:
        store = await opened_store(Path(named), "replies.db", many)
        services = services_of(store, catalogue, NoGateway())
        await wake_episodes(services)
        await send_messages(services)
        await answered(services, said, many)
        began, spent = time.perf_counter(), time.process_time()
        found = await drain_inbox(services)
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        if found != many:
            message = f"{found} read of {many}"
            raise AssertionError(message)
        await store.close()
    alone = understood(catalogue.vocabularies["en"], said, many)
    print(f"{many:,} answers, SQLite (WAL, FULL), one process")
    print(f"  whole walk    {many / seconds:8,.0f}/s   {cpu / many * 1000:.2f} ms of processor time each")
    print(f"  reading alone                {alone / many * 1000:.2f} ms; ratio {cpu / alone:.1f}")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
