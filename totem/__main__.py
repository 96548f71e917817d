"""`totem`: the command line. Each command imports what it needs when it runs, so that `totem brcode` starts at once.

Exit codes: 0 all right; 1 a check failed; 2 wrong command or configuration; 3 another totem runs, or the system lacks
a library or a display; 75 a technician wants it started anew (service units look at it); 130 interrupted by Ctrl+C.
"""

# ruff: noqa: PLC0415 - imports inside the commands are this file's purpose.

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from totem.bootstrap import arguments, credential_arguments, journal_arguments, print_arguments, technician_arguments
from totem.bootstrap.crash import crashes_told, tell
from totem.bootstrap.redaction import redact
from totem.domain.errors import AlreadyRunning, ConfigError, TotemError, Trouble

OK, FAILED, USAGE, UNAVAILABLE, INTERRUPTED = 0, 1, arguments.USAGE, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a usage error leaves by SystemExit(2), as argparse does."""
    _never_fail_on_a_letter()
    parser = arguments.build()
    chosen = parser.parse_args(argv)
    command = _COMMANDS[chosen.command]
    if chosen.training and chosen.command:
        return _say(f"--training não vale com {chosen.command}", USAGE)
    if chosen.command not in _WITH_CONFIG and (chosen.config or chosen.windowed):
        return _say(f"--config e --windowed não valem com {chosen.command}", USAGE)
    with crashes_told():
        try:
            return _run(command, chosen)
        except Exception as error:  # noqa: BLE001 - Python would print it with all its words
            tell(error)
            return FAILED


def _run(command: Callable[[argparse.Namespace], int], chosen: argparse.Namespace) -> int:
    try:
        return command(chosen)
    except ConfigError as error:
        _print_faults(error)
        return USAGE
    except AlreadyRunning as error:
        return _say(f"{error.code}: {error}", UNAVAILABLE)
    except TotemError as error:
        return _say(f"{error.code}: {redact(str(error))}", FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted; Python must not complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _never_fail_on_a_letter() -> None:
    """A terminal without accents shows `?` in their place."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _say(text: str, code: int) -> int:
    print(f"totem: {text}", file=sys.stderr)
    return code


def _print_faults(error: ConfigError) -> None:
    count = len(error.faults)
    headline = "1 erro" if count == 1 else f"{count} erros"
    print(f"totem: {error.code}: configuração recusada, com {headline}:", file=sys.stderr)
    for fault in error.faults:
        print(f"  {fault}", file=sys.stderr)


# --- What needs Qt --------------------------------------------------------------------------------------------------


def _run_kiosk(chosen: argparse.Namespace) -> int:
    from totem.config.loader import load
    from totem.config.places import find

    path = find(chosen.config, os.environ)
    if chosen.config is None and not path.is_file():
        return _say(_how_to_begin(path), USAGE)
    # Checked before Qt is touched: a fault is told on a machine without a screen too. Training asks no bank.
    configuration = load(path, check_files=not chosen.training)
    for note in configuration.notes:
        _say(f"aviso: {note}", OK)
    if not _qt_can_start(headless=False):
        return UNAVAILABLE
    if chosen.training or configuration.settings.kiosk.training:
        from totem.bootstrap import training

        return _again(training.run(path, windowed=chosen.windowed))
    from totem.bootstrap import kiosk

    return _again(kiosk.run(path, chosen.windowed))


def _again(code: int) -> int:
    """A technician wants the program started anew: by its service, which looks at the code, or by itself."""
    from totem.bootstrap import restarting

    if code == restarting.RESTART and not restarting.is_watched(os.environ):
        restarting.start_anew(os.environ, sys.argv[1:])
    return code


def _how_to_begin(path: Path) -> str:
    import assets

    return (
        f"não há configuração em {path}\n"
        f"  Copie para {path.parent} os arquivos de {assets.path('config')} e edite as cópias,\n"
        "  ou diga com --config onde ela está.\n"
        "  Só para ver o totem funcionar, sem conta nem aparelho: totem demo"
    )


