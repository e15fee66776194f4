"""Which goal do these words mean? Clauses are found by cutting at separators, and grouped into stages.

"A and B" is one stage; "A, then B. C" is one stage after another; "B after you A" is two stages, A first, and
so are "once you A, B" and "before you B, A". In "A without C", C is a constraint, wherever it stands.
"""

from typing import NamedTuple

from worlds.goal import VERBS, Clause, Goal
from worlds.language.lexicon import AMBIGUOUS
from worlds.language.matching import clause_of, is_filler, named_at
from worlds.language.phrasing import ADVERBS, SEPARATORS
from worlds.language.tokens import InstructionError, check_known
from worlds.language.validity import goal_problem


class _Part(NamedTuple):
    """The words of one clause, and how they are joined to what is before them."""

    words: list[str]
    then: bool  # begins a new stage
    order: str  # "after", "before" or ""
    comma: bool  # joined by a comma alone


def goal_of(words: list[str]) -> Goal:
    """The Goal of words.

    Raises:
        InstructionError: unknown or ambiguous words, no reading, several readings, or no sense.
    """
    check_known(words, frozenset(AMBIGUOUS))
    _check_ambiguous(words)
    sentences: list[list[tuple[_Part, Clause]]] = [[]]
    constraints: list[Clause] = []
    for part in _parts(words):
        clause = clause_of(part.words)
        if VERBS[clause.verb].constraint:
            if part.order:
                raise InstructionError(
                    f"'{' '.join(part.words)}' holds throughout, not {part.order} something"
                )
            constraints.append(clause)
            continue
        if part.then and sentences[-1]:
            sentences.append([])
        sentences[-1].append((part, clause))
    stages = [stage for sentence in sentences if sentence for stage in _stages(sentence)]
    goal = Goal(tuple(stages), tuple(constraints))
    problem = goal_problem(goal)
    if problem:
        raise InstructionError(problem)
    return goal


def _check_ambiguous(words: list[str]) -> None:
    if AMBIGUOUS.keys().isdisjoint(words):
        return
    named: dict[str, None] = {}
    i = 0
    while i < len(words):
        kind, length = named_at(words, i)
        if length:
            named[kind] = None
            i += length
            continue
        if words[i] in AMBIGUOUS:
            candidates = AMBIGUOUS[words[i]] or tuple(named)
            choice = " or ".join(f"'{name}'" for name in candidates) or "which thing"
            raise InstructionError(f"'{words[i]}' is ambiguous here: say {choice}", (words[i],), candidates)
        i += 1


def _parts(words: list[str]) -> list[_Part]:
    """Cut words at separators."""
    parts: list[_Part] = []
    i, last = 0, len(words)
    joint: list[str] = []
    while last and words[last - 1] in (".", "?"):
        last -= 1
    while i < last:
        begin = i
        while i < last and words[i] in SEPARATORS:
            i += 1 + (words[i] == "after" and i + 1 < last and words[i + 1] == "that")
        joint = joint or words[begin:i]
        begin = i
        while i < last and words[i] not in SEPARATORS and not (words[i] in ADVERBS and i > begin):
            i += 1
        if begin == i:
            raise InstructionError(f"the instruction stops after '{' '.join(joint)}': say what comes next")
        that = "that" in joint
        then = that or not {"then", "afterwards", ".", "?"}.isdisjoint(joint)
        order = next((w for w in joint if w in ("before", "once") or (w == "after" and not that)), "")
        if is_filler(words[begin:i]):
            continue  # "please, ...": what comes next is joined as this was
        parts.append(_Part(words[begin:i], then, "after" if order == "once" else order, joint == [","]))
        joint = []
    if not parts:
        raise InstructionError("an empty instruction: say what to do, as in 'put the orange on the bed'")
    return parts


def _stages(sentence: list[tuple[_Part, Clause]]) -> list[tuple[Clause, ...]]:
    """The stages of a sentence, which has one, or two if it has a "before" or an "after"."""
    orders = [i for i, (part, _) in enumerate(sentence) if part.order]
    clauses = tuple(clause for _, clause in sentence)
    if not orders:
        return [clauses]
    if len(orders) > 1:
        raise InstructionError("several 'before' and 'after' in one sentence: say it with ', then'")
    order, cut = sentence[orders[0]][0].order, orders[0]
    if cut:
        main, other = clauses[:cut], clauses[cut:]
    else:  # "after you A , B"
        cut = next((i for i, (part, _) in enumerate(sentence) if i and part.comma), 0)
        if not cut:
            raise InstructionError(f"'{order} ...' wants a second part behind a comma: '{order} you A, B'")
        main, other = clauses[cut:], clauses[:cut]
    return [other, main] if order == "after" else [main, other]
