"""Which goal do these words mean? Clauses are found by cutting at separators, and grouped into stages.

"A and B" is one stage; "A, then B. C" is one stage after another; "B after you A" is two stages, A first, and
so are "once you A, B" and "before you B, A", "A and finally B" and "B, but first A". In "A without C", C is a
constraint, wherever it stands. Parts that are no clauses are made whole by `ellipsis.py`.
"""

from itertools import pairwise

from worlds.goal import VERBS, Clause, Goal
from worlds.language.descriptions import named_at
from worlds.language.ellipsis import Part, reading_of
from worlds.language.grammar import AGREES, AN_TOKEN, DATA, GERUNDS, TOKEN, VOCABULARY
from worlds.language.lexicon import AMBIGUOUS
from worlds.language.matching import UNDERSTOOD_WORDS, is_filler, skipped_before, skipped_behind
from worlds.language.phrasing import ADVERBS, SEPARATORS
from worlds.language.pronouns import PRONOUNS, whole_clauses
from worlds.language.rewording import reworded, trimmed
from worlds.language.suggestions import check_known
from worlds.language.tokens import AmbiguousError, InstructionError
from worlds.language.understood import ADVERBS_UNDERSTOOD, EARLIER, EARLIER_BEHIND, LATER, LATER_BEHIND
from worlds.language.validity import goal_problem
from worlds.objects import NAMES

# Words that `words.render` may write, and the full stop.
SAYABLE = frozenset(
    VOCABULARY[token].lower()
    for token in {*DATA[DATA >= 0].tolist(), *AGREES.ravel().tolist(), AN_TOKEN, TOKEN["."]}
) | frozenset(GERUNDS.values())
_CUTS = SEPARATORS | {"or", "nor"}  # the last two between things that are not to be done
_CUT_OFF = ADVERBS | ADVERBS_UNDERSTOOD
_KNOWN = UNDERSTOOD_WORDS | {"or", "nor"}
_NAMES = frozenset(name.lower() for name in NAMES)


def _runs(texts: tuple[str, ...]) -> list[list[str]]:
    return [list(map(str, text.split())) for text in texts]


_LATER, _LATER_BEHIND = _runs(LATER), _runs(LATER_BEHIND)
_EARLIER, _EARLIER_BEHIND = _runs(EARLIER), _runs(EARLIER_BEHIND)


def goal_of(words: list[str], speaker: str = "") -> Goal:
    """The Goal of words; `speaker` is the name of who says "me", "" if nobody knows.

    Raises:
        InstructionError: unknown or ambiguous words, no reading, several readings, or no sense.
    """
    words = reworded(words, speaker)
    check_known(words, _KNOWN)
    _check_ambiguous(words)
    sentences: list[list[tuple[Part, Clause]]] = [[]]
    constraints: list[Clause] = []
    for part, clause in whole_clauses(_parts(words)):
        if VERBS[clause.verb].constraint:
            if part.order:
                raise InstructionError(
                    f"'{' '.join(part.words)}' holds throughout, not {part.order} something"
                )
            constraints.append(clause)
            continue
        if (part.then or part.last) and sentences[-1]:
            sentences.append([])
        sentences[-1].append((part, clause))
    stages = _ordered([sentence for sentence in sentences if sentence])
    goal = Goal(tuple(stages), tuple(constraints))
    problem = goal_problem(goal)
    if problem:
        raise InstructionError(problem)
    return goal


def is_said(words: list[str]) -> bool:
    """Might words have been drawn: does a phrasing hold each, and is each part a whole clause in one of them?"""
    if not SAYABLE >= set(words) or words[-2:-1] == [","]:
        return False
    try:
        parts = _parts(trimmed(words))
    except InstructionError:
        return False
    readings = [reading_of(part.words) for part in parts]
    return all(reading is not None and reading.is_said for reading in readings) and not any(
        part.last or part.either or (part.first and i) or _said_before(part.words, _LATER)
        for i, part in enumerate(parts)
    )


def _check_ambiguous(words: list[str]) -> None:
    """Raise an InstructionError for a word that may mean several things, but for those that parts explain."""
    open_words = AMBIGUOUS.keys() - PRONOUNS
    if open_words.isdisjoint(words):
        return
    named: dict[str, None] = {}
    i = 0
    while i < len(words):
        kind, length = named_at(words, i)
        if length:
            named[kind] = None
            i += length
            continue
        if words[i] in open_words:
            candidates = AMBIGUOUS[words[i]] or tuple(named)
            choice = " or ".join(f"'{name}'" for name in candidates) or "which thing"
            raise AmbiguousError(f"'{words[i]}' is ambiguous here: say {choice}", (words[i],), candidates)
        i += 1


# ---- parts ---------------------------------------------------------------------------------------------
def _parts(words: list[str]) -> list[Part]:
    """Cut words at separators."""
    parts: list[Part] = []
    i, last = 0, len(words)
    joint: list[str] = []
    marked = Part([])  # what fillers say of the part behind them: "first, ..."
    while i < last:
        begin = i
        while i < last and words[i] in _CUTS:
            i += 1 + (words[i] in ("after", "before") and words[i + 1 : i + 2] == ["that"])
        joint = joint or words[begin:i] if words[begin:i] == [","] else [*joint, *words[begin:i]]
        if parts and _stands_behind(words, begin, i):
            parts[-1] = parts[-1]._replace(last=True)
            joint = words[begin + 1 + (words[begin] == "after") : i]
            if i == last:
                break
        begin = i
        while i < last and words[i] not in _CUTS and not (words[i] in _CUT_OFF and i > begin):
            i += 1
        if begin == i:
            raise InstructionError(f"the instruction stops after '{' '.join(joint)}': say what comes next")
        part = _marked(_part(words[begin:i], joint), marked)
        if is_filler(part.words):
            marked = part
            continue  # "please, ...": what comes next is joined as this was
        parts.append(part)
        joint, marked = [], Part([])
    if marked.words and len(marked.words) not in skipped_behind(marked.words):
        raise InstructionError(f"the instruction stops after '{' '.join(marked.words)}': say what comes next")
    if len(parts) > 1 and _calls(parts[-1]):
        name = parts.pop().words[0].capitalize()
        if _names_somebody(parts[-1]):
            raise InstructionError(
                f"is '{name}' told this, or one more? Say '{name}, ...' or 'and {name}'", (name,)
            )
    if not parts:
        raise InstructionError("an empty instruction: say what to do, as in 'put the orange on the bed'")
    return parts