def _run_demo(chosen: argparse.Namespace) -> int:
    from totem.bootstrap.options import METHODS, DemoOptions
    from totem.bootstrap.scenarios import list_faults

    faults = list_faults()
    if chosen.list_faults:
        from totem.bootstrap.table import table

        print(table(("Falha", "Como a venda tem de terminar"), faults))
        return OK
    names = [name for name, _ in faults]
    if chosen.fault is not None and chosen.fault not in names:
        near = difflib.get_close_matches(chosen.fault, names, n=1)
        hint = f"você quis dizer {near[0]}?" if near else "veja totem demo --list-faults"
        return _say(f"falha desconhecida: {chosen.fault}; {hint}", USAGE)
    if not _qt_can_start(headless=chosen.headless):
        return UNAVAILABLE
    from totem.bootstrap import demo

    width_px, height_px = chosen.size
    options = DemoOptions(
        headless=chosen.headless,
        sales=chosen.sales,
        methods=chosen.method or (METHODS[:1] if chosen.headless else METHODS),
        providers=chosen.provider,
        fault=chosen.fault,
        seed=chosen.seed,
        out=chosen.out,
        width_px=width_px,
        height_px=height_px,
        language=chosen.language,
    )
    return demo.run(options)


def _run_self_test(_: argparse.Namespace) -> int:
    if not _qt_can_start(headless=True):
        return UNAVAILABLE
    from totem.bootstrap import self_test

    return self_test.run()


def _qt_can_start(*, headless: bool) -> bool:
    """Whether it can; if not, says on stderr what is missing and which package brings it."""
    from totem.bootstrap.libraries import has_display, missing_libraries

    environment = dict(os.environ)
    if headless:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    elif not has_display(environment):
        _say("não há tela nesta sessão; abra numa sessão gráfica, ou use: totem demo --headless", UNAVAILABLE)
        return False
    missing = missing_libraries(environment)
    if missing:
        _say("faltam bibliotecas do sistema: " + ", ".join(library for library, _ in missing), UNAVAILABLE)
        print(
            "  no Debian e no Ubuntu: sudo apt install " + " ".join(package for _, package in missing), file=sys.stderr
        )
    return not missing


# --- What does not --------------------------------------------------------------------------------------------------


