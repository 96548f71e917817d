// A page: its blocks, in one column or two, scrolled by a finger.
import QtQuick
import "../components"

Flickable {
    id: board
    property real side: Theme.edge
    readonly property int many: Tech.columns.length
    contentWidth: width
    contentHeight: columns.y + columns.height + Theme.gap
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    pixelAligned: true

    Connections {
        target: tech
        function onPageChanged() { board.contentY = 0 }
    }

    Column {
        id: wide
        x: board.side
        y: Theme.gap
        width: board.width - 2 * board.side
        spacing: Theme.gap
        Repeater {
            model: Tech.wide.length
            BlockView {
                required property int index
                block: Tech.wide[index] || ({})
                width: wide.width
            }
        }
    }
    Row {
        id: columns
        x: board.side
        y: wide.y + wide.height + (wide.height > 0 ? Theme.gap : 0)
        spacing: Theme.gap
        Repeater {
            model: board.many
            Column {
                id: column
                required property int index
                readonly property var blocks: Tech.columns[index] || []
                width: (board.width - 2 * board.side - (board.many - 1) * Theme.gap) / board.many
                spacing: Theme.gap
                Repeater {
                    model: column.blocks.length
                    BlockView {
                        required property int index
                        block: column.blocks[index] || ({})
                        width: column.width
                    }
                }
            }
        }
    }
    Rectangle {
        // Where the finger is on a page that is longer than the screen.
        parent: board
        visible: board.contentHeight > board.height + Theme.gap
        x: board.width - width - Theme.scroll / 2
        y: board.visibleArea.yPosition * board.height
        width: Theme.scroll
        height: board.visibleArea.heightRatio * board.height
        radius: width / 2
        color: Theme.line
    }
}
