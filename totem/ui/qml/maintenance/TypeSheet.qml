// The kiosk's own keyboard over the page: what is typed above, whole answers to touch, and the keys.
import QtQuick
import "../components"

Item {
    id: sheet
    Rectangle { anchors.fill: parent; color: Theme.shade; opacity: Theme.shadeOpacity }
    MouseArea { anchors.fill: parent }

    Rectangle {
        width: parent.width
        height: column.height + 2 * Theme.edge
        y: parent.height - height
        color: Theme.ground
        MouseArea { anchors.fill: parent }

        Column {
            id: column
            x: Theme.edge
            y: Theme.edge
            width: parent.width - 2 * Theme.edge
            spacing: Theme.gap

            Say { width: parent.width; text: Tech.typeTitle; font.pixelSize: Theme.priceSize; font.weight: Font.ExtraBold }
            Say { visible: text !== ""; width: parent.width; text: Tech.typeHint; font.pixelSize: Theme.captionSize; color: Theme.muted }
            Rectangle {
                width: parent.width
                height: Math.max(Theme.key, typed.height + Theme.gap)
                radius: Theme.radius
                color: Theme.sunken
                border.width: Theme.hairline
                border.color: Theme.brandInk
                Figures {
                    id: typed
                    anchors { left: parent.left; right: parent.right; margins: Theme.gap; verticalCenter: parent.verticalCenter }
                    text: Tech.typed
                    font.pixelSize: Theme.bodySize
                }
            }
            PressKeys {
                visible: keys.length > 0
                width: parent.width
                keys: Tech.typeSuggestions
                onPressed: id => tech.suggest(id)
            }
            Keyboard {
                width: parent.width
                layout: Tech.typeDigits ? "digits" : "letters"
                onTyped: letter => tech.write(letter)
                onErased: tech.unwrite()
                onHide: tech.dismiss()
                onNext: tech.written()
            }
            Row {
                width: parent.width
                spacing: Theme.gap
                Key {
                    objectName: "key.no"
                    width: (parent.width - Theme.gap) / 2
                    height: Theme.key
                    icon: "back"
                    text: Words["tech.keyboard.cancel"]
                    fontSize: Theme.bodySize
                    onTapped: tech.dismiss()
                }
                Key {
                    objectName: "key.typed"
                    width: (parent.width - Theme.gap) / 2
                    height: Theme.key
                    kind: "main"
                    icon: "tick"
                    text: Words["tech.keyboard.done"]
                    fontSize: Theme.bodySize
                    enabled: Tech.typeReady
                    onTapped: tech.written()
                }
            }
        }
    }
}
