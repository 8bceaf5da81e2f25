"""What a page shows of documents and requests: codes and who somebody is by their last letters."""

import json
import re
from urllib.parse import parse_qsl, quote, urlsplit

from tillsaga.domain.tokens import TOKEN, masked, remade
from tillsaga.redaction import redacted

_TELLING = re.compile(
    r"(?i)((bar_?)?codes?|hash|e?mail|phone|card(_?number)?|identifier|loyalty_?id|member_?id|"
    r"(first|last)_?name)$|^(\w*identifier_)?value$"
)
_HARMLESS = re.compile(
    r"(?i)^(tillsaga_.*|(product|currency|status|error|store|post|country|plu|sku)_?code|"
    r"(line|order|receipt|store|pos|terminal)_?number)$"
)


def masked_document(value: object) -> object:
    """Mask the texts of a document by their fields' names, and by what they look like."""
    return remade(value, _masked_text)


def masked_body(body: str, content_type: str) -> str:
    """Mask a request's body: JSON or a form; of anything else nothing is shown."""
    try:
        return json.dumps(masked_document(json.loads(body)), ensure_ascii=False)
    except ValueError:
        is_form = "x-www-form-urlencoded" in content_type
        return _masked_pairs(body) if is_form or not body else "..."


def masked_url(url: str) -> str:
    """Mask what stands in an address behind its question mark.

    >>> masked_url("http://127.0.0.1:8600/leat/giftcards/find?hash=HT123ABC&page=2")
    'http://127.0.0.1:8600/leat/giftcards/find?hash=****3ABC&page=2'
    """
    parts = urlsplit(url)
    return parts._replace(query=_masked_pairs(parts.query)).geturl()


def _masked_pairs(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(f"{name}={quote(_masked_text(name, v), safe=_PLAIN)}" for name, v in pairs)


_PLAIN = "*$:@,/"


def _masked_text(name: str, text: str) -> str:
    if text.startswith("$") or _HARMLESS.match(name):
        return text
    if _TELLING.search(name):
        return masked(text) or ""
    return redacted(TOKEN.sub(lambda found: masked(found[0]) or "", text))
