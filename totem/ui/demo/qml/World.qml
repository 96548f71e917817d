// What stands around the kiosk, to be played by hand: phone, bank, printer.
import QtQuick
import "../../qml/components"

Rectangle {
    id: root
    color: Theme.brandDeep

    Say {
        id: head
        anchors { left: parent.left; top: parent.top; leftMargin: Theme.margin; topMargin: Theme.gapWide }
        text: Words["title"]
        color: Theme.onBrand
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
    }
    Say {
        anchors { left: head.right; right: parent.right; baseline: head.baseline; leftMargin: Theme.gapWide; rightMargin: Theme.margin }
        text: Sim.gone ? Words["gone"] : Words["subtitle"]
        color: Theme.onBrand
        font.pixelSize: Theme.captionSize
        elide: Text.ElideRight
        wrapMode: Text.NoWrap
    }

    Row {
        id: row
        readonly property real part: (width - 2 * spacing) / 3
        anchors {
            left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom
            margins: Theme.margin
            topMargin: Theme.gapWide
        }
        spacing: Theme.gapWide

        Phone { width: row.part; height: row.height }
        Bank { width: row.part; height: row.height }
        Printer { width: row.part; height: row.height }
    }
}