def _run_credentials(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import credential_commands
    from totem.config.places import find

    path = find(chosen.config, os.environ)
    if chosen.config is None and not path.is_file():
        return _say(_how_to_begin(path), USAGE)
    return credential_commands.run(chosen, path)


def _run_doctor(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import doctor
    from totem.config.places import find

    path = find(chosen.config, os.environ)
    if chosen.config is None and not path.is_file():
        return _say(_how_to_begin(path), USAGE)
    return doctor.run(path, as_json=chosen.json)


def _run_brcode(chosen: argparse.Namespace) -> int:
    from totem.bootstrap.brcode_words import REASONS
    from totem.bootstrap.table import table
    from totem.domain.brcode import BrCodeError, decode, explain

    try:
        text = chosen.text if chosen.key is None else _static_code(chosen)
        rows = explain(text)
        code = decode(text)
    except BrCodeError as error:
        return _say(f"código recusado: {REASONS[error.reason]} ({error})", FAILED)
    print(table(("Campo", "Nome", "Valor"), rows))
    kind = "dinâmico (o valor vem do banco)" if code.is_dynamic else "estático (chave no próprio código)"
    print(f"\nCódigo Pix válido, {kind}; o CRC confere.")
    if chosen.key is not None:
        print(text)
    return OK


def _static_code(chosen: argparse.Namespace) -> str:
    """For a shop's counter; the kiosk itself never shows one: nobody would know which sale it paid."""
    from totem.domain.brcode import BrCodeError, Reason, encode_static
    from totem.domain.money import Money

    try:
        amount = Money.from_decimal_text(chosen.amount.replace(",", ".")) if chosen.amount else None
    except ValueError as error:
        raise BrCodeError(Reason.BAD_AMOUNT, str(error)) from error
    cents = amount.amount_cents if amount is not None else None
    return encode_static(chosen.key, chosen.name, chosen.city, cents, chosen.txid)


def _run_technician(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import technician
    from totem.config.places import find

    try:
        return technician.run(chosen, find(chosen.config, os.environ))
    except PermissionError as error:
        return _say(f"{error.filename}: sem permissão; use o usuário do totem, como em sudo -u totem totem ...", FAILED)


def _run_print(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import printing
    from totem.config.places import find

    path = find(chosen.config, os.environ)
    is_configured = chosen.config is not None or path.is_file()
    if (chosen.test or chosen.closing is not None) and not is_configured:
        return _say(_how_to_begin(path), USAGE)
    try:
        if chosen.closing is not None:
            from totem.bootstrap import closing

            order = closing.ClosingOrder(path, chosen.closing or None, chosen.out, chosen.language)
            return closing.print_closing(order)
        return printing.run(chosen, path if is_configured else None)
    except printing.OrderRefused as error:
        return _say(str(error), USAGE)
    except OSError as error:
        return _say(f"{error.filename}: não pode ser escrito ({error.strerror})", FAILED)


def _run_sandbox(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import sandbox
    from totem.bootstrap.options import SandboxOptions

    return sandbox.run(SandboxOptions(out=chosen.out, seed=chosen.seed, as_json=chosen.json))


def _verify_journal(chosen: argparse.Namespace) -> int:
    from totem.services.journal.verify import verify

    if chosen.journal is not None:
        if chosen.key_file is None or chosen.config is not None:
            return _say("--journal pede --key-file, e não combina com --config", USAGE)
        path, key_file = chosen.journal, chosen.key_file
        head_file = chosen.head_file
    elif chosen.key_file is not None or chosen.head_file is not None:
        return _say("--key-file e --head-file só valem com --journal", USAGE)
    else:
        path, key_file, head_file = _journal_of_configuration(chosen.config)
    absent = [str(file) for file in (path, key_file) if not file.is_file()]
    if absent:
        return _say("não existe: " + ", ".join(absent), USAGE)
    report = verify(path, key_file, head_file)
    for note in report.notes:
        print(f"  {note}")
    if report.ok:
        print(f"O diário está íntegro: {report.entries} registros conferidos.")
        return OK
    _say(
        f"{Trouble.JOURNAL_BROKEN}: o diário foi alterado ou está danificado; {report.entries} registros lidos:", FAILED
    )
    for fault in report.faults:
        print(f"  {fault}", file=sys.stderr)
    return FAILED


def _run_report(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import journal_commands

    path = _journal_to_read(chosen)
    if not path.is_file():
        return _say(f"não existe: {path}", USAGE)
    return journal_commands.report(path, chosen.day, as_json=chosen.json)


def _run_export(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import journal_commands

    path = _journal_to_read(chosen)
    if not path.is_file():
        return _say(f"não existe: {path}", USAGE)
    try:
        return journal_commands.export(path, as_csv=chosen.csv, day=chosen.day, out=chosen.out)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _say(f"{error.filename}: não pode ser escrito ({error.strerror})", FAILED)


def _journal_to_read(chosen: argparse.Namespace) -> Path:
    if chosen.journal is not None:
        return Path(chosen.journal)
    return _journal_of_configuration(chosen.config)[0]


def _journal_of_configuration(named: Path | None) -> tuple[Path, Path, Path]:
    from totem.config.loader import load
    from totem.config.places import find

    # The bank's certificates do not matter here: an auditor may hold the journal and its key only.
    journal = load(find(named, os.environ), check_files=False).settings.journal
    return journal.path, journal.key_file, journal.head_path


def _run_tef_bridge(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import tef_bridge

    return tef_bridge.run(chosen)


def _run_tef_evidence(chosen: argparse.Namespace) -> int:
    from totem.bootstrap import tef_evidence
    from totem.config.places import find

    return tef_evidence.run(find(chosen.config, os.environ), chosen.day, chosen.out)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "": _run_kiosk,
    "--self-test": _run_self_test,
    "demo": _run_demo,
    "brcode": _run_brcode,
    "sandbox": _run_sandbox,
    "journal verify": _verify_journal,
    "journal report": _run_report,
    "journal export": _run_export,
    "print": _run_print,
    "tef-bridge": _run_tef_bridge,
    "tef-evidence": _run_tef_evidence,
    **dict.fromkeys(technician_arguments.ORDERS, _run_technician),
    **dict.fromkeys(credential_arguments.COMMANDS, _run_credentials),
    "doctor": _run_doctor,
}
_WITH_CONFIG = {
    "",
    *journal_arguments.COMMANDS,
    *credential_arguments.COMMANDS,
    *technician_arguments.COMMANDS,
    *print_arguments.COMMANDS,
}


if __name__ == "__main__":
    sys.exit(main())
