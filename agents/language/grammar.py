"""Which characters may come next in an answer? An automaton made from the tables that parse and phrase instructions.

`meaning_grammar` accepts the canonical words of every instruction, the questions and the reasons of `answers.py`, and
nothing else. A space may come before them. It is the smallest such automaton: states that accept the same continuations
are one state.

`TokenAutomaton` says the same of the tokens of any tokenizer, for constrained decoding.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from agents.language.answers import (
    CONSTRAINTS,
    DEMANDS,
    colours_said,
    kinds_of,
    makes_sense,
    noun_words,
    questions,
    reasons,
)
from worlds.goal import GO_TO, IN, IN_ROOM, MAX_CLAUSES, MAX_CONSTRAINTS, NEXT_TO, ON, THE, VERBS, Clause, Ref
from worlds.language import lexicon, phrasing
from worlds.language.grammar import TAKES_AN, TOKEN
from worlds.objects import AGENT, CLASS_OF_KIND, COLOURS, FIXTURE, ITEM, KINDS, ROOM

State = int  # of an automaton
DEAD, START = 0, 1
MAX_OPTIONS = 3  # candidates that a question names
MOST_KEPT = 64 << 20  # bytes of masks


@dataclass(frozen=True)
class Grammar:
    """An automaton over characters; state DEAD accepts nothing."""

    alphabet: str  # column of a character in `following`
    following: (
        np.ndarray
    )  # int32[S, characters + 1] the next state; the last column is for all other characters
    ends: np.ndarray  # bool[S] may an answer end here?

    def start(self) -> State:
        """Before the first character."""
        return START

    def step(self, state: State, text: str) -> State:
        """The state after more text; DEAD if no answer goes on like that."""
        for column in columns_of(text, self.alphabet):
            state = int(self.following[state, column])
        return state

    def allowed(self, state: State) -> str:
        """Characters that may come next."""
        return "".join(
            c for c, after in zip(self.alphabet, self.following[state], strict=False) if after != DEAD
        )

    def may_end(self, state: State) -> bool:
        """Is what was said so far a whole answer?"""
        return bool(self.ends[state])

    def accepts(self, text: str) -> bool:
        """Is this a whole answer?"""
        return self.may_end(self.step(START, text))


class TokenAutomaton:
    """The same over the tokens of a tokenizer.

    Args:
        grammar: what is allowed.
        texts: what each token stands for after others, with its spaces; "" for tokens that stand for nothing.
        ends: tokens that end an answer; each is allowed where an answer may end, whatever its text.

    Raises:
        ValueError: a character of the alphabet is no token of its own, so that decoding could get stuck; or no token
            ends an answer.
    """

    def __init__(self, grammar: Grammar, texts: Sequence[str], ends: Sequence[int]) -> None:
        lacking = sorted(set(grammar.alphabet) - set(texts))
        if lacking:
            raise ValueError(
                f"no token stands for {', '.join(map(repr, lacking))} alone: answers are spelt with "
                f"'{grammar.alphabet}'; train the tokenizer with these characters"
            )
        if not ends or not all(0 <= token < len(texts) for token in ends):
            raise ValueError(
                f"ends are {list(ends)}, they need one token or more of 0 to {len(texts) - 1}: pass the number of <eos>"
            )
        self.grammar, self.texts, self.ends = grammar, tuple(texts), frozenset(ends)
        self._spelt, self._lengths, self._tokens = _spelling(grammar.alphabet, self.texts, self.ends)
        self._masks: dict[State, Tensor] = {}

    def start(self) -> State:
        """Before the first token."""
        return START

    def step(self, state: State, token: int) -> State:
        """The state after one more token; DEAD after an end, and after what is not allowed."""
        return DEAD if token in self.ends else self.grammar.step(state, self.texts[token])

    def mask(self, states: Sequence[State]) -> Tensor:
        """Which tokens may come next, bool[B, V]; after an end, another end."""
        return torch.stack([self._mask(state) for state in states])

    def _mask(self, state: State) -> Tensor:
        if state not in self._masks:
            allowed = np.zeros(len(self.texts), np.bool_)
            allowed[self._tokens[self._fitting(state)]] = True
            allowed[list(self.ends)] = state == DEAD or self.grammar.may_end(state)
            if len(self._masks) * len(allowed) > MOST_KEPT:
                self._masks.clear()
            self._masks[state] = torch.from_numpy(allowed)
        return self._masks[state]

    def _fitting(self, state: State) -> np.ndarray:
        """Rows of the tokens that may come next; of most the first character already says that they may not."""
        rows, fitting = np.arange(len(self._tokens)), []
        after = np.full(len(rows), state, np.int32)
        for place in range(self._spelt.shape[1]):
            is_longer = self._lengths[rows] > place
            fitting.append(rows[~is_longer])
            rows = rows[is_longer]
            after = self.grammar.following[after[is_longer], self._spelt[rows, place]]
            rows, after = rows[after != DEAD], after[after != DEAD]
        return np.concatenate([*fitting, rows])


@functools.cache
def meaning_grammar() -> Grammar:
    """The automaton of all answers to what is meant."""
    parts = _Parts()
    whole = parts.union(
        _instructions(parts), _asked(parts), parts.choice(dict.fromkeys(reasons(), parts.end))
    )
    return _tables(parts, parts.union(whole, parts.text(" ", whole)))


def columns_of(text: str, alphabet: str) -> list[int]:
    """The columns of the characters of a text; those that are not in the alphabet have the last one."""
    return [alphabet.find(c) if c in alphabet else len(alphabet) for c in text]


# ---- building ------------------------------------------------------------------------------------------------------
@dataclass
class _Parts:
    """Parts of an automaton: each is (may it end?, next part by character); equal ones are one part."""

    parts: list[tuple[bool, dict[str, int]]] = field(default_factory=list)
    numbers: dict[tuple[bool, tuple[tuple[str, int], ...]], int] = field(default_factory=dict)
    unions: dict[tuple[int, int], int] = field(default_factory=dict)
    related: dict[tuple[int, str, int], int] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The part after which nothing comes."""
        return self.part(True, {})

    def part(self, ends: bool, following: dict[str, int]) -> int:
        """The number of a part."""
        key = ends, tuple(sorted(following.items()))
        if key not in self.numbers:
            self.numbers[key] = len(self.parts)
            self.parts.append((ends, following))
        return self.numbers[key]

    def text(self, words: str, then: int) -> int:
        """These words, and then that part."""
        for character in reversed(words):
            then = self.part(False, {character: then})
        return then

    def union(self, *parts: int) -> int:
        """What any of these accepts."""
        return functools.reduce(self._union, parts)

    def _union(self, one: int, other: int) -> int:
        if one == other:
            return one
        key = min(one, other), max(one, other)
        if key not in self.unions:
            (ends, following), (ends_other, others) = self.parts[one], self.parts[other]
            both = {c: self._union(following[c], others[c]) for c in following.keys() & others.keys()}
            self.unions[key] = self.part(ends or ends_other, {**following, **others, **both})
        return self.unions[key]

    def choice(self, then: dict[str, int]) -> int:
        """One of these words (none of which is empty), each with what comes then."""
        by_first: dict[str, dict[str, int]] = {}
        here: dict[str, int] = {}
        for words, after in then.items():
            by_first.setdefault(words[0], {})[words[1:]] = after
        for first, rest in by_first.items():
            ended = rest.pop("", None)
            parts = [part for part in (ended, self.choice(rest) if rest else None) if part is not None]
            here[first] = self.union(*parts)
        return self.part(False, here)


