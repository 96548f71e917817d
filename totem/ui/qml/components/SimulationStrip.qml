// Simulators stand behind this kiosk: said on every screen, above everything else. In training, with the trainer's keys.
import QtQuick

Rectangle {
    id: strip

    readonly property var keys: !Ui.training ? [] : Ui.screen === "pix" ? ["pay"] : Ui.screen === "card" ? ["approve", "refuse"] : []

    readonly property bool typing: Ui.training && Ui.screen === "key_card"

    implicitHeight: Theme.stripHeight + (keys.length > 0 ? Theme.key + Theme.gapTight : typing ? cards.height + Theme.gapTight : 0)
    color: Theme.strip

    Row {
        id: told
        anchors { horizontalCenter: parent.horizontalCenter; top: parent.top; topMargin: (Theme.stripHeight - height) / 2 }
        spacing: Theme.gap

        Icon { name: "flask"; color: Theme.onStrip; size: Theme.iconSmall; anchors.verticalCenter: parent.verticalCenter }
        Say {
            text: Words[Ui.training ? "frame.training" : "frame.simulated"]
            color: Theme.onStrip
            font.pixelSize: Theme.captionSize
            font.weight: Font.DemiBold
            anchors.verticalCenter: parent.verticalCenter
        }
    }

    Say {
        id: cards
        visible: strip.typing
        anchors { left: parent.left; right: parent.right; top: told.bottom; leftMargin: Theme.margin; rightMargin: Theme.margin }
        text: Words["training.card"]
        color: Theme.onStrip
        font.pixelSize: Theme.captionSize
        horizontalAlignment: Text.AlignHCenter
    }

    Row {
        anchors { horizontalCenter: parent.horizontalCenter; bottom: parent.bottom; bottomMargin: Theme.gapTight }
        spacing: Theme.gap

        Repeater {
            model: strip.keys

            Key {
                required property string modelData
                objectName: "key.training." + modelData
                width: Math.min(Theme.pill, (strip.width - 3 * Theme.gap) / 2)
                height: Theme.key
                text: Words[{ pay: "training.pay", approve: "training.approve", refuse: "training.refuse" }[modelData]]
                icon: modelData === "pay" ? "phone" : modelData === "approve" ? "tick" : "refused"
                iconSize: Theme.iconSmall
                onTapped: training.press(modelData)
            }
        }
    }
}
