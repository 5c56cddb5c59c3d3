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
from engine.allocation.models import MODELS, model
from engine.allocation.orders import Order, Ticket, ticket
from engine.allocation.problem import Note, Rules
from engine.allocation.profile import KOREA, PLAIN, PROFILES, Profile, Rate
from engine.allocation.types import Allocation
from engine.allocation.universe import Funds, funds, rate
from engine.allocation.wording import TEMPLATES, filled, sentences

__all__ = [
    "KOREA", "MODELS", "PLAIN", "PROFILES", "TEMPLATES", "Allocation", "Answer", "Case", "Fact", "Funds", "Month", "Note",
    "Order", "Point", "Profile", "Question", "Rate", "RatePoint", "Rules", "Ticket", "allocate", "answer", "contributions",
    "covariance", "curve", "explain", "filled", "foreign_to", "funds", "implied_tracking", "in_won", "model", "order_ticket", "question",
    "rate", "rate_sensitivity", "sentences", "ticket",
]  # fmt: skip
