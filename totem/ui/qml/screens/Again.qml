// The last try moved no money, or paid a part; the sale is still open: what happened, and the ways to go on.
import QtQuick
import "../components"

Status {
    id: again
    readonly property bool rest: Ui.troubleTitle === ""       // a part is paid
    icon: rest ? "wallet" : Ui.troubleIcon
    tone: rest ? "paid" : Ui.troubleTone === "" ? "wait" : Ui.troubleTone
    title: rest ? Ui.againTitle : Ui.troubleTitle
    money: rest ? Words["again.part_paid"] : Ui.troubleMoney
    moneyTone: "paid"
    text: Ui.troubleText
    said: Ui.troubleMessage
    small: [Ui.troubleCode, Ui.chooseText].filter(each => each !== "").join("  ·  ")

    foot: Column {
        width: parent.width
        spacing: Theme.gap
        Say {
            visible: Ui.againOthers.length > 0
            width: parent.width
            text: Ui.againSame ? Words["again.or"] : Words["method.title"]
            font.pixelSize: Theme.bodySize
            font.weight: Font.DemiBold
        }
        Row {
            id: ways
            width: parent.width
            spacing: Theme.gap
            Repeater {
                model: Ui.againOthers
                ChoiceKey {
                    required property var modelData
                    objectName: "key.method." + modelData.id
                    width: (ways.width - (Ui.againOthers.length - 1) * ways.spacing) / Ui.againOthers.length
                    icon: modelData.icon
                    text: modelData.name
                    enabled: !Ui.sent
                    onTapped: kiosk.choose(modelData.id)
                }
            }
        }
    }
}
