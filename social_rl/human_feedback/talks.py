"""What is meant by words that point: "it", "the other one", "the one on the desk"? Talks, scenes, and what they mean.

Each family makes a talk for a scene, and what is to be answered: a meaning where talk and scene tell it, a question
where they do not, or where two things fit and are different.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from agents.language.answers import meaning, which
from agents.language.prompt import Situation
from agents.language.scene import Fact, Scene
from agents.language.talk import ME, PERSON, TAKEN, Talk, Turn
from worlds.goal import (
    BRING,
    GIVE,
    GO_TO,
    IN,
    ON,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_ON,
    Clause,
    Goal,
    Ref,
    describe_ref,
)
from worlds.objects import (
    CLASS_OF_KIND,
    COLOURS,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIRST_NAME,
    FIRST_ROOM,
    FIXTURES,
    ITEM,
    ITEMS,
    KINDS,
    NAMES,
    ROOMS,
    colours_of,
)

# What is said. Slots are filled by the families below.
_SAID = {
    "there": (
        "take the one {} the {}",
        "get me what's {} the {}",
        "grab the thing {} the {}",
        "the thing {} the {}, pick it up",
        "could you pick up whatever is {} the {}?",
        "I need the one {} the {}",
        "pick up that thing {} the {} please",
    ),
    "other": (
        "no, the other one",
        "the other one, I meant",
        "not that one, the other",
        "other one please",
        "now the other one",
        "the other {} please",
    ),
    "put it": (
        "put it {}",
        "now put it {}",
        "it goes {}",
        "stick it {} please",
        "pop it {}",
        "leave it {}",
        "and put that {}",
    ),
    "bring it": (
        "bring it {}",
        "take it {}",
        "carry it {} please",
        "it belongs {}",
    ),
    "give it": (
        "give it {}",
        "hand it {}",
        "pass it {}",
        "take it {} please",
    ),
    "drop it": (
        "drop it",
        "put it down",
        "let go of it",
        "put that down please",
        "put down what you hold",
        "leave that here",
        "you can drop that now",
        "empty your hand",
    ),
    "this thing": (
        "no, the {}",
        "the {}, I meant",
        "sorry, the {}",
        "I meant the {}",
        "not the {old}, the {}",
        "make that the {}",
        "the {} instead",
    ),
    "this place": (
        "no, {}",
        "{}, I meant",
        "sorry, {}",
        "I meant {}",
        "make that {}",
        "{} instead",
    ),
    "unclear": (
        "{v} the {x} or the {y} {e}",
        "{v} something {e}",
        "{v} one of them {e}",
        "either the {x} or the {y} {e}",
        "{v} that {e}",
        "{v} it {e}",
    ),
    "replies": (
        "the {}",
        "{}",
        "the {} please",
        "I mean the {}",
        "the {}!",
        "the {}, sorry",
    ),
    "no replies": (
        "either",
        "you decide",
        "hm",
        "not sure",
        "the thing",
        "you know which",
    ),
    "for me": (
        "bring me the {}",
        "I want the {}",
        "could I have the {}?",
        "give me the {}",
        "hand me the {} please",
        "the {} for me please",
        "fetch me the {}",
        "I'd like the {}",
        "pass me the {}",
    ),
    "there again": (
        "go there again",
        "go back there",
        "once more",
        "again please",
        "do that again",
        "same again",
    ),
    "nowhere": (
        "go there",
        "over there",
        "go back there",
        "that way",
        "stand there",
        "not here",
        "to the other side",
        "go to it",
        "walk over to that one",
    ),
}  # fmt: skip

ASKS_BACK, WHICH, WHO_TO = "what do you mean?", "which one do you mean?", "who should I give the {} to?"


class Thing(NamedTuple):
    """An item that an agent has seen, and the furniture that it is on or in."""

    kind: int
    colour: int  # 1 + index of COLOURS, 0 none
    place: int = 0  # kind of the furniture, 0 none
    relation: int = 0  # ON or IN


GUESSES = 0.05  # how often it guesses where it should ask
Made = tuple[Talk, str] | None
"""A talk and its answer; None where the scene has nothing to speak of."""


def things_of(scene: Scene) -> list[Thing]:
    """The items of a scene, as its facts name them."""
    return [thing for fact in scene.facts if (thing := _thing(fact)) is not None]


def _thing(fact: Fact) -> Thing | None:
    kinds = [kind for kind in fact.kinds if CLASS_OF_KIND[kind] == ITEM]
    places = [kind for kind in fact.kinds if FIRST_FIXTURE <= kind < FIRST_FIXTURE + len(FIXTURES)]
    words = fact.text.split()
    if len(kinds) != 1 or "view," in words or "inside" in words or words[0] not in ("a", "an"):
        return None
    colour = 1 + COLOURS.index(words[1]) if words[1] in COLOURS else 0
    if not places:
        return Thing(kinds[0], colour)
    return Thing(kinds[0], colour, places[0], ON if FIXTURES[places[0] - FIRST_FIXTURE].holds == "on" else IN)


# ---- families ------------------------------------------------------------------------------------------------------
def the_one_there(scene: Scene, rng: np.random.Generator) -> Made:
    """ "Take the one on the desk"."""
    things = things_of(scene)
    places = sorted({thing.place for thing in things if thing.place})
    is_there = bool(places) and rng.random() < 0.8
    place = int(rng.choice(places)) if is_there else int(rng.choice(_holders()))
    there = [thing for thing in things if thing.place == place]
    joint = "on" if FIXTURES[place - FIRST_FIXTURE].holds == "on" else "in"
    words = _say(rng, "there").format(joint, KINDS[place])
    kinds = {(thing.kind, thing.colour) for thing in there}
    if len(kinds) != 1 and not (there and rng.random() < GUESSES):
        return _talk(words), WHICH
    thing = there[0]
    return _talk(words), _meant(PICK_UP, Ref(thing.kind, 0, relation=thing.relation, other_kind=place))


def the_other_one(scene: Scene, rng: np.random.Generator) -> Made:
    """ "No, the other one", where something of a colour was spoken of."""
    things = things_of(scene)
    coloured = [thing for thing in things if thing.colour]
    if not coloured:
        return None
    said = coloured[rng.integers(len(coloured))]
    others = sorted({thing.colour for thing in coloured if thing.kind == said.kind} - {said.colour})
    before = Goal(((Clause(PICK_UP, Ref(said.kind, said.colour)),),))
    words = _say(rng, "other").format(KINDS[said.kind])
    talk = _after(before, words, rng)
    if len(others) == 1 or (others and rng.random() < GUESSES):
        return talk, _meant(PICK_UP, Ref(said.kind, others[0]))
    if not others:
        return talk, WHICH
    return talk, which(KINDS[said.kind], tuple(f"{COLOURS[c - 1]} one" for c in others[:3])).text


def it(scene: Scene, rng: np.random.Generator) -> Made:
    """ "Put it on the bed": what is held, or what was spoken of; else it has to ask."""
    verb, ending, place = _somewhere(rng)
    words = _say(rng, {BRING: "bring it", GIVE: "give it"}.get(verb, "put it")).format(ending)
    if rng.random() < 0.4:
        thing = _some_item(rng)
        before = Goal(((Clause(PICK_UP, thing),),))
        return _after(before, words, rng), _meant(verb, thing, place)
    if scene.hand_kind:
        return _talk(words), _meant(verb, Ref(scene.hand_kind), place)
    return _talk(words), ASKS_BACK


def put_down_it(scene: Scene, rng: np.random.Generator) -> Made:
    """ "Drop it"."""
    words = _say(rng, "drop it")
    return _talk(words), (_meant(PUT_DOWN, Ref(scene.hand_kind)) if scene.hand_kind else ASKS_BACK)


def corrected(scene: Scene, rng: np.random.Generator) -> Made:
    """ "No, on the sofa"; "the plate, I meant"."""
    verb, _, place = _somewhere(rng)
    thing = _some_item(rng)
    before = Goal(((Clause(verb, thing, place),),))
    if rng.random() < 0.5:
        other = _some_item(rng)
        words = _say(rng, "this thing").format(describe_ref(other), old=describe_ref(thing))
        return _after(before, words, rng), _meant(verb, other, place)
    verb2, ending, place2 = _somewhere(rng)
    words = _say(rng, "this place").format(ending)
    return _after(before, words, rng), _meant(verb2, thing, place2)


def answered(scene: Scene, rng: np.random.Generator) -> Made:
    """What was asked back was answered."""
    verb, ending, place = _somewhere(rng)
    thing, other = _some_item(rng), _some_item(rng)
    verbs = {PUT_ON: "put", PUT_IN: "put", BRING: "bring", GIVE: "give"}
    a, b = describe_ref(thing), describe_ref(other)
    first = _say(rng, "unclear").format(v=verbs[verb], x=b, y=a, e=ending)
    question = (ASKS_BACK, WHICH)[int(rng.integers(2))]
    reply = _say(rng, "replies").format(a)
    talk = (Turn(PERSON, first), Turn(ME, question), Turn(PERSON, reply))
    if rng.random() < 0.15:
        unsure = _say(rng, "no replies")
        return (*talk[:2], Turn(PERSON, unsure)), question
    return talk, _meant(verb, thing, place)


def for_me(scene: Scene, rng: np.random.Generator) -> Made:
    """ "Bring me the cup", of somebody whose name is known, or of nobody's."""
    thing = _some_item(rng)
    name = int(rng.integers(len(NAMES)))
    words = _say(rng, "for me").format(describe_ref(thing))
    if rng.random() < 0.8:
        return (Turn(NAMES[name], words),), _meant(GIVE, thing, Ref(FIRST_NAME + name))
    if "me" not in words.split():
        return None
    return _talk(words), WHO_TO.format(describe_ref(thing))


