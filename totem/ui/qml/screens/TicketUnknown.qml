// Paid for certain, and nobody knows whether the paper came out: only the customer can see it.
import QtQuick
import "../components"

Status {
    id: unknown
    icon: "ticket"
    tone: "wait"
    number: Ui.ticketNumber
    title: Words["unknown.title"]
    money: Words["unknown.money"]
    moneyTone: "paid"
    text: Ui.canReprint ? Words["unknown.hint"] : Words["unknown.late"]
    small: [Ui.troubleCode, Ui.troubleReference].filter(each => each !== "").join("  ·  ")

    foot: Grid {
        id: keys
        width: parent.width
        columns: Theme.landscape && Ui.canReprint ? 2 : 1
        spacing: Theme.gap
        readonly property real keyWidth: (width - (columns - 1) * spacing) / columns
        Key {
            objectName: "key.ticket.yes"
            width: keys.keyWidth
            kind: "main"
            icon: "tick"
            text: Words["unknown.yes"]
            enabled: !Ui.sent
            onTapped: kiosk.done()
        }
        Key {
            objectName: "key.ticket.reprint"
            visible: Ui.canReprint
            width: keys.keyWidth
            icon: "printer"
            text: Words["unknown.reprint"]
            enabled: !Ui.sent
            onTapped: kiosk.reprint()
        }
    }
}
