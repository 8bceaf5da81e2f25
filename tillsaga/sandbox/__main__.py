"""`python -m tillsaga.sandbox`: run the sandbox until it is told to stop."""

import argparse
import signal
import sys

from tillsaga.sandbox.app import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="tillsaga.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--db", default=":memory:", help="SQLite file; default: nothing is kept")
    wanted = parser.parse_args()
    # The server stops on SIGTERM, then raises the signal anew: by then it is a clean exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(wanted.host, wanted.port, wanted.db)


if __name__ == "__main__":
    main()
