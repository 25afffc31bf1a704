"""What becomes of a wish before it is a job, on a real data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from i2v.errors import (
    BadInput,
    JobLong,
    MemoryShort,
    OptionInvalid,
    OptionUnknown,
    PictureMissing,
    WeightsAbsent,
    WeightsMissing,
)
from i2v.machine.memory import MainMemory
from i2v.services import forecast
from i2v.services import machine as machine_module
from i2v.services.folders import prepare_folders
from i2v.services.forecast import Foresight, Span
from i2v.services.house import House, open_house
from i2v.services.outlook import Outlook
from i2v.settings import FLAGS, load_settings
from i2v.storage.ownership import Ownership

MODEL = Path(__file__).parent.parent / "golden" / "model"


def make_house(home: Path, **flags: object) -> House:
    flags = {"output_dir": str(home / "outputs"), "device": "cpu", **flags}
    environment = {"I2V_INPUT_DIR": str(home / "inputs"), "I2V_MODELS_DIR": str(home / "models")}
    environment |= {f"I2V_{key.upper()}": str(value) for key, value in flags.items() if key not in FLAGS}
    settings = load_settings({key: value for key, value in flags.items() if key in FLAGS}, environment)
    prepare_folders(settings)
    return open_house(settings, Ownership(settings.state_dir))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A folder without any model, wherever else on this computer one may lie."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    made = make_house(tmp_path)
    yield made
    made.close()


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A folder whose user has named a model, on a processor of 100 GFLOP/s whatever else it does meanwhile."""
    monkeypatch.setattr(forecast, "matmul_flops", lambda: 1e11)
    made = make_house(tmp_path, model_dir=str(MODEL))
    yield made
    made.close()


def wish(house: House, picture: bytes, **options: Any) -> dict[str, Any]:
    return {"picture_sha256": house.pictures.take_in(picture, "a.png").sha256, **options}


def test_auto_is_the_camera_where_no_model_is(house: House, picture: bytes) -> None:
    job = house.submitter.submit(wish(house, picture))
    assert (job.engine, job.engine_asked, job.preset, job.options["num_frames"]) == ("camera", "auto", "standard", 16)


def test_auto_is_the_model_where_it_is(studio: House, picture: bytes) -> None:
    job = studio.submitter.submit(wish(studio, picture, width=64, height=64))
    assert (job.engine, job.options["guidance_scale"], job.options["num_inference_steps"]) == ("i2vgen-xl", 9.0, 50)


def test_a_preset_is_overruled_by_what_is_named(studio: House, picture: bytes) -> None:
    job = studio.submitter.submit(wish(studio, picture, preset="fast", num_frames=4))
    assert (job.preset, job.options["num_frames"], job.options["width"]) == ("", 4, 512)
    assert job.options["num_inference_steps"] <= 30


def test_foreign_options_are_dropped_with_a_notice_only_where_auto_chose(house: House, picture: bytes) -> None:
    job = house.submitter.submit(wish(house, picture, num_inference_steps=20, guidance_scale=7.0))
    assert {notice.values.get("option") for notice in job.notices} >= {"num_inference_steps", "guidance_scale"}
    with pytest.raises(OptionUnknown, match="num_inference_steps"):
        house.submitter.submit(wish(house, picture, engine="camera", num_inference_steps=20))
    with pytest.raises(OptionUnknown, match="nonsense"):
        house.submitter.submit(wish(house, picture, nonsense=1))


def test_a_model_that_is_nowhere_is_refused_with_the_way_to_get_it(house: House, picture: bytes) -> None:
    with pytest.raises(WeightsAbsent) as refused:
        house.submitter.submit(wish(house, picture, engine="i2vgen-xl"))
    assert refused.value.exit_code == 2
    assert house.library.find() == []


def test_a_model_folder_that_is_not_whole_is_refused_by_what_it_lacks(tmp_path: Path, picture: bytes) -> None:
    folder = tmp_path / "half"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_bytes((MODEL / "model_index.json").read_bytes())
    house = make_house(tmp_path, model_dir=str(folder))
    with pytest.raises(WeightsMissing, match="unet"):
        house.submitter.submit(wish(house, picture, engine="i2vgen-xl"))
    house.close()


def test_a_clip_of_hours_is_asked_about_first(studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio.models, "size_share", lambda spec: 1.0)
    asked = wish(studio, picture, engine="i2vgen-xl", preset="high")
    with pytest.raises(JobLong) as long:
        studio.submitter.submit(asked)
    low, high = long.value.values["low_minutes"], long.value.values["high_minutes"]
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert 10 <= low < high
    assert studio.submitter.submit({**asked, "confirmed": True}).status == "queued"


@pytest.mark.parametrize(
    ("low", "high", "is_asked"), [(400.0, 900.0, True), (400.0, 700.0, False), (700.0, 800.0, True)]
)
def test_a_clip_that_more_likely_than_not_takes_over_ten_minutes_is_asked_about(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch, low: float, high: float, is_asked: bool
) -> None:
    foresight = Foresight(Span(low, high), None, "learned")
    monkeypatch.setattr(Outlook, "foresee", lambda self, spec, options: foresight)
    with pytest.raises(JobLong) if is_asked else contextlib.nullcontext():
        studio.submitter.submit(wish(studio, picture, engine="i2vgen-xl"))


