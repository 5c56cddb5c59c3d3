"""What a small account can really buy: whole shares, with a proof of how near they come to a model portfolio.

``allocate`` answers for one account; ``curve``, ``rate_sensitivity`` and ``contributions`` for many;
``explain`` says why. numba is imported by the first solve, not here.
"""

from engine.allocation.allocator import allocate
from engine.allocation.problem import Note, Rules
from engine.allocation.types import Allocation

__all__ = ["Allocation", "Note", "Rules", "allocate"]
