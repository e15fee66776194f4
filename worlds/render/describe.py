"""What does a state say in words? One agent's observation, and the facts of a world.

Words for things are those of `worlds.objects`: "red cup", "shut green cupboard", "kitchen floor".
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from worlds.checks import count
from worlds.objects import (
    COLOURS,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIXTURES,
    FLOOR,
    FLOORS,
    HEADINGS,
    HOLDS_IN,
    KINDS,
    NAMES,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    ROOMS,
    UNSEEN,
    colour_of_look,
    colours_of,
    kind_of_look,
)
from worlds.render.draw import plane
from worlds.state import (
    ABSENT,
    ACTIVE,
    ACTS,
    AWAY,
    OUTCOMES,
    PLACE_PLANE,
    SENSE_ACT,
    SENSE_BROKEN,
    SENSE_CLAUSES_DONE,
    SENSE_FROZEN,
    SENSE_HAND,
    SENSE_HEADING,
    SENSE_OUTCOME,
    SENSE_STAGE,
    SUCCEEDED,
    State,
)

FACING = ("facing the way you face", "facing to your right", "facing your way back", "facing to your left")


def explain(obs_view: np.ndarray, obs_self: np.ndarray, agent_names: Sequence[str]) -> str:
    """An observation, uint8[3, V, V] and uint8[K], in words; `agent_names` are those of agents 0, 1, ..."""
    middle = obs_view.shape[-1] // 2
    here = int(obs_view[0, 0, middle])
    lines = [f"You stand on {article(place_words(here))}, facing {HEADINGS[obs_self[SENSE_HEADING]]}."]
    lines += _own_lines(obs_self)
    cells = sorted(np.ndindex(obs_view.shape[1:]), key=lambda at: (at[0] + abs(at[1] - middle), at))
    for ahead, across in cells:
        place, item, agent = (int(v) for v in obs_view[:, ahead, across])
        if (ahead, across) == (0, middle):
            item = agent = 0  # oneself, and what one holds, hides what lies below
        if item or agent or PLACE_KIND[place] or (ahead, across) == (1, middle):
            lines.append(f"{_where(ahead, across - middle)}: {_cell_words(place, item, agent, agent_names)}.")
    return "\n".join([*lines, _ground_line(obs_view[0])])


def scene(state: State, w: int, a: int | None = None) -> list[str]:
    """The facts of world `w`: rooms and furniture, what is on or in what, who is where and carries what.

    With an agent `a`, it is told as "you", and what is shut away stays out of the story.
    """
    cells = [int(c) for c in state.fixture_cell[w] if c != ABSENT]
    return [
        *_room_facts(state, w, cells),
        *_door_facts(state, w, cells),
        *_item_facts(state, w, everything=a is None),
        *_agent_facts(state, w, a),
    ]


# ---- words for bytes -------------------------------------------------------------------------------------
def place_words(place: int) -> str:
    """A place byte: "wall", "hall floor", "locked blue door", "open fridge", "red lamp that is on"."""
    kind, state = int(PLACE_KIND[place]), int(PLACE_STATE[place])
    if kind == 0:
        if place == UNSEEN:
            return "unseen"
        return FLOORS[place - FLOOR] if place < FLOOR + len(FLOORS) else "wall"
    name = _coloured(kind, int(PLACE_COLOUR[place]))
    if kind == DOOR_KIND:
        return ("shut ", "open ", "locked ")[state] + name
    row = FIXTURES[kind - FIRST_FIXTURE]
    if row.shuts:
        return ("shut ", "open ")[state] + name
    return name + (" that is off", " that is on")[state] if row.switches else name


def item_words(look: int) -> str:
    """An item byte: "red cup", "orange"."""
    return _coloured(kind_of_look(look), colour_of_look(look))


def article(words: str) -> str:
    """The words with "a" or "an" before them; nothing before grass."""
    if words in ("grass", "unseen"):
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def listed(words: Iterable[str]) -> str:
    """ "x", "x and y", "x, y and z"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _coloured(kind: int, colour: int) -> str:
    return f"{COLOURS[colour]} {KINDS[kind]}" if colours_of(kind) else KINDS[kind]


# ---- an observation --------------------------------------------------------------------------------------
def _own_lines(own: np.ndarray) -> list[str]:
    hand = int(own[SENSE_HAND])
    done = [str(i + 1) for i in range(8) if own[SENSE_CLAUSES_DONE] >> i & 1]
    parts = f"part {listed(done)} is done" if done else "nothing is done yet"
    lines = [
        f"You hold {article(item_words(hand))}." if hand else "Your hand is empty.",
        f"Your last act: {ACTS[own[SENSE_ACT]]}; {OUTCOMES[own[SENSE_OUTCOME]]}.",
        f"Of your instruction, {parts}; you are at stage {own[SENSE_STAGE] + 1}.",
    ]
    if own[SENSE_BROKEN]:
        lines.append("You broke a rule of your instruction.")
    if own[SENSE_FROZEN]:
        lines.append(f"You are frozen for {count(int(own[SENSE_FROZEN]), 'more step')}.")
    return lines


