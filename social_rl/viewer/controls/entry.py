"""What is being typed? A line of text with a caret, earlier lines to recall, an answer to the last one."""

from dataclasses import dataclass, replace

MAX_LENGTH = 512
MAX_EARLIER = 50


@dataclass(frozen=True)
class Entry:
    """The text entry; each function below returns the next one."""

    text: str = ""
    caret: int = 0  # characters before it
    is_open: bool = False  # do keys go here?
    answer: str = ""  # why the last text was refused
    earlier: tuple[str, ...] = ()  # oldest first
    recalled: int = 0  # how far back in `earlier`, 0: the line being typed
    draft: str = ""  # the line being typed, while earlier ones are looked at


def opened(entry: Entry) -> Entry:
    """Keys go to the entry."""
    return replace(entry, is_open=True, caret=len(entry.text))


def left(entry: Entry) -> Entry:
    """Keys go elsewhere; what was typed stays."""
    return replace(entry, is_open=False, answer="")


def typed(
    entry: Entry, text: str, most: int = MAX_LENGTH, what: str = "an instruction", also: str = ""
) -> Entry:
    """With more text at the caret, of which printable characters stay, and those of `also`.

    Args:
        what: in words, has at most `most` characters.
    """
    text = "".join(c for c in text if c.isprintable() or c in also)
    whole = entry.text[: entry.caret] + text + entry.text[entry.caret :]
    if len(whole) > most:
        return replace(entry, answer=f"{what} has at most {most} characters")
    return replace(entry, text=whole, caret=entry.caret + len(text), answer="")


def erased(entry: Entry, last: int) -> Entry:
    """Without what is between the caret and `last`."""
    first, last = sorted((entry.caret, min(max(last, 0), len(entry.text))))
    return replace(entry, text=entry.text[:first] + entry.text[last:], caret=first, answer="")


def moved(entry: Entry, caret: int) -> Entry:
    """With the caret elsewhere."""
    return replace(entry, caret=min(max(caret, 0), len(entry.text)))


def recalled(entry: Entry, further: int) -> Entry:
    """With an earlier text, `further` back (below 0: forth)."""
    back = min(max(entry.recalled + further, 0), len(entry.earlier))
    if back == entry.recalled:
        return entry
    draft = entry.text if entry.recalled == 0 else entry.draft
    text = entry.earlier[-back] if back else draft
    return replace(entry, text=text, caret=len(text), recalled=back, draft=draft, answer="")


def accepted(entry: Entry) -> Entry:
    """Empty and left, its text among the earlier ones."""
    earlier = tuple(t for t in entry.earlier if t != entry.text) + (entry.text,)
    return Entry(earlier=earlier[-MAX_EARLIER:])


def refused(entry: Entry, answer: str) -> Entry:
    """With an answer; what was typed stays."""
    return replace(entry, answer=answer)
