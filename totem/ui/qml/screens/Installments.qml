// In how many parts: each plan with its true values, none of them hidden in small print.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property real halfway: parent && parent.parent ? Theme.screenHeight / 2 - parent.parent.y : 0

    Column {
        id: head
        x: Theme.margin
        y: Theme.gap
        width: parent.width - 2 * Theme.margin
        Say { width: parent.width; text: Words["plan.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
        Row {
            spacing: Theme.gap
            Say { id: label; text: Words["method.total"]; color: Theme.muted; font.pixelSize: Theme.bodySize; anchors.baseline: total.baseline }
            Say { id: total; text: Ui.toPay; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
        }
    }
    Choices {
        x: Theme.margin
        y: Ui.lowReach ? Math.max(screen.halfway, head.y + head.height + Theme.gap) : head.y + head.height + Theme.gapWide
        width: parent.width - 2 * Theme.margin
        height: parent.height - y - Theme.gap
        rows: Ui.plans
        prefix: "key.plan."
        onChosen: id => kiosk.chooseInstallments(id)
    }
}
