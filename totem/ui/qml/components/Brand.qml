// The owner's logo, or the business name written beside a drop of the brand's colour.
import QtQuick

Item {
    id: brand
    property real fontSize: Theme.bodySize
    property color ink: Theme.ink

    implicitHeight: Theme.logoHeight
    implicitWidth: logo.visible ? logo.width : written.width

    Image {
        id: logo
        visible: Ui.logo !== ""
        source: Ui.logo
        height: parent.height
        width: Math.min(parent.width, implicitHeight > 0 ? height * implicitWidth / implicitHeight : height)
        fillMode: Image.PreserveAspectFit
        horizontalAlignment: Image.AlignLeft
        sourceSize.height: height
    }

    Row {
        id: written
        visible: !logo.visible
        spacing: Theme.gap
        anchors.verticalCenter: parent.verticalCenter

        Rectangle {
            width: brand.height
            height: brand.height
            radius: Theme.radius
            color: Theme.brand
            anchors.verticalCenter: parent.verticalCenter
            Icon { name: "drop"; color: Theme.onBrand; size: parent.height * Theme.markShare; anchors.centerIn: parent }
        }
        Say {
            text: Ui.businessName
            color: brand.ink
            font.pixelSize: brand.fontSize
            font.weight: Font.ExtraBold
            anchors.verticalCenter: parent.verticalCenter
            width: Math.min(implicitWidth, brand.width - brand.height - Theme.gap)
            lineHeight: 0.92
        }
    }
}
