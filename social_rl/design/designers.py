"""What does a command of design ask for? Its levels, its student, its designer."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from adversarial_design import scores
from adversarial_design.buffer import Buffer, rank_priority
from adversarial_design.coplayers import EARLIER, Partners, with_partners
from adversarial_design.designer import RIVAL, Designer, LevelKind, Rows, Score
from adversarial_design.drawing_board import Adversary, BoardConfig
from adversarial_design.house_board import HouseBoardConfig, palette_for
from adversarial_design.kinds import Grid, MazeConfig, house_grid, maze_grid
from adversarial_design.learnability import Learnability, SearchConfig
from adversarial_design.minimax import Minimax
from adversarial_design.ncc import NCC, NCCConfig
from adversarial_design.paired import flexible_paired, paired, population_paired
from adversarial_design.random_design import RandomDesign
from adversarial_design.repaired import Repaired
from adversarial_design.replay import ReplayConfig, accel, plr, robust_plr
from adversarial_design.students import Student, StudentConfig
from agents.network.config import NetworkConfig
from agents.network.precision import settled_precision
from agents.policies.learned import Learned
from agents.training.checkpoint import read_network
from agents.training.learner import LearnerConfig
from agents.training.ppo import PPOConfig
from agents.types import Policy
from social_rl.commands import design as options
from social_rl.commands.checks import check_options, check_seed
from social_rl.commands.choices import read_value
from social_rl.commands.design import BufferOptions, Method, StudentOptions, WorldOptions
from social_rl.commands.groups import flat
from social_rl.episodes.casting import POLICIES, check_policy, make_policy
from social_rl.runs.shipped import find_checkpoint
from worlds.checks import check_like, suggest
from worlds.generators.houses import HouseConfig
from worlds.generators.mazes import bank_of_mazes
from worlds.levels.bank import bank_of

SCORES: dict[str, Callable[[Grid], Score]] = {
    "positive_value_loss": lambda grid: scores.by_positive_value_loss,
    "l1_value_loss": lambda grid: scores.by_l1_value_loss,
    "max_monte_carlo": lambda grid: scores.by_max_monte_carlo,
    "learnability": lambda grid: scores.by_learnability,
    "exact_regret": lambda grid: scores.by_exact_regret(grid.kind.facts),
}


# With what ACCEL begins, as choices: rooms in which there is nothing, or nothing that is not needed.
SIMPLEST: dict[str, tuple[str, ...]] = {
    "maze": ("walls=0,0",),
    "house": (
        "rooms=1,1",
        "clauses=1,1",
        "distractors=0,0",
        "shut=0",
        "locked=0",
        "relations=0",
        "constraints=0",
    ),
}


def grid_of(world: WorldOptions, view: int) -> Grid:
    """The kind of levels, seen `view` cells across; with coplayers there are two agents, unless more are chosen.

    Raises:
        ValueError: a choice does not exist, or is out of its range.
    """
    config = config_of(world, view)
    if isinstance(config, HouseConfig):
        grid = house_grid(config, world.misplaced)
    else:
        grid = maze_grid(config)
    return with_partners(grid, world.coplayers) if world.coplayers else grid


def config_of(world: WorldOptions, view: int) -> HouseConfig | MazeConfig:
    """What houses or mazes there are."""
    usual: dict[str, Any] = {"agents": 2 if world.coplayers else 1}
    if world.world == "house":
        return HouseConfig(**usual | chosen(world.choices, HouseConfig))
    usual["view"] = view
    return MazeConfig(**usual | chosen(world.choices, MazeConfig))


def partners_of(world: WorldOptions, seed: int) -> Partners | None:
    """Who may play beside the student; each student has them to itself, as its earlier self is one of them."""
    if not world.coplayers:
        return None
    return Partners({name: partner_of(name, seed) for name in world.coplayers}, world.renew)


def partner_of(name: str, seed: int) -> Policy | None:
    """The Policy of a name, without chance of its own that would have to be saved; None is the student itself."""
    kind, _, which = name.partition(":")
    if kind == "mind":
        return Learned(read_network(find_checkpoint(Path(which) if which else None)), temperature=0)
    return None if kind == EARLIER else make_policy(name, seed)


def chosen(texts: tuple[str, ...], config: type) -> dict[str, Any]:
    """`CHOICE=VALUE` texts as fields of a config, typed like its defaults."""
    defaults = {field.name: getattr(config(), field.name) for field in fields(config)}
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in defaults:
            raise ValueError(f"--set {text}: {suggest(name, list(defaults))}")
        found[name] = read_value(text, value, defaults[name])
        check_like(name, found[name], defaults[name])
    return found


def student_of(
    asked: StudentOptions, grid: Grid, seed: int, frames: int, partners: Partners | None
) -> Student:
    """A student that is to learn from so many frames, from nothing or from the mind that is named."""
    ppo = PPOConfig(gamma=asked.gamma, entropy=asked.entropy, last_entropy=asked.entropy / 5, target_kl=0)
    learner = LearnerConfig(
        asked.learning_rate, asked.last_learning_rate, gradient_norm=0.5, minibatches=asked.minibatches,
        epochs=asked.epochs,
    )  # fmt: skip
    config = StudentConfig(asked.worlds, asked.workers, asked.steps, frames, ppo, learner)
    precision = settled_precision(asked.precision)
    network = NetworkConfig(
        view=grid.scenario.view,
        hidden=asked.hidden,
        map=asked.map,
        encoder=asked.encoder,
        precision=precision,
        agents=grid.sizes.agents,
    )
    if asked.mind is None:
        return Student(grid, network, config, seed, partners=partners)
    given = read_network(find_checkpoint(asked.mind))
    if given.config.view != network.view:
        raise ValueError(
            f"--mind {asked.mind} has views of {given.config.view} cells, here they have {network.view}"
        )
    shape = replace(given.config, precision=precision)
    student = Student(grid, shape, config, seed, partners=partners)
    student.network.load_state_dict(given.state_dict())
    return student


def rivals_of(method: Method) -> list[str]:
    """Who plays beside the student."""
    match method:
        case options.PopulationPaired():
            return [f"{RIVAL}{i}" for i in range(1, method.rivals + 1)]
        case options.Paired() | options.FlexiblePaired() | options.Repaired():
            return [RIVAL]
        case _:
            return []


def designer_of(method: Method, grid: Grid, student: Student) -> Designer:
    """The designer of a method.

    Raises:
        ValueError: an option is out of range.
    """
    kind, n = grid.kind, method.student.worlds
    match method:
        case options.Random():
            return RandomDesign(kind, n * method.turns)
        case options.Plr():
            return plr(kind, replay_of(method.buffer, n), *score_of(method.score, grid))
        case options.RobustPlr():
            return robust_plr(kind, replay_of(method.buffer, n), *score_of(method.score, grid))
        case options.Accel():
            replay = replay_of(method.buffer, n, method.edits)
            return accel(beginning_with(method, grid), replay, *score_of(method.score, grid))
        case options.Learnability():
            config = SearchConfig(
                n, method.candidates, method.tries, n, method.every, unsolved=method.unsolved
            )
            return Learnability(kind, student.try_each, config)
        case options.Ncc():
            config = NCCConfig(
                n, method.capacity, method.climb, method.spread, method.floor, method.candidates, method.tries,
                method.every,
            )  # fmt: skip
            return NCC(kind, student.try_each, config, SCORES[method.score](grid))
        case options.Minimax():
            return Minimax(kind, adversary_of(method, method.placed, grid), n)
        case options.Paired():
            return paired(kind, adversary_of(method, method.placed, grid), n)
        case options.PopulationPaired():
            adversary = adversary_of(method, method.placed, grid)
            return population_paired(kind, adversary, n, method.rivals)
        case options.FlexiblePaired():
            return flexible_paired(kind, adversary_of(method, method.placed, grid), n)
        case options.Repaired():
            asked = method.buffer
            buffer = Buffer(asked.capacity, rank_priority(asked.temperature), asked.staleness)
            adversary = adversary_of(method, method.placed, grid)
            return Repaired(kind, adversary, buffer, n, asked.chance, asked.least)


def beginning_with(method: options.Accel, grid: Grid) -> LevelKind:
    """The kind of level whose new ones are those with which ACCEL begins; edits may then make them like any other.

    Raises:
        ValueError: such a level does not fit among those that are designed.
    """
    world, kind = method.world, grid.kind
    begin = SIMPLEST[world.world] if method.begin == ("simplest",) else method.begin
    first = grid_of(replace(world, choices=(*world.choices, *begin)), method.student.view)
    if first.sizes == grid.sizes:
        return replace(kind, draw=first.kind.draw)

    def draw(
        n: int, rng: np.random.Generator
    ) -> Rows:  # written and read again, as rows have other capacities
        return kind.read(first.kind.write(first.kind.draw(n, rng)))

    try:
        draw(1, np.random.default_rng(0))
    except ValueError as error:
        raise ValueError(f"--begin {' '.join(begin)}: {error}") from error
    return replace(kind, draw=draw)


def replay_of(asked: BufferOptions, n: int, edits: int = 0) -> ReplayConfig:
    """When levels are new, and when old; n of them at a time."""
    return ReplayConfig(
        n, asked.capacity, asked.temperature, asked.staleness, asked.least, asked.chance, edits
    )


def score_of(name: str, grid: Grid) -> Sequence[Score]:
    """The score of a name; none, where a method keeps its own."""
    return () if name == "own" else (SCORES[name](grid),)


def adversary_of(method: Method, placed: int, grid: Grid) -> Adversary:
    """An adversary that draws mazes, or houses with what is told there; with coplayers, it chooses them too."""
    config, sizes = config_of(method.world, method.student.view), grid.sizes
    shared: dict[str, Any] = {
        "walls": placed, "agents": sizes.agents, "partners": len(method.world.coplayers),
    }  # fmt: skip
    if isinstance(config, MazeConfig):
        board = BoardConfig(side=sizes.side, **shared)
        return Adversary(
            board, lambda mazes: bank_of_mazes(*mazes, limit=config.step_limit).house, method.run.seed
        )
    pieces = palette_for(sizes.items, sizes.fixtures)[: (sizes.side - 2) ** 2 // 2]
    board = HouseBoardConfig(side=sizes.side - 2, pieces=pieces, step_limit=config.steps, **shared)
    return Adversary(board, lambda houses: bank_of(houses, sizes).house, method.run.seed)


LEAST = {
    "frames": 1, "worlds": 1, "workers": 1, "steps": 1, "minibatches": 1, "epochs": 1, "report": 1, "save": 1,
    "keep": 1, "env_steps": 0, "evaluate": 0, "levels": 1, "turns": 1, "rivals": 1, "placed": 1, "renew": 1,
}  # fmt: skip


def check(method: Method) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_options(flat(method), LEAST)
    check_seed(method.run.seed)
    student, coplayers = method.student, method.world.coplayers
    if student.worlds % student.workers or student.worlds // student.workers < student.minibatches:
        raise ValueError(
            f"--worlds is {student.worlds}, it must be a multiple of --workers {student.workers} and give each of them "
            f"at least --minibatches {student.minibatches} worlds"
        )
    if (
        isinstance(method, options.Learnability | options.Ncc)
        and method.candidates * method.tries % student.worlds
    ):
        raise ValueError(
            f"--candidates {method.candidates} times --tries {method.tries} must be a multiple of --worlds "
            f"{student.worlds}"
        )
    if not 0 <= method.world.misplaced <= 1:
        raise ValueError(f"--misplaced is {method.world.misplaced}, allowed are 0 to 1")
    for name in coplayers:
        check_policy(name, name, "--coplayers", (*POLICIES, EARLIER))
    if len(set(coplayers)) < len(coplayers):
        raise ValueError(f"--coplayers {' '.join(coplayers)}: one is named twice; keep one of them")
