// An entry of a timeline: when, what, and what the journal tells beside.
import QtQuick
import "../components"

Item {
    id: view
    property var line: ({})
    height: words.height + Theme.gapTight
    Figures { id: at; visible: text !== ""; text: view.line.at || ""; color: Theme.muted; wrapMode: Text.NoWrap }
    Rectangle { visible: !at.visible; width: Theme.dot; height: Theme.dot; radius: width / 2; y: Theme.gapTight; color: Theme.muted }
    Column {
        id: words
        x: at.visible ? at.width + Theme.gap : Theme.dot + Theme.gap
        width: parent.width - x
        Say { width: parent.width; text: view.line.text || ""; font.pixelSize: Theme.captionSize; font.weight: Font.DemiBold; wrapMode: Text.Wrap }
        Figures { visible: text !== ""; width: parent.width; text: view.line.details || ""; color: Theme.muted }
    }
}
