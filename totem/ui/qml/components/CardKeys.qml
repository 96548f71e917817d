// The kiosk's own keys for a card: digits, or letters for the name. They type into memory, never into a text field,
// and tell accessibility nothing: whoever listens to it learns no key that was pressed.
import QtQuick

Item {
    id: keys
    property bool letters: false
    property bool locked: false
    readonly property real rowHeight: (height - 3 * Theme.gapTight) / 4
    readonly property real padWidth: Math.min(width, 3 * Theme.keyWide)
    readonly property real digitWidth: (padWidth - 2 * Theme.gapTight) / 3
    readonly property real letterWidth: (width - 9 * Theme.gapTight) / 10

    component Typed: Key {
        required property string modelData
        objectName: "key.pad." + modelData
        height: keys.rowHeight
        text: modelData
        fontSize: Theme.titleSize
        enabled: !keys.locked
        Accessible.ignored: true
        onTapped: cardPad.press(modelData)
    }
    component Erase: Key {
        objectName: "key.pad.erase"
        height: keys.rowHeight
        icon: "back"
        text: Words["key_card.erase"]
        fontSize: Theme.captionSize
        upright: true
        iconSize: Theme.iconSmall
        enabled: !keys.locked
        Accessible.ignored: true
        onTapped: cardPad.erase()
    }
    component Clear: Key {
        objectName: "key.pad.clear"
        height: keys.rowHeight
        icon: "cross"
        text: Words["key_card.clear"]
        fontSize: Theme.captionSize
        upright: true
        iconSize: Theme.iconSmall
        enabled: !keys.locked
        Accessible.ignored: true
        onTapped: cardPad.clear()
    }

    Grid {
        visible: !keys.letters
        anchors.horizontalCenter: parent.horizontalCenter
        columns: 3
        spacing: Theme.gapTight
        Repeater {
            model: ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
            Typed { width: keys.digitWidth }
        }
        Clear { width: keys.digitWidth }
        Typed { modelData: "0"; width: keys.digitWidth }
        Erase { width: keys.digitWidth }
    }

    Column {
        visible: keys.letters
        width: parent.width
        spacing: Theme.gapTight
        Repeater {
            model: ["QWERTYUIOP", "ASDFGHJKL"]
            Row {
                id: line
                required property string modelData
                anchors.horizontalCenter: parent.horizontalCenter
                spacing: Theme.gapTight
                Repeater {
                    model: line.modelData.split("")
                    Typed { width: keys.letterWidth; fontSize: Theme.labelSize }
                }
            }
        }
        Row {
            anchors.horizontalCenter: parent.horizontalCenter
            spacing: Theme.gapTight
            Repeater {
                model: ["Z", "X", "C", "V", "B", "N", "M"]
                Typed { width: keys.letterWidth; fontSize: Theme.labelSize }
            }
            Erase { width: 2 * keys.letterWidth + Theme.gapTight }
        }
        Row {
            anchors.horizontalCenter: parent.horizontalCenter
            spacing: Theme.gapTight
            Clear { width: 2 * keys.letterWidth + Theme.gapTight }
            Key {
                objectName: "key.pad.space"
                width: 7 * keys.letterWidth + 6 * Theme.gapTight
                height: keys.rowHeight
                text: Words["key_card.space"]
                fontSize: Theme.bodySize
                enabled: !keys.locked
                Accessible.ignored: true
                onTapped: cardPad.press(" ")
            }
        }
    }
}
