"""Text in the two languages of the house."""

from dataclasses import dataclass
from typing import Any, ClassVar


class Strict:
    """Base of everything a definition file may say: an unknown key is refused when the catalogue reads it."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(Strict):
    """One text, Chinese first: `zh` is what sheets and clerks see, `en` what engineers may ask for (BAOSONG_LANG=en)."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in `zh` or `en`; any other language falls back to Chinese."""
        return self.en if language == "en" else self.zh
