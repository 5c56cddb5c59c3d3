"""Stories: choose one, change it, keep it as a file, present it."""

from pages.stories import editor, library
from ui import frame

ctx = frame.current()
frame.header(ctx, "stories")

# 1. Which story, and what can be done with the whole of it.
story = library.panel(ctx)
library.refusals(ctx, story)

# 2. Its steps.
editor.panel(ctx, story)
