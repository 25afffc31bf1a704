"""What the I2VGen-XL engine offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import ValidationInfo, field_validator

from i2v.domain.notices import Notice
from i2v.domain.options import PROMPT_LIMIT, Options, option
from i2v.domain.way import Spread, Way
from i2v.engines.base import EngineSpec, MemoryNeed, Site
from i2v.engines.i2vgen_xl.course import Pass, plan_passes
from i2v.engines.i2vgen_xl.memory import Shape, memory_needs, published_weights
from i2v.engines.i2vgen_xl.source import SOURCE
from i2v.errors import DraftDiffers, RefineExact, RefineShape

NAME = "i2vgen-xl"

NEGATIVE_PROMPT = (
    "Distorted, discontinuous, Ugly, blurry, low resolution, motionless, static, disfigured, disconnected limbs, "
    "Ugly faces, incomplete arms"
)
"""The one the model's authors use in their own inference configuration; the library's default is none."""

NATIVE_WIDTH, NATIVE_HEIGHT = 1280, 704
TRAINED_FRAMES = 32
TRAINED_FPS = (8, 16)
FRAMING = ("fit", "crop_x", "crop_y", "background", "preprocess")
"""Options that decide which part of the picture a clip shows, what lies beside it, and how it looks."""
SHAPE_TOLERANCE = 0.03
"""How much a refined clip's sides may differ in proportion from its draft's: sizes come in multiples of 8."""

EXACT = {"sampler": "ddim", "guidance_start": 0.0, "guidance_end": 1.0, "deep_cache_interval": 1}
"""What options that approximate are under `exact`, as the reference has it."""

Sampler = Literal["ddim", "dpmpp_2m", "unipc", "euler"]
Attention = Literal["auto", "sdpa", "xformers"]


class I2VGenXLOptions(Options):
    """The settings of one I2VGen-XL clip."""

    negative_prompt: str = option(
        NEGATIVE_PROMPT,
        ("What should not happen?", "What the clip is steered away from; may be empty."),
        ("不希望出现什么？", "让画面避开的内容；可以留空。"),
        max_length=PROMPT_LIMIT,
    )
    num_inference_steps: int = option(
        50,
        ("Steps", "How often the model refines the clip; time grows in proportion."),
        ("步数", "模型反复细化画面的次数；耗时与之成正比。"),
        unit="steps",
        ge=1,
        le=200,
    )
    guidance_scale: float = option(
        9.0,
        ("Guidance", "How closely the clip follows the sentence; 1 turns guidance off and halves the time."),
        ("引导强度", "画面服从文字的程度；1 表示关闭引导，耗时减半。"),
        ge=1.0,
        le=30.0,
    )
    guidance_start: float = option(
        0.0,
        ("Guidance begins", "Share of the steps that go by before; a step without guidance takes half the time."),
        ("引导起点", "从全部步数的这个比例处开始引导；不引导的步耗时减半。"),
        ge=0.0,
        le=1.0,
    )
    guidance_end: float = option(
        1.0,
        ("Guidance ends", "Share of the steps after which the clip goes on without it, by the sentence alone."),
        ("引导终点", "到全部步数的这个比例处停止引导，此后仅按文字生成。"),
        ge=0.0,
        le=1.0,
    )
    deep_cache_interval: int = option(
        1,
        (
            "Deep layers, every",
            "How often the model's deep layers are computed; between, what they made is kept. Faster, less faithful.",
        ),
        ("深层计算间隔", "模型的深层每隔几步计算一次，中间各步沿用上次的结果；更快，但忠实度下降。"),
        unit="steps",
        ge=1,
        le=5,
    )
    target_fps: int | None = option(
        None,
        (
            "Trained speed",
            "The speed of motion the model is asked for; empty takes 8 or 16, whichever is nearer to fps.",
        ),
        ("运动速度条件", "要求模型采用的运动速度；留空则取 8 或 16 中接近播放帧率者。"),
        unit="fps",
        ge=1,
        le=60,
    )
    sampler: Sampler = option(
        "ddim",
        (
            "Sampler",
            "How steps are taken: ddim as the authors have it; unipc comes as near to the goal in half the steps.",
        ),
        ("采样器", "ddim 与作者一致；unipc 用一半的步数就能同样接近目标。"),
    )
    attention: Attention = option(
        "auto",
        ("Attention", "Which kernels the model uses; auto takes xFormers where it loads and is no slower."),
        ("注意力实现", "模型使用的计算内核；auto 在 xFormers 可用且不更慢时采用它。"),
    )
    exact: bool = option(
        False,
        ("Exact", "No approximation: 32-bit arithmetic on the processor, sampler ddim. Slow, repeatable everywhere."),
        ("精确模式", "不作任何近似：在 CPU 上以 32 位计算，采样器为 ddim。较慢，但处处可复现。"),
    )

    @field_validator("guidance_end")
    @classmethod
    def _guidance_ends_after_it_begins(cls, guidance_end: float, info: ValidationInfo) -> float:
        start = info.data.get("guidance_start", 0.0)
        if guidance_end <= start:
            raise ValueError(f"> guidance_start, {start:g}")
        return guidance_end

    @field_validator("negative_prompt")
    @classmethod
    def _negative_is_storable(cls, negative_prompt: str) -> str:
        return cls._storable(negative_prompt)

    @field_validator("exact")
    @classmethod
    def _exact_follows_the_reference(cls, exact: bool, info: ValidationInfo) -> bool:
        for name, value in EXACT.items() if exact else ():
            if info.data.get(name, value) != value:
                raise ValueError(f"needs {name} {value}, not {info.data[name]}")
        if exact and info.data.get("preprocess"):
            raise ValueError("needs preprocess off: the reference takes the picture as it is")
        return exact

    @property
    def conditioned_fps(self) -> int:
        """`target_fps`, or the trained speed nearest to `fps`."""
        return self.target_fps or min(TRAINED_FPS, key=lambda trained: abs(trained - self.fps))

    @property
    def is_guided(self) -> bool:
        return self.guidance_scale > 1

    def passes(self, first: int = 0) -> tuple[Pass, ...]:
        """What each step computes; `first` is the first that is taken."""
        return plan_passes(
            self.num_inference_steps,
            interval=(self.guidance_start, self.guidance_end),
            is_guided=self.is_guided,
            deep_cache_interval=self.deep_cache_interval,
            first=first,
        )


def _notices(options: I2VGenXLOptions, picture_width: int, picture_height: int) -> list[Notice]:
    """Warns of what the model was not trained for: its authors trained 1280×704 and at most 32 frames."""
    notices = []
    if options.num_frames > TRAINED_FRAMES:
        notices.append(Notice("frames_beyond_training", {"num_frames": options.num_frames, "trained": TRAINED_FRAMES}))
    if (options.width, options.height) != (NATIVE_WIDTH, NATIVE_HEIGHT):
        size, native = f"{options.width}×{options.height}", f"{NATIVE_WIDTH}×{NATIVE_HEIGHT}"
        notices.append(Notice("size_off_training", {"size": size, "native": native}))
    return notices


def count_flops(options: I2VGenXLOptions) -> float:
    """Floating-point operations of denoising a clip, counted on the UNet's layers at several shapes.

    The terms: convolutions, linear layers and cross-attention; spatial self-attention; temporal self-attention; keys
    and values of the context. Of a step that takes over what the deep layers made, only those of the widest resolution.
    """
    frames = options.num_frames
    tokens = options.width * options.height / 64  # latent pixels of one frame
    whole = frames * tokens * (2.857e8 + 1.64e6) + 7301 * frames * tokens**2
    whole += 2.67e4 * frames**2 * tokens + 7.41e9 * frames
    widest = frames * tokens * 9.47e7 + 6400 * frames * tokens**2 + 1.69e4 * frames**2 * tokens
    return sum((1 + each.is_guided) * (whole if each.is_whole else widest) for each in options.passes())


def count_steps_taken(num_inference_steps: int, strength: float) -> int:
    """Steps of a clip that starts from another's latents; those before them are what it takes over."""
    return max(1, min(num_inference_steps, int(num_inference_steps * strength + 1e-9)))


