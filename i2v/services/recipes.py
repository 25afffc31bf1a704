"""A clip of anybody's, read back into the wish that made it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from i2v.domain.recipe import Recipe
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec
from i2v.errors import PictureMissing, RecipeForeign
from i2v.media.embed import open_recipe
from i2v.services.pictures import PictureStore
from i2v.text.addresses import address


def read_settings(clip: bytes, name: str, pictures: PictureStore) -> dict[str, Any]:
    """What made a clip, in the words of a job's view, so that a form filled from a job can be filled from it too.

    `dropped` names options that this version does not know, `left_out` those that a private clip does not carry;
    `picture` tells whether it is here, `start` which latents the clip began from, if it was refined from another.

    Raises:
        ClipUnreadable, RecipeMissing, RecipeForeign, RecipeNewer: there is nothing to read.
        EngineUnknown: it was made by an engine that is not here.
    """
    recipe = open_recipe(clip, name)
    spec = engine_spec(recipe.engine)
    options, dropped = _known_options(recipe, spec, name)
    return {
        "job_id": recipe.job_id,
        "engine": spec.name,
        "engine_asked": spec.name,
        "preset": _preset_of(spec, options),
        "options": options,
        "left_out": list(recipe.left_out),
        "dropped": dropped,
        "private": bool(recipe.left_out),
        "start": dict(recipe.start) if recipe.start else None,
        "picture": {
            "sha256": recipe.picture_sha256,
            "url": address(f"/api/v1/pictures/{recipe.picture_sha256}"),
            "is_here": _is_here(pictures, recipe.picture_sha256),
        },
        "made_with": dict(recipe.made_with),
        "frames_sha256": recipe.frames_sha256,
    }


def _known_options(recipe: Recipe, spec: EngineSpec, name: str) -> tuple[dict[str, Any], list[str]]:
    known = {option: value for option, value in recipe.options.items() if option in spec.options.model_fields}
    try:
        spec.options.model_validate(known)
    except ValidationError as cause:
        option = cause.errors(include_url=False)[0]["loc"][0]
        raise RecipeForeign(name=name, reason=f"{option} = {str(known.get(str(option)))[:40]}") from cause
    return known, [option[:80] for option in recipe.options if option not in known]


def _preset_of(spec: EngineSpec, options: dict[str, Any]) -> str:
    """The preset that has these options; empty where something was changed by hand."""
    is_exact = options.get("exact") is True
    named = (name for name in spec.presets if spec.preset_values(name, is_exact=is_exact).items() <= options.items())
    return next(named, "")


def _is_here(pictures: PictureStore, sha256: str) -> bool:
    try:
        pictures.path(sha256)
    except PictureMissing:
        return False
    return True
