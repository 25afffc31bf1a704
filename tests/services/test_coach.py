"""The coach over the models of this computer."""

from __future__ import annotations

from pathlib import Path

from i2v.services.coach import Coach
from i2v.services.machine import Machine, WorkerAtHand
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.settings import Settings

MODEL = Path(__file__).parents[1] / "golden" / "model"


def coach_with(home: Path, model_dir: Path) -> Coach:
    models = Models(Settings(models_dir=home, model_dir=model_dir))
    outlook = Outlook(None, models, Machine("cpu", lambda: WorkerAtHand(None, may_hold_model=False)))
    return Coach(models, outlook, PictureJudge(PictureStore(home), 1280))


def test_where_the_models_files_are_its_own_tokenizer_counts(tmp_path: Path) -> None:
    coach = coach_with(tmp_path, MODEL)
    assert coach.advise({"prompt": "zoom in"}, "en")["measures"]["is_token_count_exact"] is True
    bare = coach_with(tmp_path, tmp_path)
    assert bare.advise({"prompt": "zoom in"}, "en")["measures"]["is_token_count_exact"] is False
