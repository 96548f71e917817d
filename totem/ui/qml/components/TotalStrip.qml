import QtQuick

Item {
    implicitHeight: Theme.totalHeight

    Say {
        anchors { left: parent.left; verticalCenter: parent.verticalCenter }
        text: Ui.count > 0 ? Words["services.total"] + " · " + Ui.countText : Words["services.empty"]
        color: Theme.muted
        font.pixelSize: Theme.bodySize
    }
    CountedMoney {
        visible: Ui.count > 0
        anchors { right: parent.right; verticalCenter: parent.verticalCenter }
        cents: Ui.totalCents
        font.pixelSize: Theme.titleSize
        font.weight: Font.ExtraBold
    }
}
