"""Settings and catalogue: what is accepted, and that every fault is told at once, in plain words, at its key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.kiosk_files import EXAMPLES, keys_of, write_kiosk
from totem.config import places
from totem.config.banks import SICREDI_URLS
from totem.config.loader import load
from totem.config.models import Settings
from totem.domain.errors import ConfigError
from totem.domain.money import Money

SERVICES = ("lavagem-simples", "lavagem-completa", "lavagem-com-cera", "aspiracao", "higienizacao", "pneus")

Edit = Callable[[str, str], None]


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


@pytest.fixture
def edit(kiosk: Path) -> Edit:
    def change(old: str, new: str) -> None:
        text = kiosk.read_text(encoding="utf-8")
        assert text.count(old) >= 1, old
        kiosk.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def faults_of(path: Path, *, check_files: bool = True) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, check_files=check_files)
    return caught.value.faults


def only_fault(path: Path) -> str:
    faults = faults_of(path)
    assert len(faults) == 1, faults
    return faults[0]


# --- What is accepted -----------------------------------------------------------------------------------------------


def test_the_example_loads_once_its_files_are_there(kiosk: Path) -> None:
    configuration = load(kiosk)
    settings = configuration.settings
    assert settings.kiosk.id == "LAVA01"
    assert settings.business.document == "11222333000181"
    assert settings.journal.path == kiosk.parent / "dados" / "journal.sqlite3"
    assert settings.journal.head_path == kiosk.parent / "dados" / "journal.head"
    assert settings.pix.sicredi is not None
    assert settings.pix.sicredi.url == SICREDI_URLS["homologation"]
    assert settings.pix.sicredi.client_secret() == "conteúdo"
    assert settings.pix.sicredi.versions.get_charge == "v3"
    assert configuration.notes == ()
    catalogue = configuration.catalogue
    assert tuple(service.id for service in catalogue.services) == SERVICES
    assert catalogue.find("lavagem-simples").price == Money(4500)
    assert catalogue.find("lavagem-simples").picture == str(kiosk.parent / "lavagem-simples.svg")
    assert catalogue.find("pneus").names == {"pt": "Pneus", "en": "Tyres", "es": "Neumáticos"}


def test_the_shipped_example_itself_lacks_only_the_files_of_its_owner() -> None:
    settings = load(EXAMPLES / "totem.toml", check_files=False).settings
    assert settings.catalogue.file == EXAMPLES / "catalogue.toml"
    keys = [fault.split(": ")[1] for fault in faults_of(EXAMPLES / "totem.toml") if "totem.toml: " in fault]
    assert keys == [f"pix.sicredi.{key}" for key in ("client_secret_file", "certificate", "key", "ca")]


def test_the_example_documents_every_key_and_its_defaults_are_the_true_ones(kiosk: Path) -> None:
    told: set[str] = set()
    section = ""
    uncommented: list[str] = []
    for line in kiosk.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"(?:# )?\[{1,2}([a-z0-9_.]+)\]{1,2}", line):
            section = header[1]
        key = re.fullmatch(r"(?:# ){0,2}([a-z0-9_]+) = (.*)", line)
        if key:
            told.add(f"{section}.{key[1]}")
        other_form = key is None or key[2] == '"TOTEM_SICREDI_SECRET"' or '"logo.svg"' in key[2]
        leave = other_form or section.startswith(("pix.inter", "cards.", "printer.spare"))
        uncommented.append(line if leave else line.removeprefix("# "))
    assert told == keys_of(Settings)
    former = load(kiosk).settings
    kiosk.write_text("\n".join(uncommented), encoding="utf-8")
    now = load(kiosk).settings
    derived: dict[str, set[str]] = {
        "log": {"directory"},
        "journal": {"head_file"},
        "secrets": {"file", "key_file"},
    }
    same = former.model_dump(exclude=derived)
    assert now.model_dump(exclude=derived) == same
    assert now.journal.head_path == former.journal.head_path
    assert now.secrets_place == former.secrets_place


def test_nothing_changes_after_loading(kiosk: Path) -> None:
    settings = load(kiosk).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.kiosk.id = "OUTRO"  # type: ignore[misc]


def test_a_byte_order_mark_is_no_fault(kiosk: Path) -> None:
    kiosk.write_bytes(b"\xef\xbb\xbf" + kiosk.read_bytes())
    assert load(kiosk).settings.kiosk.id == "LAVA01"


def with_inter(kiosk: Path) -> str:
    """The example with Inter's section switched on as its comment says, one `# ` taken from each of its lines."""
    lines = []
    inside = False
    for line in kiosk.read_text(encoding="utf-8").splitlines():
        inside = (inside or line == "# [pix.inter]") and line != "[polling]"
        lines.append(line.removeprefix("#").removeprefix(" ") if inside else line)
    return "\n".join(lines)


