"""Lodestar's only entry: the frame draws the page that was asked for."""

from ui import frame

frame.run()
