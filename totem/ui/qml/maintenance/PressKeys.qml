// Keys of one block or sheet, as wide as their words need.
import QtQuick
import "../components"

Grid {
    id: grid
    property var keys: []
    property real fontSize: Theme.captionSize
    property real keyHeight: Theme.key
    signal pressed(string id)
    readonly property int longest: keys.reduce((most, key) => Math.max(most, key.text.length), 0)
    readonly property real least: longest > 26 ? width : longest > 16 ? Theme.keyWide : Theme.keyBack * 1.2
    spacing: Theme.gapTight
    readonly property int most: Math.max(1, Math.min(keys.length, Math.floor((width + spacing) / (least + spacing))))
    columns: Math.ceil(Math.max(1, keys.length) / Math.ceil(Math.max(1, keys.length) / most))      // rows of about one length

    Repeater {
        model: grid.keys.length
        Key {
            required property int index
            readonly property var press: grid.keys[index] || ({})
            objectName: "key." + (press.id || "")
            width: Math.max(0, (grid.width - (grid.columns - 1) * grid.spacing) / grid.columns)
            height: grid.keyHeight
            text: press.text || ""
            icon: press.icon || ""
            iconSize: Theme.iconSmall
            kind: press.kind === "chosen" ? "plain" : press.kind || "plain"
            chosen: press.kind === "chosen"
            enabled: press.enabled === true
            fontSize: grid.fontSize
            onTapped: grid.pressed(press.id)
        }
    }
}
