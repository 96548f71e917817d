// A payment card: lying or standing, with its chip and its stripe.
import QtQuick

Rectangle {
    id: card
    property bool upright: false         // chip first, as it goes into the slot
    property real unit: upright ? height : width
    color: Theme.brand
    radius: unit * 0.07
    border.width: Theme.strokeBold
    border.color: Theme.surface
    antialiasing: true

    Rectangle {                          // the chip
        x: card.upright ? (card.width - width) / 2 : card.unit * 0.13
        y: card.upright ? card.unit * 0.13 : card.height * 0.26
        width: card.unit * (card.upright ? 0.14 : 0.17)
        height: card.unit * (card.upright ? 0.17 : 0.14)
        radius: card.unit * 0.025
        color: Theme.strip
        border.width: Theme.hairline
        border.color: Theme.onStrip
    }
    Repeater {                           // the number, which nobody can read
        model: 3
        Rectangle {
            required property int index
            x: card.upright ? card.width * (0.66 - 0.22 * index) : card.unit * 0.13
            y: card.upright ? card.unit * 0.5 : card.height * (0.62 + 0.14 * index)
            width: card.upright ? card.width * 0.07 : card.unit * (0.5 - 0.13 * index)
            height: card.upright ? card.unit * (0.36 - 0.1 * index) : card.height * 0.06
            radius: Math.min(width, height) / 2
            color: Theme.onBrand
            opacity: Theme.printShade
        }
    }
}
