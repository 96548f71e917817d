// Simulators stand behind this kiosk: said on every screen, above everything else.
import QtQuick

Rectangle {
    color: Theme.strip

    Row {
        anchors.centerIn: parent
        spacing: Theme.gap

        Icon { name: "flask"; color: Theme.onStrip; size: Theme.iconSmall; anchors.verticalCenter: parent.verticalCenter }
        Say {
            text: Words["frame.simulated"]
            color: Theme.onStrip
            font.pixelSize: Theme.captionSize
            font.weight: Font.DemiBold
            anchors.verticalCenter: parent.verticalCenter
        }
    }
}
