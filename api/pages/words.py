"""What the pages say, in the languages of the stores. The English text is its own key."""

from collections.abc import Callable, Mapping

from api.pages.pos.dutch import DUTCH as TILL
from api.pages import words_saga
from api.pages.words_desk_nl import DESK_NL

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "nl": {
        **TILL,
        **DESK_NL,
from api.pages import receipt_words

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "nl": {
        **receipt_words.DUTCH,
        "Attention": "Aandacht",
        "Sign out": "Afmelden",
        "Till": "Kassa",
        **words_saga.NL,
    },
}


def translator(language: str) -> Callable[[str], str]:
    """Answer a function that says a text in a language; what is not translated stays English."""
    known = LANGUAGES.get(language, {})
    return lambda text: known.get(text, text)
