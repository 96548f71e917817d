// What was typed; a touch opens the keyboard.
import QtQuick
import "../components"

Item {
    id: field
    property string key
    property string typed
    property string hint
    readonly property string spoken: typed === "" ? hint : typed
    objectName: "key." + key
    implicitHeight: Theme.key
    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.onPressAction: tech.press(field.key)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: Theme.ground
        border.width: Theme.hairline
        border.color: Theme.line
    }
    Figures {
        visible: field.typed !== ""
        anchors { left: parent.left; right: mark.left; margins: Theme.gap; verticalCenter: parent.verticalCenter }
        text: field.typed
        font.pixelSize: Theme.bodySize
    }
    Say {
        visible: field.typed === ""
        anchors { left: parent.left; right: mark.left; margins: Theme.gap; verticalCenter: parent.verticalCenter }
        text: field.hint
        color: Theme.muted
        font.pixelSize: Theme.captionSize
    }
    Icon { id: mark; name: "keyboard"; color: Theme.brandInk; anchors { right: parent.right; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter } }
    MouseArea { anchors.fill: parent; onClicked: tech.press(field.key) }
}
