// The frame of every screen: what never moves (strip, top, bottom), and one screen between.
import QtQuick
import "components"

Rectangle {
    id: root

    readonly property string screen: Ui.screen
    readonly property bool landscape: Theme.landscape
    readonly property bool framed: screen !== "attract"
    readonly property bool shopping: screen === "services"
    property bool warm: false        // set once the first frame is on the screen

    // The code and the tick never wait for a movement.
    onScreenChanged: if (screen !== "pix" && screen !== "printing" && screen !== "thanks") enter.restart()

    color: Theme.ground

    SimulationStrip {
        id: strip
        anchors { left: parent.left; right: parent.right; top: parent.top }
        visible: Ui.simulated
        height: visible ? Theme.stripHeight : 0
        z: 10
    }

    // Bars and services are made while nobody is there, so that the first touch finds them ready.
    Loader {
        id: top
        anchors { left: parent.left; right: parent.right; top: strip.bottom }
        active: root.framed || root.warm
        visible: root.framed
        asynchronous: !root.framed
        sourceComponent: TopBar { landscape: root.landscape }
    }

    Item {
        id: stage
        anchors {
            left: parent.left; right: parent.right
            top: root.framed ? top.bottom : strip.bottom
            bottom: root.framed ? bottom.top : parent.bottom
        }
        transform: Translate { id: slide }

        Loader {
            anchors.fill: parent
            active: root.shopping || root.warm
            visible: root.shopping
            asynchronous: !root.shopping
            source: "screens/Services.qml"
        }
        Loader {
            anchors.fill: parent
            source: root.fileOf(root.screen)
        }
    }

    Loader {
        id: bottom
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        active: root.framed || root.warm
        visible: root.framed
        asynchronous: !root.framed
        sourceComponent: BottomBar { landscape: root.landscape }
    }

    Loader {
        anchors.fill: parent
        anchors.topMargin: strip.height
        active: Ui.overlay !== ""
        objectName: "overlay"
        visible: active
        source: active ? "overlays/" + root.overlayOf(Ui.overlay) : ""
        z: 5
    }

    ParallelAnimation {
        id: enter
        NumberAnimation { target: stage; property: "opacity"; from: Theme.moving ? 0 : 1; to: 1; duration: Theme.move; easing.type: Easing.OutCubic }
        NumberAnimation { target: slide; property: "y"; from: Theme.moving ? Theme.shift : 0; to: 0; duration: Theme.move; easing.type: Easing.OutCubic }
    }

    function fileOf(name) {
        const files = {
            attract: "Attract", method: "Method", preparing: "Waiting", cancelling: "Waiting",
            checking: "Waiting", pix: "Pix", printing: "Paid", held: "Held", thanks: "Paid", trouble: "Trouble",
            out_of_service: "OutOfService"
        }
        return files[name] === undefined ? "" : "screens/" + files[name] + ".qml"
    }

    function overlayOf(name) {
        return { help: "Help.qml", cancel: "CancelQuestion.qml", idle: "IdleWarning.qml" }[name]
    }
}
