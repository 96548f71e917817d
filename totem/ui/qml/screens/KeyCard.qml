// A card typed by hand: the card being filled in, one question at a time, and the kiosk's own keys.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property bool locked: Pad.sent
    readonly property real whole: width - 2 * Theme.margin
    readonly property real keysWidth: landscape ? 10 * Theme.key + 9 * Theme.gapTight + Theme.gap : whole
    readonly property real column: landscape ? whole - keysWidth - 3 * Theme.gapWide : whole
    readonly property real side: width - Theme.margin - keysWidth
    // Room for the longest question, so that no key moves while somebody types.
    readonly property real questionRoom: 2 * (Theme.titleSize + Theme.bodySize) * 1.3 + Theme.gapTight
    readonly property real keysLeast: 4 * Theme.key + 3 * Theme.gapTight
    readonly property real keysMost: 4 * Theme.keyMain + 3 * Theme.gapTight
    readonly property real keysHeight: !landscape ? keysMost : Ui.lowReach ? keysLeast : Math.max(keysLeast, Math.min(keysMost, height - questionRoom - 3 * Theme.gap))
    readonly property real tabsHeight: Theme.key + Theme.gapTight

    Item {
        id: sum
        x: Theme.margin
        y: Theme.gap
        width: screen.column
        height: Math.max(plan.height, amount.height)
        Say {
            id: plan
            width: parent.width - amount.width - Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            text: Ui.cardPlan
            color: Theme.muted
            font.pixelSize: Theme.bodySize
        }
        Say {
            id: amount
            anchors { right: parent.right; verticalCenter: parent.verticalCenter }
            text: Ui.amount
            font.pixelSize: Theme.titleSize
            font.weight: Font.ExtraBold
            wrapMode: Text.NoWrap
        }
    }

    CardFace {
        id: face
        readonly property real room: promise.y - y - Theme.gap
        height: Math.min(room, screen.column / 1.586)
        width: height * 1.586
        x: Theme.margin + (screen.column - width) / 2
        y: sum.y + sum.height + Theme.gap
    }

    Row {
        id: promise
        x: Theme.margin + (screen.column - width) / 2
        y: (screen.landscape ? tabs.y : question.y) - height - Theme.gapWide
        spacing: Theme.gap
        Icon { id: shield; name: "shield"; size: Theme.iconSmall; color: Theme.brandInk; anchors.verticalCenter: parent.verticalCenter }
        Say {
            width: Math.min(implicitWidth, screen.column - shield.width - promise.spacing)
            text: Words["key_card.private"]
            font.pixelSize: Theme.captionSize
            color: Theme.muted
            anchors.verticalCenter: parent.verticalCenter
        }
    }

    Column {
        id: question
        x: screen.side
        y: screen.landscape ? Theme.gap : tabs.y - height - Theme.gapWide
        width: screen.keysWidth
        spacing: Theme.gapTight

        Say {
            width: parent.width
            text: screen.locked ? Words["key_card.sending"] : Words["key_card." + Pad.field + ".title"]
            font.pixelSize: Theme.titleSize
            font.weight: Font.ExtraBold
            lineHeight: 0.95
        }
        Say {
            width: parent.width
            text: screen.locked ? Words["preparing.hint"] : Pad.fault !== "" ? Words["key_card.fault." + Pad.fault] : Words["key_card." + Pad.field + (Pad.field === "code" && Pad.codeInFront ? ".hint_front" : ".hint")]
            font.pixelSize: Theme.bodySize
            font.weight: Pad.fault !== "" ? Font.DemiBold : Font.Normal
            color: Pad.fault !== "" ? Theme.stopped : Theme.muted
        }
    }

    Row {
        id: tabs
        x: Theme.margin
        y: screen.landscape ? parent.height - Theme.gap - height : keys.y - height - Theme.gap
        height: screen.tabsHeight
        spacing: Theme.gapTight
        Repeater {
            model: ["number", "expiry", "code", "name"]
            Key {
                required property string modelData
                objectName: "key.field." + modelData
                width: (screen.column - 3 * Theme.gapTight) / 4
                height: screen.tabsHeight
                text: Words["key_card." + modelData + ".name"]
                icon: Pad.done[modelData] ? "tick" : ""
                iconSize: Theme.iconSmall
                upright: true
                fontSize: Theme.captionSize
                chosen: Pad.field === modelData
                enabled: !screen.locked
                onTapped: cardPad.go(modelData)
            }
        }
    }

    CardKeys {
        id: keys
        x: screen.side
        y: parent.height - Theme.gap - height
        width: screen.keysWidth
        height: screen.keysHeight
        letters: Pad.field === "name"
        locked: screen.locked
    }
}
