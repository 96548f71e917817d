"""What the screens of paying show, as plain values: methods, instalments, the terminal, and trying again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from totem.domain.cards import PromptKind
from totem.domain.money import format_money
from totem.domain.texts import Texts
from totem.services.state import (
    CardOnScreen,
    CheckoutState,
    Installments,
    Method,
    Offer,
    PaymentChoice,
    PixOnScreen,
    Stage,
)

Values = dict[str, object]
"""Names and values as QML reads them: text, numbers, truth, and lists and maps of these."""

_SAID_OTHERWISE_ONLINE: Final = frozenset({PromptKind.CONNECTING, PromptKind.PROCESSING})
_ICONS: Final[Mapping[Method, str]] = {
    Method.PIX: "pix",
    Method.CREDIT: "credit",
    Method.DEBIT: "debit",
    Method.CARD: "cards",
}


def plan_of(offers: tuple[Offer, ...], choice: PaymentChoice) -> Installments | None:
    """The plan of that choice; None where it is not on offer (any more)."""
    plans = (plan for offer in offers if offer.method is choice.method for plan in offer.installments)
    return next((plan for plan in plans if plan.number == choice.installments), None)


def last_choice(state: CheckoutState, choice: PaymentChoice | None) -> PaymentChoice | None:
    """What was tried last: as the terminal's part of the state tells it, else as the customer touched it."""
    if state.card is not None:
        return PaymentChoice(state.card.method, state.card.installments.number)
    return PaymentChoice(Method.PIX) if state.pix is not None else choice


def present_offers(offers: tuple[Offer, ...], asked: Method | None, language: str, texts: Texts) -> Values:
    """The methods' keys, and the plans of the method that was touched."""
    plans = next((offer.installments for offer in offers if offer.method is asked), ())
    return {
        "methods": present_methods(offers, language, texts),
        "plans": [_plan(plan, language, texts) for plan in plans],
    }


def present_methods(offers: tuple[Offer, ...], language: str, texts: Texts) -> list[dict[str, str]]:
    return [_method(offer, language, texts) for offer in offers]


def _method(offer: Offer, language: str, texts: Texts) -> dict[str, str]:
    most = max((plan.number for plan in offer.installments), default=1)
    hint = "method.in_parts_hint" if most > 1 else f"method.{offer.method}_hint"
    return {
        "id": offer.method.value,
        "icon": _ICONS[offer.method],
        "name": texts.get(language, f"method.{offer.method}"),
        "hint": texts.get(language, hint, most=most),
    }


def _plan(plan: Installments, language: str, texts: Texts) -> dict[str, object]:
    """One key: how many times how much, and the first one where it differs, or the whole where it is one."""
    each = format_money(plan.each, language)
    if plan.number == 1:
        return {"id": 1, "text": texts.get(language, "plan.at_sight"), "note": each}
    note = ""
    if plan.first != plan.each:
        note = texts.get(language, "plan.first", first=format_money(plan.first, language))
    return {"id": plan.number, "text": texts.get(language, "plan.parts", number=plan.number, each=each), "note": note}


def plan_text(method: Method, plan: Installments, language: str, texts: Texts) -> str:
    """The whole choice as one line: `Crédito em 3x: 1ª de R$ 33,34 e 2x de R$ 33,33`."""
    name = texts.get(language, f"method.{method}")
    if plan.number == 1:
        key = "plan.line_at_sight" if method is Method.CREDIT else "plan.line_plain"
        return texts.get(language, key, method=name)
    each, first = format_money(plan.each, language), format_money(plan.first, language)
    if plan.first == plan.each:
        return texts.get(language, "plan.line_parts", method=name, number=plan.number, each=each)
    return texts.get(
        language, "plan.line_uneven", method=name, number=plan.number, first=first, rest=plan.number - 1, each=each
    )


