// Behind the PIN: what is open, the way to every other page, and the way out.
import QtQuick
import "../components"

Item {
    id: inside
    readonly property bool landscape: Theme.landscape

    Item {
        id: head
        width: parent.width
        height: Theme.bar

        Say {
            id: title
            anchors { left: parent.left; leftMargin: Theme.edge; verticalCenter: parent.verticalCenter }
            width: leaves.x - x - Theme.gap
            text: Tech.title
            font.pixelSize: Theme.priceSize
            font.weight: Font.ExtraBold
            lineHeight: 0.92
        }
        Row {
            id: leaves
            anchors { right: leave.left; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            spacing: Theme.gap
            Rectangle {
                visible: Tech.outOfService
                width: out.width + 2 * Theme.gap
                height: out.height + Theme.gap
                radius: Theme.radiusTight
                color: Theme.wait
                anchors.verticalCenter: parent.verticalCenter
                Say { id: out; anchors.centerIn: parent; text: Words["tech.out_of_service"]; color: Theme.onWait; font.pixelSize: Theme.captionSize; font.weight: Font.ExtraBold }
            }
            Column {
                anchors.verticalCenter: parent.verticalCenter
                Say { anchors.right: parent.right; text: Words["tech.leaves_in"]; color: Theme.muted; font.pixelSize: Theme.captionSize; lineHeight: 0.9 }
                Figures { anchors.right: parent.right; text: Tech.left; lineHeight: 0.9 }
            }
        }
        Key {
            id: leave
            objectName: "key.leave"
            anchors { right: parent.right; rightMargin: Theme.edge; verticalCenter: parent.verticalCenter }
            width: inside.landscape ? Theme.keyWide : Theme.keyBack * 1.3
            height: Theme.key
            icon: "exit"
            iconSize: Theme.iconSmall
            text: Words["tech.leave"]
            fontSize: Theme.captionSize
            onTapped: tech.leave()
        }
    }
    Rectangle { anchors { left: parent.left; right: parent.right; bottom: head.bottom } height: Theme.hairline; color: Theme.line }

    Grid {
        id: nav
        readonly property int across: inside.landscape ? 1 : 5
        x: Theme.edge
        y: inside.landscape ? head.height + Theme.gapTight : parent.height - height - Theme.gapTight
        columns: across
        spacing: Theme.gapTight
        Repeater {
            model: Tech.nav
            NavKey {
                required property var modelData
                entry: modelData
                beside: inside.landscape
                width: inside.landscape ? Theme.rail : (inside.width - 2 * Theme.edge - 4 * Theme.gapTight) / 5
                height: inside.landscape ? Math.max(Theme.key, (inside.height - head.height - 2 * Theme.gapTight - 9 * Theme.gapTight) / 10) : Theme.bar
            }
        }
    }
    Board {
        x: inside.landscape ? nav.x + nav.width + Theme.edge : 0
        y: head.height
        width: parent.width - x
        height: (inside.landscape ? parent.height : nav.y - Theme.gapTight) - y
        side: Theme.edge
    }
}
