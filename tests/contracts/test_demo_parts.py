"""The parts of the demo that can be seen without running it whole."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from followup.bookings import Request
from followup.bookings.native.adapter import ADAPTER
from followup.demo.bookings import BookingRefusedError, make_secret, send_bookings
from followup.demo.cast import BILL, UNMAPPED, answering, make_cast
from followup.demo.fast_clock import fast_clock
from followup.demo.progress import Counts, Progress
from followup.demo.show import Desk, show
from followup.demo.stage import set_stage
from followup.domain.inputs import Booking, BookingStatus, Consent
from followup.sms.simulator.account import E164
from followup.sms.simulator.patients import PERSONAS

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ASK = "Glow Clinic: redness and swelling now? 0 if neither, or two digits in order: 0 no 1 mild"


class Ticks:
    def __init__(self) -> None:
        self.seconds = 500.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-24T15:30:00+00:00", "2026-11-24T10:00:00+00:00"),
        ("2026-11-28T09:00:00+00:00", "2026-11-30T10:00:00+00:00"),  # a Saturday
        ("2026-07-01T23:30:00+00:00", "2026-07-02T09:00:00+00:00"),  # already tomorrow in London, in summer
    ],
)
def test_the_demo_begins_at_ten_on_a_working_day(now: str, start: str) -> None:
    clock = fast_clock(datetime.fromisoformat(now), LONDON, 3600, Ticks())
    assert clock() == datetime.fromisoformat(start)


def test_an_hour_passes_in_a_second() -> None:
    ticks = Ticks()
    clock = fast_clock(START, LONDON, 3600, ticks)
    ticks.seconds += 72
    assert clock() == START + timedelta(hours=72)


@pytest.mark.parametrize("patients", [1, 5, 13, 40, 200])
def test_first_check_ins_fall_due_within_hours_of_the_start(patients: int) -> None:
    cast = make_cast(patients, START)
    due = [member.treated_until + timedelta(hours=24) for member in cast]
    assert all(START < at <= START + timedelta(hours=4) for at in due)
    assert len({member.phone for member in cast}) == patients
    assert all(E164.fullmatch(member.phone) for member in cast)


def test_a_full_cast_has_every_persona_one_without_consent_and_one_unmapped() -> None:
    cast = make_cast(40, START)
    assert {member.persona for member in cast} == set(BILL) == set(PERSONAS)
    assert [member.has_consented for member in cast].count(False) == 1
    assert [member.service for member in cast].count(UNMAPPED) == 1


def test_the_cast_answers_by_the_day_since_its_own_treatment() -> None:
    (slow,) = [member for member in make_cast(10, START) if member.persona == "slow"]
    ask = answering([slow], lambda: slow.treated_until + timedelta(hours=73))
    said = ask(slow.phone, ASK)
    assert said is not None
    assert said.text in PERSONAS["slow"].skin[3]
    assert ask("+447700900999", ASK) is None


async def test_bookings_arrive_signed_and_readable_and_are_tried_again_when_the_door_is_busy() -> None:
    got: list[Request] = []
    answers = iter([429, 503] + [202] * 20)

    async def door(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        got.append(Request(headers, await request.read()))
        return web.Response(status=next(answers))

    app = web.Application()
    app.router.add_post("/hooks/bookings/glow-native", door)
    secret, cast = make_secret(), make_cast(15, START)
    async with TestServer(app) as server:
        url = str(server.make_url("/hooks/bookings/glow-native"))
        await send_bookings(url, secret, cast, lambda: START, "Europe/London")
    assert len(got) == 17
    assert len({request.headers["webhook-id"] for request in got}) == 15
    assert all(ADAPTER.is_signed(request, [secret], START) for request in got)
    read = [fact for request in got[2:] for fact in ADAPTER.read(request) if isinstance(fact, Booking)]
    assert {booking.status for booking in read} == {BookingStatus.FULFILLED}
    assert [booking.patient.consent for booking in read].count(Consent.GRANTED) == 14
    assert [booking.ends_at for booking in read] == [member.treated_until for member in cast]


async def test_a_booking_that_is_refused_stops_the_demo_and_says_why() -> None:
    async def door(_: web.Request) -> web.Response:
        return web.Response(status=401, text="wrong signature")

    app = web.Application()
    app.router.add_post("/x", door)
    async with TestServer(app) as server:
        with pytest.raises(BookingRefusedError, match="401: wrong signature"):
            await send_bookings(str(server.make_url("/x")), make_secret(), make_cast(1, START), lambda: START, "UTC")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_writes_over_one_line_on_a_terminal() -> None:
    out = Terminal()
    progress = Progress(out, lambda: START, LONDON)
    for flags in (0, 3):
        progress.show(Counts(40, 12, 9, flags))
    progress.close("Stopped.")
    first, second, last = out.getvalue().replace("\r", "\n").strip().split("\n")
    assert first.rstrip() == "day 1, Tue 10:00  40 bookings, 12 texts, 9 replies, 0 flags"
    assert second.rstrip().endswith("3 flags")
    assert last == "Stopped."


def test_progress_in_a_file_has_a_line_for_each_change() -> None:
    out = io.StringIO()
    progress = Progress(out, lambda: START, LONDON)
    for texts in (1, 1, 1, 2):
        progress.show(Counts(1, texts, 0, 0))
    assert len(out.getvalue().splitlines()) == 2
    assert "\r" not in out.getvalue()


async def test_the_show_says_where_to_click_sends_every_booking_and_stops_when_told() -> None:
    booked: list[str] = []
    told: list[bool] = []

    async def door(request: web.Request) -> web.Response:
        booked.append(request.headers["webhook-id"])
        return web.Response(status=202)

    async def count() -> int:
        if len(booked) == 20 and not told:
            told.append(True)
            os.kill(os.getpid(), signal.SIGTERM)
        return len(booked)

    app = web.Application()
    app.router.add_post("/hooks/bookings/glow-native", door)
    out = Terminal()
    async with TestServer(app, port=0) as server:
        assert server.port is not None
        async with set_stage(server.port, 3600, 20, wall=lambda: START, ticks=time.monotonic) as stage:
            desk = Desk(f"{stage.origin}/sign-in/abc", count, count)
            await asyncio.wait_for(show(stage, desk, out, lambda: START), 20)
            directory = Path(stage.environment["DATABASE_URL"].removeprefix("sqlite:///")).parent
            assert directory.is_dir()
    assert not directory.exists()
    assert f"{stage.origin}/sign-in/abc" in out.getvalue()
    assert f"{stage.origin}/phones" in out.getvalue()
    assert (
        out.getvalue().rstrip().endswith("Stopped: 20 bookings, 0 texts, 0 replies, 20 flags. Nothing of it was kept.")
    )


async def test_the_show_ends_loudly_when_its_bookings_are_refused() -> None:
    async def count() -> int:
        await asyncio.sleep(0)
        return 0

    async with TestServer(web.Application()) as server:
        assert server.port is not None
        async with set_stage(server.port, 3600, 1, wall=lambda: START, ticks=time.monotonic) as stage:
            with pytest.RaisesGroup(BookingRefusedError):
                await show(stage, Desk("", count, count), io.StringIO(), lambda: START)
