"""What a small account can really buy: whole shares, with a proof of how near they come to a model portfolio.

``allocate`` answers for arrays; ``question`` and ``answer`` for a reader's words and the fact tables;
``curve``, ``rate_sensitivity`` and ``contributions`` for many accounts; ``explain`` says why, in codes
and numbers. numba is imported by the first solve, not here.
"""

from engine.allocation.allocator import Case, allocate
from engine.allocation.ask import Answer, Question, answer, foreign_to, order_ticket, question
from engine.allocation.covariance import covariance, implied_tracking, in_won
from engine.allocation.curve import Month, Point, RatePoint, contributions, curve, rate_sensitivity
from engine.allocation.explain import Fact, explain
from engine.allocation.models import MODELS, NAMES, model
from engine.allocation.orders import Order, Ticket, ticket
from engine.allocation.problem import Note, Rules, number
from engine.allocation.profile import KOREA, PLAIN, PROFILES, Profile, Rate
from engine.allocation.report import Exposure, Fall, Variant, all_world_in, exposures, falls, variant
from engine.allocation.types import Allocation
from engine.allocation.universe import Funds, funds, rate
from engine.allocation.wording import TEMPLATES, filled, sentences

__all__ = [
    "KOREA", "MODELS", "NAMES", "PLAIN", "PROFILES", "TEMPLATES", "Allocation", "Answer", "Case", "Exposure", "Fact", "Fall", "Funds",
    "Month", "Note",
    "Order", "Point", "Profile", "Question", "Rate", "RatePoint", "Rules", "Ticket", "Variant", "all_world_in", "allocate",
    "answer", "contributions",
    "covariance", "curve", "explain", "exposures", "falls", "filled", "foreign_to", "funds", "implied_tracking", "in_won",
    "model", "number", "order_ticket", "question",
    "rate", "rate_sensitivity", "sentences", "ticket", "variant",
]  # fmt: skip
