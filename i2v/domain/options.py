"""The settings of one clip, declared once: form, flags, REST schema, validation and recipe derive from them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from i2v.domain.address import FORM
from i2v.domain.crop import Fit

SEED_LIMIT = 2**32 - 1
PROMPT_LIMIT = 2000
COLOUR_PATTERN = "^#[0-9a-fA-F]{6}$"


def option(
    default: Any, en: tuple[str, str], zh: tuple[str, str], *, unit: str = "", basic: bool = False, **bounds: Any
) -> Any:
    """One option: its default, its label and help in both languages, its unit and its bounds.

    Args:
        default: value when nothing is given.
        en: label and one sentence of help in English.
        zh: the same in Simplified Chinese.
        unit: unit of the value (`px`, `frames`, `fps`), empty for a bare number or text.
        basic: stands on the page itself rather than among the folded settings.
        bounds: pydantic's own (`ge`, `le`, `multiple_of`, `max_length`, `pattern`).
    """
    label: JsonDict = {"en": en[0], "zh-CN": zh[0]}
    explained: JsonDict = {"en": en[1], "zh-CN": zh[1]}
    extra: JsonDict = {"unit": unit, "basic": basic, "label": label, "help": explained}
    return Field(default, description=en[1], json_schema_extra=extra, **bounds)


class Options(BaseModel):
    """What every engine understands. An engine's own Options extend this and forbid everything else.

    Defaults here are of the `standard` preset; `seed=None` asks for a fresh one, which the job then records.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: str = option(
        "",
        ("What should happen?", "One sentence: what moves, how, how fast."),
        ("画面要怎么动？", "一句话：谁在动，怎么动，多快。"),
        max_length=PROMPT_LIMIT,
        basic=True,
    )
    width: int = option(
        512, ("Width", "Width of the clip."), ("宽度", "视频宽度。"), unit="px", ge=64, le=4096, multiple_of=8
    )
    height: int = option(
        512, ("Height", "Height of the clip."), ("高度", "视频高度。"), unit="px", ge=64, le=4096, multiple_of=8
    )
    num_frames: int = option(
        16,
        ("Frames", "How many pictures the clip has."),
        ("帧数", "视频一共有多少帧。"),
        unit="frames",
        ge=2,
        le=256,
    )
    fps: int = option(
        8,
        ("Frames per second", "How fast the clip plays; its length is frames ÷ frames per second."),
        ("每秒帧数", "播放速度；时长 = 帧数 ÷ 每秒帧数。"),
        unit="fps",
        ge=1,
        le=60,
    )
    seed: int | None = option(
        None,
        ("Seed", "The same seed gives the same clip again; empty picks a new one."),
        ("随机种子", "相同的种子得到相同的视频；留空则随机。"),
        ge=0,
        le=SEED_LIMIT,
    )
    fit: Fit = option(
        "cover",
        (
            "Fit",
            "How a picture of other proportions fills the clip: cover cuts, pad puts bars beside it, stretch distorts.",
        ),
        ("适配方式", "图片与视频比例不同时的处理：cover 裁切，pad 留边，stretch 拉伸变形。"),
        basic=True,
    )
    crop_x: float = option(
        0.5,
        ("Crop, across", "Where a picture that is too wide is cut: 0 keeps its left end, 1 its right, 0.5 the middle."),
        ("横向裁切位置", "图片过宽时保留哪里：0 为最左，1 为最右，0.5 为正中。"),
        basic=True,
        ge=0.0,
        le=1.0,
    )
    crop_y: float = option(
        0.5,
        ("Crop, down", "Where a picture that is too tall is cut: 0 keeps its top, 1 its bottom, 0.5 the middle."),
        ("纵向裁切位置", "图片过高时保留哪里：0 为最上，1 为最下，0.5 为正中。"),
        basic=True,
        ge=0.0,
        le=1.0,
    )
    background: str | None = option(
        None,
        (
            "Background",
            "Colour (#rrggbb) behind transparent parts and of bars; empty takes white for the former, black for bars.",
        ),
        ("背景颜色", "透明部分的底色和留边的颜色（#rrggbb）；留空时透明处为白色，留边为黑色。"),
        basic=True,
        pattern=COLOUR_PATTERN,
    )
    preprocess: bool = option(
        False,
        (
            "Improve the picture",
            "Less noise and blur, more contrast, no bars, enlarged if small: only what its measures call for.",
        ),
        ("改善图片", "依照对图片的测量，仅在需要时降噪、去模糊、提高对比度、去除边框并放大。"),
        basic=True,
    )

    @property
    def clip_size(self) -> tuple[int, int]:
        """Width and height of the clip in pixels."""
        return self.width, self.height

    @property
    def crop_place(self) -> tuple[float, float]:
        """Where the part of the picture that the clip shows sits in it, across and down."""
        return self.crop_x, self.crop_y

    @field_validator("prompt")
    @classmethod
    def _storable(cls, prompt: str) -> str:
        """NUL cuts an MP4 comment short and a lone surrogate cannot be written at all."""
        if "\0" in prompt or any(0xD800 <= ord(sign) <= 0xDFFF for sign in prompt):
            raise ValueError("must not contain NUL or lone surrogate characters")
        return prompt


def option_extra(field: FieldInfo) -> dict[str, Any]:
    """Label, help, unit and place of an option, as `option` recorded them."""
    extra = field.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 … 255, of a colour as options write it (`#rrggbb`)."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def allowed_values(options: type[BaseModel], name: str) -> str:
    """What an option or setting takes, in signs that need no language: `64 … 4096, n × 8` or `ddim, unipc`."""
    schema = options.model_json_schema()["properties"].get(name, {})
    kind = next((choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"), schema)
    if "enum" in kind:
        return ", ".join(map(str, kind["enum"]))
    if kind.get("type") == "boolean":
        return "true, false"
    if kind.get("format") == "path":
        return "DIR"
    if kind.get("format") == FORM:
        return FORM
    if kind.get("pattern") == COLOUR_PATTERN:
        return "#rrggbb"
    if kind.get("type") == "string":
        return f"Unicode, ≤ {kind['maxLength']}" if "maxLength" in kind else "Unicode"
    steps = f", n × {kind['multipleOf']}" if "multipleOf" in kind else ""
    return f"{kind.get('minimum', '-∞')} … {kind.get('maximum', '∞')}{steps}"
