"""Which words name things? Tables of nouns, colours, quantities, relations and small words.

Of each Sayings the first is plain; `reserved` ones are understood but never drawn for training, so that a
test can ask for words that no learner has read (split S7). To add a synonym, add it to a row.
"""

from typing import NamedTuple

from worlds.goal import EVERY, IN, IN_ROOM, NEXT_TO, ON, THE, THREE, TWO, A
from worlds.objects import COLOURS, FIRST_ITEM, KINDS, ROOMS


class Sayings(NamedTuple):
    """Ways to say one thing."""

    said: tuple[str, ...]
    reserved: tuple[str, ...] = ()


_SYNONYMS = {
    # items
    "orange": Sayings((), ("tangerine",)),
    "cup": Sayings(("mug",), ("teacup",)),
    "plate": Sayings(("dish",), ("saucer",)),
    "bowl": Sayings((), ("soup bowl",)),
    "book": Sayings(("novel",), ("paperback",)),
    "ball": Sayings((), ("sphere",)),
    "toy": Sayings(("plaything",), ("doll",)),
    "shoe": Sayings(("sneaker",), ("boot",)),
    "pillow": Sayings(("cushion",), ("headrest",)),
    "bottle": Sayings(("flask",), ("canteen",)),
    "towel": Sayings(("bath towel",), ("washcloth",)),
    "spoon": Sayings((), ("teaspoon",)),
    "hat": Sayings(("cap",), ("bonnet",)),
    "vase": Sayings(("flower vase",), ("urn",)),
    "clock": Sayings(("alarm clock",), ("timepiece",)),
    # fixtures
    "bed": Sayings((), ("mattress",)),
    "table": Sayings(("dining table",), ("tabletop",)),
    "sofa": Sayings(("couch",), ("settee",)),
    "shelf": Sayings(("bookshelf",), ("bookcase",)),
    "desk": Sayings(("writing desk",), ("workstation",)),
    "chair": Sayings(("stool",), ("armchair",)),
    "rug": Sayings(("carpet",), ("mat",)),
    "basket": Sayings(("hamper",), ("wicker basket",)),
    "box": Sayings(("crate",), ("chest",)),
    "fridge": Sayings(("refrigerator",), ("icebox",)),
    "cupboard": Sayings(("closet",), ("wardrobe",)),
    "bin": Sayings(("trash can", "garbage can"), ("wastebasket",)),
    "sink": Sayings(("basin",), ("washbasin",)),
    "stove": Sayings(("cooker",), ("hob",)),
    "lamp": Sayings(("light",), ("lantern",)),
    "television": Sayings(("tv",), ("telly", "tv set")),
    "goal": Sayings(("goal square",), ("target",)),
    # rooms
    "bedroom": Sayings((), ("sleeping room",)),
    "living room": Sayings(("lounge",), ("sitting room",)),
    "bathroom": Sayings(("washroom",), ("restroom",)),
    "study": Sayings(("office",), ("home office",)),
    "hall": Sayings(("hallway",), ("corridor",)),
}
NAMES_OF_KIND = tuple(
    Sayings((name, *_SYNONYMS[name].said), _SYNONYMS[name].reserved)
    if name in _SYNONYMS
    else Sayings((name,))
    for name in KINDS
)  # row 0 is no kind

_COLOUR_SYNONYMS = {
    "red": Sayings((), ("scarlet",)),
    "blue": Sayings((), ("azure",)),
    "purple": Sayings(("violet",), ("lilac",)),
    "grey": Sayings(("gray",), ("ashen",)),
}
COLOUR_NAMES = tuple(
    Sayings((name, *_COLOUR_SYNONYMS[name].said), _COLOUR_SYNONYMS[name].reserved)
    if name in _COLOUR_SYNONYMS
    else Sayings((name,))
    for name in COLOURS
)

# Before a noun; {one} wants it in the singular, {many} in the plural.
QUANTITIES = {
    A: Sayings(("a {one}", "any {one}", "one {one}"), ("a single {one}",)),
    TWO: Sayings(("two {many}", "2 {many}", "a couple of {many}"), ("a pair of {many}",)),
    THREE: Sayings(("three {many}", "3 {many}"), ("three of the {many}",)),
    THE: Sayings(("the {one}",), ("that {one}",)),
    EVERY: Sayings(
        ("every {one}", "each {one}", "all {many}", "all the {many}", "the {many}"), ("all of the {many}",)
    ),
}
# The same after "do not" and "without": "without moving any plate".
NEGATED_QUANTITIES = {
    THE: QUANTITIES[THE],
    EVERY: Sayings(("any {one}", "any of the {many}", "a {one}", "the {many}"), ("a single {one}",)),
}

RELATIONS = {
    ON: Sayings(("on", "on top of"), ("upon",)),
    IN: Sayings(("in", "inside"), ("within",)),
    NEXT_TO: Sayings(("next to", "beside", "near"), ("adjacent to", "by")),
    IN_ROOM: Sayings(("in", "inside"), ("within",)),
}
# Before a relation. The relation of a place always has one; a bare relation belongs to the first noun.
MARKERS = Sayings(("that {is}", "which {is}"), ("located",))

# {is} agrees with the thing: singular, plural.
AGREEMENT = {"is": ("is", "are"), "belongs": ("belongs", "belong"), "goes": ("goes", "go")}

# Irregular or doubled forms; all others follow the rules of `plural_of` and `gerund_of`.
_PLURALS = {"shelf": "shelves", "bookshelf": "bookshelves"}
_DOUBLED = ("put", "set", "get", "let", "shut", "grab", "drop", "step", "tag", "stop")

# Words that could mean several things; with none listed, whatever was named before.
AMBIGUOUS = {
    "it": (), "them": (), "there": (), "this": (), "these": (), "those": (),
    "cabinet": ("cupboard", "shelf"), "seat": ("chair", "sofa"), "fruit": ("orange", "apple", "banana"),
    "container": ("box", "basket", "bin"), "appliance": ("stove", "fridge", "television"),
    "crockery": ("cup", "plate", "bowl"), "room": ROOMS,
}  # fmt: skip

CONTRACTIONS = {
    "don't": "do not", "dont": "do not", "that's": "that is", "i'd": "i would", "pls": "please",
    "afterward": "afterwards", "!": ".", ";": ".", ":": ",",
}  # fmt: skip


def plural_of(name: str) -> str:
    """The plural of a noun of one or more words: "living rooms"."""
    *rest, last = name.split()
    if last in _PLURALS:
        last = _PLURALS[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return " ".join((*rest, last))


def gerund_of(verb: str) -> str:
    """The -ing form of a verb: "putting"."""
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + "ing"


assert set(_SYNONYMS) <= set(KINDS[FIRST_ITEM:])
