// Asked once: what it will do, and the way back.
import QtQuick
import "../components"

Sheet {
    onOutside: tech.dismiss()

    Say { width: parent.width; text: Tech.askTitle; font.pixelSize: Theme.priceSize; font.weight: Font.ExtraBold }
    Say { visible: text !== ""; width: parent.width; text: Tech.askText; font.pixelSize: Theme.bodySize }
    FactList { width: parent.width; facts: Tech.askFacts }
    Say { visible: Tech.askPin; width: parent.width; text: Words["tech.with_pin"]; font.pixelSize: Theme.captionSize; color: Theme.muted }
    PressKeys {
        width: parent.width
        keys: Tech.askAnswers
        fontSize: Theme.bodySize
        keyHeight: Theme.keyMain
        onPressed: id => tech.answer(id)
    }
    Key {
        objectName: "key.no"
        width: parent.width
        icon: "back"
        text: Words["tech.no"]
        fontSize: Theme.bodySize
        onTapped: tech.dismiss()
    }
}
