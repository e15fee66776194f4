"""How does a language model answer the prompts of a Language policy? In the grammar, and equal prompts only once.

What is meant, the model first says by itself. Only where that is no answer is it held to the grammar: so it is known
how often it needs that, and masks cost nothing where it does not. What to do next it chooses among the answers that
serve what was meant.
"""

import functools
from collections.abc import Sequence

import torch

from agents.language.answers import read_answer, read_meaning
from agents.language.grammar import TokenAutomaton, meaning_grammar
from agents.language.model.choosing import Trees, choose
from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel
from agents.language.policy import Language
from agents.types import Policy

MEANING_TOKENS, NEXT_TOKENS = 96, 48  # that an answer has at most
MOST_KEPT = 1 << 16  # answers

Asked = tuple[str, tuple[str, ...]]  # a prompt, and the answers to choose from, if any


class Responder:
    """Answers to prompts: what is likeliest, or what is drawn at a temperature.

    Args:
        language_model: who answers.
        constrained: answers are of the grammar, whatever the model would rather say.
        temperature: 0 takes the likeliest token.
        chance: draws tokens at a temperature above 0.

    Raises:
        ValueError: a temperature without chance, or the context is too short for answers.
    """

    def __init__(
        self,
        language_model: LanguageModel,
        *,
        constrained: bool = True,
        temperature: float = 0.0,
        chance: torch.Generator | None = None,
    ) -> None:
        if temperature > 0 and chance is None:
            raise ValueError(f"temperature is {temperature}, which needs chance: give a torch.Generator")
        self.language_model, self.temperature, self.chance = language_model, temperature, chance
        self.limit = language_model.context - MEANING_TOKENS
        if self.limit <= 0:
            raise ValueError(
                f"the context is {language_model.context} tokens, answers take {MEANING_TOKENS}: choose a longer one"
            )
        self._trees = Trees(language_model)
        self._constrained = constrained
        self._kept: dict[Asked, str] = {}
        self.given = self.parsed = 0

    @property
    def parse_rate(self) -> float:
        """Share of answers given so far that the model would have given unheld; NaN of none.

        What was meant counts if it parsed; what to do next, if no fork went otherwise than the model would have gone.
        """
        return self.parsed / self.given if self.given else float("nan")

    def leading(self, carrier: Policy, *, grammar: bool = False) -> Language:
        """The Policy in which this model leads another one."""
        return Language(self, carrier, limit=self.limit, count=self.count, grammar=grammar)

    def __call__(self, prompts: list[str], choices: Sequence[tuple[str, ...]] | None = None) -> list[str]:
        """An answer to each prompt: one of its choices, or where there are none, what is meant."""
        asked = list(zip(prompts, choices or [()] * len(prompts), strict=True))
        if self.temperature > 0:
            return self._answer(asked)
        new = [one for one in dict.fromkeys(asked) if one not in self._kept]
        if len(self._kept) + len(new) > MOST_KEPT:
            self._kept.clear()
            new = list(dict.fromkeys(asked))
        self._kept |= dict(zip(new, self._answer(new), strict=True))
        return [self._kept[one] for one in asked]

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of texts."""
        return list(map(len, self.language_model.encode(texts)))

    def _answer(self, asked: list[Asked]) -> list[str]:
        answers = [""] * len(asked)
        for is_chosen, answer in ((False, self._meanings), (True, self._chosen)):
            rows = [i for i, (_, choices) in enumerate(asked) if bool(choices) == is_chosen]
            for i, text in zip(rows, answer([asked[i] for i in rows]), strict=True):
                answers[i] = text
        return answers

    def _meanings(self, asked: list[Asked]) -> list[str]:
        """What was meant: freely, and within the grammar where that is no answer."""
        prompts = [prompt for prompt, _ in asked]
        answers = self._said(prompts, MEANING_TOKENS)
        wrong = [i for i, text in enumerate(answers) if read_meaning(text) is None]
        self._count(len(prompts), len(prompts) - len(wrong))
        if self._constrained and wrong:
            again = self._said([prompts[i] for i in wrong], MEANING_TOKENS, self._grammar)
            for i, text in zip(wrong, again, strict=True):
                answers[i] = text
        return answers

    def _chosen(self, asked: list[Asked]) -> list[str]:
        """What to do next: one of the choices."""
        prompts = [prompt for prompt, _ in asked]
        if not self._constrained:
            answers = self._said(prompts, NEXT_TOKENS)
            self._count(len(answers), sum(read_answer(text) is not None for text in answers))
            return answers
        chosen = choose(
            self.language_model, prompts, [self._trees(choices) for _, choices in asked], tokens=NEXT_TOKENS,
            temperature=self.temperature or 1.0, chance=self.chance if self.temperature else None,
        )  # fmt: skip
        self._count(len(prompts), sum(chosen.is_first_B))
        return [choices[n] for (_, choices), n in zip(asked, chosen.number_B, strict=True)]

    def _count(self, given: int, parsed: int) -> None:
        self.given, self.parsed = self.given + given, self.parsed + parsed

    def _said(self, prompts: list[str], tokens: int, allowed: TokenAutomaton | None = None) -> list[str]:
        if not prompts:
            return []
        found = generate(
            self.language_model,
            prompts,
            tokens,
            temperature=self.temperature or 1.0,
            chance=self.chance if self.temperature else None,
            allowed=allowed,
        )
        return [text.strip() for text in found.texts]

    @functools.cached_property
    def _grammar(self) -> TokenAutomaton:
        lm = self.language_model
        return TokenAutomaton(meaning_grammar(), lm.token_texts(), lm.ends)
