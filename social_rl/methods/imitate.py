"""How does one learn from an expert? Do as it would have done, in the states one came to oneself (DAgger).

The teacher labels every state that the pupil visits (Ross et al. 2011, arXiv 1011.0686). At first it leads some of the
time; its share falls to nothing.
"""

import torch
from torch import Tensor

from agents.network.networks import AUXILIARY, InstructionEncoder, Reading
from agents.training.learner import Answers, Loss
from agents.types import Batch
from worlds.goal import MAX_CLAUSES
from worlds.objects import FIRST_FIXTURE, FIRST_ITEM, ITEMS, PLACE_KIND
from worlds.state import SENSE_CLAUSES_DONE, WAIT

WAITING = (
    0.3  # what frames count in which the teacher waits; a pupil that learned to wait too well waits for ever
)


def imitation(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How unlikely it is to do what the teacher would, over active frames.

    Often several acts are as good: whoever goes three ahead and two to the left may turn when it likes. It is the
    chance of any of them that counts; to learn which of them a search happens to find first would be to learn noise.
    Frames in which the teacher waits count less: it often does so for reasons that its pupil cannot see.
    """
    logits, active = answers.logits, batch.active.float()
    weight = torch.where(batch.label == WAIT, WAITING, 1.0) * active
    n = weight.sum().clamp(min=1)
    bits = torch.arange(logits.shape[-1], device=logits.device)
    good = (batch.equal[..., None].int() >> bits) & 1 > 0
    any_good = logits.masked_fill(~good, -1e9).logsumexp(-1)
    loss = ((logits.logsumexp(-1) - any_good) * weight).sum() / n
    with torch.no_grad():
        right = (
            good.gather(-1, logits.argmax(-1, keepdim=True))[..., 0] * active
        ).sum() / active.sum().clamp(min=1)
    return loss, {"imitation": loss.detach(), "agreement": right}


def auxiliary(weight: float = 0.1, every: int = 4) -> Loss:
    """What the mind should be able to tell of each `every`-th frame: subgoal, what stands in front, what is done, and
    whether the instruction can be carried out."""
    kinds = torch.from_numpy(PLACE_KIND.astype("int64"))

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        told = answers.mind.answer(answers.hidden[::every])
        active = batch.active[::every].float()
        n = active.sum().clamp(min=1)
        truth = targets(batch, every, kinds.to(batch.view.device))
        total, log = torch.zeros((), device=batch.view.device), {}
        for name in AUXILIARY:
            out = told[name]
            if name in ("can", "clauses_done"):
                wanted = truth[name].float()
                part = torch.nn.functional.binary_cross_entropy_with_logits(
                    out, wanted, reduction="none"
                ).mean(-1)
            else:
                flat, wanted = out.flatten(0, 1), truth[name].flatten()
                part = torch.nn.functional.cross_entropy(flat, wanted, reduction="none").view(active.shape)
            part = (part * active).sum() / n
            log[f"auxiliary/{name}"] = part.detach()
            total = total + part
        return weight * total, log

    return loss


def understanding(weight: float = 0.1) -> Loss:
    """What readers should have understood of each instruction: the clause to be done now, field by field."""

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        total, right = told_apart(answers.mind.reader, answers.reading, batch.clause)
        return weight * total, {"understood": right}

    return loss


def told_apart(reader: InstructionEncoder, reading: Reading, due: Tensor) -> tuple[Tensor, Tensor]:
    """How badly what is due, uint8[S, 2 * FIELDS], was understood, and the share of which nothing was mistaken."""
    truth = due.long()
    total = torch.zeros((), device=truth.device)
    wrong = torch.zeros(len(truth), dtype=torch.bool, device=truth.device)
    for name, out in reader.understood(reading).items():
        total = total + torch.nn.functional.cross_entropy(out, truth[:, name])
        wrong |= out.detach().argmax(1) != truth[:, name]
    return total, 1 - wrong.float().mean()


def targets(batch: Batch, every: int, kinds: Tensor) -> dict[str, Tensor]:
    """The right answers to the auxiliary questions."""
    view = batch.view[::every]
    side = int(view.shape[-1] ** 0.5)
    ahead = side + side // 2  # the cell in front, in the second row of the view
    place, item = view[:, :, 0, ahead].long(), view[:, :, 1, ahead].long()
    front = torch.where((item > 0) & (item <= 8 * len(ITEMS)), FIRST_ITEM + (item - 1) // 8, kinds[place])
    bits = torch.arange(MAX_CLAUSES, device=view.device)
    return {
        "subgoal_verb": batch.subgoal[::every, :, 0].long(),
        "subgoal_thing": batch.subgoal[::every, :, 1].long(),
        "subgoal_place": batch.subgoal[::every, :, 2].long(),
        "front": front,
        "clauses_done": (batch.own[::every, :, SENSE_CLAUSES_DONE, None].int() >> bits) & 1,
        "can": batch.can[::every, :, None],
    }


assert FIRST_FIXTURE > FIRST_ITEM
