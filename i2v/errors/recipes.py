"""Clips whose recipe cannot be read or followed."""

from __future__ import annotations

from i2v.errors.bad_input import BadInput


class ClipUnreadable(BadInput):
    """A file that should be a clip is not there, or no MP4. values: name, reason (the place, or the system's words)."""

    code = "clip_unreadable"


class RecipeMissing(BadInput):
    """An MP4 without settings in its comment. values: name."""

    code = "recipe_missing"


class RecipeForeign(BadInput):
    """Settings in a form that is not ours: another program's, or damaged. values: name, reason."""

    code = "recipe_foreign"


class RecipeNewer(BadInput):
    """values: name, found, known (versions of the recipe's form)."""

    code = "recipe_newer"


class RecipePictureMissing(BadInput):
    """The picture that a clip was made from is not in the inputs folder. values: name, sha256."""

    code = "recipe_picture_missing"


class RecipeSentenceMissing(BadInput):
    """A clip was made with its sentences left out of it. values: name, flags (those that give them)."""

    code = "recipe_sentence_missing"


class RecipeStartMissing(BadInput):
    """The latents that a refined clip began from are not here. values: name, sha256 (of the latents)."""

    code = "recipe_start_missing"
