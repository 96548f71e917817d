// A way to pay as one large key.
import QtQuick

Item {
    id: key
    property var method
    objectName: "key.method." + method.id
    implicitHeight: Math.max(Theme.method, words.height + 2 * Theme.gapWide)
    Accessible.role: Accessible.Button
    Accessible.name: method.name

    Rectangle { anchors.fill: parent; radius: Theme.radiusWide; color: Theme.brandDeep }
    Rectangle {
        id: face
        anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: area.pressed ? Theme.sink : 0 }
        height: parent.height - Theme.sink
        radius: Theme.radiusWide
        color: Theme.brand

        Icon { id: mark; name: key.method.id; size: face.height * Theme.discIconShare; color: Theme.onBrand; x: Theme.gapWide * 1.5; anchors.verticalCenter: parent.verticalCenter }
        Column {
            id: words
            anchors { left: mark.right; leftMargin: Theme.gapWide; right: arrow.left; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            Say { width: parent.width; text: key.method.name; color: Theme.onBrand; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
            Say { width: parent.width; text: key.method.hint; color: Theme.onBrand; font.pixelSize: Theme.bodySize }
        }
        Icon { id: arrow; name: "next"; color: Theme.onBrand; anchors { right: parent.right; rightMargin: Theme.gapWide; verticalCenter: parent.verticalCenter } }
        Rectangle { anchors.fill: parent; radius: parent.radius; color: Theme.shade; opacity: area.pressed ? Theme.pressedShade : 0 }
    }
    MouseArea { id: area; anchors.fill: parent; onClicked: kiosk.choose(key.method.id) }
}
