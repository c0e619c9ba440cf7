"""The command line, `xnovu`. Heavy modules are imported by the commands that need them, so that the worker starts
quickly and stays small."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, cast
from uuid import UUID

import typer

from xnovu import version
from xnovu.errors import UserError
from xnovu.log import FORMATS, LEVELS
from xnovu.settings import DEFAULT_SLOTS, Settings, default_health_file, find_database_url, find_source, parse_slots

app = typer.Typer(
    name="xnovu",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: xnovu doctor, to see what is missing. Example: xnovu --install-completion, for your shell.",
)
sample = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Sample data: load it, send it, watch it.",
    epilog="Example: xnovu sample load && xnovu sample send && xnovu sample watch --exit",
)
app.add_typer(sample, name="sample")
workflows = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Workflows and templates as a folder in git: push it, pull it, compare it.",
    epilog="Example: xnovu workflows pull notifications && xnovu workflows diff notifications",
)
app.add_typer(workflows, name="workflows")
keys = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="API keys of the HTTP face: make, list and revoke them.",
    epilog="Example: xnovu keys create 'booking system' --enterprise aaaaaaaa-0000-4000-8000-000000000001",
)
app.add_typer(keys, name="keys")


def _choice(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in allowed:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(allowed)}.")
        return value

    return check


DatabaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="PostgreSQL connection URL; or the variable DATABASE_URL, or DATABASE_URL_FILE."),
]
DatabaseUrlFile = Annotated[
    str | None, typer.Option(metavar="PATH", help="File with the URL: other users can't see it as they see options.")
]
NovuApiUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Base URL of Novu; or the variable NOVU_API_URL, or NOVU_API_URL_FILE."),
]
NovuApiUrlFile = Annotated[str | None, typer.Option(metavar="PATH", help="File with that URL.")]
NovuSecretKey = Annotated[
    str | None, typer.Option(metavar="KEY", help="Novu's secret key; or NOVU_SECRET_KEY, or NOVU_SECRET_KEY_FILE.")
]
NovuSecretKeyFile = Annotated[str | None, typer.Option(metavar="PATH", help="File with that key.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
Enterprise = Annotated[
    UUID | None, typer.Option(metavar="UUID", help="Whose workflows are meant; without it those shared by all.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that has workflows/ and templates/ in it.")]
HealthFile = Annotated[
    Path | None,
    typer.Option(metavar="PATH", envvar="XNOVU_HEALTH_FILE", help="Where a worker leaves its sign of life."),
]


@app.callback(invoke_without_command=True)
def xnovu(
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Multi-tenant notifications that live in PostgreSQL, delivered by Novu."""
    if show_version:
        typer.echo(f"xnovu {version()}")
        raise typer.Exit()


