"""Which model speaks? A causal language model of transformers and its tokenizer: new, ours, or anybody's from a folder.

Nothing is downloaded, no code of others is run, and no pickle is opened.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import save
from tokenizers import Tokenizer
from torch import Tensor

from agents.language.model.meaning import (
    MEANING,
    Meaning,
    Projection,
    WordVectors,
    installed_encoder,
    meaning_file,
    read_projection,
)
from agents.language.model.tokenizer import BOS, EOS, PAD, TOKENIZER, decode, encode, hardened, read_tokenizer
from agents.training.checkpoint import MANIFEST, CheckpointError, check_whole, read_manifest, write_checkpoint

CONFIG, WEIGHTS = "config.json", "model.safetensors"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")
EXTRA = "pip install 'social-rl[language]'"
LORA_LAYERS = "all-linear"
KIND = "language model"  # what the manifest of a checkpoint says it is


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a new model; as it stands 0.86 million parameters beside its embeddings."""

    kind: Literal["llama", "gpt2"] = "llama"
    layers: int = 4
    width: int = 128
    heads: int = 4
    context: int = 256
    """tokens of a prompt and its answer together"""
    vocabulary: int = 2048
    """tokens that its tokenizer has"""

    def __post_init__(self) -> None:
        if self.kind not in ("llama", "gpt2"):
            raise ValueError(f"kind is {self.kind!r}, allowed are 'llama' and 'gpt2'")
        for name in ("layers", "width", "heads", "context", "vocabulary"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are 1 or more")
        if self.width % (2 * self.heads):
            raise ValueError(
                f"width is {self.width}, allowed with {self.heads} heads are multiples of {2 * self.heads}"
            )


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model and what is needed to talk to it."""

    model: Any
    """a PreTrainedModel of transformers, or what peft makes of one"""
    tokenizer: Tokenizer
    begin: tuple[int, ...]
    """tokens before every prompt: <bos>, or nothing if the model knows no such token"""
    ends: tuple[int, ...]
    """tokens that end an answer; the first is the one that is learned"""
    pad: int
    """what fills rows up; none of `ends`, and masked wherever it stands"""
    context: int
    """tokens of a prompt and its answer together"""
    stop_V: Tensor
    """which tokens end an answer: those of the end, and those with a line break"""
    meaning: Meaning | None = None
    """what the words of prompts mean, if the model knows more than tokens of them"""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of prompts, what begins them included."""
        return [[*self.begin, *row] for row in encode(self.tokenizer, texts)]

    def encode_answers(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of answers, their end included."""
        return [[*row, self.ends[0]] for row in encode(self.tokenizer, texts)]

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Texts without special tokens."""
        return decode(self.tokenizer, rows)

    def token_texts(self) -> list[str]:
        """What each token stands for after other text, its space included; "" for special and unknown ones."""
        (anchor,) = encode(self.tokenizer, ["a"])
        before = len(self.decode([anchor])[0])
        return [text[before:] for text in self.decode([[*anchor, i] for i in range(len(self.stop_V))])]


def new_model(config: ModelConfig, tokenizer: Tokenizer, seed: int = 0) -> LanguageModel:
    """A model with weights drawn by a seed; the drawing of others is not disturbed.

    Raises:
        ValueError: the tokenizer has another size than the config says, or lacks a special token.
    """
    from transformers import AutoModelForCausalLM

    if tokenizer.get_vocab_size() != config.vocabulary:
        raise ValueError(
            f"vocabulary is {config.vocabulary}, but the tokenizer has {tokenizer.get_vocab_size()} tokens: give its "
            "size to the config"
        )
    for token in (PAD, BOS, EOS):
        if tokenizer.token_to_id(token) is None:
            raise ValueError(f"the tokenizer has no token {token}: train one with train_tokenizer")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = transformers_config(config, tokenizer)
        without_dropout(shape)
        model = AutoModelForCausalLM.from_config(shape, dtype=torch.float32)
    return spoken(model, tokenizer)


def transformers_config(config: ModelConfig, tokenizer: Tokenizer) -> Any:
    """A shape as transformers describes it."""
    from transformers import GPT2Config, LlamaConfig

    special = {
        "pad_token_id": tokenizer.token_to_id(PAD),
        "bos_token_id": tokenizer.token_to_id(BOS),
        "eos_token_id": tokenizer.token_to_id(EOS),
        "tie_word_embeddings": True,
        "vocab_size": config.vocabulary,
    }
    if config.kind == "gpt2":
        return GPT2Config(
            n_layer=config.layers, n_embd=config.width, n_head=config.heads, n_positions=config.context,
            **special,
        )  # fmt: skip
    return LlamaConfig(
        num_hidden_layers=config.layers, hidden_size=config.width, num_attention_heads=config.heads,
        num_key_value_heads=config.heads, head_dim=config.width // config.heads,
        intermediate_size=3 * config.width, max_position_embeddings=config.context, **special,
    )  # fmt: skip


def read_model(path: Path, dtype: torch.dtype = torch.float32, encoder: Path | None = None) -> LanguageModel:
    """A causal language model from a folder as Hugging Face has them, one of our checkpoints, or a GGUF file.

    Args:
        path: the folder or file.
        dtype: of its weights once they are read.
        encoder: folder of what a model reads words through, if it does; without it, the one that is installed.

    Raises:
        ValueError: something is missing, is damaged, is a pickle, or is no causal language model; names the file. Or
            the model reads words through an encoder that is another one or is not installed.
        ImportError: a GGUF file, and the extra `language` is not installed.
    """
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    if path.suffix == ".gguf":
        return read_gguf(path, dtype)
    check_folder(path)
    try:
        config: Any = AutoConfig.from_pretrained(str(path), local_files_only=True, trust_remote_code=False)
        without_dropout(config)
        model = AutoModelForCausalLM.from_pretrained(
            str(path), config=config, dtype=dtype, local_files_only=True, trust_remote_code=False,
            use_safetensors=True,
        )  # fmt: skip
    except (ValueError, OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} is no causal language model that can be read: {error}") from None
    model.config.name_or_path = ""  # where it lay is nobody's business where it is written to
    language_model = spoken(model, read_tokenizer(path / TOKENIZER))
    if not (path / MEANING).exists():
        return language_model
    vectors = WordVectors(encoder or installed_encoder())
    language_model = with_meaning(language_model, vectors)
    weight = language_model.model.meaning.weight
    weight.data.copy_(read_projection(path / MEANING, vectors, len(weight)))
    return language_model


def read_gguf(path: Path, dtype: torch.dtype = torch.float32) -> LanguageModel:
    """A model from a GGUF file, whose weights become numbers of `dtype`.

    Raises:
        ImportError: the extra `language` is not installed.
        ValueError: there is no such file, or it is of an architecture that transformers does not know.
    """
    for package in ("gguf", "accelerate"):
        if importlib.util.find_spec(package) is None:
            raise ImportError(f"{path} is a GGUF file, which needs the package {package}: {EXTRA}")
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    if not path.is_file():
        raise ValueError(f"{path} is no file: name a GGUF file, or a folder with {CONFIG}")
    where: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(path.parent), **where)
        config: Any = AutoConfig.from_pretrained(str(path.parent), **where)
        without_dropout(config)
        model = AutoModelForCausalLM.from_pretrained(
            str(path.parent), config=config, dtype=dtype, **unpacked(), **where
        )
    except (ValueError, OSError, KeyError, RuntimeError) as error:
        raise ValueError(f"{path} is no GGUF file that can be read: {error}") from None
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        if getattr(model.config, name, None) is None:
            setattr(model.config, name, getattr(tokenizer, name))
    if hasattr(
        model.config, "quantization_config"
    ):  # its weights are plain numbers now, and so it is written
        delattr(model.config, "quantization_config")
    return spoken(model, hardened(tokenizer.backend_tokenizer))


def unpacked() -> dict[str, Any]:
    """How from_pretrained is told that a GGUF file's weights become plain numbers, from transformers 5.20 on or so.

    Packed ones cannot be learned from, and would be multiplied by code from a hub.
    """
    try:
        from transformers import GgufConfig
    except ImportError:  # it has no other way
        return {}
    return {"quantization_config": GgufConfig(dequantize=True)}


def write_model(folder: Path, language_model: LanguageModel, manifest: dict[str, Any] | None = None) -> None:
    """Write a model as a new folder, which `read_model` and transformers both read; what LoRA has learned is merged in.

    Raises:
        FileExistsError: there is such a folder.
    """
    write_checkpoint(folder, model_files(language_model), {"kind": KIND, **(manifest or {})})


def model_files(language_model: LanguageModel) -> dict[str, bytes]:
    """The content of the files of a model by name, as `write_model` writes them."""
    model, meaning = merged(language_model).model, language_model.meaning
    kept: dict[int, str] = {}
    for name, tensor in model.state_dict().items():
        if name.startswith("meaning."):
            continue  # transformers knows no such weights: they have a file of their own
        kept.setdefault(tensor.data_ptr(), name)  # tied weights are written once
    arrays = {name: model.state_dict()[name].detach().cpu().contiguous() for name in kept.values()}
    files = {
        WEIGHTS: save(arrays, metadata={"format": "pt"}),
        CONFIG: model.config.to_json_string(use_diff=False).encode(),
        TOKENIZER: language_model.tokenizer.to_str(pretty=True).encode(),
    }
    if meaning:
        files[MEANING] = meaning_file(meaning, model)
    return files


def with_lora(language_model: LanguageModel, rank: int, seed: int = 0) -> LanguageModel:
    """The same model, frozen, with a learned change of low rank to each linear layer.

    LoRA, Hu et al. 2021, arXiv 2106.09685. At first the change is none. The model that is given becomes a part of the
    one that is returned.

    Raises:
        ImportError: the extra `language` is not installed.
        ValueError: the rank is not 1 or more.
    """
    if rank < 1:
        raise ValueError(f"lora is {rank}, allowed are 1 or more")
    try:
        from peft import LoraConfig, get_peft_model  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ImportError(f"LoRA needs the package peft: {EXTRA}") from None
    from transformers.pytorch_utils import Conv1D

    chosen = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules=LORA_LAYERS, task_type="CAUSAL_LM",
        fan_in_fan_out=any(isinstance(layer, Conv1D) for layer in language_model.model.modules()),
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = get_peft_model(language_model.model, chosen)
    if language_model.meaning:
        model.meaning.requires_grad_(True)
    return LanguageModel(**{**vars(language_model), "model": model.eval()})


def with_meaning(language_model: LanguageModel, vectors: WordVectors) -> LanguageModel:
    """The same model, which also reads the words of prompts as an encoder takes them; at first that changes nothing.

    The model that is given becomes a part of the one that is returned, and what it learns is among its parameters.
    """
    weight = language_model.model.get_input_embeddings().weight
    projection = Projection(vectors.size, weight.shape[1]).to(weight.device, weight.dtype)
    language_model.model.add_module("meaning", projection)
    meaning = Meaning(vectors, tuple(language_model.token_texts()))
    return LanguageModel(**{**vars(language_model), "meaning": meaning})


def merged(language_model: LanguageModel) -> LanguageModel:
    """A copy whose changes of low rank are a part of its weights; the same model if it has none."""
    if not hasattr(language_model.model, "merge_and_unload"):
        return language_model
    from copy import deepcopy

    model = deepcopy(language_model.model).merge_and_unload().requires_grad_(True)
    return LanguageModel(**{**vars(language_model), "model": model})


# ---- what a model must have ---------------------------------------------------------------------------
def check_folder(folder: Path) -> None:
    """Raise a ValueError unless a folder holds what a model needs, undamaged if it is ours, and no pickle."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder: name one with {CONFIG}, *.safetensors and {TOKENIZER}")
    for pattern in PICKLES:
        for found in sorted(folder.glob(pattern)):
            raise ValueError(
                f"{found} may be a pickle, which runs code when it is read: allowed are safetensors; convert it with "
                "its author's tools, and take it out of the folder"
            )
    for needed in (CONFIG, "*.safetensors", TOKENIZER):
        if not any(folder.glob(needed)):
            raise ValueError(
                f"{folder} lacks {needed}: save_pretrained of a model and a fast tokenizer writes it"
            )
    if (folder / MANIFEST).exists():
        try:
            read_manifest(folder)
            check_whole(folder)
        except CheckpointError as error:
            raise ValueError(str(error)) from None


def without_dropout(config: Any) -> None:
    """Let a config drop nothing out: what is learned from must be what was said."""
    for part in (config, *(getattr(config, name) for name in getattr(config, "sub_configs", {}))):
        for name, value in vars(part).items():
            if isinstance(value, float) and ("dropout" in name or name.endswith("pdrop")):
                setattr(part, name, 0.0)


def spoken(model: Any, tokenizer: Tokenizer) -> LanguageModel:
    """A model of transformers with its special tokens, its context and its line breaks.

    Raises:
        ValueError: it has no end of text, or does not say how long its context is.
    """
    text = model.config.get_text_config()
    ends: list[int] = []
    for named in (text.eos_token_id, model.generation_config.eos_token_id):
        ends += [named] if isinstance(named, int) else list(named or ())
    if not ends:
        raise ValueError(f"{CONFIG} names no eos_token_id: a model must be able to end an answer")
    context = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
    if not context:
        raise ValueError(f"{CONFIG} names no max_position_embeddings: how long may a prompt be?")
    bos, pad = text.bos_token_id, text.pad_token_id
    if pad is None or pad < 0 or pad in ends:
        pad = next(token for token in range(len(ends) + 1) if token not in ends)
    model.eval()
    return LanguageModel(
        model=model, tokenizer=tokenizer, begin=() if bos is None else (bos,), ends=tuple(dict.fromkeys(ends)), pad=pad,
        context=int(context), stop_V=stops(tokenizer, ends, int(text.vocab_size)).to(model.device),
    )  # fmt: skip


def stops(tokenizer: Tokenizer, ends: list[int], vocabulary: int) -> Tensor:
    """Which tokens end an answer, [V] bool: the ends of text, and those whose text has a line break in it."""
    maybe = [
        token
        for piece, token in tokenizer.get_vocab().items()
        if token < vocabulary and ("\n" in piece or "Ċ" in piece or piece == "<0x0A>")
    ]
    stop_V = torch.zeros(vocabulary, dtype=torch.bool)
    stop_V[[token for token in maybe if "\n" in tokenizer.decode([token], skip_special_tokens=False)]] = True
    stop_V[ends] = True
    return stop_V
