// The customer's phone: reads the code from the kiosk's own screen, and pays.
import QtQuick
import "../../qml/components"

Panel {
    id: phone
    title: Words["phone"]
    readonly property bool hasCode: Sim.phoneReceiver !== ""

    Rectangle {
        id: glass
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: keys.top; bottomMargin: Theme.gapWide }
        radius: Theme.radiusWide
        color: Theme.slot

        Rectangle {
            anchors { fill: parent; margins: Theme.gapTight }
            radius: parent.radius - Theme.gapTight
            color: Theme.surface

            Column {
                anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: Theme.gapWide }
                spacing: Theme.gap

                Say {
                    width: parent.width
                    visible: phone.hasCode
                    text: Sim.phoneAmount
                    horizontalAlignment: Text.AlignHCenter
                    font.pixelSize: Theme.titleSize
                    font.weight: Font.ExtraBold
                }
                Say {
                    width: parent.width
                    visible: phone.hasCode
                    text: Sim.phoneReceiver
                    color: Theme.muted
                    horizontalAlignment: Text.AlignHCenter
                    font.pixelSize: Theme.captionSize
                }
                Say {
                    objectName: "phone.message"
                    width: parent.width
                    visible: text !== ""
                    text: Sim.phoneMessage
                    horizontalAlignment: Text.AlignHCenter
                    font.pixelSize: Theme.bodySize
                }
            }
        }
    }

    Column {
        id: keys
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        spacing: Theme.gap

        Key {
            objectName: "phone.read"
            width: parent.width
            height: Theme.key
            kind: phone.hasCode ? "plain" : "main"
            text: Words["phone.read"]
            fontSize: Theme.bodySize
            onTapped: world.readCode()
        }
        Key {
            objectName: "phone.pay"
            width: parent.width
            height: Theme.key
            kind: phone.hasCode ? "main" : "plain"
            enabled: phone.hasCode
            text: Words["phone.pay"] + (Sim.phoneAmount !== "" ? " " + Sim.phoneAmount : "")
            fontSize: Theme.bodySize
            onTapped: world.pay(0, false)
        }
        Row {
            width: parent.width
            spacing: Theme.gap

            Key {
                objectName: "phone.less"
                width: (parent.width - Theme.gap) / 2
                height: Theme.key
                enabled: phone.hasCode
                text: Words["phone.less"]
                fontSize: Theme.captionSize
                onTapped: world.pay(-1, false)
            }
            Key {
                objectName: "phone.more"
                width: (parent.width - Theme.gap) / 2
                height: Theme.key
                enabled: phone.hasCode
                text: Words["phone.more"]
                fontSize: Theme.captionSize
                onTapped: world.pay(1, false)
            }
        }
        Key {
            objectName: "phone.late"
            width: parent.width
            height: Theme.key
            enabled: phone.hasCode
            text: Words["phone.late"]
            fontSize: Theme.captionSize
            onTapped: world.pay(0, true)
        }
    }
}
