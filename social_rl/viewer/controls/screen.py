"""What does every window need of the machine? A display, and the next events, waited for without using a processor."""

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
