"""One Chinese clause in English: who, how, does what, to whom, where to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from i2v.diagnosis.sentence.camera import camera_of, is_origin
from i2v.diagnosis.sentence.reading import Reading, read_sentence, said
from i2v.diagnosis.sentence.vocabulary import Action, Noun, gerund, group_of, plural_of, third_person, vocabulary
from i2v.domain.motion.lexicon import Token

_CAMERA_KINDS = ("camera", "picture", "verb", "direction", "path", "action", "still", "still_outright")


@dataclass(frozen=True)
class Subject:
    """Who does it, as a sentence says it; `whose` is for what belongs to it."""

    english: str
    whose: str = "its"
    is_plural: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Predicate:
    """What is done, the verb in its base form."""

    pace: str
    verb: str
    rest: str

    def say(self, form: str) -> str:
        """`form` is `base` (they walk), `finite` (she walks) or `gerund`."""
        verb = {"finite": third_person, "gerund": gerund}.get(form, str)(self.verb)
        verb = verb if self.verb != "be" else {"finite": "is", "gerund": "being"}.get(form, "are")
        return " ".join(filter(None, (self.pace, verb, self.rest)))


CAMERA = Subject("the camera")


def compound(subjects: Sequence[Subject]) -> Subject:
    """`the cat and the dog`."""
    *most, last = (subject.english for subject in subjects)
    english = f"{', '.join(most)} and {last}" if most else last
    return Subject(english, "their", True) if most else subjects[0]


class Clause:
    """The tokens of one clause; `used` are the places of those that its English holds."""

    def __init__(self, reading: Reading, tokens: Sequence[Token]) -> None:
        self._reading, self._tokens, self.used = reading, tokens, set[int]()
        self._words: Any = vocabulary().rendering
        self._verb = self._find_verb()

    def _said(self, at: int) -> str:
        return said(self._reading, self._tokens[at]) if 0 <= at < len(self._tokens) else ""

    def _find_verb(self) -> int | None:
        """The deed of the clause; not that of what only describes somebody: 穿红裙子的女孩慢慢走."""
        acts = [at for at, each in enumerate(self._tokens) if each.kind == "action" and each.value.kind != "vague"]
        marks = [at for at in range(len(self._tokens)) if self._said(at) == "的"]
        later = [at for at in acts if not marks or at > marks[-1]]
        deeds = [at for at in later if self._tokens[at].value.kind != "still"]
        return next(iter(deeds or later or acts), None)

    @property
    def has_verb(self) -> bool:
        return self._verb is not None

    def camera(self) -> Predicate | None:
        """What the camera does, where the clause speaks of it."""
        first, last = self._tokens[0], self._tokens[-1]
        move = camera_of(read_sentence(self._reading.text[first.start : last.end]))
        if move is None:
            return None
        self.used |= {each.start for each in self._tokens if each.kind in _CAMERA_KINDS}
        pace = self._pace() if move != "still" else ""
        nouns = [at for at, each in enumerate(self._tokens) if isinstance(each.value, Noun)]
        target = "the subject" if move == "orbit" else ""
        if nouns and move in self._words["targets"]:
            target = f"{self._words['targets'][move]} {self._named(nouns[-1])}".strip()
        return Predicate(pace, self._words["moves"][move], target)

    def subject(self) -> Subject | None:
        """Who does it, if the clause says so."""
        end = len(self._tokens) if self._verb is None else self._verb
        names = [at for at in range(end) if self._is_name(at) and not self._is_behind_path(at)]
        if not names:
            return None
        at = names[-1]
        token = self._tokens[at]
        if not isinstance(token.value, Noun):
            self.used.add(token.start)
            pronoun = self._words["pronouns"][self._said(at)]
            return Subject(pronoun, self._words["whose"][pronoun], pronoun in ("they", "we", "I"), "person")
        noun: Noun = token.value
        is_plural = noun.english in self._words["plural"] or self._said(at + 1) == "们"
        whose = next((whose for whose in ("her", "his") if noun.english in self._words[whose]), "")
        whose = "their" if is_plural else whose or ("their" if noun.kind == "person" else "its")
        return Subject(self._named(at), whose, is_plural, noun.kind)

    def _is_name(self, at: int) -> bool:
        return isinstance(self._tokens[at].value, Noun) or self._said(at) in self._words["pronouns"]

    def _named(self, at: int) -> str:
        """`the cat`, `the girl's hair`."""
        self.used.add(self._tokens[at].start)
        if self._tokens[at].kind == "camera":
            return "the camera"
        if not isinstance(self._tokens[at].value, Noun):
            return str(self._words["objects"][self._words["pronouns"][self._said(at)]])
        english = self._tokens[at].value.english
        if self._said(at + 1) == "们":
            self.used.add(self._tokens[at + 1].start)
            english = english if english in self._words["plural"] else plural_of(english)
        return f"{self._named(at - 2)}'s {english}" if self._has_owner(at) else f"the {english}"

    def _has_owner(self, at: int) -> bool:
        """女孩的头发, but not 穿裙子的女孩."""
        if at < 2 or self._said(at - 1) != "的" or not isinstance(self._tokens[at - 2].value, Noun):
            return False
        is_described = any(self._tokens[before].kind == "action" and before != self._verb for before in range(at))
        return self._tokens[at - 2].value.kind in ("person", "animal") and not is_described

    def predicate(self, subject: Subject | None) -> Predicate | None:
        """What is done; `subject` is who does it, be it said here or before."""
        if self._verb is None:
            return None
        token, pace = self._tokens[self._verb], self._pace()
        english, link = self._english(subject)
        self.used.add(token.start)
        moved = next((at for at in range(self._verb) if self._is_name(at) and self._is_moved(at)), None)
        target = None if link is None else self._object(link)
        if moved is not None or target is not None:
            english = _without_object(english)
        parts = [
            self._own(moved, subject) if moved is not None else "",
            " ".join(filter(None, (link, self._own(target, subject)))) if target is not None else "",
            *self._ways(english),
            *self._environments(),
        ]
        rest = " ".join(filter(None, parts))
        return Predicate(pace, _with_owner(english.removesuffix(" at") if target is None else english, subject), rest)

    def _english(self, subject: Subject | None) -> tuple[str, str | None]:
        """The English verb, and what links it to its object; None where it has or takes none."""
        assert self._verb is not None
        word, action = self._said(self._verb), self._tokens[self._verb].value
        if word in self._words["whole"]:
            return self._words["whole"][word], None
        stem = word[:-1]
        if word[-1] in "向往到" and (known := self._deed(stem)):
            return self._fit(stem, known.english, subject), "to" if word[-1] == "到" else "toward"
        if word[-1] == "进" and action.kind == "flow":
            return action.english, "into"
        return self._fit(word, action.english, subject), None if action.kind == "travel" else ""

    def _deed(self, stem: str) -> Action | None:
        kind, value = vocabulary().lexicon.entries.get(stem, ("", None))
        value = value[1] if kind == "either" else value
        return value if isinstance(value, Action) else None

    def _fit(self, word: str, english: str, subject: Subject | None) -> str:
        """What it means of somebody of this kind: 开 of a car and of a flower, 驶 of a boat."""
        kind = subject.kind if subject else ""
        english = self._words["by_subject"].get(word, {}).get(kind, english)
        group = group_of(subject.english.removeprefix("the "), kind) if subject else ""
        english = self._words["by_group"].get(group, {}).get(english, english)
        return str(self._words["spoken"].get(english, english))

    def _object(self, link: str) -> int | None:
        assert self._verb is not None
        later = range(self._verb + 1, len(self._tokens))
        at = next((at for at in later if self._tokens[at].kind != "filler"), None)
        if at is None or not self._is_place(at) or self._said(at + 1) == "的":
            return None  # what it is of, not what it is
        return at

    def _is_place(self, at: int) -> bool:
        return at < len(self._tokens) and (self._tokens[at].kind == "camera" or self._is_name(at))

    def _own(self, at: int, subject: Subject | None) -> str:
        english = self._named(at)
        part = english.removeprefix("the ")
        return f"{subject.whose} {part}" if subject and part in self._words["own"] else english

    def _pace(self) -> str:
        tokens = [token for token in self._tokens if token.kind in ("pace", "speed")]
        self.used |= {token.start for token in tokens}
        named = [token.value if token.kind == "pace" else "slow" if token.value < 1 else "fast" for token in tokens]
        return " and ".join(dict.fromkeys(self._words["paces"][each] for each in named))

    def _environments(self) -> Iterator[str]:
        for token in self._tokens:
            if token.kind == "environment":
                self.used.add(token.start)
                yield str(token.value)

    def _ways(self, verb: str) -> Iterator[str]:
        for at, token in enumerate(self._tokens):
            word = self._said(at)
            is_free = token.start not in self.used
            if token.kind == "direction" and str(token.value) in self._words["directions"] and is_free:
                self.used.add(token.start)
                way = str(self._words["directions"][str(token.value)])
                if word[0] not in "到向往" and is_origin(self._reading, token):
                    self.used |= {self._tokens[at - 1].start} if self._said(at - 1) in ("从", "由", "自") else set()
                    way = way.replace("to the", "from the")
                yield way
            elif self._is_place(at + 1) and self._is_free(at + 1):
                if word in self._words["paths"]:
                    self.used.add(token.start)
                    path = self._words["paths"][word]
                    yield f"{'' if verb == 'approach' and path == 'toward' else path} {self._named(at + 1)}".strip()
                elif word == "在" and self._said(at + 2) in self._words["places"]:
                    self.used |= {token.start, self._tokens[at + 2].start}
                    yield f"{self._words['places'][self._said(at + 2)]} {self._named(at + 1)}"

    def _is_free(self, at: int) -> bool:
        return self._tokens[at].start not in self.used

    def _is_behind_path(self, at: int) -> bool:
        """Whether it is where something goes, or is moved: 朝镜头, 把头."""
        is_led = at > 0 and self._tokens[at - 1].kind in ("path", "direction")
        is_place = self._said(at + 1) in ("里", "中", "上")
        return is_led or is_place or self._said(at - 1) in ("在", "被", "对着", "给") or self._is_moved(at)

    def _is_moved(self, at: int) -> bool:
        return self._said(at - 1) in ("把", "将")


def _with_owner(english: str, subject: Subject | None) -> str:
    return english.replace(" own ", f" {subject.whose if subject else 'the'} ")


def _without_object(english: str) -> str:
    """`play music` as `play`, where another object follows; `look up` stays."""
    first, *rest = english.split()
    return first if rest and rest[-1] not in vocabulary().rendering["particles"] else english
