"""How does text become tokens? Byte-pair encoding over bytes, so that any text at all comes back as it was.

Every text is bytes before it is merged into longer tokens: a typo, a curly quote, an emoji or a control character is
read as something, and none is unknown (Radford et al. 2019, section 2.2). A line break is a token of its own, and so is
a digit.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from worlds.files import write_synced

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"  # numbers 0, 1 and 2
SPECIAL = (PAD, BOS, EOS)
TOKENIZER = "tokenizer.json"
FEWEST = len(SPECIAL) + 256  # every byte has a token


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A tokenizer whose merges are the most frequent ones in some texts.

    Args:
        texts: what it will mostly read.
        vocabulary: how many tokens it has at most; fewer if the texts have no more pairs that occur twice.

    Raises:
        ValueError: the vocabulary is too small for all bytes.
    """
    if vocabulary < FEWEST:
        raise ValueError(
            f"vocabulary is {vocabulary}, allowed are {FEWEST} (every byte, {', '.join(SPECIAL)}) or more"
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
        [
            pre_tokenizers.Split(Regex(r"\n|\d"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator((unicode(text) for text in texts), trainer)
    return hardened(tokenizer)


def write_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Write a tokenizer as a tokenizer.json."""
    write_synced(path, tokenizer.to_str(pretty=True).encode())


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a tokenizer.json, ours or that of a model from Hugging Face.

    Raises:
        ValueError: it is not there, or is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}): put the fast tokenizer of the model there, as save_pretrained "
            "of a fast tokenizer writes it"
        ) from None
    try:
        return hardened(Tokenizer.from_str(text))
    except Exception as error:  # the library raises bare Exceptions
        raise ValueError(f"{path} is no tokenizer: {error}; allowed is a tokenizer.json") from None


def hardened(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer, to which "<eos>" in a text is five characters: nobody ends a prompt by typing that."""
    tokenizer.encode_special_tokens = True  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The tokens of each text; nothing is added before or after."""
    found = tokenizer.encode_batch([unicode(text) for text in texts], add_special_tokens=False)
    return [part.ids for part in found]


def decode(tokenizer: Tokenizer, rows: Sequence[Sequence[int]]) -> list[str]:
    """The text of each row of tokens; special tokens are left out, bytes that are no character become U+FFFD."""
    return tokenizer.decode_batch([list(row) for row in rows], skip_special_tokens=True)


def unicode(text: str) -> str:
    """A text without halves of surrogate pairs, which are no characters and which UTF-8 cannot hold: U+FFFD instead."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
