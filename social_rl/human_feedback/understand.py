"""How well are free words understood? Each answer is compared with what was meant; equal Goals have equal encodings."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from social_rl.commands.checks import check_file, write_json
from social_rl.commands.rlhf.understand import Understand
from social_rl.evaluation.statistics import Estimate, share
from worlds.checks import check_choice
from worlds.goal import encode
from worlds.language.instructions import AmbiguousError, InstructionError, canonical, grammar_version, parse
from worlds.language.wordings import ASK, CANNOT, SPLITS, Wording, read_wordings, wordings

# Texts in; for each an instruction in plain words, ASK, CANNOT, or anything else, which is no answer.
Understander = Callable[[list[str]], list[str]]
NO_ANSWER = ""
GRAMMAR_FIRST = "grammar+"


def grammar(texts: list[str]) -> list[str]:
    """What the grammar makes of texts: ASK where it finds several meanings, NO_ANSWER where it finds none."""
    return [_by_grammar(text) for text in texts]


def _by_grammar(text: str) -> str:
    try:
        return canonical(parse(text))
    except AmbiguousError:
        return ASK
    except InstructionError:
        return NO_ANSWER


class Listener(NamedTuple):
    """Who understands, in two ways that differ for language models alone."""

    kept: Understander
    """says nothing that is no answer"""
    free: Understander
    """says what it likes"""


def language_model(path: Path | None) -> Listener:
    """What a language model makes of texts: the shipped one, or one that `find_language_model` finds.

    Raises:
        ValueError: there is none, or it cannot be read.
    """
    from agents.language.model.language_model import read_model
    from social_rl.human_feedback.listening import meaning_of, reader_of
    from social_rl.runs.shipped import find_language_model

    model = read_model(find_language_model(path))

    def understander(keeps: bool) -> Understander:
        answers = reader_of(model, keeps)
        return lambda texts: [meaning_of(answer) for answer in answers(texts)]

    return Listener(understander(True), understander(False))


def grammar_first(path: Path | None) -> Listener:
    """The grammar, and where it finds no meaning or several, a language model."""
    return Listener(*(first_of(grammar, understander) for understander in language_model(path)))


def first_of(one: Understander, other: Understander) -> Understander:
    """What the first one answers, and where that is NO_ANSWER or ASK, what the other one does."""

    def both(texts: list[str]) -> list[str]:
        answers = one(texts)
        left = [i for i, answer in enumerate(answers) if answer in (NO_ANSWER, ASK)]
        for i, answer in zip(left, other([texts[i] for i in left]) if left else (), strict=True):
            answers[i] = answer
        return answers

    return both


LISTENERS: dict[str, Callable[[], Listener]] = {
    "grammar": lambda: Listener(grammar, grammar),
    "lm": lambda: language_model(None),
    "grammar+lm": lambda: grammar_first(None),
}


def listener_of(model: str) -> Listener:
    """Who understands: a name of LISTENERS, the path of a language model, or grammar+PATH.

    Raises:
        ValueError: there is none.
    """
    if model in LISTENERS:
        return LISTENERS[model]()
    path, listener = Path(model), language_model
    if not path.exists() and model.startswith(GRAMMAR_FIRST):
        path, listener = Path(model.removeprefix(GRAMMAR_FIRST)), grammar_first
    if not path.exists():
        check_choice("--model", model, (*LISTENERS, "the path of a language model"))
    return listener(path)


class Answered(NamedTuple):
    """A wording, what was answered, whether that is an answer at all, and whether it is what was meant."""

    wording: Wording
    answer: str
    parses: bool
    is_right: bool

    @property
    def is_misunderstood(self) -> bool:
        """Would something else be done than what was meant, unasked?"""
        return self.parses and not self.is_right and self.answer not in (ASK, CANNOT)


def understand(command: Understand) -> int:
    """Print how well an understander does, and write it where the command says.

    Raises:
        ValueError: no such model, a row that cannot be read, or the file cannot be written.
        OSError: the rows cannot be read.
    """
    listener = listener_of(command.model)
    check_file("--json", command.json)
    rows = read_wordings(command.file) if command.file else wordings(command.split)
    answered = judge(listener.kept, rows)
    free = answered if listener.kept is listener.free else judge(listener.free, rows)
    source = {"file": str(command.file)} if command.file else {"split": command.split}
    record = {"model": command.model, **source, "grammar": grammar_version(), **figures(answered, free)}
    _print(record)
    if command.json:
        write_json(command.json, record)
        Console(highlight=False, soft_wrap=True).print(f"Wrote {command.json}", markup=False)
    return 0


def judge(understander: Understander, rows: Sequence[Wording]) -> list[Answered]:
    """What an understander answers to wordings, and how right it is.

    Raises:
        ValueError: it gives more or fewer answers than there are wordings.
    """
    answers = understander([row.text for row in rows])
    if len(answers) != len(rows):
        raise ValueError(f"{len(answers)} answers to {len(rows)} wordings: give one for each")
    return [_judged(row, answer.strip()) for row, answer in zip(rows, answers, strict=True)]


def _judged(row: Wording, answer: str) -> Answered:
    found, wanted = _meaning(answer), _meaning(row.meaning)
    return Answered(row, answer, found is not None, found == wanted)


def _meaning(words: str) -> bytes | str | None:
    """The encoding of the Goal that words mean, ASK or CANNOT; None where they are no answer."""
    if words in (ASK, CANNOT):
        return words
    try:
        return encode(parse(words)).tobytes()
    except InstructionError:
        return None


def figures(answered: Sequence[Answered], free: Sequence[Answered] | None = None) -> dict[str, Any]:
    """Shares with their 95 % intervals (null of fewer than 5 rows), and the rows that failed.

    `accuracy` is the share of right answers, `parse_rate` of those that are an instruction, ASK or CANNOT: of `free`,
    if that is given, what is answered where anything may be said. Of rows that mean an instruction, `asked_needlessly`
    is the share of ASK; of all rows, `misunderstood` is the share of instructions that were not meant.
    """
    shares = {
        "accuracy": _share([one.is_right for one in answered]),
        "parse_rate": _share([one.parses for one in (answered if free is None else free)]),
        "asked_needlessly": _share(
            [one.answer == ASK for one in answered if one.wording.kind not in (ASK, CANNOT)]
        ),
        "misunderstood": _share([one.is_misunderstood for one in answered]),
    }
    kinds = sorted({one.wording.kind for one in answered})
    by_kind = {kind: _share([one.is_right for one in answered if one.wording.kind == kind]) for kind in kinds}
    return {
        "rows": len(answered),
        **{name: _number(estimate.value) for name, estimate in shares.items()},
        "accuracy_by_kind": {kind: estimate.value for kind, estimate in by_kind.items()},
        "rows_by_kind": {kind: estimate.n for kind, estimate in by_kind.items()},
        "intervals": {
            **{name: _interval(estimate) for name, estimate in shares.items()},
            "accuracy_by_kind": {kind: _interval(estimate) for kind, estimate in by_kind.items()},
        },
        "failed": [
            {**one.wording._asdict(), "answer": one.answer} for one in answered if not one.is_right
        ],
    }  # fmt: skip


def _share(hits: list[bool]) -> Estimate:
    return share(sum(hits), len(hits))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _interval(estimate: Estimate) -> list[float] | None:
    return None if math.isnan(estimate.low) else [estimate.low, estimate.high]


# ---- printed -------------------------------------------------------------------------------------------
_LINES = {
    "accuracy": "right", "parse_rate": "an answer at all", "asked_needlessly": "asked needlessly",
    "misunderstood": "misunderstood",
}  # fmt: skip


def _print(record: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table(
        "", "rows", "share", "95 %", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, words in _LINES.items():
        rows = record["rows"]
        if name == "asked_needlessly":
            rows -= sum(record["rows_by_kind"].get(kind, 0) for kind in (ASK, CANNOT))
        table.add_row(words, str(rows), *_cells(record[name], record["intervals"][name]), style="bold")
    for kind, value in record["accuracy_by_kind"].items():
        interval = record["intervals"]["accuracy_by_kind"][kind]
        table.add_row(f"  {kind}", str(record["rows_by_kind"][kind]), *_cells(value, interval))
    console.print(table)


def _cells(value: float | None, interval: list[float] | None) -> tuple[str, str]:
    shown = "-" if value is None else f"{value:.1%}"
    return shown, f"{interval[0]:.1%} to {interval[1]:.1%}" if interval else "-"


def count_wordings() -> int:
    """Print how many free wordings there are of each kind in each split."""
    counts = {split: Counter(row.kind for row in wordings(split)) for split in SPLITS}
    table = Table("", *SPLITS, "in all", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind in sorted(set().union(*counts.values())):
        numbers = [counts[split][kind] for split in SPLITS]
        table.add_row(kind, *map(str, numbers), str(sum(numbers)))
    numbers = [counts[split].total() for split in SPLITS]
    table.add_row("in all", *map(str, numbers), str(sum(numbers)), style="bold")
    Console(highlight=False, soft_wrap=True).print(table)
    return 0
