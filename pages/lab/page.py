"""What if the rules were different: a backtest that answers while its settings move."""

from pages.lab import files, live
from ui import frame

ctx = frame.current()
age = frame.header(ctx, "lab")
files.own(ctx.t)
live.panel(ctx, age)