def test_inters_section_loads_as_the_example_has_it(kiosk: Path) -> None:
    kiosk.write_text(with_inter(kiosk).replace('["sicredi"]', '["inter", "sicredi"]'), encoding="utf-8")
    settings = load(kiosk).settings
    assert settings.pix.providers == ("inter", "sicredi")
    inter = settings.pix.inter
    assert inter is not None
    assert inter.url == "https://cdpj.partners.bancointer.com.br"
    assert (inter.material_store, inter.client_secret_store) == ("inter", "inter.client_secret")
    assert inter.calls_limit_per_minute == 120
    assert inter.pix_out.enabled is False


def test_the_defaults_that_inters_section_shows_are_the_true_ones(kiosk: Path, tmp_path: Path) -> None:
    kiosk.write_text(with_inter(kiosk), encoding="utf-8")
    former = load(kiosk).settings
    other_forms = re.compile(r'# [a-z_]+ = "(segredos/|TOTEM_|inter\.pfx)')
    shown = [
        line if other_forms.match(line) or not re.match(r"# [a-z_]+ = ", line) else line.removeprefix("# ")
        for line in with_inter(kiosk).partition("[pix.inter]")[2].partition("[polling]")[0].splitlines()
    ]
    text = kiosk.read_text(encoding="utf-8")
    head, _, tail = text.partition("[pix.inter]")
    kiosk.write_text(
        "\n".join([head + "[pix.inter]", *shown, "[polling]" + tail.partition("[polling]")[2]]), encoding="utf-8"
    )
    assert load(kiosk).settings == former


INTER_FAULTS = [
    ('client_secret_store = "inter.client_secret"', "", "pix.inter.client_secret_file: falta dizer onde está"),
    ('# client_secret_env = "TOTEM_I', 'client_secret_env = "TOTEM_I', "escreva só uma: client_secret_store"),
    ('environment = "production"', 'environment = "homologation"', "pix.inter.environment: tem de ser um destes"),
    ('# account = ""', 'account = "12-3"', "pix.inter.account: só algarismos"),
    ("# enabled = false", "enabled = true", "pix.inter.pix_out.max_payment: com enabled = true, diga um limite"),
    ('# max_payment = "0,00"', 'max_payment = "R$ 5"', 'escreva o valor entre aspas como "150,00"'),
    ('# max_payment = "0,00"', 'max_payment = "5,00"', "pix.inter.pix_out.max_day: não pode ser menor"),
    ('# path = "/banking/v2/pix"', 'path = "banking"', "pix.inter.pix_out.path: tem de ser um caminho"),
    ("# calls_per_minute = 0", "calls_per_minute = -1", "pix.inter.calls_per_minute: tem de ser pelo menos 0"),
    ('# certificate = "segredos/inter.crt"', 'certificate = "totem.toml"', "apague esta chave ou material_store"),
    ('material_store = "inter"', 'material_store = "Inter!"', "pix.inter.material_store: use letras minúsculas"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), INTER_FAULTS)
