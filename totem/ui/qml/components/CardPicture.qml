// What to do at the card machine, shown: the card comes near, goes in, is drawn past; a PIN; a wait; the card comes out.
// A movement and then a rest, so that the screen is still most of the time; a touch holds it still.
import QtQuick

Item {
    id: picture

    property string kind: "present_card"
    property bool held: false
    readonly property bool moving: visible && Theme.moving && !held
    property int way: 0                  // of presenting: 0 near, 1 in, 2 past
    property real near: 1                // 0 away, 1 there
    readonly property bool presenting: kind === "present_card"
    readonly property bool inside: kind === "pin" || kind === "processing"

    onKindChanged: rewind()
    onMovingChanged: rewind()
    Component.onCompleted: rewind()

    function rewind() {
        show.stop()
        out.stop()
        way = 0
        near = 1
        if (moving && presenting)
            show.restart()
        if (moving && kind === "remove_card")
            out.restart()
    }

    BankCard {                           // under the machine: what is inside of it is not seen
        visible: picture.inside || picture.kind === "remove_card" || (picture.presenting && picture.way === 1)
        upright: true
        width: picture.width * 0.3
        height: width * 1.586
        x: (picture.width - width) / 2
        readonly property real inY: machine.y + machine.height - height * 0.42
        readonly property real outY: machine.y + machine.height + picture.height * 0.02
        y: picture.kind === "remove_card" ? inY + (outY - inY) * picture.near : picture.presenting ? outY + (inY - outY) * picture.near : inY
        opacity: picture.presenting ? Math.min(1, picture.near * 3) : 1
    }
    BankCard {
        visible: picture.presenting && picture.way === 2
        upright: true
        width: picture.width * 0.3
        height: width * 1.586
        x: machine.x + machine.width - width * 0.42
        y: machine.y - picture.height * 0.06 + picture.near * (machine.height - height * 0.8)
        opacity: Math.min(1, picture.near * 3, (1 - picture.near) * 6 + 0.35)
    }

    CardTerminal {
        id: machine
        width: picture.width * 0.42
        height: picture.height * 0.74
        x: (picture.width - width) / 2
        y: picture.inside || picture.kind === "remove_card" ? picture.height * 0.02 : picture.height * 0.1
        typing: picture.kind === "pin" && picture.moving
        typed: pinBeat.step

        Dots {
            visible: picture.kind === "connecting" || picture.kind === "processing"
            anchors.centerIn: parent
            size: parent.width * 0.12
            color: Theme.brandInk
        }
        Row {                            // the PIN as a machine shows it
            visible: picture.kind === "pin"
            anchors.centerIn: parent
            spacing: parent.width * 0.08
            Repeater {
                model: 4
                Rectangle {
                    required property int index
                    width: machine.width * 0.1
                    height: width
                    radius: width / 2
                    color: Theme.brandInk
                    opacity: !picture.moving || index <= pinBeat.step % 4 ? 1 : Theme.dotRest
                }
            }
        }
        Icon {
            visible: picture.presenting || picture.kind === "remove_card" || picture.kind === "message"
            anchors.centerIn: parent
            name: picture.kind === "message" ? "speech" : picture.kind === "remove_card" ? "down" : ["wave", "insert", "swipe"][picture.way]
            size: parent.height * 0.62
            color: Theme.brandInk
        }
    }

    BankCard {                           // in front of the machine, where it is held near
        visible: picture.presenting && picture.way === 0
        width: picture.width * 0.44
        height: width / 1.586
        x: machine.x + machine.width * 0.62 + (1 - picture.near) * picture.width * 0.16
        y: machine.y - height * 0.3 - (1 - picture.near) * picture.height * 0.04
        opacity: Math.min(1, picture.near * 3)
    }

    MouseArea { anchors.fill: parent; onClicked: picture.held = !picture.held }

    Timer {
        id: pinBeat
        property int step: 0
        interval: Theme.beat
        repeat: true
        running: picture.moving && picture.kind === "pin"
        onTriggered: step = (step + 1) % 4
    }

    component Come: NumberAnimation { target: picture; property: "near"; from: 0; to: 1; duration: Theme.cardMove; easing.type: Easing.InOutQuad }

    SequentialAnimation {
        id: show
        loops: Animation.Infinite
        PropertyAction { target: picture; property: "way"; value: 0 }
        Come {}
        PauseAnimation { duration: Theme.cardRest }
        PropertyAction { target: picture; property: "way"; value: 1 }
        Come {}
        PauseAnimation { duration: Theme.cardRest }
        PropertyAction { target: picture; property: "way"; value: 2 }
        Come {}
        PauseAnimation { duration: Theme.cardRest }
    }
    SequentialAnimation {
        id: out
        loops: Animation.Infinite
        Come {}
        PauseAnimation { duration: Theme.cardRest }
    }
}
