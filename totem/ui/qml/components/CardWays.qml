// The three ways to present a card, named; the one that the picture shows now stands out.
import QtQuick

Row {
    id: ways
    property int present: -1             // -1: none, where nothing moves
    spacing: Theme.gap

    Repeater {
        model: ["wave", "insert", "swipe"]
        Item {
            id: each
            required property int index
            required property string modelData
            readonly property bool now: ways.present === index
            width: (ways.width - 2 * ways.spacing) / 3
            height: face.height + words.height + Theme.gapTight

            Rectangle {
                id: face
                x: (parent.width - width) / 2
                width: Theme.key
                height: Theme.key
                radius: Theme.radius
                color: each.now ? Theme.brand : Theme.brandSoft
                border.width: Theme.border
                border.color: Theme.line
                Icon { name: each.modelData; anchors.centerIn: parent; size: Theme.iconWide; color: each.now ? Theme.onBrand : Theme.brandInk }
            }
            Say {
                id: words
                anchors { top: face.bottom; topMargin: Theme.gapTight; left: parent.left; right: parent.right }
                text: Words["card.way_" + (each.index + 1)]
                font.pixelSize: Theme.bodySize
                font.weight: Font.DemiBold
                horizontalAlignment: Text.AlignHCenter
            }
        }
    }
}
