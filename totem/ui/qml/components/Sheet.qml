// A question or an explanation over the screen. What is under it is dimmed and cannot be pressed.
import QtQuick

Item {
    id: sheet
    default property alias content: column.data
    signal outside()

    Rectangle { anchors.fill: parent; color: Theme.shade; opacity: Theme.shadeOpacity }
    MouseArea { anchors.fill: parent; onClicked: sheet.outside() }

    Rectangle {
        id: paper
        width: Math.min(parent.width - 2 * Theme.margin, Theme.landscape ? Theme.sheetWide : Theme.sheet)
        height: column.height + 2 * Theme.margin
        x: (parent.width - width) / 2
        y: Ui.lowReach ? parent.height - height - Theme.margin : (parent.height - height) / 2
        radius: Theme.radiusWide
        color: Theme.ground
        border.width: Theme.border
        border.color: Theme.line

        MouseArea { anchors.fill: parent }
        Column {
            id: column
            x: Theme.margin
            y: Theme.margin
            width: parent.width - 2 * Theme.margin
            spacing: Theme.gapWide
        }

        NumberAnimation on opacity { from: Theme.moving && GraphicsInfo.api !== GraphicsInfo.Software ? 0 : 1; to: 1; duration: Theme.quick }
    }
}
