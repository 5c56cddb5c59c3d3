"""One bit a detector: what the compiled pass over a ticker's bars could not rule out."""

DATES = 1
UNIT_CELLS = 2
UNIT_STRETCHES = 4
SPLITS = 8
ADJUSTED_CELLS = 16
DIVIDENDS = 32
STRAY_STEPS = 64
JUMPS = 128
HIGH_LOW = 256
VOLUME = 512
SPIKES = 1024
STALE = 2048
REUSE = 4096
BLANK = 8192
EVERYTHING = 16383
