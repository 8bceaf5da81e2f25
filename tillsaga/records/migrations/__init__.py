"""The schema's history. No file to configure: `upgrade(url)` is all that operators need."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event

from tillsaga.records.database import begin_immediate, database_url, prepare_connection


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to date; blocks. Several processes may do so at the same time."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to an older revision, or to `base`: nothing."""
    _run(url, lambda config: command.downgrade(config, revision))


def knows(revision: str) -> bool:
    """Whether a revision is one of these, so that it can be brought up to date."""
    return revision in {each.revision for each in _script().walk_revisions()}


def head() -> str:
    """The revision that this version works with."""
    newest = _script().get_current_head()
    assert newest is not None, "there is one at least"
    return newest


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


def _run(url: str, act: Callable[[Config], None]) -> None:
    config = Config()
    # A percent sign would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            act(config)
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(database_url(url))
    if engine.dialect.name == "sqlite":
        # So that a revision is applied whole or not at all, on SQLite too.
        event.listen(engine, "connect", prepare_connection)
        event.listen(engine, "begin", begin_immediate)
    return engine
