// The bank: how it behaves, and its own books.
import QtQuick
import "../../qml/components"

Panel {
    id: bank
    title: Words["bank"]
    state_: Words["bank." + Sim.bankMode]
    stateColor: Sim.bankMode === "normal" ? Theme.paid : Sim.bankMode === "slow" ? Theme.wait : Theme.stopped

    Column {
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: keys.top; bottomMargin: Theme.gapWide }
        spacing: Theme.gapTight
        clip: true

        Say {
            text: Words["bank.charges"]
            color: Theme.muted
            font.pixelSize: Theme.captionSize
        }
        Say {
            visible: Sim.charges.length === 0
            text: Words["bank.empty"]
            font.pixelSize: Theme.bodySize
        }
        Repeater {
            model: Sim.charges
            Rectangle {
                required property var modelData
                width: parent.width
                height: Theme.key
                radius: Theme.radiusTight
                color: modelData.received !== "" ? Theme.paidSoft : Theme.surface

                Say {
                    anchors { left: parent.left; leftMargin: Theme.gap; verticalCenter: parent.verticalCenter }
                    text: modelData.amount
                    font.pixelSize: Theme.bodySize
                    font.weight: Font.DemiBold
                }
                Say {
                    anchors { right: parent.right; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
                    text: modelData.status + (modelData.received !== "" && modelData.received !== modelData.amount ? " " + modelData.received : "")
                    color: modelData.received !== "" ? Theme.paid : Theme.muted
                    font.pixelSize: Theme.captionSize
                }
            }
        }
    }

    Grid {
        id: keys
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        columns: 2
        spacing: Theme.gap

        Repeater {
            model: ["normal", "slow", "errors", "silent", "down"]
            Key {
                required property string modelData
                objectName: "bank." + modelData
                width: (keys.width - Theme.gap) / 2
                height: Theme.key
                chosen: Sim.bankMode === modelData
                text: Words["bank." + modelData]
                fontSize: Theme.bodySize
                onTapped: world.setBank(modelData)
            }
        }
    }
}
