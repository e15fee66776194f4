"""What does a command of design ask for? Its levels, its student, its designer."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from adversarial_design import scores
from adversarial_design.buffer import Buffer, rank_priority
from adversarial_design.coplayers import EARLIER, Partners, with_partners
from adversarial_design.designer import RIVAL, Designer, Score
from adversarial_design.drawing_board import Adversary, BoardConfig
from adversarial_design.house_board import HouseBoardConfig, palette_for
from adversarial_design.kinds import Grid, MazeConfig, house_grid, maze_grid
from adversarial_design.learnability import Learnability, SearchConfig
from adversarial_design.minimax import Minimax
from adversarial_design.paired import flexible_paired, paired, population_paired
from adversarial_design.random_design import RandomDesign
from adversarial_design.repaired import Repaired
from adversarial_design.replay import ReplayConfig, accel, plr, robust_plr
from adversarial_design.students import Student, StudentConfig
from agents.network.networks import NetworkConfig
from agents.network.precision import settled_precision
from agents.policies.learned import Learned
from agents.training.checkpoint import read_network
from agents.training.learner import LearnerConfig
from agents.training.ppo import PPOConfig
from agents.types import Policy
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.choices import read_value
from social_rl.commands.commands import Design
from social_rl.episodes.casting import POLICIES, check_policy, make_policy
from social_rl.runs.shipped import find_checkpoint
from worlds.checks import check_like, suggest
from worlds.generators.houses import HouseConfig
from worlds.generators.mazes import bank_of_mazes
from worlds.levels.bank import bank_of

CHANCE = {"accel": 0.8, "repaired": 0.95}
SCORES: dict[str, Callable[[Grid], Score]] = {
    "positive_value_loss": lambda grid: scores.by_positive_value_loss,
    "l1_value_loss": lambda grid: scores.by_l1_value_loss,
    "max_monte_carlo": lambda grid: scores.by_max_monte_carlo,
    "learnability": lambda grid: scores.by_learnability,
    "exact_regret": lambda grid: scores.by_exact_regret(grid.kind.facts),
}


def grid_of(command: Design) -> Grid:
    """The kind of levels; with coplayers there are two agents, unless more are chosen.

    Raises:
        ValueError: a choice does not exist, or is out of its range.
    """
    config = world_of(command)
    if isinstance(config, HouseConfig):
        grid = house_grid(config, command.misplaced)
    else:
        grid = maze_grid(config)
    return with_partners(grid, command.coplayers) if command.coplayers else grid


def world_of(command: Design) -> HouseConfig | MazeConfig:
    """What houses or mazes there are."""
    usual: dict[str, Any] = {"agents": 2 if command.coplayers else 1}
    if command.world == "house":
        return HouseConfig(**usual | chosen(command.choices, HouseConfig))
    usual["view"] = command.view
    return MazeConfig(**usual | chosen(command.choices, MazeConfig))


def partners_of(command: Design) -> Partners | None:
    """Who may play beside the student; each student has them to itself, as its earlier self is one of them."""
    if not command.coplayers:
        return None
    return Partners({name: partner_of(name, command.seed) for name in command.coplayers}, command.renew)


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


def student_of(command: Design, grid: Grid, seed: int) -> Student:
    """A student, from nothing or from the mind that is named."""
    ppo = PPOConfig(
        gamma=command.gamma, entropy=command.entropy, last_entropy=command.entropy / 5, target_kl=0
    )
    learner = LearnerConfig(
        command.learning_rate, command.last_learning_rate, gradient_norm=0.5, minibatches=command.minibatches,
        epochs=command.epochs,
    )  # fmt: skip
    config = StudentConfig(command.worlds, command.workers, command.steps, command.frames, ppo, learner)
    agents = grid.sizes.agents
    precision = settled_precision(command.precision)
    mind = NetworkConfig(
        view=grid.scenario.view,
        hidden=command.hidden,
        charts=command.charts,
        encoder=command.encoder,
        precision=precision,
        agents=agents,
    )
    if command.mind is None:
        return Student(grid, mind, config, seed, partners=partners_of(command))
    given = read_network(find_checkpoint(command.mind))
    if given.config.view != mind.view:
        raise ValueError(
            f"--mind {command.mind} has views of {given.config.view} cells, here they have {mind.view}"
        )
    shape = replace(given.config, precision=precision)
    student = Student(grid, shape, config, seed, partners=partners_of(command))
    student.mind.load_state_dict(given.state_dict())
    return student


def rivals_of(command: Design) -> list[str]:
    """Who plays beside the student."""
    if command.method == "population_paired":
        return [f"{RIVAL}{i}" for i in range(1, command.rivals + 1)]
    return [RIVAL] if command.method in ("paired", "flexible_paired", "repaired") else []


def designer_of(command: Design, grid: Grid, student: Student) -> Designer:
    """The designer of a method.

    Raises:
        ValueError: an option is out of range.
    """
    kind, n, method = grid.kind, command.worlds, command.method
    chance = CHANCE.get(method, 0.5) if command.chance is None else command.chance
    edits = command.edits if method == "accel" else 0
    replay = ReplayConfig(
        n, command.capacity, command.temperature, command.staleness, command.least, chance, edits
    )
    own = () if command.score == "own" else (SCORES[command.score](grid),)
    match method:
        case "random":
            return RandomDesign(kind, n * command.turns)
        case "plr":
            return plr(kind, replay, *own)
        case "robust_plr":
            return robust_plr(kind, replay, *own)
        case "accel":
            return accel(kind, replay, *own)
        case "learnability":
            config = SearchConfig(n, command.candidates, command.tries, n, command.every)
            return Learnability(kind, student.try_each, config)
        case "minimax":
            return Minimax(kind, adversary_of(command, grid), n)
        case "paired":
            return paired(kind, adversary_of(command, grid), n)
        case "population_paired":
            return population_paired(kind, adversary_of(command, grid), n, command.rivals)
        case "flexible_paired":
            return flexible_paired(kind, adversary_of(command, grid), n)
        case "repaired":
            buffer = Buffer(command.capacity, rank_priority(command.temperature), command.staleness)
            return Repaired(kind, adversary_of(command, grid), buffer, n, chance, command.least)
    raise AssertionError(f"nobody designs by {method}")


def adversary_of(command: Design, grid: Grid) -> Adversary:
    """An adversary that draws mazes, or houses with what is told there; with coplayers, it chooses them too."""
    config, sizes = world_of(command), grid.sizes
    shared: dict[str, Any] = {
        "walls": command.placed, "agents": sizes.agents, "partners": len(command.coplayers),
    }  # fmt: skip
    if isinstance(config, MazeConfig):
        board = BoardConfig(side=sizes.side, **shared)
        return Adversary(
            board, lambda mazes: bank_of_mazes(*mazes, limit=config.step_limit).house, command.seed
        )
    pieces = palette_for(sizes.items, sizes.fixtures)[: (sizes.side - 2) ** 2 // 2]
    board = HouseBoardConfig(side=sizes.side - 2, pieces=pieces, step_limit=config.steps, **shared)
    return Adversary(board, lambda houses: bank_of(houses, sizes).house, command.seed)


def check(command: Design) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(
        command, frames=1, worlds=1, workers=1, steps=1, minibatches=1, epochs=1, report=1, save=1, keep=1
    )
    check_counts(command, env_steps=0, evaluate=0, levels=1, turns=1, rivals=1, placed=1, renew=1)
    check_seed(command.seed)
    if command.worlds % command.workers or command.worlds // command.workers < command.minibatches:
        raise ValueError(
            f"--worlds is {command.worlds}, it must be a multiple of --workers {command.workers} and give each of them "
            f"at least --minibatches {command.minibatches} worlds"
        )
    if command.method == "learnability" and command.candidates * command.tries % command.worlds:
        raise ValueError(
            f"--candidates {command.candidates} times --tries {command.tries} must be a multiple of --worlds "
            f"{command.worlds}"
        )
    if not 0 <= command.misplaced <= 1:
        raise ValueError(f"--misplaced is {command.misplaced}, allowed are 0 to 1")
    for name in command.coplayers:
        check_policy(name, name, "--coplayers", (*POLICIES, EARLIER))
    if len(set(command.coplayers)) < len(command.coplayers):
        raise ValueError(f"--coplayers {' '.join(command.coplayers)}: one is named twice; keep one of them")
