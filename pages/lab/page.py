"""What if the rules were different: a backtest that answers while its settings move."""

from pages.lab import live
from ui import frame

ctx = frame.current()
age = frame.header(ctx, "lab")
live.panel(ctx, age)
