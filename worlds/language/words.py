"""How is a goal put into words? One compiled rule writes the tokens of an instruction, in three styles.

Every choice is a draw of the key at a number of its own, so a text is a pure function of goal, style and key.
The plain style draws nothing: it is the canonical text, of which there is one for each goal.

Each rule is called from one place only, where that can be: what is called twice is compiled twice.
"""

from worlds.compiler.compile import rule
from worlds.goal import (
    COLOUR,
    KIND_,
    MAX_CLAUSES,
    NO_RELATION,
    NO_VERB,
    OTHER_COLOUR,
    OTHER_KIND,
    P_QUANTITY,
    QUANTITY,
    RELATION,
    ROWS,
    STAGE,
    THE,
    VERB,
)
from worlds.language.grammar import (
    A_TOKEN,
    AGREE,
    AGREES,
    AN_TOKEN,
    ANY,
    CHOICES,
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
    TWO_STAGES,
)
from worlds.objects import AGENT, CLASS_OF_KIND, ROOM
from worlds.rules.chance import below, draw

# Styles: canonical; all that training may show; at least one reserved phrasing in each clause.
PLAIN, FREE, RESERVED = range(3)

# Parts of a description, in order; each is a draw as well. Whether a relation is marked is drawn as the
# article of the other thing, which has but one form in training.
_QUANTITY, _COLOUR, _NAME, _MARKER, _RELATION, _OTHER_THE, _OTHER_COLOUR, _OTHER_NAME = range(8)
_PARTS, _MARKED = 8, _OTHER_THE
# Numbers of the draws: 16 * row and on for a row's thing, 16 * row + 8 and on for its place, then these.
_PHRASING, _JOIN, _STAGE_JOIN, _FRAMED, _FRAME, _FORM = 128, 144, 160, 176, 177, 178
_CONSTRAINTS = -1  # in place of a stage


@rule
def render(goal_rows, style, key, out_tokens, out_rows):
    """Write the words of a goal (uint8[ROWS, FIELDS]) as uint16 tokens; return how many.

    `style` is PLAIN, FREE or RESERVED, `key` uint64. Returns -1 if the words do not fit: take PLAIN then.
    A row of zeros is no clause; a goal without any has no words.
    `out_rows` (uint8, as long as out_tokens, or of length 0 to go without) is 1 + the goal row that a word
    belongs to, 0 for words that join or frame clauses, and beyond the end.
    """
    for i in range(out_rows.shape[0]):
        out_rows[i] = 0
    stages = 0
    for row in range(MAX_CLAUSES):
        if goal_rows[row, VERB] != NO_VERB:
            stages = goal_rows[row, STAGE] + 1
    framed = style != PLAIN and stages > 0 and below(draw(key, 0, _FRAMED), 2) == 1
    frame = pick(FRAME_HEADS, style, key, _FRAME)
    form, steps = -1, max(2 * stages - 1, 0)
    if stages == 2 and not framed:
        form = pick(TWO_STAGES, style, key, _FORM)
        steps = STARTS[form + 1] - STARTS[form]
    n = say(out_tokens, 0, frame) if framed else 0
    for step in range(steps + 1):
        stage, mode = step // 2, DO if framed else FREELY
        mark = DATA[STARTS[form] + step] if form >= 0 and step < steps else GROUP
        if step == steps:
            stage, mode = _CONSTRAINTS, FREELY
        elif form >= 0:
            stage, mode = (GROUP - mark) % 2, (GROUP - mark) // 2
        if mark > GROUP:
            n = emit(out_tokens, n, mark)
        elif form < 0 and step < steps and step % 2 == 1:
            n = say(out_tokens, n, pick(STAGE_JOINS, style, key, _STAGE_JOIN + step))
        else:
            n = group(goal_rows, stage, mode, style, key, out_tokens, out_rows, n)
    if framed:
        n = say(out_tokens, n, CHOICES[FRAME_TAILS, 0] + frame - CHOICES[FRAME_HEADS, 0])
    for i in range(n, out_tokens.shape[0]):
        out_tokens[i] = 0
    return n if n <= out_tokens.shape[0] else -1


@rule
def group(goal_rows, stage, mode, style, key, out_tokens, out_rows, n):
    """The clauses of one stage ("A and B"), or the constraints ("without A", ", but do not A")."""
    first, last = (MAX_CLAUSES, ROWS) if stage == _CONSTRAINTS else (0, MAX_CLAUSES)
    begun = False
    for row in range(first, last):
        if goal_rows[row, VERB] == NO_VERB or (stage >= 0 and goal_rows[row, STAGE] != stage):
            continue
        form = phrasing_of(goal_rows, row, 0 if mode == FREELY else 1, style, key)
        joint = CLAUSE_JOINS if begun else -1
        if stage == _CONSTRAINTS and n > 0 and not IS_ADVERB[DATA[STARTS[form]]]:
            joint = CONSTRAINT_JOINS
        if joint >= 0:
            n = say(out_tokens, n, pick(joint, style, key, _JOIN + row))
        begins = n
        n = clause(goal_rows, row, form, mode, style, key, out_tokens, n)
        for i in range(begins, min(n, out_rows.shape[0])):
            out_rows[i] = 1 + row
        begun = True
    return n


