"""Writes the guide to a good clip, `docs/advice.md` and its Chinese twin, from the coach's own rules and words.

.venv/bin/python -m docs.advice

Nothing in it is typed by hand: sentences are those of the areas `coach` and `advice`, bounds are read where the coach
reads them, and what the app says of an example the coach says when this runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from docs.advice_examples import (
    MODEL,
    Example,
    clip_examples,
    picture_examples,
    sentence_examples,
    settings_examples,
)
from i2v.diagnosis.clip.judgement import thresholds
from i2v.diagnosis.picture import judgement as picture_judgement
from i2v.services.sentence_builder import builder_menus
from i2v.text import LANGUAGES, say, sentences

FOLDER = Path(__file__).parent
FILES: Mapping[str, Path] = {"en": FOLDER / "advice.md", "zh-CN": FOLDER / "advice.zh-CN.md"}
PARTS = ("sentence", "settings", "picture", "clip", "words")
NOTE = "<!-- Written by `python -m docs.advice`; change i2v/text/*/advice.yaml or docs/advice_examples.yaml. -->\n"
_SHORT = 6


def guide(language: str) -> str:
    """The whole file in one language."""
    words = sentences("advice", language)
    standard = MODEL.options(**MODEL.presets["standard"]).model_dump()
    parts = " · ".join(f"[{words[f'part.{part}']}](#{_anchor(words[f'part.{part}'])})" for part in PARTS)
    lines = [NOTE, f"# {words['title']}\n", f"{words['languages']}\n", f"{words['intro']}\n", f"{parts}\n"]
    lines += [f"## {words['short.title']}\n"]
    lines += [f"{number}. {_say(f'short.{number}', language, **standard)}" for number in range(1, _SHORT + 1)]
    examples = {
        "sentence": sentence_examples(language),
        "settings": settings_examples(),
        "picture": picture_examples(),
        "clip": clip_examples(),
    }
    sections = {"sentence": _sentence, "settings": _settings, "picture": _picture, "clip": _clip}
    for part, found in examples.items():
        lines.append(f"\n## {words[f'part.{part}']}\n\n{words[f'about.{part}']}")
        for code, shown in _by_code(found).items():
            lines.append(f"\n### {words[f'{part}.{code}.title']} `{code}`\n")
            lines += sections[part](code, shown, language)
    return "\n".join([*lines, *_words(language)]) + "\n"


def _sentence(code: str, examples: list[Example], language: str) -> Iterator[str]:
    yield _say(f"sentence.{code}.why", language)
    for example in examples:
        told = example.advice.to_json(language)
        remedy = told["remedy"]
        yield f"\n> {told['message']}\n"
        yield f"| {_say('before', language)} | {remedy['label']} |\n|---|---|"
        yield f"| {example.sentence} | {_after(remedy, language)} |"


def _after(remedy: Mapping[str, Any], language: str) -> str:
    """The sentence that the button makes, and what it puts elsewhere."""
    if "negative_prompt" not in remedy:
        return str(remedy["prompt"])
    return f"{remedy['prompt']}<br>{_option('negative_prompt', language)} {remedy['negative_prompt']}"


def _settings(code: str, examples: list[Example], language: str) -> Iterator[str]:
    for number, example in enumerate(examples):
        assert example.rule is not None
        told = example.advice.to_json(language)
        yield f"> {told['message']}\n" if number == 0 else f"\n> {told['message']}\n"
        reason = _say(f"reason.{example.rule['reason'].strip()}", language)
        yield _say("line.when", language, text=_conditions(example.rule["when"], language), reason=reason)
        yield from _button(example, told, language)


def _picture(code: str, examples: list[Example], language: str) -> Iterator[str]:
    yield from (f"> {example.advice.to_json(language)['message']}\n" for example in examples)
    yield _say("line.from", language, text=_say(f"picture.{code}.from", language, **_picture_bounds()))
    if f"picture.{code}.do" in sentences("advice", language):
        yield f"- {_say(f'picture.{code}.do', language)}"
    yield from _button(examples[0], examples[0].advice.to_json(language), language)


def _picture_bounds() -> dict[str, float]:
    """The thresholds by their names in the code, shares in percent as well."""
    named = {
        name: value for name, value in vars(picture_judgement).items() if name.isupper() and not name.startswith("_")
    }
    figures = {name: value for name, value in named.items() if isinstance(value, int | float)}
    return {**figures, **{f"{name}_PERCENT": round(100 * value, 1) for name, value in figures.items()}}


def _clip(code: str, examples: list[Example], language: str) -> Iterator[str]:
    yield from (f"> {example.advice.to_json(language)['message']}\n" for example in examples)
    yield _say("line.from", language, text=_say(f"clip.{code}.from", language, **thresholds()))
    yield f"- {_say(f'clip.{code}.why', language)}"
    yield from _button(examples[0], examples[0].advice.to_json(language), language)


def _button(example: Example, told: Mapping[str, Any], language: str) -> Iterator[str]:
    """What the remedy's button says and what it changes; nothing where there is none."""
    if told["remedy"] is None:
        return
    label = told["remedy"]["label"]
    changed = [
        f"{_option(name, language)} {_value(name, example.options[name], language)} → {_value(name, value, language)}"
        for name, value in told["remedy"]["options"].items()
        if example.options[name] != value
    ]
    told_changes = _say("list.join", language).join(changed)
    yield _say("line.button", language, label=label, changes=told_changes.removeprefix(f"{label} "))


