"""What may a page send? One label as JSON, of which every field, type and range is checked before anything is kept."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from social_rl.human_feedback.labelling.clips import MOST_FRAMES
from social_rl.human_feedback.preferences.comparison import Answer, Kind, check_answer, check_shown
from worlds.checks import check_choice

KINDS: tuple[Kind, ...] = ("choice", "ranking", "progress", "vote", "correction")  # that a page can ask for
# Kinds of which a skip is an answer, which is kept; a skip of others keeps nothing.
SKIPS: dict[Kind, Answer] = {"choice": {"best": "skip"}}
FIELDS = ("id", "comparison", "shown", "answer", "seconds", "reason")
MOST_REASON, MOST_TEXT = 1000, 4000  # characters
MOST_SECONDS = 7 * 24 * 3600.0
MOST_MARKS = 500
_ID = re.compile(r"[0-9a-f]{32}")


class Sent(NamedTuple):
    """A label as a page sends it."""

    id: str  # 32 hex digits, chosen by the page: sent twice, it counts once
    comparison: str  # as the page knows it: the key of a comparison
    shown: tuple[int, ...]  # order of the items on the screen
    answer: Answer
    seconds: float
    reason: str


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a request: UTF-8, finite numbers, no name twice, no half characters.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
        # what cannot be written again: half a surrogate pair, and 1e999, which reads as infinity
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError:
        raise ValueError("what was sent is nested too deeply") from None
    except ValueError:
        raise ValueError("what was sent is no JSON of plain text and finite numbers") from None
    if not isinstance(found, dict):
        raise ValueError("what was sent is no object in braces")
    return found


def sent_of(body: bytes) -> Sent:
    """A label as it was sent.

    Raises:
        ValueError: names the field that is wrong, and what it should be.
    """
    found = object_of(body)
    if set(found) != set(FIELDS):
        raise ValueError(f"a label has the fields {', '.join(FIELDS)}, and no others")
    for name in ("id", "comparison"):
        if not isinstance(found[name], str) or not _ID.fullmatch(found[name]):
            raise ValueError(f"{name} is no text of 32 hex digits")
    if not isinstance(found["answer"], dict) or not isinstance(found["shown"], list):
        raise ValueError("answer is an object, and shown a list")
    seconds = found["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(f"seconds is no number from 0 to {MOST_SECONDS:.0f}")
    return Sent(
        found["id"],
        found["comparison"],
        tuple(found["shown"]),
        found["answer"],
        float(seconds),
        _written("reason", found["reason"], 0, MOST_REASON),
    )


def check_sent(sent: Sent, kind: Kind, items: int) -> None:
    """Raise a ValueError unless a page may answer a comparison of this kind, with so many items, in this way."""
    check_choice("kind", kind, KINDS)
    check_shown("shown", sent.shown, items)
    answer = sent.answer
    check_answer(answer, kind, items)
    if kind == "progress" and not 0 < len(answer["marks"]) <= MOST_MARKS:
        raise ValueError(f"answer.marks has {len(answer['marks'])} marks: give 1 to {MOST_MARKS}")
    if kind == "progress" and answer["marks"][-1][0] >= MOST_FRAMES:
        raise ValueError(
            f"answer.marks names step {answer['marks'][-1][0]}: a clip has at most {MOST_FRAMES - 1}"
        )
    if kind == "correction":
        _written("answer.text", answer["text"], 1, MOST_TEXT)


def check_skip(kind: Kind) -> None:
    """Raise a ValueError where a skip is an answer, which has to be kept as one."""
    if kind in SKIPS:
        raise ValueError(f"a {kind} is skipped by the answer {json.dumps(SKIPS[kind])}: send that as a label")


def _written(name: str, value: Any, least: int, most: int) -> str:
    """A text that a person wrote: any characters but those that are control codes, save ends of lines and tabs."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise ValueError(f"{name} is no text of {least} to {most} characters")
    if any(ord(c) < 32 and c not in "\n\t" for c in value):
        raise ValueError(f"{name} has characters that are not written")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no finite number")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found
