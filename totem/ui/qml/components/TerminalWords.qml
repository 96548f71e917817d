// What the card machine says, word for word: a customer reads the same in both places.
import QtQuick

Rectangle {
    id: said
    property string text
    property real most: Infinity         // height that may be taken
    visible: text !== ""
    implicitHeight: Math.min(most, label.height + words.height + 2 * Theme.gapTight + Theme.gapTight)
    radius: Theme.radius
    color: Theme.sunken
    border.width: Theme.border
    border.color: Theme.line

    Say {
        id: label
        x: Theme.gap
        y: Theme.gapTight
        width: parent.width - 2 * Theme.gap
        text: Words["card.says"]
        font.pixelSize: Theme.captionSize
        color: Theme.highContrast ? Theme.ink : Theme.muted
    }
    Say {
        id: words
        x: Theme.gap
        y: label.y + label.height
        width: parent.width - 2 * Theme.gap
        text: said.text
        font.pixelSize: Theme.bodySize
        font.weight: Font.DemiBold
        lineHeight: 0.95
    }
}
