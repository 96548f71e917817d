"""Which screen is shown, for every state that the checkout can be in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from totem.domain.cards import Prompt, PromptKind
from totem.domain.money import Money
from totem.services.state import CardOnScreen, CheckoutState, Installments, Method, PixOnScreen, Stage, TicketOnScreen
from totem.ui.navigator import Overlay, Screen, Step, overlay_allowed, progress_of, screen_for

PIX = PixOnScreen("code", "SHOP", 0.0, 300.0)
CARD = CardOnScreen(
    Method.CREDIT, Installments(1, Money(100), Money(100)), Prompt(PromptKind.PRESENT_CARD), since_s=0.0
)
PAYING = CheckoutState(Stage.AWAITING_PAYMENT, "s1", Money(100), pix=PIX, can_cancel=True)


@pytest.mark.parametrize(
    ("step", "screen"),
    [
        (Step.ATTRACT, Screen.ATTRACT),
        (Step.SERVICES, Screen.SERVICES),
        (Step.METHOD, Screen.METHOD),
        (Step.INSTALLMENTS, Screen.INSTALLMENTS),
        (Step.OPENING, Screen.PREPARING),
    ],
)
def test_idle_checkout_leaves_the_screen_to_the_customer(step: Step, screen: Screen) -> None:
    assert screen_for(step, CheckoutState()) is screen


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in {Stage.IDLE, Stage.CHOOSING_AGAIN}])
def test_the_checkout_goes_first(step: Step, stage: Stage) -> None:
    shown = screen_for(step, CheckoutState(stage, pix=PIX))
    assert shown is screen_for(Step.ATTRACT, CheckoutState(stage, pix=PIX))
    assert shown not in {Screen.ATTRACT, Screen.SERVICES, Screen.METHOD}


def test_every_stage_but_idle_has_its_own_screen() -> None:
    shown = [screen_for(Step.ATTRACT, CheckoutState(stage, pix=PIX, card=CARD)) for stage in Stage]
    assert len(set(shown)) == len(Stage)


def test_no_prompt_no_card_screen() -> None:
    assert screen_for(Step.METHOD, CheckoutState(Stage.CARD)) is Screen.PREPARING
    assert screen_for(Step.METHOD, CheckoutState(Stage.CARD, card=CARD)) is Screen.CARD


@pytest.mark.parametrize("stage", [Stage.PRINTING, Stage.COMPLETED])
def test_without_paper_the_code_is_the_ticket(stage: Stage) -> None:
    ticket = TicketOnScreen(7, code="T7")
    assert screen_for(Step.ATTRACT, CheckoutState(stage, ticket=ticket)) is not Screen.PAPERLESS
    assert screen_for(Step.ATTRACT, CheckoutState(stage, ticket=replace(ticket, paperless=True))) is Screen.PAPERLESS


def test_trying_again_follows_the_customer_too() -> None:
    again = CheckoutState(Stage.CHOOSING_AGAIN)
    steps = {Step.METHOD: Screen.AGAIN, Step.INSTALLMENTS: Screen.INSTALLMENTS, Step.OPENING: Screen.PREPARING}
    assert {step: screen_for(step, again) for step in steps} == steps


def test_no_code_no_pix_screen() -> None:
    assert screen_for(Step.METHOD, replace(PAYING, pix=None)) is Screen.PREPARING
    assert screen_for(Step.METHOD, PAYING, code_drawn=False) is Screen.PREPARING
    assert screen_for(Step.METHOD, PAYING) is Screen.PIX


def test_steps_go_forward_only() -> None:
    order = [Screen.ATTRACT, Screen.SERVICES, Screen.METHOD, Screen.PIX, Screen.PRINTING, Screen.THANKS]
    assert [progress_of(screen) for screen in order] == [0, 1, 2, 2, 3, 3]
    assert progress_of(Screen.OUT_OF_SERVICE) == 0


def test_a_question_goes_with_its_object() -> None:
    assert overlay_allowed(Overlay.CANCEL, Screen.PIX, PAYING)
    assert not overlay_allowed(Overlay.CANCEL, Screen.PIX, replace(PAYING, can_cancel=False))
    assert not overlay_allowed(Overlay.CANCEL, Screen.PRINTING, replace(PAYING, stage=Stage.PRINTING))
    assert not overlay_allowed(Overlay.IDLE, Screen.PIX, PAYING)
    assert overlay_allowed(Overlay.IDLE, Screen.METHOD, CheckoutState())
    assert overlay_allowed(Overlay.IDLE, Screen.INSTALLMENTS, CheckoutState())
    assert not overlay_allowed(Overlay.IDLE, Screen.INSTALLMENTS, CheckoutState(Stage.CHOOSING_AGAIN))
    assert overlay_allowed(Overlay.HELP, Screen.CARD, CheckoutState(Stage.CARD, card=CARD))
    assert not overlay_allowed(Overlay.HELP, Screen.THANKS, CheckoutState(Stage.COMPLETED))
