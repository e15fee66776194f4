"""What does every window need of the machine? A display, and the next events, waited for without using a processor."""

import os

import pygame

INVISIBLE = ("dummy", "offscreen")  # drivers of SDL that show nothing


def wait(seconds: float | None) -> list[pygame.event.Event]:
    """The next events, after so many seconds at the latest; None: however long it takes."""
    if seconds is None:
        first = pygame.event.wait()
    else:
        milliseconds = int(seconds * 1000)
        first = pygame.event.wait(milliseconds) if milliseconds else pygame.event.poll()
    rest = pygame.event.get()
    return rest if first.type == pygame.NOEVENT else [first, *rest]


def open_display(advice: str = "save a picture: --screenshot FILE.png") -> None:
    """Let windows be opened in this process.

    Args:
        advice: what else can be done without a display, for the error.

    Raises:
        OSError: there is no display, and none was chosen by SDL_VIDEODRIVER.
    """
    chosen = "SDL_VIDEODRIVER" in os.environ
    try:
        pygame.display.init()
        pygame.font.init()
        is_unseen = pygame.display.get_driver() in INVISIBLE
    except pygame.error as error:
        raise OSError(f"{NO_DISPLAY}, or {advice} ({error})") from None
    if is_unseen and not chosen:
        pygame.display.quit()
        raise OSError(f"{NO_DISPLAY}, or {advice}")


NO_DISPLAY = "there is no display for the window: set DISPLAY (ssh -X, Xvfb)"


def open_window(size: tuple[int, int], title: str) -> tuple[int, int]:
    """Open the window of this process, no larger than the desktop; returns its size in pixels."""
    if pygame.display.get_driver() not in INVISIBLE:
        wide, high = pygame.display.get_desktop_sizes()[0]
        size = min(size[0], wide - 40), min(size[1], high - 90)
    pygame.display.set_mode(size, pygame.RESIZABLE)
    pygame.display.set_caption(title)
    pygame.key.set_repeat(350, 45)
    pygame.key.start_text_input()
    return size


def put_on_screen(picture: pygame.Surface) -> None:
    """Show a picture in the window."""
    screen = pygame.display.get_surface()
    if screen is not None:
        screen.blit(picture, (0, 0))
        pygame.display.flip()


def post_all(events: list[pygame.event.Event]) -> None:
    """Leave events to whoever waits for them next."""
    for event in events:
        pygame.event.post(event)


def is_held_down(event: pygame.event.Event, held: set[int]) -> bool:
    """Is this from a key that was down already? Keeps `held` up to date."""
    if event.type == pygame.KEYUP:
        held.discard(event.key)
    if event.type != pygame.KEYDOWN:
        return False
    repeated = event.key in held
    held.add(event.key)
    return repeated