def _check_start(draft: I2VGenXLOptions, options: I2VGenXLOptions) -> None:
    """A clip starts from a draft that shows the same part of the picture, and not where it follows the reference."""
    if options.exact:
        raise RefineExact()
    for name in FRAMING:
        if getattr(options, name) != getattr(draft, name):
            raise DraftDiffers(option=name, value=getattr(options, name), draft=getattr(draft, name))
    if abs(options.width * draft.height / (options.height * draft.width) - 1) > SHAPE_TOLERANCE:
        raise RefineShape(
            size=f"{options.width}×{options.height}",
            draft=f"{draft.width}×{draft.height}",
            example=f"{2 * draft.width}×{2 * draft.height}",
        )


def _memory(options: I2VGenXLOptions, site: Site) -> Sequence[MemoryNeed]:
    """What each plan of the engine takes. An exact clip is made by the processor in float32, whatever card there is."""
    if options.exact:
        site = Site("cpu", 4, site.size_share)
    shape = Shape(options.width, options.height, options.num_frames, options.is_guided, site.value_bytes)
    return memory_needs(published_weights(site.value_bytes, site.size_share), shape, site)


WAY = Way(
    shapes=(
        ((512, 512), (768, 768), (1024, 1024)),
        # As many pixels as 512 × 512, in multiples of 64 as the model's authors advise, and then the native size.
        ((704, 384), (NATIVE_WIDTH, NATIVE_HEIGHT)),
    ),
    refine={"num_frames": 16, "num_inference_steps": 60},
    spread=Spread("guidance_scale", (-1.0, 0.0, 1.0)),
    anew={"exact": False},
)

SPEC = EngineSpec(
    name=NAME,
    label={"en": "I2VGen-XL", "zh-CN": "I2VGen-XL"},
    summary={
        "en": "Makes things in your picture move as the sentence says. Needs 5 GB of weights; slow on a processor, and "
        "not measured on a graphics card yet.",
        "zh-CN": "按照文字让画面中的事物动起来。需要约 5 GB 的权重；仅用 CPU 时较慢，在显卡上的表现尚未实测。",
    },
    options=I2VGenXLOptions,
    presets={
        "fast": {"width": 512, "height": 512, "num_frames": 8, "num_inference_steps": 25, "sampler": "unipc"},
        "standard": {"width": 512, "height": 512, "num_frames": 16, "num_inference_steps": 50, "sampler": "unipc"},
        "high": {"width": 768, "height": 768, "num_frames": 24, "num_inference_steps": 80, "sampler": "unipc"},
    },
    default_preset="standard",
    implementation="i2v.engines.i2vgen_xl.engine:I2VGenXLEngine",
    work=count_flops,
    total_steps=lambda options: int(options.num_inference_steps),
    notices=_notices,
    flops=count_flops,
    weights=SOURCE,
    check_start=_check_start,
    memory=_memory,
    way=WAY,
    exact=EXACT,
)
