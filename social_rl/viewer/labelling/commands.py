"""What can be done to the labelling window? Every key and button is one of these commands: `do(state, "tie")`."""

import secrets
from collections.abc import Callable

from social_rl.human_feedback.labelling.answers import SKIPS, Sent, check_sent
from social_rl.human_feedback.preferences.comparison import Answer, Kind
from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale
from social_rl.viewer.labelling import clock as clocks
from social_rl.viewer.labelling import drafts
from social_rl.viewer.labelling.model import (
    AGAIN,
    HELD,
    LOADING,
    LabelState,
    ask,
    ask_next,
    take_screens,
)
from social_rl.viewer.labelling.texts import (
    close_texts,
    erase,
    explain,
    leave,
    move,
    new_line,
    type_text,
    write,
)

MOST_SECONDS_A_TICK = 2.0  # a window that was held up does not leap


def do(state: LabelState, command: str, *values: object) -> None:
    """Carry out a command by its name.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    if command not in SILENT:
        state.notice = ""
    COMMANDS[command](state, *values)


# ---- time ----------------------------------------------------------------------------------------------
def tick(state: LabelState, now: float) -> None:
    """It is later: clips play on, clips that were made are shown, an answer that was held is stored."""
    passed, state.now = min(now - state.now, MOST_SECONDS_A_TICK), now
    state.clock = clocks.after(state.clock, passed)
    take_screens(state)
    if state.held is not None and now >= state.release_at:
        release(state)
    elif state.ask_at is not None and now >= state.ask_at:
        ask_next(state)


def until_next(state: LabelState) -> float | None:
    """Seconds until something changes by itself; None: nothing does."""
    waits = [
        clocks.until_next(state.clock),
        LOADING if state.loading is not None else None,
        state.release_at - state.now if state.held is not None else None,
        state.ask_at - state.now if state.ask_at is not None else None,
    ]
    return min((max(wait, 0.0) for wait in waits if wait is not None), default=None)


def pause(state: LabelState) -> None:
    """Stop the clips, or let them go on."""
    state.clock = clocks.toggled(state.clock)


def by(state: LabelState, steps: int) -> None:
    """Stop, and show so many steps later."""
    state.clock = clocks.by(state.clock, steps)


def go_to(state: LabelState, step: int) -> None:
    """Stop, and show a step."""
    state.clock = clocks.at(state.clock, step)


def reverse(state: LabelState) -> None:
    """Let the clips play in the other direction."""
    state.clock = clocks.reversed_(state.clock)


def faster(state: LabelState, paces: int) -> None:
    """Let the clips play faster, or slower."""
    state.clock = clocks.faster(state.clock, paces)


# ---- answers -------------------------------------------------------------------------------------------
def number(state: LabelState, place: int) -> None:
    """Say that what stands at a place is better, or is the next best."""
    if state.question is None or place >= len(state.question.shown):
        return
    if state.asks("choice"):
        answer(state, {"best": state.question.shown[place]}, (place,))
    elif state.asks("ranking"):
        state.draft = drafts.ranked(state.draft, place)


def rank(state: LabelState, place: int, rank: int) -> None:
    """Give a place a rank, 0 the best."""
    if state.asks("ranking"):
        state.draft = drafts.ranked(state.draft, place, rank)


def tie(state: LabelState) -> None:
    """Say that both are as good, or that the next one ties with the last one ranked."""
    if state.asks("choice"):
        answer(state, {"best": "tie"}, (0, 1))
    elif state.asks("ranking"):
        state.draft = drafts.tied(state.draft)


def thumb(state: LabelState, value: int) -> None:
    """Vote, or mark the step that is shown."""
    if state.asks("progress"):
        state.draft = drafts.marked(state.draft, state.clock.step, value)
    elif state.asks("vote") and value:
        answer(state, {"vote": value}, (0,) if value > 0 else ())


def unmark(state: LabelState) -> None:
    """Take the last mark away, or all ranks."""
    if state.is_ready:
        state.draft = drafts.unmarked(state.draft)


def send(state: LabelState) -> None:
    """Send what was put together; or store at once what is held."""
    if state.held is not None:
        release(state)
    elif state.is_ready and state.question is not None:
        found = drafts.answer_of(state.draft, state.question.kind, state.question.shown)
        if found is not None:
            best = tuple(place for place, rank in enumerate(state.draft.ranks) if rank == 0)
            answer(state, found, best)
        else:
            state.notice = MISSING[state.question.kind]


MISSING: dict[Kind, str] = {
    "choice": "Say which is better: 1, 2, or T for a tie.",
    "ranking": "Rank all of them first.",
    "progress": "Mark a step first: U, D or N.",
    "vote": "Vote: U or D.",
    "correction": "Write first what would have been better: W.",
}  # fmt: skip


def skip(state: LabelState) -> None:
    """Answer that one cannot tell; where that is no answer, it is not asked again in this session."""
    if not state.is_ready or state.question is None:
        return
    if (found := SKIPS.get(state.question.kind)) is not None:
        answer(state, found, ())
        return
    state.desk.skip(state.question.id, state.rater)
    state.skipped += 1
    ask_next(state)
    state.notice = "Skipped: it is asked again when you come back another time."


def later(state: LabelState) -> None:
    """Show another comparison first."""
    if not state.is_ready or state.question is None:
        return
    if state.queue:
        state.queue.append(state.question)
        ask(state, state.queue.pop(0))
    else:
        state.notice = "Nothing else is left."


def answer(state: LabelState, given: Answer, chosen: tuple[int, ...]) -> None:
    """Hold an answer for a moment, in which it can be undone."""
    question = state.question
    assert question is not None
    close_texts(state)
    seconds = round(max(state.now - state.shown_at, 0.0), 3)
    state.held = Sent(secrets.token_hex(16), question.id, question.shown, given, seconds, "")
    state.chosen, state.release_at, state.is_late = chosen, state.now + HELD, False


def undo(state: LabelState) -> None:
    """Take back an answer that is held."""
    if state.held is None:
        state.notice = "Nothing is held: what was stored stays stored."
    elif state.is_late:
        state.notice = "It may be stored already: it is tried again."
    else:
        state.held, state.chosen = None, ()


def release(state: LabelState) -> None:
    """Store the answer that is held, and ask what is next."""
    if _store(state):
        ask_next(state)


def _store(state: LabelState) -> bool:
    """Store the answer that is held, with the reason that stands there now; returns whether it is done with.

    Where the store fails, it stays held and is tried again. Where it refuses the answer, that is said and lost.
    """
    if state.held is None or state.question is None:
        return False
    sent = state.held if state.is_late else state.held._replace(reason=state.reason.text)
    try:
        check_sent(sent, state.question.kind, len(state.question.items))
        state.desk.keep(sent, state.rater)
    except ValueError as error:
        state.trouble = f"The answer was not stored: {error}."
    except OSError as error:
        state.trouble = f"Not stored yet, it is tried again: {error}."
        state.held, state.is_late, state.release_at = sent, True, state.now + AGAIN
        return False
    else:
        state.trouble, state.notice = "", "Stored."
    state.held = None
    return True


# ---- the window ----------------------------------------------------------------------------------------
def scroll(state: LabelState, lines: int) -> None:
    """Move transcripts up by so many lines; the picture holds them where they end."""
    state.scroll = max(state.scroll + lines, 0)


def show_help(state: LabelState) -> None:
    """Show all keys, or hide them."""
    state.help = not state.help


def resize(state: LabelState, wide: int, high: int) -> None:
    """The window has another size."""
    state.size = drawn_size(wide, high)


def zoom(state: LabelState, by: float) -> None:
    """Make text and buttons larger, as far as the window has room, or smaller."""
    state.scale = fitting_scale(next_scale(state.scale, by), state.size)


def close(state: LabelState) -> None:
    """Store what is held, and close the window."""
    _store(state)
    state.is_open = False


COMMANDS: dict[str, Callable[..., None]] = {
    "tick": tick, "pause": pause, "by": by, "go to": go_to, "reverse": reverse, "faster": faster, "number": number,
    "rank": rank, "tie": tie, "thumb": thumb, "unmark": unmark, "send": send, "skip": skip, "later": later,
    "undo": undo, "write": write, "explain": explain, "leave": leave, "new line": new_line, "type": type_text,
    "erase": erase, "move": move, "scroll": scroll, "help": show_help, "resize": resize, "zoom": zoom, "close": close,
}  # fmt: skip
SILENT = frozenset(("tick", "resize", "scroll"))  # no answer to what was noticed last
