"""The UNet's forward pass, in the parts in which it need not be done again.

The library computes everything for every step and both branches of guidance. Much of it is the same each time: what the
model is told of sentence, picture and speed stays for the whole clip, and the branches, which differ in the sentence
alone, are one until the first layer that looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from diffusers import I2VGenXLUNet

from i2v.engines.i2vgen_xl.conditioning import Conditions


@dataclass(frozen=True)
class Constants:
    """What the UNet makes of its conditions, once for a clip.

    Attributes:
        contexts: per branch what cross-attention looks at, (1, tokens, channels).
        picture: what stands beside the noisy latents, (1, 4, frames, height/8, width/8).
        speed: the embedding of the asked speed, (1, channels).
    """

    contexts: tuple[torch.Tensor, ...]
    picture: torch.Tensor
    speed: torch.Tensor

    @cached_property
    def together(self) -> torch.Tensor:
        """The contexts of all branches, (branches, tokens, channels)."""
        return torch.cat(self.contexts)

    def told(self, is_guided: bool) -> Constants:
        """What a step with or without guidance is told: the guided branch stands alone where there is none."""
        return self if is_guided else self._alone

    @cached_property
    def _alone(self) -> Constants:
        return Constants(self.contexts[-1:], self.picture, self.speed) if len(self.contexts) > 1 else self


@dataclass
class DeepFeatures:
    """What the layers below the widest resolution made at one step, for later steps to take over; empty before.

    Attributes:
        passes: (branches·frames, channels, h/8, w/8), for each pass of that step: one for both branches, or one each.
            Where memory is so short that there is one each, they lie in main memory; else they are in nobody's way,
            because the step that computes them holds as much until its end, and those after it need less.
    """

    passes: tuple[torch.Tensor, ...] = ()

    def of(self, branches: int, frames: int) -> tuple[torch.Tensor, ...]:
        """The same for so many branches, the guided one being the last."""
        if sum(map(len, self.passes)) == branches * frames:
            return self.passes
        return (torch.cat(self.passes)[-branches * frames :],)


@dataclass(frozen=True)
class _Beginning:
    """What both branches share of one step, up to the first cross-attention.

    Attributes:
        embedding: of step and speed, (1, channels).
        sample: after the first temporal transformer; the last layers see it again. (frames, channels, h/8, w/8).
        residual: what the first spatial transformer adds to, (frames, channels, h/8, w/8).
        tokens: inside that transformer after its self-attention, (frames, h/8·w/8, channels).
    """

    embedding: torch.Tensor
    sample: torch.Tensor
    residual: torch.Tensor
    tokens: torch.Tensor


def hold_constants(unet: I2VGenXLUNet, conditions: Conditions) -> Constants:
    """Does what does not change from step to step.

    Args:
        unet: on the device.
        conditions: of one or two branches, which have picture and speed in common.
    """
    picture = conditions.image_latents[:1]  # (1, 4, f, h/8, w/8)
    thumbnail = unet.image_latents_context_embedding(picture[:, :, 0])  # (1, channels, 8, 8)
    shown = thumbnail.flatten(2).transpose(1, 2)  # (1, 64, channels)
    contexts = []
    for text, image in zip(conditions.text[:, None], conditions.image[:, None], strict=True):
        seen = unet.context_embedding(image).view(1, unet.config.in_channels, -1)  # (1, 4, channels)
        contexts.append(torch.cat([text, shown, seen], dim=1))
    speed = unet.fps_embedding(unet.time_proj(conditions.fps[:1]).to(picture.dtype))
    return Constants(tuple(contexts), _along_time(unet, picture), speed)


def predict(
    unet: I2VGenXLUNet,
    sample: torch.Tensor,
    timestep: torch.Tensor,
    constants: Constants,
    *,
    is_two_pass: bool,
    deep: DeepFeatures | None = None,
) -> torch.Tensor:
    """The v-prediction of each branch, (branches, 4, frames, h/8, w/8), as `I2VGenXLUNet.forward` gives it.

    Args:
        unet: with the layers and the attention of this engine.
        sample: the noisy latents, (1, 4, frames, h/8, w/8), in the type of `constants`; weights may be narrower.
        timestep: a number.
        constants: of the clip.
        is_two_pass: the branches go their own ways one after the other, in half the memory.
        deep: where it is empty, gets what the deep layers make; else stands for them, which is an approximation.
    """
    contexts = constants.contexts if is_two_pass else (constants.together,)
    # What the branches share is held until the last of them; in pieces that is more memory than it is worth.
    shared = None if unet.transformer_in.is_sliced else _begin(unet, sample, timestep, constants)
    held = deep.of(len(constants.contexts), sample.shape[2]) if deep and deep.passes else ()
    answers, made = [], []
    for place, context in enumerate(contexts):
        beginning = shared or _begin(unet, sample, timestep, constants)
        embedding = beginning.embedding.expand(len(context) * sample.shape[2], -1)
        values, states = _finish_first_block(unet, beginning, context, embedding)
        del beginning
        values = held[place].to(sample.device) if held else _go_below(unet, values, states, context, embedding)
        if deep and not held:
            made.append(values.cpu() if is_two_pass else values)
        answers.append(_come_up(unet, values, states, context, embedding))
        del values, states
    if deep and not held:
        deep.passes = tuple(made)
    return torch.cat(answers)


def _along_time(unet: I2VGenXLUNet, picture: torch.Tensor) -> torch.Tensor:
    """What the UNet makes of the picture in each frame, (1, 4, frames, h/8, w/8)."""
    _, channels, frames, height, width = picture.shape
    values = unet.image_latents_proj_in(picture[0].transpose(0, 1))  # (f, 4, h, w)
    values = values.permute(2, 3, 0, 1).reshape(height * width, frames, channels)
    made: torch.Tensor = unet.image_latents_temporal_encoder(values).view(height, width, frames, channels)
    return made.permute(3, 2, 0, 1)[None]


def _begin(unet: I2VGenXLUNet, sample: torch.Tensor, timestep: torch.Tensor, constants: Constants) -> _Beginning:
    frames = sample.shape[2]
    embedding = unet.time_embedding(unet.time_proj(timestep.view(1)).to(sample.dtype)) + constants.speed
    values = torch.cat([sample, constants.picture], dim=1)[0].transpose(0, 1)  # (f, 8, h, w)
    values = unet.conv_in(values)
    first = values = unet.transformer_in(values, num_frames=frames, return_dict=False)[0]
    block = unet.down_blocks[0]
    values = block.resnets[0](values, embedding.expand(frames, -1))
    values = block.temp_convs[0](values, num_frames=frames)
    transformer = block.attentions[0]
    tokens, _ = transformer._operate_on_continuous_inputs(values)  # (f, h·w, c)
    layer = transformer.transformer_blocks[0]
    return _Beginning(embedding, first, values, layer.attn1(layer.norm1(tokens)) + tokens)


def _go_below(
    unet: I2VGenXLUNet,
    values: torch.Tensor,
    states: list[torch.Tensor],
    context: torch.Tensor,
    embedding: torch.Tensor,
) -> torch.Tensor:
    """Everything below the widest resolution, (branches·frames, channels, h/8, w/8): what the last block begins with.

    `states` are those of the widest resolution; the first of them is as large as the latents.
    """
    told = {"temb": embedding, "num_frames": len(embedding) // len(context)}
    kept = list(states)
    for downsampler in unet.down_blocks[0].downsamplers:
        values = downsampler(values)
        kept.append(values)
    for block in unet.down_blocks[1:]:
        values, more = block(values, **told, **_seen(block, context))
        kept += more
    values = unet.mid_block(values, embedding, encoder_hidden_states=context, num_frames=told["num_frames"])
    # A side that cannot be halved so often comes back in the size that it had on the way down.
    is_uneven = any(side % 2**unet.num_upsamplers for side in states[0].shape[-2:])
    for block in unet.up_blocks[:-1]:
        count = len(block.resnets)
        again, kept = tuple(kept[-count:]), kept[:-count]
        size = kept[-1].shape[2:] if is_uneven else None
        values = block(values, res_hidden_states_tuple=again, upsample_size=size, **told, **_seen(block, context))
    return values


def _come_up(
    unet: I2VGenXLUNet,
    values: torch.Tensor,
    states: list[torch.Tensor],
    context: torch.Tensor,
    embedding: torch.Tensor,
) -> torch.Tensor:
    """The last block and what follows it, (branches, 4, frames, h/8, w/8)."""
    block, branches = unet.up_blocks[-1], len(context)
    told = {"temb": embedding, "num_frames": len(embedding) // branches}
    values = block(values, res_hidden_states_tuple=tuple(states), **told, **_seen(block, context))
    made: torch.Tensor = unet.conv_out(unet.conv_act(unet.conv_norm_out(values)))  # (b·f, 4, h, w)
    return made.view(branches, -1, *made.shape[1:]).transpose(1, 2)


def _finish_first_block(
    unet: I2VGenXLUNet, beginning: _Beginning, context: torch.Tensor, embedding: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The rest of the first block down, short of its downsampler, in which the branches part; with what the last block
    sees again, the first of which is what `_begin` ended with."""
    block, branches = unet.down_blocks[0], len(context)
    frames, _, height, width = beginning.residual.shape
    transformer = block.attentions[0]
    layer = transformer.transformer_blocks[0]
    tokens = _each(beginning.tokens, branches)  # (b·f, h·w, c)
    tokens = layer.attn2(layer.norm2(tokens), encoder_hidden_states=context) + tokens
    tokens = layer.ff(layer.norm3(tokens)) + tokens
    residual = _each(beginning.residual, branches)
    values = transformer._get_output_for_continuous_inputs(
        tokens, residual, branches * frames, height, width, tokens.shape[-1]
    )
    values = block.temp_attentions[0](values, num_frames=frames, return_dict=False)[0]
    states = [_each(beginning.sample, branches), values]
    for resnet, conv, within, along in zip(
        block.resnets[1:], block.temp_convs[1:], block.attentions[1:], block.temp_attentions[1:], strict=True
    ):
        values = conv(resnet(values, embedding), num_frames=frames)
        values = within(values, encoder_hidden_states=context, return_dict=False)[0]
        values = along(values, num_frames=frames, return_dict=False)[0]
        states.append(values)
    return values, states


def _seen(block: Any, context: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a block with cross-attention is told besides."""
    return {"encoder_hidden_states": context} if getattr(block, "has_cross_attention", False) else {}


def _each(values: torch.Tensor, branches: int) -> torch.Tensor:
    """The same for each branch, (frames, …) → (branches·frames, …)."""
    return torch.cat([values] * branches) if branches > 1 else values
