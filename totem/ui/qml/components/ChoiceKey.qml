// One of several equal answers: its words, and a smaller line below where there is one.
import QtQuick

Item {
    id: key
    property string text
    property string note
    property string icon
    property string spoken: note === "" ? text : text + ", " + note
    property real fontSize: Theme.labelSize
    signal tapped()

    implicitHeight: Theme.keyMain
    opacity: enabled ? 1 : Theme.disabledOpacity
    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.onPressAction: if (key.enabled) key.tapped()

    Rectangle { anchors.fill: parent; radius: Theme.radius; color: Theme.line }
    Rectangle {
        id: face
        anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: area.pressed && key.enabled ? Theme.sink : 0 }
        height: parent.height - Theme.sink
        radius: Theme.radius
        color: Theme.surface
        border.width: Theme.highContrast ? Theme.border : Theme.hairline
        border.color: Theme.line

        Icon {
            id: mark
            visible: key.icon !== ""
            name: key.icon
            x: Theme.gap
            size: visible ? Theme.icon : 0
            color: Theme.brandInk
            anchors.verticalCenter: parent.verticalCenter
        }
        Column {
            anchors { left: mark.visible ? mark.right : parent.left; right: parent.right; leftMargin: Theme.gap; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
            Say {
                width: parent.width
                text: key.text
                font.pixelSize: key.fontSize
                font.weight: Font.DemiBold
                lineHeight: 0.92
            }
            Say {
                visible: key.note !== ""
                width: parent.width
                text: key.note
                font.pixelSize: Theme.captionSize
                color: Theme.muted
                lineHeight: 0.92
            }
        }
        Rectangle { anchors.fill: parent; radius: parent.radius; color: Theme.shade; opacity: area.pressed && key.enabled ? Theme.pressedShade : 0 }
    }
    MouseArea { id: area; anchors.fill: parent; onClicked: key.tapped() }
}
