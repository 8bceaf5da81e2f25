"""The frame of the pages that the API serves by itself. No script, nothing from elsewhere."""

import re
from html import escape

STYLE_PATH = "/docs/style.css"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: #0a66c2; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
a { color: var(--mark); }
code, pre { font: 0.85em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); overflow: auto; padding: 0.75rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.75rem 0.3rem 0; text-align: left; }
td { vertical-align: top; }
dt { font-weight: 600; }
details { border: 1px solid var(--line); border-radius: 4px; margin: 0.5rem 0; }
details > *:not(summary) { margin-left: 1rem; margin-right: 1rem; }
summary { cursor: pointer; padding: 0.5rem 1rem; }
details details { margin: 0.5rem 1rem; }
.method { display: inline-block; font-weight: 700; min-width: 4rem; }
.path { font-family: ui-monospace, monospace; }
.note { opacity: 0.75; }
"""


def page(title: str, body: str) -> str:
    """Put a body, which is HTML, into its frame."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} - Tillsaga</title><link rel="stylesheet" href="{STYLE_PATH}">'
        f"</head><body>{body}</body></html>\n"
    )


def code_marks(text: str) -> str:
    """Show `code` as code; all else is text."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def paragraphs(text: str) -> str:
    """Show a description: paragraphs with `code` in them."""
    return "".join(f"<p>{code_marks(part)}</p>" for part in text.strip().split("\n\n") if part)
