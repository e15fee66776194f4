"""What can be said to an agent, and what of it is never said in training? Tables of words and of splits, printed."""

from collections import defaultdict
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from worlds.generators.houses import HouseConfig
from worlds.generators.splits import SPLITS, held_out_pairs, held_out_shades
from worlds.goal import VERBS
from worlds.language import lexicon, phrasing, understood
from worlds.language.lexicon import Sayings
from worlds.language.words import RESERVED
from worlds.objects import AGENT, CLASS_OF_KIND, COLOURS, FIXTURE, ITEM, KINDS, NAMES, ROOM, colours_of

_MANY = "cups"  # an example of {many}, {one} and of the slots of phrasings
_SLOTS = {
    "{thing}": "THING", "{any}": "THING", "{place}": "PLACE", "{one}": "cup", "{many}": _MANY, "{is}": "is",
    "{belongs}": "belongs", "{goes}": "goes", "{goal}": "...", "{first}": "A", "{second}": "B", "{first:do}": "A",
    "{second:do}": "B", "{first:doing}": "A-ing", "{second:doing}": "B-ing",
}  # fmt: skip
_CLASS_WORDS = {ROOM: "ROOM", AGENT: "AGENT"}  # in place of THING and PLACE
# What a split is about; what it changes in houses is in SPLITS.
_SPLIT_WORDS = {
    "S0": "as in training",
    "S1": "items with furniture that are never named together in training",
    "S2": "things in colours that are never named together in training",
    "S4": "more clauses than in training",
    "S5": "more things that nobody asked for",
    "S6": "larger houses",
    "S7": "words and phrasings that training leaves out: those in brackets in `social-rl words`",
}


def list_words() -> int:
    """Print what can be said, from the tables of words."""
    console = Console(highlight=False)
    console.print("An instruction is made of clauses: a verb, a thing and perhaps a place.")
    console.print("THING and PLACE are items, furniture or doors; ROOM and AGENT are listed below, too.")
    console.print(
        "What stands in [brackets] is understood and kept for tests (split S7).\n", markup=False, style="dim"
    )
    _print_table(console, "Verbs", _verbs())
    _print_table(console, "Items", _things(ITEM))
    _print_table(console, "Furniture and doors", _things(FIXTURE))
    _print_table(console, "Rooms", _things(ROOM))
    _print_table(console, "Agents", [("names", ", ".join(NAMES))])
    colours = zip(COLOURS, lexicon.COLOUR_NAMES, strict=True)
    _print_table(console, "Colours", [(name, _others(sayings)) for name, sayings in colours])
    quantities = [(_plain(row.said[0]), _others(row)) for row in lexicon.QUANTITIES.values()]
    _print_table(console, "How many", quantities)
    _print_table(console, "Relations", [*_relations(), ("told apart by", _listed(lexicon.MARKERS, 0))])
    _print_table(console, "Joining clauses", _joints())
    _print_table(console, "Left open", _open_words())
    console.print("More is understood, such as lists, 'it', greetings and other verbs. What a text means:")
    console.print(
        '  social-rl parse "take the cup from the table and put it on the sofa, please"', markup=False
    )
    return 0


def list_splits() -> int:
    """Print what each split holds out, from its table."""
    console = Console(highlight=False)
    usual = HouseConfig()
    console.print(
        "Agents are trained on houses of S0. Every other split asks for what they never met there.\n"
    )
    for name, changes in SPLITS.items():
        console.print(f"[bold]{name}[/]  {_SPLIT_WORDS[name]}")
        changed = [
            f"{field} {_setting(value)} instead of {_setting(getattr(usual, field))}"
            for field, value in changes.items()
            if value != RESERVED or field != "style"
        ]
        if changed:
            console.print(f"    {', '.join(changed)}", style="dim", markup=False)
    console.print("[bold]crossed[/]  houses of S0 in which what agents are told gets in each other's way")
    pairs, shades = defaultdict(list), defaultdict(list)
    for item, furniture in sorted(held_out_pairs()):
        pairs[KINDS[item]].append(KINDS[furniture])
    for kind, colour in sorted(held_out_shades()):
        shades[KINDS[kind]].append(COLOURS[colour])
    console.print()
    _print_table(console, f"S1: {len(held_out_pairs())} pairs", [(k, ", ".join(v)) for k, v in pairs.items()])
    _print_table(
        console, f"S2: {len(held_out_shades())} shades", [(k, ", ".join(v)) for k, v in shades.items()]
    )
    console.print("Play a split with --set: social-rl run house --set split=S1, or --set crossed=yes")
    return 0


# ---- rows: a name, and what is said of it --------------------------------------------------------------
def _verbs() -> list[tuple[str, str]]:
    rows = []
    for row in phrasing.PHRASINGS:
        said = Sayings(row.asked.said + row.stated.said, row.asked.reserved + row.stated.reserved)
        verb = VERBS[row.verb]
        thing, place = _CLASS_WORDS.get(row.things[0], "THING"), _CLASS_WORDS.get(verb.place, "PLACE")
        words = _listed(said, 0).replace("THING", thing).replace("PLACE", place)
        rows.append((verb.name, words))
    return rows


def _things(of_class: int) -> list[tuple[str, str]]:
    rows = []
    for kind in range(1, len(KINDS)):
        if CLASS_OF_KIND[kind] == of_class:
            shades = len(colours_of(kind)) if of_class != ROOM else 0
            notes = [_others(lexicon.NAMES_OF_KIND[kind]), _shades(kind) if shades else ""]
            rows.append((KINDS[kind], "; ".join(note for note in notes if note)))
    return rows


def _shades(kind: int) -> str:
    shades = colours_of(kind)
    return "any colour" if len(shades) == len(COLOURS) else ", ".join(COLOURS[c] for c in shades)


def _relations() -> list[tuple[str, str]]:
    rows = {sayings.said[0]: _others(sayings) for sayings in lexicon.RELATIONS.values()}
    return list(rows.items())


def _joints() -> list[tuple[str, str]]:
    return [
        ("at once", _listed(phrasing.CLAUSE_JOINS, 0)),
        ("in order", _listed(phrasing.TWO_STAGES, 0)),
        ("what not to do", _listed(phrasing.CONSTRAINT_JOINS, 0)),
        ("around it all", _listed(phrasing.FRAMES, 1)),
        ("later", " | ".join(understood.LATER)),
        ("before the rest", " | ".join(understood.EARLIER)),
    ]


def _open_words() -> list[tuple[str, str]]:
    return [
        (word, "say " + " or ".join(candidates) if candidates else "say which thing")
        for word, candidates in lexicon.AMBIGUOUS.items()
        if word not in ("it", "them")
    ]


def _others(sayings: Sayings) -> str:
    return _listed(sayings, 1)


def _listed(sayings: Sayings, first: int) -> str:
    said = [_plain(text) for text in sayings.said[first:]]
    return " | ".join(dict.fromkeys([*said, *(f"[{_plain(text)}]" for text in sayings.reserved)]))


def _plain(text: str) -> str:
    return " ".join(_SLOTS.get(word, word) for word in text.split()).replace(" ,", ",").replace(" ?", "?")


def _setting(value: object) -> str:
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[-1] else f"{value[0]} to {value[-1]}"
    return str(value)


def _print_table(console: Console, title: str, rows: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=14, no_wrap=True)
    table.add_column(style="dim")
    for name, words in rows:
        table.add_row(f"  {name}", words.replace("[", r"\["))
    console.print(title, style="bold")
    console.print(table)
    console.print()
