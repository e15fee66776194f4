"""Which mind or language model is used where none is named? The shipped one; and where one lies that is named."""

from pathlib import Path

from agents.language.model.tokenizer import TOKENIZER
from agents.training.checkpoint import MANIFEST
from social_rl.runs.run_folder import CONFIG, newest_checkpoint

MINDS = Path(__file__).parent.parent / "minds"
SHIPPED, SHIPPED_LANGUAGE = MINDS / "instruct", MINDS / "language"


def find_checkpoint(named: Path | None) -> Path:
    """The folder of a checkpoint: the one that is named, the newest one of a named run, or the shipped one.

    Raises:
        ValueError: there is none.
    """
    if named is None:
        if not (SHIPPED / MANIFEST).exists():
            raise ValueError(
                "no mind is shipped with this version: name a checkpoint, or train one with social-rl train instruct"
            )
        return SHIPPED
    if (named / MANIFEST).exists():
        return named
    return newest_checkpoint(named)


def find_language_model(named: Path | None) -> Path:
    """Where a language model lies, for `read_model`: a folder with one or a GGUF file that is named, the newest
    checkpoint of a named run, or the shipped one.

    Raises:
        ValueError: there is none.
    """
    if named is None:
        if not (SHIPPED_LANGUAGE / TOKENIZER).exists():
            raise ValueError(
                "no language model is shipped with this version: name one, or train one with social-rl rlhf sft"
            )
        return SHIPPED_LANGUAGE
    if named.suffix == ".gguf" or (named / TOKENIZER).exists():
        return named
    if not (named / CONFIG).exists():
        raise ValueError(
            f"{named} is no language model and no run of one: name a folder with {CONFIG}, *.safetensors and "
            f"{TOKENIZER}, a run of social-rl rlhf sft, or a GGUF file"
        )
    newest = newest_checkpoint(named)
    if not (newest / TOKENIZER).exists():
        raise ValueError(
            f"{named} is a run of another kind: its checkpoints hold no language model; name one of rlhf sft"
        )
    return newest
