"""`printstation backup` and `restore`: a copy that cannot reprint (`exactly-once.md` §6)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from printstation.cli.failure import REFUSED, Failure
from printstation.cli.options import load_config


def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty folder for the copy.")
    ],
) -> None:
    """Copy the station's database and its key, checked, while the station runs or not.

    Exit codes: 0 the copy is complete; 1 it could not be made, and nothing of it is left; 2 wrong
    configuration.
    """
    config = load_config(context)
    from printstation.acts.restoring import MARK
    from printstation.clock import SystemClock, rfc3339
    from printstation.station import DATABASE, KEY
    from printstation.store.backup import BackupError
    from printstation.store.backup import backup as copy

    made_at = rfc3339(SystemClock().now())
    try:
        made = copy(
            config.data_dir / DATABASE, config.data_dir / KEY, folder, made_at, MARK, _agrees
        )
    except BackupError as error:
        raise Failure(str(error), REFUSED) from None
    head = f"journal head {made.head}" if made.entries else "the journal is empty"
    print(
        f"backed up to {folder}: {made.entries} entries, {head}; its key lies "
        "beside it, so keep the folder as safe as the station itself"
    )


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `backup` made.")],
) -> None:
    """Put a backup into the data folder of a station that does not run and has no database.

    Exit codes: 0 restored; 1 refused, nothing was changed; 2 wrong configuration.
    """
    config = load_config(context)
    from printstation.station import DATABASE, KEY, StationError, take_lock
    from printstation.store.backup import BackupError
    from printstation.store.backup import restore as put_back

    try:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        with take_lock(config.data_dir):
            put = put_back(folder, config.data_dir / DATABASE, config.data_dir / KEY, _agrees)
    except (BackupError, StationError) as error:
        raise Failure(str(error), REFUSED) from None
    except OSError as error:
        line = f"{error.filename} cannot be used: {error.strerror}; nothing was restored"
        raise Failure(line, REFUSED) from None
    print(
        f"restored the copy of {put.made_at} ({put.entries} entries); start the station, count every "
        "hopper, answer its questions, and release the jobs whose cards do not exist yet"
    )


def _agrees(copy: Path) -> None:
    """Raise `BackupError` unless the copy agrees with its own journal.

    Of a copy of an older version only the chain: it is made before the first start of this one, which migrates.
    """
    from printstation.store.audit import CannotAudit, audit, reading, verify
    from printstation.store.backup import BackupError
    from printstation.store.schema import is_current

    try:
        with reading(copy, older=True) as conn:
            found = audit(conn) if is_current(conn) else verify(conn)[1]
    except CannotAudit as error:
        raise BackupError(str(error)) from None
    if found:
        raise BackupError(
            f"the copy differs from its own journal ({found[0]}); run `printstation audit`"
        )