@app.command(epilog="Example: xnovu migrate --database-url postgresql://postgres@localhost/xnovu")
def migrate(database_url: DatabaseUrl = None, database_url_file: DatabaseUrlFile = None) -> None:
    """Bring the database to this version.

    Roles, tables, functions and policies; what is in order stays as it is. The first time needs a superuser.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.migrate import migrate as run

    run(source.read(), _print)


@app.command(epilog="Example: xnovu work --slots critical=2,normal=4,bulk=1 --lease 60 --timeout 15")
def work(
    *,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
    novu_api_url: NovuApiUrl = None,
    novu_api_url_file: NovuApiUrlFile = None,
    novu_secret_key: NovuSecretKey = None,
    novu_secret_key_file: NovuSecretKeyFile = None,
    slots: Annotated[
        str,
        typer.Option(
            envvar="XNOVU_SLOTS", metavar="LANE=N,…", help="How many claims are worked on at a time, by lane."
        ),
    ] = DEFAULT_SLOTS,
    lease: Annotated[
        float,
        typer.Option(envvar="XNOVU_LEASE", metavar="SECONDS", help="Time until others may take over what was claimed."),
    ] = Settings.lease,
    timeout: Annotated[
        float, typer.Option(envvar="XNOVU_TIMEOUT", metavar="SECONDS", help="Time that a call to Novu may take in all.")
    ] = Settings.timeout,
    batch: Annotated[
        int, typer.Option(envvar="XNOVU_BATCH", min=1, max=1000, metavar="N", help="Most deliveries of a claim.")
    ] = Settings.batch,
    concurrency: Annotated[
        int, typer.Option(envvar="XNOVU_CONCURRENCY", min=1, max=100, metavar="N", help="Calls at a time in a slot.")
    ] = Settings.concurrency,
    health_file: HealthFile = None,
    log_format: Annotated[
        str,
        typer.Option(
            envvar="XNOVU_LOG_FORMAT",
            metavar="FORMAT",
            callback=_choice(FORMATS),
            help="json, text, or auto: text on a terminal, else json.",
        ),
    ] = "auto",
    log_level: Annotated[
        str,
        typer.Option(
            envvar="XNOVU_LOG_LEVEL", metavar="LEVEL", callback=_choice(LEVELS), help="debug, info, warning or error."
        ),
    ] = "info",
) -> None:
    """Run a worker.

    It claims what is due, posts it to Novu and reports what came of it, until SIGTERM or Ctrl-C: then it finishes what
    is under way. A second signal ends it at once.
    """
    settings = Settings(
        database_url=find_database_url(os.environ, database_url, database_url_file),
        novu_api_url=find_source("NOVU_API_URL", os.environ, novu_api_url, novu_api_url_file),
        novu_secret_key=find_source("NOVU_SECRET_KEY", os.environ, novu_secret_key, novu_secret_key_file),
        slots=parse_slots(slots),
        environ=os.environ,
        lease=lease,
        timeout=timeout,
        batch=batch,
        concurrency=concurrency,
        health_file=health_file or default_health_file(),
    )
    settings.check_novu()
    # httpx would load its own command line, which takes a third of the time of all our imports
    sys.modules.setdefault("httpx._main", cast("ModuleType", None))
    from xnovu.log import Log
    from xnovu.work import run

    raise typer.Exit(run(settings, Log(log_format, log_level)))


@app.command(epilog="Example: xnovu serve --host 0.0.0.0 --port 8443 --certificate tls.crt --certificate-key tls.key")
def serve(
    *,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
    host: Annotated[str, typer.Option(envvar="XNOVU_HTTP_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="XNOVU_HTTP_PORT", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8080,
    connections: Annotated[
        int, typer.Option(envvar="XNOVU_HTTP_CONNECTIONS", min=1, max=1000, help="Most connections to the database.")
    ] = 10,
    client_limit: Annotated[
        int,
        typer.Option(
            envvar="XNOVU_HTTP_CLIENT_LIMIT", min=1, max=100_000, help="Most connections of clients; /livez takes more."
        ),
    ] = 2000,
    body_limit: Annotated[
        int,
        typer.Option(envvar="XNOVU_HTTP_BODY_LIMIT", min=1024, metavar="BYTES", help="The largest body that is read."),
    ] = 4 * 1024 * 1024,
    depth_limit: Annotated[
        int,
        typer.Option(
            envvar="XNOVU_HTTP_DEPTH_LIMIT", min=1, max=200, help="Most levels of objects and lists in a body."
        ),
    ] = 32,
    body_timeout: Annotated[
        float,
        typer.Option(envvar="XNOVU_HTTP_BODY_TIMEOUT", min=0.1, metavar="SECONDS", help="Time for a body to come."),
    ] = 10.0,
    timeout: Annotated[
        float,
        typer.Option(envvar="XNOVU_HTTP_TIMEOUT", min=0.1, metavar="SECONDS", help="Time for a request in all."),
    ] = 20.0,
    drain: Annotated[
        float,
        typer.Option(
            envvar="XNOVU_HTTP_DRAIN",
            min=0,
            metavar="SECONDS",
            help="How long it goes on accepting after SIGTERM, while /readyz fails.",
        ),
    ] = 2.0,
    origins: Annotated[
        str,
        typer.Option(envvar="XNOVU_HTTP_ORIGINS", metavar="URL,…", help="Origins whose pages may call (CORS)."),
    ] = "",
    certificate: Annotated[
        Path | None, typer.Option(envvar="XNOVU_HTTP_CERTIFICATE", metavar="PATH", help="Certificate (PEM), for TLS.")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option(envvar="XNOVU_HTTP_CERTIFICATE_KEY", metavar="PATH", help="Its private key (PEM).")
    ] = None,
    log_format: Annotated[
        str,
        typer.Option(
            envvar="XNOVU_LOG_FORMAT", metavar="FORMAT", callback=_choice(FORMATS), help="json, text, or auto."
        ),
    ] = "auto",
    log_level: Annotated[
        str,
        typer.Option(
            envvar="XNOVU_LOG_LEVEL", metavar="LEVEL", callback=_choice(LEVELS), help="debug, info, warning or error."
        ),
    ] = "info",
) -> None:
    """Serve the HTTP face.

    For callers that have no SQL, each with an API key, and for Novu; the login in the URL is one with the role
    notify_http. It ends at SIGTERM or Ctrl-C, when what it was asked is answered. A second signal ends it at once.
    """
    from xnovu.http.options import FaceOptions, parse_origins

    options = FaceOptions(
        database_url=find_database_url(os.environ, database_url, database_url_file),
        host=host,
        port=port,
        connections=connections,
        client_limit=client_limit,
        body_limit=body_limit,
        depth_limit=depth_limit,
        body_seconds=body_timeout,
        answer_seconds=timeout,
        drain_seconds=drain,
        origins=parse_origins(origins),
        certificate=certificate,
        certificate_key=certificate_key,
        environ=os.environ,
    )
    from xnovu.http.serve import serve as run
    from xnovu.log import Log

    run(options, Log(log_format, log_level))


@app.command(epilog="Example: xnovu doctor --json --database-url postgresql://postgres@localhost/xnovu")
def doctor(
    *,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
    novu_api_url: NovuApiUrl = None,
    novu_api_url_file: NovuApiUrlFile = None,
    novu_secret_key: NovuSecretKey = None,
    novu_secret_key_file: NovuSecretKeyFile = None,
    timeout: Annotated[
        float, typer.Option(min=1, max=600, metavar="SECONDS", help="Time that each answer may take.")
    ] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Check the installation, and say how to mend what is wrong.

    Server, packages, roles, rights, migration, workers, Novu and clocks; it changes nothing. What the login may not see
    is skipped: a superuser sees all of the database. Exit status 0, or 1 when a check failed.
    """
    from rich.console import Console

    from xnovu.doctor import as_json as write_json
    from xnovu.doctor import examine, is_well, show

    options = {
        "DATABASE_URL": database_url,
        "DATABASE_URL_FILE": database_url_file,
        "NOVU_API_URL": novu_api_url,
        "NOVU_API_URL_FILE": novu_api_url_file,
        "NOVU_SECRET_KEY": novu_secret_key,
        "NOVU_SECRET_KEY_FILE": novu_secret_key_file,
    }
    checks = examine(os.environ, options, timeout)
    if as_json:
        _print(write_json(checks))
    else:
        show(checks, Console())
    raise typer.Exit(0 if is_well(checks) else 1)


