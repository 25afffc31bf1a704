"""A Chinese sentence in the English that the text encoder reads, as far as the vocabulary goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from i2v.diagnosis.sentence.kinds import LINKS
from i2v.diagnosis.sentence.phrases import CAMERA, Clause, Predicate, Subject, compound
from i2v.diagnosis.sentence.reading import Reading, said
from i2v.diagnosis.sentence.vocabulary import Noun, third_person, vocabulary
from i2v.domain.motion.lexicon import Token

MOST_UNKNOWN = 5
"""Of so many signs one may be unknown: more, and the English would be another sentence."""
MOST_LEFT_OUT = 3
"""Of so many signs one may be left out, known or not."""
_LETTER = re.compile("[a-zA-Z]")


@dataclass(frozen=True)
class Rendering:
    """English for a sentence, and the words that are not in it."""

    english: str
    left_out: tuple[str, ...]


def render_in_english(reading: Reading) -> Rendering | None:
    """The sentence clause by clause, its English clauses as they stand.

    None where the vocabulary knows too little of it to say what moves.
    """
    if not reading.moves and not any(deed.action.kind != "vague" for deed in reading.deeds):
        return None
    if any(not deed.action.english.isascii() and not _LETTER.search(reading.text) for deed in reading.deeds):
        return None  # a verb that was told by its place only
    writer = _Writer(reading)
    for links, clause in _clauses(reading.tokens):
        if not writer.add(links, clause):
            return None
    english = writer.finish()
    unknown = [token for token in writer.left_out() if token.kind in ("word", "plain", "other")]
    left_out = tuple(_runs(reading, list(writer.left_out())))
    if MOST_UNKNOWN * sum(token.end - token.start for token in unknown) > len(reading.text):
        return None
    if MOST_LEFT_OUT * sum(map(len, left_out)) > len(reading.text):
        return None
    return Rendering(english, left_out) if " " in english.removeprefix("the ") else None


def _clauses(tokens: tuple[Token, ...]) -> Iterator[tuple[list[Token], list[Token]]]:
    """Each clause with the links in front of it."""
    links: list[Token] = []
    clause: list[Token] = []
    for token in tokens:
        if token.kind not in LINKS:
            clause.append(token)
            continue
        if clause:
            yield links, clause
            links, clause = [], []
        links.append(token)
    if clause:
        yield links, clause


class _Writer:
    """Puts clause behind clause."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._words: Any = vocabulary().rendering
        self._text = ""
        self._subject: Subject | None = None
        self._back_to: Subject | None = None  # who goes on where the clause before was about a part of them
        self._waiting: list[Subject] = []
        self._links: list[Token] = []
        self._used: set[int] = set()

    def add(self, links: Sequence[Token], tokens: Sequence[Token]) -> bool:
        """Whether the clause could be put into English at all."""
        texts = [said(self._reading, token) for token in tokens]
        if any(_LETTER.search(text) for text in texts):
            self._flush()
            self._links += links
            self._append(self._substituted(tokens))
            self._subject = Subject("it")
            return True
        clause = Clause(self._reading, tokens)
        camera = None if self._is_of_other(tokens) else clause.camera()
        if camera:
            self._flush()
            self._links += links
            self._say(CAMERA, camera, is_new=self._subject is not CAMERA or self._joint() == " while ")
        elif any(token.kind == "camera" for token in tokens[:2]):
            return False  # a move of the camera that was not understood
        else:
            self._add_deed(links, clause)
        self._used |= clause.used
        return True

    def _is_of_other(self, tokens: Sequence[Token]) -> bool:
        """Whether somebody named before goes on: 女孩同时慢慢向前走."""
        if any(token.kind == "camera" for token in tokens):
            return False
        is_deed = any(token.kind == "action" for token in tokens)
        return bool(self._waiting) or (is_deed and self._subject not in (None, CAMERA))

    def _add_deed(self, links: Sequence[Token], clause: Clause) -> None:
        own = clause.subject()
        if own and not clause.has_verb:
            is_listed = self._waiting and self._is_and(links)
            if self._waiting and not is_listed:
                self._flush()
            self._links += [] if is_listed else links
            self._waiting.append(own)
            return
        if own and self._waiting and not self._is_and(links):
            self._flush()
        subject = compound([*self._waiting, own] if own else self._waiting) if own or self._waiting else None
        owner = self._owner_of(subject)
        if owner and subject:
            subject = replace(subject, english=f"{owner.whose} {subject.english.removeprefix('the ')}")
        is_listed, self._waiting = bool(self._waiting), []
        predicate = clause.predicate(subject or self._subject)
        if predicate is None:
            return
        self._links += [] if is_listed else links
        if subject is None:
            subject = Subject("it") if self._subject is CAMERA else self._back_to
        self._say(subject or self._subject, predicate, is_new=subject is not None)
        self._back_to = owner
        if owner:
            self._subject = owner
        together = [link for link in links if said(self._reading, link) in self._words["together"]]
        self._text += " together" if together else ""

    def _owner_of(self, subject: Subject | None) -> Subject | None:
        """Who was named before, where the subject is a part of them: 女孩微笑，头发飘动."""
        is_part = subject is not None and subject.english.removeprefix("the ") in self._words["own"]
        owner = self._subject
        return owner if is_part and owner and owner.kind in ("person", "animal") else None

    def _say(self, subject: Subject | None, predicate: Predicate, *, is_new: bool) -> None:
        form = "base" if subject is None or subject.is_plural else "finite"
        if subject and is_new:
            self._append(f"{subject.english} {predicate.say(form)}")
        else:
            is_beside = bool(self._text) and self._joint() == " while "
            self._append(predicate.say("gerund" if is_beside else form), is_same=subject is not None)
        self._subject = subject

    def _append(self, phrase: str, *, is_same: bool = False) -> None:
        if self._text:
            joint = self._joint()
            self._text += " and " if joint == ", " and is_same else joint
        self._text += phrase
        self._links = []

    def _flush(self) -> None:
        """What was named and then did nothing."""
        if self._waiting:
            named, self._waiting = compound(self._waiting).english, []
            self._append(named)

    def finish(self) -> str:
        self._flush()
        return self._text

    def left_out(self) -> Iterator[Token]:
        """Tokens with a meaning of their own that the English has not."""
        small, tokens = self._words["small"], self._reading.tokens
        for at, token in enumerate(tokens):
            word = said(self._reading, token)
            is_link = token.kind in LINKS and (word in self._words["links"] or word in self._words["together"])
            is_mark = token.kind in ("filler", "comma", "stop", "and", "together", "while", "then") or is_link
            is_frame = token.kind == "camera" and said(self._reading, *tokens[at + 1 : at + 2]) in ("里", "中")
            is_goal = at > 0 and said(self._reading, tokens[at - 1])[-1] in "向往朝"
            is_small = (word in small and token.kind != "camera" and not is_goal) or is_frame
            if not (is_mark or is_small or word.isascii() or token.start in self._used):
                yield token

    def _is_and(self, links: Sequence[Token]) -> bool:
        words = [said(self._reading, link) for link in links]
        return bool(words) and all(self._words["links"].get(word) == "and" or word in self._words["together"]
                                   for word in words)  # fmt: skip

    def _joint(self) -> str:
        words = [said(self._reading, link).lower() for link in self._links]
        comma = "," if any(link.kind in ("comma", "stop") for link in self._links) else ""
        english = [word for word in words if _LETTER.search(word)]
        if english:
            return f"{comma} {' '.join(english)} "
        known = [self._words["links"][word] for word in words if word in self._words["links"]]
        if "while" in known:
            return " while "
        if not known or (comma and known[-1] == "and"):
            return ", "
        return f", {known[-1]} " if known[-1] in ("then", "but") else f" {known[-1]} "

    def _substituted(self, tokens: Sequence[Token]) -> str:
        """English with Chinese words in it: word by word."""
        text, last = "", None
        for at, token in enumerate(tokens):
            word = said(self._reading, token)
            gap = self._reading.text[last.end : token.start] if last else ""
            if not word.isascii():
                gap, word = " " * bool(text), self._word(token, tokens[:at], text)
            elif last and not said(self._reading, last).isascii():
                gap = " "
            text += f"{gap}{word}" if word else ""
            last = token
        return text

    def _word(self, token: Token, before: Sequence[Token], text: str) -> str:
        has_doer = any(each.kind in ("noun", "someone", "camera") for each in before)
        word, last = said(self._reading, token), text.rpartition(" ")[2].lower()
        is_behind_word = bool(before) and before[-1].kind in ("filler", "word", "plain", "abstract", "noun")
        english = ""
        if isinstance(token.value, Noun):
            english = token.value.english if is_behind_word else f"the {token.value.english}"
        elif token.kind == "camera":
            english = "camera" if is_behind_word else "the camera"
        elif token.kind == "action" and token.value.english.isascii():
            verb = self._words["whole"].get(word, token.value.english).replace(" own ", " the ")
            english = third_person(verb) if has_doer else verb
        elif token.kind == "verb" and token.value.moves:
            english = third_person(token.value.moves[0]) if has_doer else token.value.moves[0]
        elif token.kind == "pace":
            english = self._words["paces"][token.value]
        elif token.kind == "direction":
            way = self._words["directions"].get(str(token.value), "")
            shorter = {"the": "to the ", "to": "to ", "from": "to ", "toward": "to "}.get(last, "")
            english = way.removeprefix(shorter)
        elif token.kind == "environment":
            english = str(token.value)
        if english:
            self._used.add(token.start)
        return english


def _runs(reading: Reading, tokens: list[Token]) -> Iterator[str]:
    """Neighbours as one word."""
    run, end = "", -1
    for token in tokens:
        if token.start != end and run:
            yield run
            run = ""
        run, end = run + said(reading, token), token.end
    if run:
        yield run
