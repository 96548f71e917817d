"""Inter's dialect of Bacen's API on real TLS: token by form, `/pix/v2`, the account's header, the sandbox's payment."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from providers.http.material import ClientMaterial
from providers.pix.inter import (
    INTER_SCOPES,
    PRODUCTION,
    SANDBOX,
    InterPayoutSettings,
    InterSettings,
    open_inter,
    pay_in_sandbox,
)
from tests.support.inter_wire import KEY, SECRET, InterWorld, inter_world, told
from tests.support.json_schema import faults_of
from tests.support.manual_clock import ManualClock
from tests.support.raw_server import answer
from totem.domain.errors import (
    ChargeNotFound,
    ConfigError,
    CredentialsRefused,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RequestRefused,
    ScopeMissing,
)
from totem.domain.money import Money
from totem.domain.ports import ChargeRequest, ChargeStatus, PixProvider, RefundStatus

TXID = "TOTEM01" + "a" * 25
E2E = "E00416968202611221201kkkkkkkkkkk"
REQUEST = ChargeRequest(TXID, Money(45_00), 300, "Lavagem completa", (("Totem", "01"),))
PUBLISHED = json.loads((Path(__file__).parent.parent / "recorded" / "bacen_pix_2_9_0.json").read_text())["schemas"]
PIX = {"endToEndId": E2E, "txid": TXID, "valor": "45.00", "horario": "2026-11-22T12:01:00.358Z", "devolucoes": None}
COB: dict[str, Any] = {
    "txid": TXID,
    "status": "ATIVA",
    "calendario": {"criacao": "2026-11-22T12:00:00.000Z", "expiracao": 300},
    "revisao": 0,
    "valor": {"original": "45.00", "modalidadeAlteracao": 0},
    "chave": KEY,
    "location": "spi-qrcode.bancointer.com.br/spi/pj/v2/abc",
    "pixCopiaECola": "000201...",
}
NOT_FOUND = {
    "type": "https://pix.bcb.gov.br/api/v2/error/NaoEncontrado",
    "title": "Não Encontrado",
    "status": 404,
    "detail": "Entidade não encontrada.",
}


def settings_with(**changes: Any) -> InterSettings:
    nowhere = Path("nowhere")
    return replace(InterSettings("integration", SECRET, nowhere, nowhere, None, KEY), **changes)


async def opened(world: InterWorld) -> PixProvider:
    return await open_inter(world.settings, world.clock)


async def test_a_charge_goes_to_inters_paths_with_a_token_by_form(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told(COB, 201), told({**COB, "status": "CONCLUIDA", "pix": [PIX]})) as world:
        provider = await opened(world)
        charge = await provider.create_charge(REQUEST)
        assert (charge.txid, charge.amount, charge.copia_e_cola) == (TXID, Money(45_00), "000201...")
        paid = await provider.get_charge(TXID)
        assert (paid.status, [pix.end_to_end_id for pix in paid.payments]) == (ChargeStatus.COMPLETED, [E2E])
        await provider.close()
    (token,) = world.doors.tokens
    assert (token.method, "authorization" in token.headers) == ("POST", False)
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert token.form() == {
        "client_id": ["integration"],
        "client_secret": [SECRET],
        "grant_type": ["client_credentials"],
        "scope": ["cob.read cob.write pix.read pix.write payloadlocation.read"],
    }
    put, get = world.doors.calls
    assert (put.method, put.path) == ("PUT", f"/pix/v2/cob/{TXID}")
    assert (get.method, get.path) == ("GET", f"/pix/v2/cob/{TXID}")
    assert put.headers["authorization"] == get.headers["authorization"] == "Bearer T1"
    assert "x-conta-corrente" not in put.headers
    assert faults_of(put.json(), PUBLISHED["CobSolicitada"]) == []
    assert put.json()["chave"] == KEY


async def test_cancel_refund_and_received(tmp_path: Path) -> None:
    refund = {"id": "R1", "rtrId": "D" * 32, "valor": "45.00", "status": "EM_PROCESSAMENTO", "horario": {}}
    page = {"parametros": {"paginacao": {"quantidadeDePaginas": 1}}, "pix": [{**PIX, "devolucoes": [refund]}]}
    answers = (
        told({**COB, "status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"}),
        told(refund, 201),
        told({**refund, "status": "DEVOLVIDO"}),
        told(page),
    )
    async with inter_world(tmp_path, *answers) as world:
        provider = await opened(world)
        assert (await provider.cancel_charge(TXID)).status is ChargeStatus.REMOVED_BY_RECEIVER
        assert (await provider.refund(E2E, "R1", Money(45_00))).status is RefundStatus.PROCESSING
        assert (await provider.get_refund(E2E, "R1")).status is RefundStatus.DONE
        now = world.clock.now()
        (pix,) = [item async for item in provider.received(now - timedelta(hours=1), now)]
        assert (pix.txid, [item.refund_id for item in pix.refunds]) == (TXID, ["R1"])
        await provider.close()
    removal, give_back, asked, listed = world.doors.calls
    assert (removal.method, removal.path) == ("PATCH", f"/pix/v2/cob/{TXID}")
    assert faults_of(removal.json(), PUBLISHED["CobRevisada"]) == []
    assert (give_back.method, give_back.path) == ("PUT", f"/pix/v2/pix/{E2E}/devolucao/R1")
    assert faults_of(give_back.json(), PUBLISHED["DevolucaoSolicitada"]) == []
    assert (asked.method, asked.path) == ("GET", give_back.path)
    assert listed.path.startswith("/pix/v2/pix?inicio=")


async def test_the_account_is_named_only_where_it_is_set(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told(COB), account="13525622") as world:
        provider = await opened(world)
        await provider.get_charge(TXID)
        await provider.close()
    assert [call.headers["x-conta-corrente"] for call in world.doors.calls] == ["13525622"]
    assert "x-conta-corrente" not in world.doors.tokens[0].headers


async def test_a_txid_that_the_specification_forbids_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """The owner's script takes `str(uuid.uuid4())[:35]`: hyphens, which no bank accepts."""
    txid = str(uuid.UUID(int=7))[:35]
    async with inter_world(tmp_path, told(COB)) as world:
        provider = await opened(world)
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: provider.create_charge(replace(REQUEST, txid=txid)),
            lambda: provider.get_charge(txid),
            lambda: provider.cancel_charge(txid),
            lambda: pay_in_sandbox(world.settings, world.clock, txid, Money(45_00)),
        ]
        for call in calls:
            with pytest.raises(RequestRefused, match="txid: must be 26 to 35 letters and digits") as caught:
                await call()
            assert (caught.value.outcome, caught.value.kind) == (Outcome.NOT_SENT, "Local")
        await provider.close()
    assert (world.doors.calls, world.doors.tokens) == ([], [])


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (told(NOT_FOUND, 404), ChargeNotFound),
        (answer(404, b"page not found", content_type="text/plain"), OutcomeUnknown),
        (told({"title": "Servico Indisponivel", "status": 503}, 503), OutcomeUnknown),
    ],
)
async def test_only_the_banks_own_404_is_absence(tmp_path: Path, reply: bytes, kind: type[ProviderError]) -> None:
    async with inter_world(tmp_path, reply) as world:
        provider = await opened(world)
        with pytest.raises(kind):
            await provider.get_charge(TXID)
        await provider.close()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error_title": "No registered scope value for this client has been requested"}, ScopeMissing),
        ({"error": "invalid_scope"}, ScopeMissing),
        ({"title": "Acesso negado", "status": "401", "detail": "Login/senha inválido."}, CredentialsRefused),
    ],
)
async def test_a_permission_that_is_missing_is_told_from_a_wrong_secret(
    tmp_path: Path, body: dict[str, str], kind: type[ProviderError]
) -> None:
    async with inter_world(tmp_path, told(COB)) as world:
        world.doors.token = told(body, 401)
        provider = await opened(world)
        with pytest.raises(kind) as caught:
            await provider.create_charge(REQUEST)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert SECRET not in str(caught.value)
        await provider.close()
    assert world.doors.calls == []
    asked = [" ".join(INTER_SCOPES) in token.form()["scope"][0] for token in world.doors.tokens]
    # Once more without the wish, and no more than that.
    assert asked == ([True, True] if kind is ScopeMissing else [True])


