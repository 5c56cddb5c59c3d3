"""Documents that leave the room, made of what pages noted: nothing is drawn on a screen here but by ``panel``."""
