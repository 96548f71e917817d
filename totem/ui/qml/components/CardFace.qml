// The card as it is being typed: all four fields in their usual places, masked, the present one lifted out.
import QtQuick

Rectangle {
    id: face
    readonly property real pad: Theme.gapWide
    radius: Theme.radiusWide
    color: Theme.brand
    border.width: Theme.border
    border.color: Theme.line
    Accessible.ignored: true

    component Place: Item {
        id: place
        required property string field
        property real size: Theme.labelSize
        readonly property bool present: Pad.field === field
        height: cells.height + 2 * Theme.gapTight

        Rectangle {
            anchors.fill: parent
            radius: Theme.radiusTight
            color: place.present ? Theme.surface : "transparent"
        }
        MaskedCells {
            id: cells
            x: Theme.gapTight
            anchors.verticalCenter: parent.verticalCenter
            shown: Pad[place.field]
            size: place.size
            most: place.width - 2 * Theme.gapTight
            color: place.present ? Theme.ink : Theme.onBrand
        }
    }

    Say {
        anchors { left: chip.right; leftMargin: Theme.gap; right: parent.right; rightMargin: face.pad; verticalCenter: chip.verticalCenter }
        horizontalAlignment: Text.AlignRight
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.captionSize
        wrapMode: Text.NoWrap
        text: Pad.brand
        color: Theme.onBrand
        font.pixelSize: Theme.labelSize
        font.weight: Font.ExtraBold
    }
    Rectangle {
        id: chip
        x: face.pad
        y: face.pad
        width: Theme.plate
        height: width * 0.72
        radius: Theme.radiusTight
        color: Theme.highContrast ? Theme.onBrand : Theme.strip
    }
    Place {
        field: "number"
        x: face.pad - Theme.gapTight
        y: parent.height * 0.36
        width: parent.width - 2 * x
        size: Theme.titleSize
    }
    Place {
        id: expiry
        field: "expiry"
        x: face.pad - Theme.gapTight
        y: parent.height * 0.6
        width: parent.width * 0.34
    }
    Place {
        field: "code"
        anchors { right: parent.right; rightMargin: face.pad - Theme.gapTight }
        y: expiry.y
        width: parent.width * 0.3
    }
    Place {
        field: "name"
        x: face.pad - Theme.gapTight
        y: parent.height * 0.8
        width: parent.width - 2 * x
    }
}
