"""How is a level written down for people? As a picture with a legend. The one door for untrusted levels.

    level 1 · grammar 3f2a9c01d2e4 · 128 steps

    ######
    #A.1D#
    ######

    legend
      A Ann facing east holding red key
      1 red cup on brown table, kitchen floor
      D shut blue door

    instructions
      Ann: put the red cup on the table

A legend line says what is in the cells of its symbol: an agent, an item, a fixture, or an item and what it
lies on or in; then, behind a comma, the ground if it is not plain floor. "#" is wall and "." is plain floor.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from worlds.checks import count, suggest
from worlds.language.instructions import InstructionError
from worlds.levels.level import (
    FIXTURE_KINDS,
    GROUNDS,
    ITEM_KINDS,
    STATES,
    VERSION,
    AgentStart,
    Fixture,
    Item,
    Level,
    LevelError,
    check_colour,
    check_state,
    check_word,
    read_words,
    show,
)
from worlds.levels.level_json import check_version, decode, level_from_json
from worlds.objects import COLOURS, FIXTURES, HEADINGS, MAX_SIDE, NAMES

_HEADER = re.compile(r"level ([0-9]{1,9})(?: · grammar ([0-9a-z]{1,40}))? · ([0-9]{1,9}) steps?")
_AGENT = re.compile(r"(\S+) facing (\S+)(?: holding (.+?))?(?: on (.+))?")
_LINE = re.compile(r"(\S) +(\S.*)")
_LEGEND, _INSTRUCTIONS = "legend", "instructions"
_Cells = dict[tuple[int, int], str]
_SYMBOL_OF_GROUND = {name: symbol for symbol, name in GROUNDS.items()}
_HOLDS = {kind.name: kind.holds for kind in FIXTURES if kind.holds}
_ALL_STATES = tuple(dict.fromkeys(state for states in STATES.values() for state in states if state))


def read_level(text: str | bytes) -> Level:
    """The Level of a text or of JSON, from whomever it comes.

    Raises:
        LevelError: and nothing else, whatever the text.
    """
    text = decode(text)
    return level_from_json(text) if text.lstrip()[:1] == "{" else level_from_text(text)


# ---- text --------------------------------------------------------------------------------------------
def level_to_text(level: Level) -> str:
    """The text of a level; equal levels have equal texts."""
    cells = _cells_of(level)
    legend, symbols = _legend_of(level, cells)
    picture = [
        "".join(symbols.get(cells.get((row, col), ""), ground) for col, ground in enumerate(line))
        for row, line in enumerate(level.ground)
    ]
    parts = [[f"level {VERSION} · grammar {level.grammar} · {level.step_limit} steps"], picture]
    if legend:
        parts.append([_LEGEND, *(f"  {symbol} {meaning}" for symbol, meaning in legend)])
    told = [f"  {agent.name}: {agent.instruction}" for agent in level.agents if agent.instruction]
    if told:
        parts.append([_INSTRUCTIONS, *told])
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _cells_of(level: Level) -> _Cells:
    """What the legend says of each cell that holds more than ground."""
    standing = {(f.row, f.col): _join(f.state, f.colour, f.kind) for f in level.fixtures}
    lying = {(i.row, i.col): _join(i.colour, i.kind) for i in level.items if i.holder < 0}
    in_hand = {i.holder: f" holding {_join(i.colour, i.kind)}" for i in level.items if i.holder >= 0}
    kinds = {(f.row, f.col): f.kind for f in level.fixtures}
    cells = dict(standing)
    for cell, words in lying.items():
        cells[cell] = f"{words} {_HOLDS[kinds[cell]]} {standing[cell]}" if cell in standing else words
    for number, agent in enumerate(level.agents):
        cell = agent.row, agent.col
        under = f" on {standing[cell]}" if cell in standing else ""
        cells[cell] = f"{agent.name} facing {agent.heading}{in_hand.get(number, '')}{under}"
    for cell in cells:
        ground = level.ground[cell[0]][cell[1]]
        cells[cell] += "" if ground == "." else f", {GROUNDS[ground]}"
    return cells


def _join(*words: str) -> str:
    return " ".join(word for word in words if word)


def _legend_of(level: Level, cells: _Cells) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The legend, and the symbol of each meaning: grounds, agents in order, things as the picture is read."""
    rows = enumerate(level.ground)
    bare = {ground for row, line in rows for col, ground in enumerate(line) if (row, col) not in cells}
    legend = [(symbol, name) for symbol, name in GROUNDS.items() if symbol in bare and symbol not in "#."]
    taken = set(GROUNDS) | {agent.name[0] for agent in level.agents}
    starts = [(agent.row, agent.col) for agent in level.agents]
    symbols: dict[str, str] = {}
    for agent, cell in zip(level.agents, starts, strict=True):
        symbols[cells[cell]] = agent.name[0]
    for cell in sorted(cells.keys() - set(starts)):
        if cells[cell] not in symbols:
            symbols[cells[cell]] = next(s for s in _candidates(cells[cell]) if s not in taken)
            taken.add(symbols[cells[cell]])
    return legend + [(symbol, meaning) for meaning, symbol in symbols.items()], symbols


