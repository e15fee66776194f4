"""What do people say in words of their own, and what do they mean by it? A table written by hand, in three splits.

`data/wordings.tsv` has a line for each wording: what is said, what it means, and what kind of meaning that is. A
meaning is an instruction in plain words; ASK where it can be read in two ways that differ, or says too little; CANNOT
where it is nonsense, or nothing that an agent of these houses can do. Most of it is beyond the grammar.

How the meanings were chosen, where wordings leave it open:
    a noun without an article, or "my", "that", is "the" one; in the plural it is "every" one;
    clauses stand in the order in which they are done, and where that is free, in the order in which they are said;
    words of order ("then", "first", "once", "before") make stages, "and" and lists do not;
    who speaks is not known: "bring me the cup" is not among them.

The test split judges what was learned from the others: train on none of it, and choose nothing by it.
"""

import hashlib
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from worlds.checks import check_choice
from worlds.files import read_plain
from worlds.goal import VERBS
from worlds.language.instructions import InstructionError, parse

ASK, CANNOT = "ask", "cannot"  # meanings that are no instructions
SEVERAL = "several"  # the kind of what asks for more than one thing
COLUMNS = ("wording", "meaning", "kind")
SPLITS = ("train", "development", "test")
_SHARES = (0.60, 0.75, 1.0)  # of the hashes, up to the end of each split
_DATA = Path(__file__).parent.parent / "data" / "wordings.tsv"
_MOST = 16 * 2**20  # bytes of a file
_SHOWN = 60  # characters of a cell that an error repeats


class Wording(NamedTuple):
    """What was said, what it means (an instruction, ASK or CANNOT), and the kind of the meaning."""

    text: str
    meaning: str
    kind: str


def wordings(split: str) -> tuple[Wording, ...]:
    """The wordings of a split of SPLITS, in the order of the table. Those of "test" are never to be trained on.

    Raises:
        ValueError: no such split.
    """
    check_choice("split", split, SPLITS)
    return tuple(row for row in _every() if split_of(row.text) == split)


@cache
def _every() -> tuple[Wording, ...]:
    return tuple(read_wordings(_DATA))


def split_of(text: str) -> str:
    """The split that a text is in: by a hash of its words, so that case, marks and spaces change nothing."""
    digest = hashlib.sha256(same_words(text).encode("utf-8", "surrogatepass")).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return next(split for split, end in zip(SPLITS, _SHARES) if share < end)


def same_words(text: str) -> str:
    """What texts have in common that differ in case, marks and spaces only; of a text without words, all but spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.findall(r"\w+", folded) or folded.split())


def kind_of(meaning: str) -> str:
    """The kind of a meaning: ASK, CANNOT, the name of its constraint or its only verb in VERBS, or SEVERAL.

    Raises:
        InstructionError: it is no instruction.
    """
    if meaning in (ASK, CANNOT):
        return meaning
    goal = parse(meaning)
    if goal.constraints:
        return VERBS[goal.constraints[0].verb].name
    return VERBS[goal.clauses[0].verb].name if len(goal.clauses) == 1 else SEVERAL


def read_wordings(path: Path) -> list[Wording]:
    """The rows of a file: wording, tab, meaning, and perhaps tab, kind; a first line with these names is passed over.

    Raises:
        ValueError: a row has other columns, an empty one, or a meaning that is none; it names line and column.
        OSError: the file cannot be read.
    """
    rows = []
    for number, line in enumerate(read_plain(path, _MOST).split(b"\n"), 1):
        where = f"{path} line {number}"
        try:
            cells = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r").split("\t")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{where}, byte {error.start + 1}: no UTF-8, save the file as UTF-8 text"
            ) from None
        if cells != [""] and not (number == 1 and tuple(cells) == COLUMNS[: len(cells)]):
            rows.append(_row(cells, where))
    if not rows:
        raise ValueError(f"{path} has no rows: write a wording, a tab and its meaning on each line")
    return rows


def _row(cells: list[str], where: str) -> Wording:
    if len(cells) not in (2, 3):
        raise ValueError(
            f"{where} has {len(cells)} columns, allowed are 2 and 3: wording, tab, meaning, and perhaps tab, kind"
        )
    for column, cell in enumerate(cells):
        if not cell.strip():
            raise ValueError(f"{where}, column {column + 1} ({COLUMNS[column]}) is empty: fill it in")
    text, meaning, *kind = (cell.strip() for cell in cells)
    try:
        known = kind_of(meaning)
    except InstructionError as error:
        raise ValueError(
            f"{where}, column 2 (meaning): {meaning[:_SHOWN]!r} is no instruction ({error}); "
            f"write one in plain words, {ASK!r} or {CANNOT!r}"
        ) from None
    return Wording(text, meaning, kind[0] if kind else known)
