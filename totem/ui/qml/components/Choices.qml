// Answers as touch keys, a page at a time where they are many: nothing here is smaller than a finger.
import QtQuick

Item {
    id: choices
    property var rows: []                // { id, text, note }
    property string prefix               // of the keys' names
    property int columns: Theme.landscape ? 3 : 2
    property bool answered: false
    signal chosen(int id)

    readonly property int fitting: Math.max(1, Math.floor((height + Theme.gap) / (Theme.keyMain + Theme.gap)))
    // Larger keys where there is room for them.
    readonly property int lines: Math.ceil(rows.length / columns)
    readonly property real keyHeight: lines > fitting ? Theme.keyMain : Math.min(Theme.keyHero, (height - (lines - 1) * Theme.gap) / Math.max(1, lines))
    readonly property int perPage: fitting * columns
    readonly property bool paged: rows.length > perPage
    readonly property int pages: Math.max(1, Math.ceil(rows.length / perPage))
    property int page: 0
    readonly property int present: Math.min(page, pages - 1)
    readonly property real keyWidth: (width - (paged ? Theme.keyMain + Theme.gap : 0) - (columns - 1) * Theme.gap) / columns

    Grid {
        columns: choices.columns
        spacing: Theme.gap
        Repeater {
            model: choices.rows.slice(choices.present * choices.perPage, (choices.present + 1) * choices.perPage)
            ChoiceKey {
                required property var modelData
                objectName: choices.prefix + modelData.id
                width: choices.keyWidth
                height: choices.keyHeight
                text: modelData.text
                note: modelData.note
                enabled: !choices.answered
                onTapped: choices.chosen(modelData.id)
            }
        }
    }
    Column {
        visible: choices.paged
        anchors { right: parent.right; top: parent.top; bottom: parent.bottom }
        spacing: Theme.gap
        Key {
            objectName: "key.choices.up"
            width: Theme.keyMain
            height: (parent.height - Theme.gap) / 2
            icon: "up"
            spoken: Words["card.less"]
            enabled: choices.present > 0
            onTapped: choices.page = choices.present - 1
        }
        Key {
            objectName: "key.choices.down"
            width: Theme.keyMain
            height: (parent.height - Theme.gap) / 2
            icon: "down"
            spoken: Words["card.more"]
            enabled: choices.present < choices.pages - 1
            onTapped: choices.page = choices.present + 1
        }
    }
}
