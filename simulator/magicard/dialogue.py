"""The talking half of a Magicard printer: commands in, answers out, and the faults of replies."""

from __future__ import annotations

from simulator import hands
from simulator.dialogue import Dialogue
from simulator.magicard import answers

PANELS_A_PRINT = 5  # Y M C K O: what the device counts down as "panels remaining"


class MagicardDialogue(Dialogue):
    """The queries of magicard.md §6 and the commands of §5."""

    wrong_answer = b"\x01ST\xff\x00?\x03"

    def command(self, words: tuple[str, ...]) -> None:
        """Carry out one command. Answers are known for queries only; the others stay silent."""
        name = words[1] if words[0] == "REQ" and len(words) > 1 else words[0]
        body, values = self._body, self._spec.habits.value_queries
        if name == "ERR":
            self._answer_error()
        elif name == "INF":
            text = f"STA{self._spec.model},{self._host.serial},{self._spec.firmware}"
            self._reply("query", answers.framed(text))
        elif name == "CAN":
            body.cancel()
        elif name == "OKY":
            body.okay()
        elif name == "CLN":
            hands.clean(body)
        elif name == "TST":
            hands.test_print(body)
        elif name == "EJT" and not body.jobs:
            body.bring_out()
        elif name == "RST":
            self._host.restart()
        elif name[:3] in ("QPR", "SNR") and values:
            self._reply("query", answers.framed("END"))
        elif name == "STA" and len(words) > 2 and values:
            self._answer_value(words[2])

    def _answer_error(self) -> None:
        error = self._body.error
        text = answers.ready()
        if error is not None:
            text = answers.error(error, self._spec.errors[error], self._host.language)
        self._reply("query", text, lie=answers.ready())

    def _answer_value(self, key: str) -> None:
        text = self._values().get(key)
        if text is None:
            return
        counts = key == "TCQ"
        lie = answers.value(key, str(int(text) - 1)) if counts else b""
        self._reply("counter" if counts else "query", answers.value(key, text), lie)

    def _values(self) -> dict[str, str]:
        """Single-value queries, magicard.md §6; a count that this device does not keep is not there."""
        body, usb, serial = self._body, self._spec.usb, self._host.serial
        values = {
            "MSR": serial, "PSR": f"H{serial}", "BSR": f"B{serial}", "USN": serial,
            "UPN": usb.manufacturer, "VRS": self._spec.firmware, "MDL": "0",
            "PID": str(usb.product_id), "VID": str(usb.vendor_id),
            "TCP": str(body.tally.prints), "TCN": str(body.tally.cleanings),
            "TPQ": str(body.tally.prints * PANELS_A_PRINT),
            "DFR": str(body.ribbon * PANELS_A_PRINT),
        }  # fmt: skip
        counter = body.counter()
        if counter is not None:
            values["TCQ"] = str(counter)
        if self._spec.habits.path_sensor:
            values["PTH"] = str(int(bool(body.path)))  # invented: no device of the sheet has it
        return values
