// What happened, what became of the money, what to do now; the code small below.
import QtQuick
import "../components"

Status {
    icon: Ui.troubleIcon
    tone: Ui.troubleTone === "" ? "wait" : Ui.troubleTone
    title: Ui.troubleTitle
    money: Ui.troubleMoney
    moneyTone: Ui.troubleTold === "not_charged" || Ui.troubleTold === "safe" ? "paid" : "wait"
    text: Ui.troubleText
    action: Ui.troubleAction
    said: Ui.troubleMessage
    small: Ui.troubleCode + (Ui.troubleReference !== "" ? "  ·  " + Ui.troubleReference : "")
}
