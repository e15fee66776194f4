"""How does one learn from an expert? Do as it would have done, in the states one came to oneself (DAgger).

The teacher labels every state that the pupil visits (Ross et al. 2011, arXiv 1011.0686). At first it leads some of the
time; its share falls to nothing.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.policies.perception import columns_of
from agents.policies.planner import PlannerMemory, Teacher
from agents.spatial_memory.egocentric_map import acts_to_explore
from agents.training.learner import Answers, Loss
from agents.training.methods import Frame, Method, always
from worlds.goal import KIND_, MAX_CLAUSES, P_KIND, VERB, VERBS
from worlds.objects import FIRST_FIXTURE, FIRST_ITEM, ITEMS, KINDS, PLACE_KIND
from worlds.state import DONE, SENSE_CLAUSES_DONE, WAIT

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

# What its pupil is asked of every few frames, and how many answers each question has.
QUESTIONS = {
    "subgoal_verb": len(VERBS),
    "subgoal_thing": len(KINDS),
    "subgoal_place": len(KINDS),
    "front": len(KINDS),
    "clauses_done": MAX_CLAUSES,
}
ALONE = 0.05  # columns in which the teacher acts less than this say how well the pupil does alone

WAITING = (
    0.3  # what frames count in which the teacher waits; a pupil that learned to wait too well waits for ever
)


def imitation(
    teacher: Teacher,
    beta: Callable[[float], float],
    *,
    imitates: Callable[[float], bool] = always,
    auxiliary: float = 0.1,
) -> Method:
    """Imitation of a teacher that labels every state.

    Args:
        teacher: who is imitated.
        beta: DAgger's beta, by the share of the run that is done: in column b of B the teacher acts with chance
            `beta` * (b + 1/2) / B at each step, so that some columns follow it always and some hardly.
        imitates: only then acts are imitated; labels are recorded, and questions asked, all the time.
        auxiliary: weight of the questions.
    """

    def losses(share: float) -> Sequence[Loss]:
        return [*([do_as_the_teacher] if imitates(share) else []), answer_questions(auxiliary)]

    return Method("imitation", heads, lambda worker: Teaching(worker, teacher, beta), losses=losses)


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """One for all questions."""
    return {"questions": nn.Linear(network.width, sum(QUESTIONS.values()))}


class TeachingMemory(NamedTuple):
    """What is remembered between batches."""

    teacher: PlannerMemory
    chance: np.random.Generator


class Teaching:
    """Records what a teacher says of every frame, and lets it act in some.

    label: int64[T, B] its act. equal: uint8[T, B] the acts that it holds to be as good: bit i for act i. subgoal:
    uint8[T, B, 3] verb, thing and place that it is about. feasible: bool[T, B] can the instruction be carried out at
    all? alone: bool[T, B] columns that it leaves alone.
    """

    def __init__(self, worker: "RolloutWorker", teacher: Teacher, beta: Callable[[float], float]) -> None:
        self.worker, self.teacher, self.beta = worker, teacher, beta
        start = teacher.start(worker.sim, worker.learners)
        self.memory = TeachingMemory(start, np.random.default_rng(worker.seed))

    def begin(self, share: float) -> None:
        """As Recorder."""
        T, B = self.worker.steps, len(self.worker.memory.tokens)
        self.label, self.equal = np.empty((T, B), np.int64), np.empty((T, B), np.uint8)
        self.subgoal, self.feasible = np.empty((T, B, 3), np.uint8), np.empty((T, B), np.bool_)
        self.share = self.beta(share) * (np.arange(B) + 0.5) / B

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        worker, memory = self.worker, self.memory
        acts, told = self.teacher.act(worker.sim, worker.learners, memory.teacher)
        self.memory = memory._replace(teacher=told)
        self.label[t], self.equal[t] = acts.reshape(-1), told.equal.reshape(-1)
        self.subgoal[t] = told.subgoal.reshape(len(frame.act), -1)[:, [VERB, KIND_, P_KIND]]
        self.feasible[t] = columns_of(worker.feasible, worker.learners)
        self._give_up(t, frame)
        if self.share.any():
            frame.forced[:] = memory.chance.random(len(frame.act)) < self.share
            frame.act[:] = np.where(frame.forced, self.label[t], frame.act)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""

    def labels(self) -> Labels:
        """As Recorder."""
        alone = np.broadcast_to(self.share < ALONE, self.feasible.shape).copy()
        parts = {
            "label": self.label, "equal": self.equal, "subgoal": self.subgoal, "feasible": self.feasible,
            "alone": alone,
        }  # fmt: skip
        return Labels({name: torch.from_numpy(part) for name, part in parts.items()})

    def _give_up(self, t: int, frame: Frame) -> None:
        """Where a teacher sees no way at all: look round until nothing is left to be seen, and say that it is over.

        The teacher knows at once; had a pupil to do as it does, it would learn to give up by chance.
        """
        at = ~self.feasible[t] & (self.label[t] == WAIT)
        acts = np.zeros_like(self.equal[t])
        if self.worker.network.has_map:
            acts[at] = acts_to_explore(frame.perceived.landmarks[at], frame.perceived.view[at])
        self.equal[t, at] = np.where(acts[at] > 0, acts[at], 1 << DONE)
        chosen = self.equal[t, at]
        self.label[t, at] = np.log2(chosen & -chosen.astype(np.int64)).astype(np.int64)


def do_as_the_teacher(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How unlikely it is to do what the teacher would, over active frames.

    Often several acts are as good: whoever goes three ahead and two to the left may turn when it likes. It is the
    chance of any of them that counts; to learn which of them a search happens to find first would be to learn noise.
    Frames in which the teacher waits count less: it often does so for reasons that its pupil cannot see.
    """
    logits, active = answers.logits, batch.transition.active.float()
    weight = torch.where(batch.label("label") == WAIT, WAITING, 1.0) * active
    n = weight.sum().clamp(min=1)
    bits = torch.arange(logits.shape[-1], device=logits.device)
    good = (batch.label("equal")[..., None].int() >> bits) & 1 > 0
    any_good = logits.masked_fill(~good, -1e9).logsumexp(-1)
    loss = ((logits.logsumexp(-1) - any_good) * weight).sum() / n
    with torch.no_grad():
        right = (
            good.gather(-1, logits.argmax(-1, keepdim=True))[..., 0] * active
        ).sum() / active.sum().clamp(min=1)
    return loss, {"imitation": loss.detach(), "agreement": right}


