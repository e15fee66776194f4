"""How are texts written in the labelling window? A correction of some lines, and a reason of one."""

from dataclasses import replace

from social_rl.human_feedback.labelling.answers import MOST_REASON, MOST_TEXT
from social_rl.viewer.controls import entry as entries
from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.labelling.model import HELD, LabelState


def write(state: LabelState) -> None:
    """Open the text of a correction."""
    if state.asks("correction"):
        close_texts(state)
        state.draft = state.draft._replace(text=entries.opened(state.draft.text))


def explain(state: LabelState) -> None:
    """Open the reason; while an answer is held, it is stored when the reason is done."""
    if state.question is not None and state.loading is None:
        close_texts(state)
        state.reason = entries.opened(state.reason)
        if state.held is not None and not state.is_late:
            state.release_at = float("inf")


def leave(state: LabelState) -> None:
    """Close what is open: the help, or a text."""
    if state.help:
        state.help = False
    else:
        close_texts(state)


def new_line(state: LabelState) -> None:
    """Begin another line of a correction; a reason has one only, and is done."""
    if state.is_correcting:
        type_text(state, "\n")
    else:
        leave(state)


def type_text(state: LabelState, text: str) -> None:
    """Write into the text that is open."""
    if state.is_correcting:
        _edit(state, entries.typed(state.draft.text, text, MOST_TEXT, "a correction", "\n"))
    else:
        _edit(state, entries.typed(state.reason, text, MOST_REASON, "a reason"))
    state.notice = _open(state).answer


def erase(state: LabelState, by: int) -> None:
    """Remove so many characters after (below 0: before) the caret."""
    _edit(state, entries.erased(_open(state), _open(state).caret + by))


def move(state: LabelState, by: int) -> None:
    """Move the caret."""
    _edit(state, entries.moved(_open(state), _open(state).caret + by))


def _open(state: LabelState) -> Entry:
    return state.draft.text if state.is_correcting else state.reason


def _edit(state: LabelState, entry: Entry) -> None:
    if state.is_correcting:
        state.draft = state.draft._replace(text=entry)
    else:
        state.reason = entry


def close_texts(state: LabelState) -> None:
    """Keys go to no text; an answer that waited for its reason is held a moment longer."""
    was_explaining = state.reason.is_open
    state.reason = entries.left(state.reason)
    state.draft = state.draft._replace(text=replace(state.draft.text, is_open=False))
    if was_explaining and state.held is not None and not state.is_late:
        state.release_at = state.now + HELD
