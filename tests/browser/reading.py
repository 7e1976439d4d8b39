"""A page as a browser without script reads it: its forms as they would be sent, its labels, its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "img", "input", "link", "meta"})
SPACE_BEFORE = frozenset({"p", "li", "dt", "dd", "td", "th", "h1", "h2", "h3", "legend", "label"})


@dataclass
class Control:
    """One input or select."""

    name: str
    kind: str
    id: str | None = None
    value: str = ""
    checked: bool = False
    labelled: bool = False
    choices: list[str] = field(default_factory=list)


@dataclass
class HtmlForm:
    """A form: `values` is what is sent when nothing is touched."""

    action: str
    controls: list[Control] = field(default_factory=list)

    def named(self, name: str) -> list[Control]:
        return [control for control in self.controls if control.name == name]

    def offers(self, name: str) -> list[str]:
        """The values among which a person chooses."""
        return [choice for c in self.named(name) for choice in (c.choices or [c.value])]

    def values(self, **typed: str) -> dict[str, str]:
        sent = {
            c.name: c.value
            for c in self.controls
            if c.kind not in ("radio", "checkbox") or c.checked
        }
        unknown = typed.keys() - {control.name for control in self.controls}
        assert not unknown, f"this form has no {unknown}"
        return sent | typed


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.forms: list[HtmlForm] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.labelled: set[str] = set()
        self._text: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], f"never closed: {self._open}"

    @property
    def text(self) -> str:
        return " ".join("".join(self._text).split())

    def form(self, ending: str) -> HtmlForm:
        """The one form that is sent to this address."""
        found = [form for form in self.forms if form.action.partition("?")[0].endswith(ending)]
        assert len(found) == 1, [form.action for form in self.forms]
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if "id" in values:
            self.ids.append(values["id"])
        if tag in SPACE_BEFORE:
            self._text.append(" ")
        if tag == "form":
            self.forms.append(HtmlForm(values["action"]))
        elif tag == "label" and "for" in values:
            self.labelled.add(values["for"])
        elif tag in ("input", "select"):
            self._control(tag, values)
        elif tag == "option":
            select = self.forms[-1].controls[-1]
            select.choices.append(values["value"])
            if "selected" in values:
                select.value = values["value"]
        if tag not in VOID:
            self._open.append(tag)

    def _control(self, tag: str, values: dict[str, str]) -> None:
        kind = values.get("type", "text") if tag == "input" else "select"
        self.forms[-1].controls.append(
            Control(
                values["name"],
                kind,
                values.get("id"),
                values.get("value", ""),
                "checked" in values,
                "label" in self._open,
            )
        )

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> ends {self._open}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["title"]:
            self._text.append(data)
