import QtQuick

Item {
    id: bar
    property bool landscape: false

    implicitHeight: Theme.header + (landscape || Ui.progress === 0 ? 0 : Theme.stepsHeight + Theme.gapTight)

    Brand {
        id: brand
        anchors { left: parent.left; leftMargin: Theme.margin; verticalCenter: languages.verticalCenter }
        width: bar.landscape ? bar.width * 0.26 : bar.width - languages.width - 2 * Theme.margin - Theme.gapWide
        fontSize: Theme.bodySize
    }

    Steps {
        visible: Ui.progress > 0
        reach: bar.landscape ? Theme.gapWide : Theme.margin
        anchors.horizontalCenter: parent.horizontalCenter
        y: bar.landscape ? languages.y + (languages.height - height) / 2 : Theme.header + Theme.gapTight
    }

    Languages {
        id: languages
        anchors { right: parent.right; rightMargin: Theme.margin }
        y: (Theme.header - height) / 2 + Theme.gapTight
        opacity: Ui.lowReach ? 0 : 1
        visible: !Ui.lowReach
    }
}
