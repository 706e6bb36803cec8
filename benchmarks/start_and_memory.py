"""How long `--help` and `serve` take to be there, and what an idle `serve` costs. Prints a table; needs no account.

.venv/bin/python benchmarks/start_and_memory.py
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

RUNS = 5
IDLE_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")
FOLLOWUP = [sys.executable, "-m", "followup"]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def timed(command: list[str]) -> float:
    """Seconds of one whole run."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def environment(directory: str, port: int) -> dict[str, str]:
    """What an installation of the sample clinic is told."""
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{directory}/bench.db",
        "PORT": str(port),
        "FOLLOWUP_SECRET_KEY": secrets.token_urlsafe(48),
        "GLOW_BOOKING_SECRET": "whsec_" + "A" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "none",
        "TWILIO_API_URL": "http://127.0.0.1:9",
    }


def until_ready(port: int, process: subprocess.Popen[bytes]) -> float:
    """Seconds until /readyz says yes."""
    began = time.perf_counter()
    while time.perf_counter() - began < 30:
        if process.poll() is not None:
            raise RuntimeError("serve stopped by itself")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).read()
            return time.perf_counter() - began
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise RuntimeError("serve was not ready within 30 s")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    """Resident memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def serve_once(*, idle: float) -> tuple[float, float, float]:
    """Seconds until ready on a new database, share of a core while idle, MiB."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        process = subprocess.Popen([*FOLLOWUP, "serve"], env=environment(directory, port), stderr=subprocess.DEVNULL)
        try:
            ready = until_ready(port, process)
            time.sleep(8.0 if idle else 0)  # until what is done once at the start is done
            before, began = cpu_seconds(process.pid), time.perf_counter()
            time.sleep(idle)
            spent = (cpu_seconds(process.pid) - before) / (time.perf_counter() - began) if idle else 0.0
            return ready, spent, resident_mib(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def spread(values: list[float], unit: str) -> str:
    """Median, with the least and the most."""
    return f"{statistics.median(values):.2f} {unit}  ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    bare = [timed([sys.executable, "-c", "pass"]) for _ in range(RUNS)]
    help_ = [timed([*FOLLOWUP, "--help"]) for _ in range(RUNS)]
    ready = [serve_once(idle=0)[0] for _ in range(RUNS)]
    _, idle, memory = serve_once(idle=IDLE_SECONDS)
    print(f"{'python -c pass':28}{spread(bare, 's')}")
    print(f"{'followup --help':28}{spread(help_, 's')}   goal under 0.5 s, aim 0.3 s")
    print(f"{'followup serve ready, cold':28}{spread(ready, 's')}   goal under 2 s, aim 1.5 s")
    print(f"{'idle serve, share of a core':28}{idle:.2%} over {IDLE_SECONDS:.0f} s   goal under 1 %")
    print(f"{'idle serve, resident':28}{memory:.0f} MiB   goal under 120 MiB")


if __name__ == "__main__":
    main()
