// An amount that counts up to its new value.
import QtQuick

Say {
    property int cents: 0
    property real shown: cents
    Behavior on shown { enabled: Theme.moving; NumberAnimation { duration: Theme.count; easing.type: Easing.OutCubic } }
    text: kiosk.money(Math.round(shown), Ui.language)
    wrapMode: Text.NoWrap
}
