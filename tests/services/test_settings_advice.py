"""Advice on settings with what they cost, by this computer's own clips."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from i2v.domain.job import Job
from i2v.engines.registry import engine_spec
from i2v.services.coach import Coach
from i2v.services.machine import Machine, WorkerAtHand
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.services.settings_advice import tell_costs
from i2v.settings import Settings
from i2v.storage.database import Database
from i2v.storage.jobs import JobTable

MODEL = engine_spec("i2vgen-xl")
STANDARD = MODEL.options()
CARD = "NVIDIA GeForce RTX 4090"


def outlook_of(folder: Path, clips: int, device: str = "cuda") -> Outlook:
    """A computer that has made some clips of the standard preset on a card, each in a minute and 6 GiB."""
    table = JobTable(Database(folder / "jobs.sqlite"))
    for number in range(clips):
        table.add(Job(str(number), "queued", MODEL.name, "auto", STANDARD.model_dump(), "0" * 64, 1, 0.0))
        table.claim(0.0)
        recipe = {"made_with": {"device": CARD, "plan": "resident"}}
        outcome = {"recipe": recipe, "work_seconds": 60.0, "peak_memory_gb": 6.0}
        table.finish_done(str(number), f"{number}.mp4", outcome)
    models = Models(Settings(models_dir=folder))
    return Outlook(table, models, Machine(device, lambda: WorkerAtHand(None, may_hold_model=False)))


def coach_of(outlook: Outlook, folder: Path) -> Coach:
    return Coach(Models(Settings(models_dir=folder)), outlook, PictureJudge(PictureStore(folder), 1280))


def test_a_remedy_tells_time_and_memory_before_and_after(tmp_path: Path) -> None:
    coach = coach_of(outlook_of(tmp_path, 20), tmp_path)
    asked: dict[str, Any] = {"width": 1024, "height": 1024, "num_frames": 32, "num_inference_steps": 100}
    wish = {"engine": MODEL.name, **asked}
    answer = coach.advise(wish, "en")
    (advice,) = answer["settings"]
    cost, now = advice["remedy"]["cost"], answer["measures"]["settings"]["cost"]
    assert advice["code"] == "too_much_together"
    # By the operations of these clips and of the standard one, which took a minute.
    clips = [MODEL.options(**asked), MODEL.options(**{**asked, **advice["remedy"]["options"]})]
    share = [MODEL.work(clip) / MODEL.work(STANDARD) for clip in clips]
    assert [now["seconds"]["low"], cost["seconds"]["low"]] == pytest.approx([60 * each for each in share], rel=1e-3)
    assert cost["text"].startswith("20 → 5.0 min, ")
    assert now["memory_gb"]["high"] > cost["memory_gb"]["high"]
    assert answer["measures"]["settings"]["balanced"]["options"] == advice["remedy"]["options"]
    chinese = coach.advise(wish, "zh-CN")["settings"][0]["remedy"]
    assert chinese["label"] == "设为：768 × 768 像素、50 步"
    assert chinese["cost"]["text"].startswith("20 → 5.0 分钟、")


def test_what_nobody_knows_is_not_told(tmp_path: Path) -> None:
    answer = coach_of(outlook_of(tmp_path, 0), tmp_path).advise(
        {"num_inference_steps": 20, "sampler": "ddim", "fps": 30}, "en"
    )
    assert [advice["code"] for advice in answer["settings"]] == ["few_steps", "fps_off_training"]
    cost = answer["measures"]["settings"]["cost"]
    assert cost["seconds"] is None
    assert cost["light"] == "unknown"
    assert cost["memory_gb"]["low"] < cost["memory_gb"]["high"]
    assert [advice["remedy"]["cost"]["text"] for advice in answer["settings"]] == ["", ""]


def test_an_exact_clip_takes_the_processors_time_whatever_the_card_has_made(tmp_path: Path) -> None:
    outlook = outlook_of(tmp_path, 3)
    learned, exact = (outlook.foresee(MODEL, STANDARD.model_copy(update={"exact": flag})) for flag in (False, True))
    assert (learned.basis, exact.basis) == ("learned", "reckoned")
    assert learned.seconds
    assert exact.seconds
    assert exact.seconds.low > 2 * learned.seconds.high
    (advice,) = coach_of(outlook, tmp_path).advise({"engine": MODEL.name, "exact": True}, "en")["settings"]
    assert (advice["code"], advice["remedy"]["options"]) == ("exact_slow", {"exact": False})
    assert "→" in advice["remedy"]["cost"]["text"]


def test_costs_are_told_in_one_unit_and_only_where_they_change() -> None:
    def cost(low: float, high: float, gb: float) -> dict[str, Any]:
        return {"seconds": {"low": low, "high": high}, "memory_gb": {"low": gb, "high": gb}}

    assert tell_costs(cost(60, 80, 7.2), cost(20, 30, 3.4), "en") == "60–80 → 20–30 s, 7.2 → 3.4 GB"
    assert tell_costs(cost(1200, 1200, 7.2), cost(540, 540, 7.21), "en") == "20 → 9.0 min"
    assert tell_costs(cost(36000, 36000, 12.0), cost(540, 5400, 7.0), "zh-CN") == "10 → 0.1–1.5 小时、12 → 7.0 GB"
    assert tell_costs(cost(5, 5, 7.2), cost(5, 5, 7.2), "en") == ""
    assert tell_costs({"seconds": None, "memory_gb": None}, cost(5, 5, 7.2), "en") == ""


def test_options_that_make_no_clip_are_told_as_such_and_the_sentence_gets_its_own(tmp_path: Path) -> None:
    coach = coach_of(outlook_of(tmp_path, 0), tmp_path)
    for wrong, code in (
        ({"width": 7}, "option_invalid"),
        ({"preset": "bogus"}, "preset_unknown"),
        ({"bogus": 1, "engine": MODEL.name}, "option_unknown"),
        ({"num_frames": "x"}, "option_invalid"),
    ):
        answer = coach.advise({"prompt": "something moving", "num_inference_steps": 5, **wrong}, "en")
        assert [advice["code"] for advice in answer["sentence"]] == ["vague_motion"]
        assert [advice["code"] for advice in answer["settings"]] == [code]
        assert answer["measures"]["settings"] == {}
    # What a refined clip is made with stands in its draft.
    assert coach.advise({"refine_of": "x", "num_inference_steps": 5}, "en")["settings"] == []
    # Beyond this computer's limits it may be asked all the same: the advice leads back.
    assert [each["code"] for each in coach.advise({"num_frames": 64}, "en")["settings"]] == ["frames_beyond_training"]


def test_it_computes_for_less_than_20_ms_with_200_clips_to_learn_from(tmp_path: Path) -> None:
    coach = coach_of(outlook_of(tmp_path, 200), tmp_path)
    wish = {"engine": MODEL.name, "num_inference_steps": 10, "guidance_scale": 20.0, "fps": 60, "num_frames": 40}
    taken = []
    for _ in range(7):
        began = time.thread_time()  # whatever else the machine does
        assert len(coach.advise(wish, "en")["settings"]) == 4
        taken.append(time.thread_time() - began)
    assert min(taken) < 0.020