def answer_questions(weight: float = 0.1, every: int = 4) -> Loss:
    """What a network should be able to tell of each `every`-th frame: subgoal, what stands in front, what is done, and
    whether the instruction can be carried out."""
    kinds = torch.from_numpy(PLACE_KIND.astype("int64"))

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        hidden, network = answers.hidden[::every], answers.network
        parts = network.head_of("imitation")["questions"](hidden).split(list(QUESTIONS.values()), -1)
        told = dict(zip(QUESTIONS, parts, strict=True)) | {"feasible": network.can_be_done(hidden)}
        active = batch.transition.active[::every].float()
        n = active.sum().clamp(min=1)
        truth = targets(batch, every, kinds.to(active.device))
        total, log = torch.zeros((), device=active.device), {}
        for name, out in told.items():
            if name in ("feasible", "clauses_done"):
                part = binary_cross_entropy_with_logits(out, truth[name].float(), reduction="none").mean(-1)
            else:
                part = cross_entropy(out.flatten(0, -2), truth[name].flatten(), reduction="none").view(
                    active.shape
                )
            part = (part * active).sum() / n
            log[f"questions/{name}"] = part.detach()
            total = total + part
        return weight * total, log

    return loss


def targets(batch: Batch, every: int, kinds: Tensor) -> dict[str, Tensor]:
    """The right answers to the questions."""
    view = batch.percept.view[::every]
    side = int(view.shape[-1] ** 0.5)
    ahead = side + side // 2  # the cell in front, in the second row of the view
    place, item = view[..., 0, ahead].long(), view[..., 1, ahead].long()
    front = torch.where((item > 0) & (item <= 8 * len(ITEMS)), FIRST_ITEM + (item - 1) // 8, kinds[place])
    bits = torch.arange(MAX_CLAUSES, device=view.device)
    subgoal = batch.label("subgoal")[::every]
    return {
        "subgoal_verb": subgoal[..., 0].long(),
        "subgoal_thing": subgoal[..., 1].long(),
        "subgoal_place": subgoal[..., 2].long(),
        "front": front,
        "clauses_done": (batch.percept.own[::every, ..., SENSE_CLAUSES_DONE, None].int() >> bits) & 1,
        "feasible": batch.label("feasible")[::every, ..., None],
    }


assert FIRST_FIXTURE > FIRST_ITEM
