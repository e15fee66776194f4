"""What does an instruction mean? Its plain words, the stages and clauses of its goal, and its constraints."""

from rich.console import Console

from agents.language.talk import TAKEN
from agents.language.understanding import GRAMMAR, MODEL, Understanding, understand
from social_rl.commands.checks import check_file, write_json
from social_rl.commands.parse import Parse
from social_rl.human_feedback.understanding import model_named
from worlds.checks import an
from worlds.goal import NO_RELATION, VERBS, Clause, Goal, Ref
from worlds.language.instructions import InstructionError, canonical, grammar_version, phrase_clause, told
from worlds.language.lexicon import plural_of
from worlds.objects import AGENT, CLASS_OF_KIND, COLOURS, KINDS

QUANTITIES = ("", "a", "two", "three", "the", "every")  # by number, as in worlds.goal
RELATIONS = ("", "on", "in", "next to", "in room")
NOT_UNDERSTOOD = 2  # exit status, as of bad input


def explain_text(command: Parse) -> int:
    """Print what a text asks for, and write it where the command says; or what a language model would ask back.

    Raises:
        InstructionError: it means nothing, or more than one thing.
        ValueError: no such speaker or model, or the file cannot be written.
    """
    check_file("--json", command.json)
    found = understand(command.text, model_named(command.model), command.speaker)
    goal = found.goal
    if goal is None and found.by == GRAMMAR:
        raise InstructionError(found.words)
    console = Console(highlight=False, soft_wrap=True)
    if goal is None:
        asks = "would ask" if found.words.endswith("?") else "says"
        console.print(f"The grammar does not understand this. A language model {asks}:", style="dim")
        console.print(f"  {found.words}", style="bold", markup=False)
        return NOT_UNDERSTOOD
    if command.json:
        write_json(command.json, goal_record(command.text, goal, found.by))
    _print_goal(console, command.text, goal, found)
    if command.json:
        console.print(f"Wrote {command.json}", markup=False)
    return 0


def _print_goal(console: Console, text: str, goal: Goal, found: Understanding) -> None:
    if found.by == MODEL:
        console.print("The grammar does not understand this. A language model says:", style="dim")
        console.print(f"  {TAKEN}{found.words}", style="bold", markup=False)
    else:
        console.print("In plain words:", style="dim")
        console.print(f"  {found.words}", style="bold", markup=False)
        words = told(text, goal)
        if words != found.words:
            console.print("Agents are told:", style="dim")
            console.print(f"  {words}", markup=False)
    for number, stage in enumerate(goal.stages, 1):
        console.print(f"Stage {number} of {len(goal.stages)}", style="dim")
        for clause in stage:
            _print_clause(console, clause)
    if goal.constraints:
        console.print("Always", style="dim")
    for clause in goal.constraints:
        _print_clause(console, clause)


def goal_record(text: str, goal: Goal, by: str = GRAMMAR) -> dict[str, object]:
    """A goal in words and names, and who read it in the text, for JSON."""
    return {
        "text": text,
        "by": by,
        "canonical": canonical(goal),
        "stages": [[_clause_record(clause) for clause in stage] for stage in goal.stages],
        "constraints": [_clause_record(clause) for clause in goal.constraints],
        "grammar": grammar_version(),
    }


def _print_clause(console: Console, clause: Clause) -> None:
    console.print(f"  {phrase_clause(clause)}", markup=False)
    console.print(f"    verb   {VERBS[clause.verb].name}", style="dim", markup=False)
    console.print(f"    thing  {_ref_words(clause.thing)}", style="dim", markup=False)
    if clause.place:
        console.print(f"    place  {_ref_words(clause.place)}", style="dim", markup=False)


def _clause_record(clause: Clause) -> dict[str, object]:
    return {
        "verb": VERBS[clause.verb].name,
        "words": phrase_clause(clause),
        "thing": _ref_record(clause.thing),
        "place": _ref_record(clause.place) if clause.place else None,
    }


def _ref_record(ref: Ref) -> dict[str, object]:
    """A description by names; parts that are not said are left out."""
    record: dict[str, object] = {"quantity": QUANTITIES[ref.quantity], "kind": KINDS[ref.kind]}
    if ref.colour:
        record["colour"] = COLOURS[ref.colour - 1]
    if ref.relation != NO_RELATION:
        record["relation"] = RELATIONS[ref.relation]
        record["other"] = _shade(ref.other_kind, ref.other_colour)
    return record


def _ref_words(ref: Ref) -> str:
    words = [_with_quantity(ref)]
    if ref.relation != NO_RELATION:
        words += [RELATIONS[ref.relation], _shade(ref.other_kind, ref.other_colour)]
    return " ".join(words)


def _with_quantity(ref: Ref) -> str:
    """So many of a thing: "an orange", "two red cups"; names of agents stand alone."""
    quantity, thing = QUANTITIES[ref.quantity], _shade(ref.kind, ref.colour)
    if CLASS_OF_KIND[ref.kind] == AGENT:
        return thing
    if quantity == "a":
        return an(thing)
    return f"{quantity} {plural_of(thing) if quantity in ('two', 'three') else thing}".strip()


def _shade(kind: int, colour: int) -> str:
    return f"{COLOURS[colour - 1]} {KINDS[kind]}" if colour else KINDS[kind]