def _part(words: list[str], joint: list[str]) -> Part:
    """Words with what their joint and sequence words say of them."""
    after_that, before_that = ((order, "that") in pairwise(joint) for order in ("after", "before"))
    then = after_that or not {"then", "afterwards", ".", "?"}.isdisjoint(joint)
    order = (
        "" if after_that or before_that else next((w for w in joint if w in ("before", "once", "after")), "")
    )
    first = "before that" if before_that else "but first" if "but" in joint else "first"
    return Part(
        words,
        then or _said_before(words, _LATER),
        "after" if order == "once" else order,
        joint == [","],
        not {"or", "nor"}.isdisjoint(joint),
        first if before_that or _said_before(words, _EARLIER) or _said_behind(words, _EARLIER_BEHIND) else "",
        _said_behind(words, _LATER_BEHIND),
    )


def _marked(part: Part, by: Part) -> Part:
    """The part, with what a filler before it says: "first of all, ...", "finally, ..."."""
    return (
        part._replace(then=part.then or by.then or by.last, first=part.first or by.first)
        if by.words
        else part
    )


def _stands_behind(words: list[str], begin: int, end: int) -> bool:
    """Is a word of sequence said of what is before it, as in "go to the hall afterwards, ..."?"""
    if words[begin : begin + 2] == ["after", "that"]:
        return end == len(words) or words[begin + 2 : begin + 3] in ([","], ["."], ["?"])
    if words[begin : begin + 1] == ["afterwards"]:
        return end == len(words) or words[begin + 1 : begin + 2] in ([","], ["."], ["?"])
    return words[begin:end] == ["then"] and end == len(words)


def _calls(part: Part) -> bool:
    """Is only a name said, behind a comma: "go to the kitchen, Ann"?"""
    return part.comma and len(part.words) == 1 and part.words[0] in _NAMES


def _names_somebody(part: Part) -> bool:
    return not _NAMES.isdisjoint(part.words)


def _said_before(words: list[str], sayings: list[list[str]]) -> bool:
    """Does one of the sayings stand among the fillers before a clause?"""
    skips = skipped_before(words)
    return any(words[i : i + len(one)] == one and i + len(one) in skips for i in skips for one in sayings)


def _said_behind(words: list[str], sayings: list[list[str]]) -> bool:
    skips = {len(words) - n for n in skipped_behind(words)}
    return any(words[i - len(one) : i] == one and i - len(one) in skips for i in skips for one in sayings)


# ---- stages --------------------------------------------------------------------------------------------
_Sentence = list[tuple[Part, Clause]]


def _ordered(sentences: list[_Sentence]) -> list[tuple[Clause, ...]]:
    """All stages, in the order in which they are due."""
    ordered: list[list[tuple[Clause, ...]]] = []
    for number, sentence in enumerate(sentences):
        _check_last(sentence, number == len(sentences) - 1)
        stages = _stages(sentence)
        first = sentence[0][0].first
        earlier = sum(map(len, ordered))
        between = any(part.first for part, _ in sentence[1:])
        if (first and earlier > 1) or (between and len(sentences) > 1):
            raise InstructionError("what comes first of all? Say it with ', then'")
        if number and first in ("before that", "but first"):
            ordered.insert(0, stages)
            continue
        if first and (number or (len(sentences) == len(stages) == 1 < len(sentence))):
            raise InstructionError("what comes after 'first'? Say it with ', then'")
        ordered.append(stages)
    return [stage for stages in ordered for stage in stages]


def _check_last(sentence: _Sentence, ends: bool) -> None:
    for i, (part, _) in enumerate(sentence):
        if part.last and not (ends and i == len(sentence) - 1):
            raise InstructionError("what is done last is said last: say it with ', then'")


def _stages(sentence: _Sentence) -> list[tuple[Clause, ...]]:
    """The stages of a sentence, which has one, or two if it has a "before" or an "after", or a "but first"."""
    orders = [i for i, (part, _) in enumerate(sentence) if part.order or (part.first and i)]
    clauses = tuple(clause for _, clause in sentence)
    if not orders:
        return [clauses]
    if len(orders) > 1:
        raise InstructionError("several 'before' and 'after' in one sentence: say it with ', then'")
    part, cut = sentence[orders[0]][0], orders[0]
    order = part.order or "after"
    if cut:
        main, other = clauses[:cut], clauses[cut:]
    else:  # "after you A , B"
        cut = next((i for i, (part, _) in enumerate(sentence) if i and part.comma), 0)
        if not cut:
            raise InstructionError(f"'{order} ...' wants a second part behind a comma: '{order} you A, B'")
        main, other = clauses[cut:], clauses[:cut]
    return [other, main] if order == "after" else [main, other]
