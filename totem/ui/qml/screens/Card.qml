// The card machine has the sale: amount, what to do with the card, and the machine's own words.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property string kind: Ui.cardKind
    readonly property bool menu: shown === "menu"
    property string shown: "connecting"
    readonly property bool online: shown.startsWith("online.")   // no machine: the acquirer's page has the card

    // The last kind that is this screen's own: nothing changes while the next screen comes.
    onKindChanged: if (kind !== "") shown = kind
    Component.onCompleted: if (kind !== "") shown = kind

    component Sum: Column {
        property int side: Text.AlignHCenter
        Say {
            width: parent.width
            text: Ui.cardPlan
            color: Theme.muted
            font.pixelSize: Theme.bodySize
            horizontalAlignment: parent.side
        }
        Say {
            width: parent.width
            text: Ui.amount
            font.pixelSize: Theme.amountSize
            font.weight: Font.ExtraBold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.titleSize
            wrapMode: Text.NoWrap
            lineHeight: 0.95
            horizontalAlignment: parent.side
        }
    }

    Hero {
        id: hero
        visible: !screen.menu
        anchors.fill: parent
        fraction: 0
        face: Theme.surface
        bodyHeight: Theme.cardBody
        headHeight: Math.max(Theme.heroTop, amount.height + Theme.gap)

        head: Sum {
            id: amount
            width: parent.width
            anchors.bottom: parent.bottom
            anchors.bottomMargin: Theme.gap
            side: screen.landscape ? Text.AlignLeft : Text.AlignHCenter
        }

        CardPicture {
            id: picture
            anchors.centerIn: parent
            width: hero.disc.inscribed
            height: width
            kind: screen.shown
            visible: !screen.online
        }
        Icon {
            anchors.centerIn: parent
            visible: screen.online
            name: "bank"
            size: hero.disc.width * Theme.discIconShare
            color: Theme.brandInk
        }

        body: Column {
            width: parent.width
            spacing: screen.landscape ? Theme.gapWide : Theme.gap

            Say {
                width: parent.width
                text: Ui.cancelAsked ? Words["card.cancelling"] : Ui.cardTitle
                font.pixelSize: Theme.titleSize
                font.weight: Font.ExtraBold
                horizontalAlignment: screen.landscape ? Text.AlignLeft : Text.AlignHCenter
                lineHeight: 0.95
            }
            CardWays {
                visible: screen.shown === "present_card" && !Ui.cancelAsked
                width: parent.width
                present: picture.moving ? picture.way : -1
            }
            Say {
                visible: !(screen.shown === "present_card") || Ui.cancelAsked
                width: parent.width
                text: Ui.cancelAsked ? Ui.cardEnding : Ui.cardHint
                font.pixelSize: Theme.labelSize
                color: Theme.muted
                horizontalAlignment: screen.landscape ? Text.AlignLeft : Text.AlignHCenter
            }
            TerminalWords { width: parent.width; height: implicitHeight; text: Ui.cardText }
        }
    }

    // A menu of the machine's, answered here.
    Loader {
        anchors.fill: parent
        active: screen.menu
        sourceComponent: Item {
            id: asked
            readonly property real halfway: screen.parent && screen.parent.parent ? Theme.screenHeight / 2 - screen.parent.parent.y : 0
            Sum {
                id: sum
                x: Theme.margin
                y: Theme.gap
                width: (screen.landscape ? parent.width * 0.34 : parent.width) - 2 * Theme.margin
                side: screen.landscape ? Text.AlignLeft : Text.AlignHCenter
            }
            Column {
                id: question
                x: screen.landscape ? parent.width * 0.34 : Theme.margin
                y: screen.landscape ? Theme.gap : sum.y + sum.height + Theme.gap
                width: parent.width - x - Theme.margin
                spacing: Theme.gap
                Say {
                    width: parent.width
                    text: Ui.cancelAsked ? Words["card.cancelling"] : Ui.cardTitle
                    font.pixelSize: Theme.titleSize
                    font.weight: Font.ExtraBold
                }
                TerminalWords { width: parent.width; height: implicitHeight; text: Ui.cardText }
            }
            Choices {
                x: Theme.margin
                y: Math.max(Ui.lowReach ? asked.halfway : 0, question.y + question.height + Theme.gap, sum.y + sum.height + Theme.gap)
                width: parent.width - 2 * Theme.margin
                height: parent.height - y - Theme.gap
                columns: screen.landscape ? 2 : 1
                rows: Ui.cardOptions
                prefix: "key.option."
                answered: Ui.sent || Ui.cancelAsked
                onChosen: id => kiosk.answer(id)
            }
        }
    }
}
