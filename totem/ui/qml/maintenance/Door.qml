// Before the PIN: nothing of the kiosk is told here.
import QtQuick
import "../components"

Item {
    id: door
    readonly property bool landscape: Theme.landscape
    readonly property real wide: landscape ? Theme.column : width - 2 * Theme.margin

    Row {
        id: speak
        anchors { right: parent.right; top: parent.top; margins: Theme.margin }
        spacing: Theme.gapTight
        Repeater {
            model: Tech.languages
            Key {
                required property var modelData
                objectName: "key.speak." + modelData.id
                width: Theme.key
                height: Theme.key
                text: modelData.short
                spoken: modelData.name
                fontSize: Theme.captionSize
                chosen: modelData.id === Tech.language
                onTapped: tech.speak(modelData.id)
            }
        }
    }
    Row {
        x: Theme.margin
        y: Theme.margin
        height: Theme.key
        spacing: Theme.gap
        Icon { name: "lock"; size: Theme.iconWide; color: Theme.brandInk; anchors.verticalCenter: parent.verticalCenter }
        Say { text: Words["tech.title"]; font.pixelSize: Theme.labelSize; font.weight: Font.ExtraBold; anchors.verticalCenter: parent.verticalCenter }
    }

    Column {
        id: words
        x: door.landscape ? Theme.margin + Theme.gapWide : Theme.margin
        y: door.landscape ? (parent.height - height) / 2 : pad.y - height - Theme.margin
        width: door.landscape ? parent.width / 2 - x - Theme.margin : door.wide
        spacing: Theme.gap
        Say { width: parent.width; text: Words["tech.pin.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold; horizontalAlignment: door.landscape ? Text.AlignLeft : Text.AlignHCenter }
        Say { width: parent.width; text: Words["tech.pin.hint"]; font.pixelSize: Theme.bodySize; color: Theme.muted; horizontalAlignment: door.landscape ? Text.AlignLeft : Text.AlignHCenter }
        Say {
            visible: text !== ""
            width: parent.width
            text: Tech.pinText
            color: Theme.wait
            font.pixelSize: Theme.bodySize
            font.weight: Font.DemiBold
            horizontalAlignment: door.landscape ? Text.AlignLeft : Text.AlignHCenter
        }
    }
    PinPad {
        id: pad
        width: Theme.pad
        x: door.landscape ? parent.width * 0.75 - width / 2 : (parent.width - width) / 2
        y: (parent.height - height) / 2 + (door.landscape ? Theme.margin : Theme.margin * 2)
    }
    Key {
        objectName: "key.leave"
        x: Theme.margin
        anchors { bottom: parent.bottom; bottomMargin: Theme.gapWide }
        width: Theme.keyWide
        icon: "back"
        text: Words["tech.pin.back"]
        onTapped: tech.leave()
    }
}
