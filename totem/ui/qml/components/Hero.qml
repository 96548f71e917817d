// One disc, a head and a body: the disc stays where it is from the code to the tick.
import QtQuick

Item {
    id: hero

    readonly property bool landscape: Theme.landscape
    property alias disc: disc
    property alias fraction: disc.fraction
    property alias face: disc.face
    property alias ringColor: disc.ringColor
    property alias trackColor: disc.trackColor
    property alias head: head.data
    property alias body: body.data
    property real headHeight: Theme.heroTop
    property real bodyHeight: Theme.heroBody
    default property alias inside: inside.data
    readonly property real discSize: landscape
        ? Math.min(Theme.discMax, height - 2 * Theme.gap)
        : Math.max(Theme.discMin, Math.min(Theme.discMax, width - 2 * Theme.margin, height - headHeight - bodyHeight))

    Item {
        id: head
        x: hero.landscape ? disc.x + disc.width + 2 * Theme.gapWide : Theme.margin
        y: hero.landscape ? Math.max(0, (hero.height - hero.headHeight - body.childrenRect.height) / 2) : 0
        width: hero.width - x - Theme.margin
        height: hero.headHeight
    }
    Disc {
        id: disc
        x: hero.landscape ? Theme.margin + Theme.gapWide : (hero.width - width) / 2
        y: hero.landscape ? (hero.height - height) / 2 : hero.headHeight
        width: hero.discSize
        Item { id: inside; anchors.fill: parent }
    }
    Item {
        id: body
        x: head.x
        y: hero.landscape ? head.y + hero.headHeight : disc.y + disc.height + Theme.gap
        width: head.width
        height: hero.height - y
    }
}