def _where(ahead: int, right: int) -> str:
    parts = [f"{ahead} ahead"] if ahead else []
    parts += [f"{abs(right)} {'right' if right > 0 else 'left'}"] if right else []
    return ", ".join(parts) or "Here"


def _cell_words(place: int, item: int, agent: int, names: Sequence[str]) -> str:
    if agent:
        carries = f", carrying {article(item_words(item))}" if item else ""
        return f"{names[(agent & 0x3F) >> 2]} on {article(place_words(place))}, {FACING[agent & 3]}{carries}"
    if item:
        return f"{article(item_words(item))} {_on_or_in(place)} {article(place_words(place))}"
    return article(place_words(place))


def _on_or_in(place: int) -> str:
    return "in" if PLACE_HOLDS[place] == HOLDS_IN else "on"


def _ground_line(places: np.ndarray) -> str:
    counts = Counter(place_words(int(p)) for p in places.ravel() if not PLACE_KIND[p])
    return f"In view: {', '.join(f'{words} {n}' for words, n in sorted(counts.items()))} cells."


# ---- a world -----------------------------------------------------------------------------------------------
def _room_facts(state: State, w: int, fixtures: list[int]) -> list[str]:
    standing: dict[int, list[str]] = {int(r): [] for r in np.unique(state.room_at[w]) if r}
    for cell in fixtures:
        place = _place(state, w, cell)
        if PLACE_KIND[place] not in (0, DOOR_KIND):
            standing.setdefault(_room(state, w, cell), []).append(article(place_words(place)))
    return [
        f"The {_room_words(room)} {'has ' + listed(sorted(things)) if things else 'is bare'}."
        for room, things in sorted(standing.items())
    ]


def _door_facts(state: State, w: int, fixtures: list[int]) -> list[str]:
    facts = []
    for cell in fixtures:
        place = _place(state, w, cell)
        if PLACE_KIND[place] == DOOR_KIND:
            rooms = sorted({_room(state, w, near) for near in _beside(state, cell)} - {0})
            joined = " and ".join(f"the {_room_words(r)}" for r in rooms) or "the house"
            verb = "joins" if len(rooms) > 1 else "leads to"
            facts.append(f"{_start(place_words(place))} {verb} {joined}.")
    return facts


def _item_facts(state: State, w: int, everything: bool) -> list[str]:
    facts = []
    for look, cell in zip(state.item_look[w].tolist(), state.item_cell[w].tolist(), strict=True):
        if cell < 0 or not look:
            continue
        place, room = _place(state, w, cell), _room(state, w, cell)
        if everything or not PLACE_HIDES[place]:
            spot = f"{_on_or_in(place)} the {place_words(place)}"
            inside = f" in the {_room_words(room)}" if PLACE_KIND[place] and room else ""
            facts.append(f"{_start(item_words(look))} is {spot}{inside}.")
    return facts


def _agent_facts(state: State, w: int, a: int | None) -> list[str]:
    facts = []
    for b, cell in enumerate(state.agent_cell[w].tolist()):
        if cell < 0:
            continue
        if state.finished[w, b] in AWAY:
            facts.append(f"{NAMES[state.name[w, b]]} {AWAY[state.finished[w, b]]}.")
            continue
        who, verb = ("You", "are") if b == a else (NAMES[state.name[w, b]], "is")
        room = _room(state, w, cell)
        place = _place(state, w, cell)
        where = f"in the {_room_words(room)}" if room else f"on the {place_words(place)}"
        hand = int(state.hand[w, b])
        carries = f", carrying {article(item_words(int(state.item_look[w, hand - 1])))}" if hand else ""
        ended = state.finished[w, b]
        end = "" if ended == ACTIVE else ", done" if ended == SUCCEEDED else ", out of the game"
        facts.append(f"{who} {verb} {where}, facing {HEADINGS[state.heading[w, b]]}{carries}{end}.")
    return facts


def _start(words: str) -> str:
    words = article(words)
    return words[0].upper() + words[1:]


def _place(state: State, w: int, cell: int) -> int:
    return int(plane(state, w, PLACE_PLANE)[divmod(cell, 256)])


def _room(state: State, w: int, cell: int) -> int:
    return int(state.room_at[w][divmod(cell, 256)])


def _room_words(room: int) -> str:
    return ROOMS[room - 1] if room else "house"


def _beside(state: State, cell: int) -> list[int]:
    side = state.item_at.shape[1]
    row, col = divmod(cell, 256)
    near = ((row - 1, col), (row, col + 1), (row + 1, col), (row, col - 1))
    return [r * 256 + c for r, c in near if 0 <= r < side and 0 <= c < side]
