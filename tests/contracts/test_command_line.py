"""The command line as people and init systems meet it: real processes, exit codes, plain words."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import pytest

from followup.demo.bookings import make_secret
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PIPE = asyncio.subprocess.PIPE
ACCOUNT = "AC" + "5" * 32


@dataclass(frozen=True)
class Ended:
    """How a verb ended."""

    code: int
    out: str
    err: str


def _environment(directory: Path, **settings: str) -> dict[str, str]:
    """Enough to serve, on a port that is free; "" takes a setting away."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    named = {
        "DATABASE_URL": f"sqlite:///{directory / 'followup.db'}",
        "PORT": str(port),
        "FOLLOWUP_CONFIG": str(TOP / "config"),
        "FOLLOWUP_TEMPLATES": str(TOP / "templates"),
        "FOLLOWUP_SECRET_KEY": "k" * 40,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": "hunter2",
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "GLOW_BOOKING_SECRET": make_secret(),
        **settings,
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return kept | {name: value for name, value in named.items() if value}


async def _start(environment: dict[str, str], directory: Path, *verb: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "followup",
        *verb,
        env=environment | {"PYTHONPATH": str(TOP)},
        cwd=directory,
        stdout=PIPE,
        stderr=PIPE,
    )


async def _run(environment: dict[str, str], directory: Path, *verb: str) -> Ended:
    process = await _start(environment, directory, *verb)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def _serving(
    directory: Path, *verb: str, **settings: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A running service that answers."""
    environment = _environment(directory, **settings)
    origin = f"http://127.0.0.1:{environment['PORT']}"
    process = await _start(environment, directory, *(verb or ("serve",)))
    try:
        async with aiohttp.ClientSession() as session:
            await _answers(session, f"{origin}/healthz", process)
        yield origin, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _answers(session: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    _, err = await process.communicate()
    raise AssertionError(err.decode())


async def test_serve_becomes_ready_and_leaves_within_five_seconds_of_being_told(tmp_path: Path) -> None:
    async with _serving(tmp_path) as (origin, process), aiohttp.ClientSession() as session:
        await _answers(session, f"{origin}/readyz", process)
        async with session.get(f"{origin}/sign-in") as page:
            assert page.status == 200
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
        assert time.monotonic() - began < 5
        assert process.returncode == 0
        lines = [json.loads(line) for line in err.decode().splitlines()]
    assert [line["event"] for line in lines if line["event"] in {"started", "stopping", "stopped"}] == [
        "started",
        "stopping",
        "stopped",
    ]
    assert b"Traceback" not in err
    assert b"hunter2" not in err


async def test_serve_without_a_secret_key_says_how_to_make_one(tmp_path: Path) -> None:
    ended = await _run(_environment(tmp_path, FOLLOWUP_SECRET_KEY=""), tmp_path, "serve")
    assert ended.code == 78
    assert "FOLLOWUP_SECRET_KEY is missing; make one:" in ended.err
    assert "Traceback" not in ended.err


async def test_the_simulators_gateway_outside_the_demo_is_refused_before_it_texts_anybody(tmp_path: Path) -> None:
    ended = await _run(_environment(tmp_path, TWILIO_API_URL=""), tmp_path, "serve")
    assert ended.code == 78
    assert 'the clinic "glow" texts through the simulator' in ended.err


async def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await _run(_environment(tmp_path, PORT=port), tmp_path, "serve")
        demo = await _run(_environment(tmp_path), tmp_path, "demo", "--port", port)
    assert (ended.code, demo.code) == (1, 1)
    assert f"port {port} on 127.0.0.1 is in use" in ended.err
    assert f"port {port} on 127.0.0.1 is in use" in demo.err
    assert "Traceback" not in ended.err + demo.err


async def test_a_mistake_in_the_configuration_stops_the_start_with_its_place(tmp_path: Path) -> None:
    environment = _environment(tmp_path, FOLLOWUP_CONFIG=str(tmp_path / "nowhere"))
    ended = await _run(environment, tmp_path, "serve")
    assert ended.code == 78
    assert "nowhere" in ended.err


async def test_web_and_worker_refuse_a_database_that_nobody_migrated(tmp_path: Path) -> None:
    for verb in ("web", "worker"):
        ended = await _run(_environment(tmp_path), tmp_path, verb)
        assert ended.code == 1, ended.err
        assert "followup migrate" in ended.err


async def test_migrate_may_be_run_twice(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    assert [(await _run(environment, tmp_path, "migrate")).code for _ in range(2)] == [0, 0]


async def test_check_reads_a_configuration_without_the_secrets_of_the_machine_that_runs_it(tmp_path: Path) -> None:
    environment = _environment(tmp_path, GLOW_BOOKING_SECRET="", FOLLOWUP_TEMPLATES="", FOLLOWUP_CONFIG="")
    ended = await _run(environment, tmp_path, "check", str(TOP / "config"))
    assert (ended.code, ended.err) == (0, "")
    assert "note: GLOW_BOOKING_SECRET is not set here" in ended.out
    assert ended.out.endswith("No mistakes.\n")


async def test_check_names_every_mistake_and_exits_78(tmp_path: Path) -> None:
    ended = await _run(_environment(tmp_path), tmp_path, "check", str(tmp_path / "nowhere"), "--json")
    assert ended.code == 78
    assert len(json.loads(ended.out)["problems"]) > 1


async def test_reconcile_says_when_the_carrier_could_not_be_asked(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    await _run(environment, tmp_path, "migrate")
    ended = await _run(environment, tmp_path, "reconcile", "--json")
    assert ended.code == 1
    assert json.loads(ended.out) == {"asked": False, "replies": 0, "resolved": 0}


@pytest.mark.parametrize("arguments", [("nonsense",), ("serve", "--nonsense"), ("demo", "--port", "x")])
async def test_wrong_usage_is_exit_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = await _run(_environment(tmp_path), tmp_path, *arguments)
    assert ended.code == 2
    assert "Traceback" not in ended.err