def test_each_fault_of_inters_section_has_its_sentence(kiosk: Path, old: str, new: str, sentence: str) -> None:
    head, _, tail = with_inter(kiosk).partition("[pix.inter]")
    assert old in tail
    kiosk.write_text(f"{head}[pix.inter]{tail.replace(old, new, 1)}", encoding="utf-8")
    assert any(sentence in fault for fault in faults_of(kiosk)), faults_of(kiosk)


def test_a_bank_needs_its_pair_from_somewhere(kiosk: Path, edit: Edit) -> None:
    edit('certificate = "segredos/sicredi.cer"', "")
    assert "pix.sicredi.certificate: falta esta chave (ou material_store" in only_fault(kiosk)
    edit('# material_store = ""', 'material_store = "sicredi"')
    faults = faults_of(kiosk)
    assert [fault.split(": ")[1] for fault in faults] == ["pix.sicredi.key", "pix.sicredi.ca"]
    edit('key = "segredos/sicredi.key"', "")
    edit('ca = "segredos/sicredi-cadeia.cer"', "public_roots = false")
    assert load(kiosk).settings.pix.sicredi is not None


def test_the_stores_key_goes_with_its_kind(kiosk: Path, edit: Edit) -> None:
    edit('# passphrase_env = ""', 'passphrase_env = "TOTEM_PASS"')
    assert 'secrets.passphrase_env: só vale com key = "passphrase"' in only_fault(kiosk)
    edit('# key = "file"', 'key = "passphrase"')
    assert load(kiosk).settings.secrets_place.passphrase_env == "TOTEM_PASS"
    edit("# passphrase_fd = -1", "passphrase_fd = 3")
    assert "secrets.passphrase_fd: escreva passphrase_env ou passphrase_fd" in only_fault(kiosk)


