// What is sold here: the owner's picture, or the shipped scene.
import QtQuick

Item {
    id: picture
    property bool moving: false

    Image {
        id: own
        anchors.fill: parent
        visible: Ui.attractPicture !== ""
        fillMode: Image.PreserveAspectCrop
        sourceSize.width: width
        source: Ui.attractPicture
        asynchronous: true
    }
    Loader {
        anchors.fill: parent
        active: !own.visible
        sourceComponent: Scene { moving: picture.moving }
    }
}
