// Preparing, cancelling, checking: the same disc, calm dots, and one sentence on what goes on.
import QtQuick
import "../components"

Hero {
    id: waiting
    readonly property string name: Ui.screen
    readonly property bool calm: name === "preparing"
    property string shown: "preparing"
    property string awaited: ""          // of the terminal, of a page, of the bank
    readonly property string told: shown + awaited

    fraction: 0
    face: calm ? Theme.surface : Theme.waitSoft
    trackColor: calm ? Theme.sunken : Theme.wait

    // The last name that is this screen's own: the words must not change while the next screen comes.
    onNameChanged: remember()
    Component.onCompleted: remember()
    function remember() {
        if (["preparing", "cancelling", "checking"].includes(name))
        {
            shown = name
            awaited = Ui.awaited
        }
    }

    head: Say {
        width: parent.width
        height: parent.height - Theme.gapWide
        verticalAlignment: waiting.landscape ? Text.AlignBottom : Text.AlignVCenter
        horizontalAlignment: waiting.landscape ? Text.AlignLeft : Text.AlignHCenter
        text: Words[waiting.told + ".title"]
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
        lineHeight: 0.92
    }

    Column {
        anchors.centerIn: parent
        spacing: Theme.gapWide
        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            name: waiting.awaited === "_card" ? "terminal" : waiting.awaited === "" && waiting.calm ? "pix" : "bank"
            size: waiting.disc.width * Theme.discIconShare * Theme.markShare
            color: waiting.calm ? Theme.brandInk : Theme.wait
        }
        Dots {
            anchors.horizontalCenter: parent.horizontalCenter
            size: Theme.dotWide
            color: waiting.calm ? Theme.brandInk : Theme.wait
        }
    }

    body: Column {
        width: parent.width
        spacing: Theme.gapWide
        topPadding: waiting.landscape ? 0 : Theme.gap

        Say {
            width: parent.width
            text: Words[waiting.told + ".hint"]
            font.pixelSize: Theme.labelSize
            color: Theme.muted
            horizontalAlignment: waiting.landscape ? Text.AlignLeft : Text.AlignHCenter
        }
        // Time to take the phone out of the pocket.
        HowTo { visible: waiting.shown === "preparing" && waiting.awaited === ""; width: parent.width }
    }
}