def present_card(card: CardOnScreen | None, language: str, texts: Texts) -> Values:
    """The terminal's sale: our words for what should be done, its own words as they are, and its menu."""
    if card is None:
        words: Values = dict.fromkeys(("cardKind", "cardTitle", "cardHint", "cardText", "cardPlan", "cardEnding"), "")
        return {**words, "cardOptions": [], "cancelAsked": False}
    prompt, kind = card.prompt, card.prompt.kind
    # No machine stands beside a kiosk whose cards are typed on the acquirer's page.
    online = card.method is Method.CARD
    words_of = f"card.online.{kind.value}" if online and kind in _SAID_OTHERWISE_ONLINE else f"card.{kind.value}"
    return {
        "cardKind": f"online.{kind.value}" if online else kind.value,
        "cardTitle": texts.get(language, f"{words_of}.title"),
        "cardHint": texts.get(language, f"{words_of}.hint"),
        "cardEnding": texts.get(language, "card.online.ending" if online else "card.cancelling_hint"),
        "cardText": prompt.text.strip(),
        "cardPlan": plan_text(card.method, card.installments, language, texts),
        "cardOptions": [{"id": place, "text": option, "note": ""} for place, option in enumerate(prompt.options)]
        if kind is PromptKind.MENU
        else [],
        "cancelAsked": card.cancel_asked,
    }


def present_again(
    state: CheckoutState, choice: PaymentChoice | None, offers: tuple[Offer, ...], language: str, texts: Texts
) -> Values:
    """After an attempt that moved no money, or that paid a part: whether the same can be tried anew, and other ways."""
    if state.stage is not Stage.CHOOSING_AGAIN:
        return {"againSame": False, "againTitle": "", "againOthers": []}
    plan = plan_of(offers, choice) if choice is not None else None
    # The same method is another way too where it can be paid in other parts.
    others = [
        offer
        for offer in offers
        if plan is None or choice is None or offer.method is not choice.method or len(offer.installments) > 1
    ]
    return {
        "againSame": plan is not None,
        "againTitle": texts.get(language, "again.rest", amount=format_money(state.amount, language))
        if state.amount is not None
        else "",
        "againOthers": [_other(offer, choice, language, texts) for offer in others],
    }


def _other(offer: Offer, choice: PaymentChoice | None, language: str, texts: Texts) -> dict[str, str]:
    same = choice is not None and offer.method is choice.method and len(offer.installments) > 1
    shown = _method(offer, language, texts)
    return {**shown, "name": texts.get(language, "again.other_parts")} if same else shown


def awaited(state: CheckoutState, choice: PaymentChoice | None) -> str:
    """Whose answer is awaited: the bank's (`""`), the terminal's (`"_card"`), or that of a page (`"_online"`)."""
    tried = last_choice(state, choice)
    if tried is None or tried.method is Method.PIX:
        return ""
    return "_online" if tried.method is Method.CARD else "_card"


def present_time(state: CheckoutState, language: str, texts: Texts, now_s: float) -> Values:
    """What changes with time alone: the code's time that is left, that for choosing, that for a second copy."""
    return {
        **_code_time(state.pix, now_s),
        "chooseText": _choose_text(state, language, texts, now_s),
        "canReprint": can_reprint(state, now_s),
    }


def can_reprint(state: CheckoutState, now_s: float) -> bool:
    ticket = state.ticket
    return state.stage is Stage.TICKET_UNKNOWN and ticket is not None and now_s < ticket.reprint_until_s


def _choose_text(state: CheckoutState, language: str, texts: Texts, now_s: float) -> str:
    if state.stage is not Stage.CHOOSING_AGAIN or state.choose_until_s <= 0:
        return ""
    seconds = max(0, math.ceil(state.choose_until_s - now_s))
    return texts.get(language, "again.seconds_one" if seconds == 1 else "again.seconds_many", seconds=seconds)


def _code_time(pix: PixOnScreen | None, now_s: float) -> Values:
    """The part of the time that is left (0 to 1), and the same as a clock."""
    if pix is None:
        return {"timeFraction": 0.0, "timeLeft": "0:00", "timeShort": False}
    left = max(0.0, pix.ends_at_s - now_s)
    whole = max(pix.ends_at_s - pix.shown_at_s, 1.0)
    seconds = math.ceil(left)
    return {
        "timeFraction": min(1.0, left / whole),
        "timeLeft": f"{seconds // 60}:{seconds % 60:02d}",
        "timeShort": left <= 60.0,
    }
