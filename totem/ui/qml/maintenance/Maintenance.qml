// The technician's screens, over the customer's: the door with its PIN, then one page at a time and at most one thing
// over it. `Theme` and `Words` are the technician's own here.
import QtQuick
import "../components"

Rectangle {
    id: root
    objectName: "overlay"
    anchors.fill: parent
    z: 8
    color: Theme.ground

    MouseArea { anchors.fill: parent }       // nothing under it is touched

    Item {
        id: body
        anchors.fill: parent
        anchors.topMargin: Ui.simulated ? Theme.stripHeight : 0

        Loader {
            anchors.fill: parent
            active: !Tech.inside
            sourceComponent: Door {}
        }
        Loader {
            anchors.fill: parent
            active: Tech.inside
            sourceComponent: Inside {}
        }
        Loader {
            anchors.fill: parent
            objectName: "overlay"
            active: Tech.over !== ""
            visible: active
            sourceComponent: ({ ask: ask, pin: pin, busy: busy, told: told, typing: typing, warning: warning })[Tech.over] || null
        }
    }

    Component { id: ask; AskSheet {} }
    Component { id: pin; PinSheet {} }
    Component { id: busy; BusySheet {} }
    Component { id: told; ToldSheet {} }
    Component { id: typing; TypeSheet {} }
    Component { id: warning; WarnSheet {} }
}
