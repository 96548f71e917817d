// The kiosk's own keys for the PIN. What was typed is shown as dots: its digits are nowhere but in the kiosk's memory.
import QtQuick
import "../components"

Item {
    id: pad
    property string enterText: Words["tech.pin.enter"]
    implicitWidth: Theme.pad
    implicitHeight: grid.y + grid.height

    Rectangle {
        id: shown
        width: parent.width
        height: Theme.key
        radius: Theme.radius
        color: Theme.sunken
        border.width: Theme.hairline
        border.color: Tech.pinTrouble ? Theme.wait : Theme.line

        Row {
            anchors.centerIn: parent
            spacing: Theme.gap
            visible: Tech.pinWait === "" && !Tech.pinChecking
            Accessible.role: Accessible.StaticText
            Accessible.name: Tech.pinDots
            Repeater {
                model: Tech.pinDots
                Rectangle { width: Theme.pinDot; height: Theme.pinDot; radius: width / 2; color: Theme.ink }
            }
        }
        Figures { visible: Tech.pinWait !== ""; anchors.centerIn: parent; text: Tech.pinWait; font.pixelSize: Theme.titleSize; color: Theme.wait }
        Dots { visible: Tech.pinChecking; anchors.centerIn: parent; size: Theme.dotWide }
    }
    Grid {
        id: grid
        y: shown.height + Theme.gap
        columns: 3
        spacing: Theme.gap
        readonly property real side: (pad.width - 2 * Theme.gap) / 3

        Repeater {
            model: Tech.pinKeys.slice(0, 9)
            Key {
                required property string modelData
                objectName: "key.pin." + modelData
                width: grid.side
                text: modelData
                enabled: Tech.pinFree
                fontSize: Theme.titleSize
                onTapped: tech.digit(modelData)
            }
        }
        Key {
            objectName: "key.pin.erase"
            width: grid.side
            icon: "erase"
            spoken: Words["tech.pin.erase"]
            enabled: Tech.pinDots > 0
            onTapped: tech.erase()
        }
        Key {
            objectName: "key.pin." + Tech.pinKeys[9]
            width: grid.side
            text: Tech.pinKeys[9]
            enabled: Tech.pinFree
            fontSize: Theme.titleSize
            onTapped: tech.digit(Tech.pinKeys[9])
        }
        Key {
            objectName: "key.pin.enter"
            width: grid.side
            kind: "main"
            icon: "tick"
            spoken: pad.enterText
            enabled: Tech.pinReady
            onTapped: tech.enter()
        }
    }
}
