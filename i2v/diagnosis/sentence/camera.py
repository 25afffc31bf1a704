"""What a sentence asks of the camera, by its verbs and by what others do, too."""

from __future__ import annotations

import re

from i2v.diagnosis.sentence.deeds import Deed, clause_of
from i2v.diagnosis.sentence.kinds import words
from i2v.diagnosis.sentence.reading import Reading, said
from i2v.diagnosis.sentence.vocabulary import vocabulary
from i2v.domain.motion import Move
from i2v.domain.motion.lexicon import Token, Verb, tokenise

_SIDES = {"left", "right", "up", "down", "in", "out", "back", "clockwise", "counterclockwise"}
_CAMERA_WAYS = {
    "move", "drift", "glide", "fly", "travel", "slide", "sweep", "rotate", "turn", "look", "float", "roll", "tilt",
    "swing", "spin", "revolve", "pass", "shift", "wag", "sway", "twirl", "rock", "run", "brush", "head", "wander",
    "cross", "traverse", "transform", "flip", "billow", "tumble",
}  # fmt: skip
_MERE_PREPOSITIONS = {"in", "out", "into", "onto", "toward", "towards", "back", "away"}
_NAMES = {
    ("zoom", "in"): "zoom_in", ("zoom", "out"): "zoom_out", ("pan", "left"): "pan_left", ("pan", "right"): "pan_right",
    ("tilt", "up"): "tilt_up", ("tilt", "down"): "tilt_down", ("roll", "clockwise"): "rotate_cw",
    ("roll", "counterclockwise"): "rotate_ccw", ("orbit", "left"): "orbit", ("orbit", "right"): "orbit",
    ("still", ""): "still",
}  # fmt: skip
_MANNERS = ("pace", "speed", "strength", "path", "direction", "filler", "comma")
_BY_SIDE = {
    "in": "zoom_in", "out": "zoom_out", "back": "zoom_out", "left": "pan_left", "right": "pan_right", "up": "tilt_up",
    "down": "tilt_down", "around": "orbit",
}  # fmt: skip
_CAMERA_DEEDS = {
    "zoom_in": {"approach", "lean in", "come closer", "advance", "enter", "draw near"},
    "zoom_out": {"retreat", "recede", "reverse", "withdraw", "back away", "step back", "leave"},
    "tilt_up": {"rise", "ascend", "look up", "climb"},
    "tilt_down": {"sink", "descend", "look down", "lower"},
}
_SHOTS = {
    "摇摄", "推移", "摇移", "移拍", "扫拍", "扫摄", "横扫", "横摇", "俯仰", "摇", "摇过", "平移", "横移", "摇拍",
    "slide", "slides", "sliding", "trucking", "glide", "gliding", "pan", "pans", "panning", "tilt", "tilting",
}  # fmt: skip
_SIDEWAYS = ("pan", "pan_shot", "tilt", "roll", "rotate", "carriage", "move")


def camera_of(reading: Reading) -> str | None:
    """The first move by its name in the coach's answer, None where its direction is not said; a rotation as the
    sentence names it."""
    moves = [move for segment in reading.motion.segments for move in segment.moves]
    first = next((move for move in moves if move.kind == "still" or move in reading.moves), None)
    if first is None:
        return camera_by_deed(reading)
    if undirected_camera(reading):
        return None
    if first.kind == "still" and not reading.kinds("camera", "still_outright"):
        return None
    said = first.words.lower()
    if first.kind == "roll" and any(word in said for word in ("counter", "anti", "ccw", "逆")):
        return "rotate_ccw"
    if first.kind == "roll" and any(word in said for word in ("clockwise", " cw", "顺")):
        return "rotate_cw"
    if first.kind == "roll" and any(word in said for word in ("left", "左", "right", "右")):
        return "rotate_ccw" if "left" in said or "左" in said else "rotate_cw"  # be it the camera or the picture
    return _NAMES.get((first.kind, first.direction))


def camera_by_deed(reading: Reading) -> str | None:
    """The move of a camera that does what others do, too: "the camera follows the duck to the right", 镜头慢慢向上;
    where nobody is named and somebody is told to go somewhere, the camera is."""
    for deed in reading.deeds:
        if any(start <= reading.tokens[deed.place].start < end for start, end in reading.unheard):
            continue
        is_told = deed.action.kind in ("goal", "travel") and reading.has_pace and _is_told(reading, deed)
        if deed.is_camera or is_told:
            first, last = clause_of(reading.tokens, deed.place)
            ways = [each for each in reading.tokens[first : last + 1] if each.kind == "direction"]
            sides = [str(each.value) for each in ways if not is_origin(reading, each)]
            way = deed.action.english.removeprefix("go ")
            sides += [way] if way in _BY_SIDE else []
            own = next((way for way, verbs in _CAMERA_DEEDS.items() if deed.action.english in verbs), None)
            if own or sides:
                return next((_BY_SIDE[side] for side in sides if side in _BY_SIDE), None) or own
    for place, token in enumerate(reading.tokens):
        if token.kind == "camera" and said(reading, *reading.tokens[max(place - 1, 0) : place]) in ("把", "将"):
            _, last = clause_of(reading.tokens, place)
            later = [str(each.value) for each in reading.tokens[place : last + 1] if each.kind == "direction"]
            return next((_BY_SIDE[way] for way in later if way in _BY_SIDE), None)
    return None


