"""How is a goal put into words? One compiled rule writes the tokens of an instruction, in three styles.

Every choice is a draw of the key at a number of its own, so a text is a pure function of goal, style and key.
The plain style draws nothing: it is the canonical text, of which there is one for each goal.
"""

import numpy as np

from worlds.compile import rule
from worlds.goal import (
    COLOUR,
    KIND_,
    MAX_CLAUSES,
    NO_RELATION,
    NO_VERB,
    OTHER_COLOUR,
    OTHER_KIND,
    P_KIND,
    P_QUANTITY,
    QUANTITY,
    RELATION,
    ROWS,
    STAGE,
    VERB,
)
from worlds.grammar import (
    A_TOKEN,
    AGREE,
    AGREES,
    AN_TOKEN,
    AND_TOKEN,
    ANY,
    CLAUSE_JOINS,
    CLAUSES,
    COLOUR_NAMES,
    CONSTRAINT_JOINS,
    DATA,
    DO,
    DOING,
    FRAME_HEADS,
    FRAME_TAILS,
    FREELY,
    GERUND_OF,
    GROUP,
    IS_ADVERB,
    IS_MANY,
    MARKERS,
    NAMES,
    PLACE,
    QUANTITIES,
    RELATIONS,
    STAGE_JOINS,
    STARTS,
    TAKES_AN,
    THING,
    TOKEN,
    TWO_STAGES,
)
from worlds.objects import AGENT, CLASS_OF_KIND, ROOM
from worlds.rules.chance import below, draw

# Styles: canonical; all that training may show; at least one reserved phrasing in each clause.
PLAIN, FREE, RESERVED = range(3)

# Numbers of the draws. Those of a row come after 16 * row, those of its place after 16 * row + 8.
_QUANTITY, _COLOUR, _NAME, _MARKED, _MARKER, _RELATION, _OTHER_COLOUR, _OTHER_NAME = range(8)
_PHRASING, _JOIN, _STAGE_JOIN = 128, 144, 160
_FRAMED, _FRAME, _FORM = 176, 177, 178
_THE = TOKEN["the"]


@rule
def render(goal_rows, style, key, out_tokens):
    """Write the words of a goal (uint8[ROWS, FIELDS]) as uint16 tokens; return how many.

    Returns -1 if they do not fit: take PLAIN then. A row of zeros is no goal and has no words.
    """
    stages = np.int64(0)
    for row in range(MAX_CLAUSES):
        if goal_rows[row, VERB] != NO_VERB:
            stages = np.int64(goal_rows[row, STAGE]) + 1
    framed = style != PLAIN and stages > 0 and below(draw(key, 0, _FRAMED), 2) == 1
    n = np.int64(0)
    if stages == 2 and not framed:
        n = two_stages(goal_rows, style, key, out_tokens, n)
    else:
        if framed:
            n = say(out_tokens, n, pick(FRAME_HEADS, style, key, _FRAME))
        for stage in range(stages):
            if stage > 0:
                n = say(out_tokens, n, pick(STAGE_JOINS, style, key, _STAGE_JOIN + stage))
            n = group(goal_rows, stage, DO if framed else FREELY, style, key, out_tokens, n)
    n = constraints(goal_rows, style, key, out_tokens, n)
    if framed:
        n = say(out_tokens, n, FRAME_TAILS[0] + pick(FRAME_HEADS, style, key, _FRAME) - FRAME_HEADS[0])
    if n > out_tokens.shape[0]:
        return np.int64(-1)
    for i in range(n, out_tokens.shape[0]):
        out_tokens[i] = 0
    return n


