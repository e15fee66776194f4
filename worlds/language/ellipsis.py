"""What do people leave out? Lists share a verb or a place, and a verb that was said is not said again.

    put the orange and the banana in the fridge          the first and the last share the verb and the place
    open the fridge, the box and the bin                 a list behind a verb
    put the cup on the table and the plate on the shelf  "put" goes on
    do not touch the vase or enter the kitchen           so does "do not"

All ways to make the parts whole are tried; what can be read in several is refused.
"""

from collections.abc import Iterator
from typing import NamedTuple

from worlds.goal import GO_TO, MEET, VERBS, A, Clause, Ref
from worlds.language.descriptions import article_at, descriptions
from worlds.language.matching import VERB_WORDS, Reading, read, skipped_before, skipped_behind
from worlds.language.tokens import AmbiguousError, InstructionError
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM

_WAYS = (GO_TO, MEET)
_NEGATIONS = (["do", "not"], ["never"], ["without"])


class Part(NamedTuple):
    """The words of one clause, and how they are joined to what is before them."""

    words: list[str]
    then: bool = False  # begins a new stage
    order: str = ""  # "after", "before" or ""
    comma: bool = False  # joined by a comma alone
    either: bool = False  # joined by "or"
    first: str = ""  # "first" or "before that" stands before or behind it
    last: bool = False  # "finally" or "afterwards" stands behind it


class Said(NamedTuple):
    """A part that was understood, with the words that were left out."""

    part: Part
    words: list[str]
    reading: Reading
    listed: tuple[Ref, ...] = ()  # the things of the list that ends here

    @property
    def clause(self) -> Clause:
        return self.reading.clause

    @property
    def is_constraint(self) -> bool:
        return VERBS[self.clause.verb].constraint


def goes_on(part: Part) -> bool:
    """Does a part want the verb of what was said before it?"""
    if part.either:
        return True
    begins = [part.words[i] for i in skipped_before(part.words) if i < len(part.words)]
    return VERB_WORDS.isdisjoint(begins) and reading_of(part.words) is None


def reading_of(words: list[str]) -> Reading | None:
    """What words mean, None if they are no whole clause."""
    try:
        return read(words)
    except InstructionError:
        return None


def spelt_out(parts: list[Part], before: list[Said]) -> list[Said]:
    """The clauses of a part and of those behind it that go on from it; `before` is what was said before.

    Raises:
        InstructionError: they mean nothing, or more than one thing.
    """
    if (
        len(parts) > 2
        and parts[-1].comma
        and _is_thing(parts[-2].words)
        and not descriptions(parts[-1].words, 0)
    ):
        # "the orange, and the banana, in the fridge"
        parts = [*parts[:-2], parts[-2]._replace(words=[*parts[-2].words, *parts[-1].words])]
    if len(parts) == 1 and not parts[0].either:
        return [Said(parts[0], parts[0].words, read(parts[0].words))]
    if parts[-1].comma:  # "go to the table, the shelf": one more, or the same again?
        if _is_thing(_stripped(parts[-1].words)):
            raise InstructionError(f"'{' '.join(parts[-1].words)}': say 'and' before the last of a list")
        read(parts[-1].words)
    found: dict[tuple[Clause, ...], list[Said]] = {}
    for run in (*_sharing(parts), *_beginning(parts, before)):
        found.setdefault(tuple(said.clause for said in run), run)
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        _explain(parts, before)
    raise _open(", ".join(" ".join(part.words) for part in parts))


def _open(text: str) -> InstructionError:
    return AmbiguousError(f"'{text}' can be read in several ways: say each part with a verb of its own")


def _explain(parts: list[Part], before: list[Said]) -> None:
    """Raise an InstructionError that says what is wrong with the first part that goes on from nothing."""
    for i, part in enumerate(parts):
        if part.either:
            raise AmbiguousError("'or' leaves a choice open: name one", ("or",))
        reading = reading_of(part.words)
        if reading is None and i and _is_thing(_stripped(part.words)):
            base = reading_of(parts[0].words)
            if base is not None:
                words, own, (begin, end) = parts[0].words, _stripped(part.words), base.thing
                if base.place[1] and reading_of([*words[: base.place[0]], *own, *words[base.place[1] :]]):
                    raise InstructionError(
                        f"'{' '.join(words)}' and '{' '.join(own)}': name one place for each thing"
                    )
                read([*words[:begin], *own, *words[end:]])
        if reading is None:
            read(part.words)


# ---- "put the orange and the banana in the fridge" -----------------------------------------------------
def _sharing(parts: list[Part]) -> Iterator[list[Said]]:
    """Runs in which the first things share what stands behind the last of them."""
    head = parts[0].words
    begin = _last_thing(head)
    if not begin:
        return
    for last in range(1, len(parts)):
        if parts[last].then or parts[last].order or parts[last].either:
            return
        things = [head[begin:], *(_stripped(part.words) for part in parts[1:last])]
        for found in descriptions(_stripped(parts[last].words), 0):
            words = _stripped(parts[last].words)
            if found.end < len(words):
                shared = _shared(parts, head[:begin], [*things, words[: found.end]], words[found.end :])
                yield from _continued(parts[last + 1 :], shared, []) if shared else ()
        if not _is_thing(_stripped(parts[last].words)):
            return


def _last_thing(words: list[str]) -> int:
    """Where the thing begins that words end with, 0 if they are more than a verb and a thing."""
    reading = reading_of(words)
    if reading is not None:
        return reading.thing[0] if reading.thing[1] == len(words) else 0
    return next((i for i in range(1, len(words)) if _is_thing(words[i:])), 0)


