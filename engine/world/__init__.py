"""The world portfolio: sizes, equilibrium, utility and tilts."""