@rule
def two_stages(goal_rows, style, key, out_tokens, n):
    """Two stages in either order: "A, then B", "B after you A"."""
    form = pick(TWO_STAGES, style, key, _FORM)
    for i in range(STARTS[form], STARTS[form + 1]):
        mark = np.int64(DATA[i])
        if mark > GROUP:
            n = emit(out_tokens, n, mark)
        else:
            n = group(goal_rows, (GROUP - mark) % 2, (GROUP - mark) // 2, style, key, out_tokens, n)
    return n


@rule
def group(goal_rows, stage, mode, style, key, out_tokens, n):
    """The clauses of one stage: "A and B"."""
    begun = False
    for row in range(MAX_CLAUSES):
        if goal_rows[row, VERB] != NO_VERB and goal_rows[row, STAGE] == stage:
            if begun:
                n = say(out_tokens, n, pick(CLAUSE_JOINS, style, key, _JOIN + row))
            begun = True
            form = phrasing_of(goal_rows, row, 0 if mode == FREELY else 1, style, key)
            n = clause(goal_rows, row, form, mode, style, key, out_tokens, n)
    return n


@rule
def constraints(goal_rows, style, key, out_tokens, n):
    """What must never happen, behind all else: "without A and without B", ", but do not A"."""
    begun = False
    for row in range(MAX_CLAUSES, ROWS):
        if goal_rows[row, VERB] != NO_VERB:
            form = phrasing_of(goal_rows, row, 0, style, key)
            if IS_ADVERB[DATA[STARTS[form]]]:
                if begun:
                    n = emit(out_tokens, n, AND_TOKEN)
            elif n > 0:
                n = say(out_tokens, n, pick(CONSTRAINT_JOINS, style, key, _JOIN + row))
            begun = True
            n = clause(goal_rows, row, form, FREELY, style, key, out_tokens, n)
    return n


@rule
def phrasing_of(goal_rows, row, asked, style, key):
    """The sequence that says a row's verb; in RESERVED style a reserved one."""
    choice = CLAUSES[goal_rows[row, VERB], CLASS_OF_KIND[goal_rows[row, KIND_]], asked]
    if style == RESERVED and choice[2] > choice[1]:
        return choice[0] + choice[1] + below(draw(key, 0, _PHRASING + row), choice[2] - choice[1])
    return pick(choice, style, key, _PHRASING + row)


@rule
def clause(goal_rows, row, form, mode, style, key, out_tokens, n):
    """One clause: the sequence `form` with its descriptions filled in."""
    begins = n
    fields = goal_rows[row]
    many = 0
    for i in range(STARTS[form], STARTS[form + 1]):
        mark = np.int64(DATA[i])
        if mark >= 0:
            if mode == DOING and n == begins:
                mark = np.int64(GERUND_OF[mark])
            n = emit(out_tokens, n, mark)
        elif mark == PLACE:
            n = description(fields, P_QUANTITY, 0, 16 * row + 8, style, key, out_tokens, n)
        elif mark <= AGREE:
            n = emit(out_tokens, n, AGREES[AGREE - mark, many])
        else:
            negated = 1 if mark == ANY else 0
            many = 1 if is_many(fields, QUANTITY, negated, 16 * row, style, key) else 0
            n = description(fields, QUANTITY, negated, 16 * row, style, key, out_tokens, n)
    return n


@rule
def is_many(fields, at, negated, number, style, key):
    """Does the description beginning at field `at` have a plural noun?"""
    kind_class = CLASS_OF_KIND[fields[at + KIND_ - QUANTITY]]
    if kind_class == ROOM or kind_class == AGENT:
        return False
    return IS_MANY[pick(QUANTITIES[negated, fields[at]], style, key, number + _QUANTITY)]


@rule
def description(fields, at, negated, number, style, key, out_tokens, n):
    """Quantity, colour, noun and relation of the thing (`at` QUANTITY) or the place (`at` P_QUANTITY)."""
    kind, colour = fields[at + KIND_ - QUANTITY], fields[at + COLOUR - QUANTITY]
    relation = fields[at + RELATION - QUANTITY]
    many = 1 if is_many(fields, at, negated, number, style, key) else 0
    if CLASS_OF_KIND[kind] == ROOM:
        n = emit(out_tokens, n, _THE)
    elif CLASS_OF_KIND[kind] != AGENT:
        n = say(out_tokens, n, pick(QUANTITIES[negated, fields[at]], style, key, number + _QUANTITY))
    if colour > 0:
        n = say(out_tokens, n, pick(COLOUR_NAMES[colour], style, key, number + _COLOUR))
    n = say(out_tokens, n, pick(NAMES[many, kind], style, key, number + _NAME))
    if relation == NO_RELATION:
        return n
    # A bare relation belongs to the first noun, so that of a place is always marked.
    if at == P_QUANTITY or (style != PLAIN and below(draw(key, 0, number + _MARKED), 2) == 1):
        marker = pick(MARKERS, style, key, number + _MARKER)
        for i in range(STARTS[marker], STARTS[marker + 1]):
            mark = np.int64(DATA[i])
            n = emit(out_tokens, n, mark if mark >= 0 else np.int64(AGREES[AGREE - mark, many]))
    n = say(out_tokens, n, pick(RELATIONS[relation], style, key, number + _RELATION))
    n = emit(out_tokens, n, _THE)
    other_kind, other_colour = fields[at + OTHER_KIND - QUANTITY], fields[at + OTHER_COLOUR - QUANTITY]
    if other_colour > 0:
        n = say(out_tokens, n, pick(COLOUR_NAMES[other_colour], style, key, number + _OTHER_COLOUR))
    return say(out_tokens, n, pick(NAMES[0, other_kind], style, key, number + _OTHER_NAME))


@rule
def pick(choice, style, key, number):
    """A sequence of a choice: the plain one, one for training, or one of all."""
    if style == PLAIN:
        return np.int64(choice[0])
    return choice[0] + below(draw(key, 0, number), choice[1] if style == FREE else choice[2])


@rule
def say(out_tokens, n, sequence):
    """Write a sequence of plain tokens."""
    for i in range(STARTS[sequence], STARTS[sequence + 1]):
        n = emit(out_tokens, n, np.int64(DATA[i]))
    return n


@rule
def emit(out_tokens, n, token):
    """Write one token, or only count it beyond the end; "a" becomes "an" before a vowel."""
    if n < out_tokens.shape[0]:
        if n > 0 and TAKES_AN[token] and out_tokens[n - 1] == A_TOKEN:
            out_tokens[n - 1] = AN_TOKEN
        out_tokens[n] = token
    return n + 1


assert KIND_ - QUANTITY == P_KIND - P_QUANTITY and THING == -1