def _shared(parts: list[Part], verb: list[str], things: list[list[str]], end: list[str]) -> list[Said]:
    """The same said of each thing; nothing unless all of it makes sense and differs in the things alone."""
    run: list[Said] = []
    for part, thing in zip(parts, things, strict=False):
        named = _with_article(things[0], thing)
        words = [*verb, *named, *end]
        reading = reading_of(words) if named else None
        if reading is None:
            return []
        run.append(Said(part if not run else part._replace(comma=False), words, reading))
    verbs, places = {said.clause.verb for said in run}, {said.clause.place for said in run}
    refs = tuple(said.clause.thing for said in run)
    if len(verbs) > 1 or len(places) > 1 or len(set(refs)) < len(refs):
        return []
    place = run[0].clause.place
    if place is not None and place.quantity == A and CLASS_OF_KIND[place.kind] in (ITEM, FIXTURE):
        raise AmbiguousError(
            f"'{' '.join(end)}' may be one for all or one for each: say 'the', or each by itself"
        )
    return [*run[:-1], run[-1]._replace(listed=refs)]


# ---- "open the fridge and the bin", "go to the kitchen, then to the hall" ------------------------------
def _beginning(parts: list[Part], before: list[Said]) -> Iterator[list[Said]]:
    """Runs whose first part is whole, or goes on from what was said before."""
    reading = None if parts[0].either else reading_of(parts[0].words)
    if reading is not None:
        yield from _continued(parts[1:], [Said(parts[0], parts[0].words, reading)], before)
    else:
        yield from _continued(parts, [], before)


def _continued(rest: list[Part], run: list[Said], before: list[Said]) -> Iterator[list[Said]]:
    """The run with the rest behind it, in every way that makes sense."""
    if not rest:
        yield run
        return
    for base in _bases(rest[0], [*before, *run]):
        for said in _going_on(base, rest[0]):
            yield from _continued(rest[1:], [*run, said], before)


def _bases(part: Part, said: list[Said]) -> list[Said]:
    """What a part may go on from: what was said last, and if that was forbidden and "and" follows, the last demand."""
    demands = [one for one in said if not one.is_constraint]
    if part.then or part.order:
        return demands[-1:]
    if part.either or not said or not said[-1].is_constraint:
        return said[-1:]
    return [said[-1], *demands[-1:]]


def _going_on(base: Said, part: Part) -> Iterator[Said]:
    """The part with words of the clause that it goes on from."""
    if part.either and not base.is_constraint:
        return
    words, verb = base.words, base.clause.verb
    begin, end = base.reading.thing
    first = min(i for i in (begin, base.reading.place[0]) if i)
    own = _stripped(part.words)
    wholes: list[tuple[list[str], bool]] = []  # and whether it must be about another thing in the same way
    if _is_thing(own):
        if _may_stand_in_relation(base, own):
            raise _open(" ".join((*words, "and", *own)))
        named = _with_article(words[begin:end], own)
        if named and base.reading.place[0] < end:
            wholes.append(([*words[:begin], *named, *words[end:]], True))
    if base.is_constraint:
        wholes += [([*no, *own], False) for no in _NEGATIONS if words[: len(no)] == no]
    elif descriptions(own, 0):
        has_more = end < len(words) or base.reading.place[1] > 0
        if has_more and any(found.end < len(own) for found in descriptions(own, 0)):
            wholes.append(([*words[:first], *own], False))
    else:
        wholes += [([*words[:i], *own], False) for i in range(1, first + 1)]
        wholes += [([*words[:end], *own], False)] if part.then else []
    seen = set()
    for whole, alike in wholes:
        reading = reading_of(whole)
        if (
            reading is None
            or reading.clause in seen
            or VERBS[reading.clause.verb].constraint != base.is_constraint
        ):
            continue
        same = reading.clause.thing == base.clause.thing
        if (alike and reading.clause.verb != verb) or (same and not part.then):
            continue
        if reading.clause.verb in _WAYS and verb not in _WAYS:
            continue  # "get the cup out of the box and into the hall" sends the cup there, and nobody else
        seen.add(reading.clause)
        listed = (*(base.listed or (base.clause.thing,)), reading.clause.thing) if alike else ()
        yield Said(part._replace(comma=False), whole, reading, listed)


def _may_stand_in_relation(base: Said, own: list[str]) -> bool:
    """Is "go to the cup next to the sink and the plate" said, which may be a cup next to both?"""
    begin, end = base.reading.thing
    if base.clause.place is not None and base.reading.place[0] < begin:
        return False
    inner = [i for i in range(begin + 1, end) if article_at(base.words, i) and base.clause.thing.relation]
    return any(reading_of([*base.words[:i], *own, *base.words[end:]]) is not None for i in inner)


# ---- words ---------------------------------------------------------------------------------------------
def _stripped(words: list[str]) -> list[str]:
    """Words without fillers in front and behind."""
    words = words[max(skipped_before(words)) :]
    return words[: len(words) - max(skipped_behind(words))]


def _is_thing(words: list[str]) -> bool:
    """Do words describe a thing, and nothing else?"""
    return any(
        found.end == len(words) for negated in (False, True) for found in descriptions(words, 0, negated)
    )


def _with_article(model: list[str], words: list[str]) -> list[str]:
    """The words with the article of the list's first, if they have none; nothing where that leaves something open."""
    article = model[: article_at(model, 0)]
    if not article or article_at(words, 0):
        return words
    one, other = (next((f.ref for f in descriptions(w, 0)), None) for w in (model, words))
    if one is None or other is None:
        return []
    if one.colour and not other.colour:
        return []  # "the red cup and plate"
    return [*article, *words] if article[0] in ("the", "a", "an", "any", "every", "each", "all") else []
