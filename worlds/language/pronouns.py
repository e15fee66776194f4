"""What do "it" and "them" stand for? The one thing that was named and makes sense there.

"Pick up the cup and put it on the table" has one such thing, and as no cup is in a hand and on a table at once, the
second comes in a later stage. "It" cannot be "a cup", which may be another one each time.
"""

from typing import NamedTuple

from worlds.goal import (
    BRING,
    CLOSE_IT,
    EVERY,
    GIVE,
    NO_RELATION,
    OPEN_IT,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    A,
    Clause,
    Ref,
    describe_ref,
)
from worlds.language.descriptions import descriptions, words_for
from worlds.language.ellipsis import Part, Said, goes_on, reading_of, spelt_out
from worlds.language.tokens import AmbiguousError, InstructionError
from worlds.objects import AGENT, CLASS_OF_KIND

PRONOUNS = ("it", "them")
_LAID = {PUT_DOWN, PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE}
_OPPOSITES = ({OPEN_IT, CLOSE_IT}, {SWITCH_ON, SWITCH_OFF})


class _Named(NamedTuple):
    """What a pronoun may stand for."""

    refs: tuple[Ref, ...]
    plural: bool
    sure: bool  # it is the same thing each time that it is described so


def whole_clauses(parts: list[Part]) -> list[tuple[Part, Clause]]:
    """A clause for each part, several for a list.

    Raises:
        InstructionError: a part means nothing, or more than one thing.
    """
    said: list[Said] = []
    topic, parts = _topic(parts)
    i = 0
    while i < len(parts):
        end = i + 1
        while end < len(parts) and goes_on(parts[end]):
            end += 1
        run = parts[i:end]
        pronoun = _pronoun(run)
        if pronoun:
            named = _named_before(said, run, topic) or _named_by(_said_alone(parts[end:]))
            said += _resolved(run, pronoun, named, said)
        else:
            said += spelt_out(run, said)
        i = end
    return [(one.part, one.clause) for one in said]


def _topic(parts: list[Part]) -> tuple[list[_Named], list[Part]]:
    """What is named before the first clause, as in "the orange, put it on the bed", and the other parts."""
    if len(parts) < 2 or not parts[1].comma or not _pronoun(parts[1:2]) or reading_of(parts[0].words):
        return [], parts
    refs = [found.ref for found in descriptions(parts[0].words, 0) if found.end == len(parts[0].words)]
    if len(refs) != 1:
        return [], parts
    return _named_by_refs(refs), [parts[1]._replace(comma=False), *parts[2:]]


def _pronoun(parts: list[Part]) -> str:
    return next((word for part in parts for word in part.words if word in PRONOUNS), "")


def _resolved(run: list[Part], pronoun: str, named: list[_Named], before: list[Said]) -> list[Said]:
    """The clauses of parts with a pronoun."""
    plural = pronoun == "them"
    found: dict[tuple[Clause, ...], tuple[list[Said], _Named]] = {}
    errors = []
    for candidate in (one for one in named if one.plural == plural):
        try:
            said = [one for parts in _put_in(run, pronoun, candidate) for one in spelt_out(parts, before)]
        except InstructionError as error:
            errors.append(error)
            continue
        if all(one.clause.thing != one.clause.place for one in said):
            found.setdefault(tuple(one.clause for one in said), (said, candidate))
    words = tuple(dict.fromkeys(describe_ref(ref) for one in named for ref in one.refs))
    if len(found) == 1:
        said, candidate = next(iter(found.values()))
        if candidate.sure:
            return _after_its_like(said, before)
        raise AmbiguousError(
            f"'{pronoun}' would be the same {words[0]} again, and 'a' may be another each time: say 'the {words[0]}'",
            (pronoun,), words,
        )  # fmt: skip
    if not found and len(errors) == 1:
        raise errors[0]
    choice = " or ".join(f"'{word}'" for word in words) or "which thing"
    raise AmbiguousError(f"'{pronoun}' is ambiguous here: say {choice}", (pronoun,), words)


def _put_in(run: list[Part], pronoun: str, candidate: _Named) -> list[list[Part]]:
    """The parts with the words of what a pronoun stands for, once for each thing."""
    runs = []
    for ref in candidate.refs:
        words = words_for(ref)
        parts = [
            part._replace(words=[w for word in part.words for w in (words if word == pronoun else [word])])
            for part in run
        ]
        runs.append(parts if not runs else [parts[0]._replace(then=False, comma=False, order=""), *parts[1:]])
    return runs


# ---- what was named ------------------------------------------------------------------------------------
def _named_before(said: list[Said], run: list[Part], topic: list[_Named]) -> list[_Named]:
    """What was named before a pronoun, in earlier parts and in the one that its part goes on from."""
    own = [] if _pronoun(run[:1]) else _said_alone(run[:1])
    return list(dict.fromkeys([*topic, *_named_by([*said, *own])]))


def _said_alone(parts: list[Part]) -> list[Said]:
    readings = [(part, reading_of(part.words)) for part in parts if not _pronoun([part])]
    return [Said(part, part.words, reading) for part, reading in readings if reading]


def _named_by(said: list[Said]) -> list[_Named]:
    refs = [ref for one in said for ref in (one.clause.thing, one.clause.place) if ref is not None]
    lists = [
        _Named(one.listed, True, all(ref.quantity in (THE, EVERY) for ref in one.listed))
        for one in said
        if one.listed
    ]
    return [*_named_by_refs(refs), *lists]


def _named_by_refs(refs: list[Ref]) -> list[_Named]:
    """Things that were named, and those that they stood in relation to."""
    others = [Ref(ref.other_kind, ref.other_colour) for ref in refs if ref.relation != NO_RELATION]
    return [
        _Named((ref,), ref.quantity not in (A, THE), ref.quantity in (THE, EVERY))
        for ref in dict.fromkeys([*refs, *others])
        if CLASS_OF_KIND[ref.kind] != AGENT
    ]


# ---- one thing in two states ---------------------------------------------------------------------------
def _after_its_like(run: list[Said], before: list[Said]) -> list[Said]:
    """The run, in a later stage if what it asks of a thing and what was asked of it before cannot hold at once."""
    stage = before[max((i for i, said in enumerate(before) if said.part.then), default=0) :]
    at = next(
        (i for i, said in enumerate(stage) if any(_exclude(said.clause, one.clause) for one in run)), -1
    )
    if at < 0 or run[0].part.then or any(said.part.order for said in (*stage[at + 1 :], *run)):
        return run
    if any(said.part.order for said in stage):
        if stage[0].part.order and not any(said.part.comma for said in stage[1:]) and run[0].part.comma:
            return run  # "after you pick up the cup, put it on the table"
        raise AmbiguousError("which comes first? Say it with ', then'")
    return [run[0]._replace(part=run[0].part._replace(then=True)), *run[1:]]


def _exclude(one: Clause, other: Clause) -> bool:
    """Can two demands on the same thing not hold at the same time?"""
    if one.thing != other.thing:
        return False
    verbs = {one.verb, other.verb}
    if verbs in _OPPOSITES or (PICK_UP in verbs and verbs & _LAID):
        return True
    return verbs <= {PUT_ON, PUT_IN} and one.place != other.place
