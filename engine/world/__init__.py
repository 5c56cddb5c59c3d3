"""The world market portfolio: sizes of asset classes, what theory says about holding them, tilts, evidence."""
