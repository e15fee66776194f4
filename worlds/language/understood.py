"""What is understood that no phrasing says? Words of people: for the parser alone, never drawn, never in VOCABULARY.

What is said in training and in tests comes from `phrasing.py` and `lexicon.py`, and minds know those words only;
rows here may be added at will. A text that any phrasing of those two fits keeps its meaning: what is here costs more.
"""

from itertools import product

from worlds.goal import (
    AVOID_ROOM,
    BRING,
    CLOSE_IT,
    FOLLOW,
    GIVE,
    GO_TO,
    LEAVE_ALONE,
    MEET,
    OPEN_IT,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    TWO,
)
from worlds.language.lexicon import NAMES_OF_KIND, Sayings
from worlds.language.phrasing import Phrasing
from worlds.objects import AGENT, FIRST_FIXTURE, FIXTURE, FIXTURES, ITEM, ROOM


def _each(*parts: str) -> tuple[str, ...]:
    """Every way to choose one of each part; choices are separated by "|"."""
    return tuple(" ".join(words) for words in product(*(part.split("|") for part in parts)))


def _heard(verb: int, things: tuple[int, ...], *heard: str) -> Phrasing:
    return Phrasing(verb, things, Sayings(()), heard=tuple(dict.fromkeys(heard)))


# ---- verbs ---------------------------------------------------------------------------------------------
_PUT = "put|put down|place|set|set down|lay|lay down|drop|move|position|rest|leave|stand"
_SHOULD = "make sure|make sure that|see that|ensure|ensure that|I want|I would like"
_TO = (
    "navigate to|go back to|walk back to|return to|reach|go toward|go towards|walk toward|walk towards|head toward|"
    "head towards|head for|head over to|move toward|move towards|move over to|walk over to|run to|run over to|"
    "come to|come over to|proceed to|travel to|goto|locate|look for|search for"
)
_BEAR = "bring|take|carry|move|deliver|transport|haul|get|fetch|return"
_HAND = "give|hand|pass|bring|get|fetch|take|deliver"

