"""How long until the next open, what the run did and found, which orders wait, and who signed them?"""

from pages.rebalance import approval, controls, history, night, result
from ui import frame

ctx = frame.current()
age = frame.header(ctx, "rebalance")

# 1. The window from this close to the next open, and who trades when.
with frame.guard(ctx.t):
    night.panel(ctx)

# 2. A run that is kept, or a dry run: time, gates, weights, orders; and the signature that it waits for.
with frame.guard(ctx.t):
    shown = controls.shown(ctx)
    result.panel(ctx, age, shown)
    approval.panel(ctx, shown)

# 3. Runs that were, and what differs between two.
with frame.guard(ctx.t):
    history.panel(ctx)
