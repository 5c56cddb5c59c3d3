"""What does AI momentum hold and why, which look-back is in use, did it pay, and what did the real fund do?"""

from pages.momentum import controls, fund, live, own
from ui import frame

ctx = frame.current()
age = frame.header(ctx, "momentum")
look = controls.look(ctx)

# 1. The simulated fund: holdings, look-back, record, names left out.
if look == "all":
    own.offer(ctx.t)
    with frame.guard(ctx.t):
        fund.panel(ctx, age, controls.asked(ctx))

# 2. The real fund, live, in a part of its own.
with frame.guard(ctx.t):
    live.panel(ctx, age, alone=look == "live")
