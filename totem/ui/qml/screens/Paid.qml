// The ring closes into a tick, and the real ticket comes out of its slot. Printing and thanks are one movement.
import QtQuick
import "../components"

Item {
    id: paid

    readonly property bool landscape: Theme.landscape
    readonly property bool over: Ui.screen === "thanks"
    property real closed: Theme.moving ? 0 : 1
    property real settled: Theme.moving ? 0 : 1
    property real out: Theme.moving ? 0 : 1
    readonly property real bigSize: hero.discSize
    readonly property real smallSize: landscape ? bigSize * Theme.discIconShare : Theme.discSmall
    readonly property real leftWidth: landscape ? width * 0.5 : width

    Hero { id: hero; anchors.fill: parent; visible: false }

    Say {
        id: title
        x: Theme.margin
        y: paid.landscape ? (parent.height - block.height) / 2 : Theme.gap
        width: paid.leftWidth - 2 * Theme.margin
        text: paid.over ? Words["thanks.title"] : Words["printing.title"]
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
        color: Theme.paid
        horizontalAlignment: Text.AlignHCenter
        opacity: paid.landscape ? paid.settled : 1
    }

    Item {
        id: block
        x: Theme.margin
        y: title.y + title.height + Theme.gapWide
        width: paid.leftWidth - 2 * Theme.margin
        height: paid.landscape ? Theme.discSmall * 2 : Theme.discSmall
    }

    Disc {
        id: disc
        readonly property real fromX: hero.disc.x
        readonly property real fromY: hero.disc.y
        readonly property real toX: block.x + (paid.landscape ? (block.width - width * toScale) / 2 : block.width / 2 - width * toScale - Theme.gapWide)
        readonly property real toY: block.y
        readonly property real toScale: Theme.discSmall / paid.bigSize
        width: paid.bigSize
        face: Theme.paid
        ringColor: Theme.paid
        trackColor: Theme.paid
        transformOrigin: Item.TopLeft
        scale: 1 + (toScale - 1) * paid.settled
        x: fromX + (toX - fromX) * paid.settled
        y: fromY + (toY - fromY) * paid.settled

        Icon {
            anchors.centerIn: parent
            name: "tick"
            color: Theme.onPaid
            size: parent.width * Theme.markShare
            scale: 0.7 + 0.3 * paid.closed
        }
    }

    Column {
        id: number
        x: paid.landscape ? block.x : block.x + block.width / 2 + Theme.gapWide
        y: paid.landscape ? block.y + Theme.discSmall + Theme.gapWide : block.y + (block.height - height) / 2
        width: paid.landscape ? block.width : block.width / 2 - Theme.gapWide
        opacity: paid.settled

        Say {
            width: parent.width
            text: Words["thanks.number"]
            color: Theme.muted
            font.pixelSize: Theme.bodySize
            horizontalAlignment: paid.landscape ? Text.AlignHCenter : Text.AlignLeft
        }
        Say {
            width: parent.width
            text: Ui.ticketNumber
            font.pixelSize: Theme.amountSize
            font.weight: Font.ExtraBold
            lineHeight: 0.95
            horizontalAlignment: paid.landscape ? Text.AlignHCenter : Text.AlignLeft
        }
    }

    Slot {
        x: paid.landscape ? parent.width / 2 : 0
        y: paid.landscape ? Theme.gap : block.y + block.height + Theme.gapWide
        width: parent.width - x
        height: parent.height - y
        out: paid.out
        words: paid.over ? Words["thanks.hint"] : Words["printing.hint"]
        opacity: paid.settled
    }

    // The screen is kept from sale to sale: each one sees the whole movement.
    onVisibleChanged: play()
    Component.onCompleted: play()
    function play() {
        movement.stop()
        if (paid.visible && Theme.moving) {
            paid.closed = paid.settled = paid.out = 0
            movement.start()
        }
    }
    SequentialAnimation {
        id: movement
        NumberAnimation { target: paid; property: "closed"; from: 0; to: 1; duration: Theme.slow; easing.type: Easing.OutBack }
        PauseAnimation { duration: Theme.paidHold }
        NumberAnimation { target: paid; property: "settled"; from: 0; to: 1; duration: Theme.slow; easing.type: Easing.OutCubic }
        NumberAnimation { target: paid; property: "out"; from: 0; to: 1; duration: Theme.ticketSlide; easing.type: Easing.OutQuad }
    }
}
