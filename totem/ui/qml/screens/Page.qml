// The acquirer's page inside the kiosk: whose it is, what is paid, and our own keyboard while a field has the focus.
import QtQuick
import "../components"

Item {
    id: screen
    readonly property bool landscape: Theme.landscape
    readonly property bool typing: web.field !== ""
    readonly property bool choosing: web.field === "choice"
    readonly property real halfway: parent && parent.parent ? Theme.screenHeight / 2 - parent.parent.y : 0
    readonly property bool low: Ui.lowReach && !(landscape && typing)

    Component.onCompleted: place()

    Connections {
        target: web
        function onProfileChanged() { screen.place() }
        function onStateChanged() { if (web.field === "letters" || web.field === "digits") keyboard.layout = web.field }
    }

    Row {
        id: head
        x: Theme.margin
        y: Math.max(Theme.gapTight, (screen.low ? screen.halfway : 0))
        width: parent.width - 2 * Theme.margin
        height: Math.max(amount.height, owner.height)
        spacing: Theme.gap

        Say {
            id: amount
            text: Ui.amount
            font.pixelSize: Theme.labelSize
            font.weight: Font.ExtraBold
            wrapMode: Text.NoWrap
            anchors.verticalCenter: parent.verticalCenter
        }
        Icon {
            id: lock
            name: "lock"
            visible: web.host !== ""
            size: Theme.iconSmall
            color: Theme.paid
            anchors.verticalCenter: parent.verticalCenter
        }
        Say {
            id: owner
            width: parent.width - amount.width - lock.width - 2 * parent.spacing
            text: web.host !== "" ? web.host : Words["card.web_page.hint"]
            font.pixelSize: Theme.captionSize
            color: Theme.muted
            elide: Text.ElideRight
            maximumLineCount: 1
            wrapMode: Text.NoWrap
            anchors.verticalCenter: parent.verticalCenter
        }
    }

    Rectangle {
        id: paper
        anchors {
            left: parent.left; right: parent.right; top: head.bottom
            bottom: screen.typing ? below.top : parent.bottom
            leftMargin: Theme.margin; rightMargin: Theme.margin; topMargin: Theme.gapTight
            bottomMargin: screen.typing ? Theme.gap : Theme.gapTight
        }
        color: Theme.paper
        border.width: Theme.hairline
        border.color: Theme.line

        Say {
            visible: view.status !== Loader.Ready || web.trouble !== ""
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.margin
            horizontalAlignment: Text.AlignHCenter
            text: web.trouble !== "" ? Words[web.trouble] : Words["card.web_page.title"]
            color: Theme.onPaper
            font.pixelSize: Theme.bodySize
            font.weight: Font.DemiBold
        }
        Loader {
            id: view
            objectName: "page"
            anchors.fill: parent
            anchors.margins: Theme.hairline
            visible: web.trouble === ""
        }
    }

    Item {
        id: below
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.margin; rightMargin: Theme.margin }
        height: screen.typing ? keyboard.implicitHeight : 0
        visible: screen.typing

        Keyboard {
            id: keyboard
            anchors.fill: parent
            visible: !screen.choosing
            onTyped: letter => typist.type(letter)
            onErased: typist.erase()
            onNext: typist.next()
            onHide: web.hideKeyboard()
        }
        Choices {
            anchors.fill: parent
            visible: screen.choosing
            rows: web.choices
            prefix: "key.choice."
            columns: screen.landscape ? 4 : 3
            onChosen: id => { typist.choose(id); web.hideKeyboard() }
        }
    }

    function place() {
        if (web.profile) view.setSource("../web/Acquirer.qml", { profile: web.profile })
        else view.source = ""
    }
}
