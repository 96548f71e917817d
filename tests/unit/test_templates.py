"""The language of receipts: what each line becomes, and that every fault is told at once, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assets
from tests.unit.kiosk_files import write_kiosk
from totem.config.loader import load
from totem.config.templates import load_templates, read_template
from totem.domain.errors import ConfigError
from totem.domain.receipt import Align
from totem.domain.template import (
    SCHEMAS,
    BlankLine,
    BlockLine,
    ColumnsLine,
    Line,
    Paper,
    Place,
    Repeat,
    RuleLine,
    Template,
    TextLine,
)
from totem.domain.texts import CUSTOMER_LANGUAGES, LANGUAGES

SHIPPED = assets.path("templates")
LEAST = "{number}\n{code}\n"
"""What a ticket may not lack."""


def lines(text: str, paper: Paper = Paper.NOTICE, language: str = "pt") -> tuple[Line, ...]:
    """Of a notice, which demands only its reference; that line is left away again."""
    return read_template(f"{text}\n{{reference}}", paper).of(language)[:-1]


def faults(text: str, paper: Paper = Paper.TICKET) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as told:
        read_template(text, paper)
    return told.value.faults


# --- What a line becomes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Lavagem", TextLine(("Lavagem",))),
        ("| Lavagem", TextLine(("Lavagem",), Align.LEFT)),
        ("Lavagem |", TextLine(("Lavagem",), Align.RIGHT)),
        ("Total | R$ 5", ColumnsLine(("Total",), ("R$ 5",))),
        ("* Total | R$ 5", ColumnsLine(("Total",), ("R$ 5",), bold=True)),
        ("*Total", TextLine(("Total",), bold=True)),
        ("^ Total", TextLine(("Total",), scale=2)),
        ("^^^* Total", TextLine(("Total",), bold=True, scale=4)),
        ("! Total", TextLine(("Total",), inverse=True)),
        ("* | Total", TextLine(("Total",), Align.LEFT, bold=True)),
        ("---", RuleLine()),
        ("----------", RuleLine()),
        ("-- x", TextLine(("-- x",))),
        ("{logo}", BlockLine("logo")),
        ("Oi {business.name}!", TextLine(("Oi ", Place("business.name"), "!"))),
        (r"\* 5 \| 6 \{x\} \\", TextLine((r"* 5 | 6 {x} \\"[:-1],))),
        (r"\# 1", TextLine(("# 1",))),
        ("pt: Olá", TextLine(("Olá",))),
        ("Tel: 51 3333", TextLine(("Tel: 51 3333",))),
        ("  \tLavagem\t ", TextLine(("Lavagem",))),
        ("R$\u00a05", TextLine(("R$\u00a05",))),
    ],
)
def test_a_line(text: str, line: Line) -> None:
    assert lines(text) == (line,)


def test_comments_are_nothing_and_blank_lines_are_blanks_between_others() -> None:
    text = "# a\n\n\nUm\n  # b\nDois\n\n# c\n\nTrês\n{reference}\n\n\n"
    read = read_template(text, Paper.NOTICE).of("pt")
    assert read[:-1] == (TextLine(("Um",)), TextLine(("Dois",)), BlankLine(2), TextLine(("Três",)))


def test_windows_files_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_bytes("\ufeffOlá\r\n\r\n{reference}\r\n".encode())
    templates, _ = load_templates(SHIPPED, tmp_path)
    assert templates[Paper.NOTICE].of("pt") == (TextLine(("Olá",)), BlankLine(), TextLine((Place("reference"),)))


def test_each_language_says_its_own_and_portuguese_what_it_lacks() -> None:
    text = "pt: Um\nen: One\nes: Uno\npt: Dois\nen: Two\npt: Três\npt: e três\nen: Three\nes: Tres\nTodos\nen: Only"
    said = {language: [line.parts[0] for line in lines(text, language=language)] for language in LANGUAGES}  # type: ignore[union-attr]
    assert said == {
        "pt": ["Um", "Dois", "Três", "e três", "Todos"],
        "en": ["One", "Two", "Three", "Todos", "Only"],
        "es": ["Uno", "Dois", "Tres", "Todos"],
    }


def test_a_repeat_holds_its_lines() -> None:
    read = read_template(f"{LEAST}{{services}}\npt: {{name}} | {{amount}}\nen: {{name}}\n{{/services}}", Paper.TICKET)
    assert read.of("pt")[-1] == Repeat("services", (ColumnsLine((Place("name"),), (Place("amount"),)),))
    assert read.of("es")[-1] == read.of("pt")[-1]
    assert read.of("en")[-1] == Repeat("services", (TextLine((Place("name"),)),))


# --- Faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{totl}", "{totl} não existe neste recibo; você quis dizer {total}?"),
        ("{refund_id}", "{refund_id} não existe neste recibo"),
        ("{}", "{} não existe neste recibo"),
        ("{total", "a chave { não foi fechada com }"),
        ("total}", "a chave } não foi aberta com {"),
        ("Aqui {code}", "{code} tem de ficar sozinho na linha"),
        ("Aqui {code:qr}", "{code:qr} tem de ficar sozinho na linha"),
        ("* {code}", "{code} não aceita *, ^ nem !"),
        ("{code:pdf417}", "{code:pdf417} não existe; existe {code:qr}, {code:code128}"),
        ("{logo:qr}", "{logo:qr} não existe; existe {logo}"),
        ("{services}", "{services} não foi fechado com {/services}"),
        ("{/services}", "{/services} fecha o que não foi aberto"),
        ("{name}", "{name} só existe entre {services} e {/services}"),
        ("a | b | c", r"só cabe um | na linha; para imprimir o próprio sinal, escreva \|"),
        ("^ a | b", "uma linha de duas colunas não aceita ^ nem !"),
        ("! a | b", "uma linha de duas colunas não aceita ^ nem !"),
        ("^^^^ a", "o maior tamanho é ^^^"),
        ("de: Guten Tag", 'não há o idioma "de"; há pt, en, es, fr'),
        ("Olá 🙂", '"🙂" não existe nas impressoras de tíquete; escreva de outro modo'),
        ("um — dois", '"—" não existe nas impressoras de tíquete; escreva de outro modo'),
        ("a\x07b", '"U+0007" não existe nas impressoras de tíquete; escreva de outro modo'),
        ("a\x1b@", '"U+001B" não existe nas impressoras de tíquete; escreva de outro modo'),
        ("^^^ {total}", "{total} pode ocupar 16 colunas, e no papel mais estreito cabem 8"),
        ("^^ {total}", "{total} pode ocupar 16 colunas, e no papel mais estreito cabem 10"),
        ("^^^ Estacionamento", "Estacionamento pode ocupar 14 colunas, e no papel mais estreito cabem 8"),
        ("! " + "a" * 31, "a" * 31 + " pode ocupar 31 colunas, e no papel mais estreito cabem 30"),
        ("x | {sale} {total}", "{sale} {total} pode ocupar 39 colunas, e no papel mais estreito cabem 32"),
    ],
)
def test_a_fault_names_its_line_and_reason(line: str, reason: str) -> None:
    assert faults(f"{LEAST}# comentário\n\n{line}\n") == (f"ticket.txt: linha 5: {reason}",)


@pytest.mark.parametrize(
    "line", ["^ {total}", "^^^ {number}", "^^^ {reference}", "^ {when}", "^^ {date}", "! {sale}", "x | {sale}"]
)
def test_what_just_fits_is_let_through(line: str) -> None:
    assert len(read_template(LEAST + line, Paper.TICKET).of("pt")) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{code}", ("ticket.txt: falta {number}, que não pode faltar neste recibo",)),
        ("{number}", ("ticket.txt: falta {code}, que não pode faltar neste recibo",)),
        ("", ("ticket.txt: o recibo está vazio",)),
        ("# só comentário\n\n", ("ticket.txt: o recibo está vazio",)),
        ("Oi", tuple(f"ticket.txt: falta {name}, que não pode faltar neste recibo" for name in ("{code}", "{number}"))),
        (
            "{code}\nen: {number}\npt: Oi",
            tuple(
                f'ticket.txt: falta {{number}}, que não pode faltar neste recibo no idioma "{one}"'
                for one in ("es", "fr", "pt")
            ),
        ),
        (
            "{code}\n{services}\n{number} {name}\n{/services}",
            ("ticket.txt: falta {number}, que não pode faltar neste recibo",),
        ),
        (
            "{code}\n{number} {validity}",
            ("ticket.txt: linha 2: {number} não pode dividir a linha com um campo que às vezes não tem valor",),
        ),
        (
            "en: {code}\nen: {number}",
            (
                'ticket.txt: o recibo está vazio no idioma "es"',
                'ticket.txt: o recibo está vazio no idioma "fr"',
                'ticket.txt: o recibo está vazio no idioma "pt"',
            ),
        ),
        ("{code}\n{number}\n" + "a\n" * 300, ("ticket.txt: o recibo tem mais de 300 linhas",)),
    ],
)
def test_number_and_code_cannot_be_edited_away(text: str, expected: tuple[str, ...]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize("paper", list(Paper))
def test_every_receipt_keeps_what_it_is_for(paper: Paper) -> None:
    if not SCHEMAS[paper].demanded:
        assert paper is Paper.TEST
        return
    told = faults("Só isto", paper)
    assert len(told) == len(SCHEMAS[paper].demanded)


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "ticket.txt").write_text("{numbr}\n{services}\n{code}\n", encoding="utf-8")
    (tmp_path / "refund.txt").write_bytes(b"Devolu\xe7\xe3o\n")
    (tmp_path / "notice.txt").mkdir()
    (tmp_path / "closing.txt").write_bytes(b"# " + b"x" * 64_001)
    with pytest.raises(ConfigError) as told:
        load_templates(SHIPPED, tmp_path)
    starts = [fault.removeprefix(f"{tmp_path}/")[:34] for fault in told.value.faults]
    assert starts == [
        "ticket.txt: falta {code}, que não ",
        "ticket.txt: falta {number}, que nã",
        "ticket.txt: linha 1: {numbr} não e",
        "ticket.txt: linha 2: {services} nã",
        "refund.txt: linha 1: há letras que",
        "closing.txt: arquivo: tem mais de ",
        "notice.txt: arquivo: não pode ser ",
    ]


# --- Which file counts ----------------------------------------------------------------------------------------------


def test_the_shipped_ones_are_all_there_and_right() -> None:
    templates, notes = load_templates(SHIPPED)
    assert set(templates) == set(Paper)
    assert notes == ()
    assert {path.name for path in SHIPPED.iterdir()} == {f"{paper}.txt" for paper in Paper}


def test_the_owners_files_take_the_place_of_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text("Meu aviso\n{reference}\n", encoding="utf-8")
    (tmp_path / "tickets.txt").write_text("x", encoding="utf-8")
    (tmp_path / "leia-me.md").write_text("x", encoding="utf-8")
    templates, notes = load_templates(SHIPPED, tmp_path)
    assert templates[Paper.NOTICE].of("en")[0] == TextLine(("Meu aviso",))
    assert templates[Paper.TICKET] == load_templates(SHIPPED)[0][Paper.TICKET]
    assert notes == (
        f"{tmp_path / 'tickets.txt'}: não é usado: nenhum recibo tem este nome; você quis dizer ticket.txt?",
    )


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "recibos"
    file.touch()
    with pytest.raises(ConfigError) as told:
        load_templates(SHIPPED, file)
    assert [fault[: len(str(file)) + 28] for fault in told.value.faults] == [f"{file}: pasta: não pode ser lida ("]


def test_the_configuration_names_the_folder(tmp_path: Path) -> None:
    kiosk = write_kiosk(tmp_path)
    assert load(kiosk).templates == load_templates(SHIPPED)[0]
    example = kiosk.read_text(encoding="utf-8")
    kiosk.write_text(example.replace('# directory = ""', 'directory = "recibos"'), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(kiosk)
    assert told.value.faults == (f"{tmp_path / 'recibos'}: pasta: não existe; é a de [receipts] directory",)
    (tmp_path / "recibos").mkdir()
    (tmp_path / "recibos" / "ticket.txt").write_text("Nada\n", encoding="utf-8")
    kiosk.write_text(kiosk.read_text(encoding="utf-8").replace('id = "LAVA01"', 'id = "x"'), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(kiosk)
    places = [fault.split(": ")[1] for fault in told.value.faults]
    lacks = [f"falta {name}, que não pode faltar neste recibo" for name in ("{code}", "{number}")]
    assert places == ["kiosk.id", *lacks]
    (tmp_path / "recibos" / "ticket.txt").write_text(LEAST, encoding="utf-8")
    kiosk.write_text(kiosk.read_text(encoding="utf-8").replace('id = "x"', 'id = "LAVA01"'), encoding="utf-8")
    assert load(kiosk).templates[Paper.TICKET].of("pt") == (TextLine((Place("number"),)), BlockLine("code"))


def test_a_folder_that_is_no_path_is_told_as_such(tmp_path: Path) -> None:
    kiosk = write_kiosk(tmp_path)
    example = kiosk.read_text(encoding="utf-8")
    kiosk.write_text(example.replace('# directory = ""', "directory = 3"), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load(kiosk)
    assert told.value.faults == (f"{kiosk}: receipts.directory: tem de ser um caminho entre aspas",)


# --- Anything at all ------------------------------------------------------------------------------------------------


written = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="{}|*^!\\#-: ptenes/", max_size=20),
        st.sampled_from(
            ["{services}", "{/services}", "{number}", "{code}", "{name} | {amount}", "pt: a", "en: {total}"]
        ),
    ),
    max_size=12,
).map("\n".join)


def told_of(text: str, paper: Paper) -> Template | tuple[str, ...]:
    try:
        return read_template(text, paper)
    except ConfigError as error:
        return error.faults


@given(written, st.sampled_from(Paper))
def test_any_text_is_either_a_template_or_has_its_faults_told(text: str, paper: Paper) -> None:
    told = told_of(text, paper)
    if isinstance(told, Template):
        assert set(told.lines) == set(CUSTOMER_LANGUAGES)
        assert all(told.of(language) for language in CUSTOMER_LANGUAGES)
    else:
        assert told
        assert all(fault.startswith(f"{paper}.txt: ") for fault in told)
