"""What does a language model learn to answer? Pairs of a prompt and its answer, from sources that draw them by chance.

A source is a function: a generator and a number in, so many pairs out. The same generator draws the same pairs.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agents.language.answers import questions, reasons
from agents.language.policy import about_as_many
from agents.language.prompt import heard, meaning_prompt, prompt_of, prompts_of
from social_rl.human_feedback.demonstrations import demonstrations
from social_rl.human_feedback.leading import CANNOT as CANNOT_DO
from social_rl.human_feedback.leading import DIRECT, lead, steps_of
from social_rl.human_feedback.speech import requests
from social_rl.human_feedback.speech.goals import draw_goal
from social_rl.human_feedback.speech.handwritten import vary
from social_rl.human_feedback.speech.phrases import reword
from social_rl.human_feedback.talks import ASKS_BACK
from social_rl.human_feedback.tuning import habits
from worlds.checks import suggest
from worlds.generators.houses import house_bank, split_config
from worlds.goal import Goal, decode
from worlds.language import lexicon, phrasing
from worlds.language.instructions import FREE, canonical, parse, phrase
from worlds.language.wordings import ASK, CANNOT, Wording, read_wordings, wordings
from worlds.objects import COLOURS, KINDS, NAMES


class Pair(NamedTuple):
    """A prompt, which is read, and its answer, which is learned."""

    prompt: str
    answer: str


PROMPT_WORDS = 200  # about as many tokens has a prompt of a demonstration at most
HOUSES = 64  # whose instructions are phrased at a time
Source = Callable[[np.random.Generator, int], list[Pair]]


def handwritten(rng: np.random.Generator, n: int) -> list[Pair]:
    """Free wordings that were written by hand, of the train split, each as often as any other."""
    pairs = _handwritten()
    return [pairs[i] for i in rng.integers(len(pairs), size=n)]


def varied(rng: np.random.Generator, n: int) -> list[Pair]:
    """The same, of other things and with slips."""
    rows = wordings("train")
    made = (vary(row.text, row.meaning, rng) for row in (rows[i] for i in rng.integers(len(rows), size=n)))
    return [Pair(meaning_prompt(text), answer_to(meaning)) for text, meaning in made]


def spoken(rng: np.random.Generator, n: int) -> list[Pair]:
    """Free wordings from tables, of goals of any kind."""
    goals = (draw_goal(rng) for _ in range(n))
    return [Pair(meaning_prompt(reword(goal, rng)), canonical(goal)) for goal in goals]


def phrased(rng: np.random.Generator, n: int) -> list[Pair]:
    """Instructions as the grammar phrases them for houses, one to four demands; no reserved words among them."""
    return [Pair(meaning_prompt(phrase(goal, FREE, rng)), canonical(goal)) for goal in house_goals(rng, n)]


def steps(rng: np.random.Generator, n: int) -> list[Pair]:
    """What to do next of the same instructions, of which some steps are done; nothing is known of a house."""
    pairs = []
    for goal in house_goals(rng, n):
        situation = heard("")._replace(meaning=canonical(goal))
        every = [canonical(Goal((step,), goal.constraints)) for step in steps_of(goal, DIRECT)]
        done = tuple(every[: int(rng.integers(len(every) + 1))])
        situation = situation._replace(name=str(rng.choice(NAMES)), done=done)
        pairs.append(Pair(prompt_of(situation, PROMPT_WORDS, _words), lead(situation, DIRECT)))
    return pairs


def house_goals(rng: np.random.Generator, n: int) -> list[Goal]:
    """So many instructions of houses, half of them of one or two demands, and half of three or four."""
    goals: list[Goal] = []
    while len(goals) < n:
        clauses = ((1, 2), (3, 4))[int(rng.integers(2))]
        bank = house_bank(min(HOUSES, n), int(rng.integers(2**32)), split_config("S0", clauses=clauses))
        goals += [decode(rows) for rows in bank.goal.reshape(-1, *bank.goal.shape[2:])]
    return [goals[i] for i in rng.permutation(len(goals))[:n]]


def _words(text: str) -> int:
    return about_as_many([text])[0]


def unclear(rng: np.random.Generator, n: int) -> list[Pair]:
    """What one must ask back about."""
    return [Pair(meaning_prompt(requests.unclear(rng)), ASKS_BACK) for _ in range(n)]


def impossible(rng: np.random.Generator, n: int) -> list[Pair]:
    """What nobody in these houses can do, and what is no request."""
    return [Pair(meaning_prompt(requests.impossible(rng)), CANNOT_DO) for _ in range(n)]


def shown(rng: np.random.Generator, n: int) -> list[Pair]:
    """What a leader of agents answers in houses, see demonstrations.py."""
    made = demonstrations(rng, n, _said)
    prompts = prompts_of([one.situation for one in made], PROMPT_WORDS, about_as_many)
    return [Pair(prompt, one.answer) for prompt, one in zip(prompts, made, strict=True)]


def habitual(rng: np.random.Generator, n: int) -> list[Pair]:
    """What demonstrators of mixed quality answer where people ask something, see tuning/habits.py."""
    return [Pair(*shown) for shown in habits.habitual(rng, n)]


def _said(goal: Goal, rng: np.random.Generator) -> str:
    """A goal in the words of tables, or in those of the grammar."""
    return reword(goal, rng) if rng.random() < 0.5 else phrase(goal, FREE, rng)


SOURCES: dict[str, Source] = {
    "wordings": handwritten, "variations": varied, "speech": spoken, "phrased": phrased, "steps": steps,
    "unclear": unclear, "impossible": impossible, "demonstrations": shown,
    "habits": habitual,
}  # fmt: skip


def source_of(name: str) -> Source:
    """The source of a name of SOURCES, or of a file NAME.tsv: its rows, each as often as any other."""
    return SOURCES[name] if name in SOURCES else functools.partial(written, Path(name))


def written(path: Path, rng: np.random.Generator, n: int) -> list[Pair]:
    """Wordings of a file of one's own, see `worlds.language.wordings.read_wordings`."""
    pairs = _pairs_of(path)
    return [pairs[i] for i in rng.integers(len(pairs), size=n)]


