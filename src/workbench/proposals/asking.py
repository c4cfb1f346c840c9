"""At most five questions at a terminal; Enter takes what is proposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.kit.sentences import say
from workbench.proposals.declared import Question, one_line

MOST = 5


def answers(
    questions: Sequence[Question],
    ask: Callable[[str], str],
    tell: Callable[[str], None],
    is_right: Callable[[Question, str], str],
) -> dict[str, str]:
    """Return what is answered, by the questions' keys.

    Args:
        questions: The weightiest first; those beyond five stay in the file.
        ask: Shows a prompt and returns a line, as `input` does.
        tell: Shows a line.
        is_right: What is wrong with an answer, "" where nothing is.
    """
    found: dict[str, str] = {}
    for question in questions[:MOST]:
        tell(one_line(question.sentence))
        told = _one(question, ask, tell, is_right)
        if told:
            found[question.key] = told
    return found


def _one(
    question: Question,
    ask: Callable[[str], str],
    tell: Callable[[str], None],
    is_right: Callable[[Question, str], str],
) -> str:
    prompt = say("[{proposal}] ", proposal=question.proposal or say("leave it open"))
    while True:
        try:
            told = ask(prompt).strip()
        except EOFError:
            return ""
        if not told:
            return question.proposal
        wrong = is_right(question, told)
        if not wrong:
            return told
        tell(wrong)
