"""What has been chosen? A scenario, a policy for each agent, perhaps others beside. Never changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from social_rl.commands.choices import chosen_scenario
from social_rl.episodes.casting import read_cast
from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.editor.draft import Draft, draft_of
from worlds.levels.bank import level_of
from worlds.scenario import Scenario, offered_scenarios, scenario_names

POLICIES = ("expert", "seeing", "mind", "lm", "random", "wander", "noisy:0.3", "decoy", "still")
ABOUT = {
    "expert": "plans with the whole house before it", "seeing": "plans with what its agent has seen",
    "mind": "the network that comes with the package", "lm": "a language model leads the mind",
    "random": "any act", "wander": "walks about", "noisy:0.3": "the expert, who errs", "decoy": "does something else",
    "still": "waits",
}  # fmt: skip
CHOICES, POLICY = "choices", "policy"  # what is written in the entry
SIDES = ("cast", "beside")
MOST_RUNS = 12


@dataclass(frozen=True)
class StartState:
    """What `picture.paint` draws; `commands.do` returns the next one."""

    scenarios: tuple[str, ...]
    policies: tuple[str, ...]
    name: str = "house"
    choices: tuple[str, ...] = ()  # CHOICE=VALUE
    seed: int = 0
    cast: tuple[tuple[str, str], ...] = ()  # agent and policy, for those that were chosen
    beside: tuple[tuple[str, str], ...] = ()
    side: str = "cast"  # which of them is being chosen
    selected: int = 0
    entry: Entry = field(default_factory=Entry)
    writing: str = ""
    size: tuple[int, int] = (1280, 800)
    scale: float = 1.0
    is_dark: bool = False
    help: bool = False
    notice: str = ""
    opens: str = ""
    is_open: bool = True
    quits: bool = False

    @property
    def scenario(self) -> Scenario:
        """The scenario that is chosen."""
        return made(self.name, self.choices)

    def who(self, side: str) -> dict[str, str]:
        """Each agent's policy on a side."""
        scenario = self.scenario
        usual = read_cast((), scenario.agents, scenario.cast)
        said = {n: p for n, p in self.cast if n in usual}
        if side == "beside":
            said |= {n: p for n, p in self.beside if n in usual}
        return usual | said

    @property
    def is_beside(self) -> bool:
        """Are two casts to be compared?"""
        agents = self.scenario.agents
        return any(name in agents for name, _ in self.beside)


@lru_cache(maxsize=64)
def made(name: str, choices: tuple[str, ...]) -> Scenario:
    """A scenario with its choices.

    Raises:
        ValueError: no such scenario or choice.
    """
    return chosen_scenario(name, choices)


def open_start(runs: Path = Path("runs"), **known: object) -> StartState:
    """The screen, with the minds of the runs in a folder."""
    scenarios = (*scenario_names(), *offered_scenarios())
    policies = (*POLICIES, *(f"mind:{run}" for run in minds_in(runs)))
    return StartState(scenarios, policies, **known)  # pyright: ignore[reportArgumentType]


def minds_in(folder: Path) -> Iterable[Path]:
    """The runs in a folder that have a mind to play with, the newest first."""
    found = [path.parent for path in folder.glob("*/checkpoints")] if folder.is_dir() else []
    with_minds = [run for run in found if any((run / "checkpoints").glob("frames-*/mind.safetensors"))]
    return sorted(with_minds, key=lambda run: -run.stat().st_mtime)[:MOST_RUNS]


@lru_cache(maxsize=16)
def level_like(scenario: Scenario, seed: int) -> Draft:
    """A level as this scenario draws them."""
    return draft_of(level_of(scenario.draw(1, seed), 0))
