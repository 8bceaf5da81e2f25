"""The folder that a stack keeps its data in; one stack at a time."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import Self

from tillsaga.commands.trouble import Trouble


class Home:
    """A data folder that is ours while this process lives."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is touched yet."""
        self.folder = folder.absolute()
        self.logs = self.folder / "logs"
        self.stores_file = self.folder / "stores.yaml"
        self.key_file = self.folder / "api-key"
        self.ports_file = self.folder / "ports.json"
        self._lock_file = self.folder / "lock"
        self._lock = -1
        self._umask = 0o077

    @property
    def database_url(self) -> str:
        """Where the records are."""
        return f"sqlite:///{self.folder / 'tillsaga.db'}"

    def __enter__(self) -> Self:
        """Take hold of the folder.

        Raises:
            Trouble: another stack runs in it.
        """
        # Records and histories are of customers: nobody else on the machine reads them.
        self._umask = os.umask(0o077)
        self.logs.mkdir(parents=True, exist_ok=True)
        self._close_to_others()
        self._lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            os.umask(self._umask)
            words = f"another tillsaga runs in {self.folder}"
            raise Trouble(words, hint="stop it, or set TILLSAGA_DATA_DIR=another/folder") from None
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the folder."""
        os.close(self._lock)
        os.umask(self._umask)

    @property
    def is_taken(self) -> bool:
        """Whether a stack runs in the folder."""
        try:
            lock = os.open(self._lock_file, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _close_to_others(self) -> None:
        """Close what an earlier version left open; what the owner made is the owner's."""
        self.folder.chmod(0o700)
        for name in ("tillsaga.db", "temporal.db", "sandbox.db"):
            for file in self.folder.glob(f"{name}*"):
                file.chmod(0o600)

    def wipe(self) -> None:
        """Start afresh; the lock stays, since it is ours."""
        for entry in set(self.folder.iterdir()) - {self._lock_file}:
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.logs.mkdir()
