"""Colours of marks on a photo, the same under every theme, since paper is bright."""

UNREAD = "#566272"
SURE = "#0a7d40"
DOUBTFUL = "#b3261e"
TYPED = "#7a3fb0"
CHOSEN = "#0b62c4"
CHIP = "#ffffff"
CHIP_ALPHA = 190
TINT_ALPHA = 28
