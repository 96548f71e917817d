// "It lives": three dots, one of them brighter, one step a beat. Nearly free, and calm.
import QtQuick

Row {
    id: dots
    property color color: Theme.brandInk
    property real size: Theme.dot
    property int beat: 0
    spacing: size

    Timer {
        interval: Theme.beat
        running: dots.visible
        repeat: true
        onTriggered: dots.beat = (dots.beat + 1) % 3
    }

    Repeater {
        model: 3
        Rectangle {
            required property int index
            width: dots.size
            height: dots.size
            radius: width / 2
            color: dots.color
            opacity: dots.beat === index ? 1 : Theme.dotRest
            Behavior on opacity { enabled: Theme.moving; NumberAnimation { duration: Theme.slow } }
        }
    }
}