@app.command(epilog="Example: xnovu health --max-age 30 --json")
def health(
    health_file: HealthFile = None,
    max_age: Annotated[float, typer.Option(help="Seconds after which a sign of life is too old.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Say whether the worker here is well.

    Exit status 0, or 1 with the reason: the worker of this machine and user has given no sign of life lately. It asks
    neither the database nor Novu.
    """
    from xnovu.health import check

    well, line = check(health_file or default_health_file(), max_age)
    _print(json.dumps({"ok": well, "found": line}, ensure_ascii=False) if as_json else line)
    raise typer.Exit(0 if well else 1)


@app.command(epilog="Example: xnovu status --once --database-url postgresql://my_dba@localhost/xnovu")
def status(
    *,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    as_json: AsJson = False,
    every: Annotated[float, typer.Option(min=0.5, metavar="SECONDS", help="How often it is looked at.")] = 5.0,
    enterprise: Annotated[
        UUID | None, typer.Option(metavar="UUID", help="This enterprise only; without it all that the login reaches.")
    ] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Show how things are going: lanes, rate, latency, failures, workers, targets.

    In place, until Ctrl-C; once with --once or --json, or where there is no terminal. It only reads; the login is an
    admin's, or an analyst's, who sees its enterprises and no workers. Exit status 0, 1 when something failed, 2 when it
    can't be told.
    """
    try:
        source = find_database_url(os.environ, database_url, database_url_file)
        from rich.console import Console

        from xnovu.status import follow, show_once, write_json

        console = Console(highlight=False)
        if as_json:
            code = write_json(source.read(), enterprise, _print)
        elif once or not console.is_terminal:
            code = show_once(source.read(), enterprise, console)
        else:
            code = follow(source.read(), enterprise, console, every)
    except Exception as error:
        _complain(error)
        raise typer.Exit(2) from None
    raise typer.Exit(code)


@app.command(epilog="Example: xnovu sandbox --port 8900 --latency-ms 20 --fault 503=0.01 --fault reset-after=0.02")
def sandbox(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8900,
    api_key: Annotated[str, typer.Option(help="The secret key that it accepts.")] = "sandbox-key",
    latency_ms: Annotated[float, typer.Option(help="Milliseconds that each call takes.")] = 0.0,
    latency_jitter_ms: Annotated[float, typer.Option(help="At most so many more, at random.")] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=PROBABILITY", help="A fault to inject; may be given several times."),
    ] = None,
    workflow: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A workflow that it knows; without any it knows all.")
    ] = None,
    inactive: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A workflow that it knows but that is not active.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Know no workflow but those that were made there, as Novu does.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Makes faults and jitter the same each time.")] = None,
    delay: Annotated[float, typer.Option(help="Seconds before delivery, in which it can be cancelled.")] = 0.0,
    feedback_delay: Annotated[float, typer.Option(help="Seconds before it tells what became of an event.")] = 0.0,
    fail_channel: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL", help="A channel that fails for everybody, such as sms.")
    ] = None,
    skip_channel: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL", help="A channel that is left out for everybody.")
    ] = None,
) -> None:
    """Run a local stand-in for Novu.

    It answers as Novu does, lists what it would have sent, and delivers to nobody.
    """
    from xnovu.sandbox import SandboxOptions, parse_faults, serve

    serve(
        SandboxOptions(
            host=host,
            port=port,
            api_key=api_key,
            workflows=tuple(workflow or ()),
            inactive=tuple(inactive or ()),
            strict=strict,
            latency_ms=latency_ms,
            latency_jitter_ms=latency_jitter_ms,
            faults=parse_faults(fault or ()),
            seed=seed,
            delay_seconds=delay,
            feedback_delay_seconds=feedback_delay,
            fail_channels=tuple(fail_channel or ()),
            skip_channels=tuple(skip_channel or ()),
        )
    )


