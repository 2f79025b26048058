"""From a photo to characters: light, ink, lines, glyphs, reading."""