def come(scene: Scene, rng: np.random.Generator) -> Made:
    """ "Go there", "come here": nobody knows where."""
    words = _say(rng, "nowhere")
    if rng.random() < 0.5:
        return _talk(words), ASKS_BACK
    room = FIRST_ROOM + int(rng.integers(len(ROOMS)))
    before = Goal(((Clause(GO_TO, Ref(room)),),))
    again = _say(rng, "there again")
    return _after(before, again, rng), meaning(before).text


FAMILIES: tuple[tuple[Callable[[Scene, np.random.Generator], Made], float], ...] = (
    (the_one_there, 0.2),
    (the_other_one, 0.15),
    (it, 0.2),
    (put_down_it, 0.08),
    (corrected, 0.12),
    (answered, 0.12),
    (for_me, 0.08),
    (come, 0.05),
)


def pointing(situation: Situation, rng: np.random.Generator) -> tuple[Situation, str] | None:
    """A situation of the same agent in which somebody says something that points, and what is to be answered."""
    shares = np.array([share for _, share in FAMILIES])
    family = FAMILIES[int(rng.choice(len(FAMILIES), p=shares / shares.sum()))][0]
    made = family(situation.scene, rng)
    if made is None:
        return None
    talk, answer = made
    return situation._replace(talk=talk, done=(), failure="", meaning=""), answer


