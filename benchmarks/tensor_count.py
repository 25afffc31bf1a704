"""Counts what tensors would take, by their shapes alone: on the device `meta`, where nothing is computed."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from i2v.engines.i2vgen_xl import attention


class TensorCount(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While open, `peak` is the most bytes that tensors made meanwhile held at once."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = self._held = 0
        self._known: dict[int, weakref.ref[torch.UntypedStorage]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carries an operation out and notes what it made; a view of something older is nothing new."""
        given = {value.untyped_storage()._cdata for value in tree_leaves((args, kwargs)) if _is_tensor(value)}
        answer = func(*args, **(kwargs or {}))
        for value in filter(_is_tensor, tree_leaves(answer)):
            storage = value.untyped_storage()
            if storage._cdata not in given and storage._cdata not in self._known:
                self._held += storage.nbytes()
                forget = partial(self._forget, storage._cdata, storage.nbytes())
                self._known[storage._cdata] = weakref.ref(storage, forget)
        self.peak = max(self.peak, self._held)
        return answer

    def _forget(self, key: int, size: int, _: object) -> None:
        self._held -= size
        self._known.pop(key, None)


@contextlib.contextmanager
def without_attention() -> Iterator[None]:
    """While open, attention takes its answer's memory only, as kernels do that never hold a whole matrix."""

    def attend(queries: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        return torch.empty_like(queries)

    with (
        patch.object(attention, "_attend", attend),
        patch.object(torch.nn.functional, "scaled_dot_product_attention", attend),
    ):
        yield


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)
