"""What an Evolis printer does with the bytes it gets: parser to body, one sequence (Ss … Se) a card.

Outlives every host: what is half received stays, and the next bytes finish it (exactly-once.md §4).
Byte-offset faults strike here, exactly after the byte that they name, counted from the ESC of Ss.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.body import Body
from simulator.evolis import panels as evolis_panels
from simulator.evolis.dialogue import BAD, OK, EvolisDialogue
from simulator.evolis.language import Command, Damage, Event, PanelEnd, Parser
from simulator.jobs import Job, Page
from simulator.magicard import answers
from simulator.receiver import NEVER, Receiver

START = b"\x1bSs"
OPTION = "OPT NOT AVAILABLE"
# Commands that bring a card in: Sr to the head, Si from the feeder (§3).
DRAWS = ("Sr", "Si")


class EvolisReceiver(Receiver):
    """The listening half of one printer."""

    def __init__(
        self,
        body: Body,
        dialogue: EvolisDialogue,
    ) -> None:
        super().__init__(body)
        geometry = body.spec.geometry
        self._parser = Parser(geometry.lines, geometry.dots)
        self.language = answers.DEFAULT_LANGUAGE
        self._dialogue = dialogue
        self._open = False
        self._job: Job | None = None
        self._start = 0

    # ------------------------------------------------------------------ seen from outside
    @property
    def parser(self) -> Parser:
        """What has been heard."""
        return self._parser

    @property
    def receiving(self) -> bool:
        """Between Ss and Se: the card's bytes are still coming."""
        return self._open

    def refuses(self, data: bytes) -> bool:
        """NAK: busy by fault, in an error that takes no panel data, or no room for another card."""
        if self.busy_until > self._body.now or self._naks():
            return True
        full = self._body.error is None and not self._body.room
        if full and self.parser.idle and not self._open and data.lstrip(b"\0").startswith(START):
            return True
        return self._turns_busy()

    def soft_reset(self) -> None:
        """What has been received of an unfinished card is worthless; the card stays inside."""
        self.parser.reset()
        job = self._end()
        if job is not None and not job.whole and job in self._body.jobs:
            job.broken = True
            self._body.go()

    def forget(self) -> None:
        """Power is gone: so are all received bytes, and an error mode that was not saved."""
        self.parser.reset()
        self._end()
        self.busy_until = NEVER
        self._dialogue.power_on_mode()

    def _end(self) -> Job | None:
        job, self._job, self._open = self._job, None, False
        return job

    def _naks(self) -> bool:
        """Never along a line: there a panel that is not taken would keep Scs out, by which the host clears (§7)."""
        if self._dialogue.along_a_line:
            return False
        in_error = self._body.spec.habits.naks_in_error and self._body.error is not None
        return in_error and self.parser.in_panel

    # ------------------------------------------------------------------ byte faults
    def _portion(self, data: bytes) -> int:
        """How much of `data` may be heard before an armed byte offset of a card is reached."""
        offset = self._faults.next_byte(self._struck)
        if offset is None:
            return len(data)
        if self._open:
            return min(len(data), max(offset - (self.parser.offset - self._start), 1))
        if not self.parser.idle:
            return 1  # a command that may still turn out to be the start
        begins = data.find(START)
        if begins < 0:
            return len(data)
        end = data.find(b"\r", begins) + 1 or len(data)
        return max(begins, 0) or min(len(data), max(offset, end))

    def _card_since(self) -> int | None:
        return self._start if self._open else None

    # ------------------------------------------------------------------ hearing
    def _hear(self, data: bytes, connected: Callable[[], bool]) -> None:
        for event in self.parser.feed(data):
            self._on(event)
            if not connected():
                return
        if self._open:
            self.last_byte = self._body.now

    def _on(self, event: Event) -> None:
        if isinstance(event, PanelEnd):
            self._dialogue.say(self._panel(event))
        elif isinstance(event, Command):
            self._command(event)
        elif isinstance(event, Damage):
            self._dialogue.say(BAD)

    def _command(self, event: Command) -> None:
        name = event.words[0]
        acts = {"Ss": self._begin, "Sv": self._flip, "Se": self._finish, "Scs": self._clear}
        if name in acts:
            self._dialogue.say(acts[name](event))
        elif name in DRAWS:
            self._dialogue.say(self._draw())
        elif name in ("Ser", "Seb"):
            self._dialogue.say(self._reject())
        elif name == "Srs":
            self.soft_reset()
            self._dialogue.say(self._clear(event))
        else:
            self._dialogue.set_up(event.words)

    def _begin(self, event: Command) -> str:
        text = self._dialogue.error_text()
        if text == OK:
            self._end()
            self._open, self._start = True, event.offset
        return text

    def _draw(self) -> str:
        text = self._dialogue.error_text()
        if text == OK and self._job is None:
            self._job = Job([Page("front", (), overcoat=False)])
            self._body.take_job(self._job)
            text = self._dialogue.error_text()
        return text

    def _panel(self, event: PanelEnd) -> str:
        """Dots onto the card; a panel outside a sequence is only stored, and so is nothing here."""
        text = self._dialogue.error_text()
        if text != OK or not self._open:
            return text
        if self._job is None:
            self._draw()
        geometry = self._body.spec.geometry
        try:
            dots = evolis_panels.levels(
                event.panel, event.levels, event.compressed, event.data, geometry
            )
        except evolis_panels.BadPanel:
            return BAD
        page = self._job.pages[-1] if self._job is not None else None
        if page is not None and event.panel == evolis_panels.OVERLAY:
            page.overcoat = True
        elif page is not None:
            letter = evolis_panels.PLANES[event.panel]
            page.planes[letter] = evolis_panels.plane(dots, event.levels)
            if letter not in page.letters:
                page.letters += (letter,)
            self._body.go()
        return self._dialogue.error_text()

    def _flip(self, event: Command) -> str:
        text = self._dialogue.error_text()
        if text != OK or self._job is None:
            return text if text != OK else BAD
        if not self._body.spec.habits.two_sided or len(self._job.pages) > 1:
            return OPTION
        self._job.pages[0].complete = True
        self._job.duplex = True
        self._job.pages.append(Page("back", (), overcoat=False))
        self._body.go()
        return self._dialogue.error_text()

    def _finish(self, event: Command) -> str:
        """Se: print what is left and eject. Without a sequence it brings a card out."""
        self.last_byte = self._body.now
        text = self._dialogue.error_text()
        job = self._end()
        if job is None and text == OK and not self._body.jobs:
            self._body.bring_out()
        if job is not None:
            job.pages[-1].complete = True
            self._body.go()
        return text

    def _reject(self) -> str:
        if not self._dialogue.own.rejects:
            return OPTION
        text = self._dialogue.error_text()
        if text == OK and not self._body.jobs:
            self._body.throw_to = "reject"
            self._body.bring_out()
        return text

    def _clear(self, event: Command) -> str:
        """Scs: the error and its sequence are forgotten, the card stays; what a sensor still says comes back."""
        body = self._body
        if not body.blocked:
            self._end()
            body.error = None
            leaving = body.phase is not None and body.phase.name in ("eject", "throw")
            if not leaving:
                for job in list(body.jobs):
                    body.drop(job)
                body.halt()
            body.world.touch()
            body.go()
        return self._dialogue.error_text()