@rule
def phrasing_of(goal_rows, row, asked, style, key):
    """The sequence that says a row's verb; in RESERVED style a reserved one."""
    choice = CLAUSES[goal_rows[row, VERB], CLASS_OF_KIND[goal_rows[row, KIND_]], asked]
    first, said, every = CHOICES[choice, 0], CHOICES[choice, 1], CHOICES[choice, 2]
    if style == PLAIN:
        return first
    bits = draw(key, 0, _PHRASING + row)
    return first + said + below(bits, every - said) if style == RESERVED else first + below(bits, said)


@rule
def clause(goal_rows, row, form, mode, style, key, out_tokens, n):
    """One clause: the sequence `form` with its descriptions filled in."""
    begins = n
    many = 0
    for i in range(STARTS[form], STARTS[form + 1]):
        mark = DATA[i]
        if mark <= AGREE:
            mark = AGREES[AGREE - mark, many]
        elif mode == DOING and n == begins:
            mark = GERUND_OF[mark]
        if mark >= 0:
            n = emit(out_tokens, n, mark)
            continue
        at, number = (P_QUANTITY, 16 * row + 8) if mark == PLACE else (QUANTITY, 16 * row)
        negated = 1 if mark == ANY else 0
        plural = is_plural(goal_rows, row, at, negated, style, key, number)
        if mark != PLACE:
            many = plural
        n = description(goal_rows, row, at, negated, plural, style, key, number, out_tokens, n)
    return n


@rule
def is_plural(goal_rows, row, at, negated, style, key, number):
    """1 if the description that begins at field `at` has a plural noun, else 0."""
    kind_class = CLASS_OF_KIND[goal_rows[row, at + KIND_ - QUANTITY]]
    if kind_class == ROOM or kind_class == AGENT:
        return 0
    return 1 if IS_MANY[pick(QUANTITIES[negated, goal_rows[row, at]], style, key, number + _QUANTITY)] else 0


@rule
def description(goal_rows, row, at, negated, plural, style, key, number, out_tokens, n):
    """Quantity, colour, noun and relation of a thing (`at` QUANTITY) or a place (`at` P_QUANTITY)."""
    parts = _PARTS if goal_rows[row, at + RELATION - QUANTITY] != NO_RELATION else _MARKER
    for part in range(parts):
        choice = part_of(goal_rows, row, at, part, negated, plural)
        # A bare relation belongs to the first noun, so that of a place is always marked.
        if part == _MARKER and at == QUANTITY:
            if style == PLAIN or below(draw(key, 0, number + _MARKED), 2) == 0:
                choice = -1
        if choice >= 0:
            n = say(out_tokens, n, pick(choice, style, key, number + part))
    return n


@rule
def part_of(goal_rows, row, at, part, negated, plural):
    """The choice that says one part of a description, -1 for nothing to say."""
    to = at - QUANTITY
    kind = goal_rows[row, to + KIND_]
    if part == _QUANTITY:
        if CLASS_OF_KIND[kind] == AGENT:
            return -1
        quantity = THE if CLASS_OF_KIND[kind] == ROOM else goal_rows[row, at]
        return QUANTITIES[negated, quantity]
    if part == _COLOUR:
        return COLOUR_NAMES[goal_rows[row, to + COLOUR]]
    if part == _NAME:
        return NAMES[plural, kind]
    if part == _MARKER:
        return MARKERS[plural]
    if part == _RELATION:
        return RELATIONS[goal_rows[row, to + RELATION]]
    if part == _OTHER_THE:
        return QUANTITIES[0, THE]
    if part == _OTHER_COLOUR:
        return COLOUR_NAMES[goal_rows[row, to + OTHER_COLOUR]]
    return NAMES[0, goal_rows[row, to + OTHER_KIND]]


@rule
def pick(choice, style, key, number):
    """A sequence of a choice: the plain one, one for training, or one of all."""
    if style == PLAIN:
        return CHOICES[choice, 0]
    return CHOICES[choice, 0] + below(draw(key, 0, number), CHOICES[choice, 1 if style == FREE else 2])


@rule
def say(out_tokens, n, sequence):
    """Write a sequence of plain tokens."""
    for i in range(STARTS[sequence], STARTS[sequence + 1]):
        n = emit(out_tokens, n, DATA[i])
    return n


@rule
def emit(out_tokens, n, token):
    """Write one token, or only count it beyond the end; "a" becomes "an" before a vowel."""
    if n < out_tokens.shape[0]:
        if n > 0 and TAKES_AN[token] and out_tokens[n - 1] == A_TOKEN:
            out_tokens[n - 1] = AN_TOKEN
        out_tokens[n] = token
    return n + 1
