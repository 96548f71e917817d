"""The simulated SISP's pages: card, conversion, the issuer's 3DS step, and the form that posts the answer by itself.

Each says by `<meta name="step">` what it waits for, and its fields and keys bear ids, so that a driver finds them by
sight or by script. No page loads anything from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

_STYLE: Final = """
body{font-family:sans-serif;margin:0;background:#f3f5f8;color:#12243a}
main{max-width:760px;margin:0 auto;padding:32px}
h1{font-size:34px;margin:0 0 8px}p{font-size:24px;line-height:1.35}
input,button{font-family:inherit}
label{display:block;font-size:22px;margin:22px 0 6px}
input{font-size:34px;padding:16px;width:100%;box-sizing:border-box;border:2px solid #5b6b80;border-radius:8px}
button{font-size:30px;padding:22px;width:100%;margin-top:22px;border:0;border-radius:8px;background:#004b93;color:#fff}
button.quiet{background:#fff;color:#12243a;border:2px solid #5b6b80}
.row{display:flex;gap:24px}.row>div{flex:1}.wrong{color:#b00020;font-weight:bold}
.sim{background:#ffd54f;padding:8px 32px}
"""
_WORDS: Final = {
    "pt": {
        "sim": "SIMULAÇÃO: não escreva um cartão verdadeiro",
        "title": "Pagamento com cartão",
        "pan": "Número do cartão",
        "expiry": "Validade (MM/AA)",
        "cvc": "Código de segurança",
        "pay": "Pagar",
        "cancel": "Cancelar",
        "wrong": "Confira os dados do cartão.",
        "dcc": "Pagar na moeda do seu cartão?",
        "dcc_yes": "Sim, em",
        "dcc_no": "Não, em escudos",
        "otp": "Código enviado pelo seu banco",
        "confirm": "Confirmar",
        "wait": "Um momento, por favor.",
        "done": "Pagamento concluído. Obrigado.",
    },
    "en": {
        "sim": "SIMULATION: do not type a real card",
        "title": "Card payment",
        "pan": "Card number",
        "expiry": "Expiry (MM/YY)",
        "cvc": "Security code",
        "pay": "Pay",
        "cancel": "Cancel",
        "wrong": "Please check the card's data.",
        "dcc": "Pay in your card's own currency?",
        "dcc_yes": "Yes, in",
        "dcc_no": "No, in escudos",
        "otp": "Code sent by your bank",
        "confirm": "Confirm",
        "wait": "One moment, please.",
        "done": "Payment complete. Thank you.",
    },
    "fr": {
        "sim": "SIMULATION : ne saisissez pas de vraie carte",
        "title": "Paiement par carte",
        "pan": "Numéro de carte",
        "expiry": "Expiration (MM/AA)",
        "cvc": "Code de sécurité",
        "pay": "Payer",
        "cancel": "Annuler",
        "wrong": "Vérifiez les données de la carte.",
        "dcc": "Payer dans la devise de votre carte ?",
        "dcc_yes": "Oui, en",
        "dcc_no": "Non, en escudos",
        "otp": "Code envoyé par votre banque",
        "confirm": "Confirmer",
        "wait": "Un instant, s'il vous plaît.",
        "done": "Paiement effectué. Merci.",
    },
}


def card_page(language: str, token: str, amount: int, *, wrong: bool = False) -> bytes:
    words = _WORDS[language]
    told = f'<p class="wrong">{words["wrong"]}</p>' if wrong else ""
    body = f"""<h1>{words["title"]}</h1><p>{amount:,} CVE</p>{told}
<form method="post" action="/BizMPIOnUsSisp/Card" autocomplete="off"><input type="hidden" name="token" value="{token}">
<label for="card-number">{words["pan"]}</label><input id="card-number" name="pan" inputmode="numeric" maxlength="23">
<div class="row"><div><label for="card-expiry">{words["expiry"]}</label>
<input id="card-expiry" name="expiry" inputmode="numeric" maxlength="5"></div>
<div><label for="card-code">{words["cvc"]}</label>
<input id="card-code" name="cvc" inputmode="numeric" maxlength="4"></div></div>
<button id="pay" name="do" value="pay">{words["pay"]}</button>
<button id="cancel" name="do" value="cancel" class="quiet">{words["cancel"]}</button></form>"""
    return _page(language, "card", body)


def dcc_page(language: str, token: str, offer: str) -> bytes:
    words = _WORDS[language]
    body = f"""<h1>{words["dcc"]}</h1>
<form method="post" action="/BizMPIOnUsSisp/Dcc"><input type="hidden" name="token" value="{token}">
<button id="dcc-yes" name="do" value="yes">{words["dcc_yes"]} {escape(offer)}</button>
<button id="dcc-no" name="do" value="no" class="quiet">{words["dcc_no"]}</button></form>"""
    return _page(language, "dcc", body)


def otp_page(language: str, token: str, hint: str, *, wrong: bool = False) -> bytes:
    """The issuer's own page, at another host."""
    words = _WORDS[language]
    told = f'<p class="wrong">{words["wrong"]}</p>' if wrong else ""
    body = f"""<h1>3-D Secure</h1><p>{words["otp"]} ({hint})</p>{told}
<form method="post" action="/acs/answer" autocomplete="off"><input type="hidden" name="token" value="{token}">
<label for="otp">{words["otp"]}</label><input id="otp" name="otp" inputmode="numeric" maxlength="8">
<button id="confirm" name="do" value="confirm">{words["confirm"]}</button>
<button id="cancel" name="do" value="cancel" class="quiet">{words["cancel"]}</button></form>"""
    return _page(language, "otp", body)


def going_page(language: str, action: str, fields: Mapping[str, str]) -> bytes:
    """A form that posts itself."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    body = f"""<p>{_WORDS[language]["wait"]}</p>
<form id="going" method="post" action="{escape(action)}">{inputs}</form>
<script>document.getElementById("going").submit()</script>"""
    return _page(language, "going", body)


def end_page(language: str) -> bytes:
    return _page(language, "end", f"<h1>{_WORDS[language]['done']}</h1>")


def refused_page(told: str) -> bytes:
    return _page("pt", "refused", f'<h1>Pedido inválido</h1><p class="wrong">{escape(told)}</p>')


def _page(language: str, step: str, body: str) -> bytes:
    words = _WORDS[language]
    return f"""<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><meta name="step" content="{step}">
<meta name="viewport" content="width=device-width"><title>{words["title"]}</title><style>{_STYLE}</style></head>
<body><div class="sim">{words["sim"]}</div><main>{body}</main></body></html>""".encode()