@app.command(epilog="Example: xnovu preview fire-alarm --payload alarm.json --building 'Harbour Tower' --open")
def preview(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The workflow.")],
    *,
    payload: Annotated[
        str | None, typer.Option(metavar="FILE", help="The payload, a JSON object; - reads it from standard input.")
    ] = None,
    channel: Annotated[str | None, typer.Option(metavar="CHANNEL", help="This channel only.")] = None,
    locale: Annotated[str | None, typer.Option(metavar="LOCALE", help="The language, such as da or pt-BR.")] = None,
    building: Annotated[str | None, typer.Option(metavar="TEXT", help="The building of the notification.")] = None,
    drill: Annotated[bool, typer.Option("--drill", help="As in a drill.")] = False,
    workflow_version: Annotated[
        int | None, typer.Option("--workflow-version", min=1, metavar="N", help="That version, not the draft.")
    ] = None,
    enterprise: Annotated[
        UUID | None,
        typer.Option(
            metavar="UUID",
            help="Whose workflow it is; without it the session's context counts, or it is shared by all.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the files go; a new folder without it.")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open them in the browser.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Print the texts, too.")] = False,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Show what a workflow would send, without sending or writing anything.

    A file for each channel, the HTML and the text, and a table with sizes, segments and warnings. Exit status 0, or 1
    when a channel can't be rendered.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.preview import preview as show
    from xnovu.preview import read_payload

    options = {"building": building, "is_drill": drill or None, "version": workflow_version}
    well = show(
        source.read(),
        key,
        read_payload(payload) if payload is not None else {},
        say=_print,
        channel=channel and channel.upper(),
        locale=locale,
        enterprise=enterprise,
        options={name: value for name, value in options.items() if value is not None},
        folder=out,
        open_browser=open_browser,
        as_text=text,
    )
    raise typer.Exit(0 if well else 1)


@sample.command("load", epilog="Example: xnovu sample load --database-url postgresql://postgres@localhost/xnovu")
def sample_load(database_url: DatabaseUrl = None, database_url_file: DatabaseUrlFile = None) -> None:
    """Load three sample enterprises.

    With their logins, workflows and templates. Needs a superuser.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.demo import load

    load(source.read())


@sample.command("send", epilog="Example: xnovu sample send")
def sample_send(database_url: DatabaseUrl = None, database_url_file: DatabaseUrlFile = None) -> None:
    """Insert the sample notifications, as the platform would."""
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.demo import send

    send(source.read())


@sample.command("watch", epilog="Example: xnovu sample watch --exit")
def sample_watch(
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
    exit_when_final: Annotated[
        bool, typer.Option("--exit", help="End when all are final; status 0 if each ended as it should.")
    ] = False,
) -> None:
    """Show the sample notifications as they change."""
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.demo import watch

    raise typer.Exit(watch(source.read(), exit_when_final))


@keys.command(
    "create",
    epilog="Example: xnovu keys create 'booking system' --enterprise aaaaaaaa-0000-4000-8000-000000000001 --scope send",
)
def keys_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    *,
    enterprise: Annotated[
        list[UUID], typer.Option(metavar="UUID", help="Its enterprise; several times for a key of the company's own.")
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help="send, read or manage; several times for more. [default: send, read]"),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until when, such as 2027-01-01, or never. [default: for a year]"),
    ] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Make an API key, and show it this once. Takes an admin.

    The key is the only line on standard output, so that it can be piped to where it is kept.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.keys import create

    key_id, key = create(source.read(), name, enterprise, scope or ["send", "read"], expires)
    typer.echo(f"xnovu: key {key_id}, which is not shown again:", err=True)
    _print(key)


@keys.command("list", epilog="Example: xnovu keys list --json")
def keys_list(
    *,
    enterprise: Annotated[UUID | None, typer.Option(metavar="UUID", help="This enterprise's only.")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """List the API keys, with their state and last use. Takes an admin, or a manager with its enterprise."""
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.keys import list_keys, show

    found = list_keys(source.read(), enterprise)
    if as_json:
        _print(json.dumps(found, default=str))
    else:
        show(found, _print)


@keys.command(
    "revoke", epilog="Example: xnovu keys revoke 0198c0de-0000-4000-8000-000000000001 --reason 'the contract ended'"
)
def keys_revoke(
    key_id: Annotated[UUID, typer.Argument(metavar="ID", help="The key's id, as keys list shows it.")],
    *,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the record.")] = None,
    enterprise: Annotated[UUID | None, typer.Option(metavar="UUID", help="Its enterprise, for a manager.")] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Revoke an API key, in force with its next request. Takes an admin, or a manager with its enterprise."""
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.keys import revoke

    revoke(source.read(), key_id, reason, enterprise)


@workflows.command("push", epilog="Example: xnovu workflows push notifications --note 'new assembly point' --dry-run")
def workflows_push(
    folder: Folder,
    *,
    enterprise: Enterprise = None,
    publish: Annotated[bool, typer.Option(help="Publish the workflows that it changes, or write drafts only.")] = True,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What changed, kept with each version.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would come of it, and change nothing.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete templates that have no file any more. Takes an admin.")
    ] = False,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Bring the database to what a folder has, and publish.

    The whole folder is checked first. Then all of it is applied in one transaction or, when anything is wrong, nothing:
    each problem is named with its file and line. Drafts in the database that differ are overwritten.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.workflows import push

    push(
        source.read(),
        folder,
        say=_say,
        enterprise=enterprise,
        publish=publish,
        note=note,
        dry_run=dry_run,
        prune=prune,
    )


@workflows.command("pull", epilog="Example: xnovu workflows pull notifications fire-alarm header footer")
def workflows_pull(
    folder: Folder,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Workflows and templates; all, without any.")
    ] = None,
    *,
    enterprise: Enterprise = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Write what the database has into a folder.

    Each file that it writes is named; one that says the same already stays as it is, and none is deleted.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.workflows import pull

    pull(source.read(), folder, say=_say, enterprise=enterprise, keys=keys or ())


@workflows.command("diff", epilog="Example: xnovu workflows diff notifications")
def workflows_diff(
    folder: Folder,
    *,
    enterprise: Enterprise = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Show what push would change.

    Exit status 0 when nothing differs, 1 when something does, 2 when it can't be told.
    """
    try:
        source = find_database_url(os.environ, database_url, database_url_file)
        from xnovu.workflows import diff

        differs = diff(source.read(), folder, say=_say, enterprise=enterprise)
    except Exception as error:
        _complain(error)
        raise typer.Exit(2) from None
    raise typer.Exit(1 if differs else 0)


@workflows.command("sync", epilog="Example: xnovu workflows sync --check")
def workflows_sync(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="One workflow; all, without it.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only look, and mend nothing that differs at Novu.")] = False,
    wait: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the workers.")] = 30.0,
    enterprise: Annotated[
        UUID | None, typer.Option(metavar="UUID", help="Whose workflows are meant; an admin's are all, without it.")
    ] = None,
    database_url: DatabaseUrl = None,
    database_url_file: DatabaseUrlFile = None,
) -> None:
    """Compare the workflows at Novu with what is published, and mend what differs.

    The workers ask Novu, so one must be running. Exit status 0 when all are in step, 1 when some are not, with what
    Novu said.
    """
    source = find_database_url(os.environ, database_url, database_url_file)
    from xnovu.workflows_sync import sync

    in_step = sync(source.read(), say=_say, key=key, enterprise=enterprise, is_check=check, wait=wait)
    raise typer.Exit(0 if in_step else 1)


def _say(line: str) -> None:
    """Print a line; those of a diff are coloured on a terminal."""
    heading = line.startswith(("--- ", "+++ "))
    colours = {"+": typer.colors.GREEN, "-": typer.colors.RED, "@": typer.colors.CYAN}
    _print(typer.style(line, fg=None if heading else colours.get(line[:1]), bold=heading))


def _print(line: str) -> None:
    """Print a line. When nobody reads any more, as after `| head`, the command goes on without a word: what it does,
    and its exit status, don't depend on who reads."""
    try:
        typer.echo(line)
    except BrokenPipeError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def main() -> None:
    """The console script: runs a command, and turns what the user can mend into one readable paragraph."""
    try:
        app()
    except Exception as error:
        _complain(error)
        sys.exit(1)


def _complain(error: Exception) -> None:
    if os.environ.get("XNOVU_DEBUG"):
        traceback.print_exception(error)
    else:
        print(f"xnovu: {explain(error)}", file=sys.stderr)


def explain(error: Exception) -> str:
    """An error as a paragraph for the user: what is wrong, and what to do about it."""
    if isinstance(error, UserError):
        return f"{error.message} {error.hint or ''}".rstrip()
    error = getattr(error, "orig", None) or error  # SQLAlchemy's wrapping
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        reason = " ".join(str(error).split())
        return f"The database can't be reached: {reason}. Check DATABASE_URL, and that the server is up."
    reason = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {reason}. Set XNOVU_DEBUG=1 to see where it comes from."
