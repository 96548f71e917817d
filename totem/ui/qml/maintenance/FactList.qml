// Figures under one another: what it is at the left, how it is at the right.
import QtQuick
import "../components"

Column {
    id: list
    property var facts: []
    visible: facts.length > 0
    spacing: Theme.hairline

    Repeater {
        model: list.facts.length
        Item {
            id: fact
            required property int index
            readonly property var what: list.facts[index] || ({})
            width: list.width
            height: Math.max(label.height, value.height) + Theme.gapTight
            Rectangle { visible: fact.index > 0; width: parent.width; height: Theme.hairline; color: Theme.line; opacity: Theme.disabledOpacity }
            Say {
                id: label
                y: Theme.gapTight / 2
                width: parent.width * 0.4
                text: fact.what.label || ""
                color: Theme.muted
                font.pixelSize: Theme.captionSize
                wrapMode: Text.Wrap
            }
            Figures {
                id: value
                x: label.width + Theme.gapTight
                y: Theme.gapTight / 2
                width: parent.width - x
                text: fact.what.value || ""
                color: (fact.what.tone || "") !== "" ? Theme[fact.what.tone] : Theme.ink
                horizontalAlignment: Text.AlignRight
            }
        }
    }
}
