"""The desk under load: the worklist among 10,000 flags, how soon a reply stands on an open desk, what sleep misses.

.venv/bin/python benchmarks/desk.py [seconds without a line, 300] [replies, 200]
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
import structlog
from desk_flags import fill, phone_of
from start_and_memory import FOLLOWUP, cpu_seconds, environment, free_port, until_ready

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from playwright.async_api import TimeoutError as SlowError

from kit.browser import DESK, open_browser, open_page
from kit.desk import PASSWORD, Nurse, new_browser
from kit.relay import open_relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser, Page

MANY, FEW, LOOKS, STREAMS = 10_000, 45, 200, 20
EVERY = 0.5
"""Seconds between two replies."""
TOKEN = "none"  # noqa: S105 - what start_and_memory.py tells the service
NURSE = "nia@glow.example"
SEEN = """() => {
  window.seen = {};
  const main = document.querySelector('#main');
  const look = () => {
    for (const [word] of main.textContent.matchAll(/q\\d+w/g)) window.seen[word] ??= Date.now() / 1000;
  };
  new MutationObserver(look).observe(main, { subtree: true, childList: true, characterData: true });
}"""
CAUGHT_UP = "Object.keys(window.seen).filter((word) => /^q9\\d{3}w$/.test(word)).length"


@dataclass(frozen=True)
class Served:
    """A running service, and somebody of its staff."""

    origin: str
    nurse: Nurse
    process: subprocess.Popen[bytes]

    async def reply(self, number: int, text: str) -> None:
        """A patient's text, as the carrier tells us of it."""
        path, sid = "/hooks/sms/simulator/reply", f"SM{time.time_ns():032x}"
        form = {"From": phone_of(number), "To": "+447400123456", "Body": text, "MessageSid": sid, "NumMedia": "0"}
        form |= {"AccountSid": "AC" + "0" * 32, "SmsSid": sid, "SmsStatus": "received", "NumSegments": "1"}
        signed = self.origin + path + "".join(name + form[name] for name in sorted(form))
        signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        async with self.nurse.web.post(self.origin + path, data=urlencode(form), headers=headers) as answer:
            if answer.status >= 300:
                raise AssertionError(await answer.text())


@asynccontextmanager
async def served(directory: Path, many: int) -> AsyncIterator[Served]:
    """`followup serve` on a database in which so many flags wait, and a nurse who is signed in."""
    port = free_port()
    told = environment(str(directory), port)
    await fill(told["DATABASE_URL"], many)
    link = await asyncio.to_thread(_add_nurse, told)
    process = _start(told)
    try:
        await asyncio.to_thread(until_ready, port, process)
        origin = f"http://127.0.0.1:{port}"
        nurse = new_browser(origin)
        await nurse.press(await nurse.see(link), "", password=PASSWORD, again=PASSWORD)
        yield Served(origin, nurse, process)
        await nurse.close()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _add_nurse(told: dict[str, str]) -> str:
    command = [*FOLLOWUP, "user", "add", NURSE, "--role", "reviewer"]
    said = subprocess.run(command, env=told, check=True, capture_output=True, text=True).stdout
    return str(re.findall(r"/welcome/\S+", said)[0])


def _start(told: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*FOLLOWUP, "serve"], env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def worklist_among_many(desk: Served) -> None:
    """How long the worklist takes, and what goes over the line."""
    took: dict[str, list[float]] = {}
    weight: dict[str, int] = {}
    cost: dict[str, float] = {}
    views = {
        "whole worklist": "/",
        "one section": "/?section=review",
        "nobody's": "/?owner=unowned",
        "one treatment in a hundred": "/?treatment=thread_lift",
        "clinic, treatment and reason": "/?owner=unowned&clinic=glow&treatment=mesotherapy&reason=severe",
        "a filter that hides all": "/?owner=mine&treatment=lip_filler",
    }
    async with aiohttp.ClientSession(cookie_jar=desk.nurse.web.cookie_jar, auto_decompress=False) as plain:
        for name, path in views.items():
            spent = cpu_seconds(desk.process.pid)
            for look in range(LOOKS + 5):
                began = time.perf_counter()
                async with plain.get(desk.origin + path, headers={"Accept-Encoding": "gzip"}) as answer:
                    body = await answer.read()
                if look >= 5:
                    took.setdefault(name, []).append(1000 * (time.perf_counter() - began))
                weight[name] = len(body)
            cost[name] = 1000 * (cpu_seconds(desk.process.pid) - spent) / (LOOKS + 5)
    for name, each in took.items():
        print(
            f"{name:34}p50 {statistics.median(each):6.0f} ms   p95 {percentile(each, 0.95):6.0f} ms (goal 150)   "
            f"{cost[name]:3.0f} ms of a core   {weight[name] / 1000:5.1f} KB over the line (goal 60)"
        )


