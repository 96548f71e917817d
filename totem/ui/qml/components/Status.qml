// A state in one look: a sign of its own shape, six words, what became of the money, and what to do now.
import QtQuick

Item {
    id: status

    property string icon
    property string tone: "wait"        // "wait", "stopped", "paid"
    property string title
    property string money
    property string moneyTone: tone
    property string text
    property string action
    property string small
    property string said                // the card machine's own words, "" for none
    property string number              // large in the disc, in the sign's place
    property bool living: false
    readonly property bool landscape: Theme.landscape
    readonly property real discSize: landscape ? Math.min(Theme.discMin, room - 2 * Theme.gapWide) : Math.min(Theme.discMiddle, Math.max(Theme.discSmall, room - words.height - 3 * Theme.gap))
    property alias foot: foot.data      // keys, above the bar
    readonly property real room: height - (foot.height > 0 ? foot.height + Theme.gapWide : 0)
    readonly property int side: landscape ? Text.AlignLeft : Text.AlignHCenter

    Disc {
        id: disc
        x: status.landscape ? Theme.margin + Theme.gapWide : (parent.width - width) / 2
        y: status.landscape ? (status.room - height) / 2 : Math.max(Theme.gap, (status.room - height - words.height - Theme.gapWide) / 2)
        width: status.discSize
        fraction: 0
        face: Theme[status.tone + "Soft"]
        trackColor: Theme[status.tone]
        Column {
            anchors.centerIn: parent
            spacing: Theme.gapWide
            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                name: status.icon
                size: disc.width * Theme.discIconShare * (status.number === "" ? 1 : Theme.discIconShare)
                color: Theme[status.tone]
            }
            Say {
                visible: status.number !== ""
                anchors.horizontalCenter: parent.horizontalCenter
                text: status.number
                font.pixelSize: Theme.amountSize
                font.weight: Font.ExtraBold
                lineHeight: 0.9
            }
            Dots { visible: status.living; anchors.horizontalCenter: parent.horizontalCenter; size: Theme.dotWide; color: Theme[status.tone] }
        }
    }

    Column {
        id: words
        x: status.landscape ? disc.x + disc.width + 2 * Theme.gapWide : Theme.margin
        y: status.landscape ? Math.max(0, (status.room - height) / 2) : disc.y + disc.height + Theme.gap
        width: parent.width - x - Theme.margin
        spacing: Theme.gap

        Say { width: parent.width; text: status.title; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold; horizontalAlignment: status.side }

        Rectangle {
            visible: status.money !== ""
            x: status.landscape ? 0 : (parent.width - width) / 2
            width: Math.min(parent.width, money.implicitWidth + shield.width + 3 * Theme.gap + Theme.gapWide)
            height: money.height + 2 * Theme.gap
            radius: Theme.radiusWide
            color: Theme[status.moneyTone + "Soft"]
            border.width: Theme.border
            border.color: Theme.line

            Icon { id: shield; name: "shield"; color: Theme[status.moneyTone]; size: Theme.icon; x: Theme.gapWide; anchors.verticalCenter: parent.verticalCenter }
            Say {
                id: money
                anchors { left: shield.right; leftMargin: Theme.gap; right: parent.right; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
                text: status.money
                font.pixelSize: Theme.labelSize
                font.weight: Font.DemiBold
            }
        }
        Say { visible: text !== ""; width: parent.width; text: status.text; font.pixelSize: Theme.labelSize; horizontalAlignment: status.side }
        TerminalWords { width: parent.width; height: implicitHeight; text: status.said }
        Say { visible: text !== ""; width: parent.width; text: status.action; font.pixelSize: Theme.labelSize; font.weight: Font.DemiBold; horizontalAlignment: status.side }
        Say { visible: text !== ""; width: parent.width; text: status.small; topPadding: Theme.gap; color: Theme.muted; font.pixelSize: Theme.captionSize; horizontalAlignment: status.side }
    }

    Item {
        id: foot
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.margin; rightMargin: Theme.margin }
        height: childrenRect.height
    }
}
