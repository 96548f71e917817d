// The bank's own code as the hero, the amount above, the receiver below, and time that visibly passes.
import QtQuick
import "../components"

Hero {
    id: pix
    fraction: Ui.timeFraction
    face: Theme.paper
    ringColor: Ui.timeShort ? Theme.wait : Theme.brandInk

    head: Column {
        width: parent.width
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap
        Say {
            width: parent.width
            text: Words["pix.amount"]
            color: Theme.muted
            font.pixelSize: Theme.bodySize
            horizontalAlignment: pix.landscape ? Text.AlignLeft : Text.AlignHCenter
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
            horizontalAlignment: pix.landscape ? Text.AlignLeft : Text.AlignHCenter
        }
    }

    // Whole pixels a module: a reader sees edges, not greys. The picture brings its own quiet zone.
    Image {
        objectName: "code"
        readonly property int module: Math.max(1, Math.floor(pix.disc.inscribed / Ui.codeModules))
        anchors.centerIn: parent
        width: module * Ui.codeModules
        height: width
        smooth: false
        source: Ui.code
    }

    body: Column {
        width: parent.width
        spacing: pix.landscape ? Theme.gapWide : Theme.gap

        Row {
            id: live
            spacing: Theme.gap
            x: pix.landscape ? 0 : (parent.width - width) / 2

            Rectangle {
                width: Math.min(pill.implicitWidth + 2 * Theme.gap, Theme.pill)
                height: Math.max(Theme.pillHeight, waiting.height + Theme.gap)
                radius: Theme.pillHeight / 2
                color: Ui.slow ? Theme.waitSoft : Theme.brandSoft
                border.width: Theme.border
                border.color: Theme.line

                Row {
                    id: pill
                    anchors.centerIn: parent
                    spacing: Theme.gap
                    Dots { anchors.verticalCenter: parent.verticalCenter; color: Ui.slow ? Theme.wait : Theme.brandInk }
                    Say {
                        id: waiting
                        width: Math.min(implicitWidth, Theme.pill - Theme.margin - 2 * Theme.gapWide)
                        text: Ui.slow ? Words["pix.slow"] : Words["pix.waiting"]
                        font.pixelSize: Theme.captionSize
                        font.weight: Font.DemiBold
                        lineHeight: 0.95
                    }
                }
            }
            Row {
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.gapTight
                Accessible.role: Accessible.StaticText
                Accessible.name: Words["pix.time_left"] + " " + Ui.timeLeft

                Icon { name: "clock"; size: Theme.icon; color: Ui.timeShort ? Theme.wait : Theme.ink; anchors.verticalCenter: parent.verticalCenter }
                Say {
                    text: Ui.timeLeft
                    font.pixelSize: Theme.labelSize
                    font.weight: Font.ExtraBold
                    color: Ui.timeShort ? Theme.wait : Theme.ink
                    anchors.verticalCenter: parent.verticalCenter
                }
            }
        }

        Column {
            width: parent.width
            Say {
                width: parent.width
                text: Words["pix.receiver"]
                color: Theme.muted
                font.pixelSize: Theme.captionSize
                horizontalAlignment: pix.landscape ? Text.AlignLeft : Text.AlignHCenter
            }
            Say {
                width: parent.width
                text: Ui.receiver
                font.pixelSize: Theme.labelSize
                font.weight: Font.ExtraBold
                horizontalAlignment: pix.landscape ? Text.AlignLeft : Text.AlignHCenter
                lineHeight: 0.95
            }
        }

        HowTo { width: parent.width }
    }
}
