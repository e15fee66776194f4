"""Does a mind learn an order of chores from an expert beside it, without being told?

A household is a house, some chores that can be done there in any order, and one order of them. In each of some episodes
Bob, the expert, is told the chores in that order, and Ann is told to follow him. She holds a belief over all orders,
which changes with each act of his that she sees (agents/guessing), and keeps it from episode to episode. Then, while
Bob stands still, she goes by the order that she holds most likely; what she does is judged by the hidden one.

Her mind is not trained, so what it was told before is kept. The guess knows where things are in the house, as all
guessers do, and of Bob's acts only those that Ann sees.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from math import factorial
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.guessing.guesser import Guess, Guesser
from agents.guessing.likelihoods import ByActs
from agents.policies.perception import in_view
from agents.policies.planner import Planner
from agents.policies.scripted import expert
from agents.policies.simple import Random, Still
from agents.types import Cast, Policy
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import read_choices
from social_rl.commands.evaluate import Evaluate
from social_rl.evaluation.contestants import Contestant, checkpoints_json, contestants, named
from social_rl.evaluation.splits import mean_json, policy_of, share_json
from social_rl.evaluation.statistics import INTERVALS
from social_rl.runs.progress import Meter, progress
from social_rl.runs.provenance import origin
from worlds.checks import count
from worlds.expert.planning import optima
from worlds.generators.candidates import draw_candidates
from worlds.goal import STAGE, Goal, decode, encode
from worlds.language.instructions import canonical, parse
from worlds.levels.bank import bank_of, level_of
from worlds.levels.level import Level
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, State

ANN, BOB = 0, 1
CHORES = 3  # in any of six orders
FOLLOW = "follow Bob"
ASKED = (0, 1, 2, 5, 10, 20)  # after so many episodes Ann is asked
LEAST = 1e-9  # of a belief: nothing is ruled out for ever
MOST_DRAWN = 40  # houses, for each household
NOTES = (
    "Right: the order held most likely is the hidden one (one in k of k held equally likely). Done: Ann, going by it,",
    "does the chores in the hidden order. Told: she is told that order. ±: 95 %, by households.",
    "Who guesses knows where things are; of the other one's acts, those that Ann sees.",
)


class Households(NamedTuple):
    """Houses with chores and a hidden order. Axes: H households, N orders."""

    levels: list[Level]
    orders_HN: list[list[Goal]]  # of the chores of each
    hidden_H: np.ndarray  # int64 which of them it is

    def words(self, order_H: np.ndarray) -> list[str]:
        """These orders in words."""
        return [canonical(orders[n]) for orders, n in zip(self.orders_HN, order_H.tolist(), strict=True)]


class Watched(NamedTuple):
    """What Ann came to believe. Axes: B episodes watched, one more than there were; H; N."""

    belief_BHN: np.ndarray  # float64, sums to 1 over N
    seen: float  # share of Bob's acts that she saw


def households(n: int, seed: int, scenario: Scenario) -> Households:
    """Houses in which either agent alone can carry out all orders of some chores, and where the order matters.

    Raises:
        ValueError: too few of the houses that were drawn have such chores.
    """
    rng = np.random.default_rng((seed, n))
    kept = Households([], [], np.zeros(0, np.int64))
    for batch in range(MOST_DRAWN):
        bank = scenario.draw(n, seed * 1_000_003 + batch)
        chores_LN = draw_candidates(bank, ANN, CHORES, seed, (1, 1)).goal_LN
        houses = [(level_of(bank, row), orders_of(chores_N)) for row, chores_N in enumerate(chores_LN)]
        houses = [(level, orders) for level, orders in houses if can_be_done(level, orders)]
        hidden_H = rng.integers(factorial(CHORES), size=len(houses))
        drawn = Households([level for level, _ in houses], [orders for _, orders in houses], hidden_H)
        matters = np.flatnonzero(order_matters(drawn, scenario)) if houses else ()
        kept = Households(
            [*kept.levels, *(drawn.levels[h] for h in matters)][:n],
            [*kept.orders_HN, *(drawn.orders_HN[h] for h in matters)][:n],
            np.concatenate([kept.hidden_H, *(hidden_H[h : h + 1] for h in matters)])[:n],
        )
        if len(kept.levels) == n:
            return kept
    raise ValueError(
        f"only {len(kept.levels)} of {MOST_DRAWN * n} houses have {CHORES} chores that can be done in any order and "
        f"whose order matters: ask for fewer than {n} episodes, or for larger houses"
    )


def order_matters(found: Households, scenario: Scenario) -> np.ndarray:
    """Is what is asked for not done by an expert who goes by any of the other orders? bool[H]"""
    matters_H = np.ones(len(found.levels), np.bool_)
    for n in range(len(found.orders_HN[0])):
        held_H = np.full(len(found.levels), n)
        done_H = carry_out(found, scenario, held_H, Planner(), 0)
        matters_H &= ~done_H | (found.hidden_H == n)
    return matters_H


def orders_of(chores_N: np.ndarray) -> list[Goal]:
    """All orders of goals of one clause uint8[N, ROWS, FIELDS], one stage for each."""
    found = []
    for order in permutations(range(len(chores_N))):
        rows = np.zeros_like(chores_N[0])
        for stage, which in enumerate(order):
            rows[stage] = chores_N[which, 0]
            rows[stage, STAGE] = stage
        found.append(decode(rows))
    return found


def can_be_done(level: Level, orders: Sequence[Goal]) -> bool:
    """Can either agent carry out each order alone, and does the canonical wording mean just that?"""
    words = [canonical(order) for order in orders]
    if any((encode(parse(said)) != encode(order)).any() for said, order in zip(words, orders, strict=True)):
        return False
    return bool((optima(bank_of([told(level, said, said) for said in words])) >= 0).all())


def told(level: Level, ann: str, bob: str) -> Level:
    """The same house, in which Ann and Bob are told this."""
    agents = (agent._replace(instruction=said) for agent, said in zip(level.agents, (ann, bob), strict=True))
    return replace(level, agents=tuple(agents))


def watch(
    found: Households, scenario: Scenario, ann: Policy, bob: Policy, episodes: int, seed: int, meter: Meter
) -> Watched:
    """Let Ann watch so many episodes of each household."""
    goals_HN = np.stack([np.stack([encode(order) for order in orders]) for orders in found.orders_HN])
    words = found.words(found.hidden_H)
    bank = bank_of([told(level, FOLLOW, said) for level, said in zip(found.levels, words, strict=True)])
    guesser = Guesser(ByActs("all"))
    belief_HN = np.full(goals_HN.shape[:2], 1 / goals_HN.shape[1])
    beliefs, seen, acts = [belief_HN], 0, 0
    for episode in range(episodes):
        sim = _begun(scenario, bank, seed + episode)
        cast = Cast(sim, {"Ann": ann, "Bob": bob})
        guess = guesser.start(sim, [BOB], goals_HN[:, None], belief_HN[:, None])
        while True:
            guess = as_seen(sim, guesser.look(sim, guess))
            acting_H = (sim.state.finished[:, BOB] == ACTIVE) & ~sim.state.over
            if not acting_H.any():
                break
            for w in np.flatnonzero(acting_H & (sim.state.finished[:, ANN] != ACTIVE)).tolist():
                sim.rejoin(w, ANN, 0)  # who has followed for a while is done: she is told so again
                sim.instruct(w, ANN, FOLLOW)
            seen, acts = seen + int(guess.acts_WK.sum()), acts + int(acting_H.sum())
            sim.step(cast.act())
        belief_HN = np.maximum(guess.posterior_WKN[:, 0], LEAST)
        belief_HN = belief_HN / belief_HN.sum(1, keepdims=True)
        beliefs.append(belief_HN)
        meter.advance(1, 0)
    return Watched(np.stack(beliefs), seen / max(acts, 1))


def as_seen(sim: Simulator, guess: Guess) -> Guess:
    """The same guess, for which Bob's next act counts only where Ann sees him now."""
    view = sim.observation.view[:, ANN]
    sees_W = in_view(view.reshape(*view.shape[:2], -1), sim.agents)[:, BOB]
    return guess._replace(acts_WK=guess.acts_WK & sees_W[:, None])


