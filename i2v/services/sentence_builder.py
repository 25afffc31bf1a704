"""The menus that build a sentence."""

from __future__ import annotations

from typing import Any

from i2v.diagnosis.sentence.vocabulary import third_person, vocabulary


def builder_menus(language: str) -> dict[str, Any]:
    """Subjects with their actions, paces, directions, surroundings and camera moves: English words, and labels.

    `actions` are by the subject's `kind`; one that `goes` somewhere takes a direction.
    """
    words, menus = vocabulary(), vocabulary().builder
    going = {english for english, kind in words.kinds.items() if kind == "travel"} | set(menus["directed"])

    def label(english: str, chinese: str) -> str:
        return chinese if language == "zh-CN" else english

    return {
        "subjects": [
            {"english": f"the {noun}", "label": label(noun, words.chinese["nouns"][noun]), "kind": kind}
            for kind, nouns in menus["subjects"].items()
            for noun in nouns
        ],
        "actions": {
            kind: [
                {
                    "english": third_person(verb),
                    "label": label(verb, chinese),
                    "goes": verb in going,
                }
                for verb, chinese in verbs.items()
            ]
            for kind, verbs in menus["actions"].items()
        },
        **{
            name: [{"english": english, "label": label(english, chinese)} for english, chinese in menus[name].items()]
            for name in ("paces", "directions", "camera")
        },
        "environments": [
            {"english": english, "label": label(english, words.chinese["environments"][english])}
            for english in menus["environments"]
        ],
    }
