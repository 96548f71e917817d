// The kiosk does not sell now, and says where help is.
import QtQuick
import "../components"

Status {
    icon: "pause"
    tone: "wait"
    title: Words["out.title"]
    money: Ui.troubleTold === "" || Ui.troubleTold === "not_charged" ? "" : Ui.troubleMoney
    text: Ui.troubleText
    action: Words["out.hint"]
    small: [Ui.troubleCode, Ui.troubleReference].filter(each => each !== "").join("  ·  ")
}
