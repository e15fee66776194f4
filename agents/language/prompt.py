"""What does the language model read? One text, laid out always the same, within a limit of tokens.

    you are Ann                                     who it is
    Bob: put the cup on the table                   the talk, one line a turn; its own turns begin with "you"
    you: which cup: the red one or the blue one?
    Bob: the red one
    meaning: put the red cup on the table           what it took that for; it stands in place of the talk
    here: hall, holding a blue cup                  the room it stands in, and what it holds
    hall: a white lamp that is off; Bob is in view  facts, room by room; first the room with the most relevant one
    kitchen: a red cup on the brown table
    doors: the red door from the hall to the kitchen is open
    unseen: sofa                                    what the meaning names and it has never seen
    all seen                                        nothing is left to be seen; this line is missing where something is
    done: go to the kitchen; open the fridge        subgoals that were reached
    failed: pick up the cup: your hand is full      the last failure
    next:                                           here the answer begins

There are two questions. As long as it is not known what was said for, the talk is read and the last line is "meaning:";
afterwards the meaning is read in place of the talk, and the last line is "next:".

A line of which nothing is to be said is left out. What does not fit is cut at whole facts, turns and subgoals, the
least relevant first: `_relevance` has the order. The last turn, what is held and the last failure stay; only if even
these do not fit are the words of the last turn, and of the failure, cut at their end.

What comes first changes least from one answer to the next, so that a model need not read it again.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from agents.language.scene import Fact, Scene
from agents.language.talk import PERSON, Talk, Turn, kinds_named, said
from worlds.language.cleaning import CUT, clean, clean_name, cut
from worlds.objects import AGENT, CLASS_OF_KIND, DOOR_KIND, KINDS, NAMES, ROOM

Count = Callable[[str], int]  # how many tokens a text has
MEANING, NEXT = "meaning:", "next:"
NEAR = 8  # cells
LEAST_LIMIT = 48  # tokens: what is never left out, in short words, fits into these


class Situation(NamedTuple):
    """What an agent goes by when it answers."""

    name: str
    talk: Talk
    scene: Scene
    done: tuple[str, ...] = ()  # subgoals reached, the last one last
    failure: str = ""  # what failed last, in words
    meaning: str = ""  # what the talk was taken for; "" this is what is asked


class _Kept(NamedTuple):
    """What a prompt is made of."""

    turns: tuple[Turn, ...]
    facts: tuple[Fact, ...]
    done: tuple[str, ...]


NOWHERE = Scene(0, "", 0, (), frozenset(), False)  # nothing is seen


def meaning_prompt(words: str, speaker: str = PERSON) -> str:
    """What is read when somebody says something and nothing else is known: "you are Ann", what was said, "meaning:"."""
    situation = heard(words, speaker)
    return _text(situation, _everything(situation))


def heard(words: str, speaker: str = PERSON) -> Situation:
    """Somebody says something, and nothing else is known."""
    return Situation(NAMES[0], said((), speaker, words), NOWHERE)


def prompt_of(situation: Situation, limit: int, count: Count) -> str:
    """What the language model reads of a situation, at most `limit` tokens as `count` counts them.

    Raises:
        ValueError: the limit is too small for what is never left out.
    """
    return prompts_of([situation], limit, lambda texts: [count(text) for text in texts])[0]


def prompts_of(
    situations: Sequence[Situation], limit: int, count_all: Callable[[list[str]], list[int]]
) -> list[str]:
    """The same for many; `count_all` counts the tokens of many texts at once."""
    if limit < LEAST_LIMIT:
        raise ValueError(
            f"limit is {limit}, allowed are {LEAST_LIMIT} tokens and more: choose a longer context"
        )
    situations = [_clean(situation) for situation in situations]
    texts = [_text(situation, _everything(situation)) for situation in situations]
    sizes = count_all(texts)

    def count(text: str) -> int:
        return count_all([text])[0]

    return [
        text if size <= limit else _shortened(situation, limit, count)
        for situation, text, size in zip(situations, texts, sizes, strict=True)
    ]


def _clean(situation: Situation) -> Situation:
    """The same, with a talk and texts of one line each, whoever made them."""
    return situation._replace(
        name=clean_name(situation.name),
        talk=tuple(Turn(clean_name(turn.speaker), clean(turn.words)) for turn in situation.talk),
        done=tuple(map(clean, situation.done)),
        failure=clean(situation.failure),
        meaning=clean(situation.meaning),
    )


def _everything(situation: Situation) -> _Kept:
    return _Kept(situation.talk, situation.scene.facts, situation.done)


# ---- layout --------------------------------------------------------------------------------------------------------
def _text(situation: Situation, kept: _Kept) -> str:
    scene, named = situation.scene, _named(situation, kept.turns)
    lines = [f"you are {situation.name}"]
    if situation.meaning:
        lines.append(f"{MEANING} {situation.meaning}")
    else:
        lines += [f"{turn.speaker}: {turn.words}" for turn in kept.turns]
    where = [KINDS[scene.room]] if scene.room else []
    where += [f"holding {scene.hand}"] if scene.hand else []
    if where:
        lines.append(f"here: {', '.join(where)}")
    lines += _fact_lines(sorted(kept.facts, key=lambda fact: _relevance(fact, named)))
    unseen = sorted(kind for kind in named - _known(scene) if CLASS_OF_KIND[kind] != AGENT)
    if unseen and situation.meaning:
        lines.append(f"unseen: {', '.join(KINDS[kind] for kind in unseen)}")
    if scene.is_explored:
        lines.append("all seen")
    if kept.done:
        lines.append(f"done: {'; '.join(kept.done)}")
    if situation.failure:
        lines.append(f"failed: {situation.failure}")
    return "\n".join([*lines, NEXT if situation.meaning else MEANING])


def _named(situation: Situation, turns: Talk) -> frozenset[int]:
    """Kinds that are spoken of: in what is meant, or in these turns as long as that is not known."""
    return kinds_named((Turn("", situation.meaning),) if situation.meaning else turns)


def _fact_lines(facts: list[Fact]) -> list[str]:
    """Facts by room, in the order in which rooms come up."""
    lines: dict[str, list[str]] = {}
    for fact in facts:
        label = KINDS[fact.room] if fact.room else "doors" if DOOR_KIND in fact.kinds else "house"
        lines.setdefault(label, []).append(fact.text)
    return [f"{label}: {'; '.join(texts)}" for label, texts in lines.items()]


def _known(scene: Scene) -> frozenset[int]:
    """Kinds that an agent has seen something of."""
    return scene.rooms.union({scene.hand_kind}, *(fact.kinds for fact in scene.facts))


def _relevance(fact: Fact, named: frozenset[int]) -> tuple[int, int, tuple[int, int]]:
    """What comes first and is kept longest: facts of what the talk names, then what is in view, near, far."""
    things = {kind for kind in fact.kinds if CLASS_OF_KIND[kind] != ROOM}
    band = 0 if named & things else 1 if fact.room in named else 2 if fact.age == 0 else 3
    return band + (band == 3 and fact.distance > NEAR), fact.distance, fact.cell


# ---- cutting -------------------------------------------------------------------------------------------------------
def _shortened(situation: Situation, limit: int, count: Count) -> str:
    """The prompt with as many of the most relevant parts as fit."""
    parts = _parts(situation)

    def text(n: int) -> str:
        return _text(situation, _kept(situation, parts[:n]))

    if count(text(0)) <= limit:
        return text(_most(len(parts) - 1, lambda n: count(text(n)) <= limit))
    return _bare(situation, limit, count)


def _parts(situation: Situation) -> list[tuple[str, int]]:
    """What may be left out, the most relevant first: ("fact", "turn" or "done", its number)."""
    named = _named(situation, situation.talk)
    ranked: list[tuple[tuple, tuple[str, int]]] = [
        ((*_relevance(fact, named), 0), ("fact", n)) for n, fact in enumerate(situation.scene.facts)
    ]
    # The turn before the last comes with what the talk names, older ones and subgoals with what is near.
    before = len(situation.talk) - 1
    for n in range(0 if situation.meaning else before):
        ranked.append((((0 if n == before - 1 else 3), before - n, (0, 0), 1), ("turn", n)))
    for n in range(len(situation.done)):
        ranked.append(((3, len(situation.done) - n, (0, 0), 2), ("done", n)))
    return [part for _, part in sorted(ranked)]


def _kept(situation: Situation, parts: list[tuple[str, int]]) -> _Kept:
    chosen = set(parts)
    return _Kept(
        tuple(
            turn
            for n, turn in enumerate(situation.talk)
            if ("turn", n) in chosen or n == len(situation.talk) - 1
        ),
        tuple(fact for n, fact in enumerate(situation.scene.facts) if ("fact", n) in chosen),
        tuple(text for n, text in enumerate(situation.done) if ("done", n) in chosen),
    )


def _bare(situation: Situation, limit: int, count: Count) -> str:
    """The prompt with nothing but what is never left out, and its longest words cut."""
    whole = situation.talk[-1].words if situation.talk else ""

    def text(n: int, failure: str) -> str:
        last = situation.talk[-1:]
        if last and n < len(whole):
            last = (last[0]._replace(words=cut(whole, n)),)
        return _text(situation._replace(failure=failure), _Kept(last, (), ()))

    for failure in dict.fromkeys(
        (situation.failure, cut(situation.failure, len(CUT)) if situation.failure else "")
    ):
        if count(text(0, failure)) <= limit:
            return text(
                _most(len(whole), lambda n, failure=failure: count(text(n, failure)) <= limit), failure
            )
    raise ValueError(
        f"limit is {limit} tokens, the least that is said takes {count(text(0, ''))}: choose a longer context"
    )


def _most(high: int, fits: Callable[[int], bool]) -> int:
    """The largest number of 0 to `high` that fits, by halving; 0 does."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
