// The printer's slot: the ticket as it was printed rises out of it, and an arrow shows where the real one is.
import QtQuick

Item {
    id: slot
    property real out: 1
    property string words

    readonly property real roomHeight: lip.y
    readonly property real paperWidth: Math.min(Theme.ticketWidth, (roomHeight - Theme.gap) / Math.max(Ui.ticketRatio, Theme.markShare))
    readonly property real paperHeight: Ui.ticketPicture !== "" ? paperWidth * Ui.ticketRatio : Theme.ticketStub

    Item {
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: lip.top }
        clip: true

        Rectangle {
            x: (parent.width - width) / 2
            y: parent.height - slot.out * (height - radius)
            width: slot.paperWidth + 2 * Theme.gapTight
            height: slot.paperHeight + Theme.gapTight
            radius: Theme.gapTight
            color: Theme.paper
            border.width: Theme.hairline
            border.color: Theme.line

            Image {
                visible: Ui.ticketPicture !== ""
                x: Theme.gapTight
                y: Theme.gapTight
                width: slot.paperWidth
                height: slot.paperHeight
                source: Ui.ticketPicture
                mipmap: true
            }
            Say {
                visible: Ui.ticketPicture === ""
                anchors { horizontalCenter: parent.horizontalCenter; top: parent.top; topMargin: Theme.gap }
                text: Ui.ticketNumber
                color: Theme.onPaper
                font.pixelSize: Theme.titleSize
                font.weight: Font.ExtraBold
            }
        }
    }

    Rectangle {
        id: lip
        anchors { horizontalCenter: parent.horizontalCenter; bottom: hint.top; bottomMargin: Theme.gap }
        width: Math.min(parent.width - 2 * Theme.margin, Theme.ticketWidth + 2 * Theme.margin)
        height: Theme.slotHeight
        radius: height / 2
        color: Theme.slot
    }

    Row {
        id: hint
        anchors { horizontalCenter: parent.horizontalCenter; bottom: parent.bottom; bottomMargin: Theme.gap }
        spacing: Theme.gap

        Icon { id: arrow; name: "down"; size: Theme.iconWide; color: Theme.paid; anchors.verticalCenter: parent.verticalCenter }
        Say {
            width: Math.min(implicitWidth, slot.width - 2 * Theme.margin - arrow.width - Theme.gap)
            text: slot.words
            font.pixelSize: Theme.labelSize
            font.weight: Font.DemiBold
            anchors.verticalCenter: parent.verticalCenter
        }
    }
}
