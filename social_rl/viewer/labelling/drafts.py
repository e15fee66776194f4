"""What has a rater put together so far? Ranks, marks or a text, and what answer they make."""

from collections.abc import Sequence
from typing import NamedTuple

from social_rl.human_feedback.preferences.comparison import Answer, Kind
from social_rl.viewer.controls.entry import Entry

NO_RANK = -1


class Draft(NamedTuple):
    """An answer in the making; each function below returns the next one."""

    ranks: tuple[int, ...] = ()  # of each place on the screen, 0 the best, or NO_RANK
    is_tied: bool = False  # does the next one tie with the last?
    marks: tuple[tuple[int, int], ...] = ()  # step and mark, in the order of marking
    text: Entry = Entry()


def begun(places: int) -> Draft:
    """Nothing yet, for so many items."""
    return Draft(ranks=(NO_RANK,) * places)


def ranked(draft: Draft, place: int, rank: int | None = None) -> Draft:
    """With a place ranked: as it is given, or as the next best."""
    highest = max(draft.ranks)
    if rank is None:
        is_same = draft.is_tied and highest != NO_RANK
        rank = highest if is_same else min(highest + 1, len(draft.ranks) - 1)
    ranks = (*draft.ranks[:place], rank, *draft.ranks[place + 1 :])
    return draft._replace(ranks=ranks, is_tied=False)


def tied(draft: Draft) -> Draft:
    """The next place ties with the last one, or no longer."""
    return draft._replace(is_tied=not draft.is_tied)


def marked(draft: Draft, step: int, mark: int) -> Draft:
    """With a mark at a step, in place of one that was there."""
    return draft._replace(marks=(*((s, m) for s, m in draft.marks if s != step), (step, mark)))


def unmarked(draft: Draft) -> Draft:
    """Without the last mark, and with no ranks."""
    return draft._replace(marks=draft.marks[:-1], ranks=(NO_RANK,) * len(draft.ranks), is_tied=False)


def answer_of(draft: Draft, kind: Kind, shown: Sequence[int]) -> Answer | None:
    """The answer that was put together; None while something is missing.

    Args:
        shown: the item at each place on the screen.
    """
    match kind:
        case "ranking" if NO_RANK not in draft.ranks:
            rows = [
                [item for item, r in zip(shown, draft.ranks, strict=True) if r == rank]
                for rank in range(len(shown))
            ]
            return {"order": [row for row in rows if row]}
        case "progress" if draft.marks:
            return {"marks": [list(mark) for mark in sorted(draft.marks)]}
        case "correction" if draft.text.text.strip():
            return {"text": draft.text.text}
    return None
