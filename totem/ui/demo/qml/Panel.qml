// One part of the world: a card with its name.
import QtQuick
import "../../qml/components"

Rectangle {
    id: panel
    property string title
    property string state_: ""
    property color stateColor: Theme.muted
    default property alias content: body.data

    color: Theme.ground
    radius: Theme.radiusWide

    Say {
        id: head
        anchors { left: parent.left; top: parent.top; margins: Theme.gapWide }
        text: panel.title
        font.pixelSize: Theme.labelSize
        font.weight: Font.ExtraBold
    }
    Say {
        anchors { right: parent.right; rightMargin: Theme.gapWide; baseline: head.baseline }
        text: panel.state_
        color: panel.stateColor
        font.pixelSize: Theme.captionSize
        font.weight: Font.DemiBold
    }
    Item {
        id: body
        anchors {
            left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom
            margins: Theme.gapWide
            topMargin: Theme.gap
        }
    }
}
