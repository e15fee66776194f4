"""What does the labelling window know? What is asked, how it is shown, and what has been answered so far."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from social_rl.human_feedback.labelling.answers import Sent
from social_rl.human_feedback.labelling.clips import Clip
from social_rl.human_feedback.labelling.desk import DAMAGED, Desk
from social_rl.human_feedback.preferences.comparison import Comparison, Kind
from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.labelling import clock as clocks
from social_rl.viewer.labelling.clock import Clock
from social_rl.viewer.labelling.drafts import Draft, begun
from social_rl.viewer.labelling.reel import Reel, reel_of

HELD = 2.5  # seconds for which an answer can be undone
AGAIN = 3.0  # seconds between two tries to reach the store
MORE = 10.0  # seconds between two looks for more, where nothing is left
LOADING = 0.05  # seconds between two looks at a clip that is being made

Screen = Reel | str | None  # a clip, why it cannot be shown, or None: there is no replay


@dataclass
class LabelState:
    """What `picture.paint` draws and `commands.do` changes. Times are in seconds, from any beginning."""

    desk: Desk
    rater: str
    load: Callable[[str], Clip]  # the clip of a replay; raises ValueError or OSError
    worker: Executor  # makes clips
    now: float = 0.0
    size: tuple[int, int] = (1280, 800)  # of the window, in pixels
    scale: float = 1.0  # of text and spacing
    done: int = 0  # comparisons that the rater has answered
    everything: int = 0
    skipped: int = 0  # in this session, without an answer
    queue: list[Comparison] = field(default_factory=list)  # what may be asked next
    question: Comparison | None = None
    loading: Future[tuple[Screen, ...]] | None = None
    screens: tuple[Screen, ...] = ()  # of each place, once all are loaded
    clock: Clock = field(default_factory=Clock)
    scroll: int = 0  # lines by which transcripts are moved up
    draft: Draft = field(default_factory=Draft)
    reason: Entry = field(default_factory=Entry)
    shown_at: float = 0.0
    held: Sent | None = None  # an answer that can be undone still
    chosen: tuple[int, ...] = ()  # places that it prefers
    release_at: float = 0.0
    is_late: bool = False  # could the answer that is held not be stored?
    ask_at: float | None = None  # when the desk is asked again
    notice: str = ""
    trouble: str = ""
    help: bool = False
    scrubbing: bool = False
    is_open: bool = True

    @property
    def is_ready(self) -> bool:
        """Can an answer be given?"""
        return self.question is not None and self.loading is None and self.held is None

    def asks(self, kind: Kind) -> bool:
        """Can an answer be given to a question of this kind?"""
        return self.is_ready and self.question is not None and self.question.kind == kind

    @property
    def is_correcting(self) -> bool:
        """Is the text of a correction being written?"""
        return self.draft.text.is_open

    @property
    def is_writing(self) -> bool:
        """Do keys go to a text?"""
        return self.is_correcting or self.reason.is_open


def ask_next(state: LabelState) -> None:
    """Ask what the desk gives next, or say that there is nothing, or why it does not answer."""
    try:
        state.queue = [*state.desk.upcoming(state.rater)]
        state.done, state.everything = state.desk.progress(state.rater)
    except OSError as error:
        clear(state)
        state.trouble, state.ask_at = f"the store does not answer: {error}", state.now + AGAIN
        return
    if state.ask_at is not None:
        state.trouble = ""
    if state.queue:
        ask(state, state.queue.pop(0))
    else:
        clear(state)
        state.ask_at = state.now + MORE


def ask(state: LabelState, question: Comparison) -> None:
    """Show a comparison; its clips are made beside, and it can be answered when all are there."""
    clear(state)
    state.question, state.draft = question, begun(len(question.shown))
    state.loading = state.worker.submit(_screens, question, state.load)


def clear(state: LabelState) -> None:
    """Nothing is asked."""
    state.question, state.loading, state.screens, state.ask_at = None, None, (), None
    state.clock = Clock(pace=state.clock.pace)
    state.draft, state.reason, state.scroll = Draft(), Entry(), 0
    state.held, state.chosen, state.is_late = None, (), False


def take_screens(state: LabelState) -> None:
    """Show clips that are ready, and let them play."""
    if state.loading is None or not state.loading.done():
        return
    state.screens, state.loading = state.loading.result(), None
    last = max([screen.last for screen in state.screens if isinstance(screen, Reel)], default=0)
    state.clock = clocks.toggled(state.clock._replace(last=last))
    state.shown_at = state.now


def _screens(question: Comparison, load: Callable[[str], Clip]) -> tuple[Screen, ...]:
    return tuple(_screen(question.items[item].replay, load) for item in question.shown)


def _screen(replay: str, load: Callable[[str], Clip]) -> Screen:
    if not replay:
        return None
    try:
        return reel_of(load(replay))
    except (ValueError, OSError):
        return DAMAGED
