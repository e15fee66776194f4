"""What can `social-rl rlhf understand` be asked for?"""

from dataclasses import dataclass
from typing import Literal

from social_rl.commands.common import File


@dataclass(frozen=True)
class Understand:
    """Measure how well free wordings are understood."""

    file: File = None
    """rows of wording, tab, meaning (an instruction in plain words, ask or cannot); none: wordings of the package"""
    split: Literal["train", "development", "test"] = "development"
    """which wordings of the package; test is for the last word only"""
    model: str = "grammar"
    """who understands them: grammar, lm (the language model that is shipped), grammar+lm (the grammar first), the path
    of a language model or of its run, or grammar+PATH"""
    json: File = None
    """write shares, intervals and the rows that failed here"""
