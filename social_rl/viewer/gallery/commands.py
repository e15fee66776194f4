"""What can be done in the gallery? Every key, click and button is one of these: `do(state, "look at", 3)`."""

from collections.abc import Callable
from dataclasses import replace

from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale
from social_rl.viewer.gallery.layout import rows_in_view, shape_of
from social_rl.viewer.gallery.model import ORDERS, GalleryState, ordered


def do(state: GalleryState, command: str, *values: object) -> GalleryState:
    """Carry out a command by its name.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    return COMMANDS[command](replace(state, notice=""), *values)


def look_at(state: GalleryState, at: int) -> GalleryState:
    """Look at the level in a place of the order."""
    at = min(max(at, 0), len(state.shown) - 1)
    columns, rows = shape_of(state)[0], rows_in_view(state)
    row = at // columns
    top = min(max(state.top, row - rows + 1), row)
    return replace(state, at=at, top=top)


def go(state: GalleryState, by: int, rows: int = 0) -> GalleryState:
    """Look at the level so many places, and rows, further."""
    return look_at(state, state.at + by + rows * shape_of(state)[0])


def page(state: GalleryState, by: int) -> GalleryState:
    """Look so many pages further."""
    return go(state, 0, by * rows_in_view(state))


def scroll(state: GalleryState, rows: int) -> GalleryState:
    """Show other rows; the chosen level stays."""
    columns = shape_of(state)[0]
    last = max(-(-len(state.shown) // columns) - rows_in_view(state), 0)
    return replace(state, top=min(max(state.top + rows, 0), last))


def order(state: GalleryState, name: str) -> GalleryState:
    """Show levels in another order, the first one of it chosen.

    Raises:
        ValueError: there is no such order.
    """
    if name not in ORDERS:
        raise ValueError(f"no order is called {name!r}: there are {', '.join(ORDERS)}")
    return replace(state, order=name, shown=ordered(state.records, name), at=0, top=0)


def next_order(state: GalleryState) -> GalleryState:
    """Show levels in the next order."""
    names = [*ORDERS]
    return order(state, names[(names.index(state.order) + 1) % len(names)])


def to_parent(state: GalleryState) -> GalleryState:
    """Look at the level that the chosen one was made from."""
    number = state.by_id.get(state.chosen.get("parent", ""), -1)
    if number < 0:
        was = "was drawn" if not state.chosen.get("parent") else "has a parent that is not in this curriculum"
        return replace(state, notice=f"This level {was}.")
    return look_at(state, state.shown.index(number))


def to_child(state: GalleryState) -> GalleryState:
    """Look at the best of the levels that were made from the chosen one."""
    mine = state.chosen["id"]
    found = [at for at, n in enumerate(state.shown) if state.records[n].get("parent") == mine]
    if not found:
        return replace(state, notice="No level here was made from this one.")
    return look_at(state, found[0])


def open_above(state: GalleryState, what: str) -> GalleryState:
    """Play the chosen level, or paint it; closing that window comes back here."""
    return replace(state, opens=what)


def show_help(state: GalleryState) -> GalleryState:
    """Show all keys, or hide them."""
    return replace(state, help=not state.help)


def leave(state: GalleryState) -> GalleryState:
    """Close the help."""
    return replace(state, help=False)


def change_theme(state: GalleryState) -> GalleryState:
    """Dark, or light."""
    return replace(state, is_dark=not state.is_dark)


def resize(state: GalleryState, wide: int, high: int) -> GalleryState:
    """The window has another size; the chosen level stays in view."""
    return look_at(replace(state, size=drawn_size(wide, high)), state.at)


def zoom(state: GalleryState, by: float) -> GalleryState:
    """Larger text and pictures, or smaller."""
    wanted = next_scale(state.scale, by)
    return look_at(replace(state, scale=max(fitting_scale(wanted, state.size), 0.5)), state.at)


def back(state: GalleryState) -> GalleryState:
    """Close the gallery."""
    return replace(state, is_open=False)


def close(state: GalleryState) -> GalleryState:
    """Close the window."""
    return replace(state, is_open=False, quits=True)


COMMANDS: dict[str, Callable[..., GalleryState]] = {
    "look at": look_at, "go": go, "page": page, "scroll": scroll, "order": order, "next order": next_order,
    "to parent": to_parent, "to child": to_child, "play": lambda state: open_above(state, "play"),
    "edit": lambda state: open_above(state, "edit"), "help": show_help, "leave": leave, "theme": change_theme,
    "resize": resize, "zoom": zoom, "back": back, "close": close,
}  # fmt: skip
