"""The reply to a request: combines all mechanisms."""

from dataclasses import replace
from hashlib import blake2b
from random import Random

from evolve.models.base import Reply, Request
from evolve.models.tools_in_words import in_words
from evolve.simulator import acting
from evolve.simulator.answer_key import AnswerKey, Question
from evolve.simulator.designing import designed, is_design
from evolve.simulator.draws import Noise, normal
from evolve.simulator.judging import choice, mark, review
from evolve.simulator.landscape import Landscape
from evolve.simulator.lengths import drawn, latency_s, median_tokens
from evolve.simulator.peers import opinion, settled_answer
from evolve.simulator.plausible import wrong_answers
from evolve.simulator.profile import Profile
from evolve.simulator.prompt import Prompt, take_apart, tokens_of
from evolve.simulator.reader import read
from evolve.simulator.remembered import Remembered
from evolve.simulator.replying import (
    CANNOT_TELL,
    REFUSAL,
    advised,
    chosen,
    reviewed,
    without_last_line,
    worked,
)
from evolve.simulator.situation import LatentEffect, Situation
from evolve.simulator.structured import asked_marks, filled

CARE = 0.4
"""The factor on the share of malformed replies if the prompt states the format."""


class ReplyModel:
    """A profile in a landscape; it caches only values of pure functions."""

    def __init__(
        self, profile: Profile, landscape: Landscape, questions: AnswerKey, seed: int
    ) -> None:
        self._profile = profile
        self.landscape = landscape
        self._questions = questions
        self._identity = blake2b(f"{seed} {profile!r}".encode(), digest_size=16).hexdigest()
        self._read = Remembered(read)
        self._opinion = Remembered(opinion)
        self._wrong = Remembered(self._wrong_answers)
        self._bent = Remembered(self._find_effect)
        # Systems share agents, which then get equal requests.
        self._composed = Remembered(self._compose, size=4096)

    def reply(self, request: Request) -> Reply:
        """The reply to a request."""
        hashable = request.schema is None and not request.tools
        return self._composed(request) if hashable else self._compose(request)

    def _compose(self, request: Request) -> Reply:
        noise = self._noise(request)
        prompt = self._take_apart(request)
        if noise.uniform("refuse") < self._profile.refusals:
            return self._said(REFUSAL, 0, request, prompt, noise, refused=True)
        if prompt.question is None:
            return self._said(self._without_question(request, noise), 0, request, prompt, noise)
        it = self._situation(prompt, prompt.question, request, noise)
        tokens = drawn(median_tokens(it), self._profile, noise)
        if request.tools and (calls := acting.calls(it)):
            said = self._said("", tokens, request, prompt, noise)
            return replace(said, tool_calls=() if said.truncated else calls)
        return self._said(self._text(it, tokens), tokens, request, prompt, noise)

    def _noise(self, request: Request) -> Noise:
        conversation = blake2b(self._identity.encode(), digest_size=32)
        for message in request.messages:
            content = message.content.encode("utf-8", "surrogatepass")
            conversation.update(f"\x1e{message.role} {len(content)}\x1f".encode())
            conversation.update(content)
        temperature = 1.0 if request.temperature is None else request.temperature
        heat = min(1.0, temperature * (1.0 if request.top_p is None else request.top_p))
        return Noise(conversation.digest(), request.sample, heat)

    def _situation(
        self, prompt: Prompt, question: Question, request: Request, noise: Noise
    ) -> Situation:
        reading = self._read(prompt.instructions)
        return Situation(
            profile=self._profile,
            landscape=self.landscape,
            question=question,
            prompt=prompt,
            reading=reading,
            request=request,
            solving=self._bent(("solving", question.text, reading.approach)),
            pitfalls=self._bent(("pitfalls", question.text, reading.approach)),
            noise=noise,
            wrong=self._wrong((question.text, question.answer)),
        )

    def _text(self, it: Situation, tokens: int) -> str:
        """The reply's text, with as much working as the tokens allow."""
        question, heard = it.question.text, [self._opinion(text) for text in it.prompt.heard]
        if marks := asked_marks(it.request.schema):
            answer = str(mark(it, "".join(it.prompt.heard), marks))
            text = worked(question, answer, tokens)
        elif it.prompt.wanted == "route":
            answer = str(acting.route(it))
            text = worked(question, answer, tokens)
        elif it.prompt.wanted == "choice":
            number = choice(it, [self._opinion(text) for text in it.prompt.candidates])
            answer, text = str(number), chosen(question, number, tokens)
        elif it.prompt.wanted == "verdict":
            verdict, instead = review(it, heard)
            answer, text = verdict, reviewed(question, verdict, instead, tokens)
        else:
            answer = settled_answer(it, heard, self._opinion(it.prompt.previous))
            text = worked(question, answer, tokens)
            if "abstain" in it.reading.features:
                wrong = any(said.verdict == "revise" for said in heard)
                text = advised(it.reading.features, answer == it.question.answer, wrong)
        if it.request.schema is not None:
            return filled(it.request.schema, answer, without_last_line(text))
        care = CARE if "format" in it.reading.features else 1.0
        slips = it.noise.uniform("slip") < self._profile.malformed * care
        return without_last_line(text) if slips else text

    def _take_apart(self, request: Request) -> Prompt:
        """The conversation's parts; questions within a designer's prompt do not count."""
        if is_design(request.schema):
            return Prompt(None, tokens=tokens_of(sum(len(m.content) for m in request.messages)))
        if not request.tools:
            return take_apart(request.messages, self._questions)
        asked = [m for m in request.messages if m.role != "tool" and not m.tool_calls]
        prompt = take_apart(asked, self._questions)
        heard = (*prompt.heard, *acting.spoken_results(request.messages))
        written = sum(len(m.content) for m in in_words(request))
        return replace(prompt, heard=heard, tokens=tokens_of(written))

    def _without_question(self, request: Request, noise: Noise) -> str:
        """The reply to a conversation without a known question."""
        if request.schema is None:
            return CANNOT_TELL
        if is_design(request.schema):
            rng = Random(f"{noise.uniform('design')!r}")
            return designed(request, self._profile, self.landscape, rng)
        return filled(request.schema, CANNOT_TELL, CANNOT_TELL)

    def _said(
        self,
        text: str,
        tokens: int,
        request: Request,
        prompt: Prompt,
        noise: Noise,
        refused: bool = False,
    ) -> Reply:
        """The reply with its length and latency, cut off at ``max_tokens``."""
        tokens = max(tokens, tokens_of(len(text)))
        cut = tokens > request.max_tokens
        tokens = min(tokens, request.max_tokens)
        shown = without_last_line(text)[: 4 * tokens] if cut else text
        return Reply(
            text="" if refused else shown,
            prompt_tokens=prompt.tokens,
            completion_tokens=tokens,
            latency_s=latency_s(tokens, self._profile, noise),
            truncated=cut,
            refusal=shown if refused else "",
        )

    def _wrong_answers(self, asked: tuple[str, str]) -> tuple[str, ...]:
        question, answer = asked
        return wrong_answers(question, answer, Random(f"{self.landscape.seed}/wrong/{question}"))

    def _find_effect(self, of: tuple[str, str, str]) -> LatentEffect:
        purpose, question, approach = of
        return LatentEffect(
            family=normal(self.landscape.seed, purpose, self._profile.family, question),
            model=normal(self._identity, purpose, question),
            approach=normal(self._identity, purpose, approach, question),
        )
