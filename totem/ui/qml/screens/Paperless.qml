// Paid, and the ticket is a code on the screen: large, to be photographed, with its number.
import QtQuick
import "../components"

Hero {
    id: paperless
    fraction: 1
    face: Theme.paper
    ringColor: Theme.paid

    head: Column {
        width: parent.width
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap
        spacing: Theme.gapTight
        Row {
            x: paperless.landscape ? 0 : (parent.width - width) / 2
            spacing: Theme.gap
            Rectangle {
                id: badge
                width: Theme.badge
                height: Theme.badge
                radius: height / 2
                color: Theme.paid
                anchors.verticalCenter: parent.verticalCenter
                Icon { anchors.centerIn: parent; name: "tick"; size: Theme.icon; color: Theme.onPaid }
            }
            Say {
                width: Math.min(implicitWidth, paperless.width - (paperless.landscape ? paperless.disc.x + paperless.disc.width + 2 * Theme.gapWide : Theme.margin) - Theme.margin - badge.width - Theme.gap)
                anchors.verticalCenter: parent.verticalCenter
                text: Words["paperless.title"]
                color: Theme.paid
                font.pixelSize: Theme.titleSize
                font.weight: Font.ExtraBold
                lineHeight: 0.95
            }
        }
    }

    // Whole pixels a module, as on the Pix screen: a telephone reads edges.
    Image {
        objectName: "code"
        readonly property int module: Math.max(1, Math.floor(paperless.disc.inscribed / Ui.ticketCodeModules))
        visible: Ui.ticketCode !== ""
        anchors.centerIn: parent
        width: module * Ui.ticketCodeModules
        height: width
        smooth: false
        source: Ui.ticketCode
    }
    Dots { visible: Ui.ticketCode === ""; anchors.centerIn: parent; size: Theme.dotWide; color: Theme.onPaper }

    body: Column {
        width: parent.width
        spacing: Theme.gap
        Column {
            width: parent.width
            Say {
                width: parent.width
                text: Words["thanks.number"]
                color: Theme.muted
                font.pixelSize: Theme.bodySize
                horizontalAlignment: paperless.landscape ? Text.AlignLeft : Text.AlignHCenter
            }
            Say {
                width: parent.width
                text: Ui.ticketNumber
                font.pixelSize: Theme.amountSize
                font.weight: Font.ExtraBold
                lineHeight: 0.95
                horizontalAlignment: paperless.landscape ? Text.AlignLeft : Text.AlignHCenter
            }
        }
        Row {
            x: paperless.landscape ? 0 : (parent.width - width) / 2
            spacing: Theme.gap
            Rectangle {
                id: camera
                width: Theme.key
                height: Theme.key
                radius: Theme.radius
                color: Theme.brandSoft
                border.width: Theme.border
                border.color: Theme.line
                anchors.verticalCenter: parent.verticalCenter
                Icon { name: "photo"; anchors.centerIn: parent; size: Theme.iconWide; color: Theme.brandInk }
            }
            Say {
                width: Math.min(implicitWidth, (paperless.landscape ? paperless.width - paperless.disc.x - paperless.disc.width - 2 * Theme.gapWide : paperless.width - Theme.margin) - Theme.margin - camera.width - Theme.gap)
                anchors.verticalCenter: parent.verticalCenter
                text: Words["paperless.hint"]
                font.pixelSize: Theme.labelSize
                font.weight: Font.DemiBold
            }
        }
    }
}
