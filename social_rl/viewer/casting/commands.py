"""What can be chosen on the first screen? Every key and click is one of these: `do(state, "scenario", "maze")`."""

from collections.abc import Callable
from dataclasses import replace

from social_rl.episodes.casting import check_policy
from social_rl.viewer.casting.model import CHOICES, POLICY, SIDES, StartState, made
from social_rl.viewer.controls import entry as entries
from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale


def do(state: StartState, command: str, *values: object) -> StartState:
    """Carry out a command by its name; what cannot be is said in the notice.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    return COMMANDS[command](replace(state, notice=""), *values)


def scenario(state: StartState, name: str) -> StartState:
    """Choose another scenario, as it usually is."""
    try:
        made(name, ())
    except (ValueError, ImportError) as error:
        return replace(state, notice=str(error))
    return replace(state, name=name, choices=(), selected=0)


def next_scenario(state: StartState, by: int) -> StartState:
    """Choose the scenario that is so many further in the list."""
    names = state.scenarios
    at = names.index(state.name) if state.name in names else 0
    return scenario(state, names[(at + by) % len(names)])


def choose(state: StartState, text: str) -> StartState:
    """Take other choices of the scenario, as in `agents=3 split=S1`."""
    choices = tuple(text.split())
    try:
        made(state.name, choices)
    except (ValueError, ImportError) as error:
        return replace(state, entry=entries.refused(state.entry, str(error).partition(": ")[2] or str(error)))
    return replace(leave(state), choices=choices, selected=0)


def select(state: StartState, a: int, side: str = "") -> StartState:
    """Choose for agent `a`, in the cast or beside it."""
    return replace(state, selected=a % len(state.scenario.agents), side=side or state.side)


def next_agent(state: StartState) -> StartState:
    """Choose for the next agent; after the last one, for the first one of the other side."""
    last = state.selected == len(state.scenario.agents) - 1
    side = SIDES[1 - SIDES.index(state.side)] if last else state.side
    return select(state, state.selected + 1, side)


def play_by(state: StartState, policy: str) -> StartState:
    """Let a policy play the selected agent."""
    name = state.scenario.agents[state.selected]
    try:
        check_policy(f"{name.lower()}={policy}", policy)
    except (ValueError, OSError, ImportError) as error:
        if state.writing:
            return replace(state, entry=entries.refused(state.entry, str(error)))
        return replace(state, notice=str(error))
    said = dict(getattr(state, state.side)) | {name: policy}
    return replace(leave(state), **{state.side: tuple(said.items())})


def next_policy(state: StartState, by: int) -> StartState:
    """Let the policy play that is so many further in the list."""
    now = state.who(state.side)[state.scenario.agents[state.selected]]
    at = state.policies.index(now) if now in state.policies else 0
    return play_by(state, state.policies[(at + by) % len(state.policies)])


def alone(state: StartState) -> StartState:
    """Compare nobody: one cast alone."""
    return replace(state, beside=(), side="cast")


def seed(state: StartState, by: int) -> StartState:
    """Take another seed."""
    return replace(state, seed=(state.seed + by) % 2**64)


def write(state: StartState, what: str) -> StartState:
    """Open the entry: for choices of the scenario, or for a policy that is not in the list."""
    agent = state.scenario.agents[state.selected]
    text = " ".join(state.choices) if what == CHOICES else state.who(state.side)[agent]
    return replace(state, writing=what, entry=entries.Entry(text, len(text), is_open=True))


def type_text(state: StartState, text: str) -> StartState:
    """Write into the entry."""
    return replace(state, entry=entries.typed(state.entry, text))


def rub(state: StartState, by: int) -> StartState:
    """Remove so many characters after (below 0: before) the caret."""
    return replace(state, entry=entries.erased(state.entry, state.entry.caret + by))


def caret(state: StartState, by: int) -> StartState:
    """Move the caret."""
    return replace(state, entry=entries.moved(state.entry, state.entry.caret + by))


def enter(state: StartState) -> StartState:
    """Done with the entry."""
    text = state.entry.text.strip()
    return choose(state, text) if state.writing == CHOICES else play_by(state, text)


def leave(state: StartState) -> StartState:
    """Close what is open: the help, or the entry."""
    return replace(state, help=False, writing="", entry=entries.Entry())


def go(state: StartState) -> StartState:
    """Play; closing that window comes back here."""
    return replace(leave(state), opens="play")


def edit(state: StartState) -> StartState:
    """Paint a level of this scenario; leaving the editor comes back here."""
    return replace(leave(state), opens="edit")


def change_theme(state: StartState) -> StartState:
    """Dark, or light."""
    return replace(state, is_dark=not state.is_dark)


def show_help(state: StartState) -> StartState:
    """Show all keys, or hide them."""
    return replace(state, help=not state.help)


def resize(state: StartState, wide: int, high: int) -> StartState:
    """The window has another size."""
    return replace(state, size=drawn_size(wide, high))


def zoom(state: StartState, by: float) -> StartState:
    """Larger text, as far as the window has room, or smaller."""
    wanted = next_scale(state.scale, by)
    return replace(state, scale=fitting_scale(wanted, state.size))


def back(state: StartState) -> StartState:
    """Close this screen."""
    return replace(state, is_open=False)


def close(state: StartState) -> StartState:
    """Close the window."""
    return replace(state, is_open=False, quits=True)


COMMANDS: dict[str, Callable[..., StartState]] = {
    "scenario": scenario, "next scenario": next_scenario, "choose": choose, "select": select,
    "next agent": next_agent, "play by": play_by, "next policy": next_policy, "alone": alone, "seed": seed,
    "write choices": lambda state: write(state, CHOICES), "write policy": lambda state: write(state, POLICY),
    "type": type_text, "rub": rub, "caret": caret, "enter": enter, "leave": leave, "go": go, "edit": edit,
    "theme": change_theme, "help": show_help, "resize": resize, "zoom": zoom, "back": back, "close": close,
}  # fmt: skip
