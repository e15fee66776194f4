"""What else could have been said in this way? Handwritten wordings of other things, colours and people.

Names are exchanged in text and meaning alike, by what is of the same use: an item by an item, a bed by a table. Where
the text has a thing that the meaning lacks, or names one in a way that is not known here, it stays as it is.
"""

import re
from functools import cache

import numpy as np

from social_rl.human_feedback.speech.goals import is_sensible
from social_rl.human_feedback.speech.names import fit_articles, names_of
from social_rl.human_feedback.speech.slips import slip
from social_rl.human_feedback.speech.tables import happens, pick, table
from worlds.goal import Goal, Ref
from worlds.language.instructions import canonical, fits, goal_problem, parse
from worlds.language.wordings import ASK, CANNOT, split_of
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    COLOURS,
    FIRST_FIXTURE,
    FIXTURE,
    FIXTURES,
    ITEM,
    KIND,
    KINDS,
    NAMES,
    ROOM,
    colours_of,
)

_TRIES = 12
_EXCHANGED = 0.8  # share of things that get another name, where they may


def vary(text: str, meaning: str, rng: np.random.Generator) -> tuple[str, str]:
    """A wording like a handwritten one and its meaning: other things, other slips; nothing of another split.

    The pair that was given, where nothing can be exchanged.

    Raises:
        InstructionError: the meaning is no instruction, ASK or CANNOT.
    """
    goal = None if meaning in (ASK, CANNOT) else parse(meaning)
    for _ in range(_TRIES):
        new, other = _exchanged(text, goal, rng)
        new = _around(new, rng)
        if happens(0.5, rng):
            new = slip(new, rng)
        if split_of(new) == "train":
            return new, meaning if other is None else canonical(other)
    return text, meaning


def _exchanged(text: str, goal: Goal | None, rng: np.random.Generator) -> tuple[str, Goal | None]:
    found = _things_in(text)
    new = _new_kinds(found, goal, rng)
    shades = _new_colours(text, goal, new, rng)
    if goal is not None:
        other = _renamed(goal, new, shades)
        if goal_problem(other) or not fits(other) or not is_sensible(other):
            return text, goal
        goal = other
    for kind in sorted(new, key=lambda kind: -len(KINDS[kind])):
        text = _with_names(text, kind, new[kind], rng)
    for old, shade in shades.items():
        text = re.sub(
            rf"(?i)\b{_alternatives(table('names')['colours'][COLOURS[old]])}\b", f"\0{shade}\0", text
        )
    text = re.sub("\0(\\d+)\0", lambda mark: COLOURS[int(mark[1])], text)
    text = text.replace("\1", "").replace("\2", "")
    return fit_articles(text), goal


# ---- what may be exchanged -----------------------------------------------------------------------------
def _things_in(text: str) -> set[int]:
    return {kind for kind, pattern in _patterns().items() if pattern.search(text)}


@cache
def _patterns() -> dict[int, re.Pattern[str]]:
    """What names a kind in a text: any of its names, alone, in both numbers."""
    rows = {
        KIND[name]: [form for pair in names_of(KIND[name]) for form in pair]
        for name in table("names")["nouns"]
    }
    rows |= {KIND[name]: [name] for name in NAMES}
    return {
        kind: re.compile(rf"(?i)(?<![\w-]){_alternatives(forms)}(?![\w-])") for kind, forms in rows.items()
    }


def _alternatives(words: "list[str] | tuple[str, ...]") -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True)) + ")"


def _new_kinds(found: set[int], goal: Goal | None, rng: np.random.Generator) -> dict[int, int]:
    """A kind for each that is exchanged, no two alike."""
    meant = _kinds_of(goal) if goal is not None else found
    taken = set(found) | meant
    new: dict[int, int] = {}
    for kind in sorted(found & meant):
        group = [other for other in _group(kind) if other not in taken]
        if (
            group
            and (goal is None or found >= meant or CLASS_OF_KIND[kind] == AGENT)
            and happens(_EXCHANGED, rng)
        ):
            new[kind] = pick(group, rng)
            taken.add(new[kind])
    return new


def _kinds_of(goal: Goal) -> set[int]:
    clauses = (*goal.clauses, *goal.constraints)
    refs = [ref for clause in clauses for ref in (clause.thing, clause.place) if ref is not None]
    return {kind for ref in refs for kind in (ref.kind, ref.other_kind) if kind}