# ---- parts ---------------------------------------------------------------------------------------------------------
def _talk(words: str) -> Talk:
    return (Turn(PERSON, words),)


def _after(before: Goal, words: str, rng: np.random.Generator) -> Talk:
    """Words after an instruction that was understood."""
    text = meaning(before).text
    own: Sequence[Turn] = (Turn(ME, TAKEN + text),) if rng.random() < 0.5 else ()
    return (Turn(PERSON, text), *own, Turn(PERSON, words))


def _meant(verb: int, thing: Ref, place: Ref | None = None) -> str:
    return meaning(Goal(((Clause(verb, thing, place),),))).text


def _some_item(rng: np.random.Generator) -> Ref:
    kind = FIRST_ITEM + int(rng.integers(len(ITEMS)))
    shades = colours_of(kind)
    return Ref(kind, 1 + int(rng.choice(shades)) if shades and rng.random() < 0.3 else 0)


def _holders() -> list[int]:
    return [FIRST_FIXTURE + n for n, row in enumerate(FIXTURES) if row.holds]


def _somewhere(rng: np.random.Generator) -> tuple[int, str, Ref]:
    """A verb that puts things somewhere, the words for where, and the place."""
    roll = rng.random()
    if roll < 0.15:
        name = FIRST_NAME + int(rng.integers(len(NAMES)))
        return GIVE, f"to {KINDS[name]}", Ref(name)
    if roll < 0.3:
        room = FIRST_ROOM + int(rng.integers(len(ROOMS)))
        return BRING, f"to the {KINDS[room]}", Ref(room)
    kind = int(rng.choice(_holders()))
    is_on = FIXTURES[kind - FIRST_FIXTURE].holds == "on"
    return (PUT_ON if is_on else PUT_IN), f"{'on' if is_on else 'in'} the {KINDS[kind]}", Ref(kind)


def _say(rng: np.random.Generator, what: str) -> str:
    return _SAID[what][int(rng.integers(len(_SAID[what])))]
