"""`totem secrets` as a shell sees it: every form of a bank's files, every fault's sentence, and no secret anywhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from providers.http.material import ClientMaterial, MaterialFault, MaterialRefused, read_identity
from tests.support.authority import leaf
from tests.support.material import PASSWORD, Material, material, signed
from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem.bootstrap.material_words import one_sentence
from totem.config.loader import load
from totem.config.secrets import SecretStore, open_store
from totem.config.secrets_format import Kind
from totem.config.secrets_key import People

SECRET = "segredo-do-banco-4711"


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


@pytest.fixture(scope="module", name="bank")
def _bank() -> Material:
    return material()


def totem(kiosk: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """One command as a process of its own, with `given` on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "totem", "--config", str(kiosk), *words],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        input=given,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


class Desk:
    """The commands in this process, and a folder with the bank's files."""

    def __init__(self, kiosk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.kiosk = kiosk
        self.folder = kiosk.parent
        self._capsys = capsys
        self.answers: list[str] = []
        monkeypatch.setattr("totem.bootstrap.secrets_commands.ask_hidden", lambda prompt: self.answers.pop(0))

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code, and all that was said."""
        code = cli.main(["--config", str(self.kiosk), *words])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def put(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def bring(self, *files: str, bank: str = "sicredi") -> tuple[int, str]:
        return self.run("secrets", "import", *files, "--bank", bank)

    def refused(self, *files: str, bank: str = "sicredi") -> str:
        before = self.store().kinds()
        code, said = self.bring(*files, bank=bank)
        assert code == 1, said
        assert said.startswith("totem: PIX-002: "), said
        assert said.count("\n") == 1
        assert self.store().kinds() == before
        return said

    def store(self) -> SecretStore:
        return open_store(load(self.kiosk, check_files=False).settings.secrets_place, People())


@pytest.fixture(name="desk")
def _desk(kiosk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = Desk(kiosk, monkeypatch, capsys)
    code, _ = desk.run("secrets", "init")
    assert code == 0
    return desk


# --- as processes, and no secret in what they leave -------------------------------------------------------------------


def test_no_secret_is_in_output_process_list_or_files(kiosk: Path) -> None:
    assert totem(kiosk, "secrets", "init").returncode == 0
    running = subprocess.Popen(
        [sys.executable, "-m", "totem", "--config", str(kiosk), "secrets", "set", "sicredi.client_secret"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin is not None
    running.stdin.write(SECRET.encode())
    running.stdin.flush()
    shown = [Path(f"/proc/{running.pid}/{name}") for name in ("cmdline", "environ")]
    seen = b"".join(path.read_bytes() for path in shown if path.exists())
    out, err = running.communicate(b"\n", timeout=60)
    assert running.returncode == 0, err
    listed = totem(kiosk, "secrets", "list")
    assert "sicredi.client_secret  segredo" in listed.stdout
    everything = [seen, out, err, listed.stdout.encode(), listed.stderr.encode()]
    everything += [path.read_bytes() for path in kiosk.parent.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in piece for piece in everything)
    place = load(kiosk).settings.secrets_place
    assert open_store(place, People()).get("sicredi.client_secret", Kind.SECRET) == SECRET.encode()


def test_a_value_on_the_command_line_is_a_usage_error(kiosk: Path) -> None:
    done = totem(kiosk, "secrets", "set", "sicredi.client_secret", SECRET)
    assert done.returncode == 2
    assert not (kiosk.parent / "dados" / "secrets.json").exists()


def test_a_password_of_a_file_is_asked_and_never_told(kiosk: Path, bank: Material) -> None:
    assert totem(kiosk, "secrets", "init").returncode == 0
    (kiosk.parent / "conta.pfx").write_bytes(bank.pfx())
    words = ("secrets", "import", str(kiosk.parent / "conta.pfx"), "--bank", "inter")
    wrong = totem(kiosk, *words, given="errada\n")
    assert wrong.returncode == 1
    assert "a senha não abre este arquivo; confira a senha e repita" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert "errada" not in wrong.stdout + wrong.stderr
    right = totem(kiosk, *words, given=f"{PASSWORD}\n")
    assert right.returncode == 0, right.stderr
    assert "Raiz de teste" in right.stdout
    assert PASSWORD not in right.stdout + right.stderr
    data = (kiosk.parent / "dados" / "secrets.json").read_bytes()
    assert b"PRIVATE KEY" not in data


def test_a_broken_store_says_so_without_a_traceback(kiosk: Path) -> None:
    for sentence, spoil in (
        ("não há cofre em", lambda store: None),
        ("danificado", lambda store: store.write_bytes(b"{}")),
    ):
        store = kiosk.parent / "dados" / "secrets.json"
        store.parent.mkdir(exist_ok=True)
        spoil(store)
        if store.exists():
            store.chmod(0o600)
        done = totem(kiosk, "secrets", "list")
        assert done.returncode == 1
        assert done.stderr.startswith("totem: CFG-001: ")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1


# --- set, list, remove ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [(b"", "está vazio"), (b" \n", "está vazio"), (b"a\nb\n", "quebra de linha"), (b"\xff", "UTF-8")],
)
def test_a_value_that_cannot_be_one_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, given: bytes, sentence: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    code, said = desk.run("secrets", "set", "a")
    assert code == 1
    assert sentence in said
    assert desk.run("secrets", "list") == (0, "O cofre está vazio.\n")


def test_a_stored_key_is_not_overwritten_by_a_typed_value(desk: Desk) -> None:
    desk.store().put("sicredi.key", Kind.KEY, b"x")
    code, said = desk.run("secrets", "set", "sicredi.key")
    assert code == 1
    assert "troque-o com totem secrets import" in said
    assert desk.store().get("sicredi.key", Kind.KEY) == b"x"


def test_an_entry_is_removed_once(desk: Desk) -> None:
    desk.store().put("a.b", Kind.SECRET, b"x")
    assert desk.run("secrets", "remove", "a.b") == (0, "a.b apagado do cofre.\n")
    code, said = desk.run("secrets", "remove", "a.b")
    assert code == 1
    assert "não há a.b no cofre" in said


# --- every form of a bank's files -------------------------------------------------------------------------------------


def check_stored(desk: Desk, bank: Material, name: str) -> None:
    store = desk.store()
    identity = read_identity(
        ClientMaterial(
            store.get(f"{name}.certificate", Kind.CERTIFICATE),
            store.get(f"{name}.key", Kind.KEY),
            store.find(f"{name}.ca", Kind.CHAIN),
            name=name,
        ),
        datetime.now(UTC),
    )
    assert identity.chain == (bank.client.certificate, bank.middle.certificate)
    assert bank.root.certificate in identity.authorities


FORMS = {
    "pem": lambda bank: {"a.crt": bank.client.pem, "a.key": bank.key(), "c.pem": bank.chain_pem},
    "der": lambda bank: {
        "a.cer": bank.client.der,
        "a.key": bank.key(encoding=Encoding.DER),
        "c.p7b": bank.p7b(Encoding.DER),
    },
    "p7b": lambda bank: {"a.cer": bank.client.der, "a.key": bank.key(), "c.p7b": bank.p7b(Encoding.PEM)},
    "pfx": lambda bank: {"a.pfx": bank.pfx()},
    "locked pem": lambda bank: {"a.cer": bank.client.pem + bank.chain_pem, "a.key": bank.key(locked=True)},
    "locked der": lambda bank: {
        "a.key": bank.key(encoding=Encoding.DER, locked=True),
        "a.cer": bank.chain_pem + bank.client.pem,
    },
    "all in one": lambda bank: {"tudo.pem": bank.client.pem + bank.key() + bank.chain_pem},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["sicredi", "inter"])
def test_every_form_is_read(desk: Desk, bank: Material, form: str, name: str) -> None:
    files = [desk.put(file, data) for file, data in FORMS[form](bank).items()]
    desk.answers = [PASSWORD]
    code, said = desk.bring(*files, bank=name)
    assert code == 0, said
    assert f'material_store = "{name}"' in said
    assert len(desk.answers) == (0 if form in {"pfx", "locked pem", "locked der"} else 1)
    check_stored(desk, bank, name)


def test_the_chain_may_come_later_and_a_certificate_may_be_renewed(desk: Desk, bank: Material) -> None:
    pair = [desk.put("a.crt", bank.client.pem), desk.put("a.key", bank.key())]
    code, said = desk.bring(*pair, bank="inter")
    assert code == 0
    assert "aviso: falta na cadeia o certificado de “Intermediária de teste”" in said
    assert desk.bring(desk.put("c.pem", bank.chain_pem), bank="inter")[0] == 0
    check_stored(desk, bank, "inter")
    renewed = signed(bank.client.key.public_key(), bank.middle)
    code, said = desk.bring(desk.put("novo.cer", renewed.public_bytes(Encoding.PEM)), bank="inter")
    assert code == 0, said
    assert "conta assinada" in said
    assert "aviso" not in said


def test_a_chain_may_be_left_out_only_when_it_is_said(desk: Desk, bank: Material) -> None:
    pair = [desk.put("a.crt", bank.client.pem), desk.put("a.key", bank.key())]
    assert "falta na cadeia o certificado de “Intermediária de teste”, que assinou “conta de teste”" in desk.refused(
        *pair
    )
    half = desk.put("c.pem", bank.middle.pem)
    assert "falta na cadeia o certificado de “Raiz de teste”" in desk.refused(*pair, half)
    assert desk.run("secrets", "import", *pair, "--bank", "sicredi", "--no-chain")[0] == 0


# --- every fault's sentence -------------------------------------------------------------------------------------------


def test_faults_of_pairs_have_their_sentences(desk: Desk, bank: Material) -> None:
    certificate, key = desk.put("a.crt", bank.client.pem), desk.put("a.key", bank.key())
    chain = desk.put("c.pem", bank.chain_pem)
    other = desk.put("b.key", leaf("outro", bank.middle, server=False).key_pem)
    assert "não são um par; use a chave com que o pedido (CSR) se fez" in desk.refused(certificate, other, chain)
    assert "falta a chave deste certificado" in desk.refused(certificate, chain)
    assert "falta o certificado desta chave" in desk.refused(key)
    assert "só há autoridades nestes arquivos" in desk.refused(key, chain)


def test_faults_of_files_have_their_sentences(desk: Desk, bank: Material) -> None:
    assert "o arquivo não existe" in desk.refused(str(desk.folder / "nada.cer"))
    assert "não pode ser lido" in desk.refused(str(desk.folder))
    assert "o arquivo está vazio" in desk.refused(desk.put("a.cer", b" "))
    assert "não há nele um certificado" in desk.refused(desk.put("a.cer", b"lixo"))
    assert "não há nele uma chave" in desk.refused(desk.put("a.key", b"lixo"))
    assert "grande demais" in desk.refused(desk.put("a.cer", b"x" * 1_000_001))
    broken = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert "não há nele uma chave" in desk.refused(desk.put("a.pem", broken))
    desk.answers = ["errada", "errada", "errada"]
    for name, data in (
        ("a.pfx", bank.pfx()),
        ("a.key", bank.key(locked=True)),
        ("d.key", bank.key(encoding=Encoding.DER, locked=True)),
    ):
        assert "a senha não abre este arquivo" in desk.refused(desk.put(name, data))


@pytest.mark.parametrize(
    ("begins_days", "days", "sentence"), [(-400, 365, "venceu em"), (2, 365, "só vale a partir de")]
)
def test_dates_have_their_sentences(desk: Desk, bank: Material, begins_days: int, days: int, sentence: str) -> None:
    begins = datetime.now(UTC) + timedelta(days=begins_days)
    wrong = signed(bank.client.key.public_key(), bank.middle, begins=begins, days=days)
    files = [desk.put("a.crt", wrong.public_bytes(Encoding.PEM)), desk.put("a.key", bank.key())]
    assert sentence in desk.refused(*files, desk.put("c.pem", bank.chain_pem))


@pytest.mark.parametrize(("days", "warned"), [(29.5, True), (40, False)])
def test_a_certificate_near_its_end_is_taken_with_a_warning(
    desk: Desk, bank: Material, days: float, warned: bool
) -> None:
    near = signed(bank.client.key.public_key(), bank.middle, begins=datetime.now(UTC), days=days)
    files = [desk.put("a.crt", near.public_bytes(Encoding.PEM)), desk.put("a.key", bank.key())]
    code, said = desk.bring(*files, desk.put("c.pem", bank.chain_pem))
    assert code == 0
    assert ("aviso: o certificado vence em 29 dias" in said) is warned


def test_every_fault_of_material_has_its_sentence() -> None:
    sentences = {one_sentence(MaterialRefused(fault, "x", date="2026-01-01")) for fault in MaterialFault}
    assert len(sentences) == len(MaterialFault)


# --- use --------------------------------------------------------------------------------------------------------------


def test_use_changes_the_banks_keys_and_no_other_line(desk: Desk, bank: Material) -> None:
    before = desk.kiosk.read_text(encoding="utf-8")
    code, said = desk.run("secrets", "use", "--bank", "sicredi")
    assert code == 1
    assert "o cofre não tem nada do Sicredi" in said
    assert desk.run("secrets", "use", "--bank", "inter") == (
        1,
        f"totem: {desk.kiosk} não tem a seção [pix.inter]; copie-a do exemplo e repita\n",
    )
    desk.store().put("sicredi.client_secret", Kind.SECRET, SECRET.encode())
    assert desk.bring(desk.put("tudo.pem", bank.client.pem + bank.key() + bank.chain_pem))[0] == 0
    assert desk.run("secrets", "use", "--bank", "sicredi")[0] == 0
    after = desk.kiosk.read_text(encoding="utf-8")
    assert desk.kiosk.with_name("totem.toml.anterior").read_text(encoding="utf-8") == before
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert changed == [
        'client_secret_store = "sicredi.client_secret"',
        'material_store = "sicredi"',
        '# client_secret_file = "segredos/sicredi.secret"',
        '# certificate = "segredos/sicredi.cer"',
        '# key = "segredos/sicredi.key"',
        '# ca = "segredos/sicredi-cadeia.cer"',
    ]
    sicredi = load(desk.kiosk).settings.pix.sicredi
    assert sicredi is not None
    assert (sicredi.material_store, sicredi.certificate) == ("sicredi", None)


def test_use_leaves_a_file_alone_that_it_cannot_edit_by_lines(desk: Desk) -> None:
    text = desk.kiosk.read_text(encoding="utf-8")
    spread = text.replace(
        'client_secret_file = "segredos/sicredi.secret"', 'client_secret_file = """\\\nsegredos/sicredi.secret"""'
    )
    assert spread != text
    desk.kiosk.write_text(spread, encoding="utf-8")
    desk.store().put("sicredi.client_secret", Kind.SECRET, SECRET.encode())
    code, said = desk.run("secrets", "use", "--bank", "sicredi")
    assert code == 1
    assert "escreva as chaves à mão" in said
    assert desk.kiosk.read_text(encoding="utf-8") == spread
    assert not any(path.name.startswith("tmp") for path in desk.folder.iterdir())
