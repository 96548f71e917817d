// How to pay: one large key a method.
import QtQuick
import "../components"

Item {
    id: method

    Say {
        id: title
        x: Theme.margin
        y: Theme.gap
        width: parent.width - 2 * Theme.margin
        text: Words["method.title"]
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
    }

    Grid {
        id: middle
        readonly property real columnWidth: (width - (columns - 1) * spacing) / columns
        columns: Theme.landscape ? 2 : 1
        x: Theme.margin
        width: parent.width - 2 * Theme.margin
        y: Ui.lowReach ? parent.height - height - Theme.gapWide : Math.max(title.y + title.height + Theme.gapWide, (parent.height - height) / 2)
        spacing: Theme.gapWide

        Order { width: middle.columnWidth }

        Column {
            spacing: Theme.gap
            Repeater {
                model: Ui.methods
                MethodKey {
                    required property var modelData
                    method: modelData
                    width: middle.columnWidth
                }
            }
        }
    }
}
