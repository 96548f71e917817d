// Digits, letters and the signs of amounts, dates and addresses. Ten keys across, none less than a finger wide.
import QtQuick
import "../components"

Column {
    id: keyboard
    property bool capital: false
    signal typed(string text)
    signal erased()
    readonly property real side: (width - 9 * Theme.gapTight) / 10
    spacing: Theme.gapTight

    Repeater {
        model: ["1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm,./"]
        Row {
            id: line
            required property string modelData
            spacing: Theme.gapTight
            Repeater {
                model: line.modelData.split("")
                Key {
                    required property string modelData
                    objectName: "key.type." + modelData
                    width: keyboard.side
                    height: Theme.key
                    text: keyboard.capital ? modelData.toUpperCase() : modelData
                    fontSize: Theme.labelSize
                    onTapped: keyboard.typed(text)
                }
            }
        }
    }
    Row {
        spacing: Theme.gapTight
        Key {
            objectName: "key.type.capital"
            width: 2 * keyboard.side + Theme.gapTight
            height: Theme.key
            icon: "up"
            spoken: Words["tech.keyboard.letters"]
            chosen: keyboard.capital
            onTapped: keyboard.capital = !keyboard.capital
        }
        Repeater {
            model: ["@", "+"]
            Key {
                required property string modelData
                objectName: "key.type." + modelData
                width: keyboard.side
                height: Theme.key
                text: modelData
                fontSize: Theme.labelSize
                onTapped: keyboard.typed(text)
            }
        }
        Key {
            objectName: "key.type.space"
            width: 4 * keyboard.side + 3 * Theme.gapTight
            height: Theme.key
            text: Words["tech.keyboard.space"]
            fontSize: Theme.captionSize
            onTapped: keyboard.typed(" ")
        }
        Key {
            objectName: "key.type.erase"
            width: 2 * keyboard.side + Theme.gapTight
            height: Theme.key
            icon: "erase"
            spoken: Words["tech.keyboard.erase"]
            onTapped: keyboard.erased()
        }
    }
}
