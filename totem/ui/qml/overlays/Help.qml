// How it works in three steps, and what the keys of the bar do.
import QtQuick
import "../components"

Sheet {
    id: help
    onOutside: kiosk.closeOverlay()
    readonly property string about: Ui.screen === "key_card" ? "key_" : Ui.screen === "card" || Ui.screen === "installments" ? "card_" : "step_"

    Say { width: parent.width; text: Words["help.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    Repeater {
        model: ({ key_: ["touch", "credit", "shield"], card_: ["wave", "pin", "shield"], step_: ["cards", "wallet", "ticket"] })[help.about]
        Item {
            id: step
            required property int index
            required property string modelData
            width: parent.width
            height: Math.max(picture.height, words.height)
            Rectangle {
                id: picture
                width: Theme.key
                height: Theme.key
                radius: Theme.radius
                color: Theme.brandSoft
                Icon { name: step.modelData; anchors.centerIn: parent; size: Theme.iconWide; color: Theme.brandInk }
            }
            Say {
                id: words
                anchors { left: picture.right; leftMargin: Theme.gap; right: parent.right; verticalCenter: picture.verticalCenter }
                text: Words["help." + help.about + (step.index + 1)]
                font.pixelSize: Theme.bodySize
            }
        }
    }
    Say { width: parent.width; text: Words["help.keys"]; font.pixelSize: Theme.captionSize; color: Theme.muted }
    Grid {
        width: parent.width
        columns: 3
        columnSpacing: Theme.gap
        rowSpacing: Theme.gap
        Repeater {
            model: [{ icon: "contrast", word: "contrast_long" }, { icon: "letters", word: "text_long" }, { icon: "reach", word: "reach_long" }]
            Column {
                id: about
                required property var modelData
                width: (parent.width - 2 * Theme.gap) / 3
                spacing: Theme.gapTight
                Icon { name: about.modelData.icon; anchors.horizontalCenter: parent.horizontalCenter }
                Say { width: parent.width; text: Words["frame." + about.modelData.word]; font.pixelSize: Theme.captionSize; horizontalAlignment: Text.AlignHCenter }
            }
        }
    }
    Key {
        objectName: "key.help.close"
        width: parent.width
        kind: "main"
        text: Words["help.close"]
        onTapped: kiosk.closeOverlay()
    }
}
