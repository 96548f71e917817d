// Everything that is pressed. It sinks and darkens within one frame of the touch.
import QtQuick

Item {
    id: key

    property string text
    property string icon
    property string kind: "plain"        // "main": the next step; "plain"; "stop": ends something; "quiet": no face
    property real iconSize: Theme.icon
    property bool upright: false         // icon above the words
    property bool iconLast: false
    property bool chosen: false
    property real fontSize: Theme.labelSize
    property string spoken: text
    signal tapped()

    readonly property bool main: kind === "main"
    readonly property color faceColor: main ? Theme.brand : kind === "stop" ? Theme.stopped : chosen ? Theme.ink : Theme.surface
    readonly property color inkColor: main ? Theme.onBrand : kind === "stop" ? Theme.onStopped : chosen ? Theme.ground : Theme.ink
    readonly property bool down: area.pressed && enabled

    implicitHeight: Theme.keyMain
    implicitWidth: Theme.keyMain
    opacity: enabled ? 1 : Theme.disabledOpacity

    Accessible.role: Accessible.Button
    Accessible.name: spoken
    Accessible.onPressAction: if (key.enabled) key.tapped()

    Rectangle {
        visible: key.kind !== "quiet"
        anchors.fill: parent
        radius: Theme.radius
        color: key.main ? Theme.brandDeep : Theme.line
    }

    Rectangle {
        id: face
        anchors { left: parent.left; right: parent.right; top: parent.top; topMargin: key.down ? Theme.sink : 0 }
        height: parent.height - Theme.sink
        radius: Theme.radius
        color: key.kind === "quiet" ? "transparent" : key.faceColor
        border.width: key.kind === "quiet" ? 0 : Theme.highContrast ? Theme.border : key.main || key.chosen || key.kind === "stop" ? 0 : Theme.hairline
        border.color: Theme.line

        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: Theme.shade
            opacity: key.down ? Theme.pressedShade : 0
        }

        Grid {
            id: content
            anchors.centerIn: parent
            columns: key.upright || key.text === "" || key.icon === "" ? 1 : 2
            columnSpacing: Theme.gap
            rowSpacing: Theme.hairline
            horizontalItemAlignment: Grid.AlignHCenter
            verticalItemAlignment: Grid.AlignVCenter
            layoutDirection: key.iconLast ? Qt.RightToLeft : Qt.LeftToRight

            Icon {
                id: mark
                visible: key.icon !== ""
                name: key.icon
                size: key.iconSize
                color: key.inkColor
            }
            Say {
                visible: key.text !== ""
                text: key.text
                width: Math.min(implicitWidth, face.width - 2 * Theme.gapTight - (mark.visible && !key.upright ? mark.width + 2 * Theme.gap : 0))
                color: key.inkColor
                font.pixelSize: key.fontSize
                font.weight: Font.DemiBold
                horizontalAlignment: Text.AlignHCenter
                lineHeight: 0.92
            }
        }
    }

    MouseArea {
        id: area
        anchors.fill: parent
        onClicked: key.tapped()
    }
}