UNDERSTOOD_PHRASINGS = (
    _heard(
        GO_TO, (ITEM, FIXTURE),
        *_each(f"{_TO}|go up to|go near|get near|step up to", "{thing}"),
        *_each("stand|go stand|stand right", "next to|beside|near|by|close to", "{thing}"),
    ),
    _heard(
        GO_TO, (ROOM,),
        *_each(_TO, "{thing}"),
        *_each("go|walk|get|step|head|move|come|run", "in|into|inside|to|over to", "{thing}"),
        *_each("stand in|find", "{thing}"),
    ),
    _heard(
        MEET, (AGENT,),
        *_each(f"{_TO}|go over to|go up to|get to|see|join|move to|head to", "{thing}"),
        *_each("stand|go stand", "next to|beside|near|by|close to", "{thing}"),
    ),
    _heard(FOLLOW, (AGENT,), *_each("accompany|go with|walk with|stay near|keep close to", "{thing}")),
    _heard(
        PICK_UP, (ITEM,),
        *_each(
            "pick|grasp|hold|hold on to|get hold of|grab hold of|seize|retrieve|snatch|lift up|pick out|take out",
            "{thing}",
        ),
        *_each("remove", "{taken}"), "take {thing} out",
    ),
    _heard(
        PUT_DOWN, (ITEM,),
        *_each("put|place|set|lay|drop|leave", "{thing}", "on the floor|on the ground|onto the floor|onto the ground"),
        *_each("lay down|drop down", "{thing}"),
    ),
    _heard(
        PUT_ON, (ITEM,),
        *_each(
            f"{_PUT}|stack", "{thing}",
            "on|onto|on to|on top of|upon|down on|down onto|down on top of|back on|back onto|over on|up on", "{place}",
        ),
        *_each(_SHOULD, "{thing} {is}|{thing} gets|{thing}", "on|on top of", "{place}"),
        *_each("{thing} should go|{thing} must be|{thing} has to be|{thing} needs to be|{thing} should lie",
               "on|on top of", "{place}"),
    ),
    _heard(
        PUT_IN, (ITEM,),
        *_each(
            f"{_PUT}|store|stash|tuck|stick|put away", "{thing}",
            "in|into|inside|inside of|within|back in|back into|back inside|away in|down in|over in", "{place}",
        ),
        *_each(_SHOULD, "{thing} {is}|{thing} gets|{thing}", "in|inside|into", "{place}"),
        *_each("{thing} should go|{thing} must be|{thing} has to be|{thing} needs to be|{thing} should lie",
               "in|inside|into", "{place}"),
    ),
    _heard(
        PUT_NEXT, (ITEM,),
        *_each(
            _PUT, "{thing}",
            "next to|beside|near|by|close to|adjacent to|alongside|down next to|down beside|down near|right next to",
            "{place}",
        ),
        *_each(_SHOULD, "{thing} {is}|{thing}", "next to|beside|near|by|close to", "{place}"),
    ),
    _heard(
        BRING, (ITEM,),
        *_each(_BEAR, "{thing}", "to|into|over to|back to|over into|back into", "{place}"),
        *_each("put|place|set|drop|leave|store|put away", "{thing}", "in|into|inside|back in|back into|over in|down in",
               "{place}"),
        *_each(_SHOULD, "{thing} {is}|{thing} gets|{thing}", "in|to|into", "{place}"),
    ),
    _heard(
        GIVE, (ITEM,),
        *_each(f"{_BEAR}|give|hand|hand over|pass|pass over", "{thing}", "to|over to|back to", "{place}"),
        *_each(_HAND, "{place}", "{thing}"),
        *_each("let", "{place}", "have", "{thing}"), "{place} wants {thing}",
    ),
    _heard(OPEN_IT, (FIXTURE,), *_each("swing open|pull open|push open", "{thing}"), "push {thing} open"),
    _heard(
        CLOSE_IT, (FIXTURE,),
        *_each("close up|swing shut|push shut|pull shut|slam|slam shut", "{thing}"),
        *_each("push|pull|slam", "{thing}", "shut|closed"), "close {thing} up",
    ),
    _heard(
        SWITCH_ON, (FIXTURE,),
        *_each("put on|power on|flip on|turn back on|switch back on", "{thing}"),
        *_each("put|power|flip", "{thing}", "on"),
    ),
    _heard(
        SWITCH_OFF, (FIXTURE,),
        *_each("shut off|shut down|power off|flip off|turn back off|switch back off|put out", "{thing}"),
        *_each("shut|power|flip", "{thing}", "off|down"),
    ),
    _heard(
        AVOID_ROOM, (ROOM,),
        *_each("without|never|do not", "going in|going inside|walking into|going through|passing through|visiting",
               "{thing}"),
        *_each("do not|never", "enter|go in|go into|go inside|go to|walk into|step into|step in|set foot in|go through|"
               "pass through|visit", "{thing}"),
        *_each("avoiding|keep out of|stay away from|keep away from|while avoiding", "{thing}"),
    ),
    _heard(
        LEAVE_ALONE, (ITEM,),
        *_each("without|do not|never", "moving|touching|taking|lifting|disturbing|grabbing", "{any}"),
        *_each("do not|never", "move|touch|take|pick up|lift|disturb|grab", "{any}"),
        *_each("leave", "{thing}", "untouched"),
    ),
)  # fmt: skip

ADVERBS_UNDERSTOOD = frozenset({"avoiding"})  # besides phrasing.ADVERBS
PARTICIPLES = {
    "put": "put", "taken": "take", "gone": "go", "given": "give", "brought": "bring", "got": "get", "gotten": "get",
    "set": "set", "shut": "shut", "left": "leave", "met": "meet", "found": "find", "laid": "lay", "let": "let",
    "held": "hold", "made": "make", "seen": "see",
}  # fmt: skip  # of verbs that do not end in -ed

