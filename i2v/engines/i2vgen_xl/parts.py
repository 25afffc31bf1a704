"""The model's parts in memory: where they run, in which precision, with which attention."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from diffusers import DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from torch import nn
from transformers import CLIPTextModel, CLIPVisionModelWithProjection
from transformers.utils import logging as transformers_logging

from i2v.engines.i2vgen_xl.kernels import can_pack, pack
from i2v.engines.i2vgen_xl.layers import lighten
from i2v.engines.i2vgen_xl.memory import RESIDENT, Plan, Shape, Weights, choose_plan
from i2v.engines.i2vgen_xl.model_folder import ModelFolder
from i2v.engines.i2vgen_xl.slices import slice_layers
from i2v.engines.i2vgen_xl.streamed import Streamed, streamable_layers
from i2v.engines.i2vgen_xl.strips import lighten_vae
from i2v.engines.i2vgen_xl.wide import take_wide_values
from i2v.errors import DeviceMissing
from i2v.machine.gpu import usable_card_bytes
from i2v.machine.memory import main_memory

_BF16_PAYS_FROM = 1.5
"""bf16 is taken on a CPU that is this much faster with it: with AVX512-BF16 or AMX about 2.5, without well below 1."""

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
"""Of glibc's malloc.h: from how much free memory at its end the heap shrinks; how many blocks may lie outside it."""


ENCODERS: Mapping[str, Any] = {"text_encoder": CLIPTextModel, "image_encoder": CLIPVisionModelWithProjection}


@dataclass
class Parts:
    """The networks, tokenizer and settings of one loaded model, and where and how they run.

    The encoders are None while they rest in their files. `dtype` is that of the weights; the UNet's values are in
    `value_dtype`, the same unless they have left its range.
    """

    tokenizer: Any
    text_encoder: Any
    image_encoder: Any
    feature_extractor: Any
    unet: Any
    vae: Any
    scheduler_config: Mapping[str, Any]
    device: torch.device
    dtype: torch.dtype
    plan: Plan = RESIDENT
    folder: ModelFolder | None = None
    is_wide: bool = False

    @property
    def value_dtype(self) -> torch.dtype:
        return torch.float32 if self.is_wide else self.dtype

    def weights(self) -> Weights:
        """Of all networks, those that rest in their files included."""
        return Weights(
            unet=_bytes_of(self.unet),
            vae=_bytes_of(self.vae),
            text_encoder=self._encoder_bytes("text_encoder"),
            image_encoder=self._encoder_bytes("image_encoder"),
            value_bytes=self.dtype.itemsize,
        )

    def fitting_plan(self, shape: Shape, highest: Plan) -> Plan:
        """The fastest plan, from `highest` on, under which a clip fits into what is free now."""
        device: Any = self.device.type
        return choose_plan(free_bytes(self), self.weights(), shape, device, highest)

    @contextlib.contextmanager
    def working(self, name: str, dtype: torch.dtype | None = None) -> Iterator[None]:
        """Has the text encoder, the image encoder or the VAE on the device, read from its file where it rests there;
        in another type than its own if one is named.

        Afterwards encoders are let go unless a card has room for them: the next picture reads them again, in less time
        than a processor takes for a step.
        """
        if name in ENCODERS and (dtype or getattr(self, name) is None):
            assert self.folder is not None, f"there is no file to read {name} from"
            setattr(self, name, read_encoder(self.folder, name, dtype or self.dtype))
        network = getattr(self, name)
        own = network.dtype if dtype else None
        try:
            with self.visiting(network.to(dtype) if dtype else network):
                yield
        finally:
            is_roomy = self.device.type != "cpu" and not self.plan.is_offloading and dtype is None
            if name not in ENCODERS and own is not None:
                network.to(own)
            if name in ENCODERS and self.folder is not None and not is_roomy:
                setattr(self, name, None)
                free_cached_memory(self.device)

    def _encoder_bytes(self, name: str) -> int:
        network = getattr(self, name)
        if network is not None or self.folder is None:
            return _bytes_of(network)
        return self.folder.count_values(name) * self.dtype.itemsize

    def take_up(self, plan: Plan) -> None:
        """Puts each network where it rests under the plan; an offloaded UNet comes when the encoders have left."""
        self.plan = plan
        slice_layers(self.unet, plan.is_sliced)
        for network in filter(None, (self.text_encoder, self.image_encoder, self.vae, self.unet)):
            network.to("cpu" if plan.is_offloading else self.device)

    @contextlib.contextmanager
    def visiting(self, network: nn.Module) -> Iterator[None]:
        """Has a network on the device for as long as it is open, streamed where the plan says so.

        Afterwards it rests where the plan says; a UNet that leaves room for the VAE stays for the next clip.
        """
        layers = streamable_layers(network) if self.plan.is_streamed else []
        streamed = Streamed(network, layers, self.device) if layers else None
        if streamed is None:
            network.to(self.device)
        try:
            yield
        finally:
            if streamed is not None:
                streamed.end()
            if self.plan.is_offloading and (self.plan.is_sliced or network is not self.unet):
                network.to("cpu")
                free_cached_memory(self.device)