def _instructions(parts: _Parts) -> int:
    """Up to MAX_CLAUSES demands, and then up to MAX_CONSTRAINTS constraints."""
    joints = phrasing.CLAUSE_JOINS.said[0], phrasing.STAGE_JOINS.said[0]
    tail, joint = parts.end, f" {phrasing.CLAUSE_JOINS.said[0]}"
    for left in range(MAX_CONSTRAINTS):
        rules = parts.union(*(_clause(parts, verb, tail) for verb in CONSTRAINTS))
        is_first = left == MAX_CONSTRAINTS - 1
        tail = parts.union(parts.end, rules if is_first else parts.text(joint, rules))
    last, spaced = tail, 0
    for _ in range(MAX_CLAUSES):
        spaced = parts.union(*(_clause(parts, verb, tail) for verb in DEMANDS))
        more = (parts.text(words if words[0] == "," else f" {words}", spaced) for words in joints)
        tail = parts.union(last, *more)
    return parts.parts[spaced][1][" "]


def _clause(parts: _Parts, verb: int, tail: int) -> int:
    """The plain words of a verb with every thing and place that make sense, after a space."""
    wordings = {}
    for row in phrasing.PHRASINGS:
        if row.verb == verb:
            plain = (*row.asked.said, *row.stated.said)[0]
            wordings[plain] = (*wordings.get(plain, ()), *kinds_of(*row.things))
    return parts.union(*(_wording(parts, verb, plain, kinds, tail) for plain, kinds in wordings.items()))


