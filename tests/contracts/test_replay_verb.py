"""`followup replay`: a changed protocol over what the store holds."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from treated import SAID, treat
from typer.testing import CliRunner

from followup.__main__ import make_app
from followup.catalogue.problems import BadConfigurationError
from followup.domain.replay import Fate
from followup.flows import replay as flow
from followup.store import migrate, open_store
from kit.hand_clock import HandClock

if TYPE_CHECKING:
    from followup.store import Store

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
BAD_CONFIGURATION = 78


def changed(directory: Path, old: str = "", new: str = "") -> Path:
    """The shipped protocol under a name of its own, with one thing changed."""
    text = (CONFIG / "protocols" / "mesotherapy.toml").read_text(encoding="utf-8")
    assert old in text
    file = directory / "patient.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


async def test_past_episodes_are_judged_page_by_page(store: Store, tmp_path: Path) -> None:
    for number in range(5):
        await treat(store, f"B-{number}", patient=f"P-{number}", clinic="glow" if number < 4 else "other")
    protocol = flow.changed_protocol(changed(tmp_path, 'window = "48h"', 'window = "96h"'), CONFIG)
    found = await flow.replay(store, protocol, at_once=2)
    assert (found.episodes, found.check_ins) == (5, 5)
    assert (dict(found.before), dict(found.after)) == ({"persisting": 5}, {})
    assert len(found.of(Fate.UNREVIEWED)) == 5
    assert (await flow.replay(store, protocol, ["other"])).episodes == 1


def test_a_changed_protocol_with_a_mistake_is_refused_at_its_line(tmp_path: Path) -> None:
    file = changed(tmp_path, "[expected.redness]", "[expected.rednes]")
    with pytest.raises(BadConfigurationError, match=r'patient.toml:\d+: there is no symptom "rednes"'):
        flow.changed_protocol(file, CONFIG)


def test_the_verb_shows_both_side_by_side_and_no_words_of_patients(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/followup.db"

    async def fill() -> None:
        await migrate(url)
        store = await open_store(url, wall=HandClock())
        await treat(store)
        await store.close()

    asyncio.run(fill())
    environment = {**os.environ, "DATABASE_URL": url, "FOLLOWUP_CONFIG": str(CONFIG)}
    same, longer = changed(tmp_path), tmp_path / "longer.toml"
    longer.write_text(same.read_text(encoding="utf-8").replace('"48h"', '"96h"'), encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        ended = CliRunner().invoke(make_app(), ["replay", *words], env=environment)
        return ended.exit_code, ended.output

    code, said = run("--protocol", str(longer), "--json")
    found = json.loads(said)
    assert (code, found["per_100_check_ins"]) == (0, {"before": 100.0, "after": 0.0})
    assert found["counts"]["not reviewed"] == 1
    assert SAID not in said
    code, said = run("--protocol", str(same))
    assert code == 0
    assert "1 episodes, 1 check-ins asked" in said
    assert "0 real flags would be missed" in said
    assert run("--protocol", str(tmp_path / "none.toml"))[0] == 1
    same.write_text("id = ", encoding="utf-8")
    assert run("--protocol", str(same))[0] == BAD_CONFIGURATION