def _candidates(meaning: str) -> Iterator[str]:
    """Symbols for a thing, the most telling first: letters of its kind, digits for an item on furniture."""
    words = re.split(r", | on | in ", meaning)
    if len(words) < 2 or words[1] in _SYMBOL_OF_GROUND:
        kind = words[0].split()[-1]
        if kind in FIXTURE_KINDS:
            yield kind[0].upper()
        yield from kind + kind.upper()
    yield from "1234567890"
    yield from map(chr, range(33, 127))
    yield from (chr(code) for code in range(0xC0, 0x250) if chr(code).isalpha())


def level_from_text(text: str) -> Level:
    """The Level of a picture with a legend.

    Raises:
        LevelError: names the line.
    """
    lines = [line.rstrip() for line in re.split(r"\r?\n", decode(text))]
    grammar, steps = _read_header(lines[0])
    picture, legend, told = _sections(lines)
    meanings = _read_legend(lines, legend)
    ground: list[str] = []
    fixtures: list[Fixture] = []
    items: list[Item] = []
    starts: dict[str, tuple[_Meaning, int, int]] = {}
    width = len(lines[picture[0]])
    if max(width, picture[1] - picture[0]) > MAX_SIDE:
        _fail(
            picture[0],
            f"{count(picture[1] - picture[0], 'row')} of {count(width, 'cell')}: at most {MAX_SIDE} of each",
        )
    for row, number in enumerate(range(*picture)):
        symbols = lines[number]
        if len(symbols) != width:
            _fail(number, f"{count(len(symbols), 'cell')} in this row, {width} in the first: make them equal")
        unknown = set(symbols) - meanings.keys()
        if unknown:
            col = next(i for i, symbol in enumerate(symbols) if symbol in unknown)
            _fail(
                number, f"column {col + 1}: {show(symbols[col])} is not in the legend: say there what it is"
            )
        ground.append("".join(meanings[symbol].ground for symbol in symbols))
        for col, symbol in enumerate(symbols):
            meaning = meanings[symbol]
            if meaning.agent:
                if symbol in starts:
                    _fail(
                        number, f"column {col + 1}: {meaning.agent} a second time: draw {show(symbol)} once"
                    )
                starts[symbol] = meaning, row, col
            elif meaning.item:
                items.append(Item(*meaning.item, row, col))
            if meaning.fixture:
                fixtures.append(Fixture(*meaning.fixture, row, col))
    used = set().union(*lines[picture[0] : picture[1]])
    for symbol, meaning in meanings.items():
        if meaning.line >= 0 and symbol not in used:
            _fail(meaning.line, f"{show(symbol)} is not in the picture: draw it, or remove this line")
    order = [starts[symbol] for symbol in meanings if symbol in starts]
    told_to = _read_instructions(lines, told, [meaning.agent for meaning, _, _ in order])
    agents = []
    for number, (who, row, col) in enumerate(order):
        agents.append(AgentStart(who.agent, row, col, who.heading, told_to.get(who.agent, "")))
        if who.item:
            items.append(Item(*who.item, holder=number))
    try:
        fields = {"grammar": grammar} if grammar else {}
        return Level(tuple(ground), tuple(agents), tuple(fixtures), tuple(items), steps, **fields)
    except LevelError as error:
        if error.cell is None:
            raise
        _fail(picture[0] + error.cell[0], f"column {error.cell[1] + 1}: {error}")


class _Meaning(NamedTuple):
    """What a symbol of a picture stands for, and the number of its line in the legend."""

    ground: str
    agent: str = ""
    heading: str = ""
    item: tuple[str, str] | None = None  # kind, colour
    fixture: tuple[str, str, str] | None = None  # kind, colour, state
    line: int = -1


def _fail(line: int, message: str) -> NoReturn:
    raise LevelError(f"line {line + 1}: {message}")


def _sections(lines: list[str]) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """First line and end of the picture, the legend and the instructions."""
    first = next((i for i, line in enumerate(lines) if i and line), len(lines))
    if first == len(lines):
        _fail(len(lines) - 1, "the picture is missing: draw the house below the first line")
    if lines[1]:
        _fail(1, "leave a line empty between the first line and the picture")
    end = next((i for i in range(first, len(lines)) if not lines[i]), len(lines))
    heads = {}
    for number in range(end, len(lines)):
        line = lines[number]
        if line and not line[0].isspace():
            if line not in (_LEGEND, _INSTRUCTIONS):
                _fail(number, f"{show(line)} begins no part: allowed are '{_LEGEND}' and '{_INSTRUCTIONS}'")
            if line in heads or (line == _LEGEND and heads):
                _fail(number, f"'{line}' comes once, the legend before the instructions")
            heads[line] = number
        elif line and not heads:
            _fail(number, f"{show(line)} belongs to no part: begin one with '{_LEGEND}' or '{_INSTRUCTIONS}'")
    told = heads.get(_INSTRUCTIONS, len(lines))
    legend = heads.get(_LEGEND, told)
    return (first, end), (legend + 1, told), (told + 1, len(lines))