# ---- things --------------------------------------------------------------------------------------------
UNDERSTOOD_NAMES = {
    "ball": ("football", "tennis ball", "soccer ball"),
    "shoe": ("trainer",),
    "bottle": ("water bottle",),
    "bin": ("trash bin", "dustbin", "waste bin", "rubbish bin", "garbage bin", "trashcan"),
    "television": ("television set", "tele", "flat screen"),
    "shelf": ("book shelf",),
    "table": ("dinner table", "tea table", "coffee table"),
    "lamp": ("floor lamp", "table lamp", "desk lamp"),
    "bed": ("single bed", "double bed"),
    "bedroom": ("bed room",),
    "bathroom": ("bath room",),
    "living room": ("livingroom",),
}
# "The fridge door" is the fridge itself: what shuts has a door of its own.
DOORS = {
    FIRST_FIXTURE + row: tuple(f"{name} door" for name in sum(NAMES_OF_KIND[FIRST_FIXTURE + row], ()))
    for row, kind in enumerate(FIXTURES)
    if kind.shuts
}
COLOURED = frozenset({"coloured", "colored", "colour", "color"})  # may stand behind a colour
UNDERSTOOD_QUANTITIES = {
    TWO: Sayings(
        ("two of the {many}", "both {many}", "both the {many}", "both of the {many}", "a couple {many}")
    )
}
# Where something is taken from; `on`, `in` or a room by what it is. Said of what is moved.
FROM = ("from", "from on", "from inside", "from on top of", "off", "off of", "out of")
FROM_ON, FROM_IN = ("off", "off of", "from on", "from on top of"), ("out of", "from inside")

# ---- small words ---------------------------------------------------------------------------------------
CONTRACTIONS_UNDERSTOOD = {
    "n't": "not", "doesn't": "does not", "mustn't": "must not", "shouldn't": "should not", "i'm": "i am",
    "it's": "it is", "let's": "let us", "you've": "you have", "you're": "you are", "you'll": "you will",
    "i've": "i have", "we're": "we are", "plz": "please", "pleas": "please", "thx": "thanks", "ty": "thanks",
    "wanna": "want to", "&": "and", "+": "and",
}  # fmt: skip

GREETINGS = ("hi", "hello", "hey", "hi there", "hello there", "hey there", "ok", "okay", "alright", "all right", "well",
             "excuse me", "good morning", "good evening", "dear", "yo", "so", "right")  # fmt: skip
ADDRESSED = ("robot", "agent", "buddy", "friend", "assistant", "everyone", "you")  # besides names

FILLERS_BEFORE_UNDERSTOOD = (
    "do you mind", "would you mind", "would you kindly", "could you kindly", "remember to", "do not forget to",
    "i am ordering you to", "i am asking you to", "i order you to", "i ask you to", "i command you to",
    "i am telling you to", "i want you to please", "let us", "you are to", "you will", "you ought to",
    "you have got to", "your mission is to",
    "your goal is to", "the task is to", "the goal is to", "your mission", "your task", "your job", "your instruction",
    "task", "mission", "instruction", "carefully", "gently", "quickly", "quietly", "immediately", "right now", "go",
    "next up", "if you can", "if possible", "if you please", "if you would", "if you do not mind", "when you can",
    "when you get a chance", "when you have time", "again", "so", "simply", "we need to",
)  # fmt: skip
FILLERS_AFTER_UNDERSTOOD = (
    "thank you very much", "thank you so much", "many thanks", "thanks a lot", "cheers", "right now", "right away",
    "immediately", "quickly", "carefully", "gently", "quietly", "asap", "straight away", "will you", "would you",
    "could you", "can you", "if you can", "if possible", "if you please", "if you would", "if you do not mind",
    "when you can", "when you get a chance", "when you have time", "okay", "ok", "robot", "for us", "soon",
    "will you please", "thank you a lot", "all right", "alright",
)  # fmt: skip

