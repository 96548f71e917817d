// A line icon in any colour of the theme.
import QtQuick

Image {
    property string name
    property color color: Theme.ink
    property real size: Theme.icon

    width: size
    height: size
    sourceSize: Qt.size(size, size)
    source: name === "" ? "" : "image://icon/" + name + "/" + color.toString().slice(-6)
}
