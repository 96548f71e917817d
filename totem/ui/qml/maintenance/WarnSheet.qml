// Nobody touched the screen for a while: one touch anywhere, and all goes on as it was.
import QtQuick
import "../components"

Sheet {
    Icon { name: "hand"; size: Theme.key; color: Theme.wait }
    Say { width: parent.width; text: Words["tech.warning.title"]; font.pixelSize: Theme.titleSize; font.weight: Font.ExtraBold }
    Say { width: parent.width; text: Words["tech.warning.text"]; font.pixelSize: Theme.bodySize }
    Say { width: parent.width; text: Tech.leftText; font.pixelSize: Theme.bodySize; color: Theme.wait; font.weight: Font.DemiBold }
    Key { objectName: "key.stay"; width: parent.width; kind: "main"; text: Words["tech.warning.stay"]; fontSize: Theme.bodySize }
}
