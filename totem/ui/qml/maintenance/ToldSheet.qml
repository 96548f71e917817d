// What became of it.
import QtQuick
import "../components"

Sheet {
    id: sheet
    readonly property string tone: Tech.toldTone === "" ? "muted" : Tech.toldTone
    onOutside: tech.dismiss()

    Icon {
        name: ({ paid: "state-ok", wait: "state-warn", stopped: "state-bad" })[Tech.toldTone] || "state-off"
        size: Theme.key
        color: Theme[sheet.tone]
    }
    Say { width: parent.width; text: Tech.toldTitle; font.pixelSize: Theme.priceSize; font.weight: Font.ExtraBold; color: Theme[sheet.tone] }
    Say { visible: text !== ""; width: parent.width; text: Tech.toldText; font.pixelSize: Theme.bodySize }
    FactList { width: parent.width; facts: Tech.toldFacts }
    Say { visible: text !== ""; width: parent.width; text: Tech.toldCode; font.pixelSize: Theme.captionSize; color: Theme.muted }
    Key {
        objectName: "key.ok"
        width: parent.width
        kind: "main"
        text: Words["tech.ok"]
        fontSize: Theme.bodySize
        onTapped: tech.dismiss()
    }
}
