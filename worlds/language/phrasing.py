"""How is a goal said? Tables of phrasings for clauses, and of the words that join clauses.

{thing} and {place} stand for descriptions, {any} for a thing under "do not"; {is} agrees with the thing. Of
each row the first phrasing is plain and the reserved ones are kept for tests (split S7). To add an
instruction kind, add a row here, a row to `goal.VERBS`, a rule to `rules/goals.py` and the planner's answer.

No phrasing holds a word of SEPARATORS: the parser cuts there first.
"""

from typing import NamedTuple

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
)
from worlds.language.lexicon import Sayings
from worlds.objects import AGENT, FIXTURE, ITEM, ROOM


class Phrasing(NamedTuple):
    """Ways to say one verb about things of some classes.

    `asked` begin with a verb ("put ..."), `stated` with anything; of a constraint, `asked` are adverbs
    ("without ...") and `stated` sentences of their own. `heard` are never said: they are understood where
    nothing else fits.
    """

    verb: int
    things: tuple[int, ...]
    asked: Sayings
    stated: Sayings = Sayings(())
    heard: tuple[str, ...] = ()


PHRASINGS = (
    Phrasing(
        GO_TO,
        (ITEM, FIXTURE),
        Sayings(
            (
                "go to {thing}", "walk to {thing}", "move to {thing}", "head to {thing}",
                "go over to {thing}", "walk up to {thing}", "find {thing}", "stand next to {thing}",
            ),
            ("approach {thing}", "make your way to {thing}", "get to {thing}"),
        ),
    ),
    Phrasing(
        GO_TO,
        (ROOM,),
        Sayings(
            (
                "go to {thing}", "go into {thing}", "walk into {thing}", "walk to {thing}",
                "head to {thing}", "enter {thing}", "move into {thing}", "visit {thing}",
            ),
            ("step into {thing}", "make your way to {thing}", "get to {thing}"),
        ),
    ),
    Phrasing(
        PICK_UP,
        (ITEM,),
        Sayings(
            (
                "pick up {thing}", "pick {thing} up", "take {thing}", "grab {thing}", "get {thing}",
                "lift {thing}", "collect {thing}", "fetch {thing}",
            ),
            ("take hold of {thing}", "get your hands on {thing}"),
        ),
    ),
    Phrasing(
        PUT_DOWN,
        (ITEM,),
        Sayings(
            (
                "put down {thing}", "put {thing} down", "set down {thing}", "set {thing} down",
                "drop {thing}", "lay {thing} down", "let go of {thing}", "put {thing} on the floor",
            ),
            ("release {thing}", "get rid of {thing}"),
        ),
    ),
    Phrasing(
        PUT_ON,
        (ITEM,),
        Sayings(
            (
                "put {thing} on {place}", "place {thing} on {place}", "put {thing} onto {place}",
                "place {thing} onto {place}", "set {thing} on {place}", "lay {thing} on {place}",
                "put {thing} on top of {place}", "set {thing} down on {place}", "move {thing} onto {place}",
                "drop {thing} on {place}",
            ),
            ("position {thing} on {place}", "rest {thing} on {place}"),
        ),
        Sayings(
            ("{thing} {belongs} on {place}", "{thing} should be on {place}", "{thing} {goes} on {place}"),
            ("{thing} must end up on {place}",),
        ),
    ),
    Phrasing(
        PUT_IN,
        (ITEM,),
        Sayings(
            (
                "put {thing} in {place}", "place {thing} in {place}", "put {thing} into {place}",
                "place {thing} inside {place}", "put {thing} inside {place}", "drop {thing} into {place}",
                "store {thing} in {place}", "put {thing} away in {place}", "move {thing} into {place}",
            ),
            ("stash {thing} in {place}", "tuck {thing} into {place}"),
        ),
        Sayings(
            ("{thing} {belongs} in {place}", "{thing} should be in {place}", "{thing} {goes} in {place}"),
            ("{thing} must end up in {place}",),
        ),
    ),
    Phrasing(
        PUT_NEXT,
        (ITEM,),
        Sayings(
            (
                "put {thing} next to {place}", "place {thing} next to {place}",
                "put {thing} beside {place}", "place {thing} beside {place}",
                "move {thing} next to {place}", "set {thing} next to {place}",
                "set {thing} down beside {place}", "leave {thing} next to {place}",
            ),
            ("position {thing} next to {place}", "set {thing} adjacent to {place}"),
        ),
        Sayings(
            ("{thing} {belongs} next to {place}", "{thing} should be next to {place}"),
            ("{thing} must end up next to {place}",),
        ),
    ),
    Phrasing(
        BRING,
        (ITEM,),
        Sayings(
            (
                "bring {thing} to {place}", "take {thing} to {place}", "carry {thing} to {place}",
                "move {thing} to {place}", "bring {thing} into {place}", "carry {thing} into {place}",
                "deliver {thing} to {place}",
            ),
            ("transport {thing} to {place}", "haul {thing} into {place}"),
        ),
        Sayings(
            ("{thing} {belongs} in {place}", "{thing} should be in {place}"),
            ("{thing} must end up in {place}",),
        ),
        # Were they said, "put the cup on the table in the kitchen" would bring the cup that is on the table.
        heard=("put {thing} in {place}", "put {thing} into {place}", "leave {thing} in {place}"),
    ),
    Phrasing(
        GIVE,
        (ITEM,),
        Sayings(
            (
                "give {thing} to {place}", "give {place} {thing}", "bring {thing} to {place}",
                "bring {place} {thing}", "hand {thing} to {place}", "hand {place} {thing}",
                "pass {thing} to {place}", "take {thing} to {place}", "deliver {thing} to {place}",
            ),
            ("present {thing} to {place}", "hand over {thing} to {place}", "present {place} with {thing}"),
        ),
        Sayings(("{place} should have {thing}", "{place} needs {thing}"), ("{place} must receive {thing}",)),
    ),
    Phrasing(
        OPEN_IT,
        (FIXTURE,),
        Sayings(
            (
                "open {thing}", "open up {thing}", "open {thing} up", "get {thing} open",
                "leave {thing} open", "pull {thing} open", "make sure {thing} {is} open",
                "see that {thing} {is} open",
            ),
            ("swing {thing} open", "ensure {thing} {is} open"),
        ),
        Sayings(("{thing} should be open",), ("{thing} must not stay shut",)),
    ),
    Phrasing(
        CLOSE_IT,
        (FIXTURE,),
        Sayings(
            (
                "close {thing}", "shut {thing}", "push {thing} shut", "get {thing} closed",
                "leave {thing} closed", "leave {thing} shut", "make sure {thing} {is} closed",
                "see that {thing} {is} shut",
            ),
            ("swing {thing} shut", "ensure {thing} {is} closed"),
        ),
        Sayings(("{thing} should be closed",), ("{thing} must not stay open",)),
    ),
    Phrasing(
        SWITCH_ON,
        (FIXTURE,),
        Sayings(
            (
                "switch on {thing}", "switch {thing} on", "turn on {thing}", "turn {thing} on",
                "start {thing}", "leave {thing} on", "make sure {thing} {is} on",
                "see that {thing} {is} on",
            ),
            ("activate {thing}", "power up {thing}"),
        ),
        Sayings(("{thing} should be on",), ("{thing} must not stay off",)),
    ),
    Phrasing(
        SWITCH_OFF,
        (FIXTURE,),
        Sayings(
            (
                "switch off {thing}", "switch {thing} off", "turn off {thing}", "turn {thing} off",
                "stop {thing}", "leave {thing} off", "make sure {thing} {is} off",
                "see that {thing} {is} off",
            ),
            ("deactivate {thing}", "power down {thing}"),
        ),
        Sayings(("{thing} should be off",), ("{thing} must not stay on",)),
    ),
    Phrasing(
        MEET,
        (AGENT,),
        Sayings(
            (
                "meet {thing}", "go to {thing}", "walk to {thing}", "find {thing}", "visit {thing}",
                "go see {thing}", "meet up with {thing}", "walk up to {thing}",
            ),
            ("pay {thing} a visit", "approach {thing}"),
        ),
    ),
    Phrasing(
        FOLLOW,
        (AGENT,),
        Sayings(
            (
                "follow {thing}", "walk behind {thing}", "stay close to {thing}", "keep up with {thing}",
                "stick with {thing}", "go along with {thing}", "stay with {thing}", "follow {thing} around",
            ),
            ("trail {thing}", "tag along with {thing}"),
        ),
    ),
    Phrasing(
        AVOID_ROOM,
        (ROOM,),
        Sayings(
            ("without entering {thing}", "without going into {thing}", "without setting foot in {thing}"),
            ("without stepping into {thing}", "while staying out of {thing}"),
        ),
        Sayings(
            ("do not enter {thing}", "do not go into {thing}", "never enter {thing}", "stay out of {thing}",
             "avoid {thing}"),
            ("steer clear of {thing}",),
        ),
    ),
    Phrasing(
        LEAVE_ALONE,
        (ITEM,),
        Sayings(
            ("without moving {any}", "without touching {any}", "without picking up {any}"),
            ("without disturbing {any}", "while leaving {thing} alone"),
        ),
        Sayings(
            ("do not move {any}", "do not touch {any}", "never move {any}", "leave {thing} alone"),
            ("do not disturb {any}", "keep your hands off {thing}"),
        ),
    ),
)  # fmt: skip

