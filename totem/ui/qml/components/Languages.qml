// One key a language.
import QtQuick

Row {
    spacing: Theme.gapTight

    Repeater {
        model: Ui.languages

        Key {
            required property var modelData
            objectName: "key.language." + modelData.id
            width: Theme.key
            height: Theme.key
            text: modelData.short
            spoken: modelData.name
            fontSize: Theme.captionSize
            chosen: modelData.id === Ui.language
            onTapped: kiosk.setLanguage(modelData.id)
        }
    }
}