async def end_with_streams(desk: Served) -> None:
    """How long SIGTERM takes while desks listen."""
    streams = [await desk.nurse.web.get(desk.origin + "/events") for _ in range(STREAMS)]
    for each in streams:
        await each.content.readline()
    began = time.perf_counter()
    desk.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(desk.process.wait, 20)
    print(f"{'SIGTERM with 20 streams':34}{time.perf_counter() - began:6.2f} s (goal 5)")
    for each in streams:
        each.close()


async def sit_down(page: Page, origin: str) -> None:
    """Signs in, and waits until the worklist is live."""
    await page.goto(origin + "/sign-in")
    await page.get_by_label("E-mail").fill(NURSE)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.locator("#live.is-live").wait_for()
    await page.evaluate(SEEN)


async def arrivals(desk: Served, browser: Browser, replies: int) -> None:
    """From the carrier's call to the row on a desk that is open."""
    sent: dict[str, float] = {}
    async with open_page(DESK, browser) as page:
        await sit_down(page, desk.origin)
        for number in range(replies):
            sent[f"q{number}w"] = time.time()
            await desk.reply(number % FEW, f"something else q{number}w")
            await asyncio.sleep(EVERY)
        await asyncio.sleep(4)
        seen = await page.evaluate("window.seen")
    waits = [seen[word] - at for word, at in sent.items() if word in seen]
    slow = percentile(waits, 0.99)
    print(
        f"{'reply to row on an open desk':34}p50 {statistics.median(waits):6.2f} s    p99 {slow:6.2f} s (goal 2)   "
        f"{len(sent) - len(waits)} of {len(sent)} never seen (goal 0)"
    )


async def asleep(desk: Served, browser: Browser, seconds: float) -> None:
    """A desk without a line for so long, while patients write; then back."""
    async with open_page(DESK, browser) as page, open_relay(desk.origin) as relay:
        await sit_down(page, relay.origin)
        relay.hold()
        for number in range(FEW):
            await desk.reply(number, f"after a while q{9000 + number}w")
            await asyncio.sleep(seconds / FEW)
        says = await page.get_by_text("Not live since").is_visible()
        relay.cut()
        began = time.perf_counter()
        with suppress(SlowError):
            await page.locator("#list").get_by_text(f"q{9000 + FEW - 1}w").first.wait_for(timeout=30_000)
        missing = FEW - int(await page.evaluate(CAUGHT_UP))
        print(
            f"{f'{seconds:.0f} s without a line':34}{missing} of {FEW} missed (goal 0), back after "
            f"{time.perf_counter() - began:.1f} s; it {'said' if says else 'DID NOT SAY'} that it was not live"
        )


async def main(seconds: float, replies: int) -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, SQLite")
    with tempfile.TemporaryDirectory() as named:
        async with served(Path(named), MANY) as desk:
            await worklist_among_many(desk)
            await end_with_streams(desk)
    with tempfile.TemporaryDirectory() as named:
        async with served(Path(named), FEW) as desk, open_browser() as browser:
            await arrivals(desk, browser, replies)
            await asleep(desk, browser, seconds)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    given = [float(each) for each in sys.argv[1:]]
    asyncio.run(main(given[0] if given else 300.0, int(given[1]) if len(given) > 1 else 200))
