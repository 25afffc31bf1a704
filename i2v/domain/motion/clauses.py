"""Which words of a clause are camera moves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from i2v.domain.motion.lexicon import Group, Token, Verb
from i2v.domain.motion.moves import Kind, Move

_BETWEEN = {"filler", "speed", "strength"}
_PROPER_LAST = ("around", "across", "back")
_WITHIN = {"的", "着", "the", "a", "an", "of", "its", "his", "her", "my", "one", "一个"}
_PLACES = {"从", "由", "自", "沿", "沿着", "顺", "顺着", "跟", "跟着", "对着", "随着", "from"}
# Clockwise as seen from above.
_AROUND = {"left": "left", "right": "right", "clockwise": "left", "counterclockwise": "right"}


@dataclass(frozen=True)
class Clause:
    """Words between two marks or connectives; `link` is the connective in front of it."""

    link: str
    tokens: tuple[Token, ...]

    @cached_property
    def has_camera(self) -> bool:
        return any(token.kind in ("camera", "picture") for token in self.tokens)

    @cached_property
    def is_bare(self) -> bool:
        """Nothing in it but words about moves."""
        return all(token.kind not in ("word", "other") for token in self.tokens)

    @cached_property
    def pace(self) -> dict[str, float]:
        """Its `speed` and `strength`, where it says so."""
        return {token.kind: token.value for token in reversed(self.tokens) if token.kind in ("speed", "strength")}

    @cached_property
    def directions(self) -> list[str]:
        return [token.value for token in self.tokens if token.kind == "direction"]


@dataclass(frozen=True)
class Found:
    """A move in a clause, or the refusal of one; `group` lets a later "then out" take up the verb."""

    move: Move
    is_refused: bool = False
    group: Group | None = None


@dataclass(frozen=True)
class Situation:
    """What the clauses before say about this one.

    Attributes:
        actor: who did something last, as `ClauseReader` tells subjects apart.
        is_refused: a "no" before reaches into this clause.
        is_whole: the sentence wishes for nothing else.
    """

    actor: str = "none"
    is_refused: bool = False
    is_whole: bool = False


def make_move(name: str, words: str = "") -> Move:
    """The move called `zoom in`, `handheld` …"""
    kind, _, direction = name.partition(" ")
    return Move(cast(Kind, kind), direction, words=words)


def _knows(direction: str, means: Mapping[str, str]) -> bool:
    """Whether a direction, or both halves of a diagonal one ("up left"), mean something."""
    return bool(direction) and all(side in means for side in direction.split())


def _towards(direction: str, means: Mapping[str, str]) -> list[str]:
    """The moves a direction means; a diagonal one is a tilt and a pan at once."""
    tilt, _, pan = direction.partition(" ")
    return [f"tilt {tilt}", f"pan {pan}"] if pan else [means[direction]]


class ClauseReader:
    """Reads one clause from left to right."""

    def __init__(self, text: str, clause: Clause, situation: Situation) -> None:
        self._text = text
        self._clause = clause
        self._tokens = clause.tokens
        self._situation = situation
        self._is_after_foreign = situation.actor == "foreign"
        self._used: set[int] = set()

    def read(self) -> list[Found]:
        """All moves, in the order of the words."""
        found: list[Found] = []
        is_refused = self._situation.is_refused
        for index, token in enumerate(self._tokens):
            if token.kind == "not":
                is_refused = True
            elif index not in self._used:
                for one in self._read_at(index, is_refused):
                    found.append(replace(one, is_refused=is_refused and one.move.kind != "still"))
        return found

    def _read_at(self, index: int, is_refused: bool) -> Iterator[Found]:
        token = self._tokens[index]
        if token.kind == "verb":
            verb: Verb = token.value
            if self._is_attribute(index, verb):
                return
            if verb.group is None:
                yield from self._read_fixed(index, verb)
            else:
                yield from self._read_group(index, verb, verb.group, is_refused)
        elif token.kind == "handheld" and self._kind_after(index) not in ("word", "other"):
            yield Found(make_move("handheld", self._words(index, index)))
        elif not is_refused and (
            token.kind == "still_outright" or (token.kind == "still" and self._is_camera_still(index))
        ):
            yield Found(make_move("still", self._words(index, index)))

    def _read_fixed(self, index: int, verb: Verb) -> Iterator[Found]:
        is_alone = verb.moves == ("handheld",) and self._clause.is_bare
        if not self._is_accepted(verb.grip, "base", index, index) and (not is_alone or self._is_after_foreign):
            return
        place, direction = self._direction(index, verb)
        turned = _towards(direction, verb.turns) if direction else []
        self._used.add(place)
        replaced = {name.split()[0] for name in turned}
        words = self._words(min(index, place), max(index, place))
        for name in [name for name in verb.moves if name.split()[0] not in replaced] + turned:
            yield Found(make_move(name, words))

    def _read_group(self, index: int, verb: Verb, group: Group, is_refused: bool) -> Iterator[Found]:
        place, direction = self._direction(index, verb)
        first, last = min(index, place), max(index, place)
        subject = self._subject(first)
        objects = {token.kind for token in self._tokens[first + 1 : last]} | {self._kind_after(index)}
        has_object = subject != "foreign" and bool(objects & {"camera", "picture"})
        if direction is None:
            if is_refused and group.name == "move" and (has_object or self._clause.has_camera or self._clause.is_bare):
                yield Found(make_move("still", self._words(index, index)))
                return
            is_named = is_refused and bool(group.without) and subject != "foreign"
            if not is_named and not self._may_go_without(verb, group, index, has_object):
                return
            direction = group.without
        elif not has_object and not self._is_accepted(
            group.grip, verb.form, first, last, has_direction=direction != "around"
        ):
            return
        is_of_camera = subject == "camera" or "camera" in objects
        means = {**group.alone, **group.means, **({} if is_of_camera else group.of_picture)}
        self._used |= {index, place}
        if direction == "across" or place == index:
            later = self._later_direction(index)
            direction = later if _knows(later, group.means) else direction
        for name in _towards(direction, means):
            name = self._orbit(index, name) if name.startswith("orbit") else name
            yield Found(make_move(name, self._words(first, last)), group=group)

    def _direction(self, index: int, verb: Verb) -> tuple[int, str | None]:
        """Where the verb's direction stands and what it is: after it, else before it, else (index, None)."""
        known = {**verb.turns, **(verb.group.means if verb.group else {})}
        if verb.group and (self._clause.is_bare or self._subject(index) == "camera"):
            known |= verb.group.alone
        ahead: list[int] = []
        for place in range(index + 1, len(self._tokens)):
            token = self._tokens[place]
            if token.kind == "direction":
                ahead.append(place)
            elif token.kind == "verb" and verb.group is None:
                ahead = []  # it is the next verb's direction: 升起向左移动
                break
            elif place in self._places:
                continue
            elif token.kind not in _BETWEEN | {"camera", "picture", "handheld"}:
                break
        choices = [place for place in ahead if _knows(self._tokens[place].value, known) and place not in self._used]
        choices.sort(key=lambda place: self._tokens[place].value in _PROPER_LAST)
        around = [place for place in choices if self._tokens[place].value == "around"]
        if choices:
            place = (around or choices)[0]
            self._used |= set(ahead)
            return place, self._tokens[place].value
        for place in range(index - 1, -1, -1):
            token = self._tokens[place]
            if token.kind == "direction" and place not in self._used and _knows(token.value, known):
                return place, token.value
            if token.kind not in _BETWEEN | {"camera", "picture"}:
                break
        return index, None

    def _may_go_without(self, verb: Verb, group: Group, index: int, has_object: bool) -> bool:
        """Whether a verb without a direction is a move all the same."""
        if not group.when:
            return False
        subject = self._subject(index)
        if subject in ("camera", "picture") or has_object:
            return True
        if subject == "foreign" or group.when == "camera":
            return group.when == "any" and group.grip == "firm" and verb.form != "finite"
        if group.when == "any":
            return True
        shows_motion = verb.form == "gerund" or bool(self._clause.pace) or self._situation.is_whole
        return self._clause.is_bare and shows_motion and not self._is_after_foreign

    def _is_accepted(self, grip: str, form: str, first: int, last: int, *, has_direction: bool = False) -> bool:
        """Whether the words from `first` to `last` speak of the camera, by the grip of their verb."""
        subject = self._subject(first)
        if subject in ("camera", "picture"):
            return True
        if subject == "foreign":
            if grip == "firm":
                return form != "finite"
            return grip == "usual" and form == "base" and has_direction
        if grip == "bound":
            return self._kind_after(last) in ("camera", "picture")
        if grip == "loose" and self._is_after_foreign:
            return form == "base"
        return True

    def _subject(self, index: int) -> str:
        """Who does what the verb at `index` says: `camera`, `picture`, `foreign` or, where nobody is named, `none`."""
        return self._own_subject(index) or ("camera" if self._situation.actor == "camera" else "none")

    def _own_subject(self, index: int) -> str:
        """The subject that the clause itself names before the verb, or nothing."""
        for place in range(index - 1, -1, -1):
            kind = self._tokens[place].kind
            if kind in ("camera", "picture"):
                return kind
            if place in self._places:
                continue
            if kind in ("word", "other"):
                verb = self._tokens[index].value
                is_gerund = isinstance(verb, Verb) and verb.form == "gerund"
                has_camera = any(token.kind == "camera" for token in self._tokens[:place])
                return "camera" if has_camera and not is_gerund else "foreign"
            if kind not in _BETWEEN | {"direction", "handheld", "still", "not"}:
                break
        return ""

    @cached_property
    def _places(self) -> frozenset[int]:
        """Words that only say from where or along what: 从算盘慢慢上移, "from hat to boots it tilts down"."""
        found: set[int] = set()
        is_place = False
        for place, token in enumerate(self._tokens):
            said = self._text[token.start : token.end].lower()
            is_place = said in _PLACES or (is_place and (token.kind in ("word", "other") or said in _WITHIN))
            if is_place:
                found.add(place)
        return frozenset(found)

    def _is_attribute(self, index: int, verb: Verb) -> bool:
        """Whether the verb only says what a thing is like: "an orbiting satellite", 放大的眼睛."""
        subject = self._own_subject(index)
        if index + 1 < len(self._tokens) and self._tokens[index + 1].value == "attributive":
            return subject in ("", "foreign") and self._names_thing(index + 2)
        if verb.form == "base" or not self._names_thing(index + 1):
            return False
        needs_camera = verb.group is not None and verb.group.when == "camera"
        return subject == "foreign" or self._has_determiner(index) or (needs_camera and not subject)

    def _names_thing(self, place: int) -> bool:
        """Whether words begin there that do not end in a shot or a picture ("an orbiting aerial shot")."""
        kinds = [token.kind for token in self._tokens[place:]]
        head = next((kind for kind in kinds if kind not in ("word", "other")), "")
        return kinds[:1] in (["word"], ["other"]) and head not in ("camera", "picture")

    def _has_determiner(self, index: int) -> bool:
        """Whether an article or its like stands before, with no more than words about the move between."""
        before = itertools.takewhile(
            lambda token: token.kind in _BETWEEN | {"direction"}, self._tokens[index - 1 :: -1]
        )
        return index > 0 and any(token.value == "determiner" for token in before)

    def _orbit(self, index: int, name: str) -> str:
        """Which way round: the rest of the clause may say so ("orbits the statue to the left")."""
        for place in range(len(self._tokens)):
            token = self._tokens[place]
            if place > index and token.kind == "verb" and token.value.group:
                self._used.add(place)
            if token.kind == "direction" and token.value in _AROUND:
                self._used.add(place)
                name = f"orbit {_AROUND[token.value]}"
        return name

    def _later_direction(self, index: int) -> str:
        """A side named only after what the camera crosses ("pans over the desert to the left")."""
        for token in (*self._tokens[index + 1 :], *self._tokens[index - 1 : index]):
            if token.kind == "verb":
                break
            if token.kind == "direction" and set(token.value.split()) <= {"left", "right", "up", "down"}:
                return str(token.value)
        return ""

    def _is_camera_still(self, index: int) -> bool:
        """`still` and its like mean the camera where it stands beside them, or where nothing else does."""
        after = self._kind_after(index)
        adjacent = self._tokens[index + 1].kind if index + 1 < len(self._tokens) else ""
        is_said = adjacent not in ("verb", "word", "other") and self._own_subject(index) == "camera"
        if after in ("verb", "word", "other") and not (is_said and after != "verb"):
            return False
        return adjacent == "camera" or self._subject(index) in ("camera", "picture") or self._clause.is_bare

    def _kind_after(self, index: int) -> str:
        """What follows, fillers and words of pace aside."""
        return next((token.kind for token in self._tokens[index + 1 :] if token.kind not in _BETWEEN), "")

    def _words(self, first: int, last: int) -> str:
        return self._text[self._tokens[first].start : self._tokens[last].end]
