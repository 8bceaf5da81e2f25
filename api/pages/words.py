"""What the pages say, in the languages of the stores. The English text is its own key."""

from collections.abc import Callable, Mapping

from api.pages import receipt_words, words_saga
from api.pages.pos.dutch import DUTCH as TILL
from api.pages.words_desk_nl import DESK_NL

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "nl": {
        **TILL,
        **DESK_NL,
        **receipt_words.DUTCH,
        **words_saga.NL,
        "Attention": "Aandacht",
        "Sign out": "Afmelden",
        "Till": "Kassa",
    },
}


def translator(language: str) -> Callable[[str], str]:
    """Answer a function that says a text in a language; what is not translated stays English."""
    known = LANGUAGES.get(language, {})
    return lambda text: known.get(text, text)
