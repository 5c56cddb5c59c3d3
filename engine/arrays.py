"""Arrays as the compiled kernels take them."""

from __future__ import annotations

import numpy as np


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only view of the array, which itself stays as it is.

    To numba, arrays that may be written to are another type, and each mixture of types is compiled anew
    (seconds): whether a frame lies in memory in one piece must not decide that.
    """
    view = array.view()
    view.flags.writeable = False
    return view
