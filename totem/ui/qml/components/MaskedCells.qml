// What was typed, a cell a character: a dot for each, a stroke where one is missing, and the one that may be seen.
// A revealed character takes the room of its dot, so that nothing moves when it hides.
import QtQuick

Row {
    id: cells
    property string shown
    property color color: Theme.ink
    property real size: Theme.titleSize
    property real most: Number.MAX_VALUE       // the room there is: cells shrink to it
    readonly property real step: Math.min(size * 0.52, most / Math.max(1, shown.length))

    height: size
    Accessible.ignored: true

    Repeater {
        model: cells.shown.length
        Item {
            id: cell
            required property int index
            readonly property string one: cells.shown.charAt(index)
            readonly property bool drawn: one === "•" || one === "_" || one === " " || one === ""
            width: one === " " ? cells.step * 0.7 : cells.step
            height: cells.height

            Rectangle {
                visible: cell.one === "•" || cell.one === "_"
                readonly property bool stroke: cell.one === "_"
                anchors.horizontalCenter: parent.horizontalCenter
                y: stroke ? parent.height * 0.78 : (parent.height - height) / 2
                width: cells.step * (stroke ? 0.66 : 0.6)
                height: stroke ? Math.max(1, cells.size * 0.06) : width
                radius: height / 2
                color: cells.color
                opacity: stroke ? Theme.disabledOpacity : 1
                antialiasing: true
            }
            Say {
                visible: !cell.drawn
                anchors.centerIn: parent
                text: cell.drawn ? "" : cell.one
                color: cells.color
                font.pixelSize: Math.min(cells.size, cells.step * 1.6)
                font.weight: Font.DemiBold
                wrapMode: Text.NoWrap
                Accessible.ignored: true
            }
        }
    }
}
