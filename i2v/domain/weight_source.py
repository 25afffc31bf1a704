"""Where an engine's weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from i2v.domain.model_folder import ModelLayout


@dataclass(frozen=True)
class WeightSource:
    """One model at one fixed revision of a hub's repository.

    Attributes:
        repo: `owner/name` at the hub.
        revision: the commit, 40 hexadecimal digits; a branch could change under us.
        folder: the name of its folder below the models folder.
        size_bytes: about how much a download brings, in half precision.
        layout: the files that make it.
        licences: what is said of its use, by language, one sentence each.
    """

    repo: str
    revision: str
    folder: str
    size_bytes: int
    layout: ModelLayout
    licences: Mapping[str, tuple[str, ...]]

    @property
    def page(self) -> str:
        """The model's page, for people."""
        return f"https://huggingface.co/{self.repo}"
