// Two cards: how much each of them pays. Round sums, one touch.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property real halfway: parent && parent.parent ? Theme.screenHeight / 2 - parent.parent.y : 0

    Column {
        id: head
        x: Theme.margin
        y: Theme.gap
        width: parent.width - 2 * Theme.margin
        spacing: Theme.gapTight
        Say { width: parent.width; text: Words["split.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
        Row {
            spacing: Theme.gap
            Say { text: Words["method.total"]; color: Theme.muted; font.pixelSize: Theme.bodySize; anchors.baseline: total.baseline }
            Say { id: total; text: Ui.total; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
        }
        Say { width: parent.width; text: Words["split.note"]; color: Theme.muted; font.pixelSize: Theme.bodySize }
    }
    Choices {
        x: Theme.margin
        y: Ui.lowReach ? Math.max(screen.halfway, head.y + head.height + Theme.gap) : head.y + head.height + Theme.gapWide
        width: parent.width - 2 * Theme.margin
        height: parent.height - y - Theme.gap
        columns: Theme.landscape ? 3 : 1
        rows: Ui.splits
        prefix: "key.split."
        onChosen: id => kiosk.chooseSplit(id)
    }
}