def _conditions(when: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """All that must hold for a rule to fire, in words."""
    told = [
        _say(f"bound.{way}", language, name=_quantity(name, language), value=_bound(name, bound, language))
        for name, ways in when.items()
        for way, bound in ways.items()
    ]
    return _say("bound.join", language).join(told)


def _quantity(name: str, language: str) -> str:
    figure = f"figure.{name}"
    return _say(figure, language) if figure in sentences("advice", language) else _option(name, language)


def _bound(name: str, bound: Any, language: str) -> str:
    """A bound, by sampler where it differs between them; allowed values as a list."""
    join = _say("list.join", language)
    if isinstance(bound, dict):
        by_sampler = (
            _say("bound.by_sampler", language, value=value, sampler=sampler) for sampler, value in bound.items()
        )
        return join.join(by_sampler)
    if isinstance(bound, list):
        return _say("list.or", language).join(_value(name, each, language) for each in bound)
    return _value(name, bound, language)


def _value(name: str, value: Any, language: str) -> str:
    words = sentences("advice", language)
    if isinstance(value, bool):
        return words["on" if value else "off"]
    if value is None:
        return words["none"]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    return words.get(f"{name}.{value}", str(value))


def _option(name: str, language: str) -> str:
    """An option's label, as on the page."""
    extra: Any = MODEL.options.model_fields[name].json_schema_extra
    return str(extra["label"][language])


def _words(language: str) -> Iterator[str]:
    """The builder's menus: who does what by kind, then the menus that go with all of them."""
    menus = builder_menus(language)
    words = sentences("advice", language)
    yield f"\n## {words['part.words']}\n\n{_say('about.words', language, sentence=menu_sentence())}\n"
    yield f"| {words['columns.subjects']} | {words['columns.actions']} |\n|---|---|"
    for kind, group in groupby(menus["subjects"], key=lambda subject: str(subject["kind"])):
        yield f"| {_offers(group, language)} | {_offers(menus['actions'][kind], language)} |"
    yield ""
    for name in ("paces", "directions", "environments", "camera"):
        yield _say("line.words", language, name=words[f"columns.{name}"], words=_offers(menus[name], language))


def menu_sentence() -> str:
    """A sentence from the menus' first animal and the first of all else."""
    menus = builder_menus("en")
    subject = next(each for each in menus["subjects"] if each["kind"] == "animal")
    action = menus["actions"]["animal"][0]
    said = (subject, menus["paces"][0], action, menus["directions"][0], menus["environments"][0])
    return " ".join(each["english"] for each in said)


def _offers(entries: Any, language: str) -> str:
    """English words; for other readers with their own beside them."""
    return " · ".join(each["english"] if language == "en" else f"{each['label']} {each['english']}" for each in entries)


def _by_code(examples: Iterator[Example]) -> dict[str, list[Example]]:
    """In the order in which the codes come first."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.advice.code, []).append(example)
    return found


def _say(key: str, language: str, /, **values: object) -> str:
    return say("advice", key, language, **values)


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return heading.lower().replace(" ", "-")


def main() -> None:
    for language in LANGUAGES:
        FILES[language].write_text(guide(language), "utf-8", newline="\n")
        print(FILES[language])


if __name__ == "__main__":
    main()
