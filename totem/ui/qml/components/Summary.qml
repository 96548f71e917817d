// Landscape's right column: what was chosen, and the total.
import QtQuick

Rectangle {
    id: summary
    color: Theme.surface
    radius: Theme.radiusWide
    border.width: Theme.border
    border.color: Theme.line

    Say {
        id: head
        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gapWide }
        text: Words["services.summary"]
        font.pixelSize: Theme.labelSize
        font.weight: Font.ExtraBold
    }
    Column {
        anchors { left: parent.left; right: parent.right; top: head.bottom; margins: Theme.gapWide; topMargin: Theme.gap }
        spacing: Theme.gapTight

        Repeater {
            model: Ui.lines
            Item {
                id: line
                required property var modelData
                width: parent.width
                height: name.height
                Say {
                    id: name
                    width: parent.width - price.width - Theme.gap
                    text: line.modelData.quantity + " × " + line.modelData.name
                    font.pixelSize: Theme.captionSize
                }
                Say { id: price; anchors.right: parent.right; text: line.modelData.total; font.pixelSize: Theme.captionSize; wrapMode: Text.NoWrap }
            }
        }
    }
    Say {
        visible: Ui.count === 0
        anchors { left: parent.left; right: parent.right; top: head.bottom; margins: Theme.gapWide; topMargin: Theme.gap }
        text: Words["services.empty"]
        color: Theme.muted
        font.pixelSize: Theme.bodySize
    }
    Column {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.gapWide }
        Say { text: Words["services.total"]; color: Theme.muted; font.pixelSize: Theme.bodySize }
        CountedMoney { cents: Ui.totalCents; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    }
}
