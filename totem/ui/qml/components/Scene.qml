// The shipped picture of the first screen: a car rolls in, and then all is still.
import QtQuick

Item {
    id: scene
    property bool moving: false
    property real progress: moving ? 0 : 1
    readonly property size backSize: Qt.size(1080, 1400)     // the drawing's own units
    readonly property real roadShare: 128                     // of them, from the wheels to the lower edge
    readonly property real backScale: Math.max(width / backSize.width, height / backSize.height)

    clip: true

    Image {
        anchors.fill: parent
        sourceSize: Qt.size(scene.backSize.width * scene.backScale, scene.backSize.height * scene.backScale)
        fillMode: Image.PreserveAspectCrop
        verticalAlignment: Image.AlignBottom
        source: Ui.images + "/cena-fundo.svg"
        asynchronous: true
    }
    Image {
        width: Math.min(scene.width * Theme.carShare, scene.height * Theme.carShare * 1.2)
        height: width / 2
        sourceSize: Qt.size(width, height)
        x: (scene.width - width) / 2 - (1 - scene.progress) * scene.width
        y: scene.height - scene.roadShare * scene.backScale - height
        source: Ui.images + "/cena-carro.svg"
        asynchronous: true
    }

    // Under five seconds, and then at rest (WCAG 2.2.2); again each time that the screen comes back.
    onVisibleChanged: drive()
    Component.onCompleted: drive()
    function drive() {
        ride.stop()
        if (scene.visible && scene.moving) {
            scene.progress = 0
            ride.start()
        }
    }
    NumberAnimation {
        id: ride
        target: scene
        property: "progress"
        to: 1
        duration: Theme.attractMove
        easing.type: Easing.OutCubic
    }
}
