// Help, contrast, letters, reach: one touch each.
import QtQuick

Row {
    id: access
    spacing: Theme.gapTight

    Key {
        objectName: "key.help"
        width: Theme.key
        height: Theme.key
        icon: "help"
        spoken: Words["frame.help_long"]
        enabled: Ui.helped
        onTapped: kiosk.help()
    }
    Key {
        objectName: "key.contrast"
        width: Theme.key
        height: Theme.key
        icon: "contrast"
        spoken: Words["frame.contrast_long"]
        chosen: Theme.highContrast
        onTapped: kiosk.toggleContrast()
    }
    Key {
        objectName: "key.text"
        width: Theme.key
        height: Theme.key
        icon: "letters"
        spoken: Words["frame.text_long"]
        chosen: Theme.largeText
        onTapped: kiosk.toggleText()
    }
    Key {
        objectName: "key.reach"
        width: Theme.key
        height: Theme.key
        icon: "reach"
        spoken: Words["frame.reach_long"]
        chosen: Ui.lowReach
        onTapped: kiosk.toggleReach()
    }
}