def _wording(parts: _Parts, verb: int, plain: str, kinds: tuple[int, ...], tail: int) -> int:
    thing, place = _samples(verb, kinds)
    for word in reversed(plain.split()):
        if word == "{place}":
            refs = [
                ref for ref in _bare_refs() if place is not None and makes_sense(Clause(verb, thing, ref))
            ]
            tail = _described(parts, verb, refs, "place", tail)
        elif word in ("{thing}", "{any}"):
            refs = [
                ref for ref in _bare_refs() if ref.kind in kinds and makes_sense(Clause(verb, ref, place))
            ]
            tail = _described(parts, verb, refs, "any" if word == "{any}" else "thing", tail)
        elif word.startswith("{"):
            raise AssertionError(f"the plain phrasing '{plain}' has a slot that is not known here: {word}")
        else:
            tail = parts.text(f" {word}", tail)
    return tail


@functools.cache
def _samples(verb: int, kinds: tuple[int, ...]) -> tuple[Ref, Ref | None]:
    """A thing and a place with which a verb makes sense."""
    for thing in (ref for ref in _bare_refs() if ref.kind in kinds):
        for place in (None, *_bare_refs()):
            if makes_sense(Clause(verb, thing, place)):
                return thing, place
    raise AssertionError(f"'{VERBS[verb].name}' makes sense of nothing: check validity.py and phrasing.py")


def _described(parts: _Parts, verb: int, refs: list[Ref], slot: str, tail: int) -> int:
    """Descriptions of these: quantity, colour, noun and, where it makes sense, a relation."""
    table = lexicon.NEGATED_QUANTITIES if slot == "any" else lexicon.QUANTITIES
    then = {}
    for ref in refs:
        if CLASS_OF_KIND[ref.kind] in (ROOM, AGENT):
            then[f" {'the ' if CLASS_OF_KIND[ref.kind] == ROOM else ''}{KINDS[ref.kind]}"] = tail
            continue
        before, is_many = _quantity_words(table[ref.quantity].said[0])
        noun = lexicon.plural_of(KINDS[ref.kind]) if is_many else KINDS[ref.kind]
        marker = (
            f" {lexicon.MARKERS.said[0].replace('{is}', lexicon.AGREEMENT['is'][0])}"
            if slot == "place"
            else ""
        )
        is_related = slot == "place" or _may_relate(verb, ref)
        after = parts.union(tail, _related(parts, ref.kind, marker, tail)) if is_related else tail
        for colour in colours_said(ref.kind):
            words = f"{COLOURS[colour - 1]} {noun}" if colour else noun
            article = "an" if before == "a" and TAKES_AN[TOKEN[words.split()[0].lower()]] else before
            then[f" {article} {words}"] = after
    return parts.choice(then)


def _quantity_words(said: str) -> tuple[str, bool]:
    """ "two {many}" is ("two", True)."""
    before, _, slot = said.rpartition(" ")
    return before, slot == "{many}"


def _related(parts: _Parts, kind: int, marker: str, tail: int) -> int:
    """Every relation that a thing of this kind may have: " on the red table"."""
    key = _kin(kind), marker, tail
    if key not in parts.related:
        words = _relation_words(key[0])
        parts.related[key] = parts.choice({f"{marker} {relation}": tail for relation in words})
    return parts.related[key]


