// Cancel is asked twice: whoever has paid already should wait instead.
import QtQuick
import "../components"

Sheet {
    id: question
    readonly property bool onPage: Ui.screen === "page"
    onOutside: kiosk.closeOverlay()

    Say { width: parent.width; text: question.onPage ? Words["page.cancel_title"] : Words["cancel.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    Say { width: parent.width; text: question.onPage ? Words["page.cancel_hint"] : Words["cancel.hint"]; font.pixelSize: Theme.bodySize }
    Key {
        objectName: "key.cancel.no"
        width: parent.width
        kind: "main"
        text: question.onPage ? Words["page.cancel_no"] : Words["cancel.no"]
        onTapped: kiosk.closeOverlay()
    }
    Key {
        objectName: "key.cancel.yes"
        width: parent.width
        text: Words["cancel.yes"]
        onTapped: kiosk.confirmCancel()
    }
}
