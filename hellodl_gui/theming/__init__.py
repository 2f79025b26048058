"""The only place with colours: themes, style, palettes, icons."""
