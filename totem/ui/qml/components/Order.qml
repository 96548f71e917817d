// What is bought, as on paper: lines and the total.
import QtQuick

Rectangle {
    id: order
    implicitHeight: column.height + 2 * Theme.gapWide
    radius: Theme.radiusWide
    color: Theme.surface
    border.width: Theme.border === 0 ? Theme.hairline : Theme.border
    border.color: Theme.line

    Column {
        id: column
        x: Theme.gapWide
        y: Theme.gapWide
        width: parent.width - 2 * Theme.gapWide
        spacing: Theme.gap

        Repeater {
            model: Ui.lines
            Item {
                id: line
                required property var modelData
                width: column.width
                height: name.height
                Say { id: name; width: parent.width - price.width - Theme.gap; text: line.modelData.quantity + " × " + line.modelData.name; font.pixelSize: Theme.bodySize }
                Say { id: price; anchors.right: parent.right; text: line.modelData.total; font.pixelSize: Theme.bodySize; wrapMode: Text.NoWrap }
            }
        }
        Rectangle { width: parent.width; height: Theme.hairline; color: Theme.line }
        Item {
            width: parent.width
            height: sum.height
            Say { anchors.baseline: sum.baseline; text: Words["method.total"]; font.pixelSize: Theme.bodySize; color: Theme.muted }
            Say { id: sum; anchors.right: parent.right; text: Ui.total; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold; wrapMode: Text.NoWrap }
        }
    }
}