# Around a whole instruction that asks.
FRAMES = Sayings(
    (
        "{goal}", "please {goal}", "could you {goal} ?", "can you {goal} ?", "would you {goal} ?",
        "{goal} please", "I want you to {goal}", "I need you to {goal}", "you should {goal}",
        "your task is to {goal}",
    ),
    ("kindly {goal}", "would you be so kind as to {goal} ?", "I would like you to {goal}"),
)  # fmt: skip

# Two stages; {first} is done first. `:do` wants phrasings that ask, `:doing` wants them with a gerund.
TWO_STAGES = Sayings(
    (
        "{first} , then {second}", "{first} and then {second}", "first {first} , then {second}",
        "{first} , after that {second}", "{second} after you {first:do}", "after you {first:do} , {second}",
        "{first} before you {second:do}", "before you {second:do} , {first}",
        "after {first:doing} , {second}", "{second} after {first:doing}", "{first} before {second:doing}",
        "before {second:doing} , {first}",
    ),
    ("{first} , afterwards {second}", "once you {first:do} , {second}", "{second} once you {first:do}"),
)  # fmt: skip
STAGE_JOINS = Sayings((", then", "and then", ", after that"), (", afterwards",))  # three stages and more
CLAUSE_JOINS = Sayings(("and", "and also"))
CONSTRAINT_JOINS = Sayings((", but", ", and", "and"))  # before a constraint that is a sentence of its own

# What the parser cuts at. These words never occur inside a phrasing or a description.
SEPARATORS = frozenset({",", ".", "?", "and", "but", "then", "afterwards", "before", "after", "once"})
ADVERBS = frozenset({"without", "while"})  # begin a constraint, with or without a separator

# Understood and passed over, at the beginning and at the end of a clause.
FILLERS_BEFORE = (
    "please", "kindly", "first", "also", "finally", "now", "just", "you", "you should", "you must",
    "you have to", "you need to", "could you", "could you please", "can you", "can you please", "would you",
    "would you please", "will you", "would you be so kind as to", "I want you to", "I need you to",
    "I would like you to", "your task is to", "your job is to", "try to", "be sure to", "make sure to",
)  # fmt: skip
FILLERS_AFTER = ("please", "for me", "now", "too", "as well", "first", "thanks", "thank you")
