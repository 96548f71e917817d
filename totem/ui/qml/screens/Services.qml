// What shall it be: cards that are keys, a quantity on each, and the total.
import QtQuick
import "../components"

Item {
    id: services
    readonly property bool landscape: Theme.landscape
    readonly property int columns: landscape ? 3 : 2
    readonly property int rows: Math.ceil(Ui.services.length / columns)
    readonly property real gridHeight: height - gridTop - (landscape ? 0 : total.height + Theme.gap)
    readonly property real fairHeight: (gridHeight - (rows - 1) * Theme.gap) / rows
    readonly property bool long: fairHeight < Theme.cardLow
    // On a page that is turned, whole cards: as many rows as fit.
    readonly property int fitting: Math.max(1, Math.floor((gridHeight + Theme.gap) / ((Ui.lowReach ? Theme.cardLow : Theme.cardMin) + Theme.gap)))
    readonly property real cardHeight: long ? (gridHeight - (fitting - 1) * Theme.gap) / fitting : fairHeight
    readonly property real page: fitting * (cardHeight + Theme.gap)
    readonly property real sideWidth: landscape ? Theme.panel : 0
    readonly property real halfway: parent && parent.parent ? Theme.screenHeight / 2 - parent.parent.y : 0
    readonly property real gridTop: Ui.lowReach ? halfway : title.y + title.height + Theme.gap

    onVisibleChanged: flick.contentY = 0

    Say {
        id: title
        x: Theme.margin
        y: Ui.lowReach ? services.halfway - height - Theme.gap : Theme.gap
        width: parent.width - 2 * Theme.margin - (services.landscape ? services.sideWidth + Theme.gapWide : 0)
        text: Words["services.title"]
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
    }

    // The keys are all below: above them, what is sold.
    Loader {
        active: Ui.lowReach && !services.landscape
        x: Theme.margin
        y: Theme.gap
        width: parent.width - 2 * Theme.margin
        height: title.y - y - Theme.gap
        sourceComponent: Scene {}
    }

    Flickable {
        id: flick
        x: Theme.margin
        y: services.gridTop
        width: title.width - (services.long ? Theme.key + Theme.gap : 0)
        height: services.gridHeight
        contentHeight: grid.height
        clip: services.long
        interactive: services.long
        boundsBehavior: Flickable.StopAtBounds

        Behavior on contentY { enabled: Theme.moving && !flick.moving; NumberAnimation { duration: Theme.slow; easing.type: Easing.OutCubic } }

        Grid {
            id: grid
            columns: services.columns
            spacing: Theme.gap

            Repeater {
                model: Ui.services
                ServiceCard {
                    required property var modelData
                    service: modelData
                    quantity: Ui.quantities[modelData.id] || 0
                    width: (flick.width - (services.columns - 1) * Theme.gap) / services.columns
                    height: Math.min(Theme.cardMax, services.cardHeight)
                }
            }
        }
    }

    // More services than the screen holds: a page at a time, for hands that cannot flick.
    Column {
        visible: services.long
        x: flick.x + flick.width + Theme.gap
        y: flick.y
        spacing: Theme.gap

        Key {
            objectName: "key.page.up"
            width: Theme.key
            height: (flick.height - Theme.gap) / 2
            icon: "up"
            spoken: Words["services.less"]
            enabled: flick.contentY > 0
            onTapped: flick.contentY = Math.max(0, flick.contentY - services.page)
        }
        Key {
            objectName: "key.page.down"
            width: Theme.key
            height: (flick.height - Theme.gap) / 2
            icon: "down"
            spoken: Words["services.more"]
            enabled: flick.contentY < flick.contentHeight - flick.height - 1
            onTapped: flick.contentY = Math.min(flick.contentHeight - flick.height, flick.contentY + services.page)
        }
    }

    TotalStrip {
        id: total
        visible: !services.landscape
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.margin; rightMargin: Theme.margin }
    }

    Summary {
        visible: services.landscape
        anchors { right: parent.right; rightMargin: Theme.margin; top: parent.top; topMargin: Theme.gap; bottom: parent.bottom }
        width: services.sideWidth
    }
}
