// A card typed by hand: the card being filled in, one question at a time, and the kiosk's own keys.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property bool locked: Pad.sent
    readonly property real column: (width - 2 * Theme.margin - (landscape ? Theme.gapWide : 0)) / (landscape ? 2 : 1)
    readonly property real side: landscape ? Theme.margin + column + Theme.gapWide : Theme.margin
    // Its least height where the screen is low, and never another while somebody types.
    readonly property real keysHeight: landscape ? 4 * Theme.key + 3 * Theme.gapTight : 4 * Theme.keyMain + 3 * Theme.gapTight
    readonly property real tabsHeight: Theme.key + Theme.gapTight

    Item {
        id: sum
        x: screen.side
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
        readonly property real room: (screen.landscape ? tabs.y : question.y) - y - Theme.gapWide
        height: Math.min(room, screen.column / 1.586)
        width: height * 1.586
        x: screen.landscape ? Theme.margin + (screen.column - width) / 2 : (parent.width - width) / 2
        y: screen.landscape ? Theme.gap : sum.y + sum.height + Theme.gapWide
    }

    Column {
        id: question
        x: screen.side
        y: screen.landscape ? sum.y + sum.height + Theme.gap : tabs.y - height - Theme.gapWide
        width: screen.column
        spacing: Theme.gapTight

        Say {
            width: parent.width
            text: Words["key_card." + Pad.field + ".title"]
            font.pixelSize: Theme.titleSize
            font.weight: Font.ExtraBold
            lineHeight: 0.95
        }
        Say {
            width: parent.width
            text: Pad.fault !== "" ? Words["key_card.fault." + Pad.fault] : Words["key_card." + Pad.field + (Pad.field === "code" && Pad.codeInFront ? ".hint_front" : ".hint")]
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
        width: screen.column
        height: screen.keysHeight
        letters: Pad.field === "name"
        locked: screen.locked
    }
}
