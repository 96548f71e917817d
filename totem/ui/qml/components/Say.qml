// A sentence in the house's type. Sizes are `Theme.<name>Size`.
import QtQuick

Text {
    // The enumerations as numbers: from outside of QML they cannot be read.
    readonly property int across: effectiveHorizontalAlignment
    readonly property int down: verticalAlignment

    color: Theme.ink
    font.family: Theme.family
    font.pixelSize: Theme.bodySize
    font.features: ({ "tnum": 1 })
    wrapMode: Text.WordWrap
    textFormat: Text.PlainText
    lineHeight: 1.0
}
