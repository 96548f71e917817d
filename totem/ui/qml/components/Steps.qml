// Where the customer is: choice, payment, ticket. The present one is named and filled, the past ones ticked.
import QtQuick

Row {
    id: steps
    spacing: Theme.gap

    Repeater {
        model: 3

        Row {
            id: step
            required property int index
            readonly property int number: index + 1
            readonly property bool present: number === Ui.progress
            readonly property bool past: number < Ui.progress
            spacing: Theme.gap
            height: Theme.stepsHeight

            Rectangle {
                visible: step.index > 0
                width: steps.reach
                height: Theme.strokeBold
                radius: height / 2
                color: step.past || step.present ? Theme.brandInk : Theme.line
                anchors.verticalCenter: parent.verticalCenter
            }
            Rectangle {
                width: Theme.badgeSmall
                height: Theme.badgeSmall
                radius: height / 2
                anchors.verticalCenter: parent.verticalCenter
                color: step.present ? Theme.brand : step.past ? Theme.brandSoft : Theme.sunken
                border.width: Theme.border
                border.color: Theme.line

                Say {
                    visible: !step.past
                    anchors.centerIn: parent
                    text: step.number
                    color: step.present ? Theme.onBrand : Theme.muted
                    font.pixelSize: Theme.captionSize
                    font.weight: Font.DemiBold
                }
                Icon { visible: step.past; anchors.centerIn: parent; name: "tick"; color: Theme.brandInk; size: Theme.iconSmall }
            }
            Say {
                anchors.verticalCenter: parent.verticalCenter
                text: Words["frame.step_" + step.number]
                color: step.present ? Theme.ink : Theme.muted
                font.pixelSize: Theme.captionSize
                font.weight: step.present ? Font.ExtraBold : Font.Normal
            }
        }
    }

    property real reach: Theme.gapWide
}