async def test_a_pfx_in_memory_opens_the_door_as_well(tmp_path: Path) -> None:
    """Inter hands out .crt and .key; many owners keep them as one .pfx."""
    async with inter_world(tmp_path, told(COB)) as world:
        certificate = x509.load_pem_x509_certificate((tmp_path / "inter.crt").read_bytes())
        key = load_pem_private_key((tmp_path / "inter.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        pfx = pkcs12.serialize_key_and_certificates(b"inter", key, certificate, None, BestAvailableEncryption(b"1234"))
        ca = (tmp_path / "ca.pem").read_bytes()
        material = ClientMaterial(ca=ca, public_roots=False, key_password="1234", pfx=pfx)
        provider = await open_inter(replace(world.settings, certificate=None, key=None, material=material), world.clock)
        assert (await provider.get_charge(TXID)).txid == TXID
        await provider.close()


async def test_the_sandbox_pays_a_charge(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told({"e2e": E2E}, 201), account="13525622") as world:
        await pay_in_sandbox(world.settings, world.clock, TXID, Money(1_234_05))
    (call,) = world.doors.calls
    assert (call.method, call.path) == ("POST", f"/pix/v2/cob/pagar/{TXID}")
    assert call.body == b'{"valor": 1234.05}'
    assert call.headers["content-type"] == "application/json"
    assert world.doors.tokens[0].form()["scope"] == ["pix.write"]


async def test_the_sandboxs_refusal_is_told(tmp_path: Path) -> None:
    problem = {"title": "Dados inválidos.", "detail": "Cobrança já paga.", "timestamp": "2026-01-01T00:00:00-03:00"}
    async with inter_world(tmp_path, told(problem, 400)) as world:
        with pytest.raises(RequestRefused, match="Cobrança já paga"):
            await pay_in_sandbox(world.settings, world.clock, TXID, Money(1))


async def test_production_has_no_call_that_pays_a_charge() -> None:
    with pytest.raises(ConfigError, match="production"):
        await pay_in_sandbox(settings_with(), ManualClock(), TXID, Money(1))


@pytest.mark.parametrize(
    ("is_sandbox", "own", "told_calls"), [(False, None, 120), (True, None, 10), (False, 40, 40), (True, 5, 5)]
)
async def test_the_limit_of_calls_goes_by_the_address_unless_set(
    tmp_path: Path, is_sandbox: bool, own: int | None, told_calls: int
) -> None:
    address = SANDBOX if is_sandbox else PRODUCTION
    async with inter_world(tmp_path, told(COB), base_url=address, calls_per_minute=own) as world:
        provider = await opened(world)  # nothing is sent
        assert provider.capabilities.calls_per_minute == told_calls
        assert provider.name == "inter"
        assert (provider.capabilities.can_refund, provider.capabilities.can_list_received) == (True, True)
        await provider.close()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"base_url": "http://cdpj.partners.bancointer.com.br"}, "base_url"),
        ({"base_url": PRODUCTION + "/pix"}, "base_url"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"pix_key": ""}, "pix_key"),
        ({"account": "013"}, "account"),
        ({"account": "13525-6"}, "account"),
        ({"calls_per_minute": 0}, "calls_per_minute"),
        ({"payout": InterPayoutSettings(path="banking")}, "payout.path"),
        ({"payout": InterPayoutSettings(path="/banking/v2/pix?x=1")}, "payout.path"),
        ({"payout": InterPayoutSettings(sends_per_minute=0)}, "payout.sends_per_minute"),
        ({"payout": InterPayoutSettings(queries_per_minute=-1)}, "payout.queries_per_minute"),
        ({"payout": InterPayoutSettings(gap_s=-0.1)}, "payout.gap_s"),
        ({"public_roots": False}, "ca"),
        ({"key": None}, "certificate"),
        ({"material": ClientMaterial(b"", b"", public_roots=False)}, "ca"),
    ],
)
async def test_every_setting_is_judged(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await open_inter(settings_with(**change), ManualClock())
    assert [line.split(":")[1].strip() for line in caught.value.faults] == [fault]


def test_settings_hide_the_secret() -> None:
    assert SECRET not in repr(settings_with())
