// The kiosk's sign: a disc with a ring. It holds the code, empties with the time, and closes into a tick.
import QtQuick
import QtQuick.Shapes

Item {
    id: disc

    property real fraction: 1
    property color face: Theme.surface
    property color ringColor: Theme.brandInk
    property color trackColor: Theme.sunken
    readonly property real inscribed: (width - 2 * Theme.ring - 2 * Theme.gapTight) / Math.SQRT2
    default property alias content: middle.data

    height: width

    Rectangle {
        anchors.fill: parent
        radius: width / 2
        color: disc.face
        antialiasing: true
        border.width: Theme.ring
        border.color: disc.trackColor
    }

    Shape {
        anchors.fill: parent
        visible: disc.fraction > 0
        preferredRendererType: Shape.CurveRenderer

        ShapePath {
            strokeColor: disc.ringColor
            strokeWidth: Theme.ring
            fillColor: "transparent"
            capStyle: ShapePath.RoundCap
            PathAngleArc {
                centerX: disc.width / 2
                centerY: disc.height / 2
                radiusX: (disc.width - Theme.ring) / 2
                radiusY: radiusX
                startAngle: -90
                sweepAngle: 360 * disc.fraction
            }
        }
    }

    Item { id: middle; anchors.fill: parent }
}
