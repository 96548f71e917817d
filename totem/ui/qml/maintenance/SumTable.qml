// Words at the left, figures standing under one another at the right, and their sum.
import QtQuick
import "../components"

Column {
    id: view
    property var table: null
    readonly property var rows: table ? [table.head].concat(table.rows).concat(table.total.length > 0 ? [table.total] : []) : []

    Repeater {
        model: view.rows.length
        Item {
            id: row
            required property int index
            readonly property var cells: view.rows[index] || []
            readonly property bool head: index === 0
            readonly property bool sum: view.table && view.table.total.length > 0 && index === view.rows.length - 1
            width: view.width
            height: name.height + Theme.gapTight
            Rectangle { visible: !row.head; width: parent.width; height: row.sum ? Theme.strokeBold : Theme.hairline; color: Theme.line }
            Say {
                id: name
                y: Theme.gapTight / 2
                width: parent.width - count.width - amount.width - 2 * Theme.gapTight
                text: row.cells[0] || ""
                color: row.head ? Theme.muted : Theme.ink
                font.pixelSize: Theme.captionSize
                font.weight: row.sum ? Font.ExtraBold : Font.Normal
                wrapMode: Text.Wrap
            }
            Figures {
                id: count
                y: name.y
                x: parent.width - width - amount.width - Theme.gapTight
                width: Theme.plate
                text: row.cells[1] || ""
                color: row.head ? Theme.muted : Theme.ink
                font.weight: row.sum ? Font.Bold : Font.Normal
                horizontalAlignment: Text.AlignRight
                wrapMode: Text.NoWrap
            }
            Figures {
                id: amount
                y: name.y
                x: parent.width - width
                width: Theme.money
                text: row.cells[2] || ""
                color: row.head ? Theme.muted : Theme.ink
                font.weight: row.sum ? Font.Bold : Font.Normal
                horizontalAlignment: Text.AlignRight
                wrapMode: Text.NoWrap
            }
        }
    }
}