# Before or behind a clause: it comes in a later stage, or before all the rest of its sentence.
LATER = (
    "finally", "lastly", "last", "last of all", "next", "second", "secondly", "third", "thirdly", "later", "later on",
    "subsequently", "in the end", "at the end", "at last", "following that", "thereafter",
)  # fmt: skip
LATER_BEHIND = ("finally", "lastly", "last", "later", "later on", "in the end", "at the end", "at last", "next",
                "last of all", "thereafter", "subsequently")  # fmt: skip
EARLIER = ("first", "firstly", "first of all", "to begin with", "to start with", "beforehand")
EARLIER_BEHIND = ("first", "beforehand", "first of all")

# Runs of words with plainer ones, longest first.
_DONE = ("when", "once", "after")
REWRITES = {
    "as soon as possible": "",
    "as soon as": "once",
    "at once": "",
    "go ahead and": "",
    "try and": "",
    "come and": "",
    "be so kind and": "",
    **{f"{when} {done}": "then" for when, done in product(_DONE, (
        "you are done with that", "you are done", "you are finished", "that is done", "done", "finished", "doing that",
        "doing so", "this", "which", "you have done that", "you have finished", "that is finished", "you did that",
    ))},
    "when you have": "once you have",
}  # fmt: skip

# ---- what stays open -----------------------------------------------------------------------------------
_CHOICE = "leaves a choice open: name one"
_CONDITION = "makes a condition, and conditions are not understood: say what to do"
_RELATION = "is no place that is understood: things are on, in or next to others, or in a room"
_OWNER = "leaves open whose: say 'the' or 'a'"
_SIZE = "is not seen on things: they differ by kind, colour and place"
_COUNT = "is no number that is understood: say 'a', 'two', 'three' or 'every'"
_COLOUR = "is no colour of this world"
_WHY_REFUSED = {
    "or nor either /": _CHOICE,
    "if unless until when whenever while otherwise because": _CONDITION,
    "under underneath below beneath behind between above left opposite at through across against": _RELATION,
    "my his her our their its whose your": _OWNER,
    "nearest closest farthest biggest largest smallest big large small little tall short old new clean empty full":
        _SIZE,
    "0 1 4 5 6 7 8 9 10 zero four five six seven eight nine ten several some few many most more half another other "
    "exactly no none second third": _COUNT,
    "pink black gold golden silver beige cyan turquoise dark magenta": _COLOUR,
    "lock locked": "is not done by anyone: doors are opened and closed, locked ones with their keys",
}  # fmt: skip
OPEN = frozenset((_CHOICE, _OWNER))  # reasons that a question would settle
REFUSED = {word: reason for words, reason in _WHY_REFUSED.items() for word in words.split()}
# What begins a part that is not understood further.
REFUSED_BEGINNINGS = {
    "do not": "of what not to do, only rooms to stay out of and items to leave alone are understood: "
    "'do not enter the kitchen', 'do not move the cup'",
    "keep": "nothing is kept as it is throughout, but rooms can be avoided and items left alone: say how it should be "
    "in the end, as in 'make sure the door is open'",
    "leave": "say how or where, as in 'leave the door open', 'leave the cup on the table'; "
    "to leave a room, say where to go",
}  # fmt: skip
REFUSED_BEGINNINGS |= dict.fromkeys(("never", "without"), REFUSED_BEGINNINGS["do not"])

# Words that are not known, and the known ones that come nearest in meaning.
MEANT = {
    "glass": "cup", "freezer": "fridge", "toilet": "bathroom", "library": "study", "watch": "clock", "exit": "door",
    "throw": "drop", "toss": "drop", "hang": "put", "teddy": "toy", "armoire": "cupboard", "dresser": "cupboard",
    "oven": "stove", "monitor": "television", "magazine": "book", "blanket": "towel", "fork": "spoon", "pot": "bowl",
    "mandarin": "orange", "slipper": "shoe", "den": "living room", "kitchenette": "kitchen", "chat": "meet",
    "talk": "meet", "speak": "meet", "greet": "meet", "unlock": "open", "crimson": "red", "navy": "blue",
    "maroon": "red", "sit": "go to", "relocate": "move", "transfer": "move",
}  # fmt: skip
