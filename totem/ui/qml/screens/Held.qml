// Paid, and the printer waits for paper: the money is safe, the ticket follows.
import QtQuick
import "../components"

Status {
    icon: "printer"
    tone: "wait"
    living: true
    title: Ui.troubleTitle !== "" ? Ui.troubleTitle : Words["held.title"]
    money: Words["held.money"]
    moneyTone: "paid"
    text: Words["held.hint"]
    action: Words["held.call"]
    small: [Ui.ticketNumber !== "" ? Words["ticket.number"] + " " + Ui.ticketNumber : "", Ui.troubleCode, Ui.troubleReference].filter(each => each !== "").join("  ·  ")
}
