// Back at the left, the next step at the right, help and accessibility between them: always in the same place.
import QtQuick

Item {
    id: bar
    property bool landscape: false
    readonly property bool result: Ui.screen === "thanks" || Ui.screen === "trouble" || (Ui.screen === "paperless" && Ui.ended)
    readonly property bool again: Ui.screen === "again"
    readonly property bool retry: Ui.screen === "trouble" && Ui.troubleRetry !== ""
    readonly property real sideWidth: landscape ? Theme.keyWide : Theme.keyBack
    readonly property real mainWidth: landscape ? Theme.keyNext : width - 2 * Theme.margin - sideWidth - middle.width - 2 * Theme.gap

    implicitHeight: keys.height + Theme.gapWide + Theme.gap + (Ui.lowReach && !landscape ? Theme.key + Theme.gap : 0)

    Loader {
        active: Ui.lowReach
        sourceComponent: Languages {}
        x: bar.landscape ? keys.x + middle.x + middle.width + Theme.gapWide : (bar.width - width) / 2
        y: bar.landscape ? keys.y + (keys.height - height) / 2 : Theme.gap
    }

    Item {
        id: keys
        anchors {
            left: parent.left; right: parent.right; bottom: parent.bottom
            leftMargin: Theme.margin; rightMargin: Theme.margin; bottomMargin: Theme.gapWide
        }
        height: Theme.keyMain

        Key {
            objectName: "key.back"
            visible: ["services", "method", "split", "installments"].includes(Ui.screen)
            width: bar.sideWidth
            upright: !bar.landscape
            icon: "back"
            text: Words["frame.back"]
            fontSize: bar.landscape ? Theme.labelSize : Theme.captionSize
            onTapped: kiosk.back()
        }
        Key {
            objectName: "key.cancel"
            visible: ["pix", "card", "key_card", "page"].includes(Ui.screen)
            enabled: Ui.canCancel && !Ui.cancelAsked
            width: bar.sideWidth
            upright: !bar.landscape
            icon: Ui.cancelAsked ? "hourglass" : "cross"
            text: Words["pix.cancel"]
            fontSize: bar.landscape ? Theme.labelSize : Theme.captionSize
            onTapped: Ui.screen === "pix" || Ui.screen === "page" ? kiosk.askCancel() : kiosk.cancelCard()
        }
        Key {
            objectName: "key.giveup"
            visible: bar.again
            enabled: !Ui.sent
            width: bar.sideWidth
            upright: !bar.landscape
            icon: "cross"
            text: Words["again.give_up"]
            fontSize: bar.landscape ? Theme.labelSize : Theme.captionSize
            onTapped: kiosk.giveUp()
        }
        Key {
            objectName: "key.next"
            visible: Ui.screen === "services"
            enabled: Ui.count > 0
            x: keys.width - width
            width: bar.mainWidth
            kind: "main"
            icon: "next"
            iconLast: true
            text: Words["frame.next"]
            onTapped: kiosk.next()
        }
        Key {
            objectName: "key.pad.next"
            visible: Ui.screen === "key_card"
            enabled: !Pad.sent
            x: keys.width - width
            width: bar.mainWidth
            kind: "main"
            icon: Pad.last ? "" : "next"
            iconLast: true
            text: Pad.last ? Words["key_card.pay"] + " " + Ui.amount : Words["frame.next"]
            onTapped: cardPad.next()
        }
        Key {
            objectName: "key.moretime"
            visible: Ui.screen === "pix" && Ui.canExtend
            x: keys.width - width
            width: bar.mainWidth
            icon: bar.landscape ? "clock" : ""
            text: Words["pix.more_time"]
            fontSize: Theme.bodySize
            onTapped: kiosk.moreTime()
        }
        Key {
            objectName: "key.retry"
            visible: bar.retry || (bar.again && Ui.againSame)
            enabled: !Ui.sent
            x: keys.width - width
            width: bar.mainWidth
            kind: "main"
            icon: "again"
            text: bar.again && Ui.troubleTitle === "" ? Words["again.another_card"] : !bar.again && Ui.troubleRetry === "again" ? Words["trouble.again"] : Words["trouble.retry"]
            onTapped: kiosk.retry()
        }
        Key {
            objectName: "key.done"
            visible: bar.result
            x: bar.retry ? 0 : keys.width - width
            width: bar.retry ? bar.sideWidth : bar.mainWidth
            kind: bar.retry ? "plain" : "main"
            upright: bar.retry && !bar.landscape
            icon: bar.retry ? "home" : "tick"
            text: bar.retry ? Words["trouble.done"] : Ui.screen === "trouble" ? Words["trouble.understood"] : Words["thanks.done"]
            fontSize: bar.retry && !bar.landscape ? Theme.captionSize : Theme.labelSize
            onTapped: kiosk.done()
        }

        Access {
            id: middle
            x: bar.sideWidth + (bar.landscape ? Theme.gapWide : Theme.gap)
            anchors.verticalCenter: parent.verticalCenter
        }
    }
}