def carry_out(
    found: Households, scenario: Scenario, order_H: np.ndarray, ann: Policy, seed: int
) -> np.ndarray:
    """Ann goes by these orders, while Bob stands still: bool[H] did she do what the hidden one asks for?"""
    words = found.words(found.hidden_H)
    bank = bank_of([told(level, said, "") for level, said in zip(found.levels, words, strict=True)])
    sim = _begun(scenario, bank, seed, focal=1)
    for w, said in enumerate(found.words(order_H)):
        sim.instruct(w, ANN, said, task=False)
    cast = Cast(sim, {"Ann": ann, "Bob": Still()})
    done_H = np.zeros(sim.worlds, np.bool_)
    while not sim.state.over.all():
        sim.step(cast.act())
        done_H |= sim.state.success[:, ANN]
    return done_H


def _begun(scenario: Scenario, bank: State, seed: int, focal: int = 0) -> Simulator:
    """One world for each level."""
    worlds = bank.step_limit.shape[0]
    sim = Simulator(scenario, worlds, bank=bank, seed=seed, autoreset=DISABLED, focal=focal)
    sim.assign(np.arange(worlds)[None])
    sim.reset()
    return sim


class Played(NamedTuple):
    """What came of one mind beside somebody. Axes: Q questions (ASKED), H households."""

    watched: Watched
    right_QH: np.ndarray  # float64 1 / k where the hidden order is one of the k held most likely
    done_QH: np.ndarray  # bool
    told_H: np.ndarray  # bool done where she is told


