// Nobody is here: what is sold, one sentence, one touch. Any touch begins.
import QtQuick
import "../components"

Item {
    id: attract
    readonly property bool landscape: Theme.landscape

    Scene {
        width: parent.width - (attract.landscape ? panel.width : 0)
        height: parent.height - (attract.landscape ? 0 : panel.height)
        moving: Theme.moving
    }

    MouseArea {
        objectName: "key.start"
        anchors.fill: parent
        onClicked: kiosk.begin()
    }

    Rectangle {
        id: panel
        color: Theme.ground
        x: attract.landscape ? parent.width - width : 0
        y: attract.landscape ? 0 : parent.height - height
        width: attract.landscape ? Theme.attractPanel : parent.width
        height: attract.landscape ? parent.height : column.height + Theme.gapWide + 2 * Theme.margin
        enabled: true

        Column {
            id: column
            anchors { left: parent.left; right: parent.right; margins: Theme.margin }
            y: attract.landscape ? (parent.height - height) / 2 : Theme.margin
            spacing: Theme.gapWide

            Brand {
                width: parent.width
                fontSize: Theme.labelSize
                height: Theme.logoHeight
            }
            Say {
                width: parent.width
                text: Words["attract.tagline"]
                font.pixelSize: Theme.titleSize
                font.weight: Font.ExtraBold
                lineHeight: 1.0
            }
            Key {
                objectName: "key.begin"
                width: parent.width
                height: Theme.keyHero
                kind: "main"
                icon: "touch"
                iconSize: Theme.key
                text: Words["attract.start"]
                fontSize: attract.landscape ? Theme.priceSize : Theme.titleSize
                onTapped: kiosk.begin()
            }
            Grid {
                width: parent.width
                columns: 2
                spacing: Theme.gap

                Repeater {
                    model: Ui.languages.filter(each => each.id !== Ui.language)
                    Key {
                        required property var modelData
                        objectName: "key.language." + modelData.id
                        width: (column.width - Theme.gap) / 2
                        text: modelData.start
                        fontSize: Theme.bodySize
                        onTapped: kiosk.begin(modelData.id)
                    }
                }
            }
        }
    }
}