def _group(kind: int) -> tuple[int, ...]:
    """Kinds that can stand where this one does: what shuts and what is switched on have words of their own."""
    of = CLASS_OF_KIND[kind]
    if of == FIXTURE:
        if not FIRST_FIXTURE <= kind < FIRST_FIXTURE + len(FIXTURES):
            return ()
        row = FIXTURES[kind - FIRST_FIXTURE]
        if row.shuts or row.switches or not row.holds:
            return ()
        return tuple(
            FIRST_FIXTURE + i
            for i, k in enumerate(FIXTURES)
            if k.holds == row.holds and not k.shuts and not k.switches
        )
    return tuple(
        other for other in range(1, len(KINDS)) if CLASS_OF_KIND[other] == of and of in (ITEM, ROOM, AGENT)
    )


def _new_colours(
    text: str, goal: Goal | None, new: dict[int, int], rng: np.random.Generator
) -> dict[int, int]:
    """Another colour for each in the text that can be exchanged; all if any."""
    said = [c for c, name in enumerate(COLOURS) if re.search(rf"(?i)\b{_alternatives((name,))}\b", text)]
    if not said or goal is None:
        return {}
    allowed = set(range(len(COLOURS)))
    for ref in _coloured(goal):
        allowed &= set(colours_of(new.get(ref.kind, ref.kind)) if ref.colour else allowed)
        allowed &= set(colours_of(new.get(ref.other_kind, ref.other_kind)) if ref.other_colour else allowed)
    if len(allowed) < len(said):
        return {}
    order = rng.permutation(sorted(allowed))[: len(said)]
    return {old: int(shade) for old, shade in zip(said, order, strict=True)}


def _coloured(goal: Goal) -> list[Ref]:
    clauses = (*goal.clauses, *goal.constraints)
    return [
        ref
        for c in clauses
        for ref in (c.thing, c.place)
        if ref is not None and (ref.colour or ref.other_colour)
    ]


# ---- exchanging it -------------------------------------------------------------------------------------
def _renamed(goal: Goal, new: dict[int, int], shades: dict[int, int]) -> Goal:
    def ref_of(ref: Ref) -> Ref:
        return ref._replace(
            kind=new.get(ref.kind, ref.kind),
            other_kind=new.get(ref.other_kind, ref.other_kind),
            colour=1 + shades.get(ref.colour - 1, ref.colour - 1) if ref.colour else 0,
            other_colour=1 + shades.get(ref.other_colour - 1, ref.other_colour - 1)
            if ref.other_colour
            else 0,
        )

    def clauses_of(clauses):
        return tuple(
            c._replace(thing=ref_of(c.thing), place=ref_of(c.place) if c.place is not None else None)
            for c in clauses
        )

    return Goal(tuple(clauses_of(stage) for stage in goal.stages), clauses_of(goal.constraints))


def _with_names(text: str, kind: int, other: int, rng: np.random.Generator) -> str:
    """A text with another kind in the place of one; the new names are marked, so that none is exchanged again."""
    if CLASS_OF_KIND[kind] == AGENT:
        return _patterns()[kind].sub(lambda found: _mark(_in_case(KINDS[other], found[0])), text)
    rows = names_of(other)
    row = rows[0] if happens(0.55, rng) else pick(rows, rng)
    many = {form for pair in names_of(kind) for form in pair[1:]}

    def replaced(found: re.Match[str]) -> str:
        return _mark(_in_case(row[found[0].lower() in many], found[0]))

    return _patterns()[kind].sub(replaced, text)


def _mark(name: str) -> str:
    """A name in which no pattern finds itself."""
    return "\1" + "\2".join(name) + "\1"


def _in_case(name: str, was: str) -> str:
    if was.isupper() and len(was) > 1:
        return name.upper()
    if was[:1].isupper():
        return name[:1].upper() + name[1:]
    return name if name not in NAMES else name.lower()


def _around(text: str, rng: np.random.Generator) -> str:
    """A text with a kind word more, now and then."""
    if happens(0.12, rng):
        text = f"{pick(table('handwritten')['before'], rng)} {text}"
    if happens(0.12, rng) and text[-1:].isalnum():
        text += pick(table("handwritten")["after"], rng)
    return text
