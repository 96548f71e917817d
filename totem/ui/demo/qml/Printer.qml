// The printer: its paper slides out as it was drawn from the bytes that came.
import QtQuick
import "../../qml/components"

Panel {
    id: printer
    title: Words["printer"]
    readonly property bool ready: Sim.paperPresent && !Sim.coverOpen && !Sim.unplugged
    state_: Sim.unplugged ? Words["printer.unplugged"] : Sim.coverOpen ? Words["printer.cover_open"] : Sim.paperPresent ? Words["printer.ready"] : Words["printer.no_paper"]
    stateColor: ready ? Theme.paid : Theme.stopped

    Rectangle {
        id: slot
        anchors { left: parent.left; right: parent.right; top: parent.top }
        height: Theme.slotHeight
        radius: height / 2
        color: Theme.slot
        z: 1
    }

    Flickable {
        id: outlet
        anchors { left: slot.left; right: slot.right; top: slot.verticalCenter; bottom: keys.top; bottomMargin: Theme.gapWide }
        clip: true
        contentHeight: paper.height

        Image {
            id: paper
            objectName: "paper"
            x: Theme.gapWide
            width: outlet.width - 2 * Theme.gapWide
            height: width * Sim.ticketRatio
            source: Sim.ticketPicture
            sourceSize.width: width
            smooth: true
        }
    }

    NumberAnimation {
        id: slide
        target: paper
        property: "y"
        from: -paper.height
        to: 0
        duration: Theme.ticketSlide
        easing.type: Easing.OutCubic
    }
    Connections {
        target: Sim
        function onValueChanged(key) {
            if (key === "ticketNumber")
                slide.restart()
        }
    }

    Grid {
        id: keys
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        columns: 2
        spacing: Theme.gap

        Key {
            objectName: "printer.paper"
            width: (keys.width - Theme.gap) / 2
            height: Theme.key
            text: Sim.paperPresent ? Words["printer.pull"] : Words["printer.load"]
            kind: Sim.paperPresent ? "plain" : "main"
            fontSize: Theme.captionSize
            onTapped: world.setPaper(!Sim.paperPresent)
        }
        Key {
            objectName: "printer.ends"
            width: (keys.width - Theme.gap) / 2
            height: Theme.key
            text: Words["printer.ends"]
            fontSize: Theme.captionSize
            onTapped: world.endPaper()
        }
        Key {
            objectName: "printer.cover"
            width: (keys.width - Theme.gap) / 2
            height: Theme.key
            text: Sim.coverOpen ? Words["printer.close"] : Words["printer.open"]
            kind: Sim.coverOpen ? "main" : "plain"
            fontSize: Theme.captionSize
            onTapped: world.setCover(!Sim.coverOpen)
        }
        Key {
            objectName: "printer.plug"
            width: (keys.width - Theme.gap) / 2
            height: Theme.key
            text: Sim.unplugged ? Words["printer.plug"] : Words["printer.unplug"]
            kind: Sim.unplugged ? "main" : "plain"
            fontSize: Theme.captionSize
            onTapped: world.setPlug(!Sim.unplugged)
        }
    }
}
