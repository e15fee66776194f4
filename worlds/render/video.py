"""How do frames become a film? GIF and WebP with Pillow, MP4 with PyAV."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float = 8) -> Path:
    """Write frames, uint8[H, W, 3] of one size, as .gif, .webp or .mp4; the file appears only when complete.

    A GIF or WebP joins equal frames that follow each other into one that lasts longer.

    Raises:
        ValueError: an unknown suffix, no frames, frames of another shape or type, or fps out of range.
        ImportError: Pillow or PyAV is not installed.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"{path}: a film ends in {', '.join(WRITERS)}, not {path.suffix or 'nothing'!r}")
    if not 0 < fps <= 100:
        raise ValueError(f"{path}: fps is {fps}, allowed are more than 0 up to 100 frames a second")
    checked = _checked(path, frames)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        write(partial, checked, fps)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _checked(path: Path, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise ValueError(f"{path}: a film needs at least one frame")

    def check(i: int, frame: np.ndarray) -> np.ndarray:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape != (*first.shape[:2], 3):
            raise ValueError(
                f"{path}: frame {i} is {frame.dtype}{list(frame.shape)}, "
                f"every frame must be uint8[H, W, 3] and as large as the first, {list(first.shape)}"
            )
        return frame

    return (check(i, frame) for i, frame in enumerate(chain([first], rest)))


def _write_gif(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    # Without dither, so that a still wall stays still from frame to frame.
    images = (_image(frame).quantize(256, dither=0) for frame in frames)
    _save(path, images, fps, optimize=False, disposal=1)


def _write_webp(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    _save(path, (_image(frame) for frame in frames), fps, lossless=True, method=2)


def _save(path: Path, images: Iterator[Any], fps: float, **how: Any) -> None:
    next(images).save(path, save_all=True, append_images=images, duration=round(1000 / fps), loop=0, **how)


def _image(frame: np.ndarray) -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("GIF and WebP films need Pillow: pip install pillow") from error
    return Image.fromarray(frame)


def _write_mp4(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    try:
        import av
    except ImportError as error:
        raise ImportError("MP4 films need PyAV: pip install av; or write a .gif") from error
    from fractions import Fraction

    with av.open(str(path), "w") as container:
        stream = None
        for frame in frames:
            # H.264 halves the resolution of colour, so both sides must be even.
            even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
                stream.height, stream.width, _ = even.shape
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "18", "preset": "veryfast"}
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        if stream is not None:
            container.mux(stream.encode(None))


WRITERS: dict[str, Callable[[Path, Iterator[np.ndarray], float], None]] = {
    ".gif": _write_gif,
    ".mp4": _write_mp4,
    ".webp": _write_webp,
}
