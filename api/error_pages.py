"""The registry of codes: the page in docs/, and the pages that a problem's `type` leads to."""

from collections.abc import Iterator

from api.html import code_marks, page
from api.next_steps import NEXT_STEPS
from api.problems import REGISTRY, TYPES, kind_of

_INTRODUCTION = """\
# Errors

Every error is `application/problem+json` (RFC 9457). Programs go by `code`, which is stable, and
by `retryable`; `title` and `detail` are for people. `type` is an address of the service itself,
which shows the same as the row below. New codes may be added; treat one that you do not know by
its status.

`retryable` says that the same request may succeed later. Where there was no answer, or the door
could not give one (`request_in_progress`, `rate_limited`, 500 and above but `vendor_unavailable`),
the same `Idempotency-Key` goes along. What a checkout has refused is its answer, and the same key
gets that answer again, with `Idempotency-Replayed: true`: to ask anew, take a new key. Nothing is
done twice by it.

Made by `make openapi` from `tillsaga/errors.py` and `api/next_steps.py`; not edited by hand.
"""


def errors_page() -> str:
    """Write the page in docs/: one row per code, by status."""
    rows = [
        f"| `{code}` | {kind_of(code).title} | {'yes' if kind_of(code).retryable else 'no'} "
        f"| {NEXT_STEPS[code]} |"
        for code in sorted(REGISTRY)
    ]
    by_status: dict[int, list[str]] = {}
    for code, row in zip(sorted(REGISTRY), rows, strict=True):
        by_status.setdefault(int(kind_of(code).status), []).append(row)
    return _INTRODUCTION + "".join(
        _section(status, by_status[status]) for status in sorted(by_status)
    )


def _section(status: int, rows: list[str]) -> str:
    table = "\n".join(rows)
    head = "| code | meaning | retryable | what to do next |\n|---|---|---|---|"
    return f"\n## {status}\n\n{head}\n{table}\n"


def problem_page(code: str) -> str:
    """Show one code, where its `type` leads to."""
    kind = kind_of(code)
    again = f"Yes, after {kind.retry_after_seconds} s." if kind.retryable else "No."
    facts = {
        "Status": f"{int(kind.status)}",
        "May the same request succeed later?": again,
        "What to do next": code_marks(NEXT_STEPS[code]),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{fact}</dd>" for name, fact in facts.items())
    body = f"<h1><code>{code}</code></h1><p>{kind.title}.</p><dl>{listed}</dl>"
    return page(code, f'{body}<p><a href="{TYPES}">All errors</a> · <a href="/docs">API</a></p>')


def problems_page() -> str:
    """List all codes."""
    rows = "".join(_rows())
    head = "<tr><th>code</th><th>status</th><th>meaning</th><th>what to do next</th></tr>"
    return page(
        "Errors", f'<h1>Errors</h1><table>{head}{rows}</table><p><a href="/docs">API</a></p>'
    )


def _rows() -> Iterator[str]:
    for code in sorted(REGISTRY, key=lambda code: (kind_of(code).status, code)):
        kind = kind_of(code)
        name = f'<a href="{TYPES}/{code}"><code>{code}</code></a>'
        yield (
            f"<tr><td>{name}</td><td>{int(kind.status)}</td><td>{kind.title}</td>"
            f"<td>{code_marks(NEXT_STEPS[code])}</td></tr>"
        )
