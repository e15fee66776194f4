"""How many threads may numba use? As many as a command says."""


def set_threads(threads: int) -> None:
    """Let numba use so many threads, 0 for one on each core.

    Raises:
        ValueError: more than there are.
    """
    import numba

    most: int = numba.config.NUMBA_NUM_THREADS  # pyright: ignore
    if not 0 <= threads <= most:
        raise ValueError(f"--threads is {threads}, allowed are 0 (one for each core) to {most}")
    numba.set_num_threads(threads or most)
