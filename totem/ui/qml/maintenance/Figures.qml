// Figures and names of machines: every sign as wide as the next.
import QtQuick
import "../components"

Say {
    font.family: Theme.figures
    font.pixelSize: Theme.captionSize
    wrapMode: Text.Wrap
}
