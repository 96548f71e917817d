// The way to a page: its icon and its word; the open one is marked.
import QtQuick
import "../components"

Item {
    id: key
    property var entry
    property bool beside: false          // icon at the left of the word, not above
    readonly property bool here: entry.id === Tech.navAt
    readonly property string spoken: entry.text
    readonly property color ink: here ? Theme.onBrand : Theme.ink
    objectName: "key.nav." + entry.id

    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.onPressAction: tech.open(key.entry.id)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: key.here ? Theme.brand : Theme.sunken
        Rectangle { anchors.fill: parent; radius: parent.radius; color: Theme.shade; opacity: area.pressed ? 2 * Theme.pressedShade : 0 }
    }
    Icon {
        id: mark
        name: key.entry.icon
        size: key.beside ? Theme.iconSmall : Theme.icon
        color: key.ink
        x: key.beside ? Theme.gap : (parent.width - width) / 2
        y: key.beside ? (parent.height - height) / 2 : (parent.height - height - word.height - Theme.hairline) / 2
    }
    Say {
        id: word
        text: key.entry.text
        color: key.ink
        font.pixelSize: Theme.captionSize
        font.weight: key.here ? Font.ExtraBold : Font.DemiBold
        x: key.beside ? mark.x + mark.width + Theme.gapTight * 1.5 : (parent.width - width) / 2
        y: key.beside ? (parent.height - height) / 2 : mark.y + mark.height + Theme.hairline
        width: key.beside ? parent.width - x : Math.min(implicitWidth, parent.width)
        horizontalAlignment: key.beside ? Text.AlignLeft : Text.AlignHCenter
        lineHeight: 0.92
    }
    MouseArea { id: area; anchors.fill: parent; onClicked: tech.open(key.entry.id) }
}