def play(found: Households, scenario: Scenario, ann: Policy, bob: Policy, seed: int, meter: Meter) -> Played:
    """Let Ann watch Bob, and ask her again and again what she has learned."""
    watched = watch(found, scenario, ann, bob, ASKED[-1], seed, meter)
    rng = np.random.default_rng((seed, 1))
    right, done = [], []
    for asked in ASKED:
        belief_HN = watched.belief_BHN[asked]
        is_top_HN = belief_HN >= belief_HN.max(1, keepdims=True) - 1e-9
        held_H = np.argmax(is_top_HN * (1 + rng.random(belief_HN.shape)), 1)
        is_right_H = np.take_along_axis(is_top_HN, found.hidden_H[:, None], 1)[:, 0]
        right.append(is_right_H / is_top_HN.sum(1))
        done.append(carry_out(found, scenario, held_H, ann, seed + asked))
    told_H = carry_out(found, scenario, found.hidden_H, ann, seed)
    return Played(watched, np.stack(right), np.stack(done), told_H)


# ---- the command ----------------------------------------------------------------------------------------
def evaluate_orders(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, the checkpoint cannot be used, or there are too few such houses.
    """
    check_counts(command, episodes=1, seeds=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    who = contestants(command.checkpoint, command.seeds, command.first_seed)
    config = who[0].network.config
    choices: dict[str, Any] = {"clauses": (1, 1), **read_choices("house", command.choices)}
    scenario = make_scenario(
        "house", agents=2, view=config.view, message_tokens=config.message_tokens, **choices
    )
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{named(who)}: {count(len(who), 'seed')} of {count(command.episodes, 'household')}")
    played: dict[str, list[Played]] = {"expert": [], "random": []}
    with progress(console, "episodes watched", 2 * len(who) * ASKED[-1]) as meter:
        for one in who:
            found = households(command.episodes, one.seed, scenario)
            ann = policy_of("mind", one.network, one.seed)
            for row, bob in (("expert", expert()), ("random", Random(one.seed))):
                played[row].append(play(found, scenario, ann, bob, one.seed, meter))
    rows = {row: figures(parts) for row, parts in played.items()}
    if command.json:
        write_json(command.json, record(command, rows, who))
    console.print(table_of(rows))
    for note in NOTES:
        console.print(note, style="dim")
    if command.json:
        console.print(f"Wrote {command.json}")
    return 0


def figures(parts: Sequence[Played]) -> dict[str, Any]:
    """What came of all seeds, for JSON; households of different seeds are different ones."""
    right_QS = np.concatenate([part.right_QH for part in parts], 1)
    done_QS = np.concatenate([part.done_QH for part in parts], 1)
    told_S = np.concatenate([part.told_H for part in parts])
    own = np.arange(told_S.size)
    return {
        "asked": [
            {
                "episodes": asked,
                "right": mean_json(right_QS[q], own),
                "done": share_json(done_QS[q], own, "done"),
            }
            for q, asked in enumerate(ASKED)
        ],
        "told": share_json(told_S, own, "done"),
        "seen": float(np.mean([part.watched.seen for part in parts])),
    }


def table_of(rows: dict[str, dict[str, Any]]) -> Table:
    """A line for each number of episodes that were watched."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("beside", "episodes watched", "right", "done"):
        table.add_column(column, justify="left" if column == "beside" else "right")
    for row, found in rows.items():
        for asked in found["asked"]:
            right, done = (_text(asked[name], key) for name, key in (("right", "mean"), ("done", "done")))
            table.add_row(row, str(asked["episodes"]), right, done)
    told = next(iter(rows.values()))["told"]
    table.add_row("told", "", "", _text(told, "done"))
    return table


def _text(found: dict[str, Any], name: str) -> str:
    low, high = found["ci95"]
    interval = "" if low is None else f" ({low:.2f}–{high:.2f})"  # none of a single household
    return f"{found[name]:.2f}{interval}"


def record(command: Evaluate, rows: dict[str, dict[str, Any]], who: Sequence[Contestant]) -> dict[str, Any]:
    """What came out and how, for JSON."""
    return {
        "rows": rows,
        "chance": 1 / factorial(CHORES),
        "intervals": INTERVALS,
        "settings": {
            "suite": "orders", "chores": CHORES, "choices": list(command.choices), "households": command.episodes,
            "seeds": [one.seed for one in who], "checkpoints": checkpoints_json(who),
        },
        **origin(),
    }  # fmt: skip
