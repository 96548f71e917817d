// The card machine: a screen that lives, keys, the slot below. What is in its screen is given by the picture.
import QtQuick

Rectangle {
    id: terminal
    default property alias content: glass.data
    property bool typing: false
    property int typed: 0

    radius: width * 0.13
    color: Theme.ink
    antialiasing: true

    Rectangle {
        id: glass
        x: parent.width * 0.11
        y: parent.width * 0.12
        width: parent.width * 0.78
        height: parent.height * 0.37
        radius: parent.width * 0.06
        color: Theme.surface
    }
    Grid {
        id: pad
        readonly property real side: (glass.width - 2 * columnSpacing) / 3
        x: glass.x
        y: glass.y + glass.height + terminal.width * 0.1
        columns: 3
        columnSpacing: terminal.width * 0.06
        rowSpacing: terminal.width * 0.055
        Repeater {
            model: 12
            Rectangle {
                required property int index
                width: pad.side
                height: (terminal.height - pad.y - terminal.width * 0.12 - 3 * pad.rowSpacing) / 4
                radius: height * 0.35
                color: index === 9 ? Theme.stopped : index === 10 ? Theme.strip : index === 11 ? Theme.paid : Theme.highContrast ? Theme.sunken : Theme.muted
                opacity: terminal.typing && index === [4, 1, 8, 11][terminal.typed % 4] ? Theme.printShade * 0.6 : 1
            }
        }
    }
}
