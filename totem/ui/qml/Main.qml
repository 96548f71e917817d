// The frame of every screen: what never moves (strip, top, bottom), and one screen between.
import QtQuick
import "components"

Rectangle {
    id: root

    readonly property string screen: Ui.screen
    readonly property bool landscape: Theme.landscape
    readonly property bool framed: screen !== "attract"
    property bool warm: false        // set once the first frame is on the screen
    // Without a graphics card each frame of a fading screen is painted whole, on the thread that also serves the bank.
    readonly property bool fading: Theme.moving && GraphicsInfo.api !== GraphicsInfo.Software

    // The code and the tick never wait for a movement.
    onScreenChanged: if (fading && screen !== "pix" && screen !== "printing" && screen !== "thanks" && screen !== "paperless") enter.restart()

    color: Theme.ground

    SimulationStrip {
        id: strip
        anchors { left: parent.left; right: parent.right; top: parent.top }
        visible: Ui.simulated
        height: visible ? implicitHeight : 0
        z: 10
    }

    // Bars and heavy screens are made while nobody is there, and kept, so that each step finds the next one ready.
    component Kept: Loader {
        property var screens: []
        property bool wanted: true   // no kiosk pays for what it never shows
        readonly property bool shown: screens.includes(root.screen)
        anchors.fill: parent
        active: shown || (root.warm && wanted)
        visible: shown
        asynchronous: !shown         // one that is wanted before it is ready is finished at once
    }

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

        Kept { screens: ["attract"]; source: "screens/Attract.qml" }
        Kept { screens: ["services"]; source: "screens/Services.qml" }
        Kept { screens: ["preparing", "cancelling", "checking"]; source: "screens/Waiting.qml" }
        Kept { screens: ["pix"]; source: "screens/Pix.qml" }
        Kept { screens: ["card"]; source: "screens/Card.qml" }
        Kept { screens: ["page"]; source: "screens/Page.qml"; wanted: Ui.showsPages }
        Kept { screens: ["key_card"]; source: "screens/KeyCard.qml"; wanted: Ui.typesCards }
        Kept { screens: ["printing", "thanks"]; source: "screens/Paid.qml" }
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
        NumberAnimation { target: stage; property: "opacity"; from: 0; to: 1; duration: Theme.move; easing.type: Easing.OutCubic }
        NumberAnimation { target: slide; property: "y"; from: Theme.shift; to: 0; duration: Theme.move; easing.type: Easing.OutCubic }
    }

    function fileOf(name) {
        const files = {
            method: "Method", installments: "Installments", split: "Split", again: "Again", ticket_unknown: "TicketUnknown",
            paperless: "Paperless", held: "Held", trouble: "Trouble", out_of_service: "OutOfService"
        }
        return files[name] === undefined ? "" : "screens/" + files[name] + ".qml"
    }

    function overlayOf(name) {
        return { help: "Help.qml", cancel: "CancelQuestion.qml", idle: "IdleWarning.qml" }[name]
    }
}
