"""`[maintenance]`: an order of corners that a finger can give, and that can be told from one touch."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from totem.config.maintenance import MaintenanceSettings
from totem.ui.maintenance.gesture import Corner
from totem.ui.maintenance.settings import DEFAULT_CORNERS


def test_the_order_of_the_settings_is_that_of_the_screens() -> None:
    assert tuple(Corner(each) for each in MaintenanceSettings().gesture) == DEFAULT_CORNERS


@pytest.mark.parametrize(
    "gesture",
    [[], ["top-left"], ["top-left", "top-left", "top-right"], ["top-left", "top-right", "middle"]],
)
def test_what_no_finger_can_give_is_refused(gesture: list[str]) -> None:
    with pytest.raises(ValidationError):
        MaintenanceSettings.model_validate({"gesture": gesture})


@pytest.mark.parametrize("keys", [{"timeout_s": 10}, {"timeout_s": 4000}, {"gesture_s": 1}, {"pin": "123456"}])
def test_limits_of_the_times_and_no_pin_in_the_file(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MaintenanceSettings.model_validate(keys)
