// A service: the whole card is its key, and once chosen it carries its quantity.
import QtQuick

Item {
    id: card

    property var service
    readonly property var words: Ui.serviceWords[service.id]
    property int quantity: 0
    readonly property bool low: height < Theme.cardMin
    readonly property bool roomy: height >= Theme.cardRoomy
    readonly property bool chosen: quantity > 0
    readonly property bool full: quantity >= service.most

    objectName: "card." + service.id
    Accessible.role: Accessible.Button
    Accessible.name: words.add

    Rectangle {
        anchors.fill: parent
        radius: Theme.radiusWide
        color: card.chosen ? Theme.brand : Theme.line
    }

    Rectangle {
        id: face
        anchors { fill: parent; margins: card.chosen ? Theme.strokeBold : Theme.hairline }
        anchors.topMargin: (card.chosen ? Theme.strokeBold : Theme.hairline) + (area.pressed ? Theme.sink : 0)
        radius: Theme.radiusWide - anchors.margins
        color: Theme.surface

        Rectangle {
            id: frame
            x: Theme.gapTight
            y: Theme.gapTight
            width: card.low ? Theme.thumb : face.width - 2 * Theme.gapTight
            height: card.low ? face.height - foot.height - Theme.gap - 2 * Theme.gapTight : face.height - lines.height - foot.height - 2 * Theme.gap - Theme.gapTight
            radius: Theme.radiusWide - Theme.gapTight
            color: Theme.sky

            Image {
                anchors.centerIn: parent
                height: parent.height
                width: Math.min(parent.width, height * 2)
                sourceSize: Qt.size(width, height)
                fillMode: Image.PreserveAspectFit
                source: card.service.picture
                asynchronous: true
            }
        }

        Column {
            id: lines
            x: card.low ? frame.x + frame.width + Theme.gap : Theme.gap
            y: card.low ? frame.y + (frame.height - height) / 2 : frame.y + frame.height + Theme.gapTight
            width: face.width - x - (card.low && card.chosen ? Theme.badge + Theme.gap : Theme.gap)
            Say { width: parent.width; text: card.words.name; font.pixelSize: card.roomy ? Theme.labelSize : Theme.bodySize; font.weight: Font.ExtraBold }
            Say { visible: card.roomy; width: parent.width; text: card.words.description; height: Math.max(implicitHeight, Theme.captionSize * 2.4); color: Theme.muted; font.pixelSize: Theme.captionSize; lineHeight: 0.95 }
        }

        Say {
            anchors { left: parent.left; leftMargin: Theme.gap; bottom: parent.bottom; bottomMargin: Theme.gap }
            height: foot.height
            verticalAlignment: Text.AlignVCenter
            width: parent.width - 2 * Theme.gap - foot.width - Theme.gapTight
            text: card.words.price
            font.pixelSize: Theme.priceSize
            font.weight: Font.ExtraBold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.captionSize
            wrapMode: Text.NoWrap
        }

        Rectangle {
            anchors.fill: parent
            radius: parent.radius
            color: Theme.shade
            opacity: area.pressed ? Theme.pressedShade : 0
        }
    }

    MouseArea {
        id: area
        anchors.fill: parent
        onClicked: if (!card.full) kiosk.addService(card.service.id, 1)
    }

    Row {
        id: foot
        anchors { right: parent.right; bottom: parent.bottom; margins: Theme.gap }
        height: Theme.key
        spacing: Theme.gapTight

        Key {
            objectName: "minus." + card.service.id
            visible: card.chosen
            width: Theme.key
            height: Theme.key
            icon: "minus"
            spoken: card.words.remove
            onTapped: kiosk.addService(card.service.id, -1)
        }
        Key {
            objectName: "plus." + card.service.id
            width: Theme.key
            height: Theme.key
            kind: card.chosen ? "main" : "plain"
            icon: "plus"
            spoken: card.words.add
            enabled: !card.full
            onTapped: kiosk.addService(card.service.id, 1)
        }
    }

    Rectangle {
        visible: card.chosen
        anchors { right: parent.right; top: parent.top; margins: card.low ? Theme.gapTight : Theme.gap }
        width: Theme.badge
        height: Theme.badge
        radius: height / 2
        color: Theme.brand
        border.width: Theme.strokeBold
        border.color: Theme.surface

        Say {
            anchors.centerIn: parent
            text: card.quantity
            color: Theme.onBrand
            font.pixelSize: Theme.bodySize
            font.weight: Font.ExtraBold
        }
    }
}