def test_a_wish_sent_once_more_is_not_asked_about_again(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = wish(studio, picture, engine="camera")
    job = studio.submitter.submit(asked, "key")
    batch = studio.candidates.submit({**asked, "count": 2, "allow_alike": True}, "keys")
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(1200, 2400), None, "learned"))
    assert studio.submitter.submit(asked, "key") == job
    assert studio.candidates.submit({**asked, "count": 2, "allow_alike": True}, "keys") == batch
    with pytest.raises(JobLong):
        studio.submitter.submit(asked, "another key")


def test_a_clip_of_seconds_is_not_asked_about(studio: House, picture: bytes) -> None:
    assert studio.submitter.submit(wish(studio, picture, engine="i2vgen-xl", preset="fast")).status == "queued"


def with_memory(monkeypatch: pytest.MonkeyPatch, available_gb: float) -> None:
    """Has this computer 16 GiB, of which so much is free."""
    memory = MainMemory(16 * 2**30, int(available_gb * 2**30))
    monkeypatch.setattr(machine_module, "main_memory", lambda: memory)


def test_a_clip_that_does_not_fit_is_refused_with_the_numbers_and_what_would_fit(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.models, "size_share", lambda spec: 1.0)
    with_memory(monkeypatch, 6.5)
    asked = wish(studio, picture, engine="i2vgen-xl", width=1280, height=704)
    with pytest.raises(MemoryShort) as short:
        studio.submitter.submit(asked)
    values = short.value.values
    assert (values["where"], values["memory"], values["free_gb"], values["total_gb"]) == ("ram", "RAM", 6.5, 16.0)
    assert float(str(values["needed_gb"])) > 6.5
    assert studio.library.find() == []
    told = studio.estimator.estimate(asked)
    assert (told["light"], told["memory"]["needed_gb"]["high"]) == ("red", pytest.approx(values["needed_gb"], abs=0.06))
    assert told["instead"] == {name: values[name] for name in ("width", "height", "num_frames")}
    assert studio.estimator.estimate({**asked, **told["instead"]})["light"] == "amber"
    assert studio.submitter.submit({**asked, "confirmed": True}).status == "queued"


def test_where_nothing_fits_the_engine_that_always_works_is_named(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.models, "size_share", lambda spec: 1.0)
    with_memory(monkeypatch, 1.0)
    with pytest.raises(MemoryShort) as short:
        studio.submitter.submit(wish(studio, picture, engine="i2vgen-xl"))
    assert (short.value.values["instead"], short.value.values["width"]) == ("camera", None)


def test_a_precision_that_nobody_knows_makes_a_range(
    studio: House, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.models, "size_share", lambda spec: 1.0)
    monkeypatch.setattr(machine_module, "computes_in_bf16", lambda: None)
    asked = wish(studio, picture, engine="i2vgen-xl")
    lights = {}
    for free_gb in (6, 9, 12, 15.9):
        with_memory(monkeypatch, free_gb)
        lights[free_gb] = studio.estimator.estimate(asked)["light"]
    assert lights == {6: "red", 9: "unknown", 12: "amber", 15.9: "green"}


def test_what_is_refused_leaves_nothing_behind(house: House, picture: bytes) -> None:
    for bad in ({"engine": "x"}, {"num_frames": 99}, {"width": 7}, {"preset": "x"}, {"picture_sha256": "0" * 64}):
        with pytest.raises(BadInput):
            house.submitter.submit({**wish(house, picture), **bad})
    assert house.library.find() == []


def test_a_model_without_jobs_is_reckoned_and_says_so(studio: House, picture: bytes) -> None:
    told = studio.estimator.estimate(wish(studio, picture, engine="i2vgen-xl"))
    assert told["basis"] == "reckoned"
    assert 0 < told["seconds"]["high"] < 600


def test_an_estimate_needs_no_picture_but_a_named_one_must_be_there(house: House) -> None:
    assert house.estimator.estimate({"num_frames": 8})["light"] == "green"
    with pytest.raises(PictureMissing):
        house.estimator.estimate({"picture_sha256": "0" * 64})


def test_settings_that_exclude_each_other_are_refused_in_their_own_words(studio: House, picture: bytes) -> None:
    with pytest.raises(OptionInvalid, match="needs sampler ddim"):
        studio.submitter.submit(wish(studio, picture, engine="i2vgen-xl", sampler="unipc", exact=True))


@pytest.mark.parametrize("preset", ["fast", "standard", "high"])
def test_a_preset_gives_way_to_exact(studio: House, picture: bytes, preset: str) -> None:
    asked = wish(studio, picture, engine="i2vgen-xl", preset=preset, num_frames=8, confirmed=True)
    options = [studio.estimator.estimate({**asked, "exact": is_exact})["options"] for is_exact in (True, False)]
    assert [each["sampler"] for each in options] == ["ddim", "unipc"]
    assert options[0]["num_inference_steps"] == options[1]["num_inference_steps"]


def test_an_estimate_queues_nothing_and_says_unknown_where_it_is(house: House, picture: bytes) -> None:
    told = house.estimator.estimate(wish(house, picture))
    assert (told["engine"], told["seconds"], told["peak_memory_gb"], told["basis"]) == ("camera", None, None, None)
    assert (told["memory"]["basis"], told["memory"]["where"], told["instead"]) == ("computed", "ram", None)
    assert house.library.find() == []
