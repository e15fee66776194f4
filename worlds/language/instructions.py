"""How do words become goals, and goals words? The public face of the instruction language.

    parse("could you place the orange onto the bed?")    words to Goal
    phrase(goal, FREE, rng)                              Goal to words

The tables are in `phrasing.py` (verbs, joints) and `lexicon.py` (nouns, colours, quantities);
`rules/words.py` renders. parse(phrase(goal, style, rng)) == goal for every valid goal that fits.
"""

import numpy as np

from worlds.checks import check_choice
from worlds.compiler.compile import entry
from worlds.goal import VERBS, Clause, Goal, encode
from worlds.language.grammar import VOCABULARY, grammar_version
from worlds.language.parsing import goal_of, is_said
from worlds.language.tokens import AmbiguousError, InstructionError, split_words, tokens_of, words_of
from worlds.language.validity import goal_problem
from worlds.language.words import FREE, PLAIN, RESERVED, render
from worlds.objects import NAMES
from worlds.state import MAX_TOKENS

__all__ = [
    "FREE",
    "PLAIN",
    "RESERVED",
    "AmbiguousError",
    "InstructionError",
    "canonical",
    "explain_goal",
    "fits",
    "goal_problem",
    "grammar_version",
    "parse",
    "phrase",
    "phrase_clause",
    "tokens_of",
    "told",
    "vocabulary",
    "words_of",
]  # fmt: skip

vocabulary = VOCABULARY


def parse(text: str, speaker: str = "") -> Goal:
    """The Goal that a text asks for, in any known phrasing; "me" is the `speaker`, whose name is one of NAMES.

    Raises:
        InstructionError: too long, unknown words, or no sense.
        AmbiguousError: several meanings, so that a question would help; it is an InstructionError.
        ValueError: no such speaker.

    Example:
        >>> canonical(parse("would you put the orange on the bed, please"))
        'put the orange on the bed'
    """
    if speaker:
        check_choice("speaker", speaker, NAMES)
    try:
        goal = goal_of(split_words(text), speaker)
    except InstructionError:
        if "\n" not in text.strip():
            raise
        goal = goal_of(split_words(text.strip().replace("\n", " . ")), speaker)  # a line is a sentence
    if not fits(goal):
        raise InstructionError(f"its plain wording exceeds {MAX_TOKENS} words: split the instruction")
    return goal


def told(text: str, goal: Goal) -> str:
    """The words that an agent is given for a text that means this goal: the text, as its tokens say it.

    Where the text holds what no phrasing says (a word outside the vocabulary, a list, "it", a greeting), they are
    the plain words of the goal: a mind that has learned the phrasings could make nothing of others.
    """
    words = split_words(text)
    return words_of(tokens_of(text)) if is_said(words) and words[0] not in "., ?" else canonical(goal)


def phrase(goal: Goal, style: int = PLAIN, rng: "int | np.random.Generator | None" = None) -> str:
    """Words for a goal in a style (the plain one, where the style's exceed MAX_TOKENS).

    An `int` is a seed, None is seed 0.

    Raises:
        InstructionError: even the plain words exceed MAX_TOKENS.

    Example:
        >>> phrase(parse("open the red door"))
        'open the red door'
    """
    rows, tokens = encode(goal), np.zeros(MAX_TOKENS, np.uint16)
    if isinstance(rng, np.random.Generator):
        key = rng.integers(2**64, dtype=np.uint64)
    else:
        key = np.uint64(rng or 0)
    n = _render(rows, style, key, tokens)
    if n < 0:
        n = _render(rows, PLAIN, key, tokens)
    if n < 0:
        raise InstructionError(f"these words exceed {MAX_TOKENS}: use fewer clauses or relations")
    return words_of(tokens[:n].tolist())


def canonical(goal: Goal) -> str:
    """The plain words of a goal; equal goals have equal words, and other goals others.

    Example:
        >>> canonical(parse("please shut the fridge"))
        'close the fridge'
    """
    return phrase(goal, PLAIN)


def fits(goal: Goal) -> bool:
    """Do the plain words of a goal fit in MAX_TOKENS?

    Two clauses and one constraint always do, and so do four clauses in which only the things have relations:
    a clause takes 21 words at most (14 without a relation of its place), a constraint 10 and a joint 2.
    """
    return bool(_render(encode(goal), PLAIN, np.uint64(0), np.zeros(MAX_TOKENS, np.uint16)) >= 0)


def phrase_clause(clause: Clause) -> str:
    """The plain words of one clause, for subgoals and explanations."""
    if VERBS[clause.verb].constraint:
        return phrase(Goal((), (clause,)))
    return phrase(Goal(((clause,),)))


def explain_goal(goal: Goal) -> list[str]:
    """One line for each clause: its stage and its plain words."""
    lines = [
        f"stage {number}: {phrase_clause(clause)}"
        for number, stage in enumerate(goal.stages, 1)
        for clause in stage
    ]
    return lines + [f"always: {phrase_clause(clause)}" for clause in goal.constraints]


@entry
def _render(goal_rows, style, key, out_tokens):
    return render(goal_rows, style, key, out_tokens, np.zeros(0, np.uint8))
