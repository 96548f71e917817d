// It is being done: nothing else is touched meanwhile.
import QtQuick
import "../components"

Sheet {
    Say { width: parent.width; text: Tech.busy; font.pixelSize: Theme.priceSize; font.weight: Font.ExtraBold }
    Dots { size: Theme.dotWide }
}
