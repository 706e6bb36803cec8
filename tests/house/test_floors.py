"""Imports go down the floors only, hands never touch each other, and no module imports itself by a detour."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from kit.sources import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# From the top of the house to its bottom. Rooms on one floor do not import each other, but for those that share a line.
FLOORS: tuple[tuple[frozenset[str], ...], ...] = (
    (frozenset({"__main__", "app", "cli", "demo"}),),
    (frozenset({"web"}), frozenset({"worker"})),
    (frozenset({"flows"}),),
    (
        frozenset({"store"}),
        frozenset({"bookings"}),
        frozenset({"sms"}),
        frozenset({"catalogue"}),
        frozenset({"notify"}),
    ),
    (frozenset({"domain"}),),
    (frozenset({"settings"}),),
)
SETTINGS = "settings"
# Only a floor-5 room reads settings; and each of these libraries is known to one room alone.
OWNERS = {
    "PIL": "followup.sms",
    "alembic": "followup.store",
    "aiosqlite": "followup.store",
    "apprise": "followup.notify",
    "apscheduler": "followup.worker",
    "asyncpg": "followup.store",
    "sqlalchemy": "followup.store",
    "twilio": "followup.sms.twilio",
}
TOP_FLOOR = FLOORS[0][0]


def room(module: str) -> str:
    """The room of the house this module lives in; "" is the package itself, which holds the version only."""
    return module.split(".")[1] if "." in module else ""


def floor(name: str) -> tuple[int, int]:
    """Which floor, counted from the top, and which room there."""
    for height, rooms in enumerate(FLOORS):
        for place, names in enumerate(rooms):
            if name in names:
                return height, place
    message = f"followup/{name} stands on no floor of the house: give it one in FLOORS"
    raise KeyError(message)


def is_allowed(importer: str, imported: str) -> bool:
    """Whether the room `importer` may import from the room `imported`."""
    if importer == imported or not imported:
        return True
    if imported == SETTINGS:
        return importer in TOP_FLOOR
    (here, place), (there, other) = floor(importer), floor(imported)
    return here < there or (here, place) == (there, other)


def wrong_imports(house: Iterable[Module]) -> list[str]:
    """Every import that goes up, or sideways into another room."""
    every = tuple(house)
    known = frozenset(module.name for module in every)
    return [
        f"{module.path}:{line} imports {target}"
        for module in every
        for line, target in module.imports(known)
        if target.partition(".")[0] == "followup" and not is_allowed(room(module.name), room(target))
    ]


def strangers(house: Iterable[Module]) -> list[str]:
    """Every import of a library outside the room that owns it, and of any library in the domain."""
    found = []
    for module in house:
        for line, target in module.imports(frozenset()):
            top = target.partition(".")[0]
            owner = OWNERS.get(top)
            is_elsewhere = owner is not None and not f"{module.name}.".startswith(f"{owner}.")
            is_in_domain = room(module.name) == "domain" and top != "followup" and top not in sys.stdlib_module_names
            if is_elsewhere or is_in_domain:
                found.append(f"{module.path}:{line} imports {target}")
    return found


def cycles(house: Iterable[Module]) -> list[str]:
    """Each chain of modules that comes back to where it began, as it reads; every kind of import counts."""
    every = tuple(house)
    known = frozenset(module.name for module in every)
    graph = {module.name: {target for _, target in module.imports(known)} & known for module in every}
    return [" > ".join(_way_round(graph, group)) for group in _knots(graph)]


def _knots(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Groups of modules that all reach each other."""
    reach = {start: _reached(graph, start) for start in graph}
    groups: list[set[str]] = []
    for start in sorted(graph):
        group = {other for other in reach[start] if start in reach[other]}
        if group and group not in groups:
            groups.append(group)
    return groups


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    open_ends = list(graph[start])
    while open_ends:
        current = open_ends.pop()
        if current not in reached:
            reached.add(current)
            open_ends.extend(graph[current])
    return reached


def _way_round(graph: Mapping[str, set[str]], group: set[str]) -> list[str]:
    """The shortest way from the first of the group back to it."""
    first = min(group)
    ways = [[first]]
    for way in ways:
        for step in sorted(graph[way[-1]] & group):
            if step == first:
                return [*way, first]
            if step not in way:
                ways.append([*way, step])
    return [first]


def _planted(**texts: str) -> list[Module]:
    """Modules with these texts; two underscores stand for a dot."""
    names = {name: "followup." + name.replace("__", ".") for name in texts}
    return [Module(names[name], names[name].replace(".", "/") + ".py", text) for name, text in texts.items()]


def test_imports_go_down_only() -> None:
    assert wrong_imports(modules()) == []


def test_a_library_is_known_to_its_own_room_only() -> None:
    assert strangers(modules()) == []


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycles(modules()) == []


@pytest.mark.parametrize(
    "text",
    [
        "from followup.flows.accept import accept",
        "import followup.flows.accept",
        "from followup import flows",
        "from ..flows.accept import accept",
        "def late() -> None:\n    from followup.flows import accept",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from followup.flows.accept import accept",
        "from followup.sms import Hooks",
        "from followup.settings import Settings",
    ],
)
def test_an_import_upwards_or_sideways_is_found_however_it_is_written(text: str) -> None:
    assert len(wrong_imports(_planted(store__episodes=text, flows="", flows__accept=""))) == 1


def test_the_top_floor_may_import_anything_and_hands_the_domain() -> None:
    assert (
        wrong_imports(_planted(app="from followup.settings import Settings\nfrom followup.web import make_app")) == []
    )
    assert wrong_imports(_planted(store__episodes="from followup.domain.episode import Episode")) == []


def test_a_library_in_a_strange_room_is_found() -> None:
    assert len(strangers(_planted(flows__accept="from sqlalchemy import select"))) == 1
    assert len(strangers(_planted(domain__phone="import phonenumbers"))) == 1
    assert strangers(_planted(store__tables="import sqlalchemy as sa", domain__phone="import re")) == []


def test_a_cycle_is_found_even_inside_functions() -> None:
    late = "def late() -> None:\n    from followup.domain import triage"
    house = _planted(domain__episode="from followup.domain.schedule import x", domain__schedule=late, domain__triage="")
    assert cycles(house) == []
    house[2] = Module("followup.domain.triage", "followup/domain/triage.py", "import followup.domain.episode")
    chain = "followup.domain.episode > followup.domain.schedule > followup.domain.triage > followup.domain.episode"
    assert cycles(house) == [chain]


def test_a_room_without_a_floor_is_named() -> None:
    with pytest.raises(KeyError, match="followup/helpers stands on no floor"):
        wrong_imports(_planted(helpers__dates="from followup.domain import x", domain=""))
