"""How does a language model answer the prompts of a Language policy? In the grammar, and equal prompts only once.

The model first says what it would say by itself. Only where that is no answer is it held to the grammar: so it is known
how often it needs that, and masks cost nothing where it does not.
"""

from collections.abc import Callable

import torch

from agents.language.answers import read_answer, read_meaning
from agents.language.grammar import Grammar, TokenAutomaton, answer_grammar, meaning_grammar
from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel
from agents.language.policy import Language
from agents.language.prompt import MEANING
from agents.types import Policy

MEANING_TOKENS, NEXT_TOKENS = 96, 48  # that an answer has at most
MOST_KEPT = 1 << 16  # answers


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
        self._automata: dict[Callable[[], Grammar], TokenAutomaton] = {}
        self._constrained = constrained
        self._kept: dict[str, str] = {}
        self.given = self.parsed = 0

    @property
    def parse_rate(self) -> float:
        """Share of answers given so far that were answers before the grammar held the model to it; NaN of none."""
        return self.parsed / self.given if self.given else float("nan")

    def leading(self, carrier: Policy, *, grammar: bool = False) -> Language:
        """The Policy in which this model leads another one."""
        return Language(self, carrier, limit=self.limit, count=self.count, grammar=grammar)

    def __call__(self, prompts: list[str]) -> list[str]:
        """An answer to each prompt."""
        new = [
            prompt for prompt in dict.fromkeys(prompts) if prompt not in self._kept or self.temperature > 0
        ]
        if len(self._kept) + len(new) > MOST_KEPT:
            self._kept.clear()
            new = list(dict.fromkeys(prompts))
        if self.temperature > 0:
            return self._answer(prompts)
        self._kept |= dict(zip(new, self._answer(new), strict=True))
        return [self._kept[prompt] for prompt in prompts]

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of texts."""
        return list(map(len, self.language_model.encode(texts)))

    def _answer(self, prompts: list[str]) -> list[str]:
        answers = [""] * len(prompts)
        for grammar, read, tokens, is_meant in (
            (meaning_grammar, read_meaning, MEANING_TOKENS, True),
            (answer_grammar, read_answer, NEXT_TOKENS, False),
        ):
            rows = [i for i, prompt in enumerate(prompts) if prompt.endswith(MEANING) == is_meant]
            said = self._generate([prompts[i] for i in rows], tokens, None)
            for i, text in zip(rows, said, strict=True):
                answers[i] = text
            wrong = [i for i in rows if read(answers[i]) is None]
            self.given, self.parsed = self.given + len(rows), self.parsed + len(rows) - len(wrong)
            if self._constrained:
                again = self._generate([prompts[i] for i in wrong], tokens, self._automaton(grammar))
                for i, text in zip(wrong, again, strict=True):
                    answers[i] = text
        return answers

    def _generate(self, prompts: list[str], tokens: int, allowed: TokenAutomaton | None) -> list[str]:
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

    def _automaton(self, grammar: Callable[[], Grammar]) -> TokenAutomaton:
        if grammar not in self._automata:
            lm = self.language_model
            self._automata[grammar] = TokenAutomaton(grammar(), lm.token_texts(), lm.ends)
        return self._automata[grammar]
