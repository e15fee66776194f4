"""Is the site whole? Is every document in the menu, every choice of a scenario named, every example right?"""

import doctest
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from social_rl.reports.observation_page import observation_page
from social_rl.reports.scenario_page import choices, remarks, scenario_page
from worlds.envs.spaces import SENSES
from worlds.scenario import make_scenario, scenario_choices, scenario_names
from worlds.state import N_SENSES, OUTCOMES

ROOT = Path(__file__).resolve().parent.parent
TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))
CELL = re.compile(r"^```\{code-cell\}\n(?::tags:.*\n\n)?(.*?)^```", re.M | re.S)


@pytest.fixture(scope="module")
def gather():
    spec = importlib.util.spec_from_file_location("gather", ROOT / "docs/site/gather.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(gather):
    return gather.pages()


def test_every_page_of_the_menu_is_there_and_every_document_in_the_menu(gather, pages):
    there = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    made = {name.removesuffix(".md") for name in pages}
    listed = {name for names in gather.MENU.values() for name in names}
    assert listed - there - made == set()
    reached = (
        listed | {"index", "site/home"} | {name for name in there | made if name.startswith("scenarios/")}
    )
    assert {name for name in there if not name.startswith(("results/", "decisions/"))} - reached == set()


@pytest.mark.parametrize("name", scenario_names())
def test_a_page_says_all_that_can_be_chosen_of_a_scenario(name):
    page = scenario_page(name, "")
    rows = choices(name)
    assert {choice.strip("`") for choice, _, _ in rows} == {*scenario_choices(name)}
    assert [choice for choice, _, said in rows if not said] == [], "say what it is behind it, in its file"
    assert all(f"| {choice} | {default} | " in page for choice, default, _ in rows)
    assert all(f"`{script.__name__}`" in page for script in make_scenario(name).scripts)
    assert "truncated" in page


@pytest.mark.parametrize("name", scenario_names())
def test_each_scenario_is_told_by_hand_and_has_a_picture(pages, name):
    told = pages[f"scenarios/{name}.md"]
    assert f"pictures/scenario-{name}.png" in told
    assert (ROOT / f"docs/pictures/scenario-{name}.png").exists()


def test_what_stands_behind_a_parameter_is_found():
    def scenario(
        side: int = 5,  # cells from edge to edge
        told: str = "both",
    ) -> None: ...

    assert remarks(scenario) == {"side": "cells from edge to edge"}


def test_each_byte_has_its_words():
    assert len(SENSES) == N_SENSES
    page = observation_page()
    assert all(words in page for words in OUTCOMES)
    assert "grey hat" in page and "shut cupboard (8 colours)" in page


def test_every_command_is_on_the_page(pages):
    commands = re.findall(r"^##+ (.*)$", pages["commands.md"], re.M)
    assert {"run", "replay check", "train social", "design accel", "rlhf check-reward", "bench"} <= {
        *commands
    }
    assert len(commands) == len({*commands}) > 40


def test_links_to_sources_lead_to_pages(gather):
    sources: set[str] = set()
    text = "[a](../worlds/state.py) [b](results/design.md) [c](https://x.org) [d](decisions)\n"
    told = gather.linked(text, "training.md", sources)
    assert (
        told == "[a](source/worlds/state.py.md) [b](results/design.md) [c](https://x.org) [d](decisions.md)\n"
    )
    assert sources == {"worlds/state.py"}
    assert "../source/worlds/state.py.md" in gather.linked(
        "[a](../../worlds/state.py)", "how/network.md", set()
    )


def test_public_names_are_on_the_page_of_their_package(gather):
    named = {name for _, names in gather.API["worlds"] for name in names}
    assert {*importlib.import_module("worlds").__all__} <= named


def public_names(gather):
    for parts in gather.API.values():
        for module, names in parts:
            for name in names:
                yield f"{module}.{name}", getattr(importlib.import_module(module), name)


def test_examples_of_public_names_are_right(gather):
    """As after `from worlds import *`."""
    worlds = importlib.import_module("worlds")
    known = {name: getattr(worlds, name) for name in worlds.__all__}
    finder, runner, tried = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(), set()
    for name, thing in public_names(gather):
        for test in finder.find(thing, name, globs={**known}):
            if test.examples:
                tried.add(name)
                assert runner.run(test).failed == 0, name
    assert {f"worlds.{name}" for name in worlds.__all__} <= tried


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs(path, tmp_path):
    """Its cells, one after another, in an empty folder."""
    cells = "\n".join(CELL.findall(path.read_text(encoding="utf-8")))
    done = subprocess.run(
        [sys.executable, "-c", cells], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
