"""Station and simulator are killed at random while cards are made; the world must agree in the end.

PRINTSTATION_ROUNDS says how many rounds (2 unless given), PRINTSTATION_SEED where they start: a round's acts
repeat with its seed, the moments of two real processes only nearly.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.process.judge import differences
from tests.process.office import ENDED, Machine, Office, opened
from tests.process.operator import Operator

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("PRINTSTATION_ROUNDS", "2"))
# Seeds are no test names: the workers of one test run draw different ones.
FIRST = int(os.environ.get("PRINTSTATION_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
JOBS, BLOWS = 6, 8
#: A card takes about 45 s of a printer's time: 1.5 s here.
SPEED = 30.0
#: The longest pause between two blows: long enough for a card to come to any of its phases.
PAUSE_S = 1.5
#: Until everything has ended once the last blow has fallen.
CALM_S = 180.0
#: The calibrated counter of one of the two makes more rows of the evidence table be read.
MACHINES = (Machine("tango", "tango2e", 30, counter="pick"), Machine("enduro", "enduro", 30))
#: How long an application waits before it asks a station again that did not answer.
AGAIN_S = 0.05
#: A station that ends politely says so: send it again once it is back.
STOPPING = 503
#: Residents come one after the other.
BETWEEN_POSTS_S = 2.0
#: A post takes about this long; a kill that waited for one falls somewhere in it.
POST_S = 0.02


class Application:
    """Posts its jobs under keys of its own, each again and again until it has an answer."""

    def __init__(self, office: Office, bodies: list[dict[str, Any]], dice: random.Random) -> None:
        self._office = office
        self._bodies = bodies
        self._dice = dice
        #: A request is on its way.
        self.asking = threading.Event()
        self.given_up = threading.Event()
        self._thread = threading.Thread(target=self._post_all, name="application")
        self.failure = ""
        self.lost = 0
        self._thread.start()

    def _post_all(self) -> None:
        ids = set()
        for body in self._bodies:
            self.given_up.wait(self._dice.uniform(0, BETWEEN_POSTS_S))
            answer = self._post(body)
            if answer is None:
                return
            if answer.status_code not in (200, 201):
                self.failure = f"{answer.status_code} {answer.text}"
                return
            ids.add(answer.json()["id"])
        if len(ids) != len(self._bodies):
            self.failure = "two bodies became one job"

    def _post(self, body: dict[str, Any]) -> httpx2.Response | None:
        while not self.given_up.is_set():
            self.asking.set()
            try:
                answer = self._office.post("/jobs", body, key=f"key-{body['reference']}")
                if answer.status_code != STOPPING:
                    return answer
            except httpx2.ConnectError:
                pass
            except (httpx2.TransportError, RuntimeError):
                # RuntimeError: the client was exchanged for that of the next daemon.
                self.lost += 1
            finally:
                self.asking.clear()
            self.given_up.wait(AGAIN_S)
        return None

    def end(self) -> None:
        """Wait until everything is posted."""
        self._thread.join(CALM_S)
        assert not self._thread.is_alive(), "the application never got its answers"
        assert not self.failure, self.failure

    def give_up(self) -> None:
        self.given_up.set()
        self._thread.join(CALM_S)


class Fury:
    """What befalls an office, drawn from a seed."""

    def __init__(
        self, office: Office, operator: Operator, application: Application, dice: random.Random
    ) -> None:
        self._office = office
        self._operator = operator
        self._application = application
        self._dice = dice
        self.blows: list[str] = []

    def strike(self) -> None:
        """One blow after a while; the operator sometimes finds the time to answer meanwhile."""
        self._while(self._dice.uniform(0, PAUSE_S), answering=self._dice.random() < 0.6)
        blows: dict[Callable[[], str], int] = {
            self._kill_daemon: 5,
            self._kill_simulator: 2,
            self._kill_both: 1,
            self._stop_daemon: 1,
            self._cable: 4,
            self._power: 2,
            self._cover: 1,
            self._cancel: 1,
        }
        [blow] = self._dice.choices(list(blows), list(blows.values()))
        self.blows.append(blow())

    def _while(self, seconds: float, *, answering: bool) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answering:
                self._operator.tend()
            self._office.daemon.breathe()

    def _kill_daemon(self) -> str:
        in_a_post = self._dice.random() < 0.5 and self._application.asking.wait(PAUSE_S)
        if in_a_post:
            self._application.given_up.wait(self._dice.uniform(0, POST_S))
        self._office.kill_daemon()
        self._office.start_daemon()
        return "daemon killed in a post" if in_a_post else "daemon killed"

    def _stop_daemon(self) -> str:
        self._office.stop_daemon()
        self._office.start_daemon()
        return "daemon stopped"

    def _kill_simulator(self) -> str:
        self._office.kill_simulator()
        # As long as the station needs to notice, or shorter.
        self._while(self._dice.uniform(0, PAUSE_S / 2), answering=False)
        self._office.start_simulator()
        return "simulator killed"

    def _kill_both(self) -> str:
        self._office.kill_daemon()
        self._office.kill_simulator()
        self._office.start_simulator()
        self._office.start_daemon()
        return "both killed"

    def _cable(self) -> str:
        return self._toggle("plugged", True, "unplug", "replug")

    def _power(self) -> str:
        return self._toggle("power", True, "power-off", "power-on")

    def _cover(self) -> str:
        return self._toggle("cover_open", False, "open-cover", "close-cover")

    def _toggle(self, what: str, well: bool, away: str, back: str) -> str:
        """Mend one that is not well, more often than not, else harm one."""
        names = [machine.name for machine in self._office.machines]
        ill = [name for name in names if self._office.device(name)[what] != well]
        if ill and self._dice.random() < 0.7:
            name, act = self._dice.choice(ill), back
        else:
            name, act = self._dice.choice(names), away
        self._office.hand(name, act)
        if act == away and self._dice.random() < 0.5:
            self._while(self._dice.uniform(0, PAUSE_S), answering=False)
            self._office.hand(name, back)
            return f"{name} {away} and {back}"
        return f"{name} {act}"

    def _cancel(self) -> str:
        jobs = self._office.get("/jobs", limit=500)
        job = self._dice.choice(jobs) if jobs else None
        if job is None or job["state"] in ENDED:
            return "nothing to cancel"
        answer = self._office.post(f"/jobs/{job['id']}/cancel")
        return f"{job['reference']} canceled: {answer.status_code}"

    def calm(self) -> None:
        """Everything is connected, switched on and shut again."""
        for machine in self._office.machines:
            for act in ("replug", "power-on", "close-cover"):
                self._office.hand(machine.name, act)


def one_round(folder: Path, seed: int) -> str:
    """One office from its first job to the judge; returns what befell it."""
    dice = random.Random(seed)
    with opened(folder, MACHINES, SPEED) as office:
        operator = Operator(office)
        bodies = [office.body() for _ in range(JOBS)]
        application = Application(office, bodies, random.Random(seed))
        fury = Fury(office, operator, application, dice)
        try:
            for _ in range(BLOWS):
                fury.strike()
            fury.calm()
            application.end()
            jobs = [{"id": job["id"]} for job in office.get("/jobs", limit=500)]
            operator.see_through(*jobs, within_s=CALM_S)
            operator.close_all()
            wrong = differences(office, bodies)
            assert wrong == [], "\n".join([*wrong, office.story()])
        except BaseException:
            print(f"seed {seed}: {fury.blows}; answered {operator.answered}")
            application.give_up()
            raise
        fates = dict(Counter(operator.answered))
        return f"seed {seed}: {fury.blows}; {application.lost} answers lost; {fates}"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_lost_or_doubled_by_kills(tmp_path: Path, number: int) -> None:
    """Slow: a dozen processes are started and killed, and half a dozen cards made."""
    print(one_round(tmp_path, FIRST + number))
