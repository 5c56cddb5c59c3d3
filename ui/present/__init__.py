"""Presentation mode: one message a screen, large, by keyboard; controls in a drawer."""
