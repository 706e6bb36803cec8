"""What Lighthouse says of the desk on a phone: worklist, one patient, sign-in. Run by scripts/lighthouse.

.venv/bin/python benchmarks/lighthouse.py path/to/lighthouse/cli/index.js [seconds until the demo is busy, 45]
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kit.browser import find_chromium
from kit.desk import new_browser
from kit.running_demo import run_demo

CATEGORIES = {"performance": 90, "accessibility": 100, "best-practices": 100}
"""What is looked at, and the least it should reach."""
CHROME = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
LONGEST_LOAD_MS = 20_000
"""The desk's stream never ends, so that "all is loaded" never comes."""
TRIES = 3
PORT, PATIENTS = 8797, 30
OPTIONS = (
    f"--only-categories={','.join(CATEGORIES)}",
    f"--max-wait-for-load={LONGEST_LOAD_MS}",
    f"--chrome-flags={CHROME}",
)


@dataclass(frozen=True)
class Verdict:
    """Scores of one page, and what kept them from being whole."""

    scores: dict[str, int]
    wanting: list[str]


async def look(cli: str, url: str, cookie: str) -> Verdict:
    """One run of Lighthouse, mobile as it comes; where a busy machine made it lose its trace, once more."""
    told = ["--extra-headers=" + json.dumps({"Cookie": cookie})] if cookie else []
    environment = {**os.environ, "CHROME_PATH": find_chromium() or ""}
    with tempfile.TemporaryDirectory() as named:
        for _ in range(TRIES):
            # Into a file: of what it writes to a pipe, Node throws away the rest when Lighthouse ends.
            report = Path(named) / "report.json"
            command = ["node", cli, url, "--quiet", "--output=json", f"--output-path={report}", *OPTIONS, *told]
            process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
            await process.wait()
            if report.exists():
                found = json.loads(report.read_text(encoding="utf-8"))
                if "runtimeError" not in found:
                    return verdict(found)
    message = f"Lighthouse came to no end with {url}"
    raise RuntimeError(message)


def verdict(report: dict[str, Any]) -> Verdict:
    """What a report comes to."""
    scores: dict[str, int] = {}
    wanting: list[str] = []
    for name, goal in CATEGORIES.items():
        category = report["categories"][name]
        scores[name] = round(100 * (category["score"] or 0))
        for ref in category["auditRefs"]:
            audit = report["audits"][ref["id"]]
            if ref["weight"] and audit["score"] is not None and audit["score"] < goal / 100:
                wanting.append(f"{name}: {audit['title']} {audit.get('displayValue', '')}".strip())
    return Verdict(scores, wanting)


async def main(cli: str, busy: float) -> int:
    least = 0
    async with run_demo(PORT, PATIENTS) as link:
        await asyncio.sleep(busy)
        where = urlsplit(link)
        origin = f"{where.scheme}://{where.netloc}"
        nurse = new_browser(origin)
        await nurse.press(await nurse.see(where.path), "")
        cookie = "; ".join(f"{one.key}={one.value}" for one in nurse.web.cookie_jar)
        episode = re.findall(r"/episodes/[\w-]+", (await nurse.see("/")).html)[0]
        await nurse.close()
        print(f"{'page':12}{'performance':>14}{'accessibility':>16}{'best practices':>17}")
        pages = (("worklist", "/", cookie), ("one patient", episode, cookie), ("sign-in", "/sign-in", ""))
        for name, path, sent in pages:
            found = await look(cli, origin + path, sent)
            scores = found.scores
            print(f"{name:12}{scores['performance']:>14}{scores['accessibility']:>16}{scores['best-practices']:>17}")
            for each in found.wanting:
                print(f"    {each}")
            least |= any(scores[each] < goal for each, goal in CATEGORIES.items())
    return least


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 45.0)))
