// The PIN once more, before money moves.
import QtQuick
import "../components"

Sheet {
    id: sheet
    onOutside: tech.dismiss()

    Say { width: parent.width; text: Words["tech.pin.money"]; font.pixelSize: Theme.priceSize; font.weight: Font.ExtraBold }
    Say { width: parent.width; text: Tech.askTitle; font.pixelSize: Theme.bodySize; color: Theme.wait; font.weight: Font.DemiBold }
    Say { visible: text !== ""; width: parent.width; text: Tech.pinText; font.pixelSize: Theme.captionSize; color: Theme.wait }
    PinPad { width: Math.min(parent.width, Theme.pad); anchors.horizontalCenter: parent.horizontalCenter; enterText: Words["tech.pin.confirm"] }
    Key {
        objectName: "key.no"
        width: parent.width
        height: Theme.key
        icon: "back"
        text: Words["tech.no"]
        fontSize: Theme.bodySize
        onTapped: tech.dismiss()
    }
}
