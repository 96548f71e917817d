// Nobody touched the screen for a while. One touch anywhere, and all goes on as it was.
import QtQuick
import "../components"

Sheet {
    onOutside: kiosk.closeOverlay()

    Icon { name: "hand"; size: Theme.key; color: Theme.brandInk }
    Say { width: parent.width; text: Words["idle.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    Say { width: parent.width; text: Words["idle.hint"]; font.pixelSize: Theme.labelSize }
    Say {
        width: parent.width
        text: Ui.idleText
        font.pixelSize: Theme.bodySize
        color: Theme.muted
    }
    Key {
        objectName: "key.stay"
        width: parent.width
        kind: "main"
        text: Words["idle.stay"]
        onTapped: kiosk.closeOverlay()
    }
}
