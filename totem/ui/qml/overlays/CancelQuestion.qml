// Cancel is asked twice: whoever has paid already should wait instead.
import QtQuick
import "../components"

Sheet {
    onOutside: kiosk.closeOverlay()

    Say { width: parent.width; text: Words["cancel.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    Say { width: parent.width; text: Words["cancel.hint"]; font.pixelSize: Theme.bodySize }
    Key {
        objectName: "key.cancel.no"
        width: parent.width
        kind: "main"
        text: Words["cancel.no"]
        onTapped: kiosk.closeOverlay()
    }
    Key {
        objectName: "key.cancel.yes"
        width: parent.width
        text: Words["cancel.yes"]
        onTapped: kiosk.confirmCancel()
    }
}
