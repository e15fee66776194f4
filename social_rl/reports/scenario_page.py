"""What does the page of a scenario say? Its tables in words: acts, observations, rewards, ends, choices."""

import ast
import importlib
import inspect
import io
import re
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from social_rl.commands.choices import show
from worlds.envs.registry import titles
from worlds.envs.spaces import PLANES, SENSES, action_space, observation_space
from worlds.generators.houses import HouseConfig
from worlds.scenario import (
    Rewards,
    Scenario,
    house_choices,
    make_scenario,
    maker_of,
    own_choices,
    takes_house,
)
from worlds.state import ACTS

PAID = {
    "success": "for the task done, at the step at which the episode ends",
    "clause": "for each part of the task, when it is first done",
    "step": "for each step",
    "failure": "for a constraint that is broken, or `done` said too early",
    "slowness": "share of what success pays that is lost if it takes until the step limit; sooner, in proportion",
}
assert [*PAID] == [field.name for field in fields(Rewards)]


def scenario_page(name: str, told: str) -> str:
    """The page of a scenario as Markdown; `told` is what was written of it by hand, its picture and rules."""
    scenario = make_scenario(name)
    parts = [
        f"# {name}",
        scenario.summary,
        table(("", ""), _facts(name, scenario)),
        told,
        "## Acts",
        table(("number", "act", "here"), _acts(scenario)),
        "## Observation",
        _spaces(scenario),
        table(("plane of `view`", "what it says of a cell"), PLANES),
        table(
            ("byte of `self`", "", "what it says"), [(i, who, what) for i, (who, what) in enumerate(SENSES)]
        ),
        "## Reward and end",
        table(("paid", "", "for"), _paid(scenario)),
        *_rates(name, scenario),
        "\n".join(f"- {line}" for line in _ends(scenario)),
        "## Choices",
        f"`social-rl run {name} --set NAME=VALUE ...`, or `make_scenario({name!r}, NAME=VALUE, ...)`:",
        table(("choice", "default", "what it is"), choices(name)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def choices(name: str) -> list[tuple[str, str, str]]:
    """What can be chosen of a scenario: the name, the default, and what its file says of it."""
    said = remarks(maker_of(name))
    rows = [
        (f"`{choice}`", f"`{_shown(value)}`", said.get(choice, ""))
        for choice, value in own_choices(name).items()
    ]
    if takes_house(name):
        said = remarks(HouseConfig)
        given = own_choices(name)
        rows += [
            (f"`{choice}`", f"`{_shown(value)}`", said.get(choice, ""))
            for choice, value in house_choices().items()
            if choice not in given
        ]
    return rows


def remarks(thing: Callable[..., Any]) -> dict[str, str]:
    """What stands behind the parameters of a function, or the fields of a class, in its source: name to remark."""
    tokens = tokenize.generate_tokens(io.StringIO(inspect.getsource(thing)).readline)
    found: dict[str, str] = {}
    for token in tokens:
        if token.type == tokenize.COMMENT and (name := re.match(r"\s+(\w+):", token.line)):
            found.setdefault(name[1], token.string.lstrip("# "))
    return found


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown; a bar in a cell stays one."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def _facts(name: str, scenario: Scenario) -> list[tuple[str, str]]:
    title = next(title for title, of in titles().items() if of == name)
    agents = ", ".join(scenario.agents)
    return [
        ("**Gymnasium, PettingZoo**", f"`{title}`"),
        ("**Python**", f"`worlds.parallel_env({name!r})`, `worlds.vector_env({name!r}, 64)`"),
        ("**Terminal**", f"`social-rl play {name}`"),
        ("**Agents**", f"{len(scenario.agents)}: {agents}"),
        ("**Act space**", f"`{action_space(scenario)}`"),
        ("**Observation space**", ", ".join(f"`{part}` {of}" for part, of in _parts(scenario))),
        ("**Scripts**", ", ".join(f"`{script.__name__}`" for script in scenario.scripts) or "none"),
    ]


def _parts(scenario: Scenario) -> list[tuple[str, str]]:
    space = observation_space(scenario)
    return [
        (part, f"{box.dtype}[{', '.join(map(str, box.shape))}]")
        for part, box in space.spaces.items()
        if isinstance(box, spaces.Box)
    ]


def _acts(scenario: Scenario) -> list[tuple[object, str, str]]:
    return [(i, act, "" if act in scenario.acts else "does nothing") for i, act in enumerate(ACTS)]


def _spaces(scenario: Scenario) -> str:
    side = scenario.view
    hidden = "What is behind walls and shut doors is hidden" if scenario.occluded else "Walls hide nothing"
    lines = [
        f"An agent sees {side} × {side} cells: its own is in the middle of the last row it sees of what lies ahead, "
        f"`view[:, 0, {side // 2}]`, and `view[:, i, j]` is i cells ahead. {hidden}.",
        "`instruction` holds the words it was told, as numbers of the vocabulary, and zeros after them.",
    ]
    if scenario.message_tokens:
        lines.append("`heard[i]` is what agent i said at the last step, zeros if nothing or too far away.")
    return "\n\n".join(lines)


def _paid(scenario: Scenario) -> list[tuple[str, str, str]]:
    rows = [
        (f"`{name}`", f"{value:g}", PAID[name]) for name, value in vars(scenario.rewards).items() if value
    ]
    rule = "what its own rule pays, see above" if scenario.mechanics else "nothing else"
    return [*rows, ("", "", rule)]


def _rates(name: str, scenario: Scenario) -> list[str]:
    """The numbers that its rule goes by, named as its file names them."""
    if not scenario.rates:
        return []
    named = _named(name)
    rows = [(f"`{named.get(i, '')}`", f"{rate + 0.0:g}") for i, rate in enumerate(scenario.rates)]
    return ["Its rule goes by these numbers:", table(("number", ""), rows)]


def _named(name: str) -> dict[int, str]:
    """Which rate has which name: `R_COIN, R_TAKEN = RATE_0, RATE_1` in the files of a scenario."""
    home = Path(inspect.getfile(importlib.import_module(f"worlds.scenarios.{name}")))
    files = sorted(home.parent.glob("*.py")) if home.name == "__init__.py" else [home]
    found: dict[int, str] = {}
    for file in files:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and "RATE_" in ast.unparse(node.value):
                names, values = (
                    ast.unparse(side).strip("()").split(", ") for side in (node.targets[0], node.value)
                )
                for its, rate in zip(names, values, strict=True):
                    if rate.startswith("RATE_"):
                        words = its.removeprefix("R_").lower().replace("_", " ")
                        found.setdefault(int(rate.removeprefix("RATE_")), words)
    return found


def _ends(scenario: Scenario) -> list[str]:
    limits = np.unique(scenario.draw(64, 0).step_limit)
    steps = f"{limits[0]}" if len(limits) == 1 else f"{limits[0]} to {limits[-1]}, as the level has it"
    lines = [f"It is **truncated** after {steps} steps."]
    if scenario.rewards.success:
        done = (
            "and the agent has said `done`" if scenario.needs_done else "whether anybody says `done` or not"
        )
        lines.append(f"It is **terminated** for an agent when its task is done, {done}.")
    else:
        lines.append("Nothing **terminates** it.")
    if scenario.needs_done and "done" in scenario.acts and scenario.rewards.success:
        lines.append("`done` said too early ends it for the agent, without success.")
    if scenario.shared_goal:
        lines.append("All have one task, and are done with it together.")
    if scenario.pass_through:
        lines.append("Agents walk through each other.")
    return lines


def _shown(value: object) -> str:
    return show(value) or "-"