@functools.cache
def _kin(kind: int) -> int:
    """The first kind of those that may have the same relations."""
    return next(other for other in kinds_of(ITEM, FIXTURE) if _relations(other) == _relations(kind))


@functools.cache
def _relation_words(kind: int) -> tuple[str, ...]:
    return tuple(
        f"{lexicon.RELATIONS[relation].said[0]} the {noun_words(other)}"
        for relation, other in _relations(kind)
    )


@functools.cache
def _bare_refs() -> tuple[Ref, ...]:
    """Every kind in every quantity, without a colour or a relation."""
    things = (
        Ref(kind, quantity=quantity) for kind in kinds_of(ITEM, FIXTURE) for quantity in lexicon.QUANTITIES
    )
    return (*things, *(Ref(kind) for kind in kinds_of(ROOM, AGENT)))


@functools.cache
def _relations(kind: int) -> tuple[tuple[int, Ref], ...]:
    """Relations that a thing of this kind may have, and to what."""
    others = [Ref(other, colour) for other in kinds_of(ITEM, FIXTURE, ROOM) for colour in colours_said(other)]
    return tuple(
        (relation, other)
        for relation in (ON, IN, NEXT_TO, IN_ROOM)
        for other in others
        if makes_sense(Clause(GO_TO, Ref(kind, 0, THE, relation, other.kind, other.colour)))
    )


@functools.cache
def _may_relate(verb: int, ref: Ref) -> bool:
    """May the thing of this verb have a relation?"""
    relation, other = _relations(ref.kind)[0]
    related = ref._replace(relation=relation, other_kind=other.kind, other_colour=other.colour)
    _, place = _samples(verb, (ref.kind,))
    return makes_sense(Clause(verb, related, place))


def _asked(parts: _Parts) -> int:
    """Questions: those of the table, and "which cup: the red one, the blue one or the one on the table?"."""
    nouns = {}
    for kind in kinds_of(ITEM, FIXTURE):
        last = tail = parts.text(" or", _option(parts, kind, parts.text("?", parts.end)))
        for _ in range(MAX_OPTIONS - 2):
            tail = parts.union(last, parts.text(",", _option(parts, kind, tail)))
        nouns[f"which {KINDS[kind]}:"] = _option(parts, kind, tail)
    return parts.union(parts.choice(nouns), parts.choice(dict.fromkeys(questions(), parts.end)))


def _option(parts: _Parts, kind: int, tail: int) -> int:
    """ " the red one", " the one on the table"."""
    coloured = {f" the {COLOURS[colour - 1]} one": tail for colour in colours_said(kind) if colour}
    related = parts.text(" the one", _related(parts, kind, "", tail))
    return parts.union(related, parts.choice(coloured)) if coloured else related


def _tables(parts: _Parts, start: int) -> Grammar:
    """The automaton that begins with this part; parts that it does not reach are left out."""
    numbers, waiting = {start: START}, [start]
    while waiting:
        for after in parts.parts[waiting.pop()][1].values():
            if after not in numbers:
                numbers[after] = len(numbers) + 1
                waiting.append(after)
    alphabet = "".join(sorted({c for part in numbers for c in parts.parts[part][1]}))
    following = np.full((len(numbers) + 1, len(alphabet) + 1), DEAD, np.int32)
    ends = np.zeros(len(numbers) + 1, np.bool_)
    for part, number in numbers.items():
        ends[number] = parts.parts[part][0]
        for character, after in parts.parts[part][1].items():
            following[number, alphabet.index(character)] = numbers[after]
    return Grammar(alphabet, following, ends)


def _spelling(
    alphabet: str, texts: tuple[str, ...], ends: frozenset[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of the characters of those tokens that are spelt with the alphabet: int16[n, L], lengths, numbers."""
    known = set(alphabet)
    tokens = [n for n, text in enumerate(texts) if text and n not in ends and known.issuperset(text)]
    lengths = np.array([len(texts[n]) for n in tokens], np.int64)
    spelt = np.zeros((len(tokens), lengths.max(initial=0)), np.int16)
    for row, token in enumerate(tokens):
        spelt[row, : lengths[row]] = columns_of(texts[token], alphabet)
    return spelt, lengths, np.array(tokens, np.int64)
