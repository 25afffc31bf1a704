"""The coach over the models of this computer."""

from __future__ import annotations

from pathlib import Path

from i2v.services.coach import Coach
from i2v.services.models import Models
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.settings import Settings

MODEL = Path(__file__).parents[1] / "golden" / "model"


def test_where_the_models_files_are_its_own_tokenizer_counts(tmp_path: Path) -> None:
    judge = PictureJudge(PictureStore(tmp_path), 1280)
    coach = Coach(Models(Settings(models_dir=tmp_path, model_dir=MODEL)), judge)
    assert coach.advise({"prompt": "zoom in"}, "en")["measures"]["is_token_count_exact"] is True
    bare = Coach(Models(Settings(models_dir=tmp_path, model_dir=tmp_path)), judge)
    assert bare.advise({"prompt": "zoom in"}, "en")["measures"]["is_token_count_exact"] is False
