// One of many: a touch opens it, where there is more to see.
import QtQuick
import "../components"

Item {
    id: key
    property var row: ({})
    readonly property bool opens: (row.id || "") !== ""
    readonly property string spoken: [row.title, row.note, row.figure, row.state].filter(each => each).join(", ")
    readonly property color toneInk: (row.tone || "") !== "" ? Theme[row.tone] : Theme.muted
    objectName: opens ? "key." + row.id : ""
    implicitHeight: Math.max(opens ? Theme.key : 0, left.height + Theme.gap, right.height + Theme.gap)

    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.onPressAction: if (key.opens) tech.press(key.row.id)

    Rectangle {
        visible: key.opens
        anchors.fill: parent
        radius: Theme.radius
        color: Theme.surface
        Rectangle { anchors.fill: parent; radius: parent.radius; color: Theme.shade; opacity: area.pressed ? 2 * Theme.pressedShade : 0 }
    }
    Icon {
        id: mark
        x: key.opens ? Theme.gap : 0
        name: key.row.shape || ""
        size: Theme.iconSmall
        color: key.toneInk
        anchors.verticalCenter: parent.verticalCenter
    }
    Column {
        id: left
        anchors { left: mark.right; leftMargin: Theme.gap; right: right.left; rightMargin: Theme.gapTight; verticalCenter: parent.verticalCenter }
        Say { width: parent.width; text: key.row.title || ""; font.pixelSize: Theme.captionSize; font.weight: Font.DemiBold; wrapMode: Text.Wrap; lineHeight: 0.95 }
        Say { visible: text !== ""; width: parent.width; text: key.row.note || ""; color: Theme.muted; font.pixelSize: Theme.captionSize; wrapMode: Text.Wrap; lineHeight: 0.95 }
    }
    Column {
        id: right
        anchors { right: next.visible ? next.left : parent.right; rightMargin: Theme.gapTight; verticalCenter: parent.verticalCenter }
        Figures { visible: text !== ""; anchors.right: parent.right; text: key.row.figure || ""; font.weight: Font.Bold; wrapMode: Text.NoWrap; lineHeight: 0.95 }
        Say { visible: text !== ""; anchors.right: parent.right; text: key.row.state || ""; color: key.toneInk; font.pixelSize: Theme.captionSize; font.weight: Font.DemiBold; lineHeight: 0.95 }
    }
    Icon {
        id: next
        visible: key.opens
        anchors { right: parent.right; rightMargin: Theme.gap; verticalCenter: parent.verticalCenter }
        name: key.row.icon || "next"
        size: Theme.iconSmall
        color: Theme.brandInk
    }
    MouseArea { id: area; anchors.fill: parent; enabled: key.opens; onClicked: tech.press(key.row.id) }
}
