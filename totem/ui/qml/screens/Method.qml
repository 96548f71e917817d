// How to pay: one large key a method.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property bool beside: landscape && !Ui.lowReach          // the order at the left of the keys
    readonly property int many: Ui.methods.length
    readonly property real halfway: parent && parent.parent ? Theme.screenHeight / 2 - parent.parent.y : 0
    readonly property real below: title.y + title.height + (landscape && Ui.lowReach ? Theme.gap : Theme.gapWide)
    readonly property real columnWidth: landscape ? (width - 2 * Theme.margin - Theme.gapWide) / 2 : width - 2 * Theme.margin
    readonly property real keysTop: Ui.lowReach ? Math.max(halfway, below + order.height + Theme.gap) : beside ? below : below + order.height + Theme.gapWide
    readonly property real keysRoom: height - keysTop - Theme.gap
    readonly property real blockHeight: beside ? Math.max(order.height, keys.height) : order.height + Theme.gapWide + keys.height
    readonly property real blockTop: Math.max(below, (height - blockHeight) / 2)

    Say {
        id: title
        x: Theme.margin
        y: Theme.gap
        width: parent.width - 2 * Theme.margin
        text: Ui.methodTitle
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
    }

    Order {
        id: order
        x: Theme.margin
        y: Ui.lowReach ? screen.below : screen.blockTop
        width: screen.columnWidth
    }

    Grid {
        id: keys
        readonly property int rowCount: Math.ceil(Math.max(1, screen.many) / columns)
        readonly property real keyWidth: columns === 1 ? screen.columnWidth : (screen.width - 2 * Theme.margin - (columns - 1) * Theme.gap) / columns
        x: screen.beside ? Theme.margin + screen.columnWidth + Theme.gapWide : Theme.margin
        y: Ui.lowReach ? screen.height - height - Theme.gap : screen.beside ? screen.blockTop : screen.blockTop + order.height + Theme.gapWide
        columns: !(screen.landscape && Ui.lowReach) ? 1 : screen.many > 3 ? 2 : Math.max(1, screen.many)
        spacing: Theme.gap
        Repeater {
            model: Ui.methods
            MethodKey {
                required property var modelData
                method: modelData
                main: screen.many === 1
                width: keys.keyWidth
                terse: screen.landscape && screen.many > 3
                height: keys.columns > 1 ? Math.min(Theme.method, most) : implicitHeight
                most: (screen.keysRoom - (keys.rowCount - 1) * Theme.gap) / keys.rowCount
            }
        }
    }

    Row {
        visible: screen.many === 0
        x: keys.x
        y: Ui.lowReach ? screen.keysTop : keys.y
        spacing: Theme.gap
        Dots { id: dots; anchors.verticalCenter: parent.verticalCenter }
        Say {
            width: screen.columnWidth - dots.width - Theme.gap
            text: Words["method.none"]
            font.pixelSize: Theme.labelSize
        }
    }
}
