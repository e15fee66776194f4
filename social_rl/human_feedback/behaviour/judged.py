"""What do labels say of clips? Which of two is better, and of one whether it came forward or fell back on the way."""

from collections.abc import Callable, Iterable, Sequence

from social_rl.human_feedback.behaviour.clips import Clip
from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label
from social_rl.human_feedback.reward.fitting import Group, group_of


def groups_of(labelled: Iterable[tuple[Comparison, Label]], clip_of: Callable[[Item], Clip]) -> list[Group]:
    """Choices, rankings and marks of progress as pairs of clips; labels that say nothing of clips are passed over."""
    found = []
    for comparison, label in labelled:
        if comparison.kind == "progress":
            group = marked(comparison, label, clip_of(comparison.items[0]))
        else:
            group = group_of(comparison, label)
            if group is not None:
                group = group._replace(texts=tuple(map(clip_of, comparison.items)))
        found += [] if group is None else [group]
    return found


def marked(comparison: Comparison, label: Label, whole: Clip) -> Group | None:
    """Marks of progress as pairs of moments of one episode (inter-temporal comparisons, arXiv 2211.11602).

    A mark at a step compares what is there after it with what was there after the mark before, or at the beginning: +1
    says that the later one is better, -1 the earlier one, 0 that they are alike. Marks after the agent's own end have
    no part.
    """
    marks = [(step, mark) for step, mark in label.answer["marks"] if step < whole.end]
    if not marks:
        return None
    clips = tuple(Clip(whole.seen, end) for end in (0, *(step + 1 for step, _ in marks)))
    pairs = tuple(_pair(i, mark) for i, (_, mark) in enumerate(marks, 1))
    policies = (comparison.items[0].policy,) * len(clips)
    return Group(comparison.level, clips, pairs, label.rater, policies)


def _pair(later: int, mark: int) -> tuple[int, int, bool]:
    """The better moment, the other one, and whether they are alike."""
    earlier = later - 1
    return (later, earlier, mark == 0) if mark >= 0 else (earlier, later, False)


def is_progress(group: Group) -> bool:
    """Are its clips moments of one episode?"""
    return len({id(clip.seen) for clip in group.texts}) == 1


def split_kinds(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Those of whole episodes, and those of moments of one."""
    return [g for g in groups if not is_progress(g)], [g for g in groups if is_progress(g)]
