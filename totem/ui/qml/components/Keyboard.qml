// The kiosk's own keyboard: letters with the accents of Portuguese and French, digits as on a phone, signs.
// It says what was pressed and keeps nothing. `typist` types it into whatever has the focus.
import QtQuick

Item {
    id: keyboard
    property string layout: "letters"
    property bool shifted: false
    signal typed(string letter)
    signal erased()
    signal next()
    signal hide()

    // Names in braces are keys of their own kind; all else is what it writes.
    readonly property var layouts: ({
        letters: ["q w e r t y u i o p", "a s d f g h j k l {erase}", "{shift} z x c v b n m . {hide}", "{digits} {accents} @ {space} - {signs} {next}"],
        accents: ["á à â ã é è ê ë í {erase}", "ó ò ô õ ö ú ù û ü ç", "{shift} î ï ñ œ æ ' , . {hide}", "{letters} {space} {next}"],
        signs: ["1 2 3 4 5 6 7 8 9 0", "@ # $ % & * ( ) + {erase}", "! ? / \\ : ; _ = \" {hide}", "{letters} , - {space} . ' {next}"],
        digits: ["1 2 3 {erase}", "4 5 6 {letters}", "7 8 9 {hide}", "+ 0 / {next}"]
    })
    readonly property var wide: layout === "digits" ? ({}) : ({ space: 3, next: 1.8, letters: 1.4, digits: 1.4, accents: 1.4, signs: 1.4 })
    readonly property var icons: ({ erase: "erase", shift: "shift", hide: "keyboard-down", next: "next", space: "space" })
    readonly property var labels: ({ letters: "keyboard.letters", digits: "keyboard.digits", accents: "keyboard.accents", signs: "keyboard.signs" })
    readonly property var rows: layouts[layout].map(row => row.split(" "))
    readonly property real most: layout === "digits" && Theme.landscape ? Theme.keyboardDigits : width

    implicitHeight: 4 * Theme.key + 3 * Theme.gapTight

    onLayoutChanged: shifted = false

    Column {
        anchors.horizontalCenter: parent.horizontalCenter
        width: Math.min(parent.width, keyboard.most)
        spacing: Theme.gapTight

        Repeater {
            model: keyboard.rows
            Row {
                id: row
                required property var modelData
                readonly property real shares: modelData.reduce((sum, name) => sum + keyboard.share(name), 0)
                readonly property real share: (width - (modelData.length - 1) * spacing) / shares
                width: parent.width
                spacing: Theme.gapTight

                Repeater {
                    model: row.modelData
                    Key {
                        required property string modelData
                        readonly property string special: keyboard.special(modelData)
                        readonly property string letter: keyboard.shifted ? modelData.toUpperCase() : modelData
                        objectName: "key.type." + (special || modelData)
                        width: row.share * keyboard.share(modelData)
                        height: Theme.key
                        kind: special === "next" ? "main" : "plain"
                        chosen: special === "shift" && keyboard.shifted
                        icon: keyboard.icons[special] || ""
                        text: special === "" ? letter : keyboard.labels[special] ? Words[keyboard.labels[special]] : ""
                        spoken: special === "" ? letter : Words["keyboard." + special]
                        fontSize: special === "" ? Theme.labelSize : Theme.captionSize
                        onTapped: keyboard.press(special, letter)
                    }
                }
            }
        }
    }

    function special(name) {
        return name.length > 2 && name[0] === "{" ? name.slice(1, -1) : ""
    }
    function share(name) {
        return wide[special(name)] || 1
    }
    function press(special, letter) {
        if (special === "") {
            shifted = false
            typed(letter)
        } else if (special === "shift") shifted = !shifted
        else if (special === "erase") erased()
        else if (special === "space") typed(" ")
        else if (special === "next") next()
        else if (special === "hide") hide()
        else layout = special
    }
}