def test_the_secret_may_come_from_the_environment(kiosk: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    edit('client_secret_file = "segredos/sicredi.secret"', 'client_secret_env = "TOTEM_TEST_SECRET"')
    monkeypatch.delenv("TOTEM_TEST_SECRET", raising=False)
    assert "pix.sicredi.client_secret_file: a variável de ambiente TOTEM_TEST_SECRET" in only_fault(kiosk)
    monkeypatch.setenv("TOTEM_TEST_SECRET", "um segredo")
    sicredi = load(kiosk).settings.pix.sicredi
    assert sicredi is not None
    assert sicredi.client_secret() == "um segredo"


def test_no_secret_is_in_a_fault(kiosk: Path, edit: Edit) -> None:
    edit("client_id = ", 'client_secret = "muito-secreto"\nclient_id = ')
    edit('pix_key = "11222333000181"', 'pix_key = "chave-secreta"')
    faults = faults_of(kiosk)
    assert len(faults) == 2
    assert "muito-secreto" not in str(faults)
    assert "chave-secreta" not in str(faults)


def test_a_missing_translation_is_a_note_for_offered_languages_only(kiosk: Path, edit: Edit) -> None:
    catalogue = kiosk.parent / "catalogue.toml"
    catalogue.write_text(
        catalogue.read_text(encoding="utf-8").replace('name.es = "Neumáticos"\n', ""), encoding="utf-8"
    )
    (note,) = load(kiosk).notes
    assert "service[pneus].name.es: sem tradução" in note
    edit('# languages = ["pt", "en", "es"]', 'languages = ["pt", "en"]')
    assert load(kiosk).notes == ()


# --- Faults of the settings -----------------------------------------------------------------------------------------

FAULTS = [
    ('id = "LAVA01"', 'id = "lava 01"', "kiosk.id: use de 2 a 8 letras maiúsculas"),
    ('id = "LAVA01"', "id = 1", "kiosk.id: tem de ser um texto entre aspas, e é um número inteiro"),
    ('id = "LAVA01"', "id = 2026-11-22", "kiosk.id: tem de ser um texto entre aspas, e é uma data ou hora"),
    ('id = "LAVA01"', "", "kiosk.id: falta esta chave, que é obrigatória"),
    ('name = "Totem da entrada"', 'name = " "', "kiosk.name: não pode ficar vazio"),
    ('name = "Totem da entrada"', f'name = "{"x" * 61}"', "kiosk.name: tem caracteres demais: o máximo é 60"),
    ('name = "Totem da entrada"', 'name = "a\\nb"', "kiosk.name: não pode ter quebra de linha"),
    ('# language = "pt"', 'lingua = "pt"', "kiosk.lingua: chave desconhecida; você quis dizer language?"),
    ('# language = "pt"', "extension_s = 60", "kiosk.extension_s: chave desconhecida aqui; ela vai em [pix]"),
    ('# language = "pt"', "read_s = 3", "kiosk.read_s: chave desconhecida aqui; ela vai em [pix.sicredi.timeouts]"),
    ('# language = "pt"', "zzz = 1", "kiosk.zzz: chave desconhecida; as que existem aqui são: id, name, languages"),
    ('# language = "pt"', 'language = "de"', 'kiosk.language: tem de ser um destes: "pt", "en", "es", "fr"'),
    ('# languages = ["pt", "en", "es"]', 'languages = ["en"]', 'kiosk.language: "pt" não está na lista languages'),
    ('# languages = ["pt", "en", "es"]', "languages = []", "kiosk.languages: a lista precisa de pelo menos 1"),
    ('# languages = ["pt", "en", "es"]', 'languages = "pt"', "kiosk.languages: tem de ser uma lista entre colchetes"),
    ('# languages = ["pt", "en", "es"]', 'languages = ["pt", "pt"]', "kiosk.languages: o mesmo idioma aparece duas"),
    ('"11.222.333/0001-81"', '"11.222.333/0001-82"', "business.document: os dígitos verificadores não conferem"),
    ('"11.222.333/0001-81"', '"123"', "business.document: não é um CNPJ"),
    ('# logo = "logo.svg"', 'logo = "logo.svg"', "business.logo: o arquivo"),
    ('# profile = "epson-80"', 'profile = "epson-90"', "printer.profile: tem de ser um destes"),
    ("diagonal_inch = 21.5", 'diagonal_inch = "21,5"', "screen.diagonal_inch: tem de ser um número, sem aspas"),
    ("diagonal_inch = 21.5", "diagonal_inch = nan", "screen.diagonal_inch: tem de ser um número finito"),
    ("diagonal_inch = 21.5", "diagonal_inch = 3", "screen.diagonal_inch: tem de ser pelo menos 7"),
    ("# width_px = 0", "width_px = 1080", "screen.height_px: width_px e height_px andam juntas"),
    ("# width_px = 0", "width_px = 100\nheight_px = 1920", "screen.width_px: tem de ser 0"),
    ("# windowed = false", 'windowed = "false"', "screen.windowed: tem de ser true ou false, sem aspas"),
    ('# brand_color = "#0B5FFF"', 'brand_color = "azul"', 'screen.brand_color: escreva a cor como "#RRGGBB"'),
    ("# idle_timeout_s = 60", "idle_timeout_s = 5", "screen.idle_timeout_s: tem de ser pelo menos 40"),
    ("# idle_timeout_s = 60", "idle_timeout_s = 60.0", "screen.idle_timeout_s: tem de ser um número inteiro"),
    ("# idle_timeout_s = 60", "idle_timeout_s = true", "screen.idle_timeout_s: tem de ser um número inteiro"),
    ('directory = "dados"', 'directory = "totem.toml"', "journal.directory: "),
    ('directory = "dados"', 'directory = ""', "journal.directory: o caminho não pode ficar vazio"),
    ('key_file = "segredos/diario.key"', 'key_file = "segredos"', "journal.key_file: "),
    ('key_file = "segredos/diario.key"', 'key_file = "totem.toml/k"', "é um arquivo, e tem de ser uma pasta"),
    ('directory = "dados"', "directory = 5", "journal.directory: tem de ser um caminho entre aspas"),
    ('driver = "network"', 'driver = "lpt"', 'printer.driver: tem de ser um destes: "network", "usb", "serial"'),
    ('host = "192.168.0.50"', 'host = "http://192.168.0.50"', "printer.host: escreva só o nome"),
    ('host = "192.168.0.50"', 'host = "192.168.0.500"', "printer.host: não é um endereço IP"),
    ('host = "192.168.0.50"', 'host = "192.168.0.50:9100"', "printer.host: escreva só o nome"),
    ("# port = 9100", "port = 70000", "printer.port: tem de ser no máximo 65535"),
    ('providers = ["sicredi"]', 'providers = ["banco"]', "pix.providers[#1]: tem de ser um destes"),
    ('providers = ["sicredi"]', 'providers = ["sicredi", "sicredi"]', "pix.providers: o mesmo banco aparece duas"),
    ("# screen_s = 180", "screen_s = 900", "pix.screen_s: não pode passar de expiry_s (600)"),
    ('environment = "homologation"', 'environment = "custom"', "pix.sicredi.base_url: falta o endereço"),
    ('# base_url = ""', 'base_url = "https://a.b"', "pix.sicredi.base_url: só vale com"),
    ('client_id = "troque-pelo-client-id-do-sicredi"', 'client_id = "a:b"', "client_id: não pode ter dois-pontos"),
    ('client_secret_file = "segredos/sicredi.secret"', "", "client_secret_file: falta dizer onde está o segredo"),
    (
        '# client_secret_env = "TOTEM_S',
        'client_secret_env = "TOTEM_S',
        "client_secret_file: escreva client_secret_file",
    ),
    ("# client_secret_env = ", "client_secret = ", "pix.sicredi.client_secret: chave desconhecida; você quis dizer"),
    ('"segredos/sicredi.cer"', '"segredos/nada.cer"', "pix.sicredi.certificate: o arquivo "),
    ('"segredos/sicredi.cer"', '"segredos"', "é uma pasta, e tem de ser um arquivo"),
    ("# public_roots = true", "public_roots = false", ""),
    ('pix_key = "11222333000181"', 'pix_key = "11222333000182"', "os dígitos verificadores do CNPJ não conferem"),
    ('# received = "v2"', 'received = "2"', 'pix.sicredi.versions.received: tem de ser "v" e um número'),
    ("# total_s = 30", "total_s = 0", "pix.sicredi.timeouts.total_s: tem de ser pelo menos 2"),
    ("# slowest_s = 6.0", "slowest_s = 1.5", "polling.slowest_s: não pode ser menor que first_s"),
    ("validity_days = 30", "validity_days = 0", "ticket.validity_days: tem de ser pelo menos 1"),
    ("[polling]", "[poling]", "poling: chave desconhecida; você quis dizer polling?"),
    ("[ticket.footer]", "[ticket.foter]", "ticket.foter: chave desconhecida; você quis dizer footer?"),
    ('file = "catalogue.toml"', 'file = "outro.toml"', "outro.toml: arquivo: não existe"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), [fault for fault in FAULTS if fault[2]])
def test_each_kind_of_fault_has_its_sentence_at_its_key(
    kiosk: Path, edit: Edit, old: str, new: str, sentence: str
) -> None:
    edit(old, new)
    fault = only_fault(kiosk)
    assert sentence in fault
    assert fault.startswith(str(kiosk.parent))


def test_a_folder_that_may_not_be_written_is_told(kiosk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, whom no permission stops.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    faults = faults_of(kiosk)
    assert faults == (
        f"{kiosk}: journal.directory: este usuário não pode escrever em {kiosk.parent}",
        f"{kiosk}: journal.key_file: este usuário não pode escrever em {kiosk.parent / 'segredos'}",
    )
    # Who only checks a journal writes nothing.
    assert load(kiosk, check_files=False).settings.kiosk.id == "LAVA01"


def test_without_public_roots_a_chain_is_needed(kiosk: Path, edit: Edit) -> None:
    edit("# public_roots = true", "public_roots = false")
    assert load(kiosk).settings.pix.sicredi is not None
    edit('ca = "segredos/sicredi-cadeia.cer"', "")
    assert "pix.sicredi.public_roots: com false, a cadeia do banco (ca) é obrigatória" in only_fault(kiosk)


def test_a_custom_bank_must_be_https(kiosk: Path, edit: Edit) -> None:
    edit(
        'environment = "homologation"\n# base_url = ""', 'environment = "custom"\nbase_url = "https://localhost:8443/"'
    )
    sicredi = load(kiosk).settings.pix.sicredi
    assert sicredi is not None
    assert sicredi.url == "https://localhost:8443"
    edit("https://localhost", "http://localhost")
    assert "só com https" in only_fault(kiosk)


@pytest.mark.parametrize("name", ["sicredi.secret", "sicredi.key"])
def test_a_secret_that_others_may_read_is_refused(kiosk: Path, name: str) -> None:
    secret = kiosk.parent / "segredos" / name
    secret.chmod(0o640)
    assert f'outros usuários podem ler {secret}; corrija com: chmod 600 "{secret}"' in only_fault(kiosk)


def test_a_missing_section_names_its_required_keys(kiosk: Path) -> None:
    text = kiosk.read_text(encoding="utf-8")
    start, end = text.index("[printer]"), text.index("[pix]")
    kiosk.write_text(text[:start] + text[end:], encoding="utf-8")
    assert only_fault(kiosk) == f"{kiosk}: printer: falta esta seção (com pelo menos: driver)"


def test_the_used_banks_section_must_be_there(kiosk: Path) -> None:
    text = kiosk.read_text(encoding="utf-8")
    start, end = text.index("[pix.sicredi]"), text.index("[polling]")
    kiosk.write_text(text[:start] + text[end:], encoding="utf-8")
    assert "pix.sicredi: falta a seção [pix.sicredi], porque providers contém sicredi" in only_fault(kiosk)


def test_all_faults_of_both_files_come_at_once(kiosk: Path, edit: Edit) -> None:
    edit('id = "LAVA01"', 'id = "lava 01"')
    edit("# idle_timeout_s = 60", "idle_timeout_s = 5")
    edit("# screen_s = 180", "screen_s = 900")
    edit('environment = "homologation"', 'environment = "custom"')
    edit('"segredos/sicredi.cer"', '"segredos/nada.cer"')
    edit("[polling]", "[poling]")
    catalogue = kiosk.parent / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace('"45,00"', '"45"').replace('"pneus"', '"aspiracao"'), encoding="utf-8")
    told = [(Path(file).name, key) for file, key, _ in (fault.split(": ", 2) for fault in faults_of(kiosk))]
    assert sorted(told) == [
        ("catalogue.toml", "service[aspiracao].id"),
        ("catalogue.toml", "service[lavagem-simples].price"),
        ("totem.toml", "kiosk.id"),
        ("totem.toml", "pix.screen_s"),
        ("totem.toml", "pix.sicredi.base_url"),
        ("totem.toml", "pix.sicredi.certificate"),
        ("totem.toml", "poling"),
        ("totem.toml", "screen.idle_timeout_s"),
    ]


# --- Where it is looked for -----------------------------------------------------------------------------------------


def test_the_command_line_beats_the_environment_and_that_the_usual_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, machine = tmp_path / "user.toml", tmp_path / "machine.toml"
    monkeypatch.setattr(places, "usual_places", lambda: (user, machine))
    assert places.find(None, {}) == user
    machine.touch()
    assert places.find(None, {}) == machine
    user.touch()
    assert places.find(None, {}) == user
    assert places.find(None, {places.VARIABLE: "outro.toml"}) == Path("outro.toml")
    assert places.find(Path("este.toml"), {places.VARIABLE: "outro.toml"}) == Path("este.toml")