def _read_header(line: str) -> tuple[str, int]:
    """The grammar's version ("" if not said) and the step limit."""
    found = _HEADER.fullmatch(line)
    if not found:
        _fail(0, f"{show(line)} is no first line of a level: write 'level {VERSION} · 128 steps'")
    check_version(int(found[1]), "line 1: ")
    return found[2] or "", int(found[3])


def _read_legend(lines: list[str], span: tuple[int, int]) -> dict[str, _Meaning]:
    meanings = {"#": _Meaning("#"), ".": _Meaning(".")}
    names: set[str] = set()
    for number in range(*span):
        if not lines[number]:
            continue
        found = _LINE.fullmatch(lines[number].strip())
        if not found:
            _fail(number, f"{show(lines[number].strip())}: write a symbol, a space and what it stands for")
        symbol, words = found[1], found[2]
        try:
            meaning = _read_meaning(words)._replace(line=number)
        except LevelError as error:
            _fail(number, str(error))
        if symbol in "#.":
            if words != GROUNDS[symbol]:
                _fail(number, f"'{symbol}' is {GROUNDS[symbol]}, not {show(words)}: take another symbol")
            continue
        if symbol in meanings:
            _fail(number, f"{show(symbol)} has two lines in the legend: keep one, or take another symbol")
        if meaning.agent in names:
            _fail(number, f"two agents are called {meaning.agent}: a name is given once")
        names |= {meaning.agent} - {""}
        meanings[symbol] = meaning
    return meanings


def _read_meaning(words: str) -> _Meaning:
    """What the words of a legend line stand for."""
    if words in _SYMBOL_OF_GROUND:
        return _Meaning(_SYMBOL_OF_GROUND[words])
    thing, comma, floor = words.partition(", ")
    if comma:
        check_word("ground", floor, tuple(_SYMBOL_OF_GROUND))
    ground = _SYMBOL_OF_GROUND[floor] if comma else "."
    agent = _AGENT.fullmatch(thing)
    if agent:
        check_word("name", agent[1], NAMES)
        check_word("heading", agent[2], HEADINGS)
        item = _read_item(agent[3]) if agent[3] else None
        return _Meaning(ground, agent[1], agent[2], item, _read_fixture(agent[4]) if agent[4] else None)
    for joint in (" on ", " in "):
        words, said, under = thing.partition(joint)
        if said:
            fixture = _read_fixture(under)
            if fixture[0] in _HOLDS and _HOLDS[fixture[0]] != joint.strip():
                raise LevelError(
                    f"things lie {_HOLDS[fixture[0]]} a {fixture[0]}, not{joint}it: change the word"
                )
            return _Meaning(ground, item=_read_item(words), fixture=fixture)
    kind = thing.rpartition(" ")[2]
    if kind in FIXTURE_KINDS:
        return _Meaning(ground, fixture=_read_fixture(thing))
    if kind in ITEM_KINDS:
        return _Meaning(ground, item=_read_item(thing))
    raise LevelError(
        f"unknown thing {show(kind)} in {show(thing)}: {suggest(kind, ITEM_KINDS + FIXTURE_KINDS)}"
    )


def _read_item(words: str) -> tuple[str, str]:
    """Kind and colour of "red cup"."""
    colour, _, kind = words.rpartition(" ")
    check_word("item", kind, ITEM_KINDS)
    check_colour(kind, colour)
    return kind, colour


def _read_fixture(words: str) -> tuple[str, str, str]:
    """Kind, colour and state of "shut blue door"."""
    *adjectives, kind = words.split(" ")
    check_word("fixture", kind, FIXTURE_KINDS)
    state = adjectives.pop(0) if adjectives and adjectives[0] in _ALL_STATES else ""
    colour = " ".join(adjectives)
    for word in adjectives:
        check_word(f"colour or state of the {kind}", word, COLOURS + _ALL_STATES)
    check_state(kind, state)
    check_colour(kind, colour)
    return kind, colour, state


def _read_instructions(lines: list[str], span: tuple[int, int], names: list[str]) -> dict[str, str]:
    instructions: dict[str, str] = {}
    for number in range(*span):
        if not lines[number]:
            continue
        name, colon, words = lines[number].strip().partition(":")
        if not colon or not words.strip():
            _fail(number, f"{show(name)}: write a name, a colon and the words; for no instruction, no line")
        if name not in names:
            _fail(number, f"nobody is called {show(name)} here: {suggest(name, names)}")
        if name in instructions:
            _fail(number, f"{name} has two instructions: join them with ', then'")
        try:
            read_words(words.strip())
        except InstructionError as error:
            _fail(number, f"the instruction of {name}: {error}")
        instructions[name] = words.strip()
    return instructions
