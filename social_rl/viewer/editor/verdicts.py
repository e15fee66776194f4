"""What is a draft worth? Whether it is a level, and whether each agent can do what it is told, in how many acts."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from social_rl.viewer.editor.draft import Cell, Draft, level_of
from social_rl.viewer.editor.reasons import why_not
from worlds.expert.planning import levels_solvable, optima
from worlds.goal import NO_GOAL
from worlds.language.instructions import InstructionError
from worlds.levels.bank import bank_of
from worlds.levels.level import Level, LevelError, read_words

CAN, TOLD_NOTHING, CANNOT, UNSURE, NO_WORDS = "can", "told nothing", "cannot", "unsure", "no words"
MOST_STEPS = 1024  # that the expert is given to show that a task can be done


class Verdict(NamedTuple):
    """Of one agent's task: one of the words above, why, and how many acts the expert needs alone, -1: unknown."""

    kind: str
    words: str = ""
    acts: int = -1


class Judged(NamedTuple):
    """Of a whole draft: the level that it is, or what is wrong and where; a verdict for each agent."""

    level: Level | None
    problem: str = ""
    cell: Cell | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def is_solvable(self) -> bool:
        """Is it a level in which everybody can do what it is told?"""
        return self.level is not None and all(v.kind in (CAN, TOLD_NOTHING) for v in self.verdicts)


@lru_cache(maxsize=64)
def judged(draft: Draft, needs_done: bool = True) -> Judged:
    """Look at a draft; each agent is judged alone, while the others stand still.

    Args:
        needs_done: as the scenario has it that plays the level.
    """
    wrong: dict[int, str] = {}
    for a, agent in enumerate(draft.agents):
        try:
            read_words(agent.instruction)
        except InstructionError as error:
            wrong[a] = str(error)
    silent = tuple(
        agent._replace(instruction="") if a in wrong else agent for a, agent in enumerate(draft.agents)
    )
    try:
        level = level_of(draft._replace(agents=silent))
    except LevelError as error:
        return Judged(None, str(error), error.cell)
    verdicts = tuple(
        Verdict(NO_WORDS, wrong[a]) if a in wrong else found
        for a, found in enumerate(_verdicts(level, needs_done))
    )
    if wrong:
        a = min(wrong)
        return Judged(None, f"{draft.agents[a].name}'s words: {wrong[a]}", None, verdicts)
    return Judged(level, verdicts=verdicts)


def _verdicts(level: Level, needs_done: bool) -> list[Verdict]:
    told = [goal != NO_GOAL for goal in level.goals]
    if not any(told):
        return [Verdict(TOLD_NOTHING)] * len(told)
    solvable = levels_solvable(bank_of([level]))[0]
    acts = optima(bank_of([replace(level, step_limit=MOST_STEPS)]), needs_done)[0]
    return [
        _verdict(level, a, bool(solvable[a]), int(acts[a])) if told[a] else Verdict(TOLD_NOTHING)
        for a in range(len(told))
    ]


def _verdict(level: Level, a: int, is_proved: bool, acts: int) -> Verdict:
    """What the expert does can be done, also where the proof, which errs on the safe side, does not find it."""
    if acts > level.step_limit:
        return Verdict(CANNOT, f"it takes {acts} acts, and the level ends after {level.step_limit}", acts)
    if acts >= 0:
        return Verdict(CAN, acts=acts)
    if is_proved:
        return Verdict(UNSURE, f"it can be done, but the expert does not find how in {MOST_STEPS} steps")
    return Verdict(CANNOT, why_not(level, a))
