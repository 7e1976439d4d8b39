"""A new model by a TOML file alone, exactly as `docs/adding-a-printer.md` has it: found, configured, and conforming."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import drivers
from printstation.config import Config, ConfigError
from printstation.diagnostics.conformance import Check, Verdict
from tests.contract.conformance_bench import CABLES, Bench
from tests.contract.conformance_promise import Promise
from tests.contract.conformance_units import found_models, unit
from tests.contract.test_conformance import PROMISES, tried
from tests.unit.drivers.test_models import unsourced

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "adding-a-printer.md").read_text(encoding="utf-8")
NAME = "example-desk"


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package's model files with the page's own beside them; nothing else is touched."""
    for path in (ROOT / "drivers").glob("*/models/*.toml"):
        folder = tmp_path / path.parent.parent.name / "models"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    (written,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "magicard" / "models" / f"{NAME}.toml"
    file.write_text(written, encoding="utf-8")
    monkeypatch.setattr(sys.modules["drivers.models"], "__file__", str(tmp_path / "models.py"))
    drivers.models.cache_clear()
    yield file
    drivers.models.cache_clear()


def test_it_is_found_proposed_and_configured(added: Path, tmp_path: Path) -> None:
    assert NAME in drivers.models() and NAME in found_models()
    device = drivers.Attached("usb", "usb://1209:0e01", (0x1209, 0x0E01))
    assert [proposal.model.name for proposal in drivers.proposals(device)] == [NAME]
    config = tmp_path / "printstation.toml"
    row = f'[[printers]]\nname = "desk"\nmodel = "{NAME}"\nuri = "usb://1209:0e01"\n'
    config.write_text('data_dir = "d"\n' + row)
    assert Config.load(config).printers[0].model == NAME
    config.write_text('data_dir = "d"\n' + row + "path_sensor = true\n")
    with pytest.raises(ConfigError, match="no known query tells whether a card is in the path"):
        Config.load(config)


def test_its_numbers_name_their_source(added: Path) -> None:
    assert unsourced(added.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_it_keeps_every_promise(added: Path, promise: Promise) -> None:
    each = unit(drivers.model(NAME))
    for cable in CABLES[each.model.family]:
        assert tried(promise, each, cable) or not each.model.path_sensor


def test_a_standing_unit_passes_the_check(added: Path) -> None:
    bench = Bench(unit(drivers.model(NAME)), "usb")
    found = list(Check("usb://1209:0e01", bench.connect, bench.model).run())
    assert [finding for finding in found if finding.verdict is Verdict.BROKEN] == []


def test_the_page_names_every_promise_that_catches_a_liar() -> None:
    from tests.contract.test_conformance_liars import CAUGHT_BY

    table = PAGE[PAGE.index("| a device that |") :].split("\n\n")[0].replace("; ", " ").lower()
    for name in set.union(
        *(set(list(names)[:1]) for names in CAUGHT_BY.values() if len(names) == 1)
    ):
        assert name.replace("-", " ") in table, name
