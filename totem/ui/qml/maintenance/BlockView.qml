// One thing on a page: how it is, in a shape, a colour and a word; what to do; its figures; its keys.
import QtQuick
import "../components"

Rectangle {
    id: view
    property var block: ({})
    readonly property bool toned: (block.tone || "") !== ""
    readonly property color toneInk: toned ? Theme[block.tone] : Theme.muted
    implicitHeight: inner.height + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.sunken

    Rectangle {                          // the state again, where the eye runs down the page
        visible: view.toned
        width: Theme.gapTight
        height: parent.height
        radius: Theme.radiusTight
        color: view.toneInk
    }
    Column {
        id: inner
        x: Theme.gap + Theme.gapTight
        y: Theme.gap
        width: view.width - x - Theme.gap
        spacing: Theme.gapTight

        Item {
            visible: (view.block.title || "") !== ""
            width: parent.width
            height: Math.max(mark.height, title.height)
            Icon {
                id: mark
                name: view.toned ? view.block.shape : view.block.icon || ""
                size: name === "" ? 0 : Theme.icon
                color: view.toneInk
                y: Math.max(0, (title.height - height) / 2)
            }
            Say {
                id: title
                x: mark.width > 0 ? mark.width + Theme.gap : 0
                y: Math.max(0, (mark.height - height) / 2)
                width: parent.width - x
                text: view.block.title || ""
                font.pixelSize: Theme.bodySize
                font.weight: Font.ExtraBold
                wrapMode: Text.Wrap
            }
        }
        Flow {
            visible: (view.block.state || "") !== "" || (view.block.since || "") !== ""
            width: parent.width
            spacing: Theme.gap
            Say { visible: text !== ""; text: view.block.state || ""; color: view.toned ? view.toneInk : Theme.ink; font.pixelSize: Theme.captionSize; font.weight: Font.ExtraBold }
            Say { visible: text !== ""; text: view.block.since || ""; color: Theme.muted; font.pixelSize: Theme.captionSize }
        }
        Say { visible: text !== ""; width: parent.width; text: view.block.text || ""; font.pixelSize: Theme.captionSize; wrapMode: Text.Wrap }
        Item {
            visible: (view.block.remedy || "") !== ""
            width: parent.width
            height: Math.max(wrench.height, remedy.height)
            Icon { id: wrench; name: "wrench"; size: Theme.iconSmall; color: Theme.brandInk; y: Theme.hairline }
            Say {
                id: remedy
                x: wrench.width + Theme.gap
                width: parent.width - x
                text: view.block.remedy || ""
                color: Theme.brandInk
                font.pixelSize: Theme.captionSize
                font.weight: Font.DemiBold
                wrapMode: Text.Wrap
            }
        }
        Say { visible: text !== ""; width: parent.width; text: view.block.code || ""; color: Theme.muted; font.pixelSize: Theme.captionSize }
        Dots { visible: view.block.busy === true; size: Theme.dot; topPadding: Theme.gapTight; bottomPadding: Theme.gapTight }
        Rectangle {
            visible: view.block.progress >= 0
            width: parent.width
            height: Theme.ring
            radius: height / 2
            color: Theme.surface
            Rectangle {
                width: parent.width * Math.max(0, Math.min(1, view.block.progress || 0))
                height: parent.height
                radius: height / 2
                color: view.toned ? view.toneInk : Theme.brandInk
            }
        }
        FactList { width: parent.width; facts: view.block.facts || [] }
        SumTable { visible: table !== null; width: parent.width; table: view.block.table || null }
        FieldKey {
            visible: (view.block.field_key || "") !== ""
            width: parent.width
            key: view.block.field_key || ""
            typed: view.block.typed || ""
            hint: view.block.hint || ""
        }
        Repeater {
            model: (view.block.lines || []).length
            LineView {
                required property int index
                width: inner.width
                line: (view.block.lines || [])[index] || ({})
            }
        }
        Repeater {
            model: (view.block.rows || []).length
            RowKey {
                required property int index
                width: inner.width
                row: (view.block.rows || [])[index] || ({})
            }
        }
        PressKeys { visible: keys.length > 0; width: parent.width; keys: view.block.keys || []; topPadding: Theme.gapTight; onPressed: id => tech.press(id) }
    }
}