def is_origin(reading: Reading, side: Token) -> bool:
    """从左边 …: where it comes from."""
    return bool(re.search(r"[从由自][^,，。向到往]{0,8}$", reading.text[: side.start]))


def _is_told(reading: Reading, deed: Deed) -> bool:
    """Whether nobody is named before who could do it: "retreat slowly from …", 从阳台慢慢往下看."""
    is_place = False
    for token in reading.tokens[: deed.place]:
        is_place = token.kind == "path" or (is_place and token.kind not in ("pace", "speed", "comma"))
        if token.kind not in _MANNERS and not is_place:
            return False
    has_way = deed.is_directed or any(deed.action.english in verbs for verbs in _CAMERA_DEEDS.values())
    return has_way and not deed.who and not reading.kinds("something")


def undirected_camera(reading: Reading) -> Token | None:
    """The camera verb of a sentence that says no direction for any: "the camera pans slowly"."""
    if vocabulary().vague_wishes.search(reading.text):
        return None
    moves = [move for move in reading.moves if move.kind != "handheld"]
    if any(move.kind == "orbit" or _is_directed(move) for move in moves):
        return None
    if moves:
        at = reading.text.lower().find(moves[0].words.lower())
        place = next((place for place, token in enumerate(reading.tokens) if token.start == at), None)
        return None if place is None or _has_side(reading, place) else reading.tokens[place]
    for deed in reading.deeds:
        word = said(reading, reading.tokens[deed.place]).lower()
        is_shot = not deed.who and (word in _SHOTS or (word == "move" and _is_behind_slow(reading, deed.place)))
        if (is_shot or (deed.is_camera and deed.action.english in _CAMERA_WAYS)) and not _has_side(reading, deed.place):
            return reading.tokens[deed.place]
    return next((token for place, token in enumerate(reading.tokens) if _is_undirected_verb(reading, place)), None)


def _is_behind_slow(reading: Reading, place: int) -> bool:
    """ "A slow sideways move": a noun."""
    before = [token for token in reading.tokens[:place] if token.kind not in ("path", "filler")]
    return bool(before) and said(reading, before[-1]).lower() in words("pace_adjectives")


def _is_undirected_verb(reading: Reading, place: int) -> bool:
    """A verb for a move of the camera that is named beside it, 横移镜头, with no side."""
    token = reading.tokens[place]
    if token.kind != "verb" or token.value.group is None or token.value.group.name not in _SIDEWAYS:
        return False
    first, last = clause_of(reading.tokens, place)
    has_camera = any(each.kind == "camera" for each in reading.tokens[first : last + 1])
    is_shot = said(reading, token).lower() in _SHOTS and _is_of_nobody(reading, first, place, last)
    return (has_camera or is_shot) and not _has_side(reading, place)


def _has_side(reading: Reading, place: int) -> bool:
    """Whether the clause around a place names a side; "in" and "out" may be mere prepositions."""
    first, last = clause_of(reading.tokens, place)
    clause = reading.tokens[first : last + 1]
    return any(
        token.kind == "direction"
        and set(str(token.value).split()) <= _SIDES
        and said(reading, token).lower() not in _MERE_PREPOSITIONS
        for token in clause
    )


def _is_of_nobody(reading: Reading, first: int, place: int, last: int) -> bool:
    """ "A slow panning of the kitchen", but no frying pan."""
    is_named = any(each.kind == "noun" for each in reading.tokens[first:place])
    return not is_named and any(each.kind in ("pace", "speed") for each in reading.tokens[first : last + 1])


def _is_directed(move: Move) -> bool:
    """Whether its own words say where to: "across" does not."""
    if "zoom" in move.words.lower() or "变焦" in move.words:
        return True
    _, tokens = tokenise(move.words)
    return any(
        (token.kind == "direction" and set(str(token.value).split()) <= _SIDES)
        or (token.kind == "verb" and _has_one_way(token.value))
        for token in tokens
    )


def _has_one_way(verb: Verb) -> bool:
    """ "Rise" and 推近 carry their direction."""
    return verb.group is None or len(set(verb.group.means.values())) == 1
