// A way to pay as one large key: in the brand's colour where it is the only one, equals on white.
import QtQuick

Item {
    id: key
    property var method
    property bool main: true
    property real most: Theme.method
    property bool terse: false           // its name alone, where many stand close
    readonly property color ink: main ? Theme.onBrand : Theme.ink
    objectName: "key.method." + method.id
    implicitHeight: Math.max(Theme.key, Math.min(Theme.method, most), words.height + 2 * (main ? Theme.gapWide : Theme.gapTight))
    Accessible.role: Accessible.Button
    Accessible.name: method.name
    Accessible.onPressAction: kiosk.choose(key.method.id)

    Rectangle { anchors.fill: parent; radius: Theme.radiusWide; color: key.main ? Theme.brandDeep : Theme.line }
    Rectangle {
        id: face
        anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: area.pressed ? Theme.sink : 0 }
        height: parent.height - Theme.sink
        radius: Theme.radiusWide
        color: key.main ? Theme.brand : Theme.surface
        border.width: key.main ? 0 : Theme.highContrast ? Theme.border : Theme.hairline
        border.color: Theme.line

        Rectangle {
            id: plate
            readonly property real side: key.main ? Theme.keyMain : Theme.plate
            x: Theme.gapWide
            width: side
            height: side
            radius: Theme.radius
            color: key.main ? Theme.brand : Theme.brandSoft
            anchors.verticalCenter: parent.verticalCenter
            Icon { anchors.centerIn: parent; name: key.method.icon; size: key.main ? parent.width : parent.width * Theme.markShare; color: key.main ? Theme.onBrand : Theme.brandInk }
        }
        Column {
            id: words
            anchors { left: plate.right; leftMargin: Theme.gapWide; right: arrow.left; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            Say { width: parent.width; text: key.method.name; color: key.ink; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
            Say { visible: !key.terse; width: parent.width; text: key.method.hint; color: key.main ? Theme.onBrand : Theme.muted; font.pixelSize: Theme.bodySize }
        }
        Icon { id: arrow; name: "next"; color: key.main ? Theme.onBrand : Theme.brandInk; anchors { right: parent.right; rightMargin: Theme.gapWide; verticalCenter: parent.verticalCenter } }
        Rectangle { anchors.fill: parent; radius: parent.radius; color: Theme.shade; opacity: area.pressed ? Theme.pressedShade : 0 }
    }
    MouseArea { id: area; anchors.fill: parent; onClicked: kiosk.choose(key.method.id) }
}