@functools.cache
def _pairs_of(path: Path) -> tuple[Pair, ...]:
    return _asked(read_wordings(path))


def answer_to(meaning: str) -> str:
    """What is answered where something means an instruction, ASK or CANNOT."""
    if meaning == ASK:
        return ASKS_BACK
    return CANNOT_DO if meaning == CANNOT else canonical(parse(meaning))


@functools.cache
def _handwritten() -> tuple[Pair, ...]:
    return _asked(wordings("train"))


def _asked(rows: Iterable[Wording]) -> tuple[Pair, ...]:
    return tuple(Pair(meaning_prompt(row.text), answer_to(row.meaning)) for row in rows)


# ---- mixtures -----------------------------------------------------------------------------------------
def read_data(texts: Sequence[str]) -> dict[str, float]:
    """`NAME=WEIGHT` texts as the weights of sources; a name alone weighs 1. A name may be that of a file, FILE.tsv.

    Raises:
        ValueError: no such source, one that is named twice, a weight that is none, no source at all, or a wrong row.
        OSError: a file cannot be read.
    """
    weights: dict[str, float] = {}
    for text in texts:
        name, equals, given = text.partition("=")
        if name.endswith(".tsv"):
            read_wordings(Path(name))
        elif name not in SOURCES:
            raise ValueError(f"--data {text}: there is no source {name[:40]!r}; {suggest(name, SOURCES)}")
        if name in weights:
            raise ValueError(f"--data {text}: {name} is named twice; keep one of them")
        try:
            weights[name] = float(given) if equals else 1.0
        except ValueError:
            weights[name] = math.nan
        if not 0 < weights[name] < math.inf:
            raise ValueError(
                f"--data {text}: {given!r} is no weight; write a number above 0, such as {name}=2"
            )
    if not weights:
        raise ValueError(f"--data names no source: name some of {', '.join(SOURCES)}")
    return weights


def drawn(weights: Mapping[str, float], rng: np.random.Generator, n: int) -> list[Pair]:
    """Pairs of several sources by their weights, in an order drawn by chance."""
    share = np.array(list(weights.values()))
    counts = rng.multinomial(n, share / share.sum())
    pairs = [pair for name, k in zip(weights, counts, strict=True) for pair in source_of(name)(rng, int(k))]
    return [pairs[i] for i in rng.permutation(len(pairs))]


def words_of_answers() -> Iterable[str]:
    """Texts with every word that an answer may hold: things, colours, verbs, questions and reasons."""
    yield " ".join(("", *COLOURS, *KINDS[1:], *map(lexicon.plural_of, KINDS[1:])))
    for row in phrasing.PHRASINGS:
        yield from (f" {text}" for text in (*row.asked.said, *row.stated.said)[:1])
    yield from (f" {text}" for text in (*questions(), *reasons()))