def choose_device(wanted: str) -> torch.device:
    """The device for `auto`, `cuda`, `mps` or `cpu`.

    Raises:
        DeviceMissing: this machine or this build of PyTorch does not have the wanted one.
    """
    present = [
        name
        for name, is_there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if is_there
    ] + ["cpu"]
    if wanted != "auto" and wanted not in present:
        raise DeviceMissing(device=wanted, found=", ".join(present))
    return torch.device(present[0] if wanted == "auto" else wanted)


def choose_dtype(device: torch.device) -> torch.dtype:
    """fp16, in which the model is published, on a GPU; on a CPU bf16 where that is faster, else float32."""
    if device.type != "cpu":
        return torch.float16
    return torch.bfloat16 if _bf16_speedup() >= _BF16_PAYS_FROM else torch.float32


def load_parts(folder: ModelFolder, device: torch.device, dtype: torch.dtype) -> Parts:
    """Reads the model from its folder: safetensors only, nothing from the net, no code of the folder's.

    The two encoders stay in their files until there is work for them.
    The VAE is kept in float32 where its configuration asks for that (`force_upcast`): in 16 bits it overflows.
    """
    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    pipeline = DiffusionPipeline.from_pretrained(
        folder.path,
        variant=folder.variant,
        dtype={"default": dtype, "vae": torch.float32},
        use_safetensors=True,
        local_files_only=True,
        low_cpu_mem_usage=True,
        **dict.fromkeys(ENCODERS),
    )
    if not pipeline.vae.config.force_upcast:
        pipeline.vae.to(dtype)
    lighten(pipeline.unet)
    lighten_vae(pipeline.vae)
    if device.type == "cpu":
        if can_pack(dtype):
            pack(pipeline.unet)
            pipeline.vae.to(memory_format=torch.channels_last)  # as the kernels take it, too
            free_cached_memory(device)  # what the weights took in their old order
        keep_freed_memory()
    take_wide_values(pipeline.unet)
    if device.type == "mps":
        pool = pipeline.unet.image_latents_context_embedding
        pool[2] = PoolOnCpu(pool[2])
    return Parts(
        tokenizer=pipeline.tokenizer,
        text_encoder=None,
        image_encoder=None,
        feature_extractor=pipeline.feature_extractor,
        unet=pipeline.unet,
        vae=pipeline.vae,
        scheduler_config=dict(pipeline.scheduler.config),
        device=device,
        dtype=dtype,
        folder=folder,
    )


def free_bytes(parts: Parts) -> int:
    """What the device still has for a clip, with what this process holds of it itself."""
    if parts.device.type == "cuda":
        free, total = torch.cuda.mem_get_info(parts.device)
        return usable_card_bytes(int(free + torch.cuda.memory_reserved(parts.device)), int(total))
    networks = (parts.text_encoder, parts.image_encoder, parts.unet, parts.vae)
    held = sum(_bytes_of(network) for network in networks if network is not None)
    return main_memory().available + held


def read_encoder(folder: ModelFolder, name: str, dtype: torch.dtype) -> nn.Module:
    """One of the two encoders, in main memory; where its file holds that type already, its weights stay mapped."""
    network: nn.Module = ENCODERS[name].from_pretrained(
        folder.path / name,
        variant=folder.variant if folder.is_variant(name) else None,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
    )
    return network


def keep_freed_memory() -> None:
    """Has this process keep what it frees of main memory for what it asks for next, until `free_cached_memory`.

    glibc gives every block beyond 32 MiB back at once and asks the system for the next one, which comes page by page
    and zeroed; a step's tensors are such blocks, and that took it a tenth of its time.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # musl has no such call
            libc = ctypes.CDLL(None)
            libc.mallopt(_M_MMAP_MAX, 0)
            libc.mallopt(_M_TRIM_THRESHOLD, -1)


def free_cached_memory(device: torch.device) -> None:
    """Gives freed blocks back to the system, on the device and in main memory."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        with contextlib.suppress(AttributeError):  # PyTorch before 2.13 need not have it
            torch.accelerator.empty_host_cache()  # page-locked: what weights were streamed from
    if device.type == "mps":
        torch.mps.empty_cache()
    if sys.platform == "linux":
        # glibc keeps the thousands of weights smaller than its mapping threshold: 2 GiB of a 5 GiB model.
        with contextlib.suppress(AttributeError):  # musl has no such call and needs none
            ctypes.CDLL(None).malloc_trim(0)


class PoolOnCpu(nn.Module):
    """Pooling to 32×32 for MPS, which cannot where latents do not divide by 32 (1280×704: 160×88); once per step."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = self.pool(values.cpu().float())
        return pooled.to(values.device, values.dtype)


def _bytes_of(network: nn.Module) -> int:
    return sum(value.numel() * value.element_size() for value in (*network.parameters(), *network.buffers()))


@cache
def _bf16_speedup() -> float:
    """How much faster this CPU multiplies matrices in bf16 than in float32. Takes some 50 ms, once."""
    return _seconds_to_multiply(torch.float32) / _seconds_to_multiply(torch.bfloat16)


def _seconds_to_multiply(dtype: torch.dtype) -> float:
    matrix = torch.ones(1024, 1024, dtype=dtype)
    matrix @ matrix
    took = []
    for _ in range(3):
        start = time.perf_counter()
        matrix @ matrix
        took.append(time.perf_counter() - start)
    return min(took)
