from dataclasses import dataclass
@dataclass(frozen=True)
class GlyphRecipe:
    target: int = 20
    centre: str = "mass"
    blur: float = 0.0
