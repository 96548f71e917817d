"""What lies over a page: a question, the PIN once more, what is being done, what became of it, or the keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from totem.ui.maintenance.asking import Ask, Told, Typing
from totem.ui.maintenance.blocks import Press, Tone, Values, plain
from totem.ui.maintenance.door import PinPad
from totem.ui.maintenance.say import Say


@dataclass
class Over:
    """What lies over the page."""

    ask: Ask | None = None
    answer: str = ""
    pad: PinPad | None = None
    """The PIN is asked again, for `ask`."""
    busy: str = ""
    told: Told | None = None
    typing: Typing | None = None
    typed: str = ""

    @property
    def name(self) -> str:
        if self.busy:
            return "busy"
        if self.pad is not None:
            return "pin"
        if self.told is not None:
            return "told"
        if self.typing is not None:
            return "typing"
        return "ask" if self.ask is not None else ""

    def present(self, say: Say) -> Values:
        ask, told, typing = self.ask, self.told, self.typing
        return {
            "busy": self.busy,
            "askTitle": ask.title if ask else "",
            "askText": ask.text if ask else "",
            "askFacts": plain(ask.facts) if ask else [],
            "askAnswers": plain(ask.answers) if ask else [],
            "askPin": bool(ask and ask.needs_pin),
            "toldTitle": told.title if told else "",
            "toldText": told.text if told else "",
            "toldTone": (told.tone if told else Tone.GOOD).value,
            "toldCode": say("tech.code", code=told.code) if told and told.code else "",
            "toldFacts": plain(told.facts) if told else [],
            "typeTitle": typing.title if typing else "",
            "typeHint": typing.hint if typing else "",
            "typeReady": bool(typing) and len(self.typed.strip()) >= (typing.least if typing else 0),
            "typeSuggestions": [
                plain(Press(f"suggest:{place}", text))
                for place, text in enumerate(typing.suggestions if typing else ())
            ],
            "typeDigits": typing.digits if typing else False,
            "typed": self.typed,
        }
