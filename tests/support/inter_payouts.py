"""One Pix out through Banco Inter's doors of a test: what goes in, and what the bank may say."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from providers.pix.inter_payout import InterPayer, open_inter_payer
from tests.support.inter_wire import InterWorld, inter_world
from totem.domain.errors import ProviderError
from totem.domain.money import Money
from totem.domain.ports import PayoutRequest

CODE = "c42f0787-02cb-4b31-827e-459ec9d7ece1"
E2E = "E00416968202309302034aqtneKsYCqs"
REQUEST = PayoutRequest(str(uuid.UUID(int=5)), Money(45_10), "cliente@example.com", "Devolução totem 01")
SENT = {
    "tipoRetorno": "PROCESSADO",
    "codigoSolicitacao": CODE,
    "dataPagamento": "2026-11-22",
    "dataOperacao": "2026-11-22",
}
INVALID = {
    "title": "Dados inválidos.",
    "detail": "Verifique se os dados informados estão de acordo com a documentação.",
    "timestamp": "2023-01-01T00:00:00.000000000-03:00",
    "violacoes": [{"razao": "O valor não pode ser nulo.", "propriedade": "valor"}],
}
NOT_FOUND = {"title": "Não Encontrado.", "status": "404", "detail": "Entidade não encontrada."}
DENIED = {"title": "Acesso Negado", "status": "403", "detail": "Viola alguma regra de autorização."}


def query(status: str | None, **changes: Any) -> dict[str, Any]:
    transaction = {"valor": 45.1, "status": status, "codigoSolicitacao": CODE, "erros": [], **changes}
    return {"transacaoPix": transaction, "historico": [{"status": "CRIADO"}]}


async def payer_of(world: InterWorld) -> InterPayer:
    return await open_inter_payer(world.settings, world.clock)


async def send(tmp_path: Path, *answers: bytes, **changes: Any) -> tuple[InterWorld, Any]:
    """The payout, or the error, of one send."""
    async with inter_world(tmp_path, *answers, **changes) as world:
        payer = await payer_of(world)
        try:
            return world, await payer.send_pix(REQUEST)
        except ProviderError as exc:
            return world, exc
        finally:
            await payer.close()


async def ask(tmp_path: Path, reply: bytes) -> Any:
    async with inter_world(tmp_path, reply) as world:
        payer = await payer_of(world)
        try:
            return await payer.get_payout(CODE)
        except ProviderError as exc:
            return exc
        finally:
            await payer.close()
