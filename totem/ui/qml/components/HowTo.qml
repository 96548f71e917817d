// Three pictured steps of paying: side by side in portrait, one below the other in landscape.
import QtQuick

Grid {
    id: how
    columns: Theme.landscape ? 1 : 3
    spacing: Theme.gap

    Repeater {
        model: ["phone", "pix", "scan"]

        Item {
            id: step
            required property int index
            required property string modelData
            width: (how.width - (how.columns - 1) * Theme.gap) / how.columns
            height: Theme.landscape ? Math.max(picture.height, words.height) : picture.height + words.height + Theme.gapTight

            Rectangle {
                id: picture
                x: Theme.landscape ? 0 : (parent.width - width) / 2
                width: Theme.key
                height: Theme.key
                radius: Theme.radius
                color: Theme.brandSoft
                border.width: Theme.border
                border.color: Theme.line
                Icon { name: step.modelData; anchors.centerIn: parent; size: Theme.iconWide; color: Theme.brandInk }
            }
            Say {
                id: words
                anchors {
                    left: Theme.landscape ? picture.right : parent.left
                    leftMargin: Theme.landscape ? Theme.gap : 0
                    right: parent.right
                    top: Theme.landscape ? undefined : picture.bottom
                    topMargin: Theme.gapTight
                    verticalCenter: Theme.landscape ? picture.verticalCenter : undefined
                }
                text: (step.index + 1) + ". " + Words["pix.how_" + (step.index + 1)]
                font.pixelSize: Theme.landscape ? Theme.bodySize : Theme.captionSize
                horizontalAlignment: Theme.landscape ? Text.AlignLeft : Text.AlignHCenter
                lineHeight: 0.98
            }
        }
    }
}
