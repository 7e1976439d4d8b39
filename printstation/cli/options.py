"""Options that several commands share, and how they lead to a station."""

from __future__ import annotations

import getpass
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from printstation.cli.failure import IMPOSSIBLE, Failure

if TYPE_CHECKING:
    from printstation.cli.client import Client
    from printstation.config import Config

DEFAULT_CONFIG = Path("printstation.toml")
DEFAULT_LISTEN = "127.0.0.1:8631"

Url = Annotated[
    str | None,
    typer.Option(
        envvar="PRINTSTATION_URL",
        help="Where the station answers; else `listen` of the configuration, else "
        f"http://{DEFAULT_LISTEN}.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
By = Annotated[
    str | None,
    typer.Option(envvar="PRINTSTATION_BY", help="Who acts; else the login name."),
]
Key = Annotated[
    str | None,
    typer.Option(help="Idempotency-Key; the same key and request are carried out once."),
]


def config_path(context: typer.Context) -> Path:
    """The configuration that this command works with, whether it exists or not."""
    given = context.find_root().obj
    return given if isinstance(given, Path) else DEFAULT_CONFIG


def load_config(context: typer.Context) -> Config:
    """The checked configuration; a mistake in it is one line."""
    from printstation.config import Config, ConfigError

    try:
        return Config.load(config_path(context))
    except ConfigError as error:
        raise Failure(str(error), IMPOSSIBLE) from None


def connect(context: typer.Context, url: str | None) -> Client:
    """A client of the station that is meant."""
    from printstation.cli.client import Client

    return Client(url or _configured(context), token=os.environ.get("PRINTSTATION_TOKEN"))


def _configured(context: typer.Context) -> str:
    # Only this key is looked at, not the whole checked: a client needs no printers.
    path = config_path(context)
    if not path.exists() and path == DEFAULT_CONFIG:
        return f"http://{DEFAULT_LISTEN}"
    try:
        listen = tomllib.loads(path.read_text(encoding="utf-8")).get("listen", DEFAULT_LISTEN)
    except OSError as error:
        raise Failure(
            f"{path} cannot be read: {error.strerror}; or give --url", IMPOSSIBLE
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Failure(f"{path} cannot be read: {error}; or give --url", IMPOSSIBLE) from None
    if not isinstance(listen, str) or listen.endswith(":0"):
        raise Failure(f"{path} does not say which port is listened to; give --url", IMPOSSIBLE)
    return f"http://{listen}"


def person(by: str | None) -> str:
    """Who acts."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Failure("say who acts with --by NAME", IMPOSSIBLE) from None
